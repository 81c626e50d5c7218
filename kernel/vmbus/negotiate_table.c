// SPDX-License-Identifier: GPL-2.0
/*
 * The table of all moves of a negotiation, and the few rules around it that are
 * no moves: counting, and a wish that waits its turn.
 *
 * Reading a row: in this state, while the machine waits for one of these, this
 * event, with a contract in force (YES), without one (NO) or either way (ANY),
 * leads to that state, waiting for that, with those actions. What has no row:
 *
 *   a local event       is ignored; it came too late
 *   a received message  is a violation; it cannot be late, since the glue drops
 *                       messages of other negotiations, and the rows have what
 *                       can still arrive of one that timed out here
 *
 * No row leads from START_NEW being sent back to the old contract but the
 * server's own word that it did not start the new one. That is what keeps both
 * ends from running under different contracts.
 */
#include <vmbus/negotiate_table.h>

#include <linux/errno.h>
#include <linux/kernel.h>

enum contract_guard { ANY, YES, NO };

struct move {
	__u8 state;
	__u8 waits;		/* bits by enum pb_neg_wait */
	__u8 event;
	__u8 contract;
	__u8 next;
	__u8 wait;
	__u32 actions;
};

/* Not for the glue: remember that another negotiation is wanted. */
#define REMEMBER	(1u << 31)

#define W(name)		(1u << PB_NEG_WAIT_##name)
#define W_ALL		0xffu
#define W_QUIET_NEW_OLD	(W(QUIET) | W(STARTED_NEW) | W(STARTED_OLD))

