/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a module that serves one class of resources knows of the provider core.
 * The core owns resources, sessions, contracts, admission and scheduling; a
 * class module owns backings and the data path, and is the only one that knows
 * what a request is.
 *
 * Locks, outermost first: device lock of a channel end (driver core) >
 * configuration lock (bus) > registry lock (core) > what class modules add. Where
 * an op below says "registry lock held" it must not sleep for I/O, allocate with
 * anything above GFP_NOIO, or call back into the core.
 */
#ifndef _PARTBUS_VSP_H
#define _PARTBUS_VSP_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/uuid.h>

#include <partbus/types.h>
#include <vmbus/contract.h>
#include <vmbus/partbus.h>

#include <vsp_core/rate.h>
#include <vsp_core/turns.h>

struct netlink_ext_ack;
struct vsp_class;

#define VSP_BACKING_MAX		256

/**
 * struct vsp_settings - what the administrator may change of a resource
 * @size_bytes: 0 for all that the backing has
 * @read_only: clients may not write
 * @limits: attributes that were given; the least of a reserve is the total that
 *	may be promised, the like of any other the most that one client may have
 */
struct vsp_settings {
	u64 size_bytes;
	bool read_only;
	struct pb_ranges limits;
};

/**
 * struct vsp_resource - something that is served
 * @name: unique in this kernel
 * @uuid: unique everywhere
 * @class: PARTBUS_CLASS_*
 * @backing: path, as given
 * @serial: may be empty
 * @set: guarded by the registry lock; class ops that get the resource may read
 *	it where they say that the lock is held
 * @priv: the class module's, from resource_open() to resource_close()
 *
 * Counted: the registry has one reference until the resource is deleted, each
 * session one until its end, and whoever opens the backing one meanwhile. The last
 * one closes the backing.
 */
struct vsp_resource {
	char name[PARTBUS_NAME_MAX];
	uuid_t uuid;
	u32 class;
	char backing[VSP_BACKING_MAX];
	char serial[32];
	struct vsp_settings set;
	void *priv;
	/* private: */
	struct vsp_class *cls;
	struct kref ref;
	struct list_head node;		/* vsp_resources, registry lock */
	struct list_head sessions;	/* of struct vsp_session, registry lock */
	bool opening;			/* registry lock */
	bool opened;			/* there is a backing to close; the opener's */
	bool gone;			/* registry lock */
	u64 birth;			/* order of enlisting; registry lock */
	struct completion *closed;	/* told when the backing is; set before the last put */
};

/**
 * struct vsp_grant - what was granted and has not been started yet
 * @valid: there is one
 * @contract: what was granted
 */
struct vsp_grant {
	bool valid;
	struct pb_contract contract;
};

/* What a client causes, and what it is given without having asked. */
enum vsp_direction { VSP_FROM_CLIENT, VSP_TO_CLIENT, VSP_DIRECTIONS };

/**
 * struct vsp_sched - what a session may consume in one direction, and what it has
 * @lock: guards @rate, @turns and the places in it; irq-safe, innermost
 * @rate: caps
 * @turns: queues whose requests they hold up
 * @limited: there are caps; read without the lock, so that a session without
 *	any pays nothing
 */
struct vsp_sched {
	spinlock_t lock;	/* see above */
	struct pb_rate rate;
	struct pb_turns turns;
	bool limited;
};

struct kthread_worker;

/**
 * struct vsp_session - one channel that is served
 * @ch: the channel
 * @res: the resource; the session holds a reference
 * @priv: the class module's
 * @workers: a thread for each queue, or more, of a former contract; they are there
 *	from before session_start() until after session_exit()
 *
 * Exists from probe to remove of the channel end.
 */
struct vsp_session {
	struct partbus_channel *ch;
	struct vsp_resource *res;
	void *priv;
	struct kthread_worker *workers[PARTBUS_MAX_QUEUES];
	/* private: */
	unsigned int nr_workers;
	struct list_head node;		/* vsp_resource.sessions, registry lock */
	struct pb_contract contract;	/* in force if epoch or present, registry lock */
	struct vsp_grant grant;		/* registry lock */
	struct vsp_sched sched[VSP_DIRECTIONS];
};

/**
 * struct vsp_queue - one queue of a session, embedded in the class module's
 * @session: the session
 * @q: the queue of the channel
 * @run: look at the queue again; called in any context, interrupts may be off
 * @timer: private
 * @sched: private
 * @turn: private
 * @busy: private
 */
