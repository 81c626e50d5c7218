/* SPDX-License-Identifier: GPL-2.0 */
/* The two control rings of a window, seen from either side. */
#ifndef _PB_CTRL_H
#define _PB_CTRL_H

#include <linux/list.h>
#include <linux/mutex.h>

#include <partbus/ctrl.h>
#include <vmbus/ctrl_table.h>
#include <vmbus/ring.h>

/**
 * struct pb_ctrl - control rings of one attachment
 * @lock: a mutex; guards @out, @pending, @tx_seq, @generation, @up. Nothing else
 *	is taken inside
 * @out: to the other side
 * @pending: messages that found no room, oldest first
 * @npending: how many
 * @tx_seq: number of the last message
 * @generation: of the attachment; 0 before the first
 * @up: messages may be sent
 * @in: from the other side; this and the rest belong to the receiver
 * @rx_seq: number of the last message
 * @hello_done: HELLO has been answered
 * @receives: PB_CTRL_TO_HOST or _TO_GUEST
 * @ring: rings the other side's control line; may be called with @lock held
 */
struct pb_ctrl {
	struct mutex lock;
	struct pb_ring out;
	struct list_head pending;
	unsigned int npending;
	u32 tx_seq;
	u64 generation;
	bool up;

	struct pb_ring in;
	u32 rx_seq;
	bool hello_done;
	enum pb_ctrl_direction receives;
	void (*ring)(struct pb_ctrl *c);
};

void pb_ctrl_init(struct pb_ctrl *c, enum pb_ctrl_direction receives,
		  void (*ring)(struct pb_ctrl *c));
/* A new generation begins; both rings are freshly formatted. May sleep. */
void pb_ctrl_reset(struct pb_ctrl *c, u64 generation, struct partbus_ring_ctl *out,
		   struct partbus_ring_ctl *in, u32 entries);
/* Nothing is sent or kept any more. May sleep. */
void pb_ctrl_down(struct pb_ctrl *c);
/*
 * Sends a message of @type with @size bytes of payload, or keeps it until there
 * is room; never waits for the other side. @generation: of the attachment that
 * the message is meant for, 0 for the present one. -ENOTCONN when down or in
 * another generation, -ENOBUFS when the other side has not read for so long that
 * no more is kept. May sleep.
 */
int pb_ctrl_send_in(struct pb_ctrl *c, u64 generation, u16 type, const void *payload,
		    size_t size);

static inline int pb_ctrl_send(struct pb_ctrl *c, u16 type, const void *payload, size_t size)
{
	return pb_ctrl_send_in(c, 0, type, payload, size);
}

/* There may be room. May sleep. */
void pb_ctrl_flush(struct pb_ctrl *c);
/*
 * How many messages has the other side not taken yet? -EPROTO with a sentence in
 * @why when what it says of that cannot be. May sleep.
 */
int pb_ctrl_unread(struct pb_ctrl *c, const char **why);
/*
 * The next message: 1, 0 for none, -EPROTO with a sentence in @why. One of an older
 * generation has type 0. Receiver only. May sleep.
 */
int pb_ctrl_receive(struct pb_ctrl *c, struct partbus_ctrl_msg *m, const char **why);

#endif /* _PB_CTRL_H */
