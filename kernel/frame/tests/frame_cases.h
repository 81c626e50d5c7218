/* SPDX-License-Identifier: GPL-2.0 */
/* Frames as a peer may send them, shared by KUnit and the user-space tests. */
#ifndef _PB_FRAME_CASES_H
#define _PB_FRAME_CASES_H

#include <frame/frame.h>
#include <partbus/contract.h>

#define CASE_MAC	0x525400123456ULL
#define CASE_SLOT	65536u
#define CASE_ROOM	(CASE_SLOT - PARTBUS_NET_HEADER_SIZE)

static inline struct pb_frame_limits pb_frame_case_limits(void)
{
	return (struct pb_frame_limits) {
		.mac = CASE_MAC, .depth = 32, .slot_size = CASE_SLOT, .mtu = 1500,
		.vlan = PARTBUS_VLAN_UNTAGGED, .csum = true, .tso = true, .uso = true,
	};
}

/* Submissions. */
struct pb_frame_parse_case {
	const char *sentence;
	int op, flags, tag, queue;
	__u32 length;
	int result;
};

#define SEND	PARTBUS_NET_SEND
#define RECEIVE	PARTBUS_NET_RECEIVE
#define LINK	PARTBUS_NET_LINK
#define FILTER	PARTBUS_NET_FILTER
#define DRAIN	PARTBUS_NET_DRAIN

static const struct pb_frame_parse_case pb_frame_parse_cases[] = {
	{ "a frame is sent", SEND, 0, 0, 0, 60, 0 },
	{ "its answer is waited for", SEND, PARTBUS_NET_F_TELL, 0, 0, 60, 0 },
	{ "the shortest, with the last tag", SEND, 0, 31, 3, 14, 0 },
	{ "the longest that a slot holds", SEND, 0, 1, 0, CASE_ROOM, 0 },
	{ "a slot waits for a frame", RECEIVE, 0, 1, 2, 0, 0 },
	{ "the link is watched", LINK, 0, 1, 0, 0, 0 },
	{ "the link is taken for up", LINK, PARTBUS_NET_F_UP, 1, 0, 0, 0 },
	{ "everything is wanted", FILTER, 3, 1, 0, 0, 0 },
	{ "some groups are wanted", FILTER, 0, 1, 0, 12, 0 },
	{ "as many as there may be", FILTER, 0, 1, 0, 384, 0 },
	{ "a queue is drained", DRAIN, 0, 5, 3, 0, 0 },
	{ "operation 0 is a violation", 0, 0, 0, 0, 0, -EPROTO },
	{ "an unknown one is", 6, 0, 0, 0, 0, -EPROTO },
	{ "the last number is", 255, 0, 0, 0, 0, -EPROTO },
	{ "a tag at the depth is", SEND, 0, 32, 0, 60, -EPROTO },
	{ "a tag far beyond is", RECEIVE, 0, 65535, 0, 0, -EPROTO },
	{ "a frame without a whole link header is", SEND, 0, 0, 0, 13, -EPROTO },
	{ "no frame at all is", SEND, 0, 0, 0, 0, -EPROTO },
	{ "a frame beyond the slot is", SEND, 0, 0, 0, CASE_ROOM + 1, -EPROTO },
	{ "all ones as a length are", SEND, 0, 0, 0, ~0u, -EPROTO },
	{ "a slot to be filled with a length is", RECEIVE, 0, 0, 0, 1, -EPROTO },
	{ "a link with a length is", LINK, 0, 0, 0, 1, -EPROTO },
	{ "a drain with a length is", DRAIN, 0, 0, 0, 1, -EPROTO },
	{ "half an address is", FILTER, 0, 0, 0, 9, -EPROTO },
	{ "too many addresses are", FILTER, 0, 0, 0, 390, -EPROTO },
	{ "a frame with an unknown flag is", SEND, 2, 0, 0, 60, -EPROTO },
	{ "a slot with a flag is", RECEIVE, 2, 0, 0, 0, -EPROTO },
	{ "a link with an unknown flag is", LINK, 2, 0, 0, 0, -EPROTO },
	{ "a filter with an unknown flag is", FILTER, 4, 0, 0, 0, -EPROTO },
	{ "a drain with a flag is", DRAIN, 1, 0, 0, 0, -EPROTO },
	{ "a link on another queue is", LINK, 0, 0, 1, 0, -EPROTO },
	{ "a filter on another queue is", FILTER, 0, 0, 1, 0, -EPROTO },
};

