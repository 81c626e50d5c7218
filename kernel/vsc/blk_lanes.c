// SPDX-License-Identifier: GPL-2.0
/*
 * All lanes of a disk together: which of them are in use, which queue and slots
 * each has, and the moves between paths and contracts. What goes over a lane is
 * in blk_lane.c.
 */
#include "blk.h"

#include <linux/slab.h>
#include <linux/wait_bit.h>

void pbd_lanes_init(struct pbd_disk *d)
{
	unsigned int i;

	d->nr_lanes = 1;
	for (i = 0; i < PARTBUS_MAX_QUEUES; i++) {
		pbd_lane_init(&d->lanes[i]);
		d->lanes[i].d = d;
		d->lanes[i].index = i;
	}
}

struct pbd_lane *pbd_lanes_lock(struct pbd_disk *d, unsigned int hctx, unsigned long *flags)
	__acquires(lane)
{
	struct pbd_lane *lane;

	/*
	 * Who read the old number may lock a lane that has just fallen out of use.
	 * pbd_lanes_open() changes the number first and then empties such lanes
	 * under their locks: either it finds what is put there, or the new number
	 * is seen here.
	 */
	for (;;) {
		lane = &d->lanes[hctx % READ_ONCE(d->nr_lanes)];
		spin_lock_irqsave(&lane->lock, *flags);
		if (lane->index < READ_ONCE(d->nr_lanes))
			return lane;
		spin_unlock_irqrestore(&lane->lock, *flags);
	}
}

/* Are the lanes attached to just these queues? */
static bool lanes_fit(struct pbd_disk *d, const struct pbd_terms *terms,
		      struct partbus_data *data)
{
	unsigned int i;

	if (d->nr_lanes != terms->queues)
		return false;
	for (i = 0; i < terms->queues; i++) {
		struct pbd_lane *lane = &d->lanes[i];

		if (!lane->attached || lane->q != &data->queues[i] ||
		    lane->terms.depth != terms->depth ||
		    lane->terms.slot_sectors != terms->slot_sectors)
			return false;
	}
	return true;
}

static void lane_attach(struct pbd_lane *lane, const struct pbd_terms *terms,
			struct partbus_queue *q, struct pbd_slot *slots, u16 *free)
{
	struct partbus_blk_done stale;
	unsigned long flags;
	unsigned int i;

	/*
	 * A channel that stopped and starts again may bring the same rings, with
	 * completions of requests that were taken back. The server starts with
	 * nothing in flight, so whatever is there now is stale.
	 */
	for (i = 0; i < 2 * PARTBUS_MAX_DEPTH; i++)
		if (partbus_queue_pop(q, &stale) <= 0)
			break;

	for (i = 0; i < terms->depth; i++)
		free[i] = terms->depth - 1 - i;	/* tag 0 on top */
	q->priv = lane;
	q->notify = pbd_lane_notify;

	spin_lock_irqsave(&lane->lock, flags);
	lane->q = q;
	lane->slots = slots;
	lane->free = free;
	lane->nr_free = terms->depth;
	lane->terms = *terms;
	lane->attached = true;
	spin_unlock_irqrestore(&lane->lock, flags);
	partbus_queue_listen(q);
}

int pbd_lanes_attach(struct pbd_disk *d, const struct pbd_terms *terms,
		     struct partbus_data *data)
{
	size_t total = (size_t)terms->queues * terms->depth;
	struct pbd_slot *slots;
	unsigned long flags;
	unsigned int i;
	u16 *free;

	lockdep_assert_held(&d->head.lock);
	if (data->layout.queues != terms->queues || data->layout.depth != terms->depth ||
	    data->layout.slot_size >> SECTOR_SHIFT != terms->slot_sectors)
		return -EINVAL;
	if (lanes_fit(d, terms, data)) {
		for (i = 0; i < terms->queues; i++) {
			spin_lock_irqsave(&d->lanes[i].lock, flags);
			d->lanes[i].terms = *terms;
			d->lanes[i].draining = false;
			spin_unlock_irqrestore(&d->lanes[i].lock, flags);
		}
		return 0;
	}

	/* First what may fail: on error the lanes are as they were. */
	slots = kvcalloc(total, sizeof(*slots), GFP_KERNEL);
	free = kvcalloc(total, sizeof(*free), GFP_KERNEL);
	if (!slots || !free) {
		kvfree(slots);
		kvfree(free);
		return -ENOMEM;
	}
	pbd_lanes_detach(d);
	d->slots = slots;
	d->free = free;
	WRITE_ONCE(d->nr_lanes, terms->queues);
	d->astray = true;
	for (i = 0; i < terms->queues; i++)
		lane_attach(&d->lanes[i], terms, &data->queues[i],
			    slots + (size_t)i * terms->depth, free + (size_t)i * terms->depth);
	return 0;
}

