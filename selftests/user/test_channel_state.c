// SPDX-License-Identifier: GPL-2.0
/* Moves of a channel's state. */
#include "harness.h"

#include <vmbus/channel_state.h>
#include <vmbus/tests/state_cases.h>

static void every_move(void **state)
{
	int from, to;

	(void)state;
	for (from = 0; from < PB_STATES; from++)
		for (to = 0; to < PB_STATES; to++)
			assert_int_equal(pb_channel_state_may(from, to),
					 pb_state_moves[from][to] == 'x');
}

static void no_state(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < PB_STATES; i++) {
		assert_false(pb_channel_state_may(i, PB_STATES));
		assert_false(pb_channel_state_may(PB_STATES, i));
		assert_false(pb_channel_state_may(i, -1));
		assert_false(pb_channel_state_may(-1, i));
		assert_string_not_equal(pb_channel_state_name(i), "?");
	}
	assert_string_equal(pb_channel_state_name(PB_STATES), "?");
	assert_string_equal(pb_channel_state_name(-1), "?");
}

/* However it went, a channel can be closed, and closed is the end. */
static void all_ways_end_in_closed(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < PB_STATES; i++)
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