static inline struct partbus_net_req pb_frame_case_req(const struct pb_frame_parse_case *c)
{
	return (struct partbus_net_req) {
		.op = c->op, .flags = c->flags, .tag = cpu_to_le16(c->tag),
		.length = cpu_to_le32(c->length),
	};
}

/* Completions. */
struct pb_frame_done_case {
	const char *sentence;
	int op, status;
	__u32 length;
	int result;
};

#define DONE_OK		PARTBUS_NET_S_OK
#define RETURNED	PARTBUS_NET_S_RETURNED
#define DROPPED		PARTBUS_NET_S_DROPPED

static const struct pb_frame_done_case pb_frame_done_cases[] = {
	{ "a frame was sent", SEND, DONE_OK, 0, 0 },
	{ "a frame was dropped", SEND, DROPPED, 0, 0 },
	{ "a frame comes back", SEND, RETURNED, 0, 0 },
	{ "a frame was received", RECEIVE, DONE_OK, 60, 0 },
	{ "the longest one was", RECEIVE, DONE_OK, CASE_ROOM, 0 },
	{ "a slot comes back", RECEIVE, RETURNED, 0, 0 },
	{ "the link is up", LINK, DONE_OK, 1, 0 },
	{ "the link is down", LINK, DONE_OK, 0, 0 },
	{ "a link comes back", LINK, RETURNED, 0, 0 },
	{ "a filter is in force", FILTER, DONE_OK, 0, 0 },
	{ "a queue is drained", DRAIN, DONE_OK, 0, 0 },
	{ "a tag that nothing was sent with is a violation", 0, DONE_OK, 0, -EPROTO },
	{ "an unknown status is", SEND, 3, 0, -EPROTO },
	{ "a slot that was dropped is", RECEIVE, DROPPED, 0, -EPROTO },
	{ "a drain that comes back is", DRAIN, RETURNED, 0, -EPROTO },
	{ "a filter that comes back is", FILTER, RETURNED, 0, -EPROTO },
	{ "a frame sent with a length is", SEND, DONE_OK, 1, -EPROTO },
	{ "a frame received without a length is", RECEIVE, DONE_OK, 0, -EPROTO },
	{ "one without a whole link header is", RECEIVE, DONE_OK, 13, -EPROTO },
	{ "one beyond the slot is", RECEIVE, DONE_OK, CASE_ROOM + 1, -EPROTO },
	{ "all ones as a length are", RECEIVE, DONE_OK, ~0u, -EPROTO },
	{ "a slot that comes back with a length is", RECEIVE, RETURNED, 60, -EPROTO },
	{ "a link of 2 is", LINK, DONE_OK, 2, -EPROTO },
};

static inline struct partbus_net_done pb_frame_case_done(const struct pb_frame_done_case *c)
{
	return (struct partbus_net_done) {
		.tag = cpu_to_le16(7), .status = cpu_to_le16(c->status),
		.length = cpu_to_le32(c->length),
	};
}

/* Headers. */
struct pb_frame_header_case {
	const char *sentence;
	int flags, type, hdr_len, gso_size, start, offset;
	__u32 length;
	int to_client, result;
	__u32 segments;
};

#define CSUM	PARTBUS_NET_HDR_NEEDS_CSUM
#define VALID	PARTBUS_NET_HDR_DATA_VALID
#define TCP4	PARTBUS_NET_GSO_TCPV4
#define TCP6	PARTBUS_NET_GSO_TCPV6
#define UDP	PARTBUS_NET_GSO_UDP_L4
#define ECN	PARTBUS_NET_GSO_ECN

