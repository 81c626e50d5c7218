// SPDX-License-Identifier: GPL-2.0
/*
 * Contracts, wishes, offers and reasons as typed attributes of a negotiation
 * message. The buffers are private copies; no meaning is judged here.
 */
#include <vmbus/contract.h>

#include <partbus/channel.h>

#include <linux/errno.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#define FIRST_ATTR	((int)sizeof(struct partbus_neg_header))
#define REASON_BIT	(1ULL << 63)	/* beside the bits of enum pb_attr */

_Static_assert(PB_ATTR_COUNT < 63, "one bit per attribute, and one for the reason");
#define FITS(count) \
	_Static_assert(sizeof(struct partbus_neg_header) + \
		       (PB_ATTRS_COMMON + (count)) * sizeof(struct partbus_attr_range) + \
		       sizeof(struct partbus_attr_reason) <= PARTBUS_MBOX_ENTRY_SIZE, \
		       "all attributes of a class and a reason fit into one message")
FITS(PB_ATTRS_BLOCK);
FITS(PB_ATTRS_NET);

static int append(void *buf, int length, const void *attr, int size)
{
	if (length < FIRST_ATTR || length > (int)PARTBUS_MBOX_ENTRY_SIZE - size)
		return -EMSGSIZE;
	memcpy((__u8 *)buf + length, attr, size);
	return length + size;
}

static int append_range(void *buf, int length, int attr, __u64 least, __u64 like)
{
	struct partbus_attr_range range = {
		.header.type = cpu_to_le16(pb_attr_table[attr].type),
		.header.length = cpu_to_le16(sizeof(range)),
		.least = cpu_to_le64(least),
		.like = cpu_to_le64(like),
	};

	return append(buf, length, &range, sizeof(range));
}

/**
 * pb_contract_encode() - append every attribute of a contract
 * @buf: a message of PARTBUS_MBOX_ENTRY_SIZE bytes
 * @length: bytes used so far, the message's header included
 * @c: the contract; its epoch belongs into the header
 *
 * Return: bytes used now, or -EMSGSIZE.
 */
int pb_contract_encode(void *buf, int length, const struct pb_contract *c)
{
	int i;

	for (i = 0; i < PB_ATTR_COUNT && length >= 0; i++)
		if (c->present & (1ULL << i))
			length = append_range(buf, length, i, c->value[i], c->value[i]);
	return length;
}

/**
 * pb_ranges_encode() - append every attribute of a wish or an offer
 * @buf: a message of PARTBUS_MBOX_ENTRY_SIZE bytes
 * @length: bytes used so far, the message's header included
 * @r: the ranges
 *
 * Return: bytes used now, or -EMSGSIZE.
 */
int pb_ranges_encode(void *buf, int length, const struct pb_ranges *r)
{
	int i;

	for (i = 0; i < PB_ATTR_COUNT && length >= 0; i++)
		if (r->present & (1ULL << i))
			length = append_range(buf, length, i, r->least[i], r->like[i]);
	return length;
}

/**
 * pb_refusal_encode() - append a reason
 * @buf: a message of PARTBUS_MBOX_ENTRY_SIZE bytes
 * @length: bytes used so far, the message's header included
 * @why: the reason; a text without a terminator is cut
 *
 * Return: bytes used now, or -EMSGSIZE.
 */
int pb_refusal_encode(void *buf, int length, const struct pb_refusal *why)
{
	struct partbus_attr_reason reason = {
		.header.type = cpu_to_le16(PARTBUS_ATTR_REASON),
		.header.length = cpu_to_le16(sizeof(reason)),
		.attr = cpu_to_le32(why->type),
	};

	/* Only the text: what is behind it in @why may be anything. */
	memcpy(reason.text, why->text, strnlen(why->text, PARTBUS_REASON_MAX - 1));
	return append(buf, length, &reason, sizeof(reason));
}

static int decode_range(const __u8 *attr, int size, int index, struct pb_ranges *r)
{
	struct partbus_attr_range range;

	if (size != sizeof(range))
		return -EPROTO;
	memcpy(&range, attr, sizeof(range));
	if (r)
		pb_ranges_set(r, index, le64_to_cpu(range.least), le64_to_cpu(range.like));
	return 0;
}

