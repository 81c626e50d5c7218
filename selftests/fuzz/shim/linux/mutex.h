/* SPDX-License-Identifier: GPL-2.0 */
/* One thread: a lock only has to be held where it must be, and never twice. */
#ifndef _SHIM_LINUX_MUTEX_H
#define _SHIM_LINUX_MUTEX_H

#include <stdlib.h>
#include <linux/types.h>

struct mutex {
	bool held;
};

static inline void mutex_init(struct mutex *m)
{
	m->held = false;
}

static inline void mutex_lock(struct mutex *m)
{
	if (m->held)
		abort();
	m->held = true;
}

static inline void mutex_unlock(struct mutex *m)
{
	if (!m->held)
		abort();
	m->held = false;
}

#define lockdep_assert_held(lock) do {					\
	if (!(lock)->held)						\
		abort();						\
} while (0)

#endif /* _SHIM_LINUX_MUTEX_H */
