// SPDX-License-Identifier: GPL-2.0
/*
 * One lane at work: sending what waits, taking completions, looking for lost
 * doorbells. What a request is made of is in blk_chunk.c, attaching to a path
 * in blk_lanes.c.
 *
 * Contexts: the block layer's dispatch, the pump, and the queue's notify(), which
 * may be a hard interrupt. Completions are believed only for a slot that is
 * SENT, and only with the length that was asked for; anything else breaks the
 * channel.
 */
#include "blk.h"

#include <linux/ktime.h>
#include <linux/nospec.h>
#include <linux/wait_bit.h>

#include <vsc/blk_answer.h>

/* Completions that are taken under one hold of the lock. */
#define BATCH		16
/*
 * Copied for one notify(): about what a CPU copies in some ten microseconds. The
 * rest is the pump's, so that neither a storm of interrupts nor a ring that
 * never gets empty holds the CPU.
 */
#define NOTIFY_BUDGET	(128u << 10)
#define PUMP_BUDGET	(1u << 20)
/* What a completion costs besides its copy, in bytes. */
#define DONE_COST	512u
#define PUMP_CHUNKS	64u

/* The lock is held and the lane attached. */
static void lane_pin(struct pbd_lane *lane)
{
	lockdep_assert_held(&lane->lock);
	atomic_inc(&lane->pins);
}

/*
 * The lane may be detached, and the disk freed after a grace period, as soon as
 * the last pin is gone: only the address is used after that.
 */
static void lane_unpin(struct pbd_lane *lane)
{
	atomic_t *pins = &lane->pins;

	if (atomic_dec_and_test(pins))
		wake_up_var(pins);
}

void pbd_lane_kick(struct pbd_lane *lane)
{
	lockdep_assert_held(&lane->lock);
	if (lane->starved || !list_empty(&lane->waiting))
		queue_work(pbd_io_wq, &lane->pump);
}

void pbd_lane_freed(struct pbd_lane *lane)
{
	struct pbd_disk *d = lane->d;

	lockdep_assert_held(&lane->lock);
	WRITE_ONCE(lane->q->stats.in_flight, lane->terms.depth - lane->nr_free);
	if (lane->nr_free < lane->terms.depth || !lane->draining)
		return;
	lane->draining = false;
	if (atomic_dec_and_test(&d->draining))
		partbus_channel_quiesced(lane->q->channel);
}

/* Puts the chunk of a filled slot on the ring. */
static int lane_push(struct pbd_lane *lane, u16 tag, const struct pbd_chunk *c)
{
	struct pbd_slot *slot = &lane->slots[tag];
	struct partbus_queue *q = lane->q;
	struct partbus_blk_req req = {
		.op = c->op,
		.flags = c->flags,
		.tag = cpu_to_le16(tag),
		.sectors = cpu_to_le32(c->sectors),
	};
	int ret;

	if (c->op != PARTBUS_BLK_FLUSH)
		req.sector = cpu_to_le64(blk_rq_pos(slot->rq) + c->offset);
	ret = partbus_queue_push(q, &req);
	/* Also on error: stop() takes it back, which the broken channel brings. */
	slot->state = PBD_SLOT_SENT;
	slot->sent = ktime_get_ns();
	if (ret)
		return ret;
	q->stats.requests++;
	if (c->op == PARTBUS_BLK_READ || c->op == PARTBUS_BLK_WRITE)
		q->stats.bytes += (u64)c->sectors << SECTOR_SHIFT;
	WRITE_ONCE(q->stats.in_flight, lane->terms.depth - lane->nr_free);
	if (!lane->watched) {
		lane->watched = true;
		lane->watch_taken = lane->taken;
		queue_delayed_work(pbd_io_wq, &lane->watch, PBD_WATCH_INTERVAL);
	}
	return 0;
}

