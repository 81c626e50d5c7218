/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One end's view of a ring of <partbus/ring.h>. Pure: no lock, no allocation.
 * Calls on one struct pb_ring must be serialised by the caller; the two ends
 * of a ring need no lock between them.
 */
#ifndef _PB_RING_H
#define _PB_RING_H

#include <partbus/ring.h>

/**
 * struct pb_ring - one end's private state
 * @ctl: the shared control words
 * @entries: the shared entries
 * @size: number of entries, a power of two; never read from shared memory
 * @entry_size: bytes in an entry
 * @own: free-running index of this end (produced or consumed so far)
 * @told: value of @own when it was last published to the peer
 * @seen: the last index of the peer that was believed
 * @broken: the peer's index was impossible once; nothing is believed any more
 */
struct pb_ring {
	struct partbus_ring_ctl *ctl;
	__u8 *entries;
	__u32 size;
	__u32 entry_size;
	__u32 own;
	__u32 told;
	__u32 seen;
	bool broken;
};

/* Clears the shared control words; before either end uses the ring. */
void pb_ring_format(struct partbus_ring_ctl *ctl);
void pb_ring_init(struct pb_ring *r, struct partbus_ring_ctl *ctl, void *entries,
		  __u32 size, __u32 entry_size);

/* Producer. pb_ring_produce: 0, -ENOSPC when full, -EPROTO on a hostile index. */
int pb_ring_produce(struct pb_ring *r, const void *entry);
/* Publishes what was produced; true when the consumer wants a doorbell. */
bool pb_ring_publish(struct pb_ring *r);
/* Asks for a doorbell on room; true when there is room already. */
bool pb_ring_want_room(struct pb_ring *r);
/* Entries that were published and not taken yet, or -EPROTO. */
int pb_ring_unread(struct pb_ring *r);

/* Consumer. pb_ring_consume: 1 and a private copy, 0 when empty, -EPROTO. */
int pb_ring_consume(struct pb_ring *r, void *entry);
/* Publishes what was consumed; true when the producer wants a doorbell. */
bool pb_ring_release(struct pb_ring *r);
/* The same for a ring whose producer never asks for room. */
void pb_ring_give_back(struct pb_ring *r);
/* Asks for a doorbell on the next entry; true when there is one already. */
bool pb_ring_arm(struct pb_ring *r);
/* A hint without side effects or ordering: something to consume? */
bool pb_ring_pending(const struct pb_ring *r);
__u32 pb_ring_produced(const struct pb_ring *r);

#endif /* _PB_RING_H */
