// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold for a control message before its handler sees it: direction,
 * exact length, order, text and unused bytes. A type without a row is refused.
 */
#include <vmbus/ctrl_table.h>

#include <linux/nospec.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#define PAYLOAD		sizeof(struct partbus_ctrl_header)
#define SPAN(type, field) {						\
	PAYLOAD + __builtin_offsetof(struct partbus_ctrl_##type, field),	\
	sizeof(((struct partbus_ctrl_##type *)0)->field),		\
}

static const struct pb_ctrl_info ctrl_table[PARTBUS_CTRL_TYPE_END] = {
	[PARTBUS_CTRL_HELLO] = {
		.name = "hello",
		.version = PARTBUS_VERSION_1_0,
		.length = PAYLOAD + sizeof(struct partbus_ctrl_hello),
		.direction = PB_CTRL_TO_HOST,
		.after_hello = false,
		.may_sleep = true,	/* makes every channel of the partition */
		.text = { SPAN(hello, release) },
		.reserved = { SPAN(hello, reserved) },
	},
	[PARTBUS_CTRL_HELLO_ACK] = {
		.name = "hello_ack",
		.version = PARTBUS_VERSION_1_0,
		.length = PAYLOAD + sizeof(struct partbus_ctrl_hello_ack),
		.direction = PB_CTRL_TO_GUEST,
		.after_hello = false,
		.may_sleep = false,	/* notes the version */
		.reserved = { SPAN(hello_ack, reserved) },
	},
	[PARTBUS_CTRL_OFFER] = {
		.name = "offer",
		.version = PARTBUS_VERSION_1_0,
		.length = PAYLOAD + sizeof(struct partbus_ctrl_offer),
		.direction = PB_CTRL_TO_GUEST,
		.after_hello = true,
		.may_sleep = true,	/* registers a device */
		.text = { SPAN(offer, resource_name), SPAN(offer, serial) },
		.reserved = { SPAN(offer, reserved) },
	},
	[PARTBUS_CTRL_RESCIND] = {
		.name = "rescind",
		.version = PARTBUS_VERSION_1_0,
		.length = PAYLOAD + sizeof(struct partbus_ctrl_rescind),
		.direction = PB_CTRL_TO_GUEST,
		.after_hello = true,
		.may_sleep = true,	/* unregisters a device */
		.reserved = { SPAN(rescind, reserved) },
	},
	[PARTBUS_CTRL_RELEASED] = {
		.name = "released",
		.version = PARTBUS_VERSION_1_0,
		.length = PAYLOAD + sizeof(struct partbus_ctrl_released),
		.direction = PB_CTRL_TO_HOST,
		.after_hello = true,
		.may_sleep = true,	/* takes sections out of the window */
		.reserved = { SPAN(released, reserved) },
	},
	[PARTBUS_CTRL_DATA_PLACED] = {
		.name = "data_placed",
		.version = PARTBUS_VERSION_1_0,
		.length = PAYLOAD + sizeof(struct partbus_ctrl_data_placed),
		.direction = PB_CTRL_TO_GUEST,
		.after_hello = true,
		.may_sleep = false,	/* notes where; START_COMPLETE uses it */
		.reserved = { SPAN(data_placed, reserved) },
	},
	[PARTBUS_CTRL_BROKEN] = {
		.name = "broken",
		.version = PARTBUS_VERSION_1_0,
		.length = PAYLOAD + sizeof(struct partbus_ctrl_broken),
		.direction = PB_CTRL_TO_HOST,
		.after_hello = true,
		.may_sleep = true,	/* stops the other end */
		.text = { SPAN(broken, reason) },
		.reserved = { SPAN(broken, reserved) },
	},
	[PARTBUS_CTRL_WITHDRAWN] = {
		.name = "withdrawn",
		.version = PARTBUS_VERSION_1_0,
		.length = PAYLOAD + sizeof(struct partbus_ctrl_withdrawn),
		.direction = PB_CTRL_TO_GUEST,
		.after_hello = true,
		.may_sleep = true,	/* fails what a client without a channel holds */
		.reserved = { SPAN(withdrawn, reserved) },
	},
};

/**
 * pb_ctrl_info() - the row of a message type
 * @type: enum partbus_ctrl_type, or anything
 *
 * Return: the row, or NULL for a type that is not known.
 */
const struct pb_ctrl_info *pb_ctrl_info(__u16 type)
{
	if (type >= PARTBUS_CTRL_TYPE_END)
		return NULL;
	/* The type comes from a guest, and what the row says is used as an address. */
	type = array_index_nospec(type, PARTBUS_CTRL_TYPE_END);
	if (!ctrl_table[type].name)
		return NULL;
	return &ctrl_table[type];
}

static bool all_zero(const __u8 *bytes, unsigned int size)
{
	while (size--)
		if (*bytes++)
			return false;
	return true;
}

/* What is wrong with the message's own bytes, or NULL. */
static const char *bad_bytes(const struct partbus_ctrl_msg *m, const struct pb_ctrl_info *info)
{
	const __u8 *bytes = (const __u8 *)m;
	int i;

	if (le16_to_cpu(m->header.length) != info->length)
		return "control message with a wrong length";
	if (!all_zero(bytes + info->length, sizeof(*m) - info->length))
		return "control message with bytes beyond its length";
	for (i = 0; i < PB_CTRL_SPANS && info->reserved[i].size; i++)
		if (!all_zero(bytes + info->reserved[i].offset, info->reserved[i].size))
			return "control message with a reserved field that is not zero";
	for (i = 0; i < PB_CTRL_SPANS && info->text[i].size; i++)
		if (!memchr(bytes + info->text[i].offset, 0, info->text[i].size))
			return "control message with a text without an end";
	return NULL;
}

/* Kernel-doc: see ctrl_table.h. */
int pb_ctrl_check(const struct partbus_ctrl_msg *m, enum pb_ctrl_direction direction,
		  bool hello_done, __u32 expected_seq, __u64 generation, const char **why)
{
	const struct pb_ctrl_info *info = pb_ctrl_info(le16_to_cpu(m->header.type));
	__u64 from = le64_to_cpu(m->header.generation);
	const char *text;

	/*
	 * The generation comes first: what was left over from before a reset
	 * may break any other rule and is still nobody's fault.
	 */
	if (from < generation) {
		text = "control message of an older generation";
		if (why)
			*why = text;
		return -ESTALE;
	}

	if (from > generation)
		text = "control message of a generation that is still to come";
	else if (!info)
		text = "control message of an unknown type";
	else if (info->direction != direction)
		text = "control message in the wrong direction";
	else if (le32_to_cpu(m->header.seq) != expected_seq)
		text = "control message out of sequence";
	else if (info->after_hello && !hello_done)
		text = "control message before HELLO";
	else if (!info->after_hello && hello_done)
		text = "a second HELLO in one generation";
	else
		text = bad_bytes(m, info);

	if (!text)
		return 0;
	if (why)
		*why = text;
	return -EPROTO;
}
