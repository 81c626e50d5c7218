// SPDX-License-Identifier: GPL-2.0
/*
 * Class net with another end that says anything: what passes lies within the slot,
 * the frame and the contract, and is what was said.
 */
#include "fuzz.h"

#include <linux/errno.h>
#include <asm/byteorder.h>
#include <frame/frame.h>
#include <partbus/contract.h>

static void make_limits(struct input *in, struct pb_frame_limits *l)
{
	__u8 flags = in_byte(in);

	memset(l, 0, sizeof(*l));
	l->mac = in_u64(in) & 0xfeffffffffffULL;
	l->depth = 1 + in_below(in, PARTBUS_MAX_DEPTH);
	l->slot_size = PARTBUS_MIN_SLOT_SIZE << in_below(in, 9);
	l->mtu = 68 + in_below(in, 65468);
	l->vlan = in_byte(in) & 3 ? in_byte(in) % 8 : PARTBUS_VLAN_ALL;
	l->any_mac = flags & 1;
	l->csum = flags & 2;
	l->tso = l->csum && flags & 4;
	l->uso = l->csum && flags & 8;
}

static void submission(struct input *in, const struct pb_frame_limits *l)
{
	__u32 queue = in_byte(in) & 1;
	struct partbus_net_req raw;
	struct pb_frame_request rq;
	const char *why = NULL;
	int n;

	in_bytes(in, &raw, sizeof(raw));
	if (in_byte(in) & 3) {
		raw.op = 1 + in_below(in, PARTBUS_NET_OP_END);
		raw.flags &= 3;
		raw.tag = cpu_to_le16(in_below(in, l->depth + 1));
		raw.length = cpu_to_le32(raw.op == PARTBUS_NET_SEND ?
					 in_below(in, pb_frame_room(l) + 2) : 6 * in_below(in, 67));
		memset(raw.reserved, 0, sizeof(raw.reserved));
		if (in_byte(in) & 1)
			raw.flags = 0;
		if (raw.op != PARTBUS_NET_SEND && raw.op != PARTBUS_NET_FILTER && in_byte(in))
			raw.length = 0;
		for (n = in_below(in, 3); n > 1; n--)
			((__u8 *)&raw)[in_below(in, sizeof(raw))] ^= in_byte(in);
	}
	n = pb_frame_parse(&raw, queue, l, &rq, &why);
	must(n == 0 || n == -EPROTO, "another error");
	must(!n == !why, "a sentence without a violation, or none with one");
	if (n) {
		REACHED("a submission was refused");
		return;
	}
	must(rq.op == raw.op && rq.tag == le16_to_cpu(raw.tag) && rq.flags == raw.flags &&
	     rq.length == le32_to_cpu(raw.length), "a submission was changed");
	must(rq.tag < l->depth, "a tag beyond the depth");
	must(rq.op == PARTBUS_NET_SEND || rq.op == PARTBUS_NET_FILTER || !rq.length,
	     "a length that means nothing");
	must(rq.length + PARTBUS_NET_HEADER_SIZE <= l->slot_size, "more than a slot has");
	must(rq.op != PARTBUS_NET_FILTER || rq.length / 6 <= PARTBUS_NET_FILTER_MAX,
	     "too many addresses");
	must(!queue || (rq.op != PARTBUS_NET_LINK && rq.op != PARTBUS_NET_FILTER),
	     "what is queue 0's on another");
	REACHED_IF(rq.op == PARTBUS_NET_SEND, "a frame is sent");
	REACHED_IF(rq.op == PARTBUS_NET_RECEIVE, "a slot waits");
	REACHED_IF(rq.op == PARTBUS_NET_LINK && rq.flags, "a link is watched");
	REACHED_IF(rq.op == PARTBUS_NET_FILTER && rq.length, "a filter is set");
	REACHED_IF(rq.op == PARTBUS_NET_DRAIN, "a queue is drained");
}

static void completion(struct input *in, const struct pb_frame_limits *l)
{
	__u8 op = in_below(in, PARTBUS_NET_OP_END);
	struct pb_frame_answer done;
	struct partbus_net_done raw;
	const char *why = NULL;
	bool draining;
	int tag, ret;

	in_bytes(in, &raw, sizeof(raw));
	draining = in_byte(in) & 1;
	if (in_byte(in) & 3) {
		raw.tag = cpu_to_le16(in_below(in, l->depth + 1));
		raw.status = cpu_to_le16(in_byte(in) & 3);
		raw.length = cpu_to_le32(in_below(in, pb_frame_room(l) + 2));
		if (in_byte(in) & 1)
			raw.length = cpu_to_le32(in_byte(in) & 1);
		memset(raw.reserved, 0, sizeof(raw.reserved));
	}
	tag = pb_frame_tag(&raw, l);
	must(tag == -EPROTO || (tag >= 0 && (__u32)tag < l->depth), "a tag beyond the depth");
	if (tag < 0) {
		REACHED("a tag was refused");
		return;
	}
	ret = pb_frame_answered(&raw, op, draining, l, &done, &why);
	must(ret == 0 || ret == -EPROTO, "another error");
	must(!ret == !why, "a sentence without a violation, or none with one");
	if (ret) {
		REACHED("a completion was refused");
		return;
	}
	must(op, "an answer to nothing");
	must(draining || done.status != PARTBUS_NET_S_RETURNED, "given back without a DRAIN");
	must(done.tag == tag && done.status < PARTBUS_NET_S_END, "a completion was changed");
	if (done.length > 1)
		must(op == PARTBUS_NET_RECEIVE && !done.status &&
		     done.length >= PARTBUS_NET_FRAME_MIN &&
		     done.length + PARTBUS_NET_HEADER_SIZE <= l->slot_size,
		     "a frame that does not fit into its slot");
	REACHED_IF(done.length > 1, "a frame was received");
	REACHED_IF(done.status == PARTBUS_NET_S_RETURNED, "a slot came back");
}

