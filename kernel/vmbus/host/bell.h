/* SPDX-License-Identifier: GPL-2.0 */
/* The doorbell lines of one attachment: eventfds that QEMU gives to KVM. */
#ifndef _PB_BELL_H
#define _PB_BELL_H

#include <linux/eventfd.h>
#include <linux/poll.h>
#include <linux/wait.h>

#include <vmbus/line.h>

/**
 * struct pb_bell - one line, both directions
 * @in: interrupts the guest when signalled (an irqfd there)
 * @out: signalled when the guest rings (an ioeventfd there)
 * @wait: hears @out; runs inside eventfd_signal() with @wqh locked
 * @wqh: of @out
 * @table: registers @wait
 * @line: who is told
 */
struct pb_bell {
	struct eventfd_ctx *in;
	struct eventfd_ctx *out;
	wait_queue_entry_t wait;
	wait_queue_head_t *wqh;
	poll_table table;
	struct pb_line *line;
};

/* Takes references to both eventfds of this process and begins to hear. */
int pb_bell_init(struct pb_bell *b, int in_fd, int out_fd, struct pb_line *line);
/* Nothing is heard any more once this returns. Process context. */
void pb_bell_deafen(struct pb_bell *b);
/* Drops the references. */
void pb_bell_exit(struct pb_bell *b);
/* Any context but an eventfd's wake-up. */
void pb_bell_ring(struct pb_bell *b);

#endif /* _PB_BELL_H */