/* Takes back what the peer has; who fills or takes a slot just now sees @attached. */
static void lane_close(struct pbd_lane *lane)
{
	unsigned long flags;
	u32 tag;

	spin_lock_irqsave(&lane->lock, flags);
	if (lane->mode == PBD_OPEN)
		lane->mode = PBD_HOLD;
	lane->attached = false;
	lane->draining = false;
	for (tag = 0; tag < lane->terms.depth; tag++)
		if (lane->slots[tag].state == PBD_SLOT_SENT)
			pbd_chunk_lost(lane, tag);
	spin_unlock_irqrestore(&lane->lock, flags);
}

void pbd_lanes_detach(struct pbd_disk *d)
{
	unsigned int i;

	lockdep_assert_held(&d->head.lock);
	for (i = 0; i < PARTBUS_MAX_QUEUES; i++) {
		struct pbd_lane *lane = &d->lanes[i];

		if (!lane->attached)
			continue;
		lane_close(lane);
		/* From here on no notify() runs; who is pinned ends soon, without a peer. */
		partbus_queue_unlisten(lane->q);
		wait_var_event(&lane->pins, !atomic_read(&lane->pins));
		WRITE_ONCE(lane->q->stats.in_flight, 0);
		lane->q = NULL;
		lane->slots = NULL;
		lane->free = NULL;
	}
	kvfree(d->slots);
	kvfree(d->free);
	d->slots = NULL;
	d->free = NULL;
}

/* Lanes that fell out of use: what they hold goes to those in use. */
static void lanes_gather(struct pbd_disk *d)
{
	unsigned long flags;
	unsigned int i;

	for (i = d->nr_lanes; i < PARTBUS_MAX_QUEUES; i++) {
		struct pbd_lane *from = &d->lanes[i], *to = &d->lanes[i % d->nr_lanes];
		bool starved;
		LIST_HEAD(list);

		spin_lock_irqsave(&from->lock, flags);
		from->mode = PBD_HOLD;
		list_splice_init(&from->waiting, &list);
		starved = from->starved;
		from->starved = false;
		spin_unlock_irqrestore(&from->lock, flags);

		spin_lock_irqsave(&to->lock, flags);
		list_splice_tail(&list, &to->waiting);
		to->starved |= starved;
		spin_unlock_irqrestore(&to->lock, flags);
	}
}

void pbd_lanes_open(struct pbd_disk *d)
{
	unsigned long flags;
	unsigned int i;

	lockdep_assert_held(&d->head.lock);
	lanes_gather(d);
	for (i = 0; i < d->nr_lanes; i++) {
		struct pbd_lane *lane = &d->lanes[i];

		spin_lock_irqsave(&lane->lock, flags);
		lane->draining = false;
		lane->mode = PBD_OPEN;
		spin_unlock_irqrestore(&lane->lock, flags);
		/* Sends what waits, and looks at the ring once unasked. */
		queue_work(pbd_io_wq, &lane->pump);
	}
}

void pbd_lanes_quiesce(struct pbd_disk *d, struct partbus_channel *ch)
{
	unsigned long flags;
	unsigned int i;

	lockdep_assert_held(&d->head.lock);
	atomic_set(&d->draining, d->nr_lanes + 1);
	for (i = 0; i < d->nr_lanes; i++) {
		struct pbd_lane *lane = &d->lanes[i];

		spin_lock_irqsave(&lane->lock, flags);
		if (lane->mode == PBD_OPEN)
			lane->mode = PBD_HOLD;
		lane->draining = true;
		pbd_lane_freed(lane);
		/* What was pushed and not published yet must not wait for its like. */
		pbd_lane_issue(lane, flags, 0, true);
	}
	if (atomic_dec_and_test(&d->draining))
		partbus_channel_quiesced(ch);
}

void pbd_lanes_fail(struct pbd_disk *d, enum pbd_mode mode, blk_status_t status,
		    struct list_head *over)
{
	unsigned long flags;
	unsigned int i;

	lockdep_assert_held(&d->head.lock);
	for (i = 0; i < PARTBUS_MAX_QUEUES; i++) {
		struct pbd_lane *lane = &d->lanes[i];
		struct pbd_cmd *cmd, *next;

		spin_lock_irqsave(&lane->lock, flags);
		lane->mode = mode;
		list_for_each_entry_safe(cmd, next, &lane->waiting, node)
			pbd_cmd_refuse(cmd, status, over);
		pbd_lane_kick(lane);
		spin_unlock_irqrestore(&lane->lock, flags);
	}
}

void pbd_lanes_exit(struct pbd_disk *d)
{
	unsigned int i;

	for (i = 0; i < PARTBUS_MAX_QUEUES; i++) {
		/* Both end by themselves on a lane that is not attached. */
		cancel_delayed_work_sync(&d->lanes[i].watch);
		cancel_work_sync(&d->lanes[i].pump);
	}
}
