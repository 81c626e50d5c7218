/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The epoll loop: descriptors and timers. Handlers never block; that is what
 * keeps one silent or hostile peer from stopping the others.
 */
#ifndef PBD_LOOP_H
#define PBD_LOOP_H

#include <stdbool.h>
#include <sys/epoll.h>

struct pbd_watch {
	int fd;
	void (*ready)(struct pbd_watch *watch, unsigned int events);
	void *arg;
	bool added;
};

struct pbd_timer {
	void (*expired)(struct pbd_timer *timer);
	void *arg;
	long long at_msec;
	bool armed;
	struct pbd_timer *next;
};

#define PBD_LOOP_BATCH	64

struct pbd_loop {
	int epoll;
	bool stop;
	struct pbd_timer *timers;	/* by time */
	struct epoll_event batch[PBD_LOOP_BATCH];
	int batch_count;
};

int pbd_loop_init(struct pbd_loop *loop);
void pbd_loop_free(struct pbd_loop *loop);
/* 0 or -errno. */
int pbd_watch_add(struct pbd_loop *loop, struct pbd_watch *watch, unsigned int events);
int pbd_watch_change(struct pbd_loop *loop, struct pbd_watch *watch, unsigned int events);
/* The watch may be freed at once, also from within a handler. Does not close. */
void pbd_watch_remove(struct pbd_loop *loop, struct pbd_watch *watch);
void pbd_timer_set(struct pbd_loop *loop, struct pbd_timer *timer, int msec);
void pbd_timer_cancel(struct pbd_loop *loop, struct pbd_timer *timer);
/* One round: waits at most @msec (-1: until something happens). */
int pbd_loop_once(struct pbd_loop *loop, int msec);
int pbd_loop_run(struct pbd_loop *loop);
long long pbd_now_msec(void);

#endif
