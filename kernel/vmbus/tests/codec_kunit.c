// SPDX-License-Identifier: GPL-2.0
/* The codec of contracts in the kernel: the rows that selftests/user runs. */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/string.h>
#include <kunit/test.h>

#include <partbus/channel.h>
#include <vmbus/contract.h>
#include <vmbus/tests/codec_cases.h>

static void codec_case_desc(const struct pb_codec_case *c, char *desc)
{
	strscpy(desc, c->sentence, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(codec, pb_codec_cases, codec_case_desc);

static void *message(struct kunit *test)
{
	void *buf = kunit_kzalloc(test, PARTBUS_MBOX_ENTRY_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	return buf;
}

static void codec_decode(struct kunit *test)
{
	const struct pb_codec_case *c = test->param_value;
	void *buf = message(test);
	struct pb_ranges r;
	int length;

	/* arrange */
	length = pb_codec_case_build(c, buf);

	/* act, assert */
	KUNIT_EXPECT_EQ(test, pb_ranges_decode(buf, length, &r), c->result);
}

static void codec_round_trip(struct kunit *test)
{
	struct pb_contract in = { .epoch = 0 }, out = { .epoch = 0 };
	void *buf = message(test);
	int i, length;

	/* arrange */
	for (i = 0; i < PB_ATTR_COUNT; i++)
		pb_contract_set(&in, i, ~0ULL - i);

	/* act */
	length = pb_contract_encode(buf, sizeof(struct partbus_neg_header), &in);

	/* assert */
	KUNIT_ASSERT_GT(test, length, 0);
	KUNIT_ASSERT_EQ(test, pb_contract_decode(buf, length, &out), 0);
	KUNIT_EXPECT_EQ(test, in.present, out.present);
	KUNIT_EXPECT_EQ(test, memcmp(in.value, out.value, sizeof(in.value)), 0);
}

static struct kunit_case codec_cases[] = {
	KUNIT_CASE_PARAM(codec_decode, codec_gen_params),
	KUNIT_CASE(codec_round_trip),
	{}
};

static struct kunit_suite codec_suite = {
	.name = "partbus_codec",
	.test_cases = codec_cases,
};

kunit_test_suite(codec_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the partition bus's contract codec");
