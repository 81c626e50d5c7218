// SPDX-License-Identifier: GPL-2.0
/* Queues that share a bucket: who was refused goes first. */
#include "harness.h"

#include <partbus/contract.h>
#include <vsp_core/turns.h>

#define ANY	PARTBUS_ATTR_ANY
#define SECOND	1000000000ULL
#define MSEC	1000000ULL
#define MOST	(100 * MSEC)

/* A queue that always has a request of the same size, or has had enough. */
struct queue {
	struct pb_turn turn;
	__u32 bytes;
	__u64 lag;		/* how late it comes when it is told to */
	__u64 next;		/* when it asks again */
	__u64 passed;		/* requests */
	__u64 leaves;		/* when it is not heard of any more, if not 0 */
};

struct bucket {
	struct pb_turns turns;
	struct pb_rate rate;
};

static struct bucket bucket(__u64 bps, __u64 burst)
{
	struct pb_rate_limits l = {
		.iops = ANY, .bps = bps, .burst_ios = 1, .burst_bytes = burst, .io_unit = 8192,
	};
	struct bucket b = {};

	pb_rate_init(&b.rate, &l, 0);
	return b;
}

static __u64 ask(struct bucket *b, struct queue *q, __u64 now)
{
	const struct pb_rate_request rq = { .units = 1, .bytes = q->bytes };

	return pb_turns_charge(&b->turns, &q->turn, &b->rate, now, &rq, MOST);
}

/* All ask when they may, and have a new request @busy nanoseconds after one has passed. */
static void run(struct bucket *b, struct queue *q, size_t n, __u64 until, __u64 busy)
{
	for (;;) {
		struct queue *first = NULL;
		__u64 now, ns;

		for (size_t i = 0; i < n; i++)
			if (!(q[i].leaves && q[i].next >= q[i].leaves) &&
			    (!first || q[i].next < first->next))
				first = &q[i];
		if (!first || first->next >= until)
			return;
		now = first->next;
		ns = ask(b, first, now);
		if (!ns) {
			first->passed++;
			first->next = now + busy;
		} else {
			first->next = now + (ns < MOST ? ns : MOST) + first->lag;
		}
	}
}

static void large_beside_small(void **state)
{
	static const __u64 rates[] = { 1000000, 10000000, 100000000, 1000000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct queue q[] = { { .bytes = 65536 }, { .bytes = 4096 }, { .bytes = 4096 } };
		struct bucket b = bucket(rates[i], 131072);
		__u64 bytes = 0;

		run(&b, q, 3, 10 * SECOND, 20000);
		/* As many as the others, but for those of the burst. */
		assert_in_range(q[0].passed + 64, q[1].passed, ~0ull);
		assert_in_range(q[0].passed + 64, q[2].passed, ~0ull);
		for (size_t k = 0; k < 3; k++)
			bytes += q[k].passed * q[k].bytes;
		/* The rate is not missed by their waiting for each other. */
		assert_in_range(bytes, rates[i] * 9, rates[i] * 10 + 131072);
	}
}

/* What a cap lets pass does not depend on how fast queues come back. */
static void no_rate_is_lost(void **state)
{
	static const __u64 rates[] = { 500, 20000, 100000, 500000 };
	static const __u64 late[] = { 0, 20000, 4 * MSEC, 50 * MSEC };

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		for (size_t k = 0; k < sizeof(late) / sizeof(late[0]); k++) {
			struct bucket b = bucket(rates[i], rates[i] / 10);
			struct queue q[8] = {};
			__u64 passed = 0;

			for (size_t n = 0; n < 8; n++)
				q[n] = (struct queue) { .bytes = 1, .lag = 20000 };
			q[3].lag = late[k];
			run(&b, q, 8, 4 * SECOND, 2000);
			for (size_t n = 0; n < 8; n++)
				passed += q[n].passed;
			assert_in_range(passed, rates[i] * 39 / 10, rates[i] * 41 / 10 + 1);
		}
	}
}