static const struct pb_frame_header_case pb_frame_header_cases[] = {
	{ "nothing special", 0, 0, 0, 0, 0, 0, 60, 0, 0, 1 },
	{ "a checksum to be completed", CSUM, 0, 0, 0, 34, 16, 60, 0, 0, 1 },
	{ "one at the very end", CSUM, 0, 0, 0, 34, 24, 60, 0, 0, 1 },
	{ "a checksum found right, to the client", VALID, 0, 0, 0, 0, 0, 60, 1, 0, 1 },
	{ "segments of TCP over IPv4", CSUM, TCP4, 54, 1460, 34, 16, 54 + 14600, 0, 0, 10 },
	{ "and a rest", CSUM, TCP4, 54, 1460, 34, 16, 54 + 14601, 0, 0, 11 },
	{ "with time stamps", CSUM, TCP4, 66, 1448, 34, 16, 66 + 14480, 0, 0, 10 },
	{ "with all options that there may be", CSUM, TCP4, 94, 1420, 34, 16, 94 + 2840, 0, 0, 2 },
	{ "segments of TCP over IPv6", CSUM, TCP6, 86, 1428, 54, 16, 86 + 1429, 0, 0, 2 },
	{ "with ECN", CSUM, TCP4 | ECN, 66, 1448, 34, 16, 66 + 1448, 0, 0, 1 },
	{ "segments of UDP", CSUM, UDP, 42, 1000, 34, 6, 42 + 5000, 0, 0, 5 },
	{ "the longest frame", CSUM, TCP4, 54, 8, 34, 16, CASE_ROOM, 0, 0, 8184 },
	{ "headers alone", CSUM, TCP4, 66, 1448, 34, 16, 66, 0, 0, 1 },

	{ "an unknown flag is a violation", 4, 0, 0, 0, 0, 0, 60, 0, -EPROTO, 0 },
	{ "a checksum found right by a client is", VALID, 0, 0, 0, 0, 0, 60, 0, -EPROTO, 0 },
	{ "one found right that is open is", CSUM | VALID, 0, 0, 0, 34, 16, 60, 1, -EPROTO, 0 },
	{ "a checksum in the link header is", CSUM, 0, 0, 0, 13, 0, 60, 0, -EPROTO, 0 },
	{ "one that begins at the end is", CSUM, 0, 0, 0, 60, 0, 60, 0, -EPROTO, 0 },
	{ "one that ends behind the end is", CSUM, 0, 0, 0, 34, 25, 60, 0, -EPROTO, 0 },
	{ "a sum of places that wraps is", CSUM, 0, 0, 0, 65535, 65535, 60, 0, -EPROTO, 0 },
	{ "a place without a checksum is", 0, 0, 0, 0, 34, 0, 60, 0, -EPROTO, 0 },
	{ "an offset without a checksum is", 0, 0, 0, 0, 0, 16, 60, 0, -EPROTO, 0 },
	{ "headers of segments without any are", 0, 0, 54, 0, 0, 0, 60, 0, -EPROTO, 0 },
	{ "headers longer than the frame are", CSUM, TCP4, 66, 1448, 34, 16, 65, 0, -EPROTO, 0 },
	{ "headers shorter than TCP's are", CSUM, TCP4, 53, 1448, 34, 16, 4000, 0, -EPROTO, 0 },
	{ "headers of no length are", CSUM, TCP4, 0, 1448, 34, 16, 4000, 0, -EPROTO, 0 },
	{ "headers with half a word of options are", CSUM, TCP4, 56, 1448, 34, 16, 4000, 0,
	  -EPROTO, 0 },
	{ "headers with too many options are", CSUM, TCP4, 98, 1448, 34, 16, 4000, 0, -EPROTO, 0 },
	{ "headers of UDP with options are", CSUM, UDP, 46, 1448, 34, 6, 4000, 0, -EPROTO, 0 },
	{ "a size without segments is", 0, 0, 0, 1448, 0, 0, 60, 0, -EPROTO, 0 },
	{ "segments of an unknown kind are", CSUM, 3, 66, 1448, 34, 16, 4000, 0, -EPROTO, 0 },
	{ "segments of nothing with ECN are", CSUM, ECN, 66, 1448, 34, 16, 4000, 0, -EPROTO, 0 },
	{ "segments of UDP with ECN are", CSUM, UDP | ECN, 42, 1448, 34, 6, 4000, 0, -EPROTO, 0 },
	{ "segments without a size are", CSUM, TCP4, 66, 0, 34, 16, 4000, 0, -EPROTO, 0 },
	{ "segments of hardly a size are", CSUM, TCP4, 66, 7, 34, 16, 4000, 0, -EPROTO, 0 },
	{ "segments of all ones are", CSUM, TCP4, 66, 65535, 34, 16, 4000, 0, -EPROTO, 0 },
	{ "segments with checksums that are done are", 0, TCP4, 66, 1448, 0, 0, 4000, 0, -EPROTO,
	  0 },
	{ "a transport header behind the end is", CSUM, TCP4, 61, 1448, 41, 16, 60, 0, -EPROTO, 0 },
};

