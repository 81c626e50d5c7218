// SPDX-License-Identifier: GPL-2.0
/* How many interrupts for nothing a guest takes from a line. */
#include "harness.h"

#include <vmbus/pci/patience.h>

#define PERIOD	100ul

/* Times close to where they wrap, too. */
static const unsigned long begins[] = { 0, 12345, -1ul, -PERIOD, -PERIOD / 2, -10 * PERIOD };

/* How many for nothing come, one each @every ticks, until one is too many; @most: none is. */
static unsigned int taken(struct pb_patience *p, unsigned long now, unsigned long every,
			  unsigned int most)
{
	unsigned int n = 0;

	for (; n < most; n++, now += every)
		if (pb_patience_over(p, false, now, PERIOD))
			break;
	return n;
}

static void storm(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
		struct pb_patience p;

		pb_patience_renew(&p, begins[i]);
		assert_int_equal(taken(&p, begins[i], 0, 1000), PB_PATIENCE_FULL - 1);
		pb_patience_renew(&p, begins[i]);
		assert_int_equal(taken(&p, begins[i], 1, 1000), PB_PATIENCE_FULL - 1);
	}
}

static void now_and_then(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
		struct pb_patience p;

		pb_patience_renew(&p, begins[i]);
		assert_int_equal(taken(&p, begins[i], 2, 10000), 10000);
	}
}

static void a_reason_renews(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
		struct pb_patience p;

		pb_patience_renew(&p, begins[i]);
		for (unsigned int round = 0; round < 100; round++) {
			assert_int_equal(taken(&p, begins[i], 0, PB_PATIENCE_FULL - 1),
					 PB_PATIENCE_FULL - 1);
			assert_false(pb_patience_over(&p, true, begins[i], PERIOD));
		}
		assert_int_equal(taken(&p, begins[i], 0, 1000), PB_PATIENCE_FULL - 1);
	}
}

static void a_period_renews(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
		struct pb_patience p;

		pb_patience_renew(&p, begins[i]);
		taken(&p, begins[i], 0, PB_PATIENCE_FULL - 1);
		assert_false(pb_patience_over(&p, false, begins[i] + PERIOD + 1, PERIOD));
		assert_int_equal(taken(&p, begins[i] + PERIOD + 1, 0, 1000),
				 PB_PATIENCE_FULL - 1);
		pb_patience_renew(&p, begins[i]);
		taken(&p, begins[i], 0, PB_PATIENCE_FULL - 1);
		assert_true(pb_patience_over(&p, false, begins[i] + PERIOD, PERIOD));
	}
}

static void trial(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
		struct pb_patience p;

		pb_patience_renew(&p, begins[i]);
		taken(&p, begins[i], 0, 1000);
		for (unsigned int round = 0; round < 100; round++) {
			pb_patience_trial(&p, false, begins[i]);
			assert_int_equal(taken(&p, begins[i], 0, 1000), PB_PATIENCE_TRIAL - 1);
		}
		/* It is rung no more, or for entries: as if nothing had been. */
		pb_patience_trial(&p, false, begins[i]);
		assert_false(pb_patience_over(&p, true, begins[i], PERIOD));
		assert_int_equal(taken(&p, begins[i], 0, 1000), PB_PATIENCE_FULL - 1);
		pb_patience_trial(&p, true, begins[i]);
		assert_int_equal(taken(&p, begins[i], 0, 1000), PB_PATIENCE_FULL - 1);
	}
}

int main(void)
{
	add_test("a line that is rung for nothing is turned off", storm, NULL);
	add_test("one that is now and then is not", now_and_then, NULL);
	add_test("a reason makes the line trusted again", a_reason_renews, NULL);
	add_test("and so does a period", a_period_renews, NULL);
	add_test("a line that was off is on trial", trial, NULL);
	return run_all("patience");
}
