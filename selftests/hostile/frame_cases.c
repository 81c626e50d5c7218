// SPDX-License-Identifier: GPL-2.0
/*
 * Requests and frames of class net with one thing wrong, each over a channel of its
 * own that has come to run. The offer must have the address own_mac.
 */
#include "hostile.h"

#include <linux/etherdevice.h>

#include <partbus/net.h>

#define FRAME		60	/* bytes of the frame that is right */
#define ROOM		(HOSTILE_SLOT_SIZE - PARTBUS_NET_HEADER_SIZE)
#define LE16(v)		cpu_to_le16(v)
#define OPEN		PARTBUS_NET_HDR_NEEDS_CSUM

static const u8 own_mac[ETH_ALEN] = { 0x52, 0x54, 0x00, 0xba, 0xd0, 0x01 };

/* A request with one field changed, before anything is looked at in a slot. */
#define R(member, v)	FIELD(partbus_net_req, member, v)

static const struct request_case {
	const char *name;
	u8 op;
	u32 length;
	struct hostile_field field;
	const char *reason;
} request_cases[] = {
	{ "op 0", PARTBUS_NET_SEND, FRAME, R(op, 0), "an unknown operation" },
	{ "op 6", PARTBUS_NET_SEND, FRAME, R(op, 6), "an unknown operation" },
	{ "op ff", PARTBUS_NET_SEND, FRAME, R(op, 0xff), "an unknown operation" },
	{ "tag of the depth", PARTBUS_NET_SEND, FRAME, R(tag, HOSTILE_NET_DEPTH),
	  "a tag beyond the depth" },
	{ "tag ffff", PARTBUS_NET_RECEIVE, 0, R(tag, 0xffff), "a tag beyond the depth" },
	{ "frame with flag 2", PARTBUS_NET_SEND, FRAME, R(flags, 2),
	  "a flag that the operation does not have" },
	{ "link with flag 2", PARTBUS_NET_LINK, 0, R(flags, 2),
	  "a flag that the operation does not have" },
	{ "filter with flag 80", PARTBUS_NET_FILTER, 0, R(flags, 0x80),
	  "a flag that the operation does not have" },
	{ "frame of 0", PARTBUS_NET_SEND, FRAME, R(length, 0), "a length that cannot be" },
	{ "frame of 13", PARTBUS_NET_SEND, FRAME, R(length, 13), "a length that cannot be" },
	{ "frame beyond its slot", PARTBUS_NET_SEND, FRAME, R(length, ROOM + 1),
	  "a length that cannot be" },
	{ "frame of ffffffff", PARTBUS_NET_SEND, FRAME, R(length, 0xffffffff),
	  "a length that cannot be" },
	{ "receiving with a length", PARTBUS_NET_RECEIVE, 0, R(length, 1),
	  "a length that cannot be" },
	{ "drain with a length", PARTBUS_NET_DRAIN, 0, R(length, 1), "a length that cannot be" },
	{ "half an address", PARTBUS_NET_FILTER, 0, R(length, 3), "a length that cannot be" },
	{ "65 addresses", PARTBUS_NET_FILTER, 0, R(length, 65 * ETH_ALEN),
	  "a length that cannot be" },
	{ "addresses of 4 GiB", PARTBUS_NET_FILTER, 0, R(length, 0xfffffffc),
	  "a length that cannot be" },
	{ "reserved of a request", PARTBUS_NET_SEND, FRAME, R(reserved, 1ULL << 63),
	  "reserved bytes that are not zero" },
};

