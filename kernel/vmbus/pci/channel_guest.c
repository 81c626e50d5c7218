// SPDX-License-Identifier: GPL-2.0
/*
 * Channel ends in a guest: made by an offer, taken down by a rescind. Each has
 * a work of its own, so that a slow driver holds up no other channel and no
 * control message.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include <partbus/channel.h>

#include "guest.h"

/**
 * struct guest_channel - one channel end and its transport
 * @base: the transport
 * @ref: from the list, from the channel's transport, and from every run of @work
 *	that is queued
 * @guest: the window
 * @id: the channel's in this kernel
 * @node: in @guest.channels; its lock
 * @work: adds the end to the bus, takes it off again; never runs twice at once
 * @ch: the end while it is on the bus, or NULL; @guest.lock
 * @offer: what the host said
 * @rescinded: take it down; @guest.lock
 * @reason: why; @guest.lock
 * @tried: it has been added, or could not be; @guest.lock
 * @left: it is being taken down; @guest.lock
 * @placed: data sections announced last, by their numbers' lowest bit; @guest.lock
 */
struct guest_channel {
	struct pb_transport base;
	struct kref ref;
	struct pb_guest *guest;
	u32 id;
	struct list_head node;
	struct work_struct work;
	struct partbus_channel *ch;
	struct partbus_ctrl_offer offer;
	bool rescinded;
	u32 reason;
	bool tried;
	bool left;
	struct {
		u32 id;
		u64 offset;
		u64 size;
	} placed[2];
};

static struct guest_channel *to_gc(struct pb_transport *t)
{
	return container_of(t, struct guest_channel, base);
}

static void gc_free(struct kref *ref)
{
	struct guest_channel *gc = container_of(ref, struct guest_channel, ref);

	pb_channel_id_put(gc->id);
	kfree(gc);
}

static void gc_ring(struct pb_transport *t, u32 line)
{
	pb_guest_ring(to_gc(t)->guest, line);
}

static void gc_affine(struct pb_transport *t, u32 line, const struct cpumask *cpus)
{
	pb_guest_vector_affine(to_gc(t)->guest, line, cpus);
}

static int gc_data_find(struct pb_transport *t, u32 data_id, u64 size,
			struct partbus_section **s)
{
	struct guest_channel *gc = to_gc(t);
	struct pb_guest *g = gc->guest;
	u64 offset = 0;
	int ret = -EAGAIN;

	mutex_lock(&g->lock);
	if (gc->placed[data_id & 1].size && gc->placed[data_id & 1].id == data_id) {
		offset = gc->placed[data_id & 1].offset;
		ret = gc->placed[data_id & 1].size == size ? 0 : -EPROTO;
	}
	mutex_unlock(&g->lock);
	if (ret)
		return ret;
	*s = pb_section_view(g->base + offset, size);
	return PTR_ERR_OR_ZERO(*s);
}

static void gc_broken(struct pb_transport *t, const char *reason)
{
	struct guest_channel *gc = to_gc(t);
	struct partbus_ctrl_broken m = { .channel = gc->offer.channel };

	strscpy(m.reason, reason, sizeof(m.reason));
	pb_ctrl_send(&gc->guest->ctrl, PARTBUS_CTRL_BROKEN, &m, sizeof(m));
}

static void gc_send_released(struct guest_channel *gc)
{
	struct partbus_ctrl_released m = { .channel = gc->offer.channel };

	pb_ctrl_send(&gc->guest->ctrl, PARTBUS_CTRL_RELEASED, &m, sizeof(m));
}

static void gc_reopen(struct pb_transport *t)
{
	gc_send_released(to_gc(t));
}

static void gc_release(struct pb_transport *t)
{
	kref_put(&to_gc(t)->ref, gc_free);
}

static const struct pb_transport_ops gc_ops = {
	.ring = gc_ring,
	.affine = gc_affine,
	.data_find = gc_data_find,
	.broken = gc_broken,
	.reopen = gc_reopen,
};