void pbd_lane_issue(struct pbd_lane *lane, unsigned long flags, unsigned int budget,
		    bool publish) __releases(&lane->lock)
{
	struct partbus_queue *q = lane->q;
	struct pbd_chunk c;
	struct pbd_cmd *cmd;
	LIST_HEAD(over);
	bool ring = false;
	int err = 0;
	u16 tag;

	lockdep_assert_held(&lane->lock);
	if (!lane->attached) {
		spin_unlock_irqrestore(&lane->lock, flags);
		return;
	}
	lane_pin(lane);
	while (lane->mode == PBD_OPEN) {
		cmd = list_first_entry_or_null(&lane->waiting, struct pbd_cmd, node);
		if (!cmd)
			break;
		if (!pbd_chunk_next(lane, cmd, &c)) {
			pbd_cmd_refuse(cmd, BLK_STS_NOTSUPP, &over);
			continue;
		}
		if (!lane->nr_free)
			break;
		if (!budget--) {
			pbd_lane_kick(lane);
			break;
		}
		tag = pbd_chunk_take(lane, cmd, &c);
		if (c.op == PARTBUS_BLK_WRITE) {
			spin_unlock_irqrestore(&lane->lock, flags);
			pbd_chunk_copy_in(lane, tag);
			spin_lock_irqsave(&lane->lock, flags);
			/* Detaching waits for the pin, but has taken back what was SENT. */
			if (!lane->attached) {
				pbd_chunk_lost(lane, tag);
				break;
			}
		}
		err = lane_push(lane, tag, &c);
		if (err) {
			lane->mode = PBD_HOLD;
			break;
		}
	}
	if (publish && lane->attached)
		ring = partbus_queue_publish(q);
	spin_unlock_irqrestore(&lane->lock, flags);

	if (ring)
		partbus_queue_ring(q);
	/*
	 * -ENOSPC: there is an entry for every slot, so a full ring with a free
	 * slot is a peer that answered without having taken the request.
	 */
	if (err)
		partbus_channel_break(q->channel, "submission ring of queue %u: error %d",
				      q->index, err);
	lane_unpin(lane);
	pbd_cmds_end(&over);
}

/**
 * struct lane_done - a completion that was checked
 * @tag: its slot, TAKEN
 * @status: what it says
 */
struct lane_done {
	u16 tag;
	blk_status_t status;
};

/* NULL, or what is wrong with a completion. */
static const char *lane_check(struct pbd_lane *lane, const struct partbus_blk_done *e,
			      struct lane_done *done)
{
	int tag = pb_blk_answer_tag(e, lane->terms.depth);
	struct pbd_slot *slot;
	const char *why;
	u16 status;

	if (tag < 0)
		return "tag beyond the depth";
	/* The branch above may be predicted wrongly, with a tag of the peer's choice. */
	tag = array_index_nospec(tag, lane->terms.depth);
	slot = &lane->slots[tag];
	if (pb_blk_answered(e, slot->state == PBD_SLOT_SENT ? slot->op : 0, slot->sectors,
			    &status, &why))
		return why;
	done->tag = tag;
	done->status = pbd_wire_status(status);
	/* Where there is nothing to be flushed a provider may say so. */
	if (slot->op == PARTBUS_BLK_FLUSH && status == PARTBUS_BLK_S_NOTSUPP &&
	    !lane->terms.write_cache)
		done->status = BLK_STS_OK;
	slot->state = PBD_SLOT_TAKEN;
	return NULL;
}

/*
 * Takes what is on the ring, at most BATCH; the lock is held, the lane attached.
 * What was taken before something wrong was found counts.
 */
static unsigned int lane_take(struct pbd_lane *lane, struct lane_done *done, const char **wrong)
{
	struct partbus_blk_done e;
	unsigned int n = 0;
	int ret;

	lockdep_assert_held(&lane->lock);
	while (n < BATCH) {
		ret = partbus_queue_pop(lane->q, &e);
		if (!ret)
			break;
		*wrong = ret < 0 ? "impossible index" : lane_check(lane, &e, &done[n]);
		if (*wrong) {
			lane->mode = PBD_HOLD;
			break;
		}
		n++;
	}
	lane->taken += n;
	return n;
}

