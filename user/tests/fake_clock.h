/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A clock for tests: who sleeps wakes at once, and what happens meanwhile is the
 * test's to say. The linker leads what is tested here (--wrap, see the Makefile).
 */
#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

#include <time.h>

/*
 * Called in each sleep. As long as it is set, time passes only there; else the clock is
 * the machine's.
 */
extern void (*fake_sleep)(void);

int __wrap_nanosleep(const struct timespec *t, struct timespec *left);
int __real_nanosleep(const struct timespec *t, struct timespec *left);
int __wrap_clock_gettime(clockid_t id, struct timespec *t);
int __real_clock_gettime(clockid_t id, struct timespec *t);

#endif