static int gc_add(struct guest_channel *gc)
{
	const struct partbus_ctrl_offer *o = &gc->offer;
	struct pb_guest *g = gc->guest;
	struct pb_channel_params p = {
		.id = gc->id,
		.class = le32_to_cpu(o->class),
		.role = le32_to_cpu(o->role),
		.peer = le32_to_cpu(o->peer),
		.resource = o->resource_name,
		.serial = o->serial,
		.line_in = le16_to_cpu(o->line_in),
		.line_out = le16_to_cpu(o->line_out),
		.transport = &gc->base,
		.parent = &g->pdev->dev,
	};
	struct partbus_channel *ch;
	uuid_t uuid;
	int ret;

	import_uuid(&uuid, o->resource_uuid);
	p.uuid = &uuid;
	p.admin = pb_section_view(g->base + le64_to_cpu(o->admin_offset), PARTBUS_ADMIN_SIZE);
	if (IS_ERR(p.admin))
		return PTR_ERR(p.admin);
	kref_get(&gc->ref);
	ch = pb_channel_new(&p);
	pb_section_put(p.admin);
	if (IS_ERR(ch))
		return PTR_ERR(ch);
	mutex_lock(&g->lock);
	gc->ch = ch;
	mutex_unlock(&g->lock);
	ret = pb_channel_add(ch);
	if (!ret)
		return 0;
	mutex_lock(&g->lock);
	gc->ch = NULL;
	mutex_unlock(&g->lock);
	pb_channel_put(ch);
	return ret;
}

static void gc_queue(struct guest_channel *gc)
{
	kref_get(&gc->ref);
	if (!queue_work(gc->guest->wq, &gc->work))
		kref_put(&gc->ref, gc_free);
}

static void gc_take_down(struct guest_channel *gc, struct partbus_channel *ch, u32 reason)
{
	struct pb_guest *g = gc->guest;
	bool tell;

	if (ch) {
		pb_channel_del(ch, reason);
		pb_channel_put(ch);
	}
	mutex_lock(&g->lock);
	list_del(&gc->node);
	/* Whoever lets go of the window lets go of all channels at once. */
	tell = !g->leaving;
	mutex_unlock(&g->lock);
	if (tell)
		gc_send_released(gc);
	kref_put(&gc->ref, gc_free);
}

static void gc_run(struct guest_channel *gc)
{
	struct pb_guest *g = gc->guest;
	bool rescinded, left, tried;
	struct partbus_channel *ch;
	u32 reason;
	int ret;

	mutex_lock(&g->lock);
	rescinded = gc->rescinded;
	reason = gc->reason;
	left = gc->left;
	tried = gc->tried;
	ch = gc->ch;
	if (rescinded) {
		gc->left = true;
		gc->ch = NULL;
	}
	gc->tried = true;
	mutex_unlock(&g->lock);
	if (left)
		return;
	if (rescinded) {
		gc_take_down(gc, ch, reason);
		return;
	}
	if (tried)
		return;
	ret = gc_add(gc);
	if (ret) {
		dev_err(&g->pdev->dev, "channel %u to %s: error %d\n",
			le32_to_cpu(gc->offer.channel), gc->offer.resource_name, ret);
		gc_broken(&gc->base, "the guest cannot add the channel");
	}
}

static void gc_work(struct work_struct *work)
{
	struct guest_channel *gc = container_of(work, struct guest_channel, work);
	unsigned int noio = memalloc_noio_save();	/* a disk may wait for this channel */

	gc_run(gc);
	kref_put(&gc->ref, gc_free);
	memalloc_noio_restore(noio);
}

static struct guest_channel *gc_find(struct pb_guest *g, u32 channel)
{
	struct guest_channel *gc;

	lockdep_assert_held(&g->lock);
	list_for_each_entry(gc, &g->channels, node)
		if (le32_to_cpu(gc->offer.channel) == channel)
			return gc;
	return NULL;
}

