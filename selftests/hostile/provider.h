/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A provider that means harm, in the same kernel as its client: the channel's end
 * of the client is a real one, the server is a thread that writes the shared
 * memory as it likes.
 *
 *   provider.c         the channel: made, listened to, taken back
 *   provider_speak.c   the server's part of the negotiation
 *   provider_serve.c   requests of a disk, and completions
 *   provider_nic.c     frames of a NIC, and completions
 *   provider_modes.c   what is done wrongly to a disk, and what must come of it
 *   provider_frames.c  the same to a NIC
 */
#ifndef _HOSTILE_PROVIDER_H
#define _HOSTILE_PROVIDER_H

#include <linux/blkdev.h>
#include <linux/irq_work.h>
#include <linux/wait.h>

#include <partbus/blk.h>
#include <partbus/channel.h>
#include <partbus/contract.h>
#include <partbus/net.h>
#include <vmbus/channel.h>
#include <vmbus/transport.h>

/* The geometry of every contract that is granted: that of a disk, and that of a NIC. */
#define PROVIDER_QUEUES		1u
#define PROVIDER_DEPTH		4u
#define PROVIDER_NIC_DEPTH	16u
#define PROVIDER_SLOT_SIZE	8192u
#define PROVIDER_SECTORS	16384u
/* Requests that are answered well before something is done wrongly. */
#define PROVIDER_GOOD		200u

/* What is spoilt where it is not a field of a message. */
enum provider_trick {
	TRICK_NONE,
	TRICK_ATTR,		/* an attribute of the contract has @value */
	TRICK_ATTR_MISSING,
	TRICK_ATTR_RANGE,	/* least and like differ */
	TRICK_ATTR_TWICE,
	TRICK_ATTR_LENGTH,	/* its length is @value */
	TRICK_OFFERS,		/* offered, round after round */
	TRICK_SMALL,		/* a data section of one page */
	TRICK_SEQ_JUMP,		/* the mailbox index far ahead */
	TRICK_TWICE,		/* completions two times */
	TRICK_AHEAD,		/* completions far ahead */
	TRICK_BACK,		/* and backwards */
	TRICK_NOT_TAKEN,	/* answers without taking requests */
	TRICK_TAKEN_AHEAD,	/* takes more than there is */
	TRICK_ERRORS,		/* each status in turn */
	TRICK_STORM,		/* interrupts without an end */
	TRICK_ASKS,		/* wants a new contract all the time */
	TRICK_UNASKED,		/* answers to no question, of @value type */
	TRICK_SCRIBBLE,		/* random words over the rings */
	/* Of a NIC, where a field is spoilt: */
	TRICK_SENT,		/* in answers to SEND */
	TRICK_RECEIVED,		/* in answers to RECEIVE */
	TRICK_FRAME,		/* in the header of a received frame */
	TRICK_LINK,		/* in the first answer to LINK */
	TRICK_RETURNED,		/* frames come back unasked */
	TRICK_EARLY,		/* a DRAIN is answered at once */
};

/**
 * struct provider_mode - one way to break the rules
 * @name: for the test
 * @type: message of the negotiation whose field is spoilt, 0 for completions
 * @trick: or this
 * @attr: type of the attribute of TRICK_ATTR*
 * @offset: of the field
 * @size: of the field, 0 for none
 * @value: what is written
 * @reason: what the client's event must begin with, NULL where all must work;
 *	"" for any
 */
struct provider_mode {
	const char *name;
	u16 type;
	enum provider_trick trick;
	u16 attr;
	u16 offset;
	u8 size;
	u64 value;
	const char *reason;
};

extern const struct provider_mode provider_modes[];
extern const struct provider_mode provider_nic_modes[];

/* A ring of which one end is held without any care. */
struct provider_ring {
	struct partbus_ring_ctl *ctl;
	u32 entries;
	u32 entry_size;
	u32 index;
};

/**
 * struct provider - the channel and its server
 * @base: transport of the client's end
 * @lines: what the client hears
 * @storm: rings the client in an interrupt
 * @ch: the client's end
 * @admin: its mailboxes
 * @data: rings and slots, once there are some
 * @mode: what is done wrongly
 * @class: PARTBUS_CLASS_*
 * @id: the channel's
 * @depth: of its contracts
 * @task: the server
 * @wait: where it sleeps
 * @kicked: it was rung
 * @requests: mailbox in
 * @answers: mailbox out
 * @seq: of the last answer
 * @negotiation: of the last request
 * @round: of the last request
 * @epoch: granted last
 * @data_id: of @data
 * @sq: submissions
 * @cq: completions
 * @served: requests that were answered
 * @silent: no more are
 * @store: the disk
 * @posted: tags of slots that wait to be filled
 * @nr_posted: how many
 * @link: tag of the LINK that waits, or -1
 */
struct provider {
	struct pb_transport base;
	struct pb_lines lines;
	struct irq_work storm;
	struct partbus_channel *ch;
	struct partbus_section *admin;
	struct partbus_section *data;
	const struct provider_mode *mode;
	u32 class;
	u32 id;
	u32 depth;
	struct task_struct *task;
	wait_queue_head_t wait;
	atomic_t kicked;

	struct provider_ring requests;
	struct provider_ring answers;
	u32 seq;
	u32 negotiation;
	u16 round;
	u32 epoch;
	u32 data_id;

	struct provider_ring sq;
	struct provider_ring cq;
	u64 served;
	bool silent;
	u8 *store;
	u16 posted[PROVIDER_NIC_DEPTH];
	unsigned int nr_posted;
	int link;
};

/* provider.c */
void provider_ring_client(struct provider *p);
/* Puts @copies of it, shown at once. */
void provider_put(struct provider_ring *r, const void *entry, unsigned int copies);
bool provider_get(struct provider_ring *r, void *entry);
void provider_begin(struct provider_ring *r, void *at, u32 entries, u32 entry_size);
static inline bool provider_tricks(const struct provider *p, enum provider_trick trick)
{
	return p->mode->trick == trick;
}

/* provider_speak.c: true when there was something to do. */
bool provider_speak(struct provider *p);
/* INITIALIZE as an ask, or an answer of @type that nobody waits for. */
void provider_say(struct provider *p, u16 type, u16 status);

/* provider_serve.c: the same. */
bool provider_serve(struct provider *p);
/* After a completion: does what a mode does to the rings. */
void provider_afterwards(struct provider *p);
/* As fast as this CPU can, where a mode does that; true then. */
bool provider_storms(struct provider *p);

/* provider_nic.c: the same as provider_serve() */
bool provider_serve_nic(struct provider *p);

#endif /* _HOSTILE_PROVIDER_H */
