// SPDX-License-Identifier: GPL-2.0
/* Control messages: what is handled, what is dropped, what is a violation. */
#include "harness.h"

#include <vmbus/ctrl_table.h>

#define SEQ		7
#define GENERATION	3

static struct partbus_ctrl_msg good(int type)
{
	struct partbus_ctrl_msg m;

	memset(&m, 0, sizeof(m));
	m.header.type = cpu_to_le16(type);
	m.header.length = cpu_to_le16(pb_ctrl_info(type) ? pb_ctrl_info(type)->length : 16);
	m.header.seq = cpu_to_le32(SEQ);
	m.header.generation = cpu_to_le64(GENERATION);
	return m;
}

static int check(const struct partbus_ctrl_msg *m, const struct pb_ctrl_info *info,
		 const char **why)
{
	return pb_ctrl_check(m, info->direction, info->after_hello, SEQ, GENERATION, why);
}

/* Who sends what, spelled out a second time. */
static const struct row {
	const char *sentence;
	int type, direction, length;
	bool after_hello;
} rows[] = {
	{ "HELLO goes to the host, first", PARTBUS_CTRL_HELLO, PB_CTRL_TO_HOST, 144, false },
	{ "HELLO_ACK goes to the guest, first", PARTBUS_CTRL_HELLO_ACK, PB_CTRL_TO_GUEST, 48,
	  false },
	{ "OFFER goes to the guest", PARTBUS_CTRL_OFFER, PB_CTRL_TO_GUEST, 192, true },
	{ "RESCIND goes to the guest", PARTBUS_CTRL_RESCIND, PB_CTRL_TO_GUEST, 32, true },
	{ "RELEASED goes to the host", PARTBUS_CTRL_RELEASED, PB_CTRL_TO_HOST, 32, true },
	{ "DATA_PLACED goes to the guest", PARTBUS_CTRL_DATA_PLACED, PB_CTRL_TO_GUEST, 48, true },
	{ "BROKEN goes to the host", PARTBUS_CTRL_BROKEN, PB_CTRL_TO_HOST, 160, true },
	{ "WITHDRAWN goes to the guest", PARTBUS_CTRL_WITHDRAWN, PB_CTRL_TO_GUEST, 48, true },
};

static void row(void **state)
{
	const struct row *r = *state;
	const struct pb_ctrl_info *info = pb_ctrl_info(r->type);
	struct partbus_ctrl_msg m = good(r->type);
	const char *why = NULL;
	int i;

	assert_non_null(info);
	assert_int_equal(info->length, r->length);
	assert_true(info->version >= PARTBUS_VERSION_MIN && info->version <= PARTBUS_VERSION_MAX);
	assert_int_equal(pb_ctrl_check(&m, r->direction, r->after_hello, SEQ, GENERATION, &why),
			 0);
	assert_null(why);

	/* the other way, before its time, out of sequence, of another time */
	assert_int_equal(pb_ctrl_check(&m, !r->direction, r->after_hello, SEQ, GENERATION, &why),
			 -EPROTO);
	assert_non_null(why);
	assert_int_equal(pb_ctrl_check(&m, r->direction, !r->after_hello, SEQ, GENERATION, NULL),
			 -EPROTO);
	assert_int_equal(pb_ctrl_check(&m, r->direction, r->after_hello, SEQ + 1, GENERATION,
				       NULL), -EPROTO);
	assert_int_equal(pb_ctrl_check(&m, r->direction, r->after_hello, SEQ, GENERATION + 1,
				       NULL), -ESTALE);
	assert_int_equal(pb_ctrl_check(&m, r->direction, r->after_hello, SEQ, GENERATION - 1,
				       NULL), -EPROTO);

	/* every other length */
	for (i = 0; i < 0x10000; i++) {
		m.header.length = cpu_to_le16(i);
		assert_int_equal(check(&m, info, NULL), i == r->length ? 0 : -EPROTO);
	}
}

