// SPDX-License-Identifier: GPL-2.0
/* Moves of a channel's state. */
#include "harness.h"

#include <vmbus/channel_state.h>

#define STATES	(PARTBUS_CHANNEL_STATE_BROKEN + 1)

/* Row: from; column: to; in the order of the enumeration. */
static const char *const moves[STATES] = {
	/* offered opening open closing closed broken */
	[PARTBUS_CHANNEL_STATE_OFFERED] = ".x.x.x",
	[PARTBUS_CHANNEL_STATE_OPENING] = "..xx.x",
	[PARTBUS_CHANNEL_STATE_OPEN] = "...x.x",
	[PARTBUS_CHANNEL_STATE_CLOSING] = "....xx",
	[PARTBUS_CHANNEL_STATE_CLOSED] = "......",
	[PARTBUS_CHANNEL_STATE_BROKEN] = "...x..",
};

static void every_move(void **state)
{
	int from, to;

	(void)state;
	for (from = 0; from < STATES; from++)
		for (to = 0; to < STATES; to++)
			assert_int_equal(pb_channel_state_may(from, to), moves[from][to] == 'x');
}

static void no_state(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < STATES; i++) {
		assert_false(pb_channel_state_may(i, STATES));
		assert_false(pb_channel_state_may(STATES, i));
		assert_false(pb_channel_state_may(i, -1));
		assert_false(pb_channel_state_may(-1, i));
		assert_string_not_equal(pb_channel_state_name(i), "?");
	}
	assert_string_equal(pb_channel_state_name(STATES), "?");
	assert_string_equal(pb_channel_state_name(-1), "?");
}

/* However it went, a channel can be closed, and closed is the end. */
static void all_ways_end_in_closed(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < STATES; i++)
		if (i != PARTBUS_CHANNEL_STATE_CLOSED && i != PARTBUS_CHANNEL_STATE_CLOSING)
			assert_true(pb_channel_state_may(i, PARTBUS_CHANNEL_STATE_CLOSING));
}

int main(void)
{
	add_test("every move is as drawn", every_move, NULL);
	add_test("what is no state has no moves and no name", no_state, NULL);
	add_test("from everywhere a channel can be closed", all_ways_end_in_closed, NULL);
	return run_all("channel_state");
}
