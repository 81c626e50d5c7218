// SPDX-License-Identifier: GPL-2.0
/* Which lines of a window channels are given. */
#include "harness.h"

#include <vmbus/lines.h>

#define CHANNELS	(PARTBUS_LINES - 1)

/* Channels that come one after the other, and what they are given. */
static const struct {
	const char *what;
	__u32 queues[6];
	__u32 first[6];
} rows[] = {
	{ "of one queue", { 1, 1, 1, 1, 1, 1 }, { 1, 2, 3, 4, 5, 6 } },
	{ "of two", { 2, 2, 2, 2, 2, 2 }, { 1, 3, 5, 7, 9, 11 } },
	{ "of four, until they meet", { 4, 4, 4, 4 }, { 1, 5, 9, 12 } },
	{ "of different numbers", { 4, 1, 2, 4, 4 }, { 1, 5, 6, 8, 12 } },
};

static void in_turn(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		__u32 load[PARTBUS_LINES] = { 0 };

		for (size_t n = 0; n < ARRAY_SIZE(rows[i].queues) && rows[i].queues[n]; n++) {
			__u32 first = pb_lines_choose(load, rows[i].queues[n]);

			if (first != rows[i].first[n])
				fail_msg("channels %s: %zu begins at %u", rows[i].what, n, first);
			pb_lines_load(load, first, rows[i].queues[n]);
		}
	}
}

/* However many queues it may have: as many channels as lines begin at as many lines. */
static void first_queues_apart(void **state)
{
	(void)state;
	for (__u32 queues = 1; queues <= PARTBUS_MAX_QUEUES; queues++) {
		__u32 load[PARTBUS_LINES] = { 0 };
		bool taken[PARTBUS_LINES] = { false };

		for (__u32 n = 0; n < CHANNELS; n++) {
			__u32 first = pb_lines_choose(load, queues);

			assert_in_range(first, 1, PARTBUS_LINES - 1);
			assert_false(taken[first]);
			taken[first] = true;
			pb_lines_load(load, first, queues);
		}
		assert_int_equal(load[0], 0);
	}
}

/* Who goes and comes again finds what was free, and nobody's lines. */
static void comes_again(void **state)
{
	(void)state;
	for (__u32 queues = 1; queues <= CHANNELS / 2; queues++) {
		__u32 neighbour[PARTBUS_LINES] = { 0 };
		__u32 first = 1 + queues;

		pb_lines_load(neighbour, first, queues);
		for (__u32 i = 0, at = pb_lines_choose(neighbour, queues); i < queues; i++)
			assert_int_equal(neighbour[pb_line_of_queue(at, i)], 0);
	}
}

int main(void)
{
	add_test("channels get lines in turn", in_turn, NULL);
	add_test("their first queues share none before the lines run out", first_queues_apart, NULL);
	add_test("who comes again gets lines that are free", comes_again, NULL);
	return run_all("lines");
}
