// SPDX-License-Identifier: GPL-2.0
/*
 * The glue around two machines, in the shape of the kernel's negotiate.c but
 * with time, drivers and contracts left to chance.
 */
#include "pair.h"

#include <linux/errno.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#define S(name)		PARTBUS_NEG_STATE_##name
#define CLASS		PARTBUS_CLASS_BLOCK

static void must(struct pair *w, bool holds, const char *sentence)
{
	if (!holds && !w->wrong)
		w->wrong = sentence;
}

static bool one_in(struct pair *w, unsigned int n)
{
	return n && !w->choose(w->arg, n);
}

/* The actions that send something, at most two of them in one step. */
static void send(struct pair *w, struct pair_queue *q, struct pair_end *e, __u32 actions)
{
	__u8 raw[PARTBUS_MBOX_ENTRY_SIZE];
	int bit, sent = 0;

	for (bit = 0; bit < PB_NEG_ACTIONS; bit++) {
		__u32 action = actions & (1u << bit);
		struct pb_neg_message m = {
			.negotiation = e->n.negotiation,
			.round = e->n.role == PARTBUS_ROLE_CLIENT ? e->n.round : e->answer_round,
			.version_min = PARTBUS_VERSION_MIN,
			.version_max = PARTBUS_VERSION_MAX,
			.class = CLASS,
			.data_id = 1,
			.epoch = e->in_force,
		};

		if (action == PB_NEG_SEND_GRANTED || action == PB_NEG_SEND_START_NEW)
			m.epoch = e->granted;
		if (action == PB_NEG_SEND_INITIALIZE && e->bad_version)
			m.version_min = m.version_max = PARTBUS_VERSION_MAX + 1;
		if (!action || !pb_neg_wire_write(raw, action, q->sent + 1, &m))
			continue;
		q->sent++;
		must(w, q->count < PAIR_QUEUE, "a queue grows and grows");
		if (q->count == PAIR_QUEUE)
			return;
		memcpy(&q->m[q->count++], raw, sizeof(q->m[0]));
		must(w, ++sent <= 2, "one step sends more than two messages");
	}
	if (q->count > w->longest)
		w->longest = q->count;
}

static void client_event(struct pair *w, enum pb_neg_event e)
{
	struct pair_end *c = &w->client;
	__u32 a;

	if (pb_neg_step(&c->n, e, &a))
		must(w, false, "the server was found in violation");
	must(w, c->n.round <= PARTBUS_NEG_MAX_ROUNDS, "the client asks for ever");

	if (a & (PB_NEG_STOP_TIMER | PB_NEG_ARM_TIMER))
		c->timer = !!(a & PB_NEG_ARM_TIMER);
	if (a & PB_NEG_STOP_IO)
		w->in_flight = 0;
	if (a & (PB_NEG_STOP_IO | PB_NEG_RUN_OLD | PB_NEG_KEEP_OLD | PB_NEG_FAIL))
		c->pending = -1;
	if (a & PB_NEG_RUN_NEW) {
		c->in_force = c->granted;
		c->granted = 0;
		w->starts++;
	}
	w->keeps += !!(a & (PB_NEG_RUN_OLD | PB_NEG_KEEP_OLD));
	if (a & PB_NEG_SEND_START_NEW)
		must(w, !w->in_flight, "START while requests are in flight");
	if (a & PB_NEG_SEND_INITIALIZE) {
		c->granted = 0;
		c->bad_version = one_in(w, w->refusals);
	}
	send(w, &w->c2s, c, a);
	if (a & PB_NEG_CHOOSE)
		c->pending = one_in(w, w->refusals) ? PB_NEG_DECLINE : PB_NEG_COUNTER;
	if (a & PB_NEG_CONSIDER)
		c->pending = one_in(w, w->refusals) ? PB_NEG_DECLINE : PB_NEG_ACCEPT;
	if (a & PB_NEG_QUIESCE)
		c->pending = PB_NEG_QUIESCED;
	w->fails += !!(a & PB_NEG_FAIL);
	if (a & PB_NEG_BREAK) {
		w->broken = true;
		w->breaks++;
	}
}

