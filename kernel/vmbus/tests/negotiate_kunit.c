// SPDX-License-Identifier: GPL-2.0
/* The negotiation machine in the kernel: the stories that selftests/user runs. */
#include <linux/errno.h>
#include <linux/module.h>
#include <kunit/test.h>

#include <vmbus/negotiate_table.h>
#include <vmbus/tests/negotiate_cases.h>

static void neg_story_desc(const struct pb_neg_story *s, char *desc)
{
	strscpy(desc, s->sentence, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(story, pb_neg_stories, neg_story_desc);

static void neg_story(struct kunit *test)
{
	const struct pb_neg_story *s = test->param_value;
	struct pb_neg n;
	u32 actions;
	int i;

	/* arrange */
	pb_neg_story_begin(s, &n);

	for (i = 0; i < s->steps; i++) {
		const struct pb_neg_story_step *step = &s->step[i];

		/* act, assert */
		KUNIT_ASSERT_EQ_MSG(test, pb_neg_step(&n, step->event, &actions), step->result,
				    "step %d: %s", i, pb_neg_event_name(step->event));
		KUNIT_ASSERT_STREQ(test, pb_neg_state_name(n.state),
				   pb_neg_state_name(step->state));
		KUNIT_ASSERT_EQ(test, actions, step->actions);
	}
	KUNIT_EXPECT_EQ(test, n.have_contract, s->have_contract);
}

/* Whatever comes in whatever order, the machine stays within its states. */
static void neg_any_order(struct kunit *test)
{
	u32 seed = 1, actions, role;
	struct pb_neg n;
	int i;

	for (role = PARTBUS_ROLE_CLIENT; role <= PARTBUS_ROLE_SERVER; role++) {
		pb_neg_init(&n, role);
		for (i = 0; i < 100000; i++) {
			seed = seed * 1664525 + 1013904223;
			pb_neg_step(&n, (seed >> 16) % PB_NEG_EVENTS, &actions);
			KUNIT_ASSERT_LE(test, (int)n.state, (int)PARTBUS_NEG_STATE_DEAD_END);
			KUNIT_ASSERT_LE(test, n.round, PARTBUS_NEG_MAX_ROUNDS);
			if (!n.have_contract)
				KUNIT_ASSERT_FALSE(test, pb_neg_io_allowed(&n));
		}
	}
}

static struct kunit_case negotiate_cases[] = {
	KUNIT_CASE_PARAM(neg_story, story_gen_params),
	KUNIT_CASE(neg_any_order),
	{}
};

static struct kunit_suite negotiate_suite = {
	.name = "partbus_negotiate",
	.test_cases = negotiate_cases,
};

kunit_test_suite(negotiate_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the partition bus's negotiation");
