// SPDX-License-Identifier: GPL-2.0
/* The codec of contracts: round trips, and whatever a peer may send instead. */
#include "harness.h"

#include <partbus/channel.h>
#include <vmbus/contract.h>
#include <vmbus/tests/codec_cases.h>

#define HEADER	((int)sizeof(struct partbus_neg_header))

static void codec_row(void **state)
{
	const struct pb_codec_case *c = *state;
	__u8 buf[PARTBUS_MBOX_ENTRY_SIZE];
	struct pb_refusal why;
	struct pb_ranges r;
	int length;

	length = pb_codec_case_build(c, buf);
	assert_int_equal(pb_ranges_decode(buf, length, &r), c->result);
	/* A message is right or wrong as a whole, whoever reads it. */
	assert_int_equal(pb_refusal_decode(buf, length, &why), c->result);
	if (c->result)
		assert_true(r.present == 0);
}

static void random_ranges(__u64 *seed, struct pb_ranges *r)
{
	int i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < PB_ATTR_COUNT; i++)
		if (below(seed, 2))
			pb_ranges_set(r, i, any_magnitude(seed), any_magnitude(seed));
}

static void ranges_round_trip(void **state)
{
	__u8 buf[PARTBUS_MBOX_ENTRY_SIZE];
	struct pb_ranges in, out;
	__u64 seed = 3;
	int i, length;

	(void)state;
	for (i = 0; i < 5000; i++) {
		random_ranges(&seed, &in);
		memset(&out, 0xa5, sizeof(out));
		length = pb_ranges_encode(buf, HEADER, &in);
		assert_int_equal(length, HEADER + 24 * __builtin_popcountll(in.present));
		assert_int_equal(pb_ranges_decode(buf, length, &out), 0);
		assert_memory_equal(&in, &out, sizeof(in));
	}
}

static void contract_round_trip(void **state)
{
	__u8 buf[PARTBUS_MBOX_ENTRY_SIZE];
	struct pb_contract in, out;
	__u64 seed = 4;
	int i, k, length;

	(void)state;
	for (i = 0; i < 5000; i++) {
		memset(&in, 0, sizeof(in));
		in.epoch = 9;
		for (k = 0; k < PB_ATTR_COUNT; k++)
			if (below(&seed, 2))
				pb_contract_set(&in, k, any_magnitude(&seed));
		memset(&out, 0, sizeof(out));
		out.epoch = 9;
		length = pb_contract_encode(buf, HEADER, &in);
		assert_int_equal(pb_contract_decode(buf, length, &out), 0);
		assert_memory_equal(&in, &out, sizeof(in));
	}
}

static void ranges_are_no_contract(void **state)
{
	__u8 buf[PARTBUS_MBOX_ENTRY_SIZE];
	struct pb_ranges in = { 0 };
	struct pb_contract out;
	int length;

	(void)state;
	pb_ranges_set(&in, PB_DEPTH, 1, 2);
	length = pb_ranges_encode(buf, HEADER, &in);
	assert_int_equal(pb_contract_decode(buf, length, &out), -EPROTO);
	assert_true(out.present == 0);
}

static void refusal_round_trip(void **state)
{
	__u8 buf[PARTBUS_MBOX_ENTRY_SIZE];
	struct pb_refusal in, out;
	int length;

	(void)state;
	memset(&in, 0, sizeof(in));
	in.type = PARTBUS_ATTR_DEPTH;
	strcpy(in.text, "depth: at least 11 is needed");
	length = pb_refusal_encode(buf, HEADER, &in);
	assert_int_equal(length, HEADER + 144);
	assert_int_equal(pb_refusal_decode(buf, length, &out), 0);
	assert_int_equal(out.type, in.type);
	assert_string_equal(out.text, in.text);

	/* no reason, no text */
	assert_int_equal(pb_refusal_decode(buf, HEADER, &out), 0);
	assert_int_equal(out.type, 0);
	assert_string_equal(out.text, "");
}

