// SPDX-License-Identifier: GPL-2.0
/* How long a provider of networks waits for a client that posts too few slots. */
#include "harness.h"

#include <vsp_net/stall.h>

#define MOST	100ul

/* Times close to where they wrap, too. */
static const unsigned long begins[] = { 0, 12345, -1ul, -MOST, -MOST / 2, -10 * MOST };

static void waits_as_long(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		struct net_stall s = {};

		for (unsigned long t = 0; t < MOST; t++)
			assert_false(net_stall_over(&s, begins[i] + t, MOST));
		assert_true(net_stall_over(&s, begins[i] + MOST, MOST));
	}
}

/* How many of @frames, one in each tick, wait no longer if there is a slot each @period. */
static unsigned int dropped(unsigned long begin, unsigned int frames, unsigned int period)
{
	struct net_stall s = {};
	unsigned int n = 0;

	for (unsigned int t = 0; t < frames; t++) {
		if (t % period == 0)
			net_stall_filled(&s, begin + t, MOST);
		else if (net_stall_over(&s, begin + t, MOST))
			n++;
	}
	return n;
}

static void a_slot_now_and_then(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		/* Nearly all that come once the time is over. */
		assert_in_range(dropped(begins[i], 10 * MOST, MOST / 2), 8 * MOST, 9 * MOST);
		assert_in_range(dropped(begins[i], 10 * MOST, MOST), 8 * MOST, 9 * MOST);
	}
}

static void who_is_slow_but_goes_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		assert_int_equal(dropped(begins[i], 100 * MOST, 3), 0);
}

/* Dropped from for long. */
static void used_up(struct net_stall *s, unsigned long now)
{
	*s = (struct net_stall) {};
	for (unsigned long t = now - 10 * MOST; t != now; t++)
		net_stall_over(s, t, MOST);
	assert_true(net_stall_over(s, now, MOST));
}

static void time_is_given_back(void **state)
{
	const unsigned long now = 7;
	struct net_stall s;

	(void)state;
	used_up(&s, now);
	for (int i = 0; i < 2 * NET_STALL_FRAMES; i++)
		net_stall_filled(&s, now, MOST);
	assert_false(s.on);
	assert_false(net_stall_over(&s, now, MOST));
	assert_false(net_stall_over(&s, now + MOST - 1, MOST));
	assert_true(net_stall_over(&s, now + MOST, MOST));
}

static void one_slot_is_not_enough(void **state)
{
	struct net_stall s;

	(void)state;
	used_up(&s, 0);
	net_stall_filled(&s, 1, MOST);
	assert_false(net_stall_over(&s, 1, MOST));
	assert_true(net_stall_over(&s, 1 + MOST / 10, MOST));
}

static void another_story(void **state)
{
	struct net_stall s;

	(void)state;
	used_up(&s, 0);
	/* Nobody has sent anything for a while. */
	assert_false(net_stall_over(&s, MOST + 1, MOST));
	assert_false(net_stall_over(&s, 2 * MOST, MOST));
	assert_true(net_stall_over(&s, 2 * MOST + 1, MOST));
}

int main(void)
{
	add_test("frames wait as long as they may", waits_as_long, NULL);
	add_test("a slot now and then does not renew that", a_slot_now_and_then, NULL);
	add_test("a slow client that goes on loses none", who_is_slow_but_goes_on, NULL);
	add_test("slots give the time back", time_is_given_back, NULL);
	add_test("one of them not all", one_slot_is_not_enough, NULL);
	add_test("what lies further back does not count", another_story, NULL);
	return run_all("stall");
}