struct vsp_queue {
	struct vsp_session *session;
	struct partbus_queue *q;
	void (*run)(struct vsp_queue *vq);
	/* private: */
	struct hrtimer timer;
	struct vsp_sched *sched;	/* constant: of its direction */
	struct pb_turn turn;
	atomic_t busy ____cacheline_aligned_in_smp;
};

/**
 * struct vsp_class_ops - what a class module gives
 * @class: PARTBUS_CLASS_*
 * @name: of the driver on the bus, and for messages
 * @owner: the module
 *
 * Resources:
 * @resource_open: open @res->backing and set @res->priv; 0, or -errno with a
 *	sentence in extack. May take as long as it likes: no lock is held, and no
 *	other op is called meanwhile
 * @resource_check: can @set be put in force? 0, or -errno with a sentence. Called
 *	after @resource_open, and with the configuration lock held for a change;
 *	registry lock not held. Must not wait for the backing
 * @resource_close: undo @resource_open. The last reference is gone: no session,
 *	no lock of the core or of the bus held, but maybe the device lock of a
 *	channel end. May take as long as it likes
 * @facts: add the class's own attributes, cut by @res->set and by @limits (what
 *	this client may have at most, may be NULL). What of them is shared may be
 *	left out: then it has the table's limits. @ch is the client's channel, or
 *	NULL where no client is meant. Registry lock held. 0, or -errno when the
 *	backing is gone or unusable
 * @place_check: may an offer have this place (struct partbus_channel.place)? 0, or
 *	-errno with a sentence. Registry lock held; NULL where there are no places
 * @size: bytes in effect; registry lock held; may be NULL
 * @device: write a name for what serves a session; registry lock not held; may be
 *	NULL
 *
 * Sessions. Called one at a time per session, registry lock not held, may sleep:
 * @session_init: 0 or -errno
 * @session_start: as partbus_channel_ops.start; when the contract was replaced
 *	@session_pause has returned 0 before
 * @session_pause: as partbus_channel_ops.pause
 * @session_stop: as partbus_channel_ops.stop; must not wait for requests. May
 *	come more than once, also when @session_start never did
 * @session_exit: wait until every request is over and nothing of the channel is
 *	used any more
 * @may_keep: would serving @contract go on to be right, the facts being @now?
 *	Any context
 */
struct vsp_class_ops {
	u32 class;
	const char *name;
	struct module *owner;

	int (*resource_open)(struct vsp_resource *res, struct netlink_ext_ack *extack);
	int (*resource_check)(struct vsp_resource *res, const struct vsp_settings *set,
			      struct netlink_ext_ack *extack);
	void (*resource_close)(struct vsp_resource *res);
	int (*facts)(struct vsp_resource *res, const struct partbus_channel *ch,
		     const struct pb_ranges *limits, struct pb_ranges *available);
	int (*place_check)(const char *place, struct netlink_ext_ack *extack);
	u64 (*size)(struct vsp_resource *res);
	void (*device)(struct vsp_session *s, char *buf, size_t size);

	int (*session_init)(struct vsp_session *s);
	int (*session_start)(struct vsp_session *s, const struct pb_contract *contract,
			     struct partbus_data *data);
	int (*session_pause)(struct vsp_session *s);
	void (*session_stop)(struct vsp_session *s);
	void (*session_exit)(struct vsp_session *s);
	bool (*may_keep)(const struct pb_contract *contract, const struct pb_ranges *now);
};

/**
 * vsp_class_register() - begin to serve a class
 * @ops: must stay until vsp_class_unregister() has returned
 *
 * Context: process, no lock held. From here on resources of the class can be
 * made and its channels are bound.
 * Return: 0, -EBUSY when the class is served already, or -errno.
 */
int vsp_class_register(const struct vsp_class_ops *ops);

/**
 * vsp_class_unregister() - serve a class no more
 * @ops: as registered
 *
 * Takes the class's resources away from the host (offers of them stay, pending,
 * until somebody provides the resource again), ends its sessions, and waits for
 * their requests and for the last reference to each resource.
 * Context: process, no lock held.
 */
void vsp_class_unregister(const struct vsp_class_ops *ops);

/**
 * vsp_resource_changed() - the facts of a backing changed by themselves
 * @res: the resource
 *
 * Asks every client to negotiate anew, tells listeners, and lets offers that wait
 * for the resource be tried again.
 * Context: process; neither the configuration nor the registry lock held. The
 * caller makes sure that @res stays.
 */