static inline struct partbus_net_header
pb_frame_case_header(const struct pb_frame_header_case *c)
{
	return (struct partbus_net_header) {
		.flags = c->flags, .gso_type = c->type, .hdr_len = cpu_to_le16(c->hdr_len),
		.gso_size = cpu_to_le16(c->gso_size), .csum_start = cpu_to_le16(c->start),
		.csum_offset = cpu_to_le16(c->offset),
	};
}

/* Each segment but the first costs its headers once more. */
static inline __u32 pb_frame_case_wire(const struct pb_frame_header_case *c)
{
	return c->length + (c->segments - 1) * c->hdr_len;
}

/* Frames of a client. */
struct pb_frame_allowed_case {
	const char *sentence;
	__u64 source;
	int vlan, any_mac;
	__u16 type, tci, inner;
	__u32 length, gso_size, hdr_len;	/* segments are of TCP */
	int allowed;
};

static const struct pb_frame_allowed_case pb_frame_allowed_cases[] = {
	{ "a frame from the own address passes", CASE_MAC, 0, 0, 0x0800, 0, 0, 60, 0, 0, 1 },
	{ "one of the MTU does", CASE_MAC, 0, 0, 0x0800, 0, 0, 1514, 0, 0, 1 },
	{ "a longer one does not", CASE_MAC, 0, 0, 0x0800, 0, 0, 1515, 0, 0, 0 },
	{ "segments of the MTU do", CASE_MAC, 0, 0, 0x0800, 0, 0, 60000, 1460, 54, 1 },
	{ "longer ones do not", CASE_MAC, 0, 0, 0x0800, 0, 0, 60000, 1461, 54, 0 },
	{ "shorter ones with time stamps do", CASE_MAC, 0, 0, 0x0800, 0, 0, 60000, 1448, 66, 1 },
	{ "but no longer ones", CASE_MAC, 0, 0, 0x0800, 0, 0, 60000, 1449, 66, 0 },
	{ "one that is all headers does not", CASE_MAC, 0, 0, 0x0800, 0, 0, 60000, 8, 59020, 0 },
	{ "segments behind the own tag do", CASE_MAC, 5, 0, 0x8100, 5, 0x0800, 60000, 1460, 58, 1 },
	{ "longer ones there do not", CASE_MAC, 5, 0, 0x8100, 5, 0x0800, 60000, 1461, 58, 0 },
	{ "another address does not", CASE_MAC + 1, 0, 0, 0x0800, 0, 0, 60, 0, 0, 0 },
	{ "another address does where all may", CASE_MAC + 1, 0, 1, 0x0800, 0, 0, 60, 0, 0, 1 },
	{ "that of a group never does", 0x010000000000ULL, 0, 1, 0x0800, 0, 0, 60, 0, 0, 0 },
	{ "a tag does not where none may be", CASE_MAC, 0, 0, 0x8100, 5, 0x0800, 60, 0, 0, 0 },
	{ "a tag of priority alone does", CASE_MAC, 0, 0, 0x8100, 0xe000, 0x0800, 60, 0, 0, 1 },
	{ "a tag behind it does not", CASE_MAC, 0, 0, 0x8100, 0xe000, 0x8100, 60, 0, 0, 0 },
	{ "the own tag does", CASE_MAC, 5, 0, 0x8100, 0x2005, 0x0800, 60, 0, 0, 1 },
	{ "and makes room for itself", CASE_MAC, 5, 0, 0x8100, 5, 0x0800, 1518, 0, 0, 1 },
	{ "but for no more", CASE_MAC, 5, 0, 0x8100, 5, 0x0800, 1519, 0, 0, 0 },
	{ "another tag does not", CASE_MAC, 5, 0, 0x8100, 6, 0x0800, 60, 0, 0, 0 },
	{ "a tag behind the own does not", CASE_MAC, 5, 0, 0x8100, 5, 0x88a8, 60, 0, 0, 0 },
	{ "no tag does beside the own", CASE_MAC, 5, 0, 0x0800, 0, 0, 60, 0, 0, 1 },
	{ "a provider's tag does not", CASE_MAC, 5, 0, 0x88a8, 5, 0x0800, 60, 0, 0, 0 },
	{ "any tag does where all may", CASE_MAC, 4095, 0, 0x8100, 77, 0x8100, 60, 0, 0, 1 },
	{ "a provider's does, too", CASE_MAC, 4095, 0, 0x88a8, 77, 0x0800, 60, 0, 0, 1 },
	{ "half a tag never does", CASE_MAC, 4095, 0, 0x8100, 0, 0, 17, 0, 0, 0 },
};

