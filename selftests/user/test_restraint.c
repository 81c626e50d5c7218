// SPDX-License-Identifier: GPL-2.0
/* How often a client may have its contract made anew. */
#include "harness.h"

#include <vmbus/restraint.h>

#define EACH	5u

/* How many it gets from @now until @end if it asks all the time. */
static unsigned int greedy(struct pb_restraint *r, __u64 now, __u64 end)
{
	unsigned int n = 0;

	for (; now < end; now++) {
		while (!pb_restraint_wait(r, now, EACH)) {
			pb_restraint_charge(r, now, EACH);
			n++;
		}
	}
	return n;
}

static void burst(void **state)
{
	struct pb_restraint r = {};

	(void)state;
	assert_int_equal(greedy(&r, 1000, 1001), PB_RESTRAINT_BURST);
	assert_int_equal(pb_restraint_wait(&r, 1000, EACH), EACH);
	assert_int_equal(pb_restraint_wait(&r, 1004, EACH), 1);
	assert_int_equal(pb_restraint_wait(&r, 1005, EACH), 0);
}

static void rate(void **state)
{
	struct pb_restraint r = {};

	(void)state;
	greedy(&r, 0, 1);
	assert_int_equal(greedy(&r, 1, 1 + 1000 * EACH), 1000);
}

static void recovers(void **state)
{
	struct pb_restraint r = {};

	(void)state;
	greedy(&r, 0, 100);
	/* What was not used is not saved up beyond the burst. */
	assert_int_equal(greedy(&r, 1000000, 1000001), PB_RESTRAINT_BURST);
}

static void modest(void **state)
{
	struct pb_restraint r = {};
	__u64 now;

	(void)state;
	for (now = 7; now < 100000; now += EACH) {
		assert_int_equal(pb_restraint_wait(&r, now, EACH), 0);
		pb_restraint_charge(&r, now, EACH);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst),
		cmocka_unit_test(rate),
		cmocka_unit_test(recovers),
		cmocka_unit_test(modest),
	};

	return cmocka_run_group_tests_name("restraint", tests, NULL, NULL);
}