void vsp_resource_changed(struct vsp_resource *res);

/* Queues: the timer of held requests and the count of those in flight. */

/**
 * vsp_queue_init() - begin to use a queue
 * @vq: zeroed; the caller has set @vq->run
 * @s: the session
 * @q: the channel's queue
 * @dir: whose caps are its
 */
void vsp_queue_init(struct vsp_queue *vq, struct vsp_session *s, struct partbus_queue *q,
		    enum vsp_direction dir);

/**
 * vsp_queue_exit() - no timer of this queue runs any more, and no turn is its
 * @vq: nothing may call vsp_sched_hold() on it any more
 *
 * May sleep. A last run() may have happened just before the return.
 */
void vsp_queue_exit(struct vsp_queue *vq);

/**
 * vsp_io_begin() - a request is about to be in flight
 * @vq: the queue
 */
static inline void vsp_io_begin(struct vsp_queue *vq)
{
	atomic_inc(&vq->busy);
}

/**
 * vsp_io_end() - a request is over, and so is all that its end had to do
 * @vq: may be freed from here on; nothing of the session or of the channel may
 *	be touched afterwards
 *
 * Context: any.
 */
void vsp_io_end(struct vsp_queue *vq);

/* How many are in flight; a hint unless nothing can begin. */
static inline unsigned int vsp_io_in_flight(const struct vsp_queue *vq)
{
	return atomic_read(&vq->busy);
}

/**
 * vsp_quiesce_timeout() - wait until nothing is in flight
 * @vq: nothing may begin on it any more
 * @timeout: in jiffies
 *
 * Return: whether it is quiet.
 */
bool vsp_quiesce_timeout(struct vsp_queue *vq, long timeout);

/**
 * vsp_quiesce() - the same, without an end
 * @vq: nothing may begin on it any more
 *
 * There is no timeout that would abandon a request: a backing that never ends
 * one keeps the session, and says so in the log now and then. Once this has
 * returned for all queues, nothing that the client asked for will touch the
 * backing any more, and its requests may be replayed elsewhere.
 */
void vsp_quiesce(struct vsp_queue *vq);

/**
 * vsp_session_most() - what a client could have at most, whatever it has asked for
 * @s: the session
 * @attr: one of the class's facts
 * @otherwise: where nothing is known of it now
 *
 * Context: may sleep; takes vsp_lock, not to be called with the RTNL held.
 */
u64 vsp_session_most(struct vsp_session *s, int attr, u64 otherwise);

/* Scheduling. */

/**
 * vsp_sched_charge() - may this request be executed now?
 * @vq: the queue that it came from
 * @units: what it counts as in normalised requests; 0 for its size over the contract's
 *	io_unit, at least one
 * @bytes: what it moves, by the class's measure
 *
 * Room is kept for the queue of a session that was refused first: a large request is not
 * starved by small ones of another queue. Who is refused asks again after that time, by
 * vsp_sched_hold(), or loses its turn.
 *
 * Context: any, one caller at a time per queue.
 * Return: 0 when it was charged, or the nanoseconds after which to ask again.
 */
u64 vsp_sched_charge(struct vsp_queue *vq, u32 units, u32 bytes);

/* What was refused last is given up: nobody need leave room for it. Context: any. */
void vsp_sched_leave(struct vsp_queue *vq);

/**
 * vsp_sched_hold() - call @vq->run() when a request may be tried again
 * @vq: the queue
 * @ns: from vsp_sched_charge()
 *
 * Waits are cut to VSP_HOLD_MAX_NS, so that a raised cap is felt in time.
 */
void vsp_sched_hold(struct vsp_queue *vq, u64 ns);

#define VSP_HOLD_MAX_NS		(100 * NSEC_PER_MSEC)

/**
 * vsp_worker_preempts() - is this worker to preempt who runs where it is woken?
 * @preempts: SCHED_NORMAL if so, else SCHED_BATCH, which it begins with
 *
 * A worker's nice value is kept, and so is any other policy: that is an operator's. One
 * that is set at this very moment may be lost, and so is a slice of its own (6.12).
 *
 * Context: the session's worker itself. May sleep.
 */
void vsp_worker_preempts(bool preempts);

#endif /* _PARTBUS_VSP_H */
