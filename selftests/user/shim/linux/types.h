/* SPDX-License-Identifier: GPL-2.0 */
/* The system's header, and what the kernel's has besides. */
#ifndef _SHIM_LINUX_TYPES_H
#define _SHIM_LINUX_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#endif /* _SHIM_LINUX_TYPES_H */
