/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What providers and clients know of the bus: channels, their contracts and
 * their queues. Nothing here depends on what carries a channel.
 *
 * A channel end is a device on the bus "partbus". A driver says which role and
 * class it serves; the bus binds it, drives the negotiation and calls the
 * driver's ops. All ops of one channel end are called one at a time and may
 * sleep. stop() may come more than once, also when start() never did: always at
 * last before remove(), with the final reason. After that no op is called.
 */
#ifndef _PARTBUS_H
#define _PARTBUS_H

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/mm_types.h>
#include <linux/uuid.h>

#include <partbus/types.h>
#include <uapi/partbus/genl.h>
#include <vmbus/contract.h>
#include <vmbus/latency.h>
#include <vmbus/layout.h>
#include <vmbus/ring.h>

struct netlink_ext_ack;
struct partbus_channel;
struct partbus_queue;
struct pb_admin;
struct pb_transport;

/**
 * struct partbus_listener - who wants to know that a line was rung
 * @node: in the line's list; guarded by the line's lock, read under RCU
 * @notify: called in any context, interrupts may be off; must not sleep and
 *	must not ring a doorbell. Tells whether there was a reason to ring, as far
 *	as can be seen from here
 */
struct partbus_listener {
	struct list_head node;
	bool (*notify)(struct partbus_listener *l);
};

/**
 * struct partbus_queue_stats - counters of one queue at one end
 *
 * Written by whoever serialises the queue's producer or consumer, read without
 * a lock by netlink: a reader may see a value of a moment ago. Doorbells are rung and
 * heard where nothing is serialised.
 */
struct partbus_queue_stats {
	u64 requests;
	u64 bytes;
	u64 errors;
	atomic64_t doorbells_sent;
	atomic64_t doorbells_received;
	u64 throttled;
	u64 rearms;
	u32 in_flight;
	struct pb_latency latency;
};

/**
 * struct partbus_queue - one queue of a channel at this end
 * @channel: the channel
 * @index: number of the queue
 * @depth: slots
 * @slot_size: bytes per slot
 * @notify: set by the driver before partbus_queue_listen(); context as in
 *	struct partbus_listener; called only when the ring has something to
 *	consume
 * @priv: the driver's
 * @stats: counters; the driver counts requests, bytes, errors, throttled,
 *	rearms, in_flight and latency, the bus the doorbells
 *
 * The client produces submissions and consumes completions, the server the
 * other way round. Producing and consuming may go on at the same time;
 * producers are serialised by the driver, and so are consumers.
 */
struct partbus_queue {
	struct partbus_channel *channel;
	u32 index;
	u32 depth;
	u32 slot_size;
	void (*notify)(struct partbus_queue *q);
	void *priv;
	struct partbus_queue_stats stats;
	/* private: */
	struct pb_ring out ____cacheline_aligned_in_smp;
	struct pb_ring in ____cacheline_aligned_in_smp;
	struct partbus_listener listener;
	u64 slots_offset;
	struct partbus_section *section;
	u32 line;
	bool listening;
};

/**
 * struct partbus_data - rings and slots of a channel while a geometry lasts
 * @layout: the geometry
 * @id: number of the data section
 * @section: its memory
 * @queues: @layout.queues of them
 *
 * Belongs to the bus; valid for the driver from the start() that names it until
 * its remove() returns or a later start() with another one returns.
 */
struct partbus_data {
	struct pb_layout layout;
	u32 id;
	struct partbus_section *section;
	struct partbus_queue *queues;
};

/**
 * struct partbus_channel - one end of a channel
 * @dev: on the bus; holds the reference count
 * @id: of the channel, the same at both ends
 * @class: PARTBUS_CLASS_*
 * @role: PARTBUS_ROLE_* of this end
 * @peer: partition at the other end
 * @uuid: of the resource
 * @resource: its name
 * @serial: its serial number, may be empty
 * @limits: server end only: what this client may have at most, from the offer
 * @place: server end only: where to put what serves this client, from the offer;
 *	may be empty, and means what the class says
 *
 * All but the private part is constant in the life of the channel.
 */
