/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory barriers of ring.c, for the kernel and for user space.
 *
 * The kernel's smp_*() barriers vanish in a kernel built or booted for one
 * processor. The peer of a ring runs on another processor all the same, so only
 * the virt_*() family will do.
 */
#ifndef _PB_RING_BARRIER_H
#define _PB_RING_BARRIER_H

#include <linux/types.h>

#ifdef __KERNEL__
#include <linux/compiler.h>
#include <asm/barrier.h>

#define pb_read_once(p)			READ_ONCE(*(p))
#define pb_write_once(p, v)		WRITE_ONCE(*(p), v)
#define pb_load_acquire(p)		virt_load_acquire(p)
#define pb_store_release(p, v)		virt_store_release(p, v)
/* Words of this end that other contexts of it look at. */
#define pb_own_read(p)			READ_ONCE(*(p))
#define pb_own_write(p, v)		WRITE_ONCE(*(p), v)
#define pb_full_barrier()		virt_mb()
#define pb_compiler_barrier()		barrier()
#else
#define pb_read_once(p)			__atomic_load_n(p, __ATOMIC_RELAXED)
#define pb_write_once(p, v)		__atomic_store_n(p, v, __ATOMIC_RELAXED)
#define pb_load_acquire(p)		__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define pb_store_release(p, v)		__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define pb_own_read(p)			__atomic_load_n(p, __ATOMIC_RELAXED)
#define pb_own_write(p, v)		__atomic_store_n(p, v, __ATOMIC_RELAXED)
#define pb_full_barrier()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define pb_compiler_barrier()		__atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif

#endif /* _PB_RING_BARRIER_H */
