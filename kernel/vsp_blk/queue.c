// SPDX-License-Identifier: GPL-2.0
/*
 * Taking submissions: a thread per queue that pops, checks, asks the scheduler
 * and hands over to request_exec.c. Also how queues begin, pause and end.
 *
 * Contexts that can be inside a queue when it is to end, and why they do:
 *  - notify(): partbus_queue_unlisten() waits for it
 *  - the worker: @taking is false, so it takes nothing more; it is flushed
 *  - ends of requests: counted by vsp_io_begin() and _end(), and waited for
 *  - the timer of a held request: armed by the worker only; cancelled after it
 * Two of them queue the worker, so it is cancelled once more after each. A queue that
 * goes on under another contract ends like that, too, before it begins anew.
 */
#include <linux/kthread.h>
#include <linux/nospec.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include <vmbus/inject.h>
#include "vsp_blk.h"

/* A worker submits this many before it lets others have the CPU. */
#define BATCH		64u
/* Ends of requests whose completion the client has seen, but which still run. */
#define PAUSE_WAIT	(2 * HZ)

void blk_queue_run(struct blk_queue *bq)
{
	kthread_queue_work(bq->worker, &bq->work);
}

/* Any context, see struct partbus_listener. */
static void queue_notify(struct partbus_queue *q)
{
	blk_queue_run(q->priv);
}

static void queue_held_over(struct vsp_queue *vq)
{
	blk_queue_run(container_of(vq, struct blk_queue, vq));
}

/* Takes one submission, if there is any; @status: to execute it, or what to answer. */
static bool queue_take(struct blk_queue *bq, struct pb_blk_request *rq, u16 *status)
{
	const char *why = "an impossible index in the submission ring";
	struct partbus_queue *q = bq->q;
	struct partbus_blk_req raw;
	int ret;

	ret = partbus_queue_pop(q, &raw);
	if (!ret)
		return false;
	if (ret < 0 || pb_blk_parse(&raw, &bq->limits, rq, status, &why))
		goto violation;
	/* The tag of a client that the CPU only guesses to be good indexes nothing. */
	rq->tag = array_index_nospec(rq->tag, bq->limits.depth);
	if (test_and_set_bit(rq->tag, bq->in_flight)) {
		why = "a tag that is in flight";
		goto violation;
	}
	vsp_io_begin(&bq->vq);
	q->stats.requests++;
	q->stats.bytes += rq->bytes;
	return true;

violation:
	WRITE_ONCE(bq->taking, false);
	partbus_channel_break(q->channel, "queue %u: %s", q->index, why);
	return false;
}

/*
 * What is held counts as in flight: its tag is set, and pause() must find that
 * the client is not quiet.
 */
static bool queue_admit(struct blk_queue *bq, const struct pb_blk_request *rq, u16 status)
{
	u64 ns = vsp_sched_charge(&bq->vq, 0, rq->bytes);

	if (!ns)
		return true;
	if (!bq->holding)
		bq->q->stats.throttled++;
	bq->held = *rq;
	bq->held_status = status;
	bq->holding = true;
	vsp_sched_hold(&bq->vq, ns);
	return false;
}

/*
 * Takes and executes up to BATCH; how many. What is refused counts against the cap like
 * any other request: to look at it is work, too.
 */
static unsigned int queue_batch(struct blk_queue *bq)
{
	struct pb_blk_request rq;
	unsigned int n;
	u16 status;

	for (n = 0; n < BATCH && READ_ONCE(bq->taking); n++) {
		if (bq->holding) {
			rq = bq->held;
			status = bq->held_status;
		} else if (!queue_take(bq, &rq, &status)) {
			break;
		}
		if (!queue_admit(bq, &rq, status))
			break;
		bq->holding = false;
		if (status == PARTBUS_BLK_S_OK) {
			request_exec(bq, &rq);
		} else {
			request_done_status(bq, rq.tag, status);
			vsp_io_end(&bq->vq);
		}
	}
	return n;
}

/*
 * Completions that happen in here, in this task, are published at once but rung
 * only once, when the batch is over: most requests to memory-like devices end
 * before their submission returns.
 */
static void batch_begin(struct blk_queue *bq)
{
	WRITE_ONCE(bq->batcher, current);
}

