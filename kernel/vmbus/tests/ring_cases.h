/* SPDX-License-Identifier: GPL-2.0 */
/* Cases of the ring that KUnit and the user-space tests share. */
#ifndef _PB_RING_CASES_H
#define _PB_RING_CASES_H

#include <vmbus/ring.h>

/*
 * An end in a given state, and an index that the peer writes then.
 * @own, @told, @seen: the end's private state
 * @peer: what the peer's index says; 4 entries in the ring
 */
struct pb_ring_case {
	const char *sentence;
	__u32 own, told, seen;
	__u32 peer;
	int result;
};

/* pb_ring_consume(): all of these have to look at @prod, as own == seen. */
static const struct pb_ring_case pb_ring_consumer_cases[] = {
	{ "an index that did not move is an empty ring", 0, 0, 0, 0, 0 },
	{ "one entry more is one entry", 0, 0, 0, 1, 1 },
	{ "a full ring is legal", 0, 0, 0, 4, 1 },
	{ "one more than the ring has is a violation", 0, 0, 0, 5, -EPROTO },
	{ "an index that moves back by one is a violation", 8, 8, 8, 7, -EPROTO },
	{ "an index that moves back to the start is a violation", 8, 8, 8, 0, -EPROTO },
	{ "half the number range is a violation", 8, 8, 8, 0x80000008u, -EPROTO },
	{ "all ones is a violation", 8, 8, 8, 0xffffffffu, -EPROTO },
	{ "the index may wrap", 0xfffffffeu, 0xfffffffeu, 0xfffffffeu, 2, 1 },
	{ "beyond the wrap the limit holds, too", 0xfffffffeu, 0xfffffffeu, 0xfffffffeu, 3,
	  -EPROTO },
	{ "places that were given back may be used", 3, 1, 3, 5, 1 },
	{ "places that were not given back may not", 3, 1, 3, 6, -EPROTO },
};

/* pb_ring_produce(): all of these have to look at @cons, as the ring looks full. */
static const struct pb_ring_case pb_ring_producer_cases[] = {
	{ "a full ring that nobody read stays full", 4, 4, 0, 0, -ENOSPC },
	{ "one entry read makes room", 4, 4, 0, 1, 0 },
	{ "all entries read make room", 4, 4, 0, 4, 0 },
	{ "more read than was ever shown is a violation", 4, 4, 0, 5, -EPROTO },
	{ "more read than was published is a violation", 4, 2, 0, 3, -EPROTO },
	{ "as much read as was published is legal", 4, 2, 0, 2, 0 },
	{ "an index that moves back is a violation", 12, 12, 8, 7, -EPROTO },
	{ "half the number range is a violation", 12, 12, 8, 0x80000008u, -EPROTO },
	{ "all ones is a violation", 12, 12, 8, 0xffffffffu, -EPROTO },
	{ "the index may wrap", 2, 2, 0xfffffffeu, 1, 0 },
	{ "beyond the wrap the limit holds, too", 2, 2, 0xfffffffeu, 3, -EPROTO },
};

/*
 * When does the peer want a doorbell? The index moves from @old to @now and the
 * peer's event index says @event.
 */
struct pb_ring_event_case {
	const char *sentence;
	__u32 event, old, now;
	bool doorbell;
};

static const struct pb_ring_event_case pb_ring_event_cases[] = {
	{ "the first entry of a fresh ring rings", 0, 0, 1, true },
	{ "moving past the event rings", 7, 7, 8, true },
	{ "moving past it in the middle of a batch rings", 7, 5, 9, true },
	{ "moving up to it does not ring", 7, 5, 7, false },
	{ "an event of the past does not ring", 3, 5, 9, false },
	{ "an event of the future does not ring", 20, 5, 9, false },
	{ "moving past it over the wrap rings", 0xffffffffu, 0xfffffffeu, 1, true },
	{ "an event behind the wrap rings", 0, 0xffffffffu, 1, true },
	{ "an event of the past before the wrap does not ring", 0xfffffff0u, 0xffffffffu, 1,
	  false },
};

#endif /* _PB_RING_CASES_H */