static bool within(const struct pb_ctrl_span *spans, unsigned int at)
{
	int i;

	for (i = 0; i < PB_CTRL_SPANS; i++)
		if (at >= spans[i].offset && at - spans[i].offset < spans[i].size)
			return true;
	return false;
}

static void unused_bytes(void **state)
{
	const struct row *r = *state;
	const struct pb_ctrl_info *info = pb_ctrl_info(r->type);
	struct partbus_ctrl_msg m;
	unsigned int at;
	bool unused;

	for (at = sizeof(m.header); at < sizeof(m); at++) {
		m = good(r->type);
		((__u8 *)&m)[at] = 0x80;
		unused = at >= info->length || within(info->reserved, at);
		assert_int_equal(check(&m, info, NULL), unused ? -EPROTO : 0);
	}
}

/* A text that fills its field has no end; one byte shorter it has. */
static void texts(void **state)
{
	const struct row *r = *state;
	const struct pb_ctrl_info *info = pb_ctrl_info(r->type);
	struct partbus_ctrl_msg m;
	int i;

	for (i = 0; i < PB_CTRL_SPANS && info->text[i].size; i++) {
		__u8 *text = (__u8 *)&m + info->text[i].offset;

		m = good(r->type);
		memset(text, 'x', info->text[i].size - 1);
		assert_int_equal(check(&m, info, NULL), 0);
		text[info->text[i].size - 1] = 'x';
		assert_int_equal(check(&m, info, NULL), -EPROTO);
	}
}

static void spans_are_the_fields(void **state)
{
	const struct pb_ctrl_info *offer = pb_ctrl_info(PARTBUS_CTRL_OFFER);

	(void)state;
	assert_int_equal(offer->text[0].offset,
			 offsetof(struct partbus_ctrl_msg, offer.resource_name));
	assert_int_equal(offer->text[0].size, PARTBUS_NAME_MAX);
	assert_int_equal(offer->text[1].offset, offsetof(struct partbus_ctrl_msg, offer.serial));
	assert_int_equal(offer->text[1].size, 32);
	assert_int_equal(offer->reserved[0].offset,
			 offsetof(struct partbus_ctrl_msg, offer.reserved));
	assert_int_equal(pb_ctrl_info(PARTBUS_CTRL_BROKEN)->text[0].size, PARTBUS_REASON_MAX);
	assert_int_equal(pb_ctrl_info(PARTBUS_CTRL_HELLO)->text[0].size, 64);
}

static void unknown_types(void **state)
{
	struct partbus_ctrl_msg m;
	int type;

	(void)state;
	for (type = 0; type < 0x10000; type++) {
		if (type >= PARTBUS_CTRL_HELLO && type < PARTBUS_CTRL_TYPE_END)
			continue;
		assert_null(pb_ctrl_info(type));
		m = good(type);
		assert_int_equal(pb_ctrl_check(&m, PB_CTRL_TO_HOST, true, SEQ, GENERATION, NULL),
				 -EPROTO);
	}
}

/* What is left over from before a reset is nobody's fault, however wrong it is. */
static void stale_beats_wrong(void **state)
{
	struct partbus_ctrl_msg m;
	__u64 seed = 8;
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		size_t k;

		for (k = 0; k < sizeof(m); k++)
			((__u8 *)&m)[k] = next_random(&seed);
		m.header.generation = cpu_to_le64(below(&seed, GENERATION));
		assert_int_equal(pb_ctrl_check(&m, PB_CTRL_TO_HOST, true, SEQ, GENERATION, NULL),
				 -ESTALE);
	}
}

int main(void)
{
	size_t i;

	add_rows(rows, row);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		add_test("bytes that a message does not use are zero", unused_bytes, &rows[i]);
		add_test("texts have an end", texts, &rows[i]);
	}
	add_test("spans are the fields they are meant to be", spans_are_the_fields, NULL);
	add_test("unknown types are refused", unknown_types, NULL);
	add_test("an old generation is dropped whatever it says", stale_beats_wrong, NULL);
	return run_all("ctrl");
}