static void text_is_contained(void **state)
{
	__u8 buf[PARTBUS_MBOX_ENTRY_SIZE];
	struct partbus_attr_reason *reason = (void *)(buf + HEADER);
	struct pb_refusal in, out;
	int i, length;

	(void)state;
	/* what lies behind the terminator does not leave this kernel */
	memset(&in, 'x', sizeof(in));
	strcpy(in.text, "short");
	length = pb_refusal_encode(buf, HEADER, &in);
	for (i = 5; i < (int)PARTBUS_REASON_MAX; i++)
		assert_int_equal(reason->text[i], 0);

	/* a text without an end is cut when sent, and refused when received */
	memset(in.text, 'x', sizeof(in.text));
	length = pb_refusal_encode(buf, HEADER, &in);
	assert_int_equal(pb_refusal_decode(buf, length, &out), 0);
	assert_int_equal(strlen(out.text), PARTBUS_REASON_MAX - 1);
	reason->text[PARTBUS_REASON_MAX - 1] = 'x';
	assert_int_equal(pb_refusal_decode(buf, length, &out), -EPROTO);
	assert_string_equal(out.text, "");
	assert_int_equal(pb_ranges_decode(buf, length, &(struct pb_ranges){ 0 }), -EPROTO);

	/* no terminal is told what to do */
	strcpy((char *)reason->text, "a\033[2Jb\nc\177");
	assert_int_equal(pb_refusal_decode(buf, length, &out), 0);
	assert_string_equal(out.text, "a?[2Jb?c?");

	/* reserved, and a type beyond 16 bits */
	reason->reserved = cpu_to_le32(1);
	assert_int_equal(pb_refusal_decode(buf, length, &out), -EPROTO);
	reason->reserved = 0;
	reason->attr = cpu_to_le32(0x10000);
	assert_int_equal(pb_refusal_decode(buf, length, &out), -EPROTO);
}

static void no_room(void **state)
{
	__u8 *buf = malloc(PARTBUS_MBOX_ENTRY_SIZE);
	struct pb_refusal why = { 0 };
	struct pb_ranges r = { 0 };
	struct pb_contract c = { 0 };
	int i, length;

	(void)state;
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		pb_ranges_set(&r, i, 1, 2);
		pb_contract_set(&c, i, 1);
	}
	for (length = -200; length <= (int)PARTBUS_MBOX_ENTRY_SIZE + 200; length++) {
		int ranges = PB_ATTR_COUNT * 24, end = PARTBUS_MBOX_ENTRY_SIZE;

		assert_int_equal(pb_ranges_encode(buf, length, &r),
				 length < HEADER || length + ranges > end ?
				 (length < 0 ? length : -EMSGSIZE) : length + ranges);
		pb_contract_encode(buf, length, &c);
		assert_int_equal(pb_refusal_encode(buf, length, &why),
				 length < HEADER || length + 144 > end ? -EMSGSIZE : length + 144);
	}
	/* everything of a class and a reason fit at once */
	for (i = PARTBUS_CLASS_BLOCK; i <= (int)PARTBUS_CLASS_MAX; i++) {
		struct pb_ranges of_class = { 0 };
		int k;

		for (k = 0; k < PB_ATTR_COUNT; k++)
			if (pb_attr_of_class(k, i))
				pb_ranges_set(&of_class, k, 1, 2);
		length = pb_ranges_encode(buf, HEADER, &of_class);
		assert_true(pb_refusal_encode(buf, length, &why) > 0);
	}
	free(buf);
}

/* Decodes with all three decoders, twice, into memory of different colours. */
static int decode_all(const __u8 *message, int length)
{
	/* On the heap and no longer than it says, for the sanitizer's sake. */
	__u8 *copy = malloc(length > 0 ? length : 1);
	struct pb_contract c[2];
	struct pb_refusal why[2];
	struct pb_ranges r[2];
	int i, result[2][3];

	memcpy(copy, message, length > 0 ? length : 0);
	for (i = 0; i < 2; i++) {
		memset(&c[i], i ? 0x5a : 0xa5, sizeof(c[i]));
		memset(&r[i], i ? 0x5a : 0xa5, sizeof(r[i]));
		memset(&why[i], i ? 0x5a : 0xa5, sizeof(why[i]));
		result[i][0] = pb_ranges_decode(copy, length, &r[i]);
		result[i][1] = pb_contract_decode(copy, length, &c[i]);
		result[i][2] = pb_refusal_decode(copy, length, &why[i]);
	}
	free(copy);
	assert_memory_equal(result[0], result[1], sizeof(result[0]));
	assert_int_equal(result[0][0], result[0][2]);
	assert_true(result[0][0] == 0 || result[0][0] == -EPROTO);
	assert_memory_equal(&r[0], &r[1], sizeof(r[0]));
	assert_true(c[0].present == c[1].present);
	assert_memory_equal(c[0].value, c[1].value, sizeof(c[0].value));
	assert_int_equal(why[0].type, why[1].type);
	assert_memory_equal(why[0].text, why[1].text, sizeof(why[0].text));
	assert_true(!(r[0].present >> PB_ATTR_COUNT));
	return result[0][0];
}

