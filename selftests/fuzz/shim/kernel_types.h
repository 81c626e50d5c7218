/* SPDX-License-Identifier: GPL-2.0 */
/* Put in front of files of the kernel that are not pure. */
#ifndef _SHIM_KERNEL_TYPES_H
#define _SHIM_KERNEL_TYPES_H

#include <linux/types.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/byteorder.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#define READ_ONCE(x)	(*(const volatile typeof(x) *)&(x))

#endif /* _SHIM_KERNEL_TYPES_H */
