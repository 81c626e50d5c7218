// SPDX-License-Identifier: GPL-2.0
/* Block requests in the kernel: the rows that selftests/user runs. */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/string.h>
#include <kunit/test.h>

#include <vsp_blk/request_parse.h>
#include <vsp_blk/tests/request_cases.h>

static void request_case_desc(const struct pb_request_case *c, char *desc)
{
	strscpy(desc, c->sentence, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(request, pb_request_cases, request_case_desc);

static void request_parse(struct kunit *test)
{
	const struct pb_request_case *c = test->param_value;
	struct pb_blk_limits l = pb_request_limits_of(c->limits);
	struct partbus_blk_req raw = pb_request_raw_of(c);
	struct pb_blk_request rq;
	const char *why = NULL;
	u16 status = 0xffff;

	/* act, assert */
	KUNIT_ASSERT_EQ(test, pb_blk_parse(&raw, &l, &rq, &status, &why), c->result);
	if (c->result) {
		KUNIT_EXPECT_NOT_NULL(test, why);
		return;
	}
	KUNIT_EXPECT_NULL(test, why);
	KUNIT_EXPECT_EQ(test, (int)status, c->status);
	KUNIT_EXPECT_EQ(test, (int)rq.op, c->op);
	KUNIT_EXPECT_EQ(test, (int)rq.flags, c->flags);
	KUNIT_EXPECT_EQ(test, (int)rq.tag, c->tag);
	KUNIT_EXPECT_EQ(test, rq.sectors, c->sectors);
	KUNIT_EXPECT_EQ(test, rq.sector, c->sector);
}

static void request_reserved(struct kunit *test)
{
	struct pb_blk_limits l = pb_request_limits_of(PLAIN);
	struct partbus_blk_req raw = {
		.op = PARTBUS_BLK_READ, .sectors = cpu_to_le32(8),
	};
	struct pb_blk_request rq;
	u16 status;
	int i;

	for (i = 0; i < sizeof(raw.reserved); i++) {
		raw.reserved[i] = 1;
		KUNIT_EXPECT_EQ_MSG(test, pb_blk_parse(&raw, &l, &rq, &status, NULL), -EPROTO,
				    "byte %d", i);
		raw.reserved[i] = 0;
	}
	KUNIT_EXPECT_EQ(test, pb_blk_parse(&raw, &l, &rq, &status, NULL), 0);
}

static struct kunit_case request_cases[] = {
	KUNIT_CASE_PARAM(request_parse, request_gen_params),
	KUNIT_CASE(request_reserved),
	{}
};

static struct kunit_suite request_suite = {
	.name = "partbus_request",
	.test_cases = request_cases,
};

kunit_test_suite(request_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the partition bus's block requests");
