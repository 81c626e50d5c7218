// SPDX-License-Identifier: GPL-2.0
/* Geometry of data sections. */
#include "harness.h"

#include <vmbus/layout.h>
#include <vmbus/tests/layout_cases.h>

static void geometry(void **state)
{
	const struct pb_layout_case *r = *state;
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
	add_rows(pb_layout_cases, geometry);
	add_test("no two parts of any section overlap", nothing_overlaps, NULL);
	return run_all("layout");
}