static void batch_end(struct blk_queue *bq)
{
	unsigned long flags;
	bool ring;

	spin_lock_irqsave(&bq->done_lock, flags);
	WRITE_ONCE(bq->batcher, NULL);
	ring = bq->ring_owed;
	bq->ring_owed = false;
	spin_unlock_irqrestore(&bq->done_lock, flags);
	if (ring)
		partbus_queue_ring(bq->q);
	WRITE_ONCE(bq->q->stats.in_flight, vsp_io_in_flight(&bq->vq));
}

static void queue_work_fn(struct kthread_work *work)
{
	struct blk_queue *bq = container_of(work, struct blk_queue, work);
	unsigned int noio = memalloc_noio_save();
	struct blk_plug plug;
	unsigned int n, most = 0;

	queue_poll_woken(bq);
	do {
		partbus_inject(PARTBUS_INJECT_TAKE, bq->q->channel, 0);
		batch_begin(bq);
		blk_start_plug(&plug);
		request_exec_flush_after(bq);
		n = queue_batch(bq);
		blk_finish_plug(&plug);
		batch_end(bq);
		/* What is held is one more that the client has under way. */
		most = max(most, n + bq->holding);
		cond_resched();
		/*
		 * A held request has its timer, and there is no use in doorbells
		 * for those behind it. A queue that takes nothing arms nothing.
		 */
		if (bq->holding || !READ_ONCE(bq->taking))
			break;
		/* Armed last and looked at again: no submission is slept over. */
	} while (n == BATCH || queue_poll(bq) || partbus_queue_arm(bq->q));
	vsp_worker_preempts(blk_pace_next(&bq->pace, most));
	memalloc_noio_restore(noio);
}

static void limits_from_contract(struct pb_blk_limits *l, const struct pb_contract *c,
				 const struct partbus_queue *q)
{
	l->capacity = pb_contract_get(c, PB_CAPACITY, 0);
	l->logical_block = pb_contract_get(c, PB_LOGICAL_BLOCK, SECTOR_SIZE);
	l->depth = q->depth;
	l->slot_size = q->slot_size;
	l->discard_max = pb_contract_get(c, PB_DISCARD_MAX, 0);
	l->zeroes_max = pb_contract_get(c, PB_ZEROES_MAX, 0);
	l->writable = pb_contract_get(c, PB_WRITABLE, 0);
	l->fua = pb_contract_get(c, PB_FUA, 0);
	l->write_cache = pb_contract_get(c, PB_WRITE_CACHE, 0);
}

static void queues_free(struct blk_queue *queues, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		bitmap_free(queues[i].in_flight);
	kvfree(queues);
}

/* There is a worker for each. */
static struct blk_queue *queues_make(struct blk_session *bs, struct partbus_data *data)
{
	struct vsp_session *s = bs->s;
	struct blk_backing *b = s->res->priv;
	unsigned int nr = data->layout.queues;
	struct blk_queue *queues;
	unsigned int i;

	queues = kvcalloc(nr, sizeof(*queues), GFP_NOIO);
	if (!queues)
		return NULL;
	for (i = 0; i < nr; i++) {
		struct blk_queue *bq = &queues[i];

		bq->q = &data->queues[i];
		bq->bdev = b->bdev;
		bq->reserve = &b->reserve;
		bq->in_flight = bitmap_zalloc(bq->q->depth, GFP_NOIO);
		if (!bq->in_flight) {
			queues_free(queues, i);
			return NULL;
		}
		bq->vq.run = queue_held_over;
		vsp_queue_init(&bq->vq, s, bq->q, VSP_FROM_CLIENT);
		bq->worker = s->workers[i];
		kthread_init_work(&bq->work, queue_work_fn);
		init_llist_head(&bq->zeroed);
		spin_lock_init(&bq->done_lock);
	}
	return queues;
}

static void queue_open(struct blk_queue *bq, const struct pb_contract *c)
{
	struct partbus_queue *q = bq->q;

	limits_from_contract(&bq->limits, c, q);
	bq->answering = true;
	bq->taking = true;
	q->priv = bq;
	q->notify = queue_notify;
	partbus_queue_listen(q);
	/* What was submitted before anybody listened rang no bell that we heard. */
	blk_queue_run(bq);
}