struct partbus_channel {
	struct device dev;
	u32 id;
	u32 class;
	u32 role;
	u32 peer;
	uuid_t uuid;
	char resource[PARTBUS_NAME_MAX];
	char serial[32];
	struct pb_ranges limits;
	char place[PARTBUS_NAME_MAX];
	/* private: */
	struct pb_transport *transport;
	struct pb_admin *admin;
	struct list_head node;		/* pb_channels, guarded by its lock */
	enum partbus_channel_state state;	/* guarded by state_lock */
	spinlock_t state_lock;		/* irq-safe, innermost */
	char reason[PARTBUS_REASON_MAX];	/* guarded by state_lock */
	u64 violations;			/* guarded by state_lock */
	u32 line_in;
	u32 line_out;
	struct partbus_section *admin_section;
};

#define to_partbus_channel(d) container_of(d, struct partbus_channel, dev)

/**
 * struct partbus_channel_ops - what a driver does for a channel
 *
 * Server:
 * @evaluate: answer a wish: GRANTED fills @contract, OFFERED fills @offer,
 *	REFUSED fills @why (enum partbus_neg_status); must not change what is
 *	in force
 * @may_keep: can @contract, the one in force, go on?
 * @dropped: what evaluate() granted last will not be started; what was set aside
 *	for it is free again. May be NULL
 *
 * Client:
 * @wish: say what to ask for; @offer is NULL in the first round. 0, or -errno
 *	with @why to decline
 * @consider: take this contract? 0, or -errno with @why
 * @quiesce: send nothing more, and call partbus_channel_quiesced() when nothing
 *	is in flight; may return before
 * @resume: go on under the contract that was in force before quiesce()
 * @ended: a negotiation ended without a new contract; @kept says whether the
 *	old one goes on
 * @request: the operator asks for this; remember it for all later wishes. 0 and
 *	the bus begins a renegotiation, or -errno with a sentence in extack
 *
 * Both:
 * @start: @contract is in force from now on, with these rings and slots. For the
 *	server: called only when @pause has returned 0 since the former one.
 *	@data may be the same as before
 * @pause: server: stop taking submissions for a moment; 0 when nothing is in
 *	flight and no submission waits, -EBUSY otherwise (the peer broke its
 *	word: it starts a new contract with requests outstanding). -EAGAIN when it
 *	was stopped before and what was in flight then has not ended yet: the
 *	contract is not started, and the peer will try again. Called before
 *	start() when a contract was in force, and again and again after the stop()
 *	of a channel that broke, for the peer is told when nothing is in flight
 * @stop: take and give nothing any more, from now on and without the peer;
 *	@reason is PARTBUS_RESCIND_*. What is in flight may still end after this
 * @device: writes the name of what the driver made of it ("pbd0"); may be NULL
 */
struct partbus_channel_ops {
	int (*evaluate)(struct partbus_channel *ch, const struct pb_ranges *wish,
			struct pb_contract *contract, struct pb_ranges *offer,
			struct pb_refusal *why);
	bool (*may_keep)(struct partbus_channel *ch, const struct pb_contract *contract);
	void (*dropped)(struct partbus_channel *ch);

	int (*wish)(struct partbus_channel *ch, const struct pb_ranges *offer,
		    struct pb_ranges *wish, struct pb_refusal *why);
	int (*consider)(struct partbus_channel *ch, const struct pb_contract *contract,
			struct pb_refusal *why);
	void (*quiesce)(struct partbus_channel *ch);
	void (*resume)(struct partbus_channel *ch);
	void (*ended)(struct partbus_channel *ch, bool kept, const struct pb_refusal *why);
	int (*request)(struct partbus_channel *ch, const struct pb_ranges *wish,
		       struct netlink_ext_ack *extack);

	int (*start)(struct partbus_channel *ch, const struct pb_contract *contract,
		     struct partbus_data *data);
	int (*pause)(struct partbus_channel *ch);
	void (*stop)(struct partbus_channel *ch, u32 reason);
	void (*device)(struct partbus_channel *ch, char *buf, size_t size);
};

/**
 * struct partbus_driver - a provider or a client of one class
 * @driver: name and owner
 * @role: PARTBUS_ROLE_* that it serves
 * @class: PARTBUS_CLASS_* that it serves
 * @ops: see above
 * @probe: a channel end is there; set drvdata. Nothing is negotiated yet
 * @remove: let go; must wait until nothing of the channel is in use any more
 * @withdrawn: client, may be NULL: this partition may not use the resource @uuid any
 *	more. Comes with or without a channel to it, which is rescinded by itself. The
 *	configuration lock may be held: must wait for nothing
 */
