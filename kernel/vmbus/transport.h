/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What carries a channel: the window of a guest seen from the host, the same
 * seen from the guest, or plain pages of one kernel. A transport object belongs
 * to one end of one channel and outlives that end's device.
 */
#ifndef _PB_TRANSPORT_H
#define _PB_TRANSPORT_H

#include <vmbus/line.h>
#include <vmbus/partbus.h>
#include <vmbus/section.h>

struct pb_transport;

/**
 * struct pb_transport_ops - how sections and doorbells cross
 * @ring: ring a line of the peer; any context but an eventfd's wake-up
 * @data_make: server: make section @data_id of @size bytes and let the client
 *	see it; the caller gets a reference. The section before the former one may
 *	be taken away from the client. May sleep
 * @data_find: client: the section that the server announced as @data_id, with a
 *	reference; -EAGAIN while the announcement is on its way (the transport
 *	then calls pb_channel_kick()); -EPROTO if its size is not @size. May sleep
 * @broken: tell the other side that this end gave the channel up. May sleep
 * @reopen: client: a driver binds again to a channel that was used before; have
 *	it replaced by a fresh one. May sleep
 * @owner: the module of these functions
 */
struct pb_transport_ops {
	void (*ring)(struct pb_transport *t, u32 line);
	int (*data_make)(struct pb_transport *t, u32 data_id, u64 size,
			 struct partbus_section **s);
	int (*data_find)(struct pb_transport *t, u32 data_id, u64 size,
			 struct partbus_section **s);
	void (*broken)(struct pb_transport *t, const char *reason);
	void (*reopen)(struct pb_transport *t);
	struct module *owner;
};

/**
 * struct pb_transport - base of a transport's own struct
 * @ops: see above
 * @lines: the lines that this end hears
 * @release: called once when the channel end's last reference is gone
 */
struct pb_transport {
	const struct pb_transport_ops *ops;
	struct pb_lines *lines;
	void (*release)(struct pb_transport *t);
};

#endif /* _PB_TRANSPORT_H */