static void server_event(struct pair *w, enum pb_neg_event e)
{
	struct pair_end *s = &w->server;
	__u32 a;

	if (pb_neg_step(&s->n, e, &a))
		must(w, false, "the client was found in violation");
	must(w, s->n.round <= PARTBUS_NEG_MAX_ROUNDS, "the server answers for ever");

	if (a & (PB_NEG_STOP_TIMER | PB_NEG_ARM_TIMER))
		s->timer = !!(a & PB_NEG_ARM_TIMER);
	if (a & PB_NEG_DROP_GRANT)
		s->granted = 0;
	if (a & PB_NEG_ADOPT) {
		must(w, !w->in_flight, "a request lives through a change of contracts");
		must(w, s->granted, "a contract starts that was not granted");
		s->in_force = s->granted;
		s->granted = 0;
	}
	if (a & PB_NEG_SEND_INIT_OK)
		s->pending = -1;
	send(w, &w->s2c, s, a);
	if (a & PB_NEG_EVALUATE)
		s->pending = one_in(w, w->refusals) ? PB_NEG_REFUSE :
			     one_in(w, 3) ? PB_NEG_OFFER : PB_NEG_GRANT;
	if (a & PB_NEG_WITHDRAW) {
		s->lost = s->in_force;
		s->in_force = 0;
		w->rescinded = true;
		w->withdrawals++;
	}
}

/* The next message as its receiver reads it; false when it is none for the machine. */
static bool receive(struct pair *w, struct pair_queue *q, struct pair_end *e,
		    struct pb_neg_message *m, enum pb_neg_event *event)
{
	struct pb_neg_known known = {
		.class = CLASS, .granted = e->granted, .current_epoch = e->in_force,
		.lost = e->lost,
	};
	__u8 raw[PARTBUS_MBOX_ENTRY_SIZE];
	const char *why;

	memcpy(raw, &q->m[0], sizeof(q->m[0]));
	memmove(q->m, q->m + 1, --q->count * sizeof(q->m[0]));
	if (pb_neg_wire_read(raw, e->n.role, ++q->taken, m, &why) ||
	    pb_neg_wire_judge(&e->n, &known, m, event, &why)) {
		must(w, false, why);
		return false;
	}
	return *event != PB_NEG_EVENTS;
}

static void client_receives(struct pair *w)
{
	struct pair_end *c = &w->client;
	struct pb_neg_message m;
	enum pb_neg_event event;

	if (!receive(w, &w->s2c, c, &m, &event))
		return;
	if (event == PB_NEG_RX_GRANTED)
		c->granted = m.epoch;
	/* What goes on must be what this end holds. */
	if (m.type == PARTBUS_NEG_START_COMPLETE && m.status == PARTBUS_NEG_REFUSED &&
	    c->n.state == S(STARTING))
		must(w, m.epoch == c->in_force, "the server holds another contract");
	client_event(w, event);
}

static void server_receives(struct pair *w)
{
	struct pair_end *s = &w->server;
	struct pb_neg_message m;
	enum pb_neg_event event;

	if (!receive(w, &w->c2s, s, &m, &event))
		return;
	if (event == PB_NEG_RX_INITIALIZE_OK || event == PB_NEG_RX_INITIALIZE_BAD)
		s->n.negotiation = m.negotiation;
	else if (event == PB_NEG_RX_REQUEST)
		s->answer_round = m.round;
	else if (event == PB_NEG_RX_START_NEW && one_in(w, w->losses))
		event = PB_NEG_RX_START_NEW_LOST;
	else if (event == PB_NEG_RX_START_OLD_KEEP && one_in(w, w->losses))
		event = PB_NEG_RX_START_OLD_LOST;
	server_event(w, event);
}

static void pending_event(struct pair *w, struct pair_end *e)
{
	int event = e->pending;

	if (event < 0 || (event == PB_NEG_QUIESCED && w->in_flight))
		return;
	e->pending = -1;
	if (e == &w->client) {
		client_event(w, event);
		return;
	}
	if (event == PB_NEG_GRANT)
		e->granted = ++w->next_epoch;
	server_event(w, event);
}

