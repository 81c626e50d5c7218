/* SPDX-License-Identifier: GPL-2.0 */
/* Channel ends as objects: for transports and for netlink. */
#ifndef _PB_CHANNEL_H
#define _PB_CHANNEL_H

#include <linux/mutex.h>

#include <vmbus/partbus.h>
#include <vmbus/section.h>
#include <vmbus/transport.h>

/**
 * struct pb_channel_params - what a new channel end is
 * @id: of the channel in this kernel, see pb_channel_id_next() and pb_channel_id_like();
 *	the transport's
 * @class: PARTBUS_CLASS_*
 * @role: of this end
 * @peer: partition at the other end
 * @uuid: of the resource
 * @resource: its name
 * @serial: its serial number
 * @line_in: first line on which this end hears
 * @line_out: first line on which it rings
 * @limits: server end: limits of this client; NULL for none
 * @place: server end: of the offer; NULL for none
 * @admin: the admin section; the channel takes a reference of its own
 * @transport: from now on the channel's, also when making it fails: its
 *	release() is called in any case
 * @parent: device under which it appears, or NULL
 */
struct pb_channel_params {
	u32 id;
	u32 class;
	u32 role;
	u32 peer;
	const uuid_t *uuid;
	const char *resource;
	const char *serial;
	u32 line_in;
	u32 line_out;
	const struct pb_ranges *limits;
	const char *place;
	struct partbus_section *admin;
	struct pb_transport *transport;
	struct device *parent;
};

/* Formats a fresh admin section; the host does it before the offer. */
void pb_channel_format(struct partbus_section *admin, u32 id, u32 class);

/*
 * channel_id.c: a number that no other channel in this kernel has, until it is put; or
 * -errno. May sleep.
 */
/* A host's own: the next after @last that is free. */
int pb_channel_id_next(u32 last);
/* For a channel that another kernel calls @wire: the same if it is free here. */
int pb_channel_id_like(u32 wire);
void pb_channel_id_put(u32 id);

/* A channel end in state offered, not yet on the bus. May sleep. ERR_PTR. */
struct partbus_channel *pb_channel_new(const struct pb_channel_params *p);
/*
 * Puts it on the bus: drivers may bind at once. May sleep; not with the
 * configuration lock held, since a driver's probe may take it. On error the
 * caller still holds its reference.
 */
int pb_channel_add(struct partbus_channel *ch);
/*
 * Takes it off the bus: its driver has stopped and let go when this returns.
 * May sleep for as long as requests in flight take; same locks as above.
 * @reason: PARTBUS_RESCIND_*. The caller's reference stays its own.
 */
void pb_channel_del(struct partbus_channel *ch, u32 reason);

static inline struct partbus_channel *pb_channel_get(struct partbus_channel *ch)
{
	get_device(&ch->dev);
	return ch;
}

static inline void pb_channel_put(struct partbus_channel *ch)
{
	put_device(&ch->dev);
}

/* Any context: look at the mailbox and at what was waited for. */
void pb_channel_kick(struct partbus_channel *ch);
/* The only setter of a channel's state: was the move legal, and done? Any context. */
bool pb_channel_set_state(struct partbus_channel *ch, enum partbus_channel_state to,
			  const char *reason);

/* All channel ends of this kernel that are on the bus, for netlink. */
extern struct list_head pb_channels;
extern struct mutex pb_channels_lock;

/* bus.c */
/* Tells the clients of @class that they may not use @uuid any more. May sleep. */
void pb_bus_withdrawn(u32 class, const uuid_t *uuid);

/* The driver's ops while it is bound; for the admin work and the bus only. */
const struct partbus_channel_ops *pb_channel_ops(struct partbus_channel *ch);

#endif /* _PB_CHANNEL_H */
