/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which lines a channel's queues have, and which a new channel had best be given. Pure.
 * Line 0 is no channel's.
 */
#ifndef _PB_LINES_H
#define _PB_LINES_H

#include <linux/types.h>

#include <partbus/types.h>

/* The line of queue @queue of a channel whose first line is @first. */
static inline __u32 pb_line_of_queue(__u32 first, __u32 queue)
{
	return 1 + (first - 1 + queue) % (PARTBUS_LINES - 1);
}

/*
 * Every channel has a first queue; further ones are what a client may ask for, and often
 * does not. So a first queue weighs as much as all that a channel may have.
 */
static inline __u32 pb_line_weight(__u32 queue)
{
	return queue ? 1 : PARTBUS_MAX_QUEUES;
}

/**
 * pb_lines_load() - a channel has its lines
 * @load: of each line, of PARTBUS_LINES
 * @first: the channel's first line
 * @queues: how many queues it may come to have
 */
static inline void pb_lines_load(__u32 *load, __u32 first, __u32 queues)
{
	__u32 i;

	for (i = 0; i < queues; i++)
		load[pb_line_of_queue(first, i)] += pb_line_weight(i);
}

/**
 * pb_lines_choose() - the first line of a new channel
 * @load: what pb_lines_load() has made of the others
 * @queues: how many queues it may come to have
 *
 * Return: where its queues meet the least of others; of several such places the lowest.
 */
static inline __u32 pb_lines_choose(const __u32 *load, __u32 queues)
{
	__u64 cost, least = ~0ULL;
	__u32 first, best = 1, i;

	for (first = 1; first < PARTBUS_LINES; first++) {
		cost = 0;
		for (i = 0; i < queues; i++)
			cost += (__u64)load[pb_line_of_queue(first, i)] * pb_line_weight(i);
		if (cost < least) {
			least = cost;
			best = first;
		}
	}
	return best;
}

#endif /* _PB_LINES_H */