static void in_order(void **state)
{
	struct queue q[] = { { .bytes = 1000 }, { .bytes = 1 }, { .bytes = 500 } };
	struct bucket b = bucket(100 * 1000, 1000);
	struct queue all = { .bytes = 1000 };

	(void)state;
	assert_true(ask(&b, &all, 0) == 0);
	assert_true(ask(&b, &q[0], 0) == 10 * MSEC);
	/* There will be room for them before, but not for them and the first. */
	assert_true(ask(&b, &q[1], 0) > 10 * MSEC);
	assert_true(ask(&b, &q[2], 0) > 10 * MSEC);
	assert_true(ask(&b, &q[1], 5 * MSEC) > 0);
	assert_true(ask(&b, &q[2], 5 * MSEC) > 0);
	assert_true(ask(&b, &q[2], 10 * MSEC) > 0);
	assert_true(ask(&b, &q[0], 10 * MSEC) == 0);
	/* Now it is the second's turn, and beside it there is room for the third. */
	assert_true(ask(&b, &q[2], 15 * MSEC) == MSEC / 100);
	assert_true(ask(&b, &q[2], 15 * MSEC + MSEC / 100) == 0);
	assert_true(ask(&b, &q[1], 15 * MSEC + MSEC / 50) == 0);
	assert_null(b.turns.first);
}

/* A flush moves nothing: no cap of bytes holds it up, whoever waits for that. */
static void what_costs_nothing(void **state)
{
	struct queue q[] = { { .bytes = 1 }, { .bytes = 0 } };
	struct bucket b = bucket(0, 1);

	(void)state;
	assert_true(ask(&b, &q[0], 0) == 0);
	assert_true(ask(&b, &q[0], 0) == ~0ull);
	assert_true(ask(&b, &q[1], 0) == 0);
}

/* A request that was given up, and with it the queue's interest. */
static void who_does_not_come_back(void **state)
{
	struct queue q[] = {
		{ .bytes = 100000, .leaves = 1 }, { .bytes = 1000 }, { .bytes = 1000 },
	};
	struct bucket b = bucket(100000, 100000);
	struct queue all = { .bytes = 100000 };

	(void)state;
	assert_true(ask(&b, &all, 0) == 0);
	run(&b, q, 3, 2 * SECOND, 20000);
	assert_int_equal(q[0].passed, 0);
	/* Room was kept for it for a tenth of a second and a little. */
	assert_in_range(q[1].passed + q[2].passed, 180, 200);
}

static void who_leaves_has_no_place(void **state)
{
	struct queue q[3] = { { .bytes = 9 }, { .bytes = 9 }, { .bytes = 9 } };

	(void)state;
	for (size_t gone = 0; gone < 3; gone++) {
		struct bucket b = bucket(1, 9);
		struct queue all = { .bytes = 9 };

		assert_true(ask(&b, &all, 0) == 0);
		for (size_t i = 0; i < 3; i++)
			assert_true(ask(&b, &q[i], 0) > 0);
		pb_turns_leave(&b.turns, &q[gone].turn);
		pb_turns_leave(&b.turns, &q[gone].turn);
		assert_ptr_equal(b.turns.first, &q[gone == 0].turn);
		assert_ptr_equal(b.turns.first->next, &q[gone == 2 ? 1 : 2].turn);
		assert_null(b.turns.first->next->next);
		for (size_t i = 0; i < 3; i++)
			pb_turns_leave(&b.turns, &q[i].turn);
		assert_null(b.turns.first);
	}
}

int main(void)
{
	add_test("a large request is not starved by small ones", large_beside_small, NULL);
	add_test("no rate is lost by who comes late", no_rate_is_lost, NULL);
	add_test("queues have their turns in the order in which they came", in_order, NULL);
	add_test("what costs nothing waits for nobody", what_costs_nothing, NULL);
	add_test("who does not come back is not waited for", who_does_not_come_back, NULL);
	add_test("who leaves has no place", who_leaves_has_no_place, NULL);
	return run_all("turns");
}
