/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the block provider share. */
#ifndef _VSP_BLK_H
#define _VSP_BLK_H

#include <linux/bio.h>
#include <linux/kthread.h>
#include <linux/llist.h>
#include <linux/mempool.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <compat/blkdev.h>
#include <partbus/blk.h>
#include <vsp_blk/pace.h>
#include <vsp_blk/request_parse.h>
#include <vsp_core/vsp.h>

/**
 * struct blk_reserve - what a backing's requests are made of when memory is short
 * @bios: with their struct blk_io in front
 * @pages: copies of what a client writes, see copy_slot()
 * @copy_lock: held by who waits for @pages while having some already. Process context,
 *	nothing is taken inside. The ends of requests never take it.
 */
struct blk_reserve {
	struct bio_set bios;
	mempool_t pages;
	struct mutex copy_lock;
};

/**
 * struct blk_backing - an open backing device
 * @handle: to close it
 * @bdev: held exclusively from open to close
 * @writable: opened for writing
 * @res: the resource; the backing lives as long
 * @watch: looks at the facts now and then, for devices that grow, shrink or go
 * @seen: facts at the last look; owned by @watch
 * @reserve: for its requests; grown by @watch
 */
struct blk_backing {
	struct pb_bdev_handle handle;
	struct block_device *bdev;
	bool writable;
	struct vsp_resource *res;
	struct delayed_work watch;
	struct pb_ranges seen;
	struct blk_reserve reserve;
};

/**
 * struct blk_queue - one queue of a session
 * @vq: the core's part
 * @q: the channel's queue
 * @bdev: where its requests go
 * @reserve: of its backing
 * @worker: the thread that runs @work; the session's
 * @work: takes submissions; the only consumer of the ring, and what serialises
 *	@held and @holding
 * @limits: what the contract allows; constant while the queue is open
 * @taking: the worker may take submissions; cleared when it pauses or stops, before
 *	@work is flushed
 * @held: request that was taken and could not be admitted yet
 * @held_status: PARTBUS_BLK_S_OK to execute @held, or what to answer it with
 * @holding: @held is meant
 * @in_flight: a bit per tag; set by the worker, cleared by the end of the
 *	request before its completion can be seen
 * @zeroed: requests that were written and now need a flush, see request_done.c
 * @done_lock: irq-safe, innermost; serialises producing on the completion ring
 *	and guards @answering, @ring_owed, q->stats.errors and .latency
 * @answering: completions may still be produced; cleared by stop
 * @batcher: the worker's task while it submits a batch, otherwise NULL; written
 *	by the worker only
 * @ring_owed: the worker rings when its batch is over
 * @poll_ns: how long the worker polls before it arms; owned by @work
 * @armed: when it last polled in vain and armed, 0 for not since; owned by @work
 * @pace: do requests come alone? Owned by @work
 */
struct blk_queue {
	struct vsp_queue vq;
	struct partbus_queue *q;
	struct block_device *bdev;
	struct blk_reserve *reserve;
	struct kthread_worker *worker;
	struct kthread_work work;
	struct pb_blk_limits limits;
	bool taking;
	bool holding;
	u16 held_status;
	struct pb_blk_request held;
	unsigned long *in_flight;
	struct llist_head zeroed;
	u64 poll_ns;
	ktime_t armed;
	struct blk_pace pace;

	spinlock_t done_lock ____cacheline_aligned_in_smp;
	bool answering;
	bool ring_owed;
	struct task_struct *batcher;
};

/**
 * struct blk_session - a channel that is served
 * @s: the core's part
 * @queues: of the contract in force, or of the former one while it is replaced
 * @nr: how many
 *
 * Touched by the session's ops only, which come one at a time.
 */
struct blk_session {
	struct vsp_session *s;
	struct blk_queue *queues;
	unsigned int nr;
};

/**
 * struct blk_io - a request in flight; the front pad of its bio
 * @bq: where it came from
 * @zeroed: in @bq->zeroed
 * @begun: when it was made, in nanoseconds of the monotonic clock
 * @sectors: for the answer
 * @tag: its slot
 * @op: enum partbus_blk_op
 * @flush: a flush is to follow (FUA of an operation that has none)
 * @copied: the bio's pages are the pool's
 * @bio: must be last
 */
struct blk_io {
	struct blk_queue *bq;
	struct llist_node zeroed;
	u64 begun;
	u32 sectors;
	u16 tag;
	u8 op;
	bool flush;
	bool copied;
	struct bio bio;
};

/* backend_bdev.c */
int backend_open(struct vsp_resource *res, struct netlink_ext_ack *extack);
int backend_check(struct vsp_resource *res, const struct vsp_settings *set,
		  struct netlink_ext_ack *extack);
void backend_close(struct vsp_resource *res);
int backend_facts(struct vsp_resource *res, const struct partbus_channel *ch,
		  const struct pb_ranges *limits, struct pb_ranges *available);
u64 backend_size(struct vsp_resource *res);
void backend_device(struct vsp_session *s, char *buf, size_t size);
bool backend_may_keep(const struct pb_contract *contract, const struct pb_ranges *now);

/* queue.c */
int blk_session_init(struct vsp_session *s);
int blk_session_start(struct vsp_session *s, const struct pb_contract *contract,
		      struct partbus_data *data);
int blk_session_pause(struct vsp_session *s);
void blk_session_stop(struct vsp_session *s);
void blk_session_exit(struct vsp_session *s);
void blk_queue_run(struct blk_queue *bq);

/* queue_poll.c */
void queue_poll_woken(struct blk_queue *bq);
bool queue_poll(struct blk_queue *bq);

/* request_exec.c */
void request_exec(struct blk_queue *bq, const struct pb_blk_request *rq);
void request_exec_flush_after(struct blk_queue *bq);
void request_exec_free(struct blk_io *io);
int blk_reserve_init(struct blk_reserve *r);
int blk_reserve_grow(struct blk_reserve *r, struct block_device *bdev);
void blk_reserve_exit(struct blk_reserve *r);

/* request_done.c */
void request_done_bio(struct bio *bio);
void request_done_status(struct blk_queue *bq, u16 tag, u16 status);

#endif /* _VSP_BLK_H */