bool pbd_lane_consume(struct pbd_lane *lane, unsigned int budget)
{
	struct lane_done done[BATCH];
	const char *wrong = NULL;
	struct partbus_queue *q;
	unsigned int i, n, cost;
	unsigned long flags;
	LIST_HEAD(over);
	bool more = false;
	u64 now;

	spin_lock_irqsave(&lane->lock, flags);
	if (!lane->attached) {
		spin_unlock_irqrestore(&lane->lock, flags);
		return false;
	}
	q = lane->q;
	lane_pin(lane);
	for (;;) {
		n = lane_take(lane, done, &wrong);
		cost = DONE_COST;
		if (n) {
			now = ktime_get_ns();
			for (i = 0; i < n; i++)
				pb_latency_add(&q->stats.latency,
					       now - lane->slots[done[i].tag].sent);
			spin_unlock_irqrestore(&lane->lock, flags);
			for (i = 0; i < n; i++) {
				struct pbd_slot *slot = &lane->slots[done[i].tag];

				cost += DONE_COST;
				if (slot->op != PARTBUS_BLK_READ || done[i].status)
					continue;
				pbd_chunk_copy_out(lane, done[i].tag);
				cost += slot->sectors << SECTOR_SHIFT;
			}
			spin_lock_irqsave(&lane->lock, flags);
			for (i = 0; i < n; i++) {
				if (done[i].status)
					q->stats.errors++;
				pbd_chunk_over(lane, done[i].tag, done[i].status, &over);
			}
			pbd_lane_freed(lane);
		}
		/* A lane that was detached meanwhile has no use for what comes. */
		if (wrong || !lane->attached)
			break;
		if (!n && !partbus_queue_arm(q))
			break;
		if (budget <= cost) {
			more = true;
			break;
		}
		budget -= cost;
	}
	if (lane->nr_free)
		pbd_lane_kick(lane);
	spin_unlock_irqrestore(&lane->lock, flags);

	pbd_cmds_end(&over);
	if (wrong)
		partbus_channel_break(q->channel, "completion on queue %u: %s", q->index, wrong);
	lane_unpin(lane);
	return more;
}

void pbd_lane_notify(struct partbus_queue *q)
{
	struct pbd_lane *lane = q->priv;

	if (pbd_lane_consume(lane, NOTIFY_BUDGET))
		queue_work(pbd_io_wq, &lane->pump);
}

/*
 * Not a loop: a work that queues itself again lets others run, and can be
 * cancelled while there is no end of completions.
 */
static void lane_pump(struct work_struct *work)
{
	struct pbd_lane *lane = container_of(work, struct pbd_lane, pump);
	unsigned long flags;
	bool again, run;

	again = pbd_lane_consume(lane, PUMP_BUDGET);
	spin_lock_irqsave(&lane->lock, flags);
	pbd_lane_issue(lane, flags, PUMP_CHUNKS, true);

	spin_lock_irqsave(&lane->lock, flags);
	run = lane->starved && (lane->mode != PBD_OPEN ||
				(lane->nr_free && list_empty(&lane->waiting)));
	if (run)
		lane->starved = false;
	spin_unlock_irqrestore(&lane->lock, flags);
	if (run)
		blk_mq_run_hw_queues(lane->d->disk->queue, true);
	if (again)
		queue_work(pbd_io_wq, &lane->pump);
}

/*
 * Doorbells are hints and may get lost, in both directions: while something is
 * in flight and nothing came since the last look, ring again and look at the
 * ring. A doorbell too many does no harm.
 */
static void lane_watch(struct work_struct *work)
{
	struct pbd_lane *lane = container_of(to_delayed_work(work), struct pbd_lane, watch);
	struct partbus_queue *q = NULL;
	unsigned long flags;

	spin_lock_irqsave(&lane->lock, flags);
	if (!lane->attached || lane->nr_free == lane->terms.depth) {
		lane->watched = false;
		spin_unlock_irqrestore(&lane->lock, flags);
		return;
	}
	if (lane->watch_taken == lane->taken) {
		q = lane->q;
		q->stats.rearms++;
		partbus_queue_publish(q);
		lane_pin(lane);
	}
	lane->watch_taken = lane->taken;
	queue_delayed_work(pbd_io_wq, &lane->watch, PBD_WATCH_INTERVAL);
	spin_unlock_irqrestore(&lane->lock, flags);

	if (!q)
		return;
	partbus_queue_ring(q);
	lane_unpin(lane);
	if (pbd_lane_consume(lane, PUMP_BUDGET))
		queue_work(pbd_io_wq, &lane->pump);
}

void pbd_lane_init(struct pbd_lane *lane)
{
	spin_lock_init(&lane->lock);
	lane->mode = PBD_HOLD;
	INIT_LIST_HEAD(&lane->waiting);
	atomic_set(&lane->pins, 0);
	INIT_WORK(&lane->pump, lane_pump);
	INIT_DELAYED_WORK(&lane->watch, lane_watch);
}
