// SPDX-License-Identifier: GPL-2.0
/* The queue calls of <vmbus/partbus.h>: rings, slots and doorbells of one queue. */
#include <vmbus/partbus.h>

#include <linux/export.h>

#include <partbus/channel.h>
#include <vmbus/inject.h>
#include <vmbus/line.h>
#include <vmbus/lines.h>
#include <vmbus/section.h>
#include <vmbus/trace.h>
#include <vmbus/transport.h>

static bool queue_heard(struct partbus_listener *l)
{
	struct partbus_queue *q = container_of(l, struct partbus_queue, listener);

	/* Lines are shared: most of what is heard may be for others. */
	if (!pb_ring_pending(&q->in))
		return false;
	atomic64_inc(&q->stats.doorbells_received);
	trace_partbus_doorbell_received(q);
	q->notify(q);
	return true;
}

void partbus_queue_listen(struct partbus_queue *q)
{
	if (q->listening)
		return;
	q->listener.notify = queue_heard;
	pb_line_listen(&q->channel->transport->lines->line[q->line], &q->listener);
	q->listening = true;
}
EXPORT_SYMBOL_GPL(partbus_queue_listen);

void partbus_queue_unlisten(struct partbus_queue *q)
{
	if (!q->listening)
		return;
	pb_line_unlisten(&q->channel->transport->lines->line[q->line], &q->listener);
	q->listening = false;
}
EXPORT_SYMBOL_GPL(partbus_queue_unlisten);

void partbus_queue_affine(struct partbus_queue *q, const struct cpumask *cpus)
{
	struct pb_transport *t = q->channel->transport;

	if (t->ops->affine)
		t->ops->affine(t, q->line, cpus);
}
EXPORT_SYMBOL_GPL(partbus_queue_affine);

int partbus_queue_push(struct partbus_queue *q, const void *entry)
{
	u8 room[PARTBUS_SQE_SIZE];

	if (partbus_inject_entry(q->channel, &entry, room, q->out.entry_size))
		return 0;
	return pb_ring_produce(&q->out, entry);
}
EXPORT_SYMBOL_GPL(partbus_queue_push);

bool partbus_queue_publish(struct partbus_queue *q)
{
	return pb_ring_publish(&q->out);
}
EXPORT_SYMBOL_GPL(partbus_queue_publish);

void partbus_queue_ring(struct partbus_queue *q)
{
	struct pb_transport *t = q->channel->transport;

	atomic64_inc(&q->stats.doorbells_sent);
	trace_partbus_doorbell_sent(q);
	if (partbus_inject_send(PARTBUS_INJECT_BELL, q->channel, 0, NULL, 0))
		return;
	t->ops->ring(t, pb_line_of_queue(q->channel->line_out, q->index));
}
EXPORT_SYMBOL_GPL(partbus_queue_ring);

int partbus_queue_unread(struct partbus_queue *q)
{
	return pb_ring_unread(&q->out);
}
EXPORT_SYMBOL_GPL(partbus_queue_unread);

int partbus_queue_pop(struct partbus_queue *q, void *entry)
{
	int ret = pb_ring_consume(&q->in, entry);

	/*
	 * At once, not once a batch: a tag becomes free when its entry has been
	 * answered, and the entry of the tag's next use must find a place. With
	 * as many places as tags the producer then never finds the ring full.
	 */
	if (ret > 0)
		pb_ring_give_back(&q->in);
	return ret;
}
EXPORT_SYMBOL_GPL(partbus_queue_pop);

bool partbus_queue_arm(struct partbus_queue *q)
{
	return pb_ring_arm(&q->in);
}
EXPORT_SYMBOL_GPL(partbus_queue_arm);

bool partbus_queue_pending(const struct partbus_queue *q)
{
	return pb_ring_pending(&q->in);
}
EXPORT_SYMBOL_GPL(partbus_queue_pending);

void *partbus_queue_slot(const struct partbus_queue *q, u32 tag)
{
	return q->section->va + q->slots_offset + (u64)tag * q->slot_size;
}
EXPORT_SYMBOL_GPL(partbus_queue_slot);

struct page *partbus_queue_slot_page(const struct partbus_queue *q, u32 tag, u32 offset)
{
	u64 at = q->slots_offset + (u64)tag * q->slot_size + offset;

	return q->section->pages[at >> PAGE_SHIFT];
}
EXPORT_SYMBOL_GPL(partbus_queue_slot_page);
