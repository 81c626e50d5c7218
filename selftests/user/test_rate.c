// SPDX-License-Identifier: GPL-2.0
/* Caps: never above rate x time + burst, never needlessly below, never wrapping. */
#include "harness.h"

#include <partbus/contract.h>
#include <vsp_core/rate.h>
#include <vsp_core/tests/rate_cases.h>

#define ANY	PARTBUS_ATTR_ANY
#define SECOND	1000000000ULL

typedef unsigned __int128 wide;

static struct pb_rate_limits limits(__u64 iops, __u64 burst_ios, __u64 bps, __u64 burst_bytes)
{
	return (struct pb_rate_limits) {
		.iops = iops, .bps = bps, .burst_ios = burst_ios, .burst_bytes = burst_bytes,
		.io_unit = 8192,
	};
}

static void cost(void **state)
{
	const struct pb_rate_cost_case *row = *state;
	struct pb_rate_limits l = { .io_unit = row->unit };
	struct pb_rate r;

	pb_rate_init(&r, &l, 0);
	assert_int_equal(pb_rate_cost(&r, row->bytes), row->cost);
}

static void story(void **state)
{
	const struct pb_rate_story *s = *state;
	struct pb_rate r;

	pb_rate_init(&r, &s->limits, s->begin);
	for (int i = 0; i < s->steps; i++)
		assert_true(pb_rate_admit(&r, s->step[i].now, s->step[i].bytes) ==
			    s->step[i].wait);
}

/* What is longer than a row of the table. */
static void many_requests(void **state)
{
	struct pb_rate_limits l = limits(ANY, 0, ANY, 0);
	struct pb_rate r;
	int i;

	(void)state;
	pb_rate_init(&r, &l, 0);
	for (i = 0; i < 1000; i++)
		assert_true(pb_rate_admit(&r, 0, ~0u) == 0);
	l = limits(1000, 10, 8192000, 16384);
	pb_rate_init(&r, &l, 0);
	assert_true(pb_rate_admit(&r, 0, 8192) == 0);
	assert_true(pb_rate_admit(&r, 0, 8192) == 0);
	assert_true(pb_rate_admit(&r, 0, 8192) == 1000000);
	/* what was not admitted was not charged to either: flushes have 8 left */
	for (i = 0; i < 8; i++)
		assert_true(pb_rate_admit(&r, 0, 0) == 0);
	assert_true(pb_rate_admit(&r, 0, 0) == 1000000);
}

/*
 * A saturating client: no window of time, however it lies, has more than rate x
 * time + burst, and the whole has at least 99 % of it.
 */
static void saturation(void **state)
{
	__u64 seed = 11, now, start, wait, total, sum;
	static __u64 at[3000], units[3000];
	struct pb_rate_limits l;
	struct pb_rate r;
	int n, i, k, rounds;

	(void)state;
	for (rounds = 0; rounds < 60; rounds++) {
		__u64 rate = 1 + (next_random(&seed) >> (28 + below(&seed, 35)));
		/* A clock of nanoseconds can use no burst that drains in a few of them. */
		__u64 burst = 1 + below(&seed, 200) + rate / 10000000;

		l = limits(rate, burst, ANY, 0);
		start = now = next_random(&seed) >> 8;
		pb_rate_init(&r, &l, now);
		n = 0;
		total = 0;
		while (n < 3000) {
			__u32 bytes = (1 + below(&seed, 8 < burst ? 8 : burst)) * 8192;

			while ((wait = pb_rate_admit(&r, now, bytes))) {
				assert_true(wait < 1ULL << 62);
				now += wait;
			}
			at[n] = now;
			units[n++] = bytes / 8192;
			total += bytes / 8192;
		}
		for (i = 0; i < n; i += 37) {
			sum = 0;
			for (k = i; k < n; k++) {
				sum += units[k];
				assert_true((wide)sum * SECOND <=
					    (wide)rate * (at[k] - at[i]) + (wide)burst * SECOND);
			}
		}
		/* rate x elapsed is what could have been used; one unit may be pending */
		assert_true((wide)(total + 8) * SECOND * 100 >= (wide)rate * (now - start) * 99);
	}
}

