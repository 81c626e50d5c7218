/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside partbus_vsc_blk.
 *
 * A disk has as many lanes as a channel may have queues. They live as long as
 * the disk; the first @nr_lanes of them are in use. Requests of a hardware queue
 * of the block layer go to the lane that has its number modulo @nr_lanes.
 * Attached to a path, a lane owns one queue of it and that queue's slots;
 * otherwise it holds its requests until the next path. So the block layer's
 * queues and tags need not change when a contract or a path does.
 *
 * A request is sent in chunks: one, as a rule; several, when it is larger than
 * a slot or than what the contract allows, because it was built under another
 * contract. Each chunk has a slot of its own, and the slot's number is the tag
 * on the wire.
 *
 *   lane->waiting --take--> slot FILLING --push--> SENT --pop--> TAKEN --> over
 *        ^                     |                     |
 *        +------- path lost ---+---------------------+
 *
 * A slot leaves SENT under the lane's lock, either because its completion came
 * or because the path was lost, never for both. FILLING and TAKEN slots belong
 * to somebody who copies without the lock, but pinned: a path is not let go
 * before all pins are gone.
 *
 * Locks: head.lock (mutex), then lane->lock (irq-safe spinlock; one lane at a
 * time). No doorbell is rung with a lane's lock held, and no request is ended with
 * either: who hears of its end may take locks, ask for memory and use this disk.
 */
#ifndef _PB_VSC_BLK_H
#define _PB_VSC_BLK_H

#include <linux/blk-mq.h>
#include <linux/workqueue.h>

#include <compat/blkdev_client.h>
#include <partbus/blk.h>
#include <vsc/vsc.h>

/*
 * Tags per hardware queue of the block layer. Not the contract's depth, which
 * may grow: slots limit what is sent, tags only what may be merged and wait.
 */
#define PBD_TAGS		256
#define PBD_MINOR_BITS		4
/* How often a lane with requests in flight looks whether a doorbell was lost. */
#define PBD_WATCH_INTERVAL	(HZ / 2)

/**
 * struct pbd_terms - a contract as the data path needs it
 * @queues: number of lanes
 * @depth: slots per lane
 * @slot_sectors: sectors of a slot
 * @capacity: sectors
 * @writable: not read-only
 * @write_cache: a flush does something
 * @fua: PARTBUS_BLK_F_FUA is understood
 * @limits: for the block layer
 */
struct pbd_terms {
	u32 queues;
	u32 depth;
	u32 slot_sectors;
	u64 capacity;
	bool writable;
	bool write_cache;
	bool fua;
	struct pb_blk_limits limits;
};

enum pbd_slot_state {
	PBD_SLOT_FREE,
	PBD_SLOT_FILLING,	/* data is being copied in */
	PBD_SLOT_SENT,		/* the peer has it */
	PBD_SLOT_TAKEN,		/* the peer's answer is being worked on */
};

/**
 * struct pbd_slot - what is in a slot; guarded by the lane's lock
 * @rq: the request
 * @offset: sectors of the request before this chunk
 * @sectors: of this chunk
 * @op: enum partbus_blk_op
 * @state: enum pbd_slot_state
 * @sent: when, in nanoseconds of the monotonic clock
 */
struct pbd_slot {
	struct request *rq;
	u32 offset;
	u32 sectors;
	u8 op;
	u8 state;
	u64 sent;
};

/**
 * struct pbd_cmd - driver's part of a request; guarded by the lock of the lane
 *	that has the request
 * @node: in lane->waiting, or on the list of those that are over
 * @issued: sectors that were given a slot
 * @out: slots that it has
 * @op: enum partbus_blk_op
 * @durable: a write that must be durable when it ends
 * @dirty: a chunk that must be durable was sent without the flag that says so
 * @sync: the data is written, a flush remains to be sent
 * @replay: a chunk was lost with its path: begin again when @out is 0
 * @status: the first error
 */
struct pbd_cmd {
	struct list_head node;
	u32 issued;
	u16 out;
	u8 op;
	bool durable;
	bool dirty;
	bool sync;
	bool replay;
	blk_status_t status;
};

enum pbd_mode {
	PBD_HOLD,	/* keep requests */
	PBD_OPEN,	/* send them */
	PBD_FAIL,	/* no path for too long: fail them */
	PBD_DEAD,	/* no path ever again: fail them */
};