#define NET_ATTRS	(PB_ATTRS_COMMON + PB_ATTRS_NET)

static int full_message(__u8 *buf)
{
	struct pb_refusal why = { .type = PARTBUS_ATTR_DEPTH, .text = "because" };
	struct pb_ranges r = { 0 };
	int i;

	memset(buf, 0, PARTBUS_MBOX_ENTRY_SIZE);
	for (i = 0; i < PB_ATTR_COUNT; i++)
		if (pb_attr_of_class(i, PARTBUS_CLASS_NET))
			pb_ranges_set(&r, i, i, i + 1);
	return pb_refusal_encode(buf, pb_ranges_encode(buf, HEADER, &r), &why);
}

static void every_truncation(void **state)
{
	__u8 buf[PARTBUS_MBOX_ENTRY_SIZE];
	int full = full_message(buf), length, expected;

	(void)state;
	for (length = -9; length < full; length++) {
		int ranges = length - HEADER;

		/* whole attributes are a message of their own */
		expected = ranges >= 0 && ranges % 24 == 0 && ranges <= NET_ATTRS * 24 ?
			   0 : -EPROTO;
		assert_int_equal(decode_all(buf, length), expected);
	}
	assert_int_equal(decode_all(buf, full), 0);
	assert_int_equal(pb_ranges_decode(buf, PARTBUS_MBOX_ENTRY_SIZE + 1,
					  &(struct pb_ranges){ 0 }), -EPROTO);
}

static void every_byte_flip(void **state)
{
	__u8 buf[PARTBUS_MBOX_ENTRY_SIZE];
	int full = full_message(buf), at, bit;

	(void)state;
	for (at = 0; at < full; at++)
		for (bit = 0; bit < 9; bit++) {
			__u8 mask = bit == 8 ? 0xff : 1 << bit;

			buf[at] ^= mask;
			decode_all(buf, full);
			buf[at] ^= mask;
		}
	assert_int_equal(decode_all(buf, full), 0);
}

static void random_messages(void **state)
{
	__u8 buf[PARTBUS_MBOX_ENTRY_SIZE];
	int i, k, full, flips, good = 0;
	__u64 seed = 6;

	(void)state;
	for (i = 0; i < 20000; i++) {
		full = full_message(buf);
		flips = 1 + below(&seed, 4);
		for (k = 0; k < flips; k++)
			buf[HEADER + below(&seed, full - HEADER)] = next_random(&seed);
		good += !decode_all(buf, HEADER + 8 * below(&seed, (full - HEADER) / 8 + 1));
	}
	assert_true(good > 0 && good < 20000);
}

int main(void)
{
	add_rows(pb_codec_cases, codec_row);
	add_test("ranges survive the wire", ranges_round_trip, NULL);
	add_test("contracts survive the wire", contract_round_trip, NULL);
	add_test("ranges are no contract", ranges_are_no_contract, NULL);
	add_test("reasons survive the wire", refusal_round_trip, NULL);
	add_test("a text brings nothing else along", text_is_contained, NULL);
	add_test("no encoder writes beyond the message", no_room, NULL);
	add_test("every truncation is refused or whole", every_truncation, NULL);
	add_test("every byte may be flipped", every_byte_flip, NULL);
	add_test("random messages do no harm", random_messages, NULL);
	return run_all("codec");
}
