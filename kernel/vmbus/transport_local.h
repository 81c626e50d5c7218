/* SPDX-License-Identifier: GPL-2.0 */
/* Both ends of a channel in one kernel, over plain pages. */
#ifndef _PB_TRANSPORT_LOCAL_H
#define _PB_TRANSPORT_LOCAL_H

#include <vmbus/channel.h>

/**
 * struct pb_local_params - a channel between two ends in this kernel
 * @channel: what both ends share; role, lines, admin section and transport are
 *	filled in
 * @gave_up: an end broke; may be called from both. May sleep
 * @reopen: the client wants a fresh channel. May sleep
 * @owner: handed to both
 */
struct pb_local_params {
	struct pb_channel_params channel;
	void (*gave_up)(void *owner, const char *reason);
	void (*reopen)(void *owner);
	void *owner;
};

/* Makes both ends; the caller holds a reference to each. May sleep. */
int pb_local_new(const struct pb_local_params *p, struct partbus_channel **server,
		 struct partbus_channel **client);

#endif /* _PB_TRANSPORT_LOCAL_H */
