// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of a negotiation message. An input is either the message itself,
 * or a list of attributes for the project's encoder and of bytes that are then
 * changed, so that messages with one thing wrong are as near as random ones.
 */
#include "fuzz.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <asm/byteorder.h>
#include <partbus/channel.h>
#include <vmbus/contract.h>

#define HEADER	((int)sizeof(struct partbus_neg_header))

static int build(struct input *in, __u8 *raw)
{
	struct partbus_attr_header unknown = { .length = cpu_to_le16(8) };
	struct pb_contract c = { 0 };
	struct pb_ranges r = { 0 };
	struct pb_refusal why;
	int length = HEADER, n, next;

	for (n = in_below(in, PB_ATTR_COUNT + 2); n > 0; n--) {
		int attr = in_below(in, PB_ATTR_COUNT);
		__u64 v = in_number(in);

		pb_contract_set(&c, attr, v);
		pb_ranges_set(&r, attr, v, in_number(in));
	}
	n = in_byte(in);
	next = n & 1 ? pb_contract_encode(raw, length, &c) : pb_ranges_encode(raw, length, &r);
	if (next > 0)
		length = next;
	if (n & 2) {
		why.type = in_u32(in);
		in_bytes(in, why.text, sizeof(why.text));
		next = pb_refusal_encode(raw, length, &why);
		if (next > 0)
			length = next;
	}
	if (n & 4 && length + 8 <= (int)PARTBUS_MBOX_ENTRY_SIZE) {
		unknown.type = cpu_to_le16(in_u32(in));
		memcpy(raw + length, &unknown, sizeof(unknown));
		length += 8;
	}
	/* What is wrong with it. */
	for (n = in_below(in, 4); n > 0; n--)
		raw[HEADER + in_below(in, PARTBUS_MBOX_ENTRY_SIZE - HEADER)] = in_byte(in);
	return length + (in_byte(in) ? 0 : (__s8)in_byte(in));
}

static void check_text(const struct pb_refusal *why)
{
	size_t i, length = strnlen(why->text, sizeof(why->text));

	must(length < sizeof(why->text), "a reason without an end");
	for (i = 0; i < length; i++)
		must((__u8)why->text[i] >= ' ' && why->text[i] != 0x7f,
		     "a reason with a control character");
}

/* What was read can be said again, and is then read as the same. */
static void check_again(const struct pb_ranges *r, const struct pb_contract *c,
			const struct pb_refusal *why, bool contract)
{
	__u8 raw[PARTBUS_MBOX_ENTRY_SIZE];
	struct pb_contract c2 = { 0 };
	struct pb_refusal why2;
	struct pb_ranges r2;
	int length;

	length = pb_ranges_encode(raw, HEADER, r);
	must(length > 0, "ranges that were read do not fit into a message");
	/* All there is of all classes leaves no room for a reason. */
	if (length + (int)sizeof(struct partbus_attr_reason) > (int)PARTBUS_MBOX_ENTRY_SIZE) {
		REACHED("attributes of all classes");
		return;
	}
	length = pb_refusal_encode(raw, length, why);
	must(length > 0, "a reason that was read does not fit into a message");
	must(!pb_ranges_decode(raw, length, &r2) && !memcmp(r, &r2, sizeof(r2)),
	     "ranges change on the way");
	must(!pb_refusal_decode(raw, length, &why2) && why2.type == why->type &&
	     !strcmp(why2.text, why->text), "a reason changes on the way");
	if (!contract)
		return;
	length = pb_contract_encode(raw, HEADER, c);
	must(length > 0, "a contract that was read does not fit into a message");
	must(!pb_contract_decode(raw, length, &c2) && c->present == c2.present &&
	     !memcmp(c->value, c2.value, sizeof(c2.value)), "a contract changes on the way");
	REACHED_IF(c->present, "a contract went there and back");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	__u8 raw[PARTBUS_MBOX_ENTRY_SIZE] = { 0 };
	struct pb_contract c;
	struct pb_refusal why;
	struct pb_ranges r;
	int length, ranges, contract, reason, i;
	bool equal = true;
	__u8 *copy;

	if (in_byte(&in) & 1) {
		length = build(&in, raw);
	} else {
		length = in.left > sizeof(raw) ? sizeof(raw) : in.left;
		memcpy(raw, in.at, length);
	}

	/* On the heap and no longer than it says, for the sanitizer's sake. */
	copy = malloc(length > 0 ? length : 1);
	memcpy(copy, raw, length > (int)sizeof(raw) ? (int)sizeof(raw) : length > 0 ? length : 0);
	memset(&c, 0xa5, sizeof(c));
	memset(&r, 0xa5, sizeof(r));
	memset(&why, 0xa5, sizeof(why));
	ranges = pb_ranges_decode(copy, length, &r);
	contract = pb_contract_decode(copy, length, &c);
	reason = pb_refusal_decode(copy, length, &why);
	free(copy);

	must(!ranges || ranges == -EPROTO, "a decoder fails with another error");
	must(ranges == reason, "a message is right for one decoder and wrong for another");
	check_text(&why);
	must(!(r.present >> PB_ATTR_COUNT), "an attribute that there is not");
	must(!ranges || (!r.present && !c.present && !why.type && !why.text[0]),
	     "something of a wrong message is believed");
	for (i = 0; i < PB_ATTR_COUNT; i++)
		equal = equal && (ranges || r.least[i] == r.like[i]);
	must(contract == (ranges || !equal ? -EPROTO : 0), "ranges are taken for a contract");
	if (ranges) {
		REACHED("a message was refused");
		return 0;
	}
	must(!contract == equal, "a contract is not taken for one");
	REACHED_IF(why.text[0], "a reason was read");
	REACHED_IF(!equal, "ranges were read");
	check_again(&r, &c, &why, !contract);
	return 0;
}

void fuzz_seeds(fuzz_emit emit)
{
	__u8 raw[PARTBUS_MBOX_ENTRY_SIZE + 1] = { 0 };
	struct pb_refusal why = { .type = PARTBUS_ATTR_DEPTH, .text = "depth: at least 11" };
	struct pb_contract c = { 0 };
	struct pb_ranges r = { 0 };
	int i, length;

	for (i = 0; i < PB_ATTR_COUNT; i++) {
		pb_contract_set(&c, i, pb_attr_table[i].max);
		if (pb_attr_of_class(i, PARTBUS_CLASS_NET))
			pb_ranges_set(&r, i, pb_attr_table[i].min, PARTBUS_ATTR_ANY);
	}
	/* The first byte says that the message itself follows. */
	length = pb_contract_encode(raw + 1, HEADER, &c);
	emit("contract", raw, length + 1);
	memset(raw, 0, sizeof(raw));
	length = pb_refusal_encode(raw + 1, pb_ranges_encode(raw + 1, HEADER, &r), &why);
	emit("ranges-and-reason", raw, length + 1);
	memset(raw, 0, sizeof(raw));
	length = pb_refusal_encode(raw + 1, HEADER, &why);
	emit("reason", raw, length + 1);
}
