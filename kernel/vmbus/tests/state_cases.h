/* SPDX-License-Identifier: GPL-2.0 */
/* Moves of a channel's state, shared by KUnit and the user-space tests. */
#ifndef _PB_STATE_CASES_H
#define _PB_STATE_CASES_H

#include <vmbus/channel_state.h>

#define PB_STATES	(PARTBUS_CHANNEL_STATE_BROKEN + 1)

/* Row: from; column: to; in the order of the enumeration. */
static const char *const pb_state_moves[PB_STATES] = {
	/* offered opening open closing closed broken */
	[PARTBUS_CHANNEL_STATE_OFFERED] = ".x.x.x",
	[PARTBUS_CHANNEL_STATE_OPENING] = "..xx.x",
	[PARTBUS_CHANNEL_STATE_OPEN] = "...x.x",
	[PARTBUS_CHANNEL_STATE_CLOSING] = "....xx",
	[PARTBUS_CHANNEL_STATE_CLOSED] = "......",
	[PARTBUS_CHANNEL_STATE_BROKEN] = "...x..",
};

#endif /* _PB_STATE_CASES_H */