#define MOVE(from, when, on, has, to, then, what)			\
	{ PARTBUS_NEG_STATE_##from, when, PB_NEG_##on, has,		\
	  PARTBUS_NEG_STATE_##to, PB_NEG_WAIT_##then, what }
/* Short names for the states, since a row should be one line. */
#define PARTBUS_NEG_STATE_UNINIT	PARTBUS_NEG_STATE_PROTOCOL_UNINITIALIZED
#define PARTBUS_NEG_STATE_INIT		PARTBUS_NEG_STATE_PROTOCOL_INITIALIZED
#define PARTBUS_NEG_STATE_FEATURES	PARTBUS_NEG_STATE_FEATURES_NOT_NEGOTIATED

#define BEGIN		(PB_NEG_SEND_INITIALIZE | PB_NEG_ARM_TIMER)
#define KEEP		(PB_NEG_STOP_TIMER | PB_NEG_KEEP_OLD)
#define BACK		(PB_NEG_STOP_TIMER | PB_NEG_RUN_OLD)
#define FAIL		(PB_NEG_STOP_TIMER | PB_NEG_FAIL)
#define GO_OLD		(PB_NEG_SEND_START_OLD | PB_NEG_ARM_TIMER)
#define GO_NEW		(PB_NEG_SEND_START_NEW | PB_NEG_ARM_TIMER)
#define GONE		(PB_NEG_STOP_TIMER | PB_NEG_STOP_IO | PB_NEG_FAIL)

static const struct move client_moves[] = {
	/* Not open yet: the wish is asked for at OPEN, and our INITIALIZE answers an ask. */
	MOVE(START,	W_ALL,	OPEN,		ANY, UNINIT, ANSWER,	BEGIN),
	MOVE(START,	W_ALL,	RX_ASK,		ANY, START, NONE,	0),

	/* INITIALIZE was sent; an ask that crosses it is answered by it. */
	MOVE(UNINIT,	W_ALL,	RX_INIT_OK,	ANY, INIT, CHOICE,	PB_NEG_CHOOSE),
	MOVE(UNINIT,	W_ALL,	RX_INIT_REFUSED, YES, RUNNING, NONE,	KEEP),
	MOVE(UNINIT,	W_ALL,	RX_INIT_REFUSED, NO, DEAD_END, NONE,	FAIL),
	MOVE(UNINIT,	W_ALL,	RX_ASK,		ANY, UNINIT, ANSWER,	0),
	MOVE(UNINIT,	W_ALL,	WANT,		ANY, UNINIT, ANSWER,	REMEMBER),
	MOVE(UNINIT,	W_ALL,	TIMEOUT,	YES, RUNNING, NONE,	KEEP),
	MOVE(UNINIT,	W_ALL,	TIMEOUT,	NO, DEAD_END, NONE,	FAIL),

	/* A first wish is being made up. */
	MOVE(INIT,	W_ALL,	COUNTER,	ANY, FEATURES, ANSWER,	PB_NEG_SEND_REQUEST),
	MOVE(INIT,	W_ALL,	DECLINE,	YES, STARTING, STARTED_OLD, GO_OLD),
	MOVE(INIT,	W_ALL,	DECLINE,	NO, DEAD_END, NONE,	FAIL),
	MOVE(INIT,	W_ALL,	WANT,		ANY, INIT, CHOICE,	REMEMBER),
	MOVE(INIT,	W_ALL,	RX_ASK,		ANY, INIT, CHOICE,	REMEMBER),
	MOVE(INIT,	W_ALL,	TIMEOUT,	YES, RUNNING, NONE,	KEEP),
	MOVE(INIT,	W_ALL,	TIMEOUT,	NO, DEAD_END, NONE,	FAIL),

	/* Rounds. A refusal is declined like a contract that will not do. */
	MOVE(FEATURES,	W(ANSWER), RX_GRANTED,	ANY, FEATURES, VERDICT,	PB_NEG_CONSIDER),
	MOVE(FEATURES,	W(ANSWER), RX_OFFERED,	ANY, FEATURES, CHOICE,	PB_NEG_CHOOSE),
	MOVE(FEATURES,	W(ANSWER), RX_REFUSED,	YES, STARTING, STARTED_OLD, GO_OLD),
	MOVE(FEATURES,	W(ANSWER), RX_REFUSED,	NO, DEAD_END, NONE,	FAIL),
	MOVE(FEATURES,	W(CHOICE), COUNTER,	ANY, FEATURES, ANSWER,	PB_NEG_SEND_REQUEST),
	MOVE(FEATURES,	W(VERDICT), ACCEPT,	ANY, STARTING, QUIET,	PB_NEG_QUIESCE),
	MOVE(FEATURES,	W(CHOICE) | W(VERDICT), DECLINE, YES, STARTING, STARTED_OLD, GO_OLD),
	MOVE(FEATURES,	W(CHOICE) | W(VERDICT), DECLINE, NO, DEAD_END, NONE, FAIL),
	MOVE(FEATURES,	W(ANSWER), WANT,	ANY, FEATURES, ANSWER,	REMEMBER),
	MOVE(FEATURES,	W(CHOICE), WANT,	ANY, FEATURES, CHOICE,	REMEMBER),
	MOVE(FEATURES,	W(VERDICT), WANT,	ANY, FEATURES, VERDICT,	REMEMBER),
	/* The server timed out, is RUNNING again and asks anew. */
	MOVE(FEATURES,	W(ANSWER), RX_ASK,	ANY, FEATURES, ANSWER,	REMEMBER),
	MOVE(FEATURES,	W(CHOICE), RX_ASK,	ANY, FEATURES, CHOICE,	REMEMBER),
	MOVE(FEATURES,	W(VERDICT), RX_ASK,	ANY, FEATURES, VERDICT,	REMEMBER),
	MOVE(FEATURES,	W_ALL,	TIMEOUT,	YES, RUNNING, NONE,	KEEP),
	MOVE(FEATURES,	W_ALL,	TIMEOUT,	NO, DEAD_END, NONE,	FAIL),

	/* Before START: waiting for what is in flight. The server knows nothing yet. */
	MOVE(STARTING,	W(QUIET), QUIESCED,	ANY, STARTING, STARTED_NEW, GO_NEW),
	MOVE(STARTING,	W(QUIET), TIMEOUT,	YES, RUNNING, NONE,	BACK),
	MOVE(STARTING,	W(QUIET), TIMEOUT,	NO, DEAD_END, NONE,	FAIL),
	/* START with the new epoch was sent: only the server knows what holds. */
	MOVE(STARTING,	W(STARTED_NEW), RX_STARTED_NEW, ANY, RUNNING, NONE,
	     PB_NEG_STOP_TIMER | PB_NEG_RUN_NEW),
	MOVE(STARTING,	W(STARTED_NEW), RX_START_REFUSED, YES, RUNNING, NONE, BACK),
	MOVE(STARTING,	W(STARTED_NEW), RX_START_REFUSED, NO, DEAD_END, NONE, FAIL),
	/* START with the old epoch was sent; I/O goes on meanwhile. */
	MOVE(STARTING,	W(STARTED_OLD), RX_STARTED_OLD, ANY, RUNNING, NONE, KEEP),
	MOVE(STARTING,	W(STARTED_OLD), RX_START_REFUSED, ANY, RUNNING, NONE, KEEP),
	MOVE(STARTING,	W(STARTED_NEW) | W(STARTED_OLD), RX_WITHDRAWN, ANY, DEAD_END, NONE, GONE),
	MOVE(STARTING,	W(STARTED_NEW) | W(STARTED_OLD), TIMEOUT, ANY, DEAD_END, NONE,
	     PB_NEG_STOP_TIMER | PB_NEG_STOP_IO | PB_NEG_BREAK),
	MOVE(STARTING,	W(QUIET), WANT,		ANY, STARTING, QUIET,	REMEMBER),
	MOVE(STARTING,	W(STARTED_NEW), WANT,	ANY, STARTING, STARTED_NEW, REMEMBER),
	MOVE(STARTING,	W(STARTED_OLD), WANT,	ANY, STARTING, STARTED_OLD, REMEMBER),
	MOVE(STARTING,	W(QUIET), RX_ASK,	ANY, STARTING, QUIET,	REMEMBER),
	MOVE(STARTING,	W(STARTED_NEW), RX_ASK,	ANY, STARTING, STARTED_NEW, REMEMBER),
	MOVE(STARTING,	W(STARTED_OLD), RX_ASK,	ANY, STARTING, STARTED_OLD, REMEMBER),

	MOVE(RUNNING,	W_ALL,	WANT,		ANY, UNINIT, ANSWER,	BEGIN),
	MOVE(RUNNING,	W_ALL,	RX_ASK,		ANY, UNINIT, ANSWER,	BEGIN),
	/* Late answers of a negotiation that timed out here. */
	MOVE(RUNNING,	W_ALL,	RX_INIT_OK,	ANY, RUNNING, NONE,	0),
	MOVE(RUNNING,	W_ALL,	RX_INIT_REFUSED, ANY, RUNNING, NONE,	0),
	MOVE(RUNNING,	W_ALL,	RX_GRANTED,	ANY, RUNNING, NONE,	0),
	MOVE(RUNNING,	W_ALL,	RX_OFFERED,	ANY, RUNNING, NONE,	0),
	MOVE(RUNNING,	W_ALL,	RX_REFUSED,	ANY, RUNNING, NONE,	0),

	MOVE(DEAD_END,	W_ALL,	WANT,		ANY, UNINIT, ANSWER,	BEGIN),
	MOVE(DEAD_END,	W_ALL,	RX_ASK,		ANY, UNINIT, ANSWER,	BEGIN),
	MOVE(DEAD_END,	W_ALL,	RX_INIT_OK,	ANY, DEAD_END, NONE,	0),
	MOVE(DEAD_END,	W_ALL,	RX_INIT_REFUSED, ANY, DEAD_END, NONE,	0),
	MOVE(DEAD_END,	W_ALL,	RX_GRANTED,	ANY, DEAD_END, NONE,	0),
	MOVE(DEAD_END,	W_ALL,	RX_OFFERED,	ANY, DEAD_END, NONE,	0),
	MOVE(DEAD_END,	W_ALL,	RX_REFUSED,	ANY, DEAD_END, NONE,	0),
	/* Here after BREAK, too: then these come late. */
	MOVE(DEAD_END,	W_ALL,	RX_STARTED_NEW,	ANY, DEAD_END, NONE,	0),
	MOVE(DEAD_END,	W_ALL,	RX_STARTED_OLD,	ANY, DEAD_END, NONE,	0),
	MOVE(DEAD_END,	W_ALL,	RX_START_REFUSED, ANY, DEAD_END, NONE,	0),
	MOVE(DEAD_END,	W_ALL,	RX_WITHDRAWN,	ANY, DEAD_END, NONE,	0),
};

#define ADMIT		(PB_NEG_DROP_GRANT | PB_NEG_SEND_INIT_OK | PB_NEG_ARM_TIMER)
#define TURN_AWAY	(PB_NEG_DROP_GRANT | PB_NEG_SEND_INIT_REFUSED)
#define END		(PB_NEG_STOP_TIMER | PB_NEG_DROP_GRANT)
#define STAY_OLD	(END | PB_NEG_SEND_STARTED_OLD)
#define LOSE		(END | PB_NEG_SEND_WITHDRAWN | PB_NEG_WITHDRAW)
#define NOT_STARTED	PB_NEG_SEND_START_REFUSED
#define NOTHING_HOLDS	PB_NEG_SEND_WITHDRAWN

static const struct move server_moves[] = {
	/*
	 * A slow client is not broken for a REQUEST or START that expired here,
	 * whichever epoch it names.
	 * While no contract is in force START is answered WITHDRAWN, not REFUSED:
	 * a client that still believes in an old one must not go back to it.
	 */
	MOVE(START,	W_ALL,	RX_INITIALIZE_OK, ANY, INIT, NONE,	ADMIT),
	MOVE(START,	W_ALL,	RX_INITIALIZE_BAD, ANY, START, NONE,	TURN_AWAY),
	MOVE(START,	W_ALL,	RX_REQUEST,	ANY, START, NONE,	PB_NEG_SEND_REFUSED),
	MOVE(START,	W_ALL,	RX_START_NEW,	ANY, START, NONE,	NOTHING_HOLDS),
	MOVE(START,	W_ALL,	RX_START_NEW_LOST, ANY, START, NONE,	NOTHING_HOLDS),
	MOVE(START,	W_ALL,	RX_START_OLD_KEEP, ANY, START, NONE,	NOTHING_HOLDS),
	MOVE(START,	W_ALL,	RX_START_OLD_LOST, ANY, START, NONE,	NOTHING_HOLDS),
	MOVE(START,	W_ALL,	RX_START_BAD,	ANY, START, NONE,	NOTHING_HOLDS),
	MOVE(START,	W_ALL,	GRANT,		ANY, START, NONE,	PB_NEG_DROP_GRANT),

	/* An ask was sent. It is not repeated: what answers it sees the newest offer. */
	MOVE(UNINIT,	W_ALL,	RX_INITIALIZE_OK, ANY, INIT, NONE,	ADMIT),
	MOVE(UNINIT,	W_ALL,	RX_INITIALIZE_BAD, ANY, UNINIT, NONE,	TURN_AWAY),
	MOVE(UNINIT,	W_ALL,	RX_REQUEST,	ANY, UNINIT, NONE,	PB_NEG_SEND_REFUSED),
	MOVE(UNINIT,	W_ALL,	RX_START_NEW,	ANY, UNINIT, NONE,	NOT_STARTED),
	MOVE(UNINIT,	W_ALL,	RX_START_NEW_LOST, ANY, UNINIT, NONE,	NOT_STARTED),
	MOVE(UNINIT,	W_ALL,	RX_START_OLD_KEEP, ANY, UNINIT, NONE,	NOT_STARTED),
	MOVE(UNINIT,	W_ALL,	RX_START_OLD_LOST, ANY, UNINIT, NONE,	NOT_STARTED),
	MOVE(UNINIT,	W_ALL,	RX_START_BAD,	ANY, UNINIT, NONE,	NOT_STARTED),
	MOVE(UNINIT,	W_ALL,	GRANT,		ANY, UNINIT, NONE,	PB_NEG_DROP_GRANT),
	MOVE(UNINIT,	W_ALL,	TIMEOUT_KEEP,	ANY, RUNNING, NONE,	END),
	MOVE(UNINIT,	W_ALL,	TIMEOUT_LOST,	ANY, DEAD_END, NONE,	END | PB_NEG_WITHDRAW),

	MOVE(INIT,	W_ALL,	RX_INITIALIZE_OK, ANY, INIT, NONE,	ADMIT),
	MOVE(INIT,	W_ALL,	RX_INITIALIZE_BAD, ANY, INIT, NONE,	TURN_AWAY),
	MOVE(INIT,	W_ALL,	RX_REQUEST,	ANY, FEATURES, VERDICT,	PB_NEG_EVALUATE),
	MOVE(INIT,	W_ALL,	RX_START_OLD_KEEP, YES, RUNNING, NONE,	STAY_OLD),
	MOVE(INIT,	W_ALL,	RX_START_OLD_KEEP, NO, DEAD_END, NONE,	LOSE),
	MOVE(INIT,	W_ALL,	RX_START_OLD_LOST, ANY, DEAD_END, NONE,	LOSE),
	MOVE(INIT,	W_ALL,	GRANT,		ANY, INIT, NONE,	PB_NEG_DROP_GRANT),
	MOVE(INIT,	W_ALL,	WANT,		ANY, INIT, NONE,	REMEMBER),
	MOVE(INIT,	W_ALL,	TIMEOUT_KEEP,	YES, RUNNING, NONE,	END),
	MOVE(INIT,	W_ALL,	TIMEOUT_LOST,	YES, DEAD_END, NONE,	END | PB_NEG_WITHDRAW),
	MOVE(INIT,	W_ALL,	TIMEOUT_KEEP,	NO, START, NONE,	END),
	MOVE(INIT,	W_ALL,	TIMEOUT_LOST,	NO, START, NONE,	END),

	MOVE(FEATURES,	W_ALL,	RX_INITIALIZE_OK, ANY, INIT, NONE,	ADMIT),
	/* The client gave this negotiation up; the timer ends it. */
	MOVE(FEATURES,	W_ALL,	RX_INITIALIZE_BAD, ANY, FEATURES, NONE,	TURN_AWAY),
	MOVE(FEATURES,	W(NONE) | W(START), RX_REQUEST, ANY, FEATURES, VERDICT,
	     PB_NEG_DROP_GRANT | PB_NEG_EVALUATE),
	MOVE(FEATURES,	W(VERDICT), GRANT,	ANY, FEATURES, START,	PB_NEG_SEND_GRANTED),
	MOVE(FEATURES,	W(VERDICT), OFFER,	ANY, FEATURES, NONE,
	     PB_NEG_DROP_GRANT | PB_NEG_SEND_OFFERED),
	MOVE(FEATURES,	W(VERDICT), REFUSE,	ANY, FEATURES, NONE,
	     PB_NEG_DROP_GRANT | PB_NEG_SEND_REFUSED),
	MOVE(FEATURES,	W(NONE), GRANT,		ANY, FEATURES, NONE,	PB_NEG_DROP_GRANT),
	MOVE(FEATURES,	W(START), RX_START_NEW,	ANY, RUNNING, NONE,
	     PB_NEG_STOP_TIMER | PB_NEG_ADOPT | PB_NEG_SEND_STARTED_NEW),
	MOVE(FEATURES,	W(START), RX_START_NEW_LOST, YES, RUNNING, NONE, END | NOT_STARTED),
	MOVE(FEATURES,	W(START), RX_START_NEW_LOST, NO, START, NONE, END | NOTHING_HOLDS),
	MOVE(FEATURES,	W_ALL,	RX_START_OLD_KEEP, YES, RUNNING, NONE,	STAY_OLD),
	MOVE(FEATURES,	W_ALL,	RX_START_OLD_KEEP, NO, DEAD_END, NONE,	LOSE),
	MOVE(FEATURES,	W_ALL,	RX_START_OLD_LOST, ANY, DEAD_END, NONE,	LOSE),
	MOVE(FEATURES,	W(NONE), WANT,		ANY, FEATURES, NONE,	REMEMBER),
	MOVE(FEATURES,	W(VERDICT), WANT,	ANY, FEATURES, VERDICT,	REMEMBER),
	MOVE(FEATURES,	W(START), WANT,		ANY, FEATURES, START,	REMEMBER),
	MOVE(FEATURES,	W_ALL,	TIMEOUT_KEEP,	YES, RUNNING, NONE,	END),
	MOVE(FEATURES,	W_ALL,	TIMEOUT_LOST,	YES, DEAD_END, NONE,	END | PB_NEG_WITHDRAW),
	MOVE(FEATURES,	W_ALL,	TIMEOUT_KEEP,	NO, START, NONE,	END),
	MOVE(FEATURES,	W_ALL,	TIMEOUT_LOST,	NO, START, NONE,	END),

	MOVE(RUNNING,	W_ALL,	RX_INITIALIZE_OK, ANY, INIT, NONE,	ADMIT),
	MOVE(RUNNING,	W_ALL,	RX_INITIALIZE_BAD, ANY, RUNNING, NONE,	TURN_AWAY),
	MOVE(RUNNING,	W_ALL,	RX_REQUEST,	ANY, RUNNING, NONE,	PB_NEG_SEND_REFUSED),
	MOVE(RUNNING,	W_ALL,	RX_START_NEW,	ANY, RUNNING, NONE,	NOT_STARTED),
	MOVE(RUNNING,	W_ALL,	RX_START_NEW_LOST, ANY, RUNNING, NONE,	NOT_STARTED),
	MOVE(RUNNING,	W_ALL,	RX_START_OLD_KEEP, ANY, RUNNING, NONE,	NOT_STARTED),
	MOVE(RUNNING,	W_ALL,	RX_START_OLD_LOST, ANY, RUNNING, NONE,	NOT_STARTED),
	MOVE(RUNNING,	W_ALL,	RX_START_BAD,	ANY, RUNNING, NONE,	NOT_STARTED),
	MOVE(RUNNING,	W_ALL,	GRANT,		ANY, RUNNING, NONE,	PB_NEG_DROP_GRANT),
	MOVE(RUNNING,	W_ALL,	WANT,		ANY, UNINIT, NONE,
	     PB_NEG_SEND_ASK | PB_NEG_ARM_TIMER),

	MOVE(DEAD_END,	W_ALL,	RX_INITIALIZE_OK, ANY, INIT, NONE,	ADMIT),
	MOVE(DEAD_END,	W_ALL,	RX_INITIALIZE_BAD, ANY, DEAD_END, NONE,	TURN_AWAY),
	MOVE(DEAD_END,	W_ALL,	RX_REQUEST,	ANY, DEAD_END, NONE,	PB_NEG_SEND_REFUSED),
	MOVE(DEAD_END,	W_ALL,	RX_START_NEW,	ANY, DEAD_END, NONE,	NOTHING_HOLDS),
	MOVE(DEAD_END,	W_ALL,	RX_START_NEW_LOST, ANY, DEAD_END, NONE,	NOTHING_HOLDS),
	MOVE(DEAD_END,	W_ALL,	RX_START_OLD_KEEP, ANY, DEAD_END, NONE,	NOTHING_HOLDS),
	MOVE(DEAD_END,	W_ALL,	RX_START_OLD_LOST, ANY, DEAD_END, NONE,	NOTHING_HOLDS),
	MOVE(DEAD_END,	W_ALL,	RX_START_BAD,	ANY, DEAD_END, NONE,	NOTHING_HOLDS),
	MOVE(DEAD_END,	W_ALL,	GRANT,		ANY, DEAD_END, NONE,	PB_NEG_DROP_GRANT),
	/* No timer: without a contract nothing has to end in time. */
	MOVE(DEAD_END,	W_ALL,	WANT,		ANY, DEAD_END, NONE,	PB_NEG_SEND_ASK),
};

static const struct move *find(const struct pb_neg *n, enum pb_neg_event event)
{
	const struct move *m = client_moves;
	unsigned int count = ARRAY_SIZE(client_moves);

	if (n->role == PARTBUS_ROLE_SERVER) {
		m = server_moves;
		count = ARRAY_SIZE(server_moves);
	}
	for (; count; count--, m++)
		if (m->state == n->state && m->event == event &&
		    m->waits & (1u << n->wait) &&
		    (m->contract == ANY || (m->contract == YES) == n->have_contract))
			return m;
	return NULL;
}

static bool received(enum pb_neg_event event)
{
	return event >= PB_NEG_RX_ASK;
}

/* What was wanted meanwhile begins as soon as a contract holds again. */
static __u32 begin_again(struct pb_neg *n)
{
	n->asked_again = false;
	n->state = PARTBUS_NEG_STATE_PROTOCOL_UNINITIALIZED;
	if (n->role == PARTBUS_ROLE_SERVER)
		return PB_NEG_SEND_ASK | PB_NEG_ARM_TIMER;
	n->wait = PB_NEG_WAIT_ANSWER;
	return BEGIN;
}

static void count(struct pb_neg *n, __u32 actions)
{
	if (actions & (PB_NEG_SEND_INIT_OK | PB_NEG_SEND_INITIALIZE))
		n->round = 0;
	if (actions & (PB_NEG_SEND_REQUEST | PB_NEG_EVALUATE))
		n->round++;
	/* 0 is the number in the server's ask. */
	if (actions & PB_NEG_SEND_INITIALIZE && !++n->negotiation)
		n->negotiation = 1;
}

/**
 * pb_neg_init() - begin in START, without a contract
 * @n: the machine
 * @role: PARTBUS_ROLE_*
 */
void pb_neg_init(struct pb_neg *n, __u32 role)
{
	n->role = role;
	n->state = PARTBUS_NEG_STATE_START;
	n->wait = PB_NEG_WAIT_NONE;
	n->have_contract = false;
	n->asked_again = false;
	n->round = 0;
	n->negotiation = 0;
}

/* Kernel-doc: see negotiate_table.h. */
int pb_neg_step(struct pb_neg *n, enum pb_neg_event event, __u32 *actions)
{
	const struct move *m;
	__u32 todo;

	*actions = 0;

	/* Rounds are bounded: the client gives up, the server does not wait for it. */
	if (n->round >= PARTBUS_NEG_MAX_ROUNDS &&
	    n->state == PARTBUS_NEG_STATE_FEATURES_NOT_NEGOTIATED) {
		if (event == PB_NEG_COUNTER)
			event = PB_NEG_DECLINE;
		else if (event == PB_NEG_RX_REQUEST)
			return -EPROTO;
	}

	m = find(n, event);
	if (!m)
		return received(event) ? -EPROTO : 0;

	todo = m->actions;
	n->state = m->next;
	n->wait = m->wait;

	if (todo & (PB_NEG_RUN_NEW | PB_NEG_ADOPT))
		n->have_contract = true;
	if (todo & (PB_NEG_STOP_IO | PB_NEG_WITHDRAW))
		n->have_contract = false;

	if (todo & REMEMBER)
		n->asked_again = true;
	/* This negotiation sees what was wanted before it; nothing is left to ask. */
	if (todo & PB_NEG_SEND_INIT_OK || n->state == PARTBUS_NEG_STATE_START ||
	    n->state == PARTBUS_NEG_STATE_DEAD_END)
		n->asked_again = false;
	if (n->asked_again && n->state == PARTBUS_NEG_STATE_RUNNING)
		todo |= begin_again(n);

	todo &= ~REMEMBER;
	count(n, todo);
	*actions = todo;
	return 0;
}

/* Comment: see negotiate_table.h. */
bool pb_neg_io_allowed(const struct pb_neg *n)
{
	if (n->role == PARTBUS_ROLE_SERVER || n->state != PARTBUS_NEG_STATE_STARTING)
		return n->have_contract;
	return n->have_contract && n->wait == PB_NEG_WAIT_STARTED_OLD;
}

/* Comment: see negotiate_table.h. */
const char *pb_neg_state_name(unsigned int state)
{
	static const char *const names[] = {
		[PARTBUS_NEG_STATE_START] = "start",
		[PARTBUS_NEG_STATE_PROTOCOL_UNINITIALIZED] = "protocol-uninitialized",
		[PARTBUS_NEG_STATE_PROTOCOL_INITIALIZED] = "protocol-initialized",
		[PARTBUS_NEG_STATE_FEATURES_NOT_NEGOTIATED] = "features-not-negotiated",
		[PARTBUS_NEG_STATE_STARTING] = "starting",
		[PARTBUS_NEG_STATE_RUNNING] = "running",
		[PARTBUS_NEG_STATE_DEAD_END] = "dead-end",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "?";
}

/* Comment: see negotiate_table.h. */
const char *pb_neg_event_name(unsigned int event)
{
	static const char *const names[PB_NEG_EVENTS] = {
		[PB_NEG_WANT] = "want",
		[PB_NEG_OPEN] = "open",
		[PB_NEG_COUNTER] = "counter",
		[PB_NEG_ACCEPT] = "accept",
		[PB_NEG_DECLINE] = "decline",
		[PB_NEG_QUIESCED] = "quiesced",
		[PB_NEG_TIMEOUT] = "timeout",
		[PB_NEG_GRANT] = "grant",
		[PB_NEG_OFFER] = "offer",
		[PB_NEG_REFUSE] = "refuse",
		[PB_NEG_TIMEOUT_KEEP] = "timeout-keep",
		[PB_NEG_TIMEOUT_LOST] = "timeout-lost",
		[PB_NEG_RX_ASK] = "rx-ask",
		[PB_NEG_RX_INIT_OK] = "rx-init-ok",
		[PB_NEG_RX_INIT_REFUSED] = "rx-init-refused",
		[PB_NEG_RX_GRANTED] = "rx-granted",
		[PB_NEG_RX_OFFERED] = "rx-offered",
		[PB_NEG_RX_REFUSED] = "rx-refused",
		[PB_NEG_RX_STARTED_NEW] = "rx-started-new",
		[PB_NEG_RX_STARTED_OLD] = "rx-started-old",
		[PB_NEG_RX_START_REFUSED] = "rx-start-refused",
		[PB_NEG_RX_WITHDRAWN] = "rx-withdrawn",
		[PB_NEG_RX_INITIALIZE_OK] = "rx-initialize-ok",
		[PB_NEG_RX_INITIALIZE_BAD] = "rx-initialize-bad",
		[PB_NEG_RX_REQUEST] = "rx-request",
		[PB_NEG_RX_START_NEW] = "rx-start-new",
		[PB_NEG_RX_START_NEW_LOST] = "rx-start-new-lost",
		[PB_NEG_RX_START_OLD_KEEP] = "rx-start-old-keep",
		[PB_NEG_RX_START_OLD_LOST] = "rx-start-old-lost",
		[PB_NEG_RX_START_BAD] = "rx-start-bad",
	};

	return event < PB_NEG_EVENTS ? names[event] : "?";
}

/* Comment: see negotiate_table.h. */
const char *pb_neg_action_name(unsigned int action)
{
	static const char *const names[PB_NEG_ACTIONS] = {
		"stop-timer", "drop-grant", "stop-io", "adopt", "run-new", "run-old",
		"keep-old", "send-init-ok", "send-init-refused", "send-granted",
		"send-offered", "send-refused", "send-started-new", "send-started-old",
		"send-start-refused", "send-withdrawn", "send-request", "send-start-new",
		"send-start-old", "send-initialize", "send-ask", "arm-timer", "choose",
		"consider", "evaluate", "quiesce", "withdraw", "fail", "break",
	};

	return action < PB_NEG_ACTIONS ? names[action] : "?";
}
