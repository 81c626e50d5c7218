// SPDX-License-Identifier: GPL-2.0
/*
 * Two machines under random schedules: messages may take any time, timers may
 * fire at any moment, and both ends want something else whenever they like.
 * Whatever happens, no honest end is found in violation, no request is served
 * under another contract than it was submitted under, and when all is over both
 * ends agree.
 */
#include "harness.h"
#include "pair.h"

#define SCHEDULES	4000
#define STEPS		400

struct row {
	const char *sentence;
	unsigned int timeouts, wants, losses, refusals;	/* see struct pair */
};

static __u64 by_chance(void *seed, __u64 limit)
{
	return below(seed, limit);
}

static void schedules(void **state)
{
	unsigned long starts = 0, keeps = 0, fails = 0, breaks = 0, withdrawals = 0, served = 0;
	const struct row *row = *state;
	int i, k, longest = 0;
	struct pair w;
	__u64 seed;

	for (i = 0; i < SCHEDULES; i++) {
		memset(&w, 0, sizeof(w));
		seed = i + 1;
		w.choose = by_chance;
		w.arg = &seed;
		w.timeouts = row->timeouts;
		w.wants = row->wants;
		w.losses = row->losses;
		w.refusals = row->refusals;
		pair_open(&w);
		for (k = 0; k < STEPS && !w.broken && !w.wrong; k++)
			pair_step(&w, false);
		if (!w.broken && !w.wrong)
			pair_settle(&w);
		if (w.wrong)
			fail_msg("schedule %d: %s", i + 1, w.wrong);
		starts += w.starts;
		keeps += w.keeps;
		fails += w.fails;
		breaks += w.breaks;
		withdrawals += w.withdrawals;
		served += w.served;
		longest = w.longest > longest ? w.longest : longest;
	}
	print_message("# started %lu, kept %lu, failed %lu, broken %lu, withdrawn %lu, served %lu, longest queue %d\n",
		      starts, keeps, fails, breaks, withdrawals, served, longest);

	/* The schedule must have seen what it is for. */
	assert_true(starts > 0 && served > 0);
	if (row->timeouts)
		assert_true(breaks > 0 && keeps > 0);
	if (row->losses && row->timeouts)
		assert_true(withdrawals > 0);
	if (row->refusals)
		assert_true(fails > 0);
}

static const struct row rows[] = {
	{ .sentence = "two patient ends agree", .wants = 4 },
	{ .sentence = "two ends that refuse now and then agree", .wants = 4, .refusals = 4 },
	{ .sentence = "timers that fire at any moment keep them together",
	  .wants = 4, .timeouts = 8 },
	{ .sentence = "timers, refusals and losses keep them together",
	  .wants = 4, .timeouts = 8, .refusals = 6, .losses = 4 },
	{ .sentence = "very slow ends stay together",
	  .wants = 2, .timeouts = 2, .refusals = 8, .losses = 8 },
	{ .sentence = "losses without timeouts keep them together",
	  .wants = 4, .refusals = 6, .losses = 4 },
};

int main(void)
{
	add_rows(rows, schedules);
	return run_all("negotiate_pair");
}