static inline struct pb_frame_info
pb_frame_case_info(const struct pb_frame_allowed_case *c)
{
	return (struct pb_frame_info) {
		.length = c->length, .gso_size = c->gso_size, .hdr_len = c->hdr_len,
		.gso_type = c->gso_size ? PARTBUS_NET_GSO_TCPV4 : PARTBUS_NET_GSO_NONE,
	};
}

static inline void pb_frame_case_link(const struct pb_frame_allowed_case *c,
				      __u8 link[PB_FRAME_LINK])
{
	int i;

	for (i = 0; i < 6; i++)
		link[i] = 0xff;
	pb_frame_mac(c->source, link + 6);
	link[12] = c->type >> 8;
	link[13] = c->type & 0xff;
	link[14] = c->tci >> 8;
	link[15] = c->tci & 0xff;
	link[16] = c->inner >> 8;
	link[17] = c->inner & 0xff;
}

/* Frames to a client. */
struct pb_frame_wanted_case {
	const char *sentence;
	__u64 dest;
	int flags, count;
	int wanted;
};

#define CASE_GROUP	0x01005e000001ULL

static const struct pb_frame_wanted_case pb_frame_wanted_cases[] = {
	{ "a frame to the own address is wanted", CASE_MAC, 0, 0, 1 },
	{ "one to everybody is", 0xffffffffffffULL, 0, 0, 1 },
	{ "one to somebody else is not", CASE_MAC + 1, 0, 0, 0 },
	{ "it is by who wants all", CASE_MAC + 1, PARTBUS_NET_F_PROMISC, 0, 1 },
	{ "not by who wants all groups", CASE_MAC + 1, PARTBUS_NET_F_ALLMULTI, 0, 0 },
	{ "one to a group is not", CASE_GROUP, 0, 0, 0 },
	{ "it is by who wants all groups", CASE_GROUP, PARTBUS_NET_F_ALLMULTI, 0, 1 },
	{ "it is by who named it", CASE_GROUP, 0, 3, 1 },
	{ "what stands behind the count does not count", CASE_GROUP, 0, 2, 0 },
};

#endif /* _PB_FRAME_CASES_H */
