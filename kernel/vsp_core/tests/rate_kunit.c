// SPDX-License-Identifier: GPL-2.0
/* Caps in the kernel, with its 128-bit arithmetic: the rows that selftests/user runs. */
#include <linux/module.h>
#include <linux/string.h>
#include <kunit/test.h>

#include <vsp_core/rate.h>
#include <vsp_core/tests/rate_cases.h>

static void rate_cost_desc(const struct pb_rate_cost_case *c, char *desc)
{
	strscpy(desc, c->sentence, KUNIT_PARAM_DESC_SIZE);
}

static void rate_story_desc(const struct pb_rate_story *s, char *desc)
{
	strscpy(desc, s->sentence, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(cost, pb_rate_cost_cases, rate_cost_desc);
KUNIT_ARRAY_PARAM(story, pb_rate_stories, rate_story_desc);

static void rate_cost(struct kunit *test)
{
	const struct pb_rate_cost_case *c = test->param_value;
	struct pb_rate_limits l = { .io_unit = c->unit };
	struct pb_rate r;

	pb_rate_init(&r, &l, 0);
	KUNIT_EXPECT_EQ(test, pb_rate_cost(&r, c->bytes), c->cost);
}

static void rate_story(struct kunit *test)
{
	const struct pb_rate_story *s = test->param_value;
	struct pb_rate r;
	int i;

	/* arrange */
	pb_rate_init(&r, &s->limits, s->begin);

	/* act, assert */
	for (i = 0; i < s->steps; i++)
		KUNIT_ASSERT_EQ_MSG(test, pb_rate_admit(&r, s->step[i].now, s->step[i].bytes),
				    s->step[i].wait, "step %d", i);
}

static struct kunit_case rate_cases[] = {
	KUNIT_CASE_PARAM(rate_cost, cost_gen_params),
	KUNIT_CASE_PARAM(rate_story, story_gen_params),
	{}
};

static struct kunit_suite rate_suite = {
	.name = "partbus_rate",
	.test_cases = rate_cases,
};

kunit_test_suite(rate_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the partition bus's caps");