static int decode_reason(const __u8 *attr, int size, struct pb_refusal *why)
{
	struct partbus_attr_reason reason;
	unsigned int i;

	if (size != sizeof(reason))
		return -EPROTO;
	memcpy(&reason, attr, sizeof(reason));
	if (reason.reserved || le32_to_cpu(reason.attr) > 0xffff)
		return -EPROTO;
	if (!memchr(reason.text, 0, sizeof(reason.text)))
		return -EPROTO;
	if (!why)
		return 0;

	why->type = le32_to_cpu(reason.attr);
	/* The text ends up in logs and on terminals: no control characters. */
	for (i = 0; reason.text[i]; i++)
		why->text[i] = reason.text[i] < ' ' || reason.text[i] == 0x7f ?
			       '?' : reason.text[i];
	return 0;
}

/*
 * Walks over all attributes, whichever of them the caller wants (@r and @why may be
 * NULL): a message is either right as a whole or refused.
 */
static int decode(const void *buf, int length, struct pb_ranges *r, struct pb_refusal *why)
{
	struct partbus_attr_header header;
	const __u8 *bytes = buf;
	__u64 seen = 0, bit;
	int at, size, index, err;

	if (r)
		memset(r, 0, sizeof(*r));
	if (why)
		memset(why, 0, sizeof(*why));
	if (length < FIRST_ATTR || length > (int)PARTBUS_MBOX_ENTRY_SIZE)
		return -EPROTO;

	for (at = FIRST_ATTR; at < length; at += size) {
		if (length - at < (int)sizeof(header))
			return -EPROTO;
		memcpy(&header, bytes + at, sizeof(header));
		size = le16_to_cpu(header.length);
		if (size < (int)sizeof(header) || size % 8 || size > length - at ||
		    header.reserved)
			return -EPROTO;

		if (le16_to_cpu(header.type) == PARTBUS_ATTR_REASON) {
			bit = REASON_BIT;
			err = decode_reason(bytes + at, size, why);
		} else {
			index = pb_attr_index(le16_to_cpu(header.type));
			if (index < 0)
				continue;
			bit = 1ULL << index;
			err = decode_range(bytes + at, size, index, r);
		}
		if (err || seen & bit)
			return -EPROTO;
		seen |= bit;
	}
	return 0;
}

/**
 * pb_contract_decode() - read the contract of a message
 * @buf: private copy of a message
 * @length: bytes used of it, its header included
 * @c: out; the epoch is left alone, present is 0 on error
 *
 * Return: 0 or -EPROTO.
 */
int pb_contract_decode(const void *buf, int length, struct pb_contract *c)
{
	struct pb_ranges r;
	int i, err;

	c->present = 0;
	memset(c->value, 0, sizeof(c->value));
	err = decode(buf, length, &r, NULL);
	if (err)
		return err;
	for (i = 0; i < PB_ATTR_COUNT; i++)
		if (r.least[i] != r.like[i])
			return -EPROTO;
	c->present = r.present;
	memcpy(c->value, r.least, sizeof(c->value));
	return 0;
}

/**
 * pb_ranges_decode() - read the wish or the offer of a message
 * @buf: private copy of a message
 * @length: bytes used of it, its header included
 * @r: out; present is 0 on error
 *
 * Return: 0 or -EPROTO.
 */
int pb_ranges_decode(const void *buf, int length, struct pb_ranges *r)
{
	int err;

	err = decode(buf, length, r, NULL);
	if (err)
		r->present = 0;
	return err;
}

/**
 * pb_refusal_decode() - read the reason of a message
 * @buf: private copy of a message
 * @length: bytes used of it, its header included
 * @why: out; no type and no text when the message has no reason
 *
 * Return: 0 or -EPROTO.
 */
int pb_refusal_decode(const void *buf, int length, struct pb_refusal *why)
{
	int err;

	err = decode(buf, length, NULL, why);
	if (err)
		memset(why, 0, sizeof(*why));
	return err;
}
