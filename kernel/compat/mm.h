/* SPDX-License-Identifier: GPL-2.0 */
/* Differences of the memory management interface between kernels. */
#ifndef _PB_COMPAT_MM_H
#define _PB_COMPAT_MM_H

#include <linux/mm.h>
#include <linux/version.h>

/* 6.3 (bc292ab00f6c) put a lock behind changes of vm_flags; the mmap lock is enough here. */
static inline void pb_vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
	vma->vm_flags |= flags;
#else
	vm_flags_set(vma, flags);
#endif
}

#endif /* _PB_COMPAT_MM_H */