/* A frame behind a header that is wrong, or one that its contract does not allow. */
static const struct frame_case {
	const char *name;
	struct partbus_net_header header;
	u32 length;
	struct hostile_field field;	/* of the frame */
	const char *reason;		/* or NULL, and then: */
	u16 status;
} frame_cases[] = {
	{ "valid to the host", { .flags = PARTBUS_NET_HDR_DATA_VALID }, FRAME, {},
	  "flags that are unknown or contradict each other" },
	{ "unknown flag", { .flags = 0x80 }, FRAME, {},
	  "flags that are unknown or contradict each other" },
	{ "reserved of a header", { .reserved = { [5] = 1 } }, FRAME, {},
	  "reserved bytes in a header that are not zero" },
	{ "headers without segments", { .hdr_len = LE16(54) }, FRAME, {},
	  "headers of segments without segments" },
	{ "long headers", { .flags = OPEN, .gso_type = PARTBUS_NET_GSO_TCPV4,
	  .hdr_len = LE16(FRAME + 2), .gso_size = LE16(100), .csum_start = LE16(34) }, FRAME, {},
	  "headers that end too early or behind the end" },
	{ "short headers", { .flags = OPEN, .gso_type = PARTBUS_NET_GSO_TCPV4,
	  .hdr_len = LE16(34), .gso_size = LE16(100), .csum_start = LE16(34) }, FRAME, {},
	  "headers that end too early or behind the end" },
	{ "half a word of options", { .flags = OPEN, .gso_type = PARTBUS_NET_GSO_TCPV4,
	  .hdr_len = LE16(56), .gso_size = LE16(100), .csum_start = LE16(34) }, FRAME, {},
	  "a transport header of a length that cannot be" },
	{ "sum behind the end", { .flags = OPEN, .csum_start = LE16(FRAME - 1) }, FRAME, {},
	  "a checksum outside the frame" },
	{ "sum far behind", { .flags = OPEN, .csum_start = LE16(0xffff),
	  .csum_offset = LE16(0xffff) }, FRAME, {}, "a checksum outside the frame" },
	{ "sum of the link header", { .flags = OPEN, .csum_start = LE16(13) }, FRAME, {},
	  "a checksum outside the frame" },
	{ "no sum but its place", { .csum_offset = LE16(1) }, FRAME, {},
	  "a place for a checksum that is not open" },
	{ "size without segments", { .gso_size = LE16(1) }, FRAME, {},
	  "a size of segments without segments" },
	{ "fragments", { .flags = OPEN, .gso_type = 3, .gso_size = LE16(100),
	  .csum_start = LE16(34) }, FRAME, {},
	  "segments of a kind that is unknown or not agreed on" },
	{ "ECN alone", { .flags = OPEN, .gso_type = PARTBUS_NET_GSO_ECN, .gso_size = LE16(100),
	  .csum_start = LE16(34) }, FRAME, {},
	  "segments of a kind that is unknown or not agreed on" },
	{ "segments without sums", { .gso_type = PARTBUS_NET_GSO_TCPV4,
	  .gso_size = LE16(100) }, FRAME, {}, "segments without checksums to be completed" },
	{ "segments of 1", { .flags = OPEN, .gso_type = PARTBUS_NET_GSO_TCPV4,
	  .gso_size = LE16(1), .csum_start = LE16(34) }, FRAME, {},
	  "segments of a size that cannot be" },
	{ "segments of 0", { .flags = OPEN, .gso_type = PARTBUS_NET_GSO_TCPV6,
	  .csum_start = LE16(34) }, FRAME, {}, "segments of a size that cannot be" },
	{ "no room for TCP", { .flags = OPEN, .gso_type = PARTBUS_NET_GSO_TCPV4,
	  .hdr_len = LE16(FRAME + 1), .gso_size = LE16(100),
	  .csum_start = LE16(FRAME - 19) }, FRAME, {},
	  "headers that end too early or behind the end" },
	{ "segments of no TCP", { .flags = OPEN, .gso_type = PARTBUS_NET_GSO_TCPV4,
	  .hdr_len = LE16(54), .gso_size = LE16(100), .csum_start = LE16(34),
	  .csum_offset = LE16(16) }, FRAME, { 14 + 20 + 12, 1, 0x50 },
	  NULL, PARTBUS_NET_S_OK },	/* the stack knows better than to send them */
	{ "headers that end elsewhere", { .flags = OPEN, .gso_type = PARTBUS_NET_GSO_TCPV4,
	  .hdr_len = LE16(54), .gso_size = LE16(100), .csum_start = LE16(34),
	  .csum_offset = LE16(16) }, FRAME, { 14 + 20 + 12, 1, 0x60 },
	  NULL, PARTBUS_NET_S_DROPPED },
	{ "longer than the MTU", {}, 2000, {}, NULL, PARTBUS_NET_S_DROPPED },
	{ "another's address", {}, FRAME, { 10, 1, 0x77 }, NULL, PARTBUS_NET_S_DROPPED },
	{ "a group's address", {}, FRAME, { 6, 1, 0x53 }, NULL, PARTBUS_NET_S_DROPPED },
	{ "a VLAN", {}, FRAME, { 12, 4, 0x05000081 }, NULL, PARTBUS_NET_S_DROPPED },
	{ "a VLAN behind a priority", {}, FRAME, { 12, 8, 0x0500008100e00081 }, NULL,
	  PARTBUS_NET_S_DROPPED },
	{ "a provider's VLAN", {}, FRAME, { 12, 4, 0x0500a888 }, NULL, PARTBUS_NET_S_DROPPED },
	{ "a good frame", {}, FRAME, {}, NULL, PARTBUS_NET_S_OK },
};