struct pbd_disk;

/**
 * struct pbd_lane - see above
 * @lock: guards everything below but @pins, @pump and @watch, and also both
 *	sides of the rings of @q; taken with interrupts off
 * @mode: what to do with requests
 * @attached: @q, @terms, @slots and @free are valid; cleared before they go, and set
 *	again only when nobody is pinned
 * @starved: a request was given back to the block layer for want of a slot
 * @draining: tell the bus when no slot is in use
 * @watched: @watch is queued or runs
 * @q: the queue
 * @slots: by tag
 * @free: stack of free tags
 * @nr_free: its height
 * @terms: of the contract in force
 * @taken: completions taken so far, to see progress
 * @watch_taken: @taken at the last look of @watch
 * @waiting: requests that have something to be sent
 * @pins: users of @q and its slots without the lock. Taken with the lock held
 *	and @attached set, dropped anywhere
 * @pump: sends what waits, takes completions that were too many for an interrupt
 * @watch: the slow look
 */
struct pbd_lane {
	spinlock_t lock;
	enum pbd_mode mode;
	bool attached;
	bool starved;
	bool draining;
	bool watched;
	struct partbus_queue *q;
	struct pbd_slot *slots;
	u16 *free;
	u32 nr_free;
	struct pbd_terms terms;
	u64 taken;
	u64 watch_taken;
	struct list_head waiting;
	atomic_t pins;
	struct work_struct pump;
	struct delayed_work watch;
	struct pbd_disk *d;
	u32 index;
} ____cacheline_aligned_in_smp;

enum pbd_state {
	PBD_NO_PATH,
	PBD_RUNNING,
	PBD_QUIESCED,
	PBD_FAILING,	/* no path for longer than no_path_timeout */
	PBD_GONE,
};

/**
 * struct pbd_disk - a disk; what the class makes of a head
 * @head: the head; its lock guards @state to @lost_at
 * @state: for people, and for the no-path clock
 * @contract: the last that was in force
 * @terms: the same, for the block layer
 * @no_path_timeout: seconds, 0 for ever
 * @lost_at: when the last path was lost, in jiffies
 * @no_path: the clock
 * @slots: all lanes' slots; belongs to whoever attaches and detaches
 * @free: all lanes' stacks
 * @nr_lanes: in use, at least 1; changed while no lane is open, read under the
 *	lock of any lane
 * @astray: their queues are new, and heard wherever the kernel has put them; head's lock
 * @draining: lanes that are not drained yet, and one for who counts
 * @disk: NULL until made by the head's work
 * @set: the block layer's tags
 * @index: the number in the disk's name
 * @rcu: for freeing
 */
struct pbd_disk {
	struct partbus_vsc_head head;
	enum pbd_state state;
	struct pb_contract contract;
	struct pbd_terms terms;
	unsigned int no_path_timeout;
	unsigned long lost_at;
	struct delayed_work no_path;
	struct pbd_slot *slots;
	u16 *free;
	u32 nr_lanes;
	bool astray;
	atomic_t draining;
	struct gendisk *disk;
	struct blk_mq_tag_set set;
	int index;
	struct rcu_head rcu;
	struct pbd_lane lanes[PARTBUS_MAX_QUEUES];
};

static inline struct pbd_disk *pbd_of_head(struct partbus_vsc_head *head)
{
	return container_of(head, struct pbd_disk, head);
}

static inline struct request *pbd_cmd_rq(struct pbd_cmd *cmd)
{
	return blk_mq_rq_from_pdu(cmd);
}

/* blk_main.c */
extern struct workqueue_struct *pbd_io_wq;	/* pumps and watches */
extern int pbd_major;
unsigned int pbd_default_no_path_timeout(void);
void pbd_wanted_geometry(u32 *queues, u32 *depth, u32 *slot_size);

/* blk_terms.c */
void pbd_terms_defaults(struct pb_ranges *wish);
void pbd_terms_from_contract(const struct pb_contract *c, struct pbd_terms *t);

/* blk_path.c: the class's ops, and the no-path clock */
extern const struct partbus_vsc_class_ops pbd_class_ops;
int pbd_path_set_timeout(struct pbd_disk *d, unsigned int seconds);
const char *pbd_path_state(enum pbd_state state);

