/* SPDX-License-Identifier: GPL-2.0 */
/* Differences of the eventfd interface between kernels. */
#ifndef _PB_COMPAT_EVENTFD_H
#define _PB_COMPAT_EVENTFD_H

#include <linux/eventfd.h>
#include <linux/version.h>

/* 6.8 (3652117f8548) took the count away, which everybody passed as 1. */
static inline void pb_eventfd_signal(struct eventfd_ctx *ctx)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
	eventfd_signal(ctx, 1);
#else
	eventfd_signal(ctx);
#endif
}

#endif /* _PB_COMPAT_EVENTFD_H */
