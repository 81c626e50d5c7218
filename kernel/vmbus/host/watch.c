// SPDX-License-Identifier: GPL-2.0
/*
 * What the host watches of an attachment: whether the guest's kernel moves its
 * heartbeat, whether the header of its window is whole, and whether the process is
 * there that attached. Not: what follows from it (attach.c takes down; who fences a
 * guest that hangs is user space).
 *
 * Contexts that can be inside when pb_watch_stop() begins, and why they end: the
 * wake-up of the pidfd (its wait entry is removed, which waits), the work (cancelled).
 */
#include "host.h"

#include <linux/jiffies.h>
#include <linux/module.h>

/* The guest beats at least twice a second. */
#define LOOK_PERIOD	HZ

static unsigned int hang_timeout = 10;
module_param(hang_timeout, uint, 0644);
MODULE_PARM_DESC(hang_timeout,
		 "seconds without a heartbeat after which a guest counts as hung; 0: never (default 10)");

static u64 beat_of(struct pb_attach *a)
{
	const struct partbus_window_header *h = a->head->va;

	return le64_to_cpu(READ_ONCE(h->heartbeat));
}

static void beat_event(struct pb_attach *a, u32 kind, const char *reason)
{
	struct partbus_event ev = {
		.kind = kind,
		.partition = a->id,
		.name = a->partition->name,
		.state = U32_MAX,
		.old_state = U32_MAX,
		.reason = reason,
	};

	partbus_event_send(&ev);
}

static void beat_lost(struct pb_attach *a, unsigned int seconds)
{
	char reason[PARTBUS_REASON_MAX];

	a->watch.lost = true;
	scnprintf(reason, sizeof(reason), "no heartbeat for %u seconds", seconds);
	pr_warn("partbus: partition %s: %s\n", a->partition->name, reason);
	beat_event(a, PARTBUS_EVENT_KIND_HEARTBEAT_LOST, reason);
}

/* Is there a kernel that has said that it beats? */
static bool beat_expected(const struct pb_attach *a)
{
	return !a->gone && a->partition->state == PARTBUS_PARTITION_STATE_ACTIVE &&
	       a->compat & PARTBUS_COMPAT_HEARTBEAT;
}

/* Configuration lock held. */
static void beat_look(struct pb_attach *a)
{
	unsigned int seconds = min(READ_ONCE(hang_timeout), 3600u);
	struct pb_watch *w = &a->watch;
	u64 now = beat_of(a);

	partbus_config_assert_held();
	if (!beat_expected(a)) {
		w->beat_at = jiffies;
		return;
	}
	if (now != w->beat) {
		w->beat = now;
		w->beat_at = jiffies;
		if (w->lost) {
			w->lost = false;
			pr_info("partbus: partition %s: the heartbeat is back\n",
				a->partition->name);
			beat_event(a, PARTBUS_EVENT_KIND_HEARTBEAT_RETURNED, NULL);
		}
	} else if (seconds && !w->lost &&
		   time_after_eq(jiffies, w->beat_at + seconds * HZ)) {
		beat_lost(a, seconds);
	}
}

/* Ends with the attachment: does not queue itself again once it has told. */
static void watch_work(struct work_struct *work)
{
	struct pb_attach *a = container_of(to_delayed_work(work), struct pb_attach, watch.work);
	bool ended;

	/* Under the lock: pb_watch_start() has returned, so the detach work can stop it. */
	partbus_config_lock();
	/* Asked here: a wake-up may also tell of one thread of several. */
	ended = vfs_poll(a->pidfd, NULL) & EPOLLIN;
	if (ended) {
		pb_attach_down(a);
	} else {
		beat_look(a);
		pb_attach_show(a);
	}
	partbus_config_unlock();
	if (!ended)
		queue_delayed_work(pb_host_wq, &a->watch.work, LOOK_PERIOD);
}

bool pb_watch_heartbeat(struct pb_attach *a, u32 *state, u32 *age_msec)
{
	beat_look(a);
	*state = a->watch.lost ? PARTBUS_HEARTBEAT_STATE_LOST : PARTBUS_HEARTBEAT_STATE_BEATING;
	*age_msec = jiffies_to_msecs(jiffies - a->watch.beat_at);
	return beat_expected(a);
}

/* Runs with the wait queue of the pidfd locked, interrupts may be off. */
static int exit_wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct pb_attach *a = container_of(wait, struct pb_attach, watch.exit_wait);

	mod_delayed_work(pb_host_wq, &a->watch.work, 0);
	return 0;
}

static void exit_queue(struct file *file, wait_queue_head_t *wqh, poll_table *table)
{
	struct pb_watch *w = container_of(table, struct pb_watch, exit_table);

	w->exit_wqh = wqh;
	add_wait_queue(wqh, &w->exit_wait);
}

void pb_watch_start(struct pb_attach *a)
{
	struct pb_watch *w = &a->watch;

	partbus_config_assert_held();
	INIT_DELAYED_WORK(&w->work, watch_work);
	init_waitqueue_func_entry(&w->exit_wait, exit_wake);
	init_poll_funcptr(&w->exit_table, exit_queue);
	w->beat = beat_of(a);
	w->beat_at = jiffies;
	vfs_poll(a->pidfd, &w->exit_table);
	/* It may have gone before anybody listened. */
	queue_delayed_work(pb_host_wq, &w->work, 0);
}

void pb_watch_stop(struct pb_attach *a)
{
	struct pb_watch *w = &a->watch;

	/* The queue belongs to the process's struct pid, which the pidfd holds. */
	if (w->exit_wqh)
		remove_wait_queue(w->exit_wqh, &w->exit_wait);
	cancel_delayed_work_sync(&w->work);
}
