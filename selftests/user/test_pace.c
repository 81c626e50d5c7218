// SPDX-License-Identifier: GPL-2.0
/* Whether a disk's requests come alone: what a provider makes of its wakes. */
#include "harness.h"

#include <vsp_blk/pace.h>

/* Does the worker preempt after @n requests that came alone? */
static bool after_lone(struct blk_pace *p, unsigned int n)
{
	bool preempts = p->preempts;

	while (n--)
		preempts = blk_pace_next(p, 1);
	return preempts;
}

static void begins(void **state)
{
	struct blk_pace p = {};

	(void)state;
	assert_false(after_lone(&p, BLK_PACE_LONE - 1));
	assert_true(after_lone(&p, 1));
}

static void larger(void **state)
{
	struct blk_pace p = {};

	(void)state;
	assert_true(after_lone(&p, BLK_PACE_LONE));
	assert_false(blk_pace_next(&p, 2));
	assert_false(after_lone(&p, BLK_PACE_LONE - 1));
	assert_true(after_lone(&p, 1));
	/* Looks begin anew, too. */
	assert_true(after_lone(&p, BLK_PACE_FIRST - 1));
	assert_false(after_lone(&p, 1));
}

static void in_vain(void **state)
{
	struct blk_pace p = {};
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		assert_false(blk_pace_next(&p, 0));
	assert_true(after_lone(&p, BLK_PACE_LONE));
	for (i = 0; i < 10000; i++)
		assert_true(blk_pace_next(&p, 0));
	assert_false(after_lone(&p, BLK_PACE_FIRST));
	for (i = 0; i < 1000; i++)
		assert_false(blk_pace_next(&p, 0));
	assert_true(after_lone(&p, 1));
}

/*
 * A client that keeps @depth requests under way, and one processor: a worker that
 * preempts takes each alone, one that does not finds all. How often it preempts.
 */
static unsigned int preempted(struct blk_pace *p, unsigned int depth, unsigned int wakes)
{
	unsigned int n = 0;

	while (wakes--) {
		n += p->preempts;
		blk_pace_next(p, p->preempts ? 1 : depth);
	}
	return n;
}

static void one(void **state)
{
	struct blk_pace p = {};

	(void)state;
	/* But for the first few and the looks: five that come sooner, then one in 1025. */
	assert_int_equal(preempted(&p, 1, BLK_PACE_LONE), 0);
	assert_int_equal(preempted(&p, 1, 64 + 1 + 128 + 1 + 256 + 1 + 512 + 1 + 1024), 1984);
	assert_int_equal(preempted(&p, 1, 100 * 1025), 100 * 1024);
}

static void many(void **state)
{
	struct blk_pace p = {};

	(void)state;
	assert_int_equal(preempted(&p, 2, 10000), 0);
	/* It was a client that waits for each before. */
	after_lone(&p, 30);
	assert_true(p.preempts);
	assert_in_range(preempted(&p, 2, 10000), 1, BLK_PACE_FIRST);
	after_lone(&p, 100000);
	assert_in_range(preempted(&p, 32, 10000), 0, BLK_PACE_LAST);
	assert_false(p.preempts);
}

int main(void)
{
	add_test("a few that came alone say nothing, more do", begins, NULL);
	add_test("more than one at a time, and all begins anew", larger, NULL);
	add_test("a wake in vain changes nothing", in_vain, NULL);
	add_test("who waits for each request is served at once, but for looks", one, NULL);
	add_test("who has several under way is let go on, at the next look at last", many, NULL);
	return run_all("pace");
}
