// SPDX-License-Identifier: GPL-2.0
/* Geometry of data sections. */
#include "harness.h"

#include <vmbus/layout.h>

struct row {
	const char *sentence;
	__u64 queues, depth, slot_size;
	int result;
	__u32 ring_entries, queue_stride, cq_offset;
	__u64 slots_offset, size;
};

static const struct row rows[] = {
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

static void geometry(void **state)
{
	const struct row *r = *state;
	struct pb_layout l;

	assert_int_equal(pb_layout_init(&l, r->queues, r->depth, r->slot_size), r->result);
	if (r->result)
		return;
	assert_int_equal(l.ring_entries, r->ring_entries);
	assert_int_equal(l.queue_stride, r->queue_stride);
	assert_int_equal(l.cq_offset, r->cq_offset);
	assert_int_equal(l.slots_offset, r->slots_offset);
	assert_int_equal(l.size, r->size);
}

/* Every part begins where the one before has ended, and the last one ends the section. */
static void nothing_overlaps(void **state)
{
	__u64 queues, depth, slot, end;
	struct pb_layout l;
	__u32 q, tag;

	(void)state;
	for (queues = 1; queues <= PARTBUS_MAX_QUEUES; queues++)
		for (depth = 1; depth <= PARTBUS_MAX_DEPTH; depth += depth < 130 ? 1 : 127)
			for (slot = 4096; slot <= PARTBUS_MAX_SLOT_SIZE; slot <<= 4) {
				assert_int_equal(pb_layout_init(&l, queues, depth, slot), 0);
				end = 0;
				for (q = 0; q < queues; q++) {
					assert_true(pb_layout_sq(&l, q) >= end);
					assert_int_equal(pb_layout_sq(&l, q) % 4096, 0);
					end = pb_layout_sq(&l, q) + 256 + l.ring_entries * 32;
					assert_true(pb_layout_cq(&l, q) >= end);
					assert_int_equal(pb_layout_cq(&l, q) % 4096, 0);
					end = pb_layout_cq(&l, q) + 256 + l.ring_entries * 16;
				}
				assert_true(l.slots_offset >= end);
				assert_true(l.slots_offset < end + 4096);
				end = l.slots_offset;
				for (q = 0; q < queues; q++)
					for (tag = 0; tag < depth; tag++) {
						assert_true(pb_layout_slot(&l, q, tag) == end);
						end += slot;
					}
				assert_true(l.size == end);
			}
}

int main(void)
{
	add_rows(rows, geometry);
	add_test("no two parts of any section overlap", nothing_overlaps, NULL);
	return run_all("layout");
}
