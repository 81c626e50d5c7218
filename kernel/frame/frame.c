// SPDX-License-Identifier: GPL-2.0
/* What may be believed of what the other end of a channel of class net says. */
#include <frame/frame.h>

#include <linux/errno.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include <partbus/contract.h>

#define VLAN_8021Q	0x8100u
#define VLAN_8021AD	0x88a8u
#define VLAN_ID		0x0fffu
#define TCP_HEADER	20u
#define TCP_HEADER_MAX	60u
#define UDP_HEADER	8u
/* The kernel's own word for something else. */
#define SEGMENT_NEVER	0xffffu

static bool all_zero(const __u8 *bytes, unsigned int n)
{
	while (n)
		if (bytes[--n])
			return false;
	return true;
}

static int wrong(const char **why, const char *text)
{
	*why = text;
	return -EPROTO;
}

/* What an operation may come with. */
struct op_rule {
	__u8 flags;
	bool first_queue;
};

static const struct op_rule op_rules[PARTBUS_NET_OP_END] = {
	[PARTBUS_NET_SEND] = { PARTBUS_NET_F_TELL, false },
	[PARTBUS_NET_LINK] = { PARTBUS_NET_F_UP, true },
	[PARTBUS_NET_FILTER] = { PARTBUS_NET_F_PROMISC | PARTBUS_NET_F_ALLMULTI, true },
};

static bool length_right(__u8 op, __u32 length, const struct pb_frame_limits *l)
{
	switch (op) {
	case PARTBUS_NET_SEND:
		return length >= PARTBUS_NET_FRAME_MIN && length <= pb_frame_room(l);
	case PARTBUS_NET_FILTER:
		return length <= 6 * PARTBUS_NET_FILTER_MAX && length % 6 == 0;
	default:
		return !length;
	}
}

/* Kernel-doc of all that follow: see frame.h. */
int pb_frame_parse(const struct partbus_net_req *raw, __u32 queue,
		   const struct pb_frame_limits *l, struct pb_frame_request *rq,
		   const char **why)
{
	__u32 length = le32_to_cpu(raw->length);
	__u16 tag = le16_to_cpu(raw->tag);
	__u8 op = raw->op;

	if (op < PARTBUS_NET_SEND || op >= PARTBUS_NET_OP_END)
		return wrong(why, "an unknown operation");
	if (tag >= l->depth)
		return wrong(why, "a tag beyond the depth");
	if (raw->flags & ~op_rules[op].flags)
		return wrong(why, "a flag that the operation does not have");
	if (op_rules[op].first_queue && queue)
		return wrong(why, "an operation of queue 0 on another queue");
	if (!length_right(op, length, l))
		return wrong(why, "a length that cannot be");
	if (!all_zero(raw->reserved, sizeof(raw->reserved)))
		return wrong(why, "reserved bytes that are not zero");
	rq->op = op;
	rq->flags = raw->flags;
	rq->tag = tag;
	rq->length = length;
	return 0;
}

int pb_frame_tag(const struct partbus_net_done *raw, const struct pb_frame_limits *l)
{
	__u16 tag = le16_to_cpu(raw->tag);

	return tag < l->depth ? tag : -EPROTO;
}

static bool status_right(__u8 op, __u16 status)
{
	switch (status) {
	case PARTBUS_NET_S_OK:
		return true;
	case PARTBUS_NET_S_RETURNED:
		return op == PARTBUS_NET_SEND || op == PARTBUS_NET_RECEIVE ||
		       op == PARTBUS_NET_LINK;
	case PARTBUS_NET_S_DROPPED:
		return op == PARTBUS_NET_SEND;
	default:
		return false;
	}
}

int pb_frame_answered(const struct partbus_net_done *raw, __u8 op, bool draining,
		      const struct pb_frame_limits *l, struct pb_frame_answer *done,
		      const char **why)
{
	__u32 length = le32_to_cpu(raw->length);
	__u16 status = le16_to_cpu(raw->status);
	__u32 least = 0, most = 0;

	if (!op)
		return wrong(why, "a tag that is not in flight");
	if (!status_right(op, status))
		return wrong(why, "a status that the operation does not have");
	/* Or else a server could have a frame sent again and again. */
	if (status == PARTBUS_NET_S_RETURNED && !draining)
		return wrong(why, "something that comes back without a DRAIN");
	if (status == PARTBUS_NET_S_OK && op == PARTBUS_NET_RECEIVE) {
		least = PARTBUS_NET_FRAME_MIN;
		most = pb_frame_room(l);
	} else if (status == PARTBUS_NET_S_OK && op == PARTBUS_NET_LINK) {
		most = 1;
	}
	if (length < least || length > most)
		return wrong(why, "a length that cannot be");
	if (!all_zero(raw->reserved, sizeof(raw->reserved)))
		return wrong(why, "reserved bytes that are not zero");
	done->tag = le16_to_cpu(raw->tag);
	done->status = status;
	done->length = length;
	return 0;
}

/* Length of the transport header that a type has at least, 0 for an unknown one. */
static __u32 gso_header(__u8 type, const struct pb_frame_limits *l)
{
	switch (type) {
	case PARTBUS_NET_GSO_TCPV4:
	case PARTBUS_NET_GSO_TCPV6:
	case PARTBUS_NET_GSO_TCPV4 | PARTBUS_NET_GSO_ECN:
	case PARTBUS_NET_GSO_TCPV6 | PARTBUS_NET_GSO_ECN:
		return l->tso ? TCP_HEADER : 0;
	case PARTBUS_NET_GSO_UDP_L4:
		return l->uso ? UDP_HEADER : 0;
	default:
		return 0;
	}
}

