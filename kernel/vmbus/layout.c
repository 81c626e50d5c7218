// SPDX-License-Identifier: GPL-2.0
/*
 * Offsets of rings and slots in a data section. They follow from the contract
 * alone, so both ends compute the same ones and read none from shared memory.
 */
#include <vmbus/layout.h>

#include <linux/errno.h>

static __u32 page_align(__u32 size)
{
	return (size + PARTBUS_PAGE_SIZE - 1) & ~(PARTBUS_PAGE_SIZE - 1);
}

static __u32 pow2_at_least(__u32 n)
{
	__u32 p = 1;

	while (p < n)
		p <<= 1;
	return p;
}

static bool within(__u64 value, __u64 least, __u64 most)
{
	return value >= least && value <= most;
}

/**
 * pb_layout_init() - the geometry that a contract implies
 * @l: out
 * @queues: number of queues
 * @depth: slots per queue
 * @slot_size: bytes per slot
 *
 * The limits make every sum below fit: at most 2^34 bytes of slots.
 *
 * Return: 0, or -EINVAL when a number is outside the limits of <partbus/types.h>.
 */
int pb_layout_init(struct pb_layout *l, __u64 queues, __u64 depth, __u64 slot_size)
{
	if (!within(queues, 1, PARTBUS_MAX_QUEUES) ||
	    !within(depth, PARTBUS_MIN_DEPTH, PARTBUS_MAX_DEPTH) ||
	    !within(slot_size, PARTBUS_MIN_SLOT_SIZE, PARTBUS_MAX_SLOT_SIZE) ||
	    (slot_size & (slot_size - 1)))
		return -EINVAL;

	l->queues = queues;
	l->depth = depth;
	l->slot_size = slot_size;
	l->ring_entries = pow2_at_least(l->depth);
	l->cq_offset = page_align(sizeof(struct partbus_ring_ctl) +
				  l->ring_entries * PARTBUS_SQE_SIZE);
	l->queue_stride = l->cq_offset + page_align(sizeof(struct partbus_ring_ctl) +
						    l->ring_entries * PARTBUS_CQE_SIZE);
	l->slots_offset = (__u64)l->queues * l->queue_stride;
	l->size = l->slots_offset + (__u64)l->queues * l->depth * l->slot_size;
	return 0;
}

/**
 * pb_layout_sq() - where a submission ring is
 * @l: the geometry
 * @queue: below @l->queues
 *
 * Return: offset from the start of the section.
 */
__u64 pb_layout_sq(const struct pb_layout *l, __u32 queue)
{
	return (__u64)queue * l->queue_stride;
}

/**
 * pb_layout_cq() - where a completion ring is
 * @l: the geometry
 * @queue: below @l->queues
 *
 * Return: offset from the start of the section.
 */
__u64 pb_layout_cq(const struct pb_layout *l, __u32 queue)
{
	return pb_layout_sq(l, queue) + l->cq_offset;
}

/**
 * pb_layout_slot() - where a slot is
 * @l: the geometry
 * @queue: below @l->queues
 * @tag: below @l->depth
 *
 * Return: offset from the start of the section.
 */
__u64 pb_layout_slot(const struct pb_layout *l, __u32 queue, __u32 tag)
{
	return l->slots_offset + ((__u64)queue * l->depth + tag) * l->slot_size;
}
