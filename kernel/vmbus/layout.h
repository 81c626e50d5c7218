/* SPDX-License-Identifier: GPL-2.0 */
/* Where rings and slots are in a data section. Pure; see <partbus/channel.h>. */
#ifndef _PB_LAYOUT_H
#define _PB_LAYOUT_H

#include <partbus/channel.h>

/**
 * struct pb_layout - geometry of a data section
 * @queues: number of queues
 * @depth: slots per queue
 * @slot_size: bytes per slot, a power of two and a multiple of the page size
 * @ring_entries: @depth rounded up to a power of two
 * @queue_stride: bytes from one queue's rings to the next's, whole pages
 * @cq_offset: of the completion ring from the start of a queue's rings
 * @slots_offset: of queue 0's slots from the start of the section
 * @size: bytes of the section, whole pages
 */
struct pb_layout {
	__u32 queues;
	__u32 depth;
	__u32 slot_size;
	__u32 ring_entries;
	__u32 queue_stride;
	__u32 cq_offset;
	__u64 slots_offset;
	__u64 size;
};

/* 0, or -EINVAL when a number is outside the limits of <partbus/types.h>. */
int pb_layout_init(struct pb_layout *l, __u64 queues, __u64 depth, __u64 slot_size);
__u64 pb_layout_sq(const struct pb_layout *l, __u32 queue);
__u64 pb_layout_cq(const struct pb_layout *l, __u32 queue);
__u64 pb_layout_slot(const struct pb_layout *l, __u32 queue, __u32 tag);

#endif /* _PB_LAYOUT_H */
