/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a class of clients (disks, NICs) knows of the client core.
 *
 * A head is what a client made of a resource: it is found by class and UUID and
 * outlives channels. A channel to that resource is a path of the head. At most
 * one path is live, that is, used; others that run wait for their turn.
 *
 * Lock order: the class's lock, then the head's lock, then the class module's
 * own. The bus calls the ops of one channel one at a time, but those of two
 * paths of one head at the same time: the head's lock is what orders them.
 */
#ifndef _PARTBUS_VSC_H
#define _PARTBUS_VSC_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include <vmbus/partbus.h>

struct partbus_vsc_class;
struct partbus_vsc_head;

enum partbus_vsc_path_state {
	PARTBUS_VSC_NEGOTIATING,	/* no contract yet, or none any more */
	PARTBUS_VSC_RUNNING,		/* under a contract; live, or waiting to be */
	PARTBUS_VSC_QUIESCED,		/* between two contracts */
};

/**
 * struct partbus_vsc_path - one channel of a head
 * @head: whose path it is; holds a reference
 * @ch: the channel
 * @node: in @head->paths, guarded by the head's lock
 * @state: guarded by the head's lock
 * @unquiet: it was live and has stopped: its server may still execute what it was
 *	given, until the path is removed; guarded by the head's lock
 * @contract: in force unless NEGOTIATING; guarded by the head's lock
 * @data: rings and slots that go with @contract; guarded by the head's lock
 * @wish: what was asked for last; used by the channel's ops only, which the bus
 *	calls one at a time
 */
struct partbus_vsc_path {
	struct partbus_vsc_head *head;
	struct partbus_channel *ch;
	struct list_head node;
	enum partbus_vsc_path_state state;
	bool unquiet;
	struct pb_contract contract;
	struct partbus_data *data;
	struct pb_ranges wish;
};

/**
 * struct partbus_vsc_head - a client resource; embedded in what the class made
 * @class: of the resource
 * @uuid: of the resource
 * @resource: its name
 * @serial: its serial number, may be empty
 * @lock: a mutex; may be held while memory is reclaimed, so nothing that holds
 *	it may wait for I/O of this head or allocate without GFP_NOIO
 * @paths: list of struct partbus_vsc_path; guarded by @lock
 * @live: the path in use, or NULL; guarded by @lock
 * @user: what somebody asked for beyond the defaults; guarded by @lock
 * @user_before: the same before the request that is still being negotiated
 * @user_asked: there is such a request; both guarded by @lock
 * @started: there was a contract at least once; guarded by @lock
 * @withdrawn: the host said that there will be no path after those that there are;
 *	guarded by @lock
 * @remove: take down what was made of the head; guarded by @lock
 * @version: counts contracts that were started; guarded by @lock
 * @applied: @version that was tried last; @work's
 * @removed: that is taken down, or about to be; @work's
 * @work: calls apply() and remove(), see device.c
 * @node: in the class's list; guarded by the class's lock. Empty once gone, for which
 *	@lock is held, too: either lock is enough to look
 * @ref: one for the class's list, one per path, one per queued run of @work
 */
struct partbus_vsc_head {
	struct partbus_vsc_class *class;
	uuid_t uuid;
	char resource[PARTBUS_NAME_MAX];
	char serial[32];
	struct mutex lock;
	struct list_head paths;
	struct partbus_vsc_path *live;
	struct pb_ranges user;
	struct pb_ranges user_before;
	bool user_asked;
	bool started;
	bool withdrawn;
	bool remove;
	u64 version;
	u64 applied;
	bool removed;
	struct delayed_work work;
	struct list_head node;
	struct kref ref;
};

/**
 * struct partbus_vsc_class_ops - what a class does for its heads
 * @head_new: allocates a head (zeroed) for a channel that names a new resource;
 *	ERR_PTR on error. May sleep
 * @head_free: the last reference is gone. May sleep
 * @defaults: fills in the least and the like of the attributes that the class
 *	cares for; what it leaves out is taken as least 0, like as much as there is
 * @consider: can the head live under @contract? It has passed
 *	pb_contract_check() already. 0, or -errno with @why
 * @start: use @path, under @contract, from now on
 * @quiesce: send nothing more on the live path and call
 *	partbus_channel_quiesced(@path->ch) when nothing is in flight
 * @resume: go on after @quiesce as before
 * @stop: the live path is over: take back what is in flight, keep it for the
 *	next path. No ring or slot of @path is touched once this returns
 * @gone: the resource is gone for good: fail what is kept, at once, for apply() may
 *	be waiting for it. start() is not called any more. Must not wait for apply()
 * @apply: make what the world sees of the head, or change it to what the contract says
 *	that started last. 0 or -errno, for the log; with -ENOMEM it is called again in a
 *	second, otherwise with the next contract. May wait for I/O of the head, for long
 * @remove: take that down, after @gone. Nothing else runs for the head any more once
 *	this returns
 * @device: writes the name of what was made of the head
 *
 * apply and remove are called by one work; they, head_new, head_free and gone without
 * the head's lock, all others with it.
 */
struct partbus_vsc_class_ops {
	struct partbus_vsc_head *(*head_new)(struct partbus_channel *ch);
	void (*head_free)(struct partbus_vsc_head *head);
	void (*defaults)(struct partbus_vsc_head *head, struct pb_ranges *wish);
	int (*consider)(struct partbus_vsc_head *head, const struct pb_contract *contract,
			struct pb_refusal *why);
	int (*start)(struct partbus_vsc_head *head, struct partbus_vsc_path *path);
	void (*quiesce)(struct partbus_vsc_head *head, struct partbus_vsc_path *path);
	void (*resume)(struct partbus_vsc_head *head, struct partbus_vsc_path *path);
	void (*stop)(struct partbus_vsc_head *head, struct partbus_vsc_path *path);
	void (*gone)(struct partbus_vsc_head *head);
	int (*apply)(struct partbus_vsc_head *head);
	void (*remove)(struct partbus_vsc_head *head);
	void (*device)(struct partbus_vsc_head *head, char *buf, size_t size);
};

/**
 * struct partbus_vsc_class - one class of clients
 * @driver: the class module fills in driver.driver (name, owner) and
 *	driver.class; the core fills in the rest
 * @ops: see above
 * @wq: the class module's own, runs apply() and remove(): there before it registers,
 *	destroyed after it has unregistered: only that waits for the end of the last run
 * @lock: private; a mutex, guards @heads and the node of every head
 * @heads: private
 * @alive: private; heads that are not freed yet
 */
struct partbus_vsc_class {
	struct partbus_driver driver;
	const struct partbus_vsc_class_ops *ops;
	struct workqueue_struct *wq;
	struct mutex lock;
	struct list_head heads;
	atomic_t alive;
};

/* head.c; both may sleep */
int partbus_vsc_register(struct partbus_vsc_class *class);
/* Every head is gone and freed once this returns. */
void partbus_vsc_unregister(struct partbus_vsc_class *class);
void partbus_vsc_head_get(struct partbus_vsc_head *head);
/* May sleep; no lock of the core may be held. */
void partbus_vsc_head_put(struct partbus_vsc_head *head);
/**
 * partbus_vsc_head_forget() - give up a head that has no path, or only broken ones
 * @head: a reference is held
 *
 * Return: 0, -EBUSY when there is another path, -ENODEV when it is gone already.
 */
int partbus_vsc_head_forget(struct partbus_vsc_head *head);

#endif /* _PARTBUS_VSC_H */
