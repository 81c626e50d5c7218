/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The negotiation of a contract as one machine for both ends: (role, state,
 * event) -> (state, actions). Pure. The glue around it reads and judges
 * messages, feeds events, and carries out actions; the table of all moves is in
 * negotiate_table.c.
 *
 * What the glue promises (the messages' part of it is kept by negotiate_wire.c):
 *  - It carries out the actions of one step from the lowest bit to the highest.
 *    Those that ask for the next event (CHOOSE, CONSIDER, EVALUATE, QUIESCE) come
 *    last, so that the event may be fed at once.
 *  - One step at a time per struct pb_neg.
 *  - At the client it drops every message but the server's INITIALIZE whose
 *    negotiation number is not @negotiation. At the server it stores the number
 *    of an INITIALIZE in @negotiation before it feeds RX_INITIALIZE_*, and drops
 *    REQUEST_BANDWIDTH and START with another number. Answers echo the number and
 *    the round of the message that they answer.
 *  - The round of a REQUEST_BANDWIDTH fits when it is @round + 1 while @state is
 *    PROTOCOL_INITIALIZED or FEATURES_NOT_NEGOTIATED; otherwise it is a violation.
 *  - After STOP_IO, RUN_OLD or FAIL no QUIESCED of an earlier QUIESCE arrives;
 *    after SEND_INIT_OK no GRANT, OFFER or REFUSE of an earlier EVALUATE.
 */
#ifndef _PB_NEGOTIATE_TABLE_H
#define _PB_NEGOTIATE_TABLE_H

#include <linux/types.h>
#include <partbus/contract.h>
#include <partbus/genl.h>

enum pb_neg_event {
	/* Both ends, local */
	PB_NEG_WANT,			/* this end wants (another) contract */
	/* Client, local */
	PB_NEG_OPEN,			/* the channel is open: begin */
	PB_NEG_COUNTER,			/* a wish is ready to be sent (after CHOOSE) */
	PB_NEG_ACCEPT,			/* the granted contract will do (after CONSIDER) */
	PB_NEG_DECLINE,			/* no wish, or the contract will not do */
	PB_NEG_QUIESCED,		/* nothing is in flight (after QUIESCE) */
	PB_NEG_TIMEOUT,
	/* Server, local */
	PB_NEG_GRANT,			/* verdict (after EVALUATE), a grant is reserved */
	PB_NEG_OFFER,			/* verdict (after EVALUATE) */
	PB_NEG_REFUSE,			/* verdict (after EVALUATE) */
	PB_NEG_TIMEOUT_KEEP,		/* and the contract in force, if any, can go on */
	PB_NEG_TIMEOUT_LOST,		/* and it cannot */
	/* Client, received */
	PB_NEG_RX_ASK,			/* the server's INITIALIZE */
	PB_NEG_RX_INIT_OK,		/* INITIALIZE_COMPLETE */
	PB_NEG_RX_INIT_REFUSED,
	PB_NEG_RX_GRANTED,		/* REQUEST_BANDWIDTH_COMPLETE */
	PB_NEG_RX_OFFERED,
	PB_NEG_RX_REFUSED,
	PB_NEG_RX_STARTED_NEW,		/* START_COMPLETE, OK, epoch granted in @negotiation */
	PB_NEG_RX_STARTED_OLD,		/* START_COMPLETE, OK, epoch in force before it */
	PB_NEG_RX_START_REFUSED,	/* START_COMPLETE: no such grant (any more) */
	PB_NEG_RX_WITHDRAWN,		/* START_COMPLETE: no contract is in force */
	/* Server, received */
	PB_NEG_RX_INITIALIZE_OK,	/* version and class fit */
	PB_NEG_RX_INITIALIZE_BAD,	/* they do not */
	PB_NEG_RX_REQUEST,
	PB_NEG_RX_START_NEW,		/* epoch as granted; its data section is ready */
	PB_NEG_RX_START_NEW_LOST,	/* epoch as granted; it cannot be started after all */
	PB_NEG_RX_START_OLD_KEEP,	/* epoch in force, which can go on */
	PB_NEG_RX_START_OLD_LOST,	/* epoch in force (now or before), which cannot */
	PB_NEG_RX_START_BAD,		/* any other epoch */
	PB_NEG_EVENTS
};

/* Actions, in the order in which they are carried out. */
#define PB_NEG_STOP_TIMER		(1u << 0)
#define PB_NEG_DROP_GRANT		(1u << 1)	/* server: forget the grant, if any */
#define PB_NEG_STOP_IO			(1u << 2)	/* client: no more I/O at all */
#define PB_NEG_ADOPT			(1u << 3)	/* server: grant -> in force */
#define PB_NEG_RUN_NEW			(1u << 4)	/* client: I/O under what was granted */
#define PB_NEG_RUN_OLD			(1u << 5)	/* client: I/O (again) as before */
#define PB_NEG_KEEP_OLD			(1u << 6)	/* client: as RUN_OLD; I/O never stopped */
#define PB_NEG_SEND_INIT_OK		(1u << 7)
#define PB_NEG_SEND_INIT_REFUSED	(1u << 8)
#define PB_NEG_SEND_GRANTED		(1u << 9)
#define PB_NEG_SEND_OFFERED		(1u << 10)
#define PB_NEG_SEND_REFUSED		(1u << 11)
#define PB_NEG_SEND_STARTED_NEW		(1u << 12)
#define PB_NEG_SEND_STARTED_OLD		(1u << 13)
#define PB_NEG_SEND_START_REFUSED	(1u << 14)	/* names the epoch in force */
#define PB_NEG_SEND_WITHDRAWN		(1u << 15)
#define PB_NEG_SEND_REQUEST		(1u << 16)
#define PB_NEG_SEND_START_NEW		(1u << 17)
#define PB_NEG_SEND_START_OLD		(1u << 18)
#define PB_NEG_SEND_INITIALIZE		(1u << 19)	/* with the new @negotiation */
#define PB_NEG_SEND_ASK			(1u << 20)	/* the server's INITIALIZE */
#define PB_NEG_ARM_TIMER		(1u << 21)	/* from now on, also if it runs */
#define PB_NEG_CHOOSE			(1u << 22)	/* -> COUNTER or DECLINE */
#define PB_NEG_CONSIDER			(1u << 23)	/* -> ACCEPT or DECLINE */
#define PB_NEG_EVALUATE			(1u << 24)	/* -> GRANT, OFFER or REFUSE */
#define PB_NEG_QUIESCE			(1u << 25)	/* -> QUIESCED */
#define PB_NEG_WITHDRAW			(1u << 26)	/* server: no contract; rescind */
#define PB_NEG_FAIL			(1u << 27)	/* client: dead end, tell people why */
#define PB_NEG_BREAK			(1u << 28)	/* client: who holds what is unknown */
#define PB_NEG_ACTIONS			29

/* Within a state: what the machine waits for. */
enum pb_neg_wait {
	PB_NEG_WAIT_NONE,
	PB_NEG_WAIT_ANSWER,		/* client: of the peer */
	PB_NEG_WAIT_CHOICE,		/* client: COUNTER or DECLINE */
	PB_NEG_WAIT_VERDICT,		/* ACCEPT or DECLINE; GRANT, OFFER or REFUSE */
	PB_NEG_WAIT_QUIET,		/* client: QUIESCED */
	PB_NEG_WAIT_STARTED_NEW,	/* client: START with the new epoch was sent */
	PB_NEG_WAIT_STARTED_OLD,	/* client: START with the old epoch was sent */
	PB_NEG_WAIT_START,		/* server: something is granted */
	PB_NEG_WAITS
};

/**
 * struct pb_neg - the negotiation at one end of a channel
 * @role: PARTBUS_ROLE_*
 * @state: enum partbus_neg_state
 * @wait: enum pb_neg_wait
 * @have_contract: one is in force; at the client also while it is being replaced
 * @asked_again: another negotiation is to begin when RUNNING is reached
 * @round: of REQUEST_BANDWIDTH, sent or received
 * @negotiation: number of the present or last one; counted by the client's
 *	machine, stored by the server's glue
 */
struct pb_neg {
	__u8 role;
	__u8 state;
	__u8 wait;
	bool have_contract;
	bool asked_again;
	__u32 round;
	__u32 negotiation;
};

void pb_neg_init(struct pb_neg *n, __u32 role);

/**
 * pb_neg_step() - feed an event
 * @n: the machine
 * @event: what happened
 * @actions: out: PB_NEG_* bits, 0 when the event was ignored
 *
 * Return: 0, or -EPROTO when the peer sent what it may not send now; then @n is
 * as before and the channel is to be broken.
 */
int pb_neg_step(struct pb_neg *n, enum pb_neg_event event, __u32 *actions);

/*
 * Client: may requests be submitted? Server: may they be taken from the ring?
 * What a server finds while this is false stays in the ring; it is no violation.
 */
bool pb_neg_io_allowed(const struct pb_neg *n);

/* Names for logs and traces; "?" for what is none. @action: number of the bit. */
const char *pb_neg_state_name(unsigned int state);
const char *pb_neg_event_name(unsigned int event);
const char *pb_neg_action_name(unsigned int action);

#endif /* _PB_NEGOTIATE_TABLE_H */