/* Nothing is taken once this returns; does not wait for requests in flight. */
static void queue_shut(struct blk_queue *bq)
{
	partbus_queue_unlisten(bq->q);
	WRITE_ONCE(bq->taking, false);
	kthread_flush_work(&bq->work);
}

/* Nothing is in flight any more: nothing of @bq runs once this returns. */
static void queue_end(struct blk_queue *bq)
{
	kthread_cancel_work_sync(&bq->work);
	vsp_queue_exit(&bq->vq);
	kthread_cancel_work_sync(&bq->work);
}

/* A request that was taken and never executed ends unanswered with its channel. */
static void queue_drop_held(struct blk_queue *bq)
{
	if (!bq->holding)
		return;
	bq->holding = false;
	clear_bit(bq->held.tag, bq->in_flight);
	vsp_io_end(&bq->vq);
}

static void queues_drop(struct blk_session *bs)
{
	unsigned int i;

	for (i = 0; i < bs->nr; i++)
		queue_end(&bs->queues[i]);
	queues_free(bs->queues, bs->nr);
	bs->queues = NULL;
	bs->nr = 0;
}

int blk_session_init(struct vsp_session *s)
{
	struct blk_session *bs;

	bs = kzalloc(sizeof(*bs), GFP_NOIO);
	if (!bs)
		return -ENOMEM;
	bs->s = s;
	s->priv = bs;
	return 0;
}

/* Are the queues those of just this data? It is there as long as they are. */
static bool queues_fit(const struct blk_session *bs, const struct partbus_data *data)
{
	return bs->nr && bs->queues[0].q == &data->queues[0];
}

/*
 * The queues of a former contract are paused: nothing of them is in flight. To go on
 * with them, under the same contract or another of the same geometry, needs no memory:
 * it must not fail where the client swaps to this disk.
 */
int blk_session_start(struct vsp_session *s, const struct pb_contract *contract,
		      struct partbus_data *data)
{
	struct blk_session *bs = s->priv;
	struct blk_queue *queues;
	unsigned int i;

	if (!queues_fit(bs, data)) {
		queues = queues_make(bs, data);
		if (!queues)
			return -ENOMEM;
		queues_drop(bs);
		bs->queues = queues;
		bs->nr = data->layout.queues;
	}
	for (i = 0; i < bs->nr; i++) {
		queue_end(&bs->queues[i]);
		queue_open(&bs->queues[i], contract);
	}
	return 0;
}

/*
 * The client has said that nothing is in flight. What may still be is the tail
 * of an end of request: it has published the completion and has not let go. It
 * is short, but it may have been preempted. After a stop it may be whole requests
 * that the client has taken back; how long these take is the backing's business.
 */
int blk_session_pause(struct vsp_session *s)
{
	struct blk_session *bs = s->priv;
	unsigned long end = jiffies + PAUSE_WAIT;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < bs->nr; i++)
		queue_shut(&bs->queues[i]);
	for (i = 0; i < bs->nr && !ret; i++) {
		struct blk_queue *bq = &bs->queues[i];
		long left = time_before(jiffies, end) ? end - jiffies : 0;

		/* After a stop nobody waits for what is held or left in the ring. */
		if (!bq->answering)
			queue_drop_held(bq);
		else if (bq->holding || partbus_queue_pending(bq->q))
			ret = -EBUSY;
		if (!ret && !vsp_quiesce_timeout(&bq->vq, left))
			ret = bq->answering ? -EBUSY : -EAGAIN;
	}
	return ret;
}

/* Does not wait: a request that the backing never ends must not hold this up. */
void blk_session_stop(struct vsp_session *s)
{
	struct blk_session *bs = s->priv;
	unsigned int i;

	for (i = 0; i < bs->nr; i++) {
		struct blk_queue *bq = &bs->queues[i];

		partbus_queue_unlisten(bq->q);
		WRITE_ONCE(bq->taking, false);
		spin_lock_irq(&bq->done_lock);
		bq->answering = false;
		spin_unlock_irq(&bq->done_lock);
	}
}

void blk_session_exit(struct vsp_session *s)
{
	struct blk_session *bs = s->priv;
	unsigned int i;

	for (i = 0; i < bs->nr; i++) {
		struct blk_queue *bq = &bs->queues[i];

		queue_shut(bq);
		queue_drop_held(bq);
		vsp_quiesce(&bq->vq);
	}
	queues_drop(bs);
	kfree(bs);
}
