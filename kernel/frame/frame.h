/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks of what the other end of a channel of class net says: submissions,
 * completions, headers of frames, and frames themselves. Pure.
 *
 * Two kinds of wrong: what no honest end sends breaks the channel (-EPROTO with a
 * sentence); what an honest one may be made to send by whoever uses its NIC, a
 * forged address or a tag, is dropped and counted.
 */
#ifndef _PB_FRAME_H
#define _PB_FRAME_H

#include <partbus/net.h>

/**
 * struct pb_frame_limits - what a contract allows
 * @mac: the client's, as in PARTBUS_ATTR_MAC
 * @depth: number of tags
 * @slot_size: bytes per slot
 * @mtu: bytes of a frame without its link header
 * @vlan: PARTBUS_ATTR_VLAN
 * @any_mac: the client may send from any address
 * @csum: checksums may be left to the other end
 * @tso: TCP segments, too
 * @uso: UDP segments, too
 */
struct pb_frame_limits {
	__u64 mac;
	__u32 depth;
	__u32 slot_size;
	__u32 mtu;
	__u16 vlan;
	bool any_mac;
	bool csum;
	bool tso;
	bool uso;
};

/* Below this a segment is more header than payload, and there are too many. */
#define PB_FRAME_SEGMENT_MIN	8u

/* The longest frame that a slot holds. */
static inline __u32 pb_frame_room(const struct pb_frame_limits *l)
{
	__u32 room = l->slot_size - PARTBUS_NET_HEADER_SIZE;

	return room < PARTBUS_NET_FRAME_MAX ? room : PARTBUS_NET_FRAME_MAX;
}

/**
 * struct pb_frame_request - a submission that passed
 * @length: see struct partbus_net_req
 * @tag: below the depth
 * @op: enum partbus_net_op
 * @flags: PARTBUS_NET_F_*
 */
struct pb_frame_request {
	__u32 length;
	__u16 tag;
	__u8 op;
	__u8 flags;
};

/**
 * pb_frame_parse() - check a submission
 * @raw: a private copy of the ring's entry
 * @queue: over which it came
 * @l: of the contract in force
 * @rq: out, when 0 is returned
 * @why: out, on -EPROTO: a sentence (static)
 *
 * Whether the tag is in flight already is the caller's bitmap to know.
 * Return: 0 or -EPROTO.
 */
int pb_frame_parse(const struct partbus_net_req *raw, __u32 queue,
		   const struct pb_frame_limits *l, struct pb_frame_request *rq,
		   const char **why);

/**
 * struct pb_frame_answer - a completion that passed
 * @length: see struct partbus_net_done
 * @tag: as given
 * @status: enum partbus_net_status
 */
struct pb_frame_answer {
	__u32 length;
	__u16 tag;
	__u16 status;
};

/**
 * pb_frame_answered() - check a completion
 * @raw: a private copy of the ring's entry
 * @op: that was sent with its tag, 0 for none; see pb_frame_tag()
 * @draining: a DRAIN is in flight: things may come back unused
 * @l: of the contract in force
 * @done: out, when 0 is returned
 * @why: out, on -EPROTO: a sentence (static)
 *
 * Return: 0 or -EPROTO.
 */
int pb_frame_answered(const struct partbus_net_done *raw, __u8 op, bool draining,
		      const struct pb_frame_limits *l, struct pb_frame_answer *done,
		      const char **why);

/* The tag of a completion, or -EPROTO if it is beyond the depth. */
int pb_frame_tag(const struct partbus_net_done *raw, const struct pb_frame_limits *l);

/**
 * struct pb_frame_info - a header that passed, in the host's byte order
 * @length: of the frame
 * @segments: packets that it stands for, at least 1
 * @wire: bytes of all of them, each with headers of its own
 * @hdr_len: of segments: bytes of headers in front of the payload; else 0
 * @gso_size: payload of a segment, 0 for none
 * @csum_start: from where on it is summed up
 * @csum_offset: from there, where the sum goes
 * @flags: PARTBUS_NET_HDR_*
 * @gso_type: PARTBUS_NET_GSO_*
 */
struct pb_frame_info {
	__u32 length;
	__u32 segments;
	__u32 wire;
	__u16 hdr_len;
	__u16 gso_size;
	__u16 csum_start;
	__u16 csum_offset;
	__u8 flags;
	__u8 gso_type;
};

/**
 * pb_frame_header() - check the header in front of a frame
 * @raw: a private copy
 * @length: of the frame, checked already
 * @l: of the contract in force
 * @to_client: which way the frame goes
 * @info: out, when 0 is returned
 * @why: out, on -EPROTO: a sentence (static)
 *
 * Afterwards every number of @info lies within @length. What the frame itself says
 * may still contradict it.
 * Return: 0 or -EPROTO.
 */
int pb_frame_header(const struct partbus_net_header *raw, __u32 length,
		    const struct pb_frame_limits *l, bool to_client,
		    struct pb_frame_info *info, const char **why);

/* What must be copied of a frame to look at its link header. */
#define PB_FRAME_LINK		PARTBUS_NET_LINK_SIZE

/**
 * pb_frame_allowed() - may the client send this frame?
 * @link: the first PB_FRAME_LINK bytes of a private copy, or all that there are
 * @info: of the frame
 * @l: of the contract in force
 *
 * Return: whether source address, tags and size are what the contract allows.
 */
bool pb_frame_allowed(const __u8 *link, const struct pb_frame_info *info,
		      const struct pb_frame_limits *l);

/**
 * struct pb_frame_filter - what a client wants to receive
 * @flags: PARTBUS_NET_F_PROMISC, _ALLMULTI
 * @count: of @addr
 * @addr: addresses beside its own and the broadcast address
 */
struct pb_frame_filter {
	__u8 flags;
	__u8 count;
	__u8 addr[PARTBUS_NET_FILTER_MAX][6];
};

/* Does a frame to @dest (6 bytes) pass a filter? */
bool pb_frame_wanted(const __u8 *dest, __u64 mac, const struct pb_frame_filter *filter);

/* An address as bytes. */
static inline void pb_frame_mac(__u64 mac, __u8 bytes[6])
{
	int i;

	for (i = 0; i < 6; i++)
		bytes[i] = mac >> (40 - 8 * i);
}

#endif /* _PB_FRAME_H */