static void frame(struct input *in, const struct pb_frame_limits *l)
{
	__u32 length = PARTBUS_NET_FRAME_MIN +
		       in_below(in, pb_frame_room(l) - PARTBUS_NET_FRAME_MIN + 1);
	bool to_client = in_byte(in) & 1;
	struct partbus_net_header raw;
	struct pb_frame_info info;
	const char *why = NULL;
	__u8 link[PB_FRAME_LINK], mac[6];
	__u32 header;
	__u16 type;
	int ret;

	in_bytes(in, &raw, sizeof(raw));
	if (in_byte(in) & 3) {
		raw.flags &= 3;
		raw.gso_type &= in_byte(in) & 1 ? 0x87 : 0;
		raw.gso_size = cpu_to_le16(raw.gso_type ? in_below(in, 3000) : 0);
		if (!(raw.flags & PARTBUS_NET_HDR_NEEDS_CSUM)) {
			raw.csum_start = 0;
			raw.csum_offset = 0;
		} else if (in_byte(in)) {
			raw.csum_start = cpu_to_le16(14 + in_below(in, 90));
			raw.csum_offset = cpu_to_le16(in_below(in, 20));
		}
		raw.hdr_len = 0;
		if (raw.gso_type)
			raw.hdr_len = cpu_to_le16(le16_to_cpu(raw.csum_start) + 8 +
						  in_below(in, 60));
		memset(raw.reserved, 0, sizeof(raw.reserved));
	}
	ret = pb_frame_header(&raw, length, l, to_client, &info, &why);
	must(ret == 0 || ret == -EPROTO, "another error");
	must(!ret == !why, "a sentence without a violation, or none with one");
	if (ret) {
		REACHED("a header was refused");
		return;
	}
	must(info.length == length && info.hdr_len <= length, "a length was changed");
	must(info.segments >= 1 && info.segments <= length, "more segments than bytes");
	must(info.wire >= length && (info.segments > 1 || info.wire == length),
	     "less than what is sent");
	if (info.flags & PARTBUS_NET_HDR_NEEDS_CSUM) {
		must(l->csum, "a checksum that was not agreed on");
		must(info.csum_start + info.csum_offset + 2u <= length, "a sum outside the frame");
		REACHED("a checksum is open");
	}
	if (info.gso_type) {
		must(l->tso || l->uso, "segments that were not agreed on");
		must(info.gso_size && info.gso_size != 0xffff, "segments of no size");
		must(info.flags & PARTBUS_NET_HDR_NEEDS_CSUM, "segments without a place for sums");
		must((__u64)info.segments * info.gso_size + info.hdr_len >= length,
		     "fewer segments than it takes");
		header = info.hdr_len - info.csum_start;
		must(info.gso_type == PARTBUS_NET_GSO_UDP_L4 ? header == 8 :
		     header >= 20 && header <= 60 && header % 4 == 0,
		     "a transport header that cannot be");
		must(info.wire == length + (info.segments - 1) * info.hdr_len,
		     "segments that are charged too little");
		REACHED_IF(info.segments > 1, "segments");
		REACHED_IF(header > 20, "options of TCP");
		REACHED_IF(info.gso_type == PARTBUS_NET_GSO_UDP_L4, "segments of UDP");
	}

	in_bytes(in, link, sizeof(link));
	pb_frame_mac(l->mac, mac);
	if (in_byte(in) & 3)
		memcpy(link + 6, mac, 6);
	if (in_byte(in) & 1) {
		link[12] = 0x81;
		link[13] = 0;
		link[14] &= 0xf0;
		link[15] &= 7;
	}
	type = link[12] << 8 | link[13];
	if (!pb_frame_allowed(link, &info, l)) {
		REACHED("a frame was dropped");
		return;
	}
	must(!(link[6] & 1), "a group as the source");
	must(l->any_mac || !memcmp(link + 6, mac, 6), "a forged source");
	if (type == 0x8100) {
		__u16 id = (link[14] << 8 | link[15]) & 0xfff;

		must(length >= PARTBUS_NET_LINK_SIZE, "half a tag");
		must(!id || l->vlan == PARTBUS_VLAN_ALL || id == l->vlan, "a forged tag");
		REACHED("a tag that may be");
	}
	must((info.gso_size ? info.hdr_len + info.gso_size : length) <=
	     l->mtu + PARTBUS_NET_LINK_SIZE, "a frame beyond the MTU");
	REACHED("a frame passed");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	struct pb_frame_limits l;

	make_limits(&in, &l);
	switch (in_byte(&in) % 3) {
	case 0:
		submission(&in, &l);
		break;
	case 1:
		completion(&in, &l);
		break;
	default:
		frame(&in, &l);
		break;
	}
	return 0;
}

void fuzz_seeds(fuzz_emit emit)
{
	__u8 script[160];

	fuzz_scripts(emit, script, sizeof(script), 64);
}
