// SPDX-License-Identifier: GPL-2.0
/*
 * Polling of a queue for a bounded time before its worker waits for a doorbell:
 * a doorbell is an exit of the client's VCPU and a wake-up of the worker.
 *
 * How long adapts itself, as KVM's polling of halted VCPUs does: it grows while
 * doorbells come soon after the queue was armed, so that polling a little longer
 * would have saved them, and goes back to nothing when one comes late. A queue
 * without work is polled once more, in vain, and never again.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>

#include "vsp_blk.h"

/* A poll beyond this is a mistake. */
#define POLL_USECS_MAX	1000u
/* What the first poll takes. */
#define POLL_NS_START	5000u

static unsigned int poll_usecs = 50;
module_param(poll_usecs, uint, 0644);
MODULE_PARM_DESC(poll_usecs, "most microseconds that a queue is polled before it waits for a doorbell, up to 1000, 0 for never (default 50)");

static u64 poll_ns_max(void)
{
	return (u64)min(READ_ONCE(poll_usecs), POLL_USECS_MAX) * NSEC_PER_USEC;
}

/* The worker begins a run. What it learns does not harm when it is no doorbell's. */
void queue_poll_woken(struct blk_queue *bq)
{
	u64 most = poll_ns_max();

	if (!bq->armed || !most)
		return;
	if (ktime_to_ns(ktime_sub(ktime_get(), bq->armed)) > most)
		bq->poll_ns = 0;
	else
		bq->poll_ns = clamp_t(u64, bq->poll_ns * 2, POLL_NS_START, most);
	bq->armed = 0;
}

/*
 * Is there work within the time that polling may take? Only while nobody else
 * wants this CPU: the client's VCPU may be who.
 */
bool queue_poll(struct blk_queue *bq)
{
	ktime_t now, end;

	if (!poll_ns_max())
		return false;
	now = ktime_get();
	end = ktime_add_ns(now, min(bq->poll_ns, poll_ns_max()));
	while (ktime_before(now, end) && READ_ONCE(bq->taking) &&
	       single_task_running() && !need_resched()) {
		if (partbus_queue_pending(bq->q)) {
			bq->armed = 0;
			return true;
		}
		cpu_relax();
		now = ktime_get();
	}
	bq->armed = now;
	return false;
}
