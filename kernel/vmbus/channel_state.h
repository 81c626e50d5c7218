/* SPDX-License-Identifier: GPL-2.0 */
/* Which moves the state of a channel's end may make. Pure. */
#ifndef _PB_CHANNEL_STATE_H
#define _PB_CHANNEL_STATE_H

#include <linux/types.h>
#include <partbus/genl.h>

/* Is @from -> @to a legal move? False for values that are no state, too. */
bool pb_channel_state_may(enum partbus_channel_state from, enum partbus_channel_state to);
/* "offered", ...; "?" for a value that is no state. */
const char *pb_channel_state_name(enum partbus_channel_state state);

#endif /* _PB_CHANNEL_STATE_H */