static void put(struct hostile_queue *q, u8 op, u16 tag)
{
	/* The port is up: a link that is taken for it is answered when it is not. */
	struct partbus_net_req req = {
		.op = op,
		.flags = op == PARTBUS_NET_LINK ? PARTBUS_NET_F_UP : 0,
		.tag = cpu_to_le16(tag),
	};

	hostile_ring_put(&q->sq, &req);
}

/* The completion's status, or an error. */
static int done(struct hostile *h, struct hostile_queue *q)
{
	struct partbus_net_done e;

	return hostile_done(h, q, &e, HOSTILE_PAUSE) ?: le16_to_cpu(e.status);
}

static int request_case(struct hostile *h, const struct request_case *c)
{
	struct partbus_net_req req = { .op = c->op, .length = cpu_to_le32(c->length) };
	struct hostile_queue q;
	int ret = hostile_running(h, &q);

	if (!ret) {
		hostile_set(&req, &c->field);
		hostile_ring_put(&q.sq, &req);
		ret = done(h, &q);
	}
	return hostile_end(c->name, ret, c->reason, 0);
}

static int frame_case(struct hostile *h, const struct frame_case *c)
{
	struct partbus_net_req req = {
		.op = PARTBUS_NET_SEND,
		.length = cpu_to_le32(c->length),
	};
	struct hostile_queue q;
	struct ethhdr *eth;
	int ret = hostile_running(h, &q);

	if (!ret) {
		memset(q.slots, 0, HOSTILE_SLOT_SIZE);
		memcpy(q.slots, &c->header, sizeof(c->header));
		eth = q.slots + sizeof(c->header);
		eth_broadcast_addr(eth->h_dest);
		ether_addr_copy(eth->h_source, own_mac);
		/* For experiments: nobody listens to it. */
		eth->h_proto = htons(0x88b5);
		hostile_set(eth, &c->field);
		hostile_ring_put(&q.sq, &req);
		ret = done(h, &q);
	}
	return hostile_end(c->name, ret, c->reason, c->status);
}

/* Two submissions, each right by itself. */
static const struct pair_case {
	const char *name;
	u8 op[2];
	u16 tag[2];
	const char *reason;
} pair_cases[] = {
	{ "a tag twice", { PARTBUS_NET_RECEIVE, PARTBUS_NET_RECEIVE }, { 1, 1 },
	  "a tag that is in flight" },
	{ "the tag of the link", { PARTBUS_NET_LINK, PARTBUS_NET_RECEIVE }, { 1, 1 },
	  "a tag that is in flight" },
	{ "two links", { PARTBUS_NET_LINK, PARTBUS_NET_LINK }, { 1, 2 }, "a second LINK" },
	{ "a filter in front of a drain", { PARTBUS_NET_FILTER, PARTBUS_NET_DRAIN }, { 1, 2 },
	  NULL },
	{ "more behind a drain", { PARTBUS_NET_DRAIN, PARTBUS_NET_RECEIVE }, { 1, 2 },
	  "a submission behind a DRAIN" },
};

static int pair_case(struct hostile *h, const struct pair_case *c)
{
	struct hostile_queue q;
	int ret = hostile_running(h, &q), i;

	for (i = 0; i < 2 && !ret; i++)
		put(&q, c->op[i], c->tag[i]);
	/* A drain that was seen alone is answered. */
	for (i = 0; i < 2 && !ret; i++)
		ret = done(h, &q);
	return hostile_end(c->name, ret, c->reason, 0);
}

static int index_case(struct hostile *h)
{
	struct hostile_queue q;
	int ret = hostile_running(h, &q);

	if (!ret) {
		WRITE_ONCE(q.sq.ctl->prod, cpu_to_le32(HOSTILE_NET_DEPTH + 1));
		ret = done(h, &q);
	}
	return hostile_end("submissions far ahead", ret,
			   "an impossible index in the submission ring", 0);
}

int hostile_frame_cases(struct hostile *h)
{
	unsigned int i, failed = 0;

	for (i = 0; i < ARRAY_SIZE(request_cases); i++)
		failed += !!request_case(h, &request_cases[i]);
	for (i = 0; i < ARRAY_SIZE(frame_cases); i++)
		failed += !!frame_case(h, &frame_cases[i]);
	for (i = 0; i < ARRAY_SIZE(pair_cases); i++)
		failed += !!pair_case(h, &pair_cases[i]);
	failed += !!index_case(h);
	return failed;
}
