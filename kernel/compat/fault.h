/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's fault injection attributes: probability, interval, task filter
 * and so on. Distributions build kernels without them; then what asks whether to
 * fail is told yes, and only counts for itself.
 */
#ifndef _COMPAT_FAULT_H
#define _COMPAT_FAULT_H

#include <linux/debugfs.h>
#include <linux/fault-inject.h>

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS

struct pb_fault {
	struct fault_attr attr;
};

static inline void pb_fault_init(struct pb_fault *f, const char *name, struct dentry *parent)
{
	f->attr = (struct fault_attr)FAULT_ATTR_INITIALIZER;
	/* Always, unless somebody makes it less: without a line in the log for each. */
	f->attr.probability = 100;
	atomic_set(&f->attr.times, -1);
	f->attr.verbose = 0;
	fault_create_debugfs_attr(name, parent, &f->attr);
}

static inline bool pb_fault_now(struct pb_fault *f)
{
	return should_fail(&f->attr, 1);
}

#else

struct pb_fault {
};

static inline void pb_fault_init(struct pb_fault *f, const char *name, struct dentry *parent)
{
}

static inline bool pb_fault_now(struct pb_fault *f)
{
	return true;
}

#endif

#endif /* _COMPAT_FAULT_H */
