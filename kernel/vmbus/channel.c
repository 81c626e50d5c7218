// SPDX-License-Identifier: GPL-2.0
/*
 * Channel ends: making, putting on the bus, state, taking off the bus. The
 * conversation with the peer is in admin.c.
 *
 * Lifetime: the embedded device counts references. The owner of the transport
 * holds one from pb_channel_new() until it has called pb_channel_del(); whoever
 * walks pb_channels takes one under pb_channels_lock.
 */
#include <vmbus/channel.h>

#include <linux/export.h>
#include <linux/slab.h>

#include "bus.h"
#include <partbus/channel.h>
#include <vmbus/admin.h>
#include <vmbus/channel_state.h>
#include <vmbus/inject.h>
#include <vmbus/mgmt.h>
#include <vmbus/trace.h>

LIST_HEAD(pb_channels);
DEFINE_MUTEX(pb_channels_lock);	/* guards pb_channels; nothing is taken inside */

void pb_channel_format(struct partbus_section *admin, u32 id, u32 class)
{
	struct partbus_admin_header *h = admin->va;

	h->magic = cpu_to_le64(PARTBUS_ADMIN_MAGIC);
	h->channel = cpu_to_le32(id);
	h->class = cpu_to_le32(class);
	pb_ring_format(admin->va + PARTBUS_MBOX_C2S_OFFSET);
	pb_ring_format(admin->va + PARTBUS_MBOX_S2C_OFFSET);
}
EXPORT_SYMBOL_GPL(pb_channel_format);

void pb_users_put(struct pb_users *u)
{
	if (refcount_dec_and_test(&u->count))
		complete(&u->none);
}

void pb_users_wait(struct pb_users *u)
{
	pb_users_put(u);
	wait_for_completion(&u->none);
}
EXPORT_SYMBOL_GPL(pb_users_wait);

static void transport_release(struct pb_transport *t)
{
	struct pb_users *users = t->users;

	t->release(t);
	if (users)
		pb_users_put(users);
}

static void channel_release(struct device *dev)
{
	struct partbus_channel *ch = to_partbus_channel(dev);

	/* First: until then the transport may still kick the admin work. */
	transport_release(ch->transport);
	pb_admin_free(ch->admin);
	pb_section_put(ch->admin_section);
	kfree(ch);
}

struct partbus_channel *pb_channel_new(const struct pb_channel_params *p)
{
	struct partbus_channel *ch = kzalloc(sizeof(*ch), GFP_KERNEL);

	if (p->transport->users)
		refcount_inc(&p->transport->users->count);
	if (!ch)
		goto err_release;
	spin_lock_init(&ch->state_lock);
	INIT_LIST_HEAD(&ch->node);
	ch->id = p->id;
	ch->class = p->class;
	ch->role = p->role;
	ch->peer = p->peer;
	ch->line_in = p->line_in;
	ch->line_out = p->line_out;
	ch->uuid = *p->uuid;
	strscpy(ch->resource, p->resource, sizeof(ch->resource));
	strscpy(ch->serial, p->serial, sizeof(ch->serial));
	if (p->limits)
		ch->limits = *p->limits;
	if (p->place)
		strscpy(ch->place, p->place, sizeof(ch->place));
	ch->state = PARTBUS_CHANNEL_STATE_OFFERED;
	ch->transport = p->transport;
	ch->admin_section = p->admin;
	ch->admin = pb_admin_new(ch);
	if (!ch->admin)
		goto err_free;
	pb_section_get(p->admin);

	device_initialize(&ch->dev);
	ch->dev.bus = &pb_bus_type;
	ch->dev.parent = p->parent;
	ch->dev.groups = pb_channel_groups;
	ch->dev.release = channel_release;
	if (dev_set_name(&ch->dev, "%s%u",
			 ch->role == PARTBUS_ROLE_SERVER ? "server" : "client", ch->id)) {
		put_device(&ch->dev);
		return ERR_PTR(-ENOMEM);
	}
	return ch;

err_free:
	kfree(ch);
err_release:
	transport_release(p->transport);
	return ERR_PTR(-ENOMEM);
}
EXPORT_SYMBOL_GPL(pb_channel_new);

static void channel_event(struct partbus_channel *ch, u32 kind, u32 state, u32 old_state,
			  const char *reason)
{
	struct partbus_event ev = {
		.kind = kind,
		.partition = ch->peer,
		.channel = ch->id,
		.role = ch->role,
		.name = ch->resource,
		.state = state,
		.old_state = old_state,
		.reason = reason,
	};

	partbus_event_send(&ev);
}