static void io(struct pair *w)
{
	struct pair_end *c = &w->client, *s = &w->server;

	if (pb_neg_io_allowed(&c->n) && one_in(w, 2)) {
		must(w, c->in_force, "a request without a contract");
		must(w, !w->in_flight || w->in_flight_epoch == c->in_force,
		     "requests of two contracts in flight");
		w->in_flight_epoch = c->in_force;
		w->in_flight++;
	}
	if (pb_neg_io_allowed(&s->n) && w->in_flight) {
		must(w, w->in_flight_epoch == s->in_force,
		     "a request is served under another contract");
		w->in_flight--;
		w->served++;
	}
}

void pair_open(struct pair *w)
{
	pb_neg_init(&w->client.n, PARTBUS_ROLE_CLIENT);
	pb_neg_init(&w->server.n, PARTBUS_ROLE_SERVER);
	w->client.pending = w->server.pending = -1;
	client_event(w, PB_NEG_OPEN);
}

void pair_step(struct pair *w, bool calm)
{
	unsigned int timeouts = calm ? 0 : w->timeouts, wants = calm ? 0 : w->wants;

	switch (w->choose(w->arg, 6)) {
	case 0:
		if (w->c2s.count)
			server_receives(w);
		break;
	case 1:
		if (w->s2c.count)
			client_receives(w);
		break;
	case 2:
		pending_event(w, &w->client);
		break;
	case 3:
		pending_event(w, &w->server);
		break;
	case 4:
		io(w);
		break;
	default:
		if (w->client.timer && one_in(w, timeouts))
			client_event(w, PB_NEG_TIMEOUT);
		else if (w->server.timer && one_in(w, timeouts))
			server_event(w, one_in(w, w->losses) ? PB_NEG_TIMEOUT_LOST :
				     PB_NEG_TIMEOUT_KEEP);
		else if (one_in(w, wants))
			client_event(w, PB_NEG_WANT);
		else if (one_in(w, wants))
			server_event(w, PB_NEG_WANT);
		break;
	}

	if (pb_neg_io_allowed(&w->client.n) && pb_neg_io_allowed(&w->server.n))
		must(w, w->client.in_force == w->server.in_force,
		     "both run under different contracts");
}

static bool at_rest(const struct pair_end *e)
{
	return e->n.state == S(START) || e->n.state == S(RUNNING) || e->n.state == S(DEAD_END);
}

/* Nothing happens any more unless somebody wants something. */
static bool quiet(const struct pair *w)
{
	return !w->c2s.count && !w->s2c.count && w->client.pending < 0 && w->server.pending < 0 &&
	       !w->in_flight;
}

/* Everything that is under way is carried out, in any order. */
static void calm_down(struct pair *w)
{
	int i;

	for (i = 0; i < 4 * PAIR_QUEUE && !w->wrong && !quiet(w); i++) {
		if (w->c2s.count)
			server_receives(w);
		if (w->s2c.count)
			client_receives(w);
		pending_event(w, &w->client);
		pending_event(w, &w->server);
		io(w);
		pair_step(w, true);
	}
	must(w, !w->c2s.count && !w->s2c.count, "messages never end");
	/* A client may wait in vain for its I/O when the server has withdrawn. */
	must(w, (w->client.pending < 0 || w->rescinded) && w->server.pending < 0,
	     "an end does not come to a decision");
}

void pair_settle(struct pair *w)
{
	int round;

	/* More than once, since a wish that was remembered may begin again. */
	for (round = 0; round < 4; round++) {
		calm_down(w);
		if (w->broken || w->wrong)
			return;
		if (!at_rest(&w->client))
			client_event(w, PB_NEG_TIMEOUT);
		else if (!at_rest(&w->server))
			server_event(w, PB_NEG_TIMEOUT_KEEP);
		else
			break;
	}
	must(w, at_rest(&w->client) && at_rest(&w->server), "an end comes to no rest");
	must(w, !w->client.timer && !w->server.timer, "a timer runs on");
	/* The bus takes a channel away that was withdrawn or broken. */
	if (w->rescinded || w->broken)
		return;
	must(w, w->client.n.have_contract == w->server.n.have_contract,
	     "one end has a contract that the other has not");
	if (w->client.n.have_contract)
		must(w, w->client.in_force == w->server.in_force, "the ends do not agree");
}
