/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest's side of its window.
 *
 *   main.c           the PCI device: BARs, probe and removal
 *   vector.c         its interrupts, and those that come for nothing
 *   patience.h       how many of these are taken
 *   window_guest.c   is it ours; how fast it is
 *   window_parse.c   what is where in it
 *   attach_guest.c   attaching, HELLO, heartbeat, dispatch of control messages
 *   channel_guest.c  offers and rescinds: channel ends and their transport
 */
#ifndef _PB_GUEST_H
#define _PB_GUEST_H

#include <linux/pci.h>
#include <linux/workqueue.h>

#include <partbus/window.h>
#include <vmbus/channel.h>
#include <vmbus/ctrl.h>
#include <vmbus/pci/patience.h>
#include <vmbus/pci/window_parse.h>

struct pb_guest;

/**
 * struct pb_guest_vector - the interrupt of a line
 * @guest: whose
 * @irq: its number in Linux
 * @line: who is told
 * @patience: with interrupts for nothing, in jiffies; the handler's and, while it is
 *	off, the timer's
 * @timer: turns the interrupt on again
 */
struct pb_guest_vector {
	struct pb_guest *guest;
	unsigned int irq;
	struct pb_line *line;
	struct pb_patience patience;
	struct timer_list timer;
};

/**
 * struct pb_guest - one window
 * @pdev: the PCI device
 * @regs: BAR 0
 * @base: the window, mapped in one piece with struct pages
 * @header: its first page
 * @window: what it said when we came; read once and checked
 * @lines: what we hear
 * @vectors: for the interrupt handlers
 * @heard: listener of the control line
 * @work: attaches, then reads control messages; never runs twice at once
 * @stopping: @work and @heartbeat do not queue themselves any more
 * @nonce: ours, 0 while letting go
 * @attached: the host has answered the nonce; of @work
 * @greeted: HELLO was sent; of @work
 * @refused: the host has turned us away for good; of @work
 * @attach_delay: before the host is reminded, in jiffies; of @work
 * @ctrl: control rings
 * @heartbeat: moves the heartbeat word
 * @lock: a mutex; guards @channels
 * @channels: struct guest_channel that are not released
 * @leaving: no channel is made any more; @lock
 * @users: channel ends that may still call into this module
 * @wq: for all works of this window: what they do waits for no I/O but their own
 */
struct pb_guest {
	struct pci_dev *pdev;
	void __iomem *regs;
	void *base;
	struct partbus_window_header *header;
	struct pb_guest_window window;
	struct pb_lines lines;
	struct pb_guest_vector vectors[PARTBUS_LINES];
	struct partbus_listener heard;
	struct delayed_work work;
	bool stopping;
	u64 nonce;
	bool attached;
	bool greeted;
	bool refused;
	unsigned long attach_delay;
	struct pb_ctrl ctrl;
	struct delayed_work heartbeat;
	struct mutex lock;
	struct list_head channels;
	bool leaving;
	struct pb_users users;
	struct workqueue_struct *wq;
};

/* main.c */
/* Any context. */
void pb_guest_ring(struct pb_guest *g, u32 line);

/* vector.c */
int pb_guest_vectors_init(struct pb_guest *g);
/* No handler or timer runs any more. May sleep. */
void pb_guest_vectors_exit(struct pb_guest *g);
/* Where its handler had better run. May sleep. */
void pb_guest_vector_affine(struct pb_guest *g, u32 line, const struct cpumask *cpus);

/* window_guest.c */
/* Is this a window of partbus, and one that we understand? 0 or -errno, said why. */
int pb_guest_window_check(struct pb_guest *g, u64 bar_size);
/* Says loudly when the window is mapped uncached. */
void pb_guest_window_measure(struct pb_guest *g);

/* attach_guest.c */
void pb_guest_attach_start(struct pb_guest *g);
/* Lets go of the host, in bounded time whatever it does. May sleep. */
void pb_guest_attach_stop(struct pb_guest *g);

/* channel_guest.c */
void pb_guest_offer(struct pb_guest *g, const struct partbus_ctrl_offer *m);
void pb_guest_rescind(struct pb_guest *g, u32 channel, u32 reason);
void pb_guest_withdrawn(const struct partbus_ctrl_withdrawn *m);
void pb_guest_data_placed(struct pb_guest *g, const struct partbus_ctrl_data_placed *m);
/* All channels go; returns when their drivers have let go. May sleep. */
void pb_guest_rescind_all(struct pb_guest *g, u32 reason);

#endif /* _PB_GUEST_H */
