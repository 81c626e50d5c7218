/* SPDX-License-Identifier: GPL-2.0 */
/* One row per control message of <partbus/ctrl.h>, and the check built on it. Pure. */
#ifndef _PB_CTRL_TABLE_H
#define _PB_CTRL_TABLE_H

#include <partbus/ctrl.h>

/* Where a message goes. */
enum pb_ctrl_direction {
	PB_CTRL_TO_HOST,
	PB_CTRL_TO_GUEST,
};

/**
 * struct pb_ctrl_span - bytes of a message that a check looks at
 * @offset: from the start of the message
 * @size: 0 ends a list of spans
 */
struct pb_ctrl_span {
	__u16 offset;
	__u16 size;
};

#define PB_CTRL_SPANS	3

/**
 * struct pb_ctrl_info - what must hold for a type of message
 * @name: for logs and traces: "offer"
 * @version: oldest protocol version that has it; the dispatcher compares it
 *	with the version that HELLO chose
 * @length: bytes used, header included; exact
 * @direction: enum pb_ctrl_direction
 * @after_hello: legal only once HELLO is answered; otherwise only before
 * @may_sleep: its handler must run where it may sleep
 * @text: strings, each with its terminator inside the span
 * @reserved: must be zero
 */
struct pb_ctrl_info {
	const char *name;
	__u32 version;
	__u16 length;
	__u8 direction;
	bool after_hello;
	bool may_sleep;
	struct pb_ctrl_span text[PB_CTRL_SPANS];
	struct pb_ctrl_span reserved[PB_CTRL_SPANS];
};

/* The row of a type, or NULL. */
const struct pb_ctrl_info *pb_ctrl_info(__u16 type);

/**
 * pb_ctrl_check() - may this message be handled?
 * @m: a private copy of the ring's entry
 * @direction: of the ring that it came from
 * @hello_done: at the host: HELLO_ACK was sent; at the guest: it was received
 * @expected_seq: the number that this direction's next message must have
 * @generation: of the present attachment
 * @why: out, on error: a sentence (static); may be NULL
 *
 * What the fields mean (does the channel exist, is the class known) is the
 * handler's business. On success the caller counts its sequence number up; on
 * -ESTALE it does not, and drops the message without a word.
 *
 * Return: 0, -ESTALE for an older generation, -EPROTO for a violation.
 */
int pb_ctrl_check(const struct partbus_ctrl_msg *m, enum pb_ctrl_direction direction,
		  bool hello_done, __u32 expected_seq, __u64 generation, const char **why);

#endif /* _PB_CTRL_TABLE_H */
