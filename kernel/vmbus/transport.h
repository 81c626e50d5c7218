/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What carries a channel: the window of a guest seen from the host, the same
 * seen from the guest, or plain pages of one kernel. A transport object belongs
 * to one end of one channel and outlives that end's device.
 */
#ifndef _PB_TRANSPORT_H
#define _PB_TRANSPORT_H

#include <linux/completion.h>
#include <linux/refcount.h>

#include <vmbus/line.h>
#include <vmbus/partbus.h>
#include <vmbus/section.h>

struct pb_transport;

/**
 * struct pb_transport_ops - how sections and doorbells cross
 * @ring: ring a line of the peer; any context but an eventfd's wake-up
 * @affine: a line of this end is best heard on these CPUs. NULL if that cannot be
 *	chosen. A hint: several queues may have one line, and the last one has its way.
 *	May sleep
 * @data_make: server: make section @data_id of @size bytes and let the client
 *	see it; the caller gets a reference. The section before the former one may
 *	be taken away from the client. May sleep
 * @data_find: client: the section that the server announced as @data_id, with a
 *	reference; -EAGAIN while the announcement is on its way (the transport
 *	then calls pb_channel_kick()); -EPROTO if its size is not @size. May sleep
 * @broken: tell the other side that this end gave the channel up. May sleep
 * @reopen: have the channel replaced by a fresh one: a driver binds to one that was
 *	used before, or the two ends no longer agree what holds. May sleep
 */
struct pb_transport_ops {
	void (*ring)(struct pb_transport *t, u32 line);
	void (*affine)(struct pb_transport *t, u32 line, const struct cpumask *cpus);
	int (*data_make)(struct pb_transport *t, u32 data_id, u64 size,
			 struct partbus_section **s);
	int (*data_find)(struct pb_transport *t, u32 data_id, u64 size,
			 struct partbus_section **s);
	void (*broken)(struct pb_transport *t, const char *reason);
	void (*reopen)(struct pb_transport *t);
};

/**
 * struct pb_users - channel ends that may still call into a module
 * @count: one for the module itself, one for each end
 * @none: nobody is left
 *
 * A netlink reader may hold the last reference to a channel end. The code that
 * says "the last one is gone" is in partbus.ko, so that a module that waits for
 * it may go at once.
 */
struct pb_users {
	refcount_t count;
	struct completion none;
};

static inline void pb_users_init(struct pb_users *u)
{
	refcount_set(&u->count, 1);
	init_completion(&u->none);
}

void pb_users_put(struct pb_users *u);
/* Gives up the module's own part and waits for the others. May sleep. */
void pb_users_wait(struct pb_users *u);

/**
 * struct pb_transport - base of a transport's own struct
 * @ops: see above
 * @lines: the lines that this end hears
 * @users: of the module that made it; the channel end counts as one. May be NULL
 * @release: called once when the channel end's last reference is gone
 */
struct pb_transport {
	const struct pb_transport_ops *ops;
	struct pb_lines *lines;
	struct pb_users *users;
	void (*release)(struct pb_transport *t);
};

#endif /* _PB_TRANSPORT_H */