static int check_gso(struct pb_frame_info *info, const struct pb_frame_limits *l,
		     const char **why)
{
	__u32 header, payload, rest;

	info->segments = 1;
	info->wire = info->length;
	if (info->gso_type == PARTBUS_NET_GSO_NONE) {
		if (info->gso_size)
			return wrong(why, "a size of segments without segments");
		if (info->hdr_len)
			return wrong(why, "headers of segments without segments");
		return 0;
	}
	header = gso_header(info->gso_type, l);
	if (!header)
		return wrong(why, "segments of a kind that is unknown or not agreed on");
	if (!(info->flags & PARTBUS_NET_HDR_NEEDS_CSUM))
		return wrong(why, "segments without checksums to be completed");
	if (info->gso_size < PB_FRAME_SEGMENT_MIN || info->gso_size == SEGMENT_NEVER)
		return wrong(why, "segments of a size that cannot be");
	if (info->hdr_len < info->csum_start + header || info->hdr_len > info->length)
		return wrong(why, "headers that end too early or behind the end");
	rest = info->hdr_len - info->csum_start;
	if (header == TCP_HEADER ? rest > TCP_HEADER_MAX || rest % 4 : rest != header)
		return wrong(why, "a transport header of a length that cannot be");
	payload = info->length - info->hdr_len;
	if (payload > info->gso_size)
		info->segments = (payload - 1) / info->gso_size + 1;
	/* At most 2^13 segments with headers of less than 2^16. */
	info->wire += (info->segments - 1) * info->hdr_len;
	return 0;
}

int pb_frame_header(const struct partbus_net_header *raw, __u32 length,
		    const struct pb_frame_limits *l, bool to_client,
		    struct pb_frame_info *info, const char **why)
{
	const __u8 both = PARTBUS_NET_HDR_NEEDS_CSUM | PARTBUS_NET_HDR_DATA_VALID;
	__u8 known = to_client ? both : PARTBUS_NET_HDR_NEEDS_CSUM;

	info->length = length;
	info->flags = raw->flags;
	info->gso_type = raw->gso_type;
	info->hdr_len = le16_to_cpu(raw->hdr_len);
	info->gso_size = le16_to_cpu(raw->gso_size);
	info->csum_start = le16_to_cpu(raw->csum_start);
	info->csum_offset = le16_to_cpu(raw->csum_offset);

	if (info->flags & ~known || info->flags == both)
		return wrong(why, "flags that are unknown or contradict each other");
	if (!all_zero(raw->reserved, sizeof(raw->reserved)))
		return wrong(why, "reserved bytes in a header that are not zero");
	if (info->flags & PARTBUS_NET_HDR_NEEDS_CSUM) {
		if (!l->csum)
			return wrong(why, "a checksum left open, which was not agreed on");
		if (info->csum_start < PARTBUS_NET_FRAME_MIN ||
		    (__u32)info->csum_start + info->csum_offset + 2 > length)
			return wrong(why, "a checksum outside the frame");
	} else if (info->csum_start || info->csum_offset) {
		return wrong(why, "a place for a checksum that is not open");
	}
	return check_gso(info, l, why);
}

static __u16 be16_at(const __u8 *bytes)
{
	return bytes[0] << 8 | bytes[1];
}

static bool is_vlan(__u16 type)
{
	return type == VLAN_8021Q || type == VLAN_8021AD;
}

/* Length of the tag, or -EPERM. */
static int tag_allowed(const __u8 *link, const struct pb_frame_info *info, __u16 vlan)
{
	__u16 type = be16_at(link + 12), id;

	if (!is_vlan(type))
		return 0;
	if (info->length < PARTBUS_NET_LINK_SIZE)
		return -EPERM;
	if (vlan == PARTBUS_VLAN_ALL)
		return 4;
	/*
	 * A tag of no VLAN may be for its priority; but a tag behind it, or behind a
	 * provider's tag, would count as soon as that one is taken away.
	 */
	if (type != VLAN_8021Q || is_vlan(be16_at(link + 16)))
		return -EPERM;
	id = be16_at(link + 14) & VLAN_ID;
	return !id || id == vlan ? 4 : -EPERM;
}

bool pb_frame_allowed(const __u8 *link, const struct pb_frame_info *info,
		      const struct pb_frame_limits *l)
{
	__u8 mac[6];
	int tag;

	pb_frame_mac(l->mac, mac);
	/* No station has the address of a group. */
	if (link[6] & 1 || (!l->any_mac && memcmp(link + 6, mac, sizeof(mac))))
		return false;
	tag = tag_allowed(link, info, l->vlan);
	if (tag < 0)
		return false;
	/* Each segment has all headers, and a part of the payload. */
	if (info->gso_size)
		return (__u32)info->hdr_len + info->gso_size <=
		       PARTBUS_NET_FRAME_MIN + tag + l->mtu;
	return info->length <= PARTBUS_NET_FRAME_MIN + tag + l->mtu;
}

bool pb_frame_wanted(const __u8 *dest, __u64 mac, const struct pb_frame_filter *filter)
{
	static const __u8 broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	unsigned int i;
	__u8 own[6];

	if (filter->flags & PARTBUS_NET_F_PROMISC)
		return true;
	if (dest[0] & 1) {
		if (filter->flags & PARTBUS_NET_F_ALLMULTI || !memcmp(dest, broadcast, 6))
			return true;
	} else {
		pb_frame_mac(mac, own);
		if (!memcmp(dest, own, 6))
			return true;
	}
	for (i = 0; i < filter->count && i < PARTBUS_NET_FILTER_MAX; i++)
		if (!memcmp(dest, filter->addr[i], 6))
			return true;
	return false;
}
