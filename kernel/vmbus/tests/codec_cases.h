/* SPDX-License-Identifier: GPL-2.0 */
/* Messages as a peer may send them, shared by KUnit and the user-space tests. */
#ifndef _PB_CODEC_CASES_H
#define _PB_CODEC_CASES_H

#include <vmbus/contract.h>

#define PB_CODEC_CASE_ATTRS	3

/* @size: of the attribute's header and body; @bytes: that the message has of it */
struct pb_codec_case {
	const char *sentence;
	struct {
		__u16 type;
		__u16 size;
		__u16 bytes;
		__u32 reserved;
		__u64 least, like;
	} attr[PB_CODEC_CASE_ATTRS];
	int result;
};

/* For pb_ranges_decode(); what is left over of a row is no attribute. */
static const struct pb_codec_case pb_codec_cases[] = {
	{ "a message without attributes is legal", { { 0 } }, 0 },
	{ "one range is legal",
	  { { PARTBUS_ATTR_CAP_IOPS, 24, 24, 0, 1, 2 } }, 0 },
	{ "two ranges are legal",
	  { { PARTBUS_ATTR_CAP_IOPS, 24, 24, 0, 1, 2 },
	    { PARTBUS_ATTR_CAP_BPS, 24, 24, 0, 1, 2 } }, 0 },
	{ "an unknown type is skipped",
	  { { 0x7777, 16, 16, 0, 1, 0 },
	    { PARTBUS_ATTR_CAP_BPS, 24, 24, 0, 1, 2 } }, 0 },
	{ "an unknown type without a body is skipped",
	  { { 0x7777, 8, 8, 0, 0, 0 } }, 0 },
	{ "a type that comes twice is refused",
	  { { PARTBUS_ATTR_CAP_IOPS, 24, 24, 0, 1, 2 },
	    { PARTBUS_ATTR_CAP_BPS, 24, 24, 0, 1, 2 },
	    { PARTBUS_ATTR_CAP_IOPS, 24, 24, 0, 1, 2 } }, -EPROTO },
	{ "a length of 0 is refused, or else it would loop",
	  { { 0x7777, 0, 8, 0, 0, 0 } }, -EPROTO },
	{ "a length that ends in the header is refused",
	  { { 0x7777, 4, 8, 0, 0, 0 } }, -EPROTO },
	{ "a length that is no multiple of 8 is refused",
	  { { 0x7777, 20, 24, 0, 0, 0 } }, -EPROTO },
	{ "a length beyond the message is refused",
	  { { 0x7777, 32, 24, 0, 0, 0 } }, -EPROTO },
	{ "a length of all ones is refused",
	  { { 0x7777, 0xffff, 24, 0, 0, 0 } }, -EPROTO },
	{ "half a header is refused",
	  { { 0x7777, 8, 4, 0, 0, 0 } }, -EPROTO },
	{ "a range that is too short is refused",
	  { { PARTBUS_ATTR_CAP_IOPS, 16, 16, 0, 1, 2 } }, -EPROTO },
	{ "a range that is too long is refused",
	  { { PARTBUS_ATTR_CAP_IOPS, 32, 32, 0, 1, 2 } }, -EPROTO },
	{ "a reserved field that is not zero is refused",
	  { { PARTBUS_ATTR_CAP_IOPS, 24, 24, 1, 1, 2 } }, -EPROTO },
	{ "so it is in a type that is not known",
	  { { 0x7777, 24, 24, 1, 1, 2 } }, -EPROTO },
	{ "a reason that is too short is refused",
	  { { PARTBUS_ATTR_REASON, 24, 24, 0, 0, 0 } }, -EPROTO },
};

/* Returns the length of the message. @buf has PARTBUS_MBOX_ENTRY_SIZE bytes. */
static inline int pb_codec_case_build(const struct pb_codec_case *c, void *buf)
{
	int length = sizeof(struct partbus_neg_header);
	int i;

	memset(buf, 0, PARTBUS_MBOX_ENTRY_SIZE);
	for (i = 0; i < PB_CODEC_CASE_ATTRS && c->attr[i].bytes; i++) {
		struct partbus_attr_range range = {
			.header.type = cpu_to_le16(c->attr[i].type),
			.header.length = cpu_to_le16(c->attr[i].size),
			.header.reserved = cpu_to_le32(c->attr[i].reserved),
			.least = cpu_to_le64(c->attr[i].least),
			.like = cpu_to_le64(c->attr[i].like),
		};

		memcpy((__u8 *)buf + length, &range, sizeof(range));
		length += c->attr[i].bytes;
	}
	return length;
}

#endif /* _PB_CODEC_CASES_H */
