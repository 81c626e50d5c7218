// SPDX-License-Identifier: GPL-2.0
/*
 * The threads that take submissions, one for each queue of a session. They belong
 * to the session and outlive contracts, so that what an operator sets for one
 * holds: CPUs, a nice value, a policy that is neither of the two below.
 *
 * Threads instead of a workqueue, for their policy: as SCHED_BATCH a thread that
 * is woken goes to an idle CPU at once, but does not preempt a VCPU that rang on
 * the same CPU. That one goes on submitting, without a doorbell, until it waits
 * or its time is over, and all is taken in one batch. A worker that preempts
 * makes each request cost an exit, two switches and an interrupt. For a client that
 * waits for each request this is the cheaper way, all the same: there the worker is
 * SCHED_NORMAL, see vsp_worker_preempts().
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <uapi/linux/sched.h>
#include <uapi/linux/sched/types.h>

#include "vsp_internal.h"

int vsp_workers_grow(struct vsp_session *s, unsigned int nr)
{
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_BATCH,
	};

	while (s->nr_workers < nr) {
		struct kthread_worker *w;

		w = kthread_create_worker(0, "partbus/%u.%u", s->ch->id, s->nr_workers);
		if (IS_ERR(w))
			return PTR_ERR(w);
		/* Refused or not, it works. */
		sched_setattr_nocheck(w->task, &attr);
		s->workers[s->nr_workers++] = w;
	}
	return 0;
}

void vsp_worker_preempts(bool preempts)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = preempts ? SCHED_NORMAL : SCHED_BATCH,
	};

	/* Any other policy is an operator's. */
	if (current->policy == attr.sched_policy ||
	    (current->policy != SCHED_NORMAL && current->policy != SCHED_BATCH))
		return;
	attr.sched_nice = task_nice(current);
	/* Refused or not, it works. */
	sched_setattr_nocheck(current, &attr);
}
EXPORT_SYMBOL_GPL(vsp_worker_preempts);

void vsp_workers_end(struct vsp_session *s)
{
	while (s->nr_workers)
		kthread_destroy_worker(s->workers[--s->nr_workers]);
}
