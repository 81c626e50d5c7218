// SPDX-License-Identifier: GPL-2.0
/* What a disk believes of its provider's completions. */
#include "harness.h"

#include <vsc/blk_answer.h>

#define DEPTH	64

struct answer {
	const char *sentence;
	__u8 op;		/* of what was sent with the tag, 0 for nothing */
	__u32 sent;		/* its sectors */
	__u32 status, sectors;	/* of the answer */
	const char *why;
};

static const struct answer answers[] = {
	{ "a read of 8 sectors", PARTBUS_BLK_READ, 8, PARTBUS_BLK_S_OK, 8, NULL },
	{ "a write of one", PARTBUS_BLK_WRITE, 1, PARTBUS_BLK_S_OK, 1, NULL },
	{ "a flush", PARTBUS_BLK_FLUSH, 0, PARTBUS_BLK_S_OK, 0, NULL },
	{ "the largest discard", PARTBUS_BLK_DISCARD, ~0u, PARTBUS_BLK_S_OK, ~0u, NULL },
	{ "an error has no length", PARTBUS_BLK_READ, 8, PARTBUS_BLK_S_IOERR, 0, NULL },
	{ "the last status that there is", PARTBUS_BLK_WRITE, 8, PARTBUS_BLK_S_END - 1, 0, NULL },
	{ "a flush that is not supported", PARTBUS_BLK_FLUSH, 0, PARTBUS_BLK_S_NOTSUPP, 0, NULL },
	{ "nothing was sent", 0, 0, PARTBUS_BLK_S_OK, 0, "tag not in flight" },
	{ "a status that there is not", PARTBUS_BLK_READ, 8, PARTBUS_BLK_S_END, 0,
	  "unknown status" },
	{ "the largest status", PARTBUS_BLK_READ, 8, 0xffff, 8, "unknown status" },
	{ "less than was asked for", PARTBUS_BLK_READ, 8, PARTBUS_BLK_S_OK, 7,
	  "other length than asked for" },
	{ "more", PARTBUS_BLK_READ, 8, PARTBUS_BLK_S_OK, 9, "other length than asked for" },
	{ "nothing", PARTBUS_BLK_WRITE, 8, PARTBUS_BLK_S_OK, 0, "other length than asked for" },
	{ "a flush with a length", PARTBUS_BLK_FLUSH, 0, PARTBUS_BLK_S_OK, 1,
	  "other length than asked for" },
	{ "an error with a length", PARTBUS_BLK_READ, 8, PARTBUS_BLK_S_IOERR, 8,
	  "other length than asked for" },
};

static struct partbus_blk_done done_of(const struct answer *a)
{
	return (struct partbus_blk_done){
		.tag = cpu_to_le16(5),
		.status = cpu_to_le16(a->status),
		.sectors = cpu_to_le32(a->sectors),
	};
}

static void row(void **state)
{
	const struct answer *a = *state;
	struct partbus_blk_done raw = done_of(a);
	__u16 status = 0xa5a5;
	const char *why = "?";

	/* act, assert */
	assert_int_equal(pb_blk_answered(&raw, a->op, a->sent, &status, &why),
			 a->why ? -EPROTO : 0);
	assert_int_equal(status, a->why ? 0xa5a5 : a->status);
	if (a->why)
		assert_string_equal(why, a->why);
	else
		assert_null(why);
}

static void reserved(void **state)
{
	struct partbus_blk_done raw = done_of(&answers[0]);
	const char *why;
	unsigned int i;
	__u16 status;

	(void)state;
	for (i = 0; i < sizeof(raw.reserved); i++) {
		raw.reserved[i] = 0x80;
		assert_int_equal(pb_blk_answered(&raw, PARTBUS_BLK_READ, 8, &status, &why),
				 -EPROTO);
		assert_string_equal(why, "reserved bytes not zero");
		raw.reserved[i] = 0;
	}
	assert_int_equal(pb_blk_answered(&raw, PARTBUS_BLK_READ, 8, &status, &why), 0);
}

static void tags(void **state)
{
	static const __u16 beyond[] = { DEPTH, DEPTH + 1, 0x7fff, 0x8000, 0xffff };
	struct partbus_blk_done raw = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < DEPTH; i++) {
		raw.tag = cpu_to_le16(i);
		assert_int_equal(pb_blk_answer_tag(&raw, DEPTH), i);
	}
	for (i = 0; i < ARRAY_SIZE(beyond); i++) {
		raw.tag = cpu_to_le16(beyond[i]);
		assert_int_equal(pb_blk_answer_tag(&raw, DEPTH), -EPROTO);
	}
}

int main(void)
{
	add_rows(answers, row);
	add_test("reserved bytes are zero", reserved, NULL);
	add_test("a tag is below the depth", tags, NULL);
	return run_all("answer");
}
