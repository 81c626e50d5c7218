/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * A ring of fixed-size entries with one producer and one consumer, used for
 * everything that crosses a partition: control messages, negotiation mailboxes,
 * submissions and completions.
 *
 * Indices are free-running; entry i of a ring with 2^n entries is i mod 2^n.
 * Each word has a cache line of its own and exactly one writer. Suppression of
 * doorbells follows the event index of virtio 1.1, section 2.6.7.
 */
#ifndef _UAPI_PARTBUS_RING_H
#define _UAPI_PARTBUS_RING_H

#include <partbus/types.h>

/**
 * struct partbus_ring_ctl - the control words in front of a ring's entries
 * @prod: number of entries produced so far; written by the producer
 * @cons_event: the producer wants a doorbell when @cons moves past this value
 *	(room in a full ring); written by the producer
 * @cons: number of entries consumed so far; written by the consumer
 * @prod_event: the consumer wants a doorbell when @prod moves past this value;
 *	written by the consumer
 */
struct partbus_ring_ctl {
	__le32 prod;
	__u8 pad0[60];
	__le32 cons_event;
	__u8 pad1[60];
	__le32 cons;
	__u8 pad2[60];
	__le32 prod_event;
	__u8 pad3[60];
};
PARTBUS_ASSERT_SIZE(partbus_ring_ctl, 256);
PARTBUS_ASSERT_OFFSET(partbus_ring_ctl, cons, 128);

#endif /* _UAPI_PARTBUS_RING_H */
