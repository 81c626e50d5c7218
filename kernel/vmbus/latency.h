/* SPDX-License-Identifier: GPL-2.0 */
/* How long requests took, counted by powers of two. Not: who counts. */
#ifndef _PARTBUS_LATENCY_H
#define _PARTBUS_LATENCY_H

#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/types.h>

/* The last one begins at 4.3 seconds. */
#define PB_LATENCY_BUCKETS	24

/**
 * struct pb_latency - a histogram
 * @count: number n counts what took less than 1024 ns << n and not less than half
 *	of that; the last one all that took longer
 *
 * Written by whoever serialises the queue's end, read without a lock: a reader
 * may see a value of a moment ago.
 */
struct pb_latency {
	u64 count[PB_LATENCY_BUCKETS];
};

static inline void pb_latency_add(struct pb_latency *l, u64 nsec)
{
	l->count[min_t(unsigned int, fls64(nsec >> 10), PB_LATENCY_BUCKETS - 1)]++;
}

#endif /* _PARTBUS_LATENCY_H */
