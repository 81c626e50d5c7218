// SPDX-License-Identifier: GPL-2.0
/* The epoll loop. */
#include "loop.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

long long pbd_now_msec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int pbd_loop_init(struct pbd_loop *loop)
{
	memset(loop, 0, sizeof(*loop));
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	return loop->epoll < 0 ? -errno : 0;
}

void pbd_loop_free(struct pbd_loop *loop)
{
	if (loop->epoll >= 0)
		close(loop->epoll);
	loop->epoll = -1;
}

static int control(struct pbd_loop *loop, int op, struct pbd_watch *watch, unsigned int events)
{
	struct epoll_event e = { .events = events, .data.ptr = watch };

	return epoll_ctl(loop->epoll, op, watch->fd, &e) ? -errno : 0;
}

int pbd_watch_add(struct pbd_loop *loop, struct pbd_watch *watch, unsigned int events)
{
	int ret = control(loop, EPOLL_CTL_ADD, watch, events);

	watch->added = !ret;
	return ret;
}

int pbd_watch_change(struct pbd_loop *loop, struct pbd_watch *watch, unsigned int events)
{
	return control(loop, EPOLL_CTL_MOD, watch, events);
}

void pbd_watch_remove(struct pbd_loop *loop, struct pbd_watch *watch)
{
	if (!watch->added)
		return;
	watch->added = false;
	control(loop, EPOLL_CTL_DEL, watch, 0);
	/* Events of it that were fetched already must not reach freed memory. */
	for (int i = 0; i < loop->batch_count; i++) {
		if (loop->batch[i].data.ptr == watch)
			loop->batch[i].data.ptr = NULL;
	}
}

void pbd_timer_cancel(struct pbd_loop *loop, struct pbd_timer *timer)
{
	struct pbd_timer **p = &loop->timers;

	if (!timer->armed)
		return;
	while (*p && *p != timer)
		p = &(*p)->next;
	if (*p)
		*p = timer->next;
	timer->armed = false;
}

void pbd_timer_set(struct pbd_loop *loop, struct pbd_timer *timer, int msec)
{
	struct pbd_timer **p = &loop->timers;

	pbd_timer_cancel(loop, timer);
	timer->at_msec = pbd_now_msec() + msec;
	while (*p && (*p)->at_msec <= timer->at_msec)
		p = &(*p)->next;
	timer->next = *p;
	*p = timer;
	timer->armed = true;
}

static void run_timers(struct pbd_loop *loop)
{
	long long now = pbd_now_msec();

	/* Times are compared with one "now": a timer that re-arms itself cannot starve us. */
	while (loop->timers && loop->timers->at_msec <= now) {
		struct pbd_timer *timer = loop->timers;

		loop->timers = timer->next;
		timer->armed = false;
		timer->expired(timer);
		if (loop->timers && loop->timers == timer && timer->at_msec <= now)
			break;
	}
}

int pbd_loop_once(struct pbd_loop *loop, int msec)
{
	if (loop->timers) {
		long long left = loop->timers->at_msec - pbd_now_msec();

		left = left < 0 ? 0 : left;
		if (msec < 0 || left < msec)
			msec = left > 0x7fffffff ? 0x7fffffff : (int)left;
	}
	loop->batch_count = epoll_wait(loop->epoll, loop->batch, PBD_LOOP_BATCH, msec);
	if (loop->batch_count < 0) {
		int error = errno;

		loop->batch_count = 0;
		if (error != EINTR)
			return -error;
	}
	for (int i = 0; i < loop->batch_count; i++) {
		struct pbd_watch *watch = loop->batch[i].data.ptr;

		if (watch)
			watch->ready(watch, loop->batch[i].events);
	}
	loop->batch_count = 0;
	run_timers(loop);
	return 0;
}

int pbd_loop_run(struct pbd_loop *loop)
{
	int ret = 0;

	while (!loop->stop && !ret)
		ret = pbd_loop_once(loop, -1);
	return ret;
}
