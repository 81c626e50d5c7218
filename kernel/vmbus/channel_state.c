// SPDX-License-Identifier: GPL-2.0
/*
 * Legal moves of the state of a channel's end.
 *
 *   offered -> opening -> open -> closing -> closed
 *   offered -> closing, opening -> closing
 *   broken from all but closed, and broken -> closing
 *
 * All ways out lead through closing, since that is where sections are let go
 * of, also those of a channel that was never opened or that broke. A channel
 * that breaks while it closes goes through broken to closing again: teardown
 * has begun by then, and it is the caller that must not begin it twice. Closed
 * is final, for a channel id is never used again.
 */
#include <vmbus/channel_state.h>

#define BIT_OF(state)	(1u << PARTBUS_CHANNEL_STATE_##state)
#define STATES		(PARTBUS_CHANNEL_STATE_BROKEN + 1)

static const struct {
	const char *name;
	unsigned int next;
} state_table[STATES] = {
	[PARTBUS_CHANNEL_STATE_OFFERED] = {
		"offered", BIT_OF(OPENING) | BIT_OF(CLOSING) | BIT_OF(BROKEN),
	},
	[PARTBUS_CHANNEL_STATE_OPENING] = {
		"opening", BIT_OF(OPEN) | BIT_OF(CLOSING) | BIT_OF(BROKEN),
	},
	[PARTBUS_CHANNEL_STATE_OPEN] = {
		"open", BIT_OF(CLOSING) | BIT_OF(BROKEN),
	},
	[PARTBUS_CHANNEL_STATE_CLOSING] = {
		"closing", BIT_OF(CLOSED) | BIT_OF(BROKEN),
	},
	[PARTBUS_CHANNEL_STATE_CLOSED] = {
		"closed", 0,
	},
	[PARTBUS_CHANNEL_STATE_BROKEN] = {
		"broken", BIT_OF(CLOSING),
	},
};

/**
 * pb_channel_state_may() - is a move legal?
 * @from: present state
 * @to: wanted state
 *
 * Return: true when it is; staying where one is counts as no move.
 */
bool pb_channel_state_may(enum partbus_channel_state from, enum partbus_channel_state to)
{
	if ((unsigned int)from >= STATES || (unsigned int)to >= STATES)
		return false;
	return state_table[from].next & (1u << to);
}

/**
 * pb_channel_state_name() - for logs and traces
 * @state: any value
 *
 * Return: the name, "?" for a value that is no state.
 */
const char *pb_channel_state_name(enum partbus_channel_state state)
{
	return (unsigned int)state < STATES ? state_table[state].name : "?";
}
