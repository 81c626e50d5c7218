// SPDX-License-Identifier: GPL-2.0
/*
 * Single control messages: any bytes, or a right message of any type with a few
 * bytes changed. One that passes has nothing in it that its type does not have,
 * and no text without an end.
 */
#include "fuzz.h"

#include <linux/errno.h>
#include <linux/string.h>
#include <asm/byteorder.h>
#include <vmbus/ctrl_table.h>

#define GENERATION	7
#define SEQ		3

static void build(struct input *in, struct partbus_ctrl_msg *m)
{
	const struct pb_ctrl_info *info = pb_ctrl_info(in_below(in, PARTBUS_CTRL_TYPE_END));
	int n, i;

	memset(m, 0, sizeof(*m));
	if (!info)
		return;
	for (n = 0; n < PARTBUS_CTRL_TYPE_END; n++)
		if (pb_ctrl_info(n) == info)
			m->header.type = cpu_to_le16(n);
	m->header.length = cpu_to_le16(info->length);
	m->header.seq = cpu_to_le32(SEQ);
	m->header.generation = cpu_to_le64(GENERATION);
	in_bytes(in, m->raw, info->length - sizeof(m->header));
	for (i = 0; i < PB_CTRL_SPANS && info->reserved[i].size; i++)
		memset((__u8 *)m + info->reserved[i].offset, 0, info->reserved[i].size);
	for (i = 0; i < PB_CTRL_SPANS && info->text[i].size; i++)
		((__u8 *)m)[info->text[i].offset + info->text[i].size - 1] = 0;
	for (n = in_below(in, 6); n > 3; n--) {
		i = in_below(in, sizeof(*m));
		((__u8 *)m)[i] = in_byte(in);
	}
}

static bool zero(const __u8 *bytes, size_t size)
{
	while (size--)
		if (*bytes++)
			return false;
	return true;
}

static void check_good(const struct partbus_ctrl_msg *m, enum pb_ctrl_direction direction,
		       bool hello_done)
{
	const struct pb_ctrl_info *info = pb_ctrl_info(le16_to_cpu(m->header.type));
	const __u8 *bytes = (const void *)m;
	int i;

	must(info && info->direction == direction, "handled in the wrong direction");
	must(info->after_hello == hello_done, "handled before its time");
	must(le32_to_cpu(m->header.seq) == SEQ && le64_to_cpu(m->header.generation) == GENERATION,
	     "handled out of sequence");
	must(le16_to_cpu(m->header.length) == info->length, "handled with a wrong length");
	must(zero(bytes + info->length, sizeof(*m) - info->length), "bytes behind the message");
	for (i = 0; i < PB_CTRL_SPANS && info->reserved[i].size; i++)
		must(zero(bytes + info->reserved[i].offset, info->reserved[i].size),
		     "a reserved field that is not zero");
	for (i = 0; i < PB_CTRL_SPANS && info->text[i].size; i++)
		must(strnlen((const char *)bytes + info->text[i].offset, info->text[i].size) <
		     info->text[i].size, "a text without an end");
	REACHED_IF(le16_to_cpu(m->header.type) == PARTBUS_CTRL_HELLO, "HELLO passed");
	REACHED_IF(le16_to_cpu(m->header.type) == PARTBUS_CTRL_OFFER, "OFFER passed");
	REACHED_IF(le16_to_cpu(m->header.type) == PARTBUS_CTRL_BROKEN, "BROKEN passed");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	struct partbus_ctrl_msg *m = malloc(sizeof(*m));
	enum pb_ctrl_direction direction;
	const char *why = NULL;
	bool hello_done;
	__u8 how = in_byte(&in);
	int ret;

	direction = how & 1 ? PB_CTRL_TO_HOST : PB_CTRL_TO_GUEST;
	hello_done = how & 2;
	if (how & 4)
		build(&in, m);
	else
		in_bytes(&in, m, sizeof(*m));
	pb_ctrl_info(in_u32(&in));
	ret = pb_ctrl_check(m, direction, hello_done, SEQ, GENERATION, how & 8 ? &why : NULL);
	must(ret == 0 || ret == -ESTALE || ret == -EPROTO, "a check with another result");
	must((ret == -ESTALE) == (le64_to_cpu(m->header.generation) < GENERATION),
	     "stale is what is not old, or the other way round");
	must(!why == !(ret && how & 8), "an error without a sentence");
	if (!ret)
		check_good(m, direction, hello_done);
	REACHED_IF(ret == -EPROTO, "a violation");
	free(m);
	return 0;
}

void fuzz_seeds(fuzz_emit emit)
{
	static const struct {
		const char *name;
		__u32 type;
		__u8 how;	/* 1: from the wrong end, 2: at the wrong time */
		/* A byte of the message that is then another one; 0: none. */
		__u8 at, to;
	} seeds[] = {
		{ "hello", PARTBUS_CTRL_HELLO, 0, 0, 0 },
		{ "offer", PARTBUS_CTRL_OFFER, 0, 0, 0 },
		{ "broken", PARTBUS_CTRL_BROKEN, 0, 0, 0 },
		{ "offer-to-host", PARTBUS_CTRL_OFFER, 1, 0, 0 },
		{ "second-hello", PARTBUS_CTRL_HELLO, 2, 0, 0 },
		{ "stale", PARTBUS_CTRL_OFFER, 0,
		  offsetof(struct partbus_ctrl_header, generation), GENERATION - 1 },
		{ "text-without-end", PARTBUS_CTRL_BROKEN, 0,
		  offsetof(struct partbus_ctrl_msg, broken.reason) + PARTBUS_REASON_MAX - 1, 'x' },
		{ "bytes-behind", PARTBUS_CTRL_HELLO, 0,
		  offsetof(struct partbus_ctrl_msg, raw) + sizeof(struct partbus_ctrl_hello), 1 },
	};

	for (unsigned int i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		const struct pb_ctrl_info *info = pb_ctrl_info(seeds[i].type);
		__u8 how = (info->direction == PB_CTRL_TO_HOST) | info->after_hello << 1;
		struct script s = { 0 };

		/* Built, and with a sentence wherever it is wrong. */
		script_byte(&s, (how ^ seeds[i].how) | 4 | 8);
		script_below(&s, PARTBUS_CTRL_TYPE_END, seeds[i].type);
		/* As long as they can be, all texts; build() gives them their ends. */
		for (int n = sizeof(struct partbus_ctrl_header); n < info->length; n++)
			script_byte(&s, 'x');
		script_below(&s, 6, seeds[i].to ? 4 : 0);
		if (seeds[i].to) {
			script_below(&s, sizeof(struct partbus_ctrl_msg), seeds[i].at);
			script_byte(&s, seeds[i].to);
		}
		emit(seeds[i].name, s.bytes, s.size);
	}
}
