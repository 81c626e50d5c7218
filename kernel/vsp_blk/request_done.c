// SPDX-License-Identifier: GPL-2.0
/*
 * Answering requests. Ends of bios come in any context, with interrupts off or
 * on, maybe while the worker still submits, maybe long after the channel has
 * been stopped.
 */
#include <linux/ktime.h>

#include "trace.h"
#include "vsp_blk.h"

/* The only place where the block layer's results become wire values. */
static u16 status_to_wire(blk_status_t status)
{
	switch (status) {
	case BLK_STS_OK:
		return PARTBUS_BLK_S_OK;
	case BLK_STS_NOTSUPP:
		return PARTBUS_BLK_S_NOTSUPP;
	case BLK_STS_NOSPC:
		return PARTBUS_BLK_S_NOSPC;
	case BLK_STS_MEDIUM:
		return PARTBUS_BLK_S_MEDIUM;
	case BLK_STS_PROTECTION:
		return PARTBUS_BLK_S_PROTECTION;
	case BLK_STS_TIMEOUT:
		return PARTBUS_BLK_S_TIMEOUT;
	case BLK_STS_TARGET:
		return PARTBUS_BLK_S_TARGET;
	case BLK_STS_RESOURCE:
	case BLK_STS_DEV_RESOURCE:
	case BLK_STS_AGAIN:
		return PARTBUS_BLK_S_RESOURCE;
	default:
		return PARTBUS_BLK_S_IOERR;
	}
}

/*
 * Some devices find out that they cannot discard or zero only when they are told
 * to, fail that once and take the claim back. To the client the operation was
 * never supported, which is no error of a disk.
 */
static u16 io_status(const struct blk_io *io)
{
	blk_status_t status = io->bio.bi_status;

	if (status == BLK_STS_OK)
		return PARTBUS_BLK_S_OK;
	if ((io->op == PARTBUS_BLK_DISCARD && !bdev_max_discard_sectors(io->bq->bdev)) ||
	    (io->op == PARTBUS_BLK_WRITE_ZEROES && !bdev_write_zeroes_sectors(io->bq->bdev)))
		return PARTBUS_BLK_S_NOTSUPP;
	return status_to_wire(status);
}

/*
 * Publishes a completion. The caller still counts as in flight and calls
 * vsp_io_end() afterwards. @begun: when it went to the backing, 0 for never.
 */
static void answer(struct blk_queue *bq, u16 tag, u16 status, u32 sectors, u64 begun)
{
	struct partbus_blk_done done = {
		.tag = cpu_to_le16(tag),
		.status = cpu_to_le16(status),
		.sectors = cpu_to_le32(status == PARTBUS_BLK_S_OK ? sectors : 0),
	};
	struct partbus_queue *q = bq->q;
	u64 took = begun ? ktime_get_ns() - begun : 0;
	unsigned long flags;
	bool ring = false;
	int ret = 0;

	trace_partbus_blk_answer(bq, tag, status);
	/*
	 * Before the completion can be seen: the client may use the tag again as
	 * soon as it has it, and the worker must then find the bit clear. The
	 * release that publishes the completion orders it; the worker reads what
	 * follows from it with acquire.
	 */
	clear_bit(tag, bq->in_flight);

	spin_lock_irqsave(&bq->done_lock, flags);
	if (begun)
		pb_latency_add(&q->stats.latency, took);
	if (bq->answering) {
		if (status != PARTBUS_BLK_S_OK)
			q->stats.errors++;
		ret = partbus_queue_push(q, &done);
		if (!ret)
			ring = partbus_queue_publish(q);
		/*
		 * Also true in an interrupt on top of the worker: then the bell
		 * waits for the rest of the batch, which is bounded.
		 */
		if (ring && READ_ONCE(bq->batcher) == current) {
			bq->ring_owed = true;
			ring = false;
		}
	}
	spin_unlock_irqrestore(&bq->done_lock, flags);

	/* A notify() of the other end may take locks of its own: ring outside. */
	if (ring)
		partbus_queue_ring(q);
	/* There is an entry for every tag, so only a peer's lie leaves no room. */
	if (ret)
		partbus_channel_break(q->channel, "queue %u: no room for a completion (%d)",
				      q->index, ret);
	WRITE_ONCE(q->stats.in_flight, vsp_io_in_flight(&bq->vq) - 1);
}

/* Answers what was never executed. */
void request_done_status(struct blk_queue *bq, u16 tag, u16 status)
{
	answer(bq, tag, status, 0, 0);
}

void request_done_bio(struct bio *bio)
{
	struct blk_io *io = container_of(bio, struct blk_io, bio);
	struct blk_queue *bq = io->bq;
	u16 status = io_status(io);
	u32 sectors = io->sectors;
	u64 begun = io->begun;
	u16 tag = io->tag;

	if (io->flush && status == PARTBUS_BLK_S_OK) {
		/* A bio cannot be submitted from here; the worker does it. */
		io->flush = false;
		llist_add(&io->zeroed, &bq->zeroed);
		blk_queue_run(bq);
		return;
	}
	request_exec_free(io);
	answer(bq, tag, status, sectors, begun);
	vsp_io_end(&bq->vq);
}
