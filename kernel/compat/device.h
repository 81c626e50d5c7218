/* SPDX-License-Identifier: GPL-2.0 */
/* Differences of the driver model between kernels. */
#ifndef _PB_COMPAT_DEVICE_H
#define _PB_COMPAT_DEVICE_H

#include <linux/device.h>
#include <linux/version.h>

/*
 * Signatures of two bus_type callbacks: 6.3 (2a81ada32f0e) made the device of
 * uevent const, 6.11 (d69d80484598) the driver of match.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define PB_UEVENT_DEVICE	struct device
#else
#define PB_UEVENT_DEVICE	const struct device
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define PB_MATCH_DRIVER		struct device_driver
#else
#define PB_MATCH_DRIVER		const struct device_driver
#endif

#endif /* _PB_COMPAT_DEVICE_H */
