// SPDX-License-Identifier: GPL-2.0
/* Moves of a channel's state in the kernel: the table that selftests/user runs. */
#include <linux/module.h>
#include <kunit/test.h>

#include <vmbus/channel_state.h>
#include <vmbus/tests/state_cases.h>

static void state_every_move(struct kunit *test)
{
	int from, to;

	for (from = 0; from < PB_STATES; from++)
		for (to = 0; to < PB_STATES; to++)
			KUNIT_EXPECT_EQ_MSG(test, pb_channel_state_may(from, to),
					    pb_state_moves[from][to] == 'x', "%s -> %s",
					    pb_channel_state_name(from),
					    pb_channel_state_name(to));
}

static void state_none(struct kunit *test)
{
	int i;

	for (i = 0; i < PB_STATES; i++) {
		KUNIT_EXPECT_FALSE(test, pb_channel_state_may(i, PB_STATES));
		KUNIT_EXPECT_FALSE(test, pb_channel_state_may(-1, i));
	}
	KUNIT_EXPECT_STREQ(test, pb_channel_state_name(PB_STATES), "?");
	KUNIT_EXPECT_STREQ(test, pb_channel_state_name(-1), "?");
}

static struct kunit_case state_cases[] = {
	KUNIT_CASE(state_every_move),
	KUNIT_CASE(state_none),
	{}
};

static struct kunit_suite state_suite = {
	.name = "partbus_state",
	.test_cases = state_cases,
};

kunit_test_suite(state_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the partition bus's channel states");
