// SPDX-License-Identifier: GPL-2.0
/* Makes queues out of a data section. Not: how they are used (queue.c). */
#include <vmbus/data.h>

#include <linux/slab.h>

#include <vmbus/line.h>
#include <vmbus/lines.h>
#include <vmbus/transport.h>

static void data_init_queue(struct partbus_channel *ch, struct partbus_data *d, u32 i,
			    bool format)
{
	const struct pb_layout *l = &d->layout;
	struct partbus_queue *q = &d->queues[i];
	struct partbus_ring_ctl *sq = d->section->va + pb_layout_sq(l, i);
	struct partbus_ring_ctl *cq = d->section->va + pb_layout_cq(l, i);
	bool client = ch->role == PARTBUS_ROLE_CLIENT;

	q->channel = ch;
	q->index = i;
	q->depth = l->depth;
	q->slot_size = l->slot_size;
	q->section = d->section;
	q->slots_offset = pb_layout_slot(l, i, 0);
	q->line = pb_line_of_queue(ch->line_in, i);
	INIT_LIST_HEAD(&q->listener.node);
	if (format) {
		pb_ring_format(sq);
		pb_ring_format(cq);
	}
	pb_ring_init(client ? &q->out : &q->in, sq, sq + 1, l->ring_entries, PARTBUS_SQE_SIZE);
	pb_ring_init(client ? &q->in : &q->out, cq, cq + 1, l->ring_entries, PARTBUS_CQE_SIZE);
}

struct partbus_data *pb_data_new(struct partbus_channel *ch, const struct pb_layout *l,
				 u32 id, struct partbus_section *s, bool format)
{
	struct partbus_data *d;
	u32 i;

	if (pb_section_size(s) < l->size) {
		pb_section_put(s);
		return ERR_PTR(-EPROTO);
	}
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		goto err_put;
	d->queues = kcalloc(l->queues, sizeof(*d->queues), GFP_KERNEL);
	if (!d->queues)
		goto err_free;
	d->layout = *l;
	d->id = id;
	d->section = s;
	for (i = 0; i < l->queues; i++)
		data_init_queue(ch, d, i, format);
	return d;

err_free:
	kfree(d);
err_put:
	pb_section_put(s);
	return ERR_PTR(-ENOMEM);
}

void pb_data_free(struct partbus_data *d)
{
	u32 i;

	if (!d)
		return;
	for (i = 0; i < d->layout.queues; i++)
		partbus_queue_unlisten(&d->queues[i]);
	pb_section_put(d->section);
	kfree(d->queues);
	kfree(d);
}
