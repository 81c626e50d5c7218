/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The admin side of a channel end: mailbox in and out, the negotiation, and the
 * calls of the driver's ops.
 */
#ifndef _PB_ADMIN_H
#define _PB_ADMIN_H

#include <linux/mutex.h>
#include <linux/workqueue.h>

#include <partbus/channel.h>
#include <vmbus/negotiate_table.h>
#include <vmbus/partbus.h>
#include <vmbus/restraint.h>

/* What a client may have is 20 contracts a second; jiffies. */
#define PB_ADMIN_CONTRACT_COST	(HZ / 20)

/* Bits of struct pb_admin.flags. */
enum {
	PB_ADMIN_OPEN,		/* a driver is bound: begin */
	PB_ADMIN_WANT,		/* partbus_channel_want() */
	PB_ADMIN_QUIESCED,	/* partbus_channel_quiesced() */
	PB_ADMIN_BROKEN,	/* partbus_channel_break() */
};

/**
 * struct pb_admin - per channel end
 * @ch: the channel end
 * @work: does everything below; never runs twice at once for one channel
 * @lock: guards @dead and the queueing of @work; irq-safe, innermost
 * @dead: no driver is bound; @work is not queued any more
 * @used: a driver was bound before; guarded by the device lock
 * @flags: PB_ADMIN_* bits, set from anywhere, taken by @work
 * @end_reason: why the channel goes, set before its device does
 * @listener: hears the line of the mailboxes
 * @contract_lock: a mutex; guards changes of @neg, @current_contract and @data
 *	by @work against others who look at them. No driver's op is called with
 *	it held, so that an op may ask for the contract
 * @neg: the negotiation
 * @current_contract: in force while @neg.have_contract
 * @data: rings and slots in force, or NULL
 * @contracts: how many were started so far
 * @requests: client: how often an administrator asked for another contract; what was
 *	asked for is stored by the driver before it is counted, see pb_admin_requested()
 *
 * The rest belongs to @work alone:
 * @out: mailbox to the peer
 * @in: mailbox from the peer
 * @quiescing: the driver's quiesce() was called and neither start() nor resume()
 * @untold: this end gave the channel up, and the other one does not know yet
 * @armed: @deadline counts
 * @deadline: of the negotiation, in jiffies
 * @ended: how many requests had ended when @deadline was set, or the client's quiesce()
 *	called
 * @put_off: how often @deadline was put off for what ended since
 * @submitted: server: how many requests there had been when it was
 * @asked: server: this negotiation is one that it asked for
 * @ask_again: server: one that it asked for was given up for want of an answer
 * @retry_at: client in a dead end, server that is to ask again: when, in jiffies
 * @restraint: server: of what the client asks for by itself
 * @rering_at: when to ring again for a message that was not taken, in jiffies
 * @rering_delay: the delay before that, in jiffies
 * @tx_seq: number of the last message sent
 * @rx_seq: number of the last message received
 * @next_epoch: server: the last epoch that was granted
 * @lost_epoch: server: of the contract that was withdrawn last, or 0
 * @next_data_id: server: the last data section that was put into force
 * @version: server: protocol version of this negotiation
 * @answer_round: server: round of the request that is being answered
 * @granted: not yet in force; epoch 0 when there is none
 * @granted_data: for @granted, or NULL
 * @start_waits: client: START_COMPLETE came before its data section
 * @start_data_id: client: that section's number
 * @wish: client: what was asked for last; server: what is being evaluated
 * @offer: client: what the server offered last; server: what it offers
 * @offer_valid: client: there was an offer in this negotiation
 * @heard: client: of @requests, what this negotiation has asked for
 * @why: why the last thing was refused
 * @msg: the message being built or read
 */
struct pb_admin {
	struct partbus_channel *ch;
	struct delayed_work work;
	spinlock_t lock;
	bool dead;
	bool used;
	unsigned long flags;
	u32 end_reason;
	struct partbus_listener listener;

	struct mutex contract_lock;
	struct pb_neg neg;
	struct pb_contract current_contract;
	struct partbus_data *data;
	u64 contracts;
	atomic_t requests;

	struct pb_ring out;
	struct pb_ring in;
	bool quiescing;
	bool untold;
	bool armed;
	unsigned long deadline;
	u64 ended;
	unsigned int put_off;
	u32 submitted;
	bool asked;
	bool ask_again;
	unsigned long retry_at;
	struct pb_restraint restraint;
	unsigned long rering_at;
	unsigned long rering_delay;
	u32 tx_seq;
	u32 rx_seq;
	u32 next_epoch;
	u32 lost_epoch;
	u32 next_data_id;
	u32 version;
	u16 answer_round;
	struct pb_contract granted;
	struct partbus_data *granted_data;
	bool start_waits;
	u32 start_data_id;
	struct pb_ranges wish;
	struct pb_ranges offer;
	bool offer_valid;
	u32 heard;
	struct pb_refusal why;
	u8 msg[PARTBUS_MBOX_ENTRY_SIZE] __aligned(8);
};

/* admin.c */
struct pb_admin *pb_admin_new(struct partbus_channel *ch);
void pb_admin_free(struct pb_admin *a);
/* A driver is bound: begin. The device lock is held, in the next two also. */
void pb_admin_start(struct pb_admin *a);
/* The driver goes: no op is called any more once this returns. May sleep. */
void pb_admin_stop(struct pb_admin *a);
/* The driver has let go of the rings and slots. May sleep. */
void pb_admin_release(struct pb_admin *a);
/*
 * The driver has taken a request for another contract: its number, never 0. An outcome
 * is that of all requests up to the number in its event. The device lock is held.
 */
u32 pb_admin_requested(struct pb_admin *a);
/* Any context. */
void pb_admin_kick(struct pb_admin *a);
void pb_admin_flag(struct pb_admin *a, int flag);
int pb_admin_init(void);
void pb_admin_exit(void);

/* negotiate.c: feeds the machine and carries its actions out; from @work only. */
void pb_negotiate_feed(struct pb_admin *a, enum pb_neg_event event);
void pb_negotiate_timeout(struct pb_admin *a);

/* negotiate_msg.c: the messages. */
/* Reads the message in @a->msg and feeds what it says. */
void pb_negotiate_receive(struct pb_admin *a);
/* Client: the section that START_COMPLETE named may have come. */
void pb_negotiate_started(struct pb_admin *a);
/* Sends what an action of <vmbus/negotiate_table.h> says. */
void pb_negotiate_send(struct pb_admin *a, u32 action);

#endif /* _PB_ADMIN_H */