void pb_guest_offer(struct pb_guest *g, const struct partbus_ctrl_offer *m)
{
	const char *wrong = pb_guest_offer_wrong(&g->window, m);
	struct guest_channel *gc;
	int id;

	if (wrong) {
		dev_err_ratelimited(&g->pdev->dev, "the offer of channel %u has %s\n",
				    le32_to_cpu(m->channel), wrong);
		return;
	}
	gc = kzalloc(sizeof(*gc), GFP_NOIO);
	if (!gc)
		return;
	id = pb_channel_id_like(le32_to_cpu(m->channel));
	if (id < 0) {
		kfree(gc);
		return;
	}
	if (id != le32_to_cpu(m->channel))
		dev_info(&g->pdev->dev, "channel %u of the host is %d here\n",
			 le32_to_cpu(m->channel), id);
	gc->id = id;
	kref_init(&gc->ref);
	gc->base.ops = &gc_ops;
	gc->base.lines = &g->lines;
	gc->base.users = &g->users;
	gc->base.release = gc_release;
	gc->guest = g;
	gc->offer = *m;
	INIT_WORK(&gc->work, gc_work);
	mutex_lock(&g->lock);
	if (g->leaving || gc_find(g, le32_to_cpu(m->channel))) {
		mutex_unlock(&g->lock);
		kref_put(&gc->ref, gc_free);
		return;
	}
	list_add_tail(&gc->node, &g->channels);
	gc_queue(gc);
	mutex_unlock(&g->lock);
}

static void gc_rescind(struct guest_channel *gc, u32 reason)
{
	lockdep_assert_held(&gc->guest->lock);
	if (gc->rescinded)
		return;
	gc->rescinded = true;
	gc->reason = reason;
	gc_queue(gc);
}

void pb_guest_rescind(struct pb_guest *g, u32 channel, u32 reason)
{
	struct partbus_ctrl_released m = { .channel = cpu_to_le32(channel) };
	struct guest_channel *gc;

	mutex_lock(&g->lock);
	gc = gc_find(g, channel);
	if (gc)
		gc_rescind(gc, reason);
	mutex_unlock(&g->lock);
	/* Never made, or gone already: the host waits for the word all the same. */
	if (!gc)
		pb_ctrl_send(&g->ctrl, PARTBUS_CTRL_RELEASED, &m, sizeof(m));
}

void pb_guest_withdrawn(const struct partbus_ctrl_withdrawn *m)
{
	uuid_t uuid;

	import_uuid(&uuid, m->resource_uuid);
	pb_bus_withdrawn(le32_to_cpu(m->class), &uuid);
}

void pb_guest_data_placed(struct pb_guest *g, const struct partbus_ctrl_data_placed *m)
{
	u64 offset = le64_to_cpu(m->offset), size = le64_to_cpu(m->size);
	const char *wrong = pb_guest_placed_wrong(&g->window, m);
	u32 id = le32_to_cpu(m->data_id);
	struct guest_channel *gc;

	if (wrong) {
		dev_err_ratelimited(&g->pdev->dev, "the data of channel %u have %s\n",
				    le32_to_cpu(m->channel), wrong);
		return;
	}
	mutex_lock(&g->lock);
	gc = gc_find(g, le32_to_cpu(m->channel));
	if (gc) {
		gc->placed[id & 1].id = id;
		gc->placed[id & 1].offset = offset;
		gc->placed[id & 1].size = size;
		if (gc->ch)
			pb_channel_kick(gc->ch);
	}
	mutex_unlock(&g->lock);
}

void pb_guest_rescind_all(struct pb_guest *g, u32 reason)
{
	struct guest_channel *gc;

	mutex_lock(&g->lock);
	g->leaving = true;
	list_for_each_entry(gc, &g->channels, node)
		gc_rescind(gc, reason);
	mutex_unlock(&g->lock);
	flush_workqueue(g->wq);
}
