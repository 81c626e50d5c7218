/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_LINUX_SLAB_H
#define _SHIM_LINUX_SLAB_H

#include <stdlib.h>

#define GFP_NOIO	0
#define __GFP_NOFAIL	1
#define kfree		free

/* Refuses when the target says so, and may. */
extern int shim_no_memory;

static inline void *kzalloc(size_t size, int flags)
{
	return shim_no_memory && !(flags & __GFP_NOFAIL) ? NULL : calloc(1, size);
}

#endif /* _SHIM_LINUX_SLAB_H */