struct partbus_driver {
	struct device_driver driver;
	u32 role;
	u32 class;
	const struct partbus_channel_ops *ops;
	int (*probe)(struct partbus_channel *ch);
	void (*remove)(struct partbus_channel *ch);
	void (*withdrawn)(struct partbus_driver *drv, const uuid_t *uuid);
};

#define to_partbus_driver(d) container_of(d, struct partbus_driver, driver)

int partbus_driver_register(struct partbus_driver *drv);
void partbus_driver_unregister(struct partbus_driver *drv);

/**
 * MODULE_ALIAS_PARTBUS() - lets udev load the module for a role and a class
 * @role: PARTBUS_ROLE_* as a number
 * @class: PARTBUS_CLASS_* as a number
 */
#define PARTBUS_ALIAS(role, class)	"partbus:r" #role "c" #class
#define MODULE_ALIAS_PARTBUS(role, class) MODULE_ALIAS(PARTBUS_ALIAS(role, class))

static inline void *partbus_get_drvdata(struct partbus_channel *ch)
{
	return dev_get_drvdata(&ch->dev);
}

static inline void partbus_set_drvdata(struct partbus_channel *ch, void *data)
{
	dev_set_drvdata(&ch->dev, data);
}

/* Any context: begin a renegotiation (server: ask for one). Coalesced. */
void partbus_channel_want(struct partbus_channel *ch);
/* Any context: the answer to ops->quiesce(). */
void partbus_channel_quiesced(struct partbus_channel *ch);
/* Any context: the peer violated the protocol; the channel ends, nothing else. */
__printf(2, 3)
void partbus_channel_break(struct partbus_channel *ch, const char *fmt, ...);
/* Is it over, and only kept for people to see? */
static inline bool partbus_channel_broken(const struct partbus_channel *ch)
{
	return READ_ONCE(ch->state) == PARTBUS_CHANNEL_STATE_BROKEN;
}

/* Copies the contract in force; false if there is none. May sleep. */
bool partbus_channel_contract(struct partbus_channel *ch, struct pb_contract *c);

/*
 * Queues. Contexts: any, interrupts may be off, except partbus_queue_listen()
 * and _unlisten(), which may sleep. partbus_queue_ring() must not be called with
 * a lock held that a notify() of either end takes.
 */

/* Begins to call @q->notify. Look at the ring once afterwards, unasked. */
void partbus_queue_listen(struct partbus_queue *q);
/* No notify() runs or begins once this returns. Twice is harmless. */
void partbus_queue_unlisten(struct partbus_queue *q);
/* notify() had better run on these CPUs: those that push. A hint. May sleep. */
void partbus_queue_affine(struct partbus_queue *q, const struct cpumask *cpus);

/* Produce one entry: 0, -ENOSPC, -EPROTO (the caller breaks the channel). */
int partbus_queue_push(struct partbus_queue *q, const void *entry);
/* Lets the peer see what was pushed; true: ring when the lock is dropped. */
bool partbus_queue_publish(struct partbus_queue *q);
void partbus_queue_ring(struct partbus_queue *q);
/* How much was published that the peer has not taken; -EPROTO on nonsense of the peer's. */
int partbus_queue_unread(struct partbus_queue *q);

/*
 * Consume one entry into private memory, and give its place back to the producer:
 * 1, 0 for none, -EPROTO.
 */
int partbus_queue_pop(struct partbus_queue *q, void *entry);
/* Asks to be notified of the next entry; true: there is one, look again. */
bool partbus_queue_arm(struct partbus_queue *q);
bool partbus_queue_pending(const struct partbus_queue *q);

/* @tag below q->depth, @offset below q->slot_size: the caller has checked. */
void *partbus_queue_slot(const struct partbus_queue *q, u32 tag);
struct page *partbus_queue_slot_page(const struct partbus_queue *q, u32 tag, u32 offset);

#define partbus_ch_err(ch, fmt, ...) \
	dev_err_ratelimited(&(ch)->dev, "%s: " fmt, (ch)->resource, ##__VA_ARGS__)
#define partbus_ch_warn(ch, fmt, ...) \
	dev_warn_ratelimited(&(ch)->dev, "%s: " fmt, (ch)->resource, ##__VA_ARGS__)
#define partbus_ch_info(ch, fmt, ...) \
	dev_info_ratelimited(&(ch)->dev, "%s: " fmt, (ch)->resource, ##__VA_ARGS__)

#endif /* _PARTBUS_H */
