/* SPDX-License-Identifier: GPL-2.0 */
/* Geometries of data sections, shared by KUnit and the user-space tests. */
#ifndef _PB_LAYOUT_CASES_H
#define _PB_LAYOUT_CASES_H

#include <vmbus/layout.h>

struct pb_layout_case {
	const char *sentence;
	__u64 queues, depth, slot_size;
	int result;
	__u32 ring_entries, queue_stride, cq_offset;
	__u64 slots_offset, size;
};

static const struct pb_layout_case pb_layout_cases[] = {
	{ "the smallest section has a page per ring and one slot", 1, 1, 4096, 0,
	  1, 8192, 4096, 8192, 12288 },
	{ "rings of 32 entries fit into a page each", 2, 32, 65536, 0,
	  32, 8192, 4096, 16384, 16384 + 64 * 65536 },
	{ "the control words push 128 submissions over a page", 1, 128, 4096, 0,
	  128, 12288, 8192, 12288, 12288 + 128 * 4096 },
	{ "a depth that is no power of two has a larger ring, not more slots", 1, 33, 4096, 0,
	  64, 8192, 4096, 8192, 8192 + 33 * 4096 },
	{ "the largest section is above 4 GiB", 16, 1024, 1 << 20, 0,
	  1024, 57344, 36864, 16 * 57344, 16 * 57344 + (16ULL << 30) },
	{ "no queues are refused", 0, 1, 4096, -EINVAL, 0, 0, 0, 0, 0 },
	{ "too many queues are refused", 17, 1, 4096, -EINVAL, 0, 0, 0, 0, 0 },
	{ "no depth is refused", 1, 0, 4096, -EINVAL, 0, 0, 0, 0, 0 },
	{ "too much depth is refused", 1, 1025, 4096, -EINVAL, 0, 0, 0, 0, 0 },
	{ "a slot below a page is refused", 1, 1, 2048, -EINVAL, 0, 0, 0, 0, 0 },
	{ "a slot above the limit is refused", 1, 1, 2 << 20, -EINVAL, 0, 0, 0, 0, 0 },
	{ "a slot that is no power of two is refused", 1, 1, 12288, -EINVAL, 0, 0, 0, 0, 0 },
	{ "queues beyond 32 bits are not cut", (1ULL << 32) + 1, 1, 4096, -EINVAL, 0, 0, 0, 0, 0 },
	{ "a depth beyond 32 bits is not cut", 1, (1ULL << 32) + 1, 4096, -EINVAL, 0, 0, 0, 0, 0 },
	{ "a slot beyond 32 bits is not cut", 1, 1, (1ULL << 32) + 4096, -EINVAL, 0, 0, 0, 0, 0 },
};

#endif /* _PB_LAYOUT_CASES_H */
