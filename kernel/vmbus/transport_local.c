// SPDX-License-Identifier: GPL-2.0
/*
 * The local transport: the same rings as for a guest, over plain pages, with an
 * irq_work for a doorbell, so that the listener runs as it would for an
 * interrupt and never inside whoever rang.
 */
#include <vmbus/transport_local.h>

#include <linux/export.h>
#include <linux/irq_work.h>
#include <linux/slab.h>

#include <partbus/channel.h>
#include <vmbus/inject.h>

struct local;

struct local_bell {
	struct irq_work work;
	struct pb_line *line;
};

/* One end: what it hears, and the base that its channel knows. */
struct local_end {
	struct pb_transport base;
	struct local *local;
	struct pb_lines lines;
	struct local_bell bells[PARTBUS_LINES];	/* of the lines above */
};

/**
 * struct local - both ends
 * @ref: one for each end that is not released
 * @end: by role
 * @lock: guards @placed and @client
 * @placed: the last data section and the one before, by its number's lowest bit
 * @client: to be told when a section is placed; no reference, NULL once released
 * @gave_up: as in struct pb_local_params
 * @reopen: as in struct pb_local_params
 * @owner: handed to both
 */
struct local {
	struct kref ref;
	struct local_end end[2];
	struct mutex lock;
	struct {
		u32 id;
		struct partbus_section *section;
	} placed[2];
	struct partbus_channel *client;
	void (*gave_up)(void *owner, const char *reason);
	void (*reopen)(void *owner);
	void *owner;
};

static struct local_end *to_end(struct pb_transport *t)
{
	return container_of(t, struct local_end, base);
}

static void local_heard(struct irq_work *work)
{
	pb_line_heard(container_of(work, struct local_bell, work)->line);
}

static void local_ring(struct pb_transport *t, u32 line)
{
	struct local_end *end = to_end(t);
	struct local_end *peer = &end->local->end[end == &end->local->end[0]];

	irq_work_queue(&peer->bells[line].work);
}

static int local_data_make(struct pb_transport *t, u32 data_id, u64 size,
			   struct partbus_section **s)
{
	struct local *local = to_end(t)->local;
	struct partbus_section *section = pb_section_alloc(size), *old;

	if (IS_ERR(section))
		return PTR_ERR(section);
	*s = pb_section_get(section);
	partbus_inject(PARTBUS_INJECT_PLACED, NULL, PARTBUS_INJECT_PLACED_DATA);
	mutex_lock(&local->lock);
	old = local->placed[data_id & 1].section;
	local->placed[data_id & 1].section = section;
	local->placed[data_id & 1].id = data_id;
	if (local->client)
		pb_channel_kick(local->client);
	mutex_unlock(&local->lock);
	pb_section_put(old);
	return 0;
}

static int local_data_find(struct pb_transport *t, u32 data_id, u64 size,
			   struct partbus_section **s)
{
	struct local *local = to_end(t)->local;
	int ret = -EAGAIN;

	mutex_lock(&local->lock);
	if (local->placed[data_id & 1].section && local->placed[data_id & 1].id == data_id) {
		*s = pb_section_get(local->placed[data_id & 1].section);
		ret = pb_section_size(*s) < size ? -EPROTO : 0;
		if (ret)
			pb_section_put(*s);
	}
	mutex_unlock(&local->lock);
	return ret;
}

static void local_broken(struct pb_transport *t, const char *reason)
{
	struct local *local = to_end(t)->local;

	local->gave_up(local->owner, reason);
}

static void local_reopen(struct pb_transport *t)
{
	struct local *local = to_end(t)->local;

	local->reopen(local->owner);
}

static void local_free(struct kref *ref)
{
	struct local *local = container_of(ref, struct local, ref);
	unsigned int i, line;

	for (i = 0; i < 2; i++) {
		for (line = 0; line < PARTBUS_LINES; line++)
			irq_work_sync(&local->end[i].bells[line].work);
		pb_section_put(local->placed[i].section);
	}
	kfree(local);
}

static void local_release(struct pb_transport *t)
{
	struct local_end *end = to_end(t);
	struct local *local = end->local;

	if (end == &local->end[PARTBUS_ROLE_CLIENT]) {
		mutex_lock(&local->lock);
		local->client = NULL;
		mutex_unlock(&local->lock);
	}
	kref_put(&local->ref, local_free);
}

static const struct pb_transport_ops local_ops = {
	.ring = local_ring,
	.data_make = local_data_make,
	.data_find = local_data_find,
	.broken = local_broken,
	.reopen = local_reopen,
};

static struct local *local_alloc(const struct pb_local_params *p)
{
	struct local *local = kzalloc(sizeof(*local), GFP_KERNEL);
	unsigned int i, line;

	if (!local)
		return NULL;
	kref_init(&local->ref);
	mutex_init(&local->lock);
	local->gave_up = p->gave_up;
	local->reopen = p->reopen;
	local->owner = p->owner;
	for (i = 0; i < 2; i++) {
		struct local_end *end = &local->end[i];

		end->local = local;
		end->base.ops = &local_ops;
		end->base.lines = &end->lines;
		end->base.release = local_release;
		pb_lines_init(&end->lines);
		for (line = 0; line < PARTBUS_LINES; line++) {
			init_irq_work(&end->bells[line].work, local_heard);
			end->bells[line].line = &end->lines.line[line];
		}
	}
	return local;
}

int pb_local_new(const struct pb_local_params *p, struct partbus_channel **server,
		 struct partbus_channel **client)
{
	struct pb_channel_params cp = p->channel;
	struct local *local;
	int ret;

	cp.admin = pb_section_alloc(PARTBUS_ADMIN_SIZE);
	if (IS_ERR(cp.admin))
		return PTR_ERR(cp.admin);
	pb_channel_format(cp.admin, cp.id, cp.class);
	local = local_alloc(p);
	if (!local) {
		ret = -ENOMEM;
		goto out;
	}
	cp.line_in = 1;
	cp.line_out = 1;
	cp.role = PARTBUS_ROLE_SERVER;
	cp.transport = &local->end[PARTBUS_ROLE_SERVER].base;
	*server = pb_channel_new(&cp);
	if (IS_ERR(*server)) {
		ret = PTR_ERR(*server);
		goto out;
	}
	cp.role = PARTBUS_ROLE_CLIENT;
	cp.limits = NULL;
	cp.place = NULL;
	cp.transport = &local->end[PARTBUS_ROLE_CLIENT].base;
	kref_get(&local->ref);
	*client = pb_channel_new(&cp);
	if (IS_ERR(*client)) {
		ret = PTR_ERR(*client);
		pb_channel_put(*server);
		goto out;
	}
	mutex_lock(&local->lock);
	local->client = *client;
	mutex_unlock(&local->lock);
	ret = 0;
out:
	pb_section_put(cp.admin);
	return ret;
}
EXPORT_SYMBOL_GPL(pb_local_new);