/* blk_lanes.c: all lanes of a disk; the head's lock held unless said otherwise */
void pbd_lanes_init(struct pbd_disk *d);
/* Lets lanes and @data's queues find each other; they stay closed. May sleep. */
int pbd_lanes_attach(struct pbd_disk *d, const struct pbd_terms *terms,
		     struct partbus_data *data);
/* Takes back what is in flight and lets go of the queues. May sleep. */
void pbd_lanes_detach(struct pbd_disk *d);
void pbd_lanes_open(struct pbd_disk *d);
/* Closes attached lanes; the bus is told when nothing is in flight. */
void pbd_lanes_quiesce(struct pbd_disk *d, struct partbus_channel *ch);
/* Fails what comes; what detached lanes hold goes to @over, to be ended without locks. */
void pbd_lanes_fail(struct pbd_disk *d, enum pbd_mode mode, blk_status_t status,
		    struct list_head *over);
/* Nothing of the lanes runs any more; the block layer sends nothing more. */
void pbd_lanes_exit(struct pbd_disk *d);
/* Locks the lane that requests of hardware queue @hctx go to. */
struct pbd_lane *pbd_lanes_lock(struct pbd_disk *d, unsigned int hctx, unsigned long *flags)
	__acquires(lane);

/* blk_lane.c: one lane */
void pbd_lane_init(struct pbd_lane *lane);
/* Sends what waits, at most @budget chunks; drops the lock. */
void pbd_lane_issue(struct pbd_lane *lane, unsigned long flags, unsigned int budget,
		    bool publish) __releases(&lane->lock);
/* Takes completions; true when @budget bytes were not enough. */
bool pbd_lane_consume(struct pbd_lane *lane, unsigned int budget);
void pbd_lane_notify(struct partbus_queue *q);
/* The lock is held; there may be something to be done in process context. */
void pbd_lane_kick(struct pbd_lane *lane);
/* Slots became free; the lock is held. */
void pbd_lane_freed(struct pbd_lane *lane);

/* blk_chunk.c: requests in pieces; the lane's lock held unless said otherwise */
struct pbd_chunk {
	u32 offset;
	u32 sectors;
	u8 op;
	u8 flags;
	bool dirty;
};

void pbd_cmd_init(struct pbd_cmd *cmd, u8 op, bool durable);
/* What to send next for @cmd; false: the contract does not allow such a request. */
bool pbd_chunk_next(const struct pbd_lane *lane, struct pbd_cmd *cmd, struct pbd_chunk *c);
/* Gives @c a free slot; the request leaves lane->waiting with its last chunk. */
u16 pbd_chunk_take(struct pbd_lane *lane, struct pbd_cmd *cmd, const struct pbd_chunk *c);
/* Frees the slot. A request that is over goes to @over. */
void pbd_chunk_over(struct pbd_lane *lane, u16 tag, blk_status_t status, struct list_head *over);
void pbd_chunk_lost(struct pbd_lane *lane, u16 tag);
/* Gives a request an error without sending more of it. */
void pbd_cmd_refuse(struct pbd_cmd *cmd, blk_status_t status, struct list_head *over);
/* Without the lock: ends all requests on the list. */
void pbd_cmds_end(struct list_head *over);
/* Without the lock, pinned: between a slot and the request's pages. */
void pbd_chunk_copy_in(const struct pbd_lane *lane, u16 tag);
void pbd_chunk_copy_out(const struct pbd_lane *lane, u16 tag);

/* blk_wire.c */
/* enum partbus_blk_op, or 0 for what cannot be sent. */
u8 pbd_wire_op(const struct request *rq);
u8 pbd_wire_flags(const struct request *rq, u8 op);
blk_status_t pbd_wire_status(u16 status);

/* blk_disk.c */
/* Makes the disk, or tells the block layer of changes. */
int pbd_disk_apply(struct partbus_vsc_head *head);
void pbd_disk_remove(struct partbus_vsc_head *head);
void pbd_disk_name(const struct pbd_disk *d, char *buf, size_t size);

/* blk_sysfs.c */
extern const struct attribute_group *pbd_disk_groups[];

#endif /* _PB_VSC_BLK_H */
