// SPDX-License-Identifier: GPL-2.0
/*
 * What may take for ever is done aside: a backing is opened and closed by works.
 *
 * Netlink requests must end. All generic netlink of a kernel has one lock, which each
 * request holds for reading: while one of them waits for a device that does not answer,
 * the next module that registers a family would keep everybody's requests waiting.
 */
#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "vsp_internal.h"

/* How long who asked for it waits; jiffies. A device that works is much faster. */
#define PATIENCE	(5 * HZ)

/**
 * struct vsp_aside - one thing to be done
 * @work: does it
 * @ref: one of the work, one of who waits
 * @done: @ret and @extack are there
 * @fn: what is to be done
 * @res: to what
 * @extack: its own, for the one of the request may be gone
 * @ret: what came of it
 */
struct vsp_aside {
	struct work_struct work;
	struct kref ref;
	struct completion done;
	vsp_aside_fn *fn;
	struct vsp_resource *res;
	struct netlink_ext_ack extack;
	int ret;
};

static struct workqueue_struct *aside_wq;

static void aside_release(struct kref *ref)
{
	kfree(container_of(ref, struct vsp_aside, ref));
}

static void aside_work(struct work_struct *work)
{
	struct vsp_aside *a = container_of(work, struct vsp_aside, work);

	a->ret = a->fn(a->res, &a->extack);
	complete(&a->done);
	kref_put(&a->ref, aside_release);
}

struct vsp_aside *vsp_aside_new(void)
{
	struct vsp_aside *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return NULL;
	INIT_WORK(&a->work, aside_work);
	kref_init(&a->ref);		/* ours, put by vsp_aside_drop() or vsp_aside_run() */
	init_completion(&a->done);
	return a;
}

void vsp_aside_drop(struct vsp_aside *a)
{
	kref_put(&a->ref, aside_release);
}

int vsp_aside_run(struct vsp_aside *a, vsp_aside_fn *fn, struct vsp_resource *res,
		  struct netlink_ext_ack *extack)
{
	int ret = -EINPROGRESS;

	a->fn = fn;
	a->res = res;
	kref_get(&a->ref);		/* the work's */
	queue_work(aside_wq, &a->work);
	if (wait_for_completion_killable_timeout(&a->done, PATIENCE) > 0) {
		ret = a->ret;
		/* A sentence of a module that who waits holds. */
		if (extack)
			extack->_msg = a->extack._msg;
	}
	vsp_aside_drop(a);
	return ret;
}

int vsp_aside_init(void)
{
	aside_wq = alloc_workqueue("partbus_backing", WQ_UNBOUND, 0);
	return aside_wq ? 0 : -ENOMEM;
}

/* All are over: what is opened holds the module of its class, which holds this one. */
void vsp_aside_exit(void)
{
	destroy_workqueue(aside_wq);
}
