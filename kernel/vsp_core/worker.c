// SPDX-License-Identifier: GPL-2.0
/*
 * The threads that take submissions, one for each queue of a session. They belong
 * to the session and outlive contracts, so that what an operator sets for one
 * (chrt, taskset) holds.
 *
 * Threads instead of a workqueue, for their policy: as SCHED_BATCH a thread that
 * is woken goes to an idle CPU at once, but does not preempt a VCPU that rang on
 * the same CPU. That one goes on submitting, without a doorbell, until it waits
 * or its time is over, and all is taken in one batch. A worker that preempts
 * makes each request cost an exit, two switches and an interrupt.
 */
#include <linux/err.h>
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

void vsp_workers_end(struct vsp_session *s)
{
	while (s->nr_workers)
		kthread_destroy_worker(s->workers[--s->nr_workers]);
}