bool pb_channel_set_state(struct partbus_channel *ch, enum partbus_channel_state to,
			  const char *reason)
{
	enum partbus_channel_state from;
	unsigned long flags;
	bool done;

	spin_lock_irqsave(&ch->state_lock, flags);
	from = ch->state;
	done = pb_channel_state_may(from, to);
	if (done) {
		ch->state = to;
		if (reason)
			strscpy(ch->reason, reason, sizeof(ch->reason));
		if (to == PARTBUS_CHANNEL_STATE_BROKEN)
			ch->violations++;
	}
	spin_unlock_irqrestore(&ch->state_lock, flags);
	if (done)
		trace_partbus_channel_state(ch, from, to, reason);
	/* Events may overtake one another: each names both states. */
	if (done)
		channel_event(ch, PARTBUS_EVENT_KIND_CHANNEL_STATE, to, from, reason);
	return done;
}
EXPORT_SYMBOL_GPL(pb_channel_set_state);

int pb_channel_add(struct partbus_channel *ch)
{
	int ret;

	mutex_lock(&pb_channels_lock);
	list_add_tail(&ch->node, &pb_channels);
	mutex_unlock(&pb_channels_lock);
	channel_event(ch, PARTBUS_EVENT_KIND_CHANNEL_NEW, U32_MAX, U32_MAX, NULL);
	ret = device_add(&ch->dev);
	if (ret) {
		mutex_lock(&pb_channels_lock);
		list_del_init(&ch->node);
		mutex_unlock(&pb_channels_lock);
	}
	return ret;
}
EXPORT_SYMBOL_GPL(pb_channel_add);

void pb_channel_del(struct partbus_channel *ch, u32 reason)
{
	/* Read by bus_remove(), which device_del() runs below. */
	WRITE_ONCE(ch->admin->end_reason, reason);
	pb_channel_set_state(ch, PARTBUS_CHANNEL_STATE_CLOSING, NULL);
	partbus_inject(PARTBUS_INJECT_STATE, ch, PARTBUS_CHANNEL_STATE_CLOSING);
	mutex_lock(&pb_channels_lock);
	list_del_init(&ch->node);
	mutex_unlock(&pb_channels_lock);
	device_del(&ch->dev);
	pb_channel_set_state(ch, PARTBUS_CHANNEL_STATE_CLOSED, NULL);
	partbus_inject(PARTBUS_INJECT_STATE, ch, PARTBUS_CHANNEL_STATE_CLOSED);
	channel_event(ch, PARTBUS_EVENT_KIND_CHANNEL_DEL, U32_MAX, U32_MAX, NULL);
}
EXPORT_SYMBOL_GPL(pb_channel_del);

void pb_channel_kick(struct partbus_channel *ch)
{
	pb_admin_kick(ch->admin);
}
EXPORT_SYMBOL_GPL(pb_channel_kick);

const struct partbus_channel_ops *pb_channel_ops(struct partbus_channel *ch)
{
	return to_partbus_driver(ch->dev.driver)->ops;
}

void partbus_channel_want(struct partbus_channel *ch)
{
	pb_admin_flag(ch->admin, PB_ADMIN_WANT);
}
EXPORT_SYMBOL_GPL(partbus_channel_want);

void partbus_channel_quiesced(struct partbus_channel *ch)
{
	pb_admin_flag(ch->admin, PB_ADMIN_QUIESCED);
}
EXPORT_SYMBOL_GPL(partbus_channel_quiesced);

void partbus_channel_break(struct partbus_channel *ch, const char *fmt, ...)
{
	char reason[PARTBUS_REASON_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	/* The first violation counts and speaks; what follows from it does not. */
	if (!pb_channel_set_state(ch, PARTBUS_CHANNEL_STATE_BROKEN, reason))
		return;
	partbus_ch_err(ch, "channel broken: %s\n", reason);
	pb_admin_flag(ch->admin, PB_ADMIN_BROKEN);
}
EXPORT_SYMBOL_GPL(partbus_channel_break);

bool partbus_channel_contract(struct partbus_channel *ch, struct pb_contract *c)
{
	struct pb_admin *a = ch->admin;
	bool valid;

	mutex_lock(&a->contract_lock);
	valid = a->neg.have_contract && a->current_contract.epoch;
	if (valid)
		*c = a->current_contract;
	mutex_unlock(&a->contract_lock);
	return valid;
}
EXPORT_SYMBOL_GPL(partbus_channel_contract);
