// SPDX-License-Identifier: GPL-2.0
/* A clock for tests. */
#include "fake_clock.h"

#define SEC	1000000000LL

void (*fake_sleep)(void);

static long long passed;

/* It wakes late, as on a busy machine: a quarter of what was asked for. */
int __wrap_nanosleep(const struct timespec *t, struct timespec *left)
{
	if (!fake_sleep)
		return __real_nanosleep(t, left);
	passed += (t->tv_sec * SEC + t->tv_nsec) * 5 / 4;
	fake_sleep();
	return 0;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	if (!fake_sleep)
		return __real_clock_gettime(id, t);
	t->tv_sec = passed / SEC;
	t->tv_nsec = passed % SEC;
	return 0;
}