/* The wait that is told is enough, and one nanosecond less is not. */
static void waits_are_tight(void **state)
{
	__u64 seed = 12, now, wait;
	struct pb_rate_limits l;
	struct pb_rate r, copy;
	unsigned int tight = 0;
	int i, k;

	(void)state;
	for (i = 0; i < 3000; i++) {
		l = limits(any_magnitude(&seed), any_magnitude(&seed), any_magnitude(&seed),
			   any_magnitude(&seed));
		l.io_unit = any_magnitude(&seed);
		now = next_random(&seed) >> 1;
		pb_rate_init(&r, &l, now);
		for (k = 0; k < 30; k++) {
			__u32 bytes = any_magnitude(&seed);

			wait = pb_rate_admit(&r, now, bytes);
			if (wait && wait < (1ULL << 62)) {
				copy = r;
				assert_true(pb_rate_admit(&copy, now + wait - 1, bytes) == 1);
				copy = r;
				assert_true(pb_rate_admit(&copy, now + wait, bytes) == 0);
				tight++;
			}
			now += next_random(&seed) >> (20 + below(&seed, 43));
			if (now >> 63)
				break;
		}
	}
	assert_true(tight > 1000);
}

static void changing_gives_no_burst(void **state)
{
	struct pb_rate_limits small = limits(10, 10, ANY, 0), large = limits(20, 1000, ANY, 0);
	struct pb_rate_limits none = limits(ANY, 1000, ANY, 0);
	struct pb_rate r;
	int i;

	(void)state;
	pb_rate_init(&r, &small, 0);
	for (i = 0; i < 10; i++)
		assert_true(pb_rate_admit(&r, 0, 1) == 0);

	/* up and down again, with and without a cap between: still nothing at hand */
	pb_rate_set(&r, &large, 0);
	assert_true(pb_rate_admit(&r, 0, 1) == SECOND / 20);
	pb_rate_set(&r, &small, 0);
	assert_true(pb_rate_admit(&r, 0, 1) == SECOND / 10);
	pb_rate_set(&r, &none, 0);
	assert_true(pb_rate_admit(&r, 0, 1) == 0);
	pb_rate_set(&r, &small, 0);
	assert_true(pb_rate_admit(&r, 0, 1) == SECOND / 10);

	/* the same limits again change nothing */
	pb_rate_set(&r, &small, SECOND / 20);
	assert_true(pb_rate_admit(&r, SECOND / 20, 1) == SECOND / 20);

	/* what is at hand stays at hand, as far as it fits */
	pb_rate_init(&r, &small, 0);
	for (i = 0; i < 4; i++)
		assert_true(pb_rate_admit(&r, 0, 1) == 0);
	pb_rate_set(&r, &large, 0);
	for (i = 0; i < 6; i++)
		assert_true(pb_rate_admit(&r, 0, 1) == 0);
	assert_true(pb_rate_admit(&r, 0, 1) != 0);
	pb_rate_init(&r, &large, 0);
	pb_rate_set(&r, &small, 0);
	for (i = 0; i < 10; i++)
		assert_true(pb_rate_admit(&r, 0, 1) == 0);
	assert_true(pb_rate_admit(&r, 0, 1) != 0);

	/* what is overdrawn stays overdrawn */
	pb_rate_init(&r, &small, 0);
	assert_true(pb_rate_admit(&r, 0, 30 * 8192) == 0);
	pb_rate_set(&r, &large, 0);
	assert_true(pb_rate_admit(&r, 0, 1) == 21 * SECOND / 20);

	/* time before the change counts at the old rate */
	pb_rate_init(&r, &small, 0);
	assert_true(pb_rate_admit(&r, 0, 10 * 8192) == 0);
	pb_rate_set(&r, &large, SECOND / 10);
	assert_true(pb_rate_admit(&r, SECOND / 10, 1) == 0);
	assert_true(pb_rate_admit(&r, SECOND / 10, 1) == SECOND / 20);
}

int main(void)
{
	add_rows(pb_rate_cost_cases, cost);
	add_rows(pb_rate_stories, story);
	add_test("many requests count like few", many_requests, NULL);
	add_test("a saturating client gets its rate and no more", saturation, NULL);
	add_test("no wait is longer than needed", waits_are_tight, NULL);
	add_test("changing the limits gives no burst away", changing_gives_no_burst, NULL);
	return run_all("rate");
}
