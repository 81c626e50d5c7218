// SPDX-License-Identifier: GPL-2.0
/*
 * The geometry of a data section out of any three numbers: what is not legal is
 * refused, and nothing else. Of what is legal everything lies in the section, in
 * order, and nothing upon another.
 */
#include "fuzz.h"

#include <linux/errno.h>
#include <vmbus/layout.h>

#define PAGE	((__u64)PARTBUS_PAGE_SIZE)

static __u64 near(struct input *in, __u64 limit)
{
	switch (in_byte(in) & 3) {
	case 0:
		return in_number(in);
	case 1:
		return limit + (__s8)in_byte(in);
	case 2:
		return 1ULL << (in_byte(in) & 63);
	default:
		return in_below(in, limit + 1);
	}
}

static bool from_to(__u64 value, __u64 least, __u64 most)
{
	return value >= least && value <= most;
}

static bool legal_slot_size(__u64 slot_size)
{
	__u64 size;

	for (size = PARTBUS_MIN_SLOT_SIZE; size <= PARTBUS_MAX_SLOT_SIZE; size *= 2)
		if (slot_size == size)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	__u64 queues = near(&in, PARTBUS_MAX_QUEUES), depth = near(&in, PARTBUS_MAX_DEPTH);
	__u64 slot_size = near(&in, PARTBUS_MAX_SLOT_SIZE), end = 0, entries;
	bool legal_queues = from_to(queues, 1, PARTBUS_MAX_QUEUES);
	bool legal_depth = from_to(depth, PARTBUS_MIN_DEPTH, PARTBUS_MAX_DEPTH);
	bool legal_size = legal_slot_size(slot_size);
	struct pb_layout l;
	__u32 q, tag;
	int ret;

	memset(&l, 0xa5, sizeof(l));
	ret = pb_layout_init(&l, queues, depth, slot_size);
	if (ret) {
		must(ret == -EINVAL, "a layout fails with another error");
		must(!legal_queues || !legal_depth || !legal_size, "a legal layout is refused");
		/* Each for its own sake, or one check could stand in for another. */
		REACHED_IF(legal_depth && legal_size, "refused because of the queues");
		REACHED_IF(legal_queues && legal_size, "refused because of the depth");
		REACHED_IF(legal_queues && legal_depth, "refused because of the slots");
		return 0;
	}
	must(legal_queues, "a number of queues that is not legal is accepted");
	must(legal_depth, "a depth that is not legal is accepted");
	must(legal_size, "a slot size that is not legal is accepted");
	must(l.queues == queues && l.depth == depth && l.slot_size == slot_size,
	     "another layout than asked for");
	entries = l.ring_entries;
	must(entries >= depth && !(entries & (entries - 1)) && entries < 2 * depth,
	     "the ring's entries are not the next power of two");
	for (q = 0; q < queues; q++) {
		must(pb_layout_sq(&l, q) == end && end % PAGE == 0, "a gap in front of a queue");
		end += sizeof(struct partbus_ring_ctl) + entries * PARTBUS_SQE_SIZE;
		must(pb_layout_cq(&l, q) >= end && pb_layout_cq(&l, q) - end < PAGE &&
		     pb_layout_cq(&l, q) % PAGE == 0, "two rings of a queue meet");
		end = pb_layout_cq(&l, q) + sizeof(struct partbus_ring_ctl) +
		      entries * PARTBUS_CQE_SIZE;
		end = (end + PAGE - 1) / PAGE * PAGE;
	}
	must(l.slots_offset == end, "slots do not follow the rings");
	for (q = 0; q < queues; q++) {
		tag = in_below(&in, depth);
		must(pb_layout_slot(&l, q, tag) == end + tag * slot_size &&
		     pb_layout_slot(&l, q, tag) % PAGE == 0, "a slot is misplaced");
		end += depth * slot_size;
	}
	must(l.size == end && end % PAGE == 0 && end < 1ULL << 36, "the section has another size");
	REACHED("laid out");
	REACHED_IF(queues == PARTBUS_MAX_QUEUES && depth == PARTBUS_MAX_DEPTH &&
		   slot_size == PARTBUS_MAX_SLOT_SIZE, "the largest section there is");
	return 0;
}

void fuzz_seeds(fuzz_emit emit)
{
	static const struct {
		const char *name;
		__u64 queues, depth, slot_size;
	} seeds[] = {
		{ "smallest", 1, 1, PARTBUS_MIN_SLOT_SIZE },
		{ "largest", PARTBUS_MAX_QUEUES, PARTBUS_MAX_DEPTH, PARTBUS_MAX_SLOT_SIZE },
		{ "ring-larger-than-depth", 3, 65, 2 * PARTBUS_MIN_SLOT_SIZE },
		/* One number is wrong, the others are right. */
		{ "no-queue", 0, 1, PARTBUS_MIN_SLOT_SIZE },
		{ "queues-beyond-most", PARTBUS_MAX_QUEUES + 1, 1, PARTBUS_MIN_SLOT_SIZE },
		{ "queues-beyond-32-bits", (1ULL << 32) + 1, 1, PARTBUS_MIN_SLOT_SIZE },
		{ "no-depth", 1, PARTBUS_MIN_DEPTH - 1, PARTBUS_MIN_SLOT_SIZE },
		{ "depth-beyond-most", PARTBUS_MAX_QUEUES, PARTBUS_MAX_DEPTH + 1,
		  PARTBUS_MIN_SLOT_SIZE },
		{ "depth-beyond-32-bits", 1, (1ULL << 32) + 1, PARTBUS_MIN_SLOT_SIZE },
		{ "no-slot", 1, 1, 0 },
		{ "slot-below-least", 1, 1, PARTBUS_MIN_SLOT_SIZE / 2 },
		{ "slot-beyond-most", 1, 1, PARTBUS_MAX_SLOT_SIZE * 2 },
		{ "slot-beyond-32-bits", 1, 1, (1ULL << 32) + PARTBUS_MIN_SLOT_SIZE },
		{ "slot-no-power-of-two", 1, 1, PARTBUS_MIN_SLOT_SIZE * 3 },
	};

	for (unsigned int i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		struct script s = { 0 };

		script_byte(&s, 0);
		script_number(&s, seeds[i].queues);
		script_byte(&s, 0);
		script_number(&s, seeds[i].depth);
		script_byte(&s, 0);
		script_number(&s, seeds[i].slot_size);
		/* Where it is laid out: the last slot of each queue. */
		for (__u32 q = 0; seeds[i].depth && q < PARTBUS_MAX_QUEUES && q < seeds[i].queues;
		     q++)
			script_below(&s, seeds[i].depth, seeds[i].depth - 1);
		emit(seeds[i].name, s.bytes, s.size);
	}
}
