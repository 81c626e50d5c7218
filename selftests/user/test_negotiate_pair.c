// SPDX-License-Identifier: GPL-2.0
/*
 * Two machines connected by queues, under random schedules: messages may take
 * any time, timers may fire at any moment, and both ends want something else
 * whenever they like. Whatever happens, no honest end is found in violation, no
 * request is served under another contract than it was submitted under, and
 * when all is over both ends agree.
 */
#include "harness.h"

#include <vmbus/negotiate_table.h>

#define S(name)		PARTBUS_NEG_STATE_##name
#define QUEUE		256
#define SCHEDULES	4000
#define STEPS		400

struct message {
	__u32 type, status, negotiation, epoch;
	bool bad;		/* INITIALIZE with a wrong version */
};

struct queue {
	struct message m[QUEUE];
	int count;
};

struct end {
	struct pb_neg n;
	int timer, pending;	/* pending: the event to come of CHOOSE and the like, or -1 */
	__u32 in_force, granted;
};

struct world {
	const char *sentence;
	unsigned int timeouts, wants, losses, refusals;	/* one in so many, 0 for never */

	__u64 seed;
	struct end client, server;
	struct queue c2s, s2c;
	__u32 next_epoch;
	/* Requests in flight, as the client submitted them. */
	int in_flight;
	__u32 in_flight_epoch;
	bool broken, rescinded;
	unsigned long starts, keeps, fails, breaks, withdrawals, served;
	int longest;
};

static bool one_in(struct world *w, unsigned int n)
{
	return n && !below(&w->seed, n);
}

static void send(struct world *w, struct queue *q, struct message m)
{
	assert_true(q->count < QUEUE);
	q->m[q->count++] = m;
	if (q->count > w->longest)
		w->longest = q->count;
}

static struct message take(struct queue *q)
{
	struct message m = q->m[0];

	memmove(q->m, q->m + 1, --q->count * sizeof(m));
	return m;
}

static void client_event(struct world *w, enum pb_neg_event e)
{
	struct end *c = &w->client;
	__u32 a;

	if (pb_neg_step(&c->n, e, &a))
		fail_msg("the server was found in violation by %s in %s", pb_neg_event_name(e),
			 pb_neg_state_name(c->n.state));

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
	if (a & PB_NEG_SEND_REQUEST)
		send(w, &w->c2s, (struct message) { PARTBUS_NEG_REQUEST_BANDWIDTH, 0,
						    c->n.negotiation, 0, false });
	if (a & PB_NEG_SEND_START_NEW) {
		assert_int_equal(w->in_flight, 0);
		send(w, &w->c2s, (struct message) { PARTBUS_NEG_START, 0, c->n.negotiation,
						    c->granted, false });
	}
	if (a & PB_NEG_SEND_START_OLD)
		send(w, &w->c2s, (struct message) { PARTBUS_NEG_START, 0, c->n.negotiation,
						    c->in_force, false });
	if (a & PB_NEG_SEND_INITIALIZE) {
		c->granted = 0;
		send(w, &w->c2s, (struct message) { PARTBUS_NEG_INITIALIZE, 0,
						    c->n.negotiation, 0,
						    one_in(w, w->refusals) });
	}
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

static void server_event(struct world *w, enum pb_neg_event e, __u32 number)
{
	struct end *s = &w->server;
	struct message m = { .negotiation = number };
	__u32 a;

	if (pb_neg_step(&s->n, e, &a))
		fail_msg("the client was found in violation by %s in %s", pb_neg_event_name(e),
			 pb_neg_state_name(s->n.state));

	if (a & (PB_NEG_STOP_TIMER | PB_NEG_ARM_TIMER))
		s->timer = !!(a & PB_NEG_ARM_TIMER);
	if (a & PB_NEG_DROP_GRANT)
		s->granted = 0;
	if (a & PB_NEG_ADOPT) {
		/* Nobody's request may live through a change of contracts. */
		assert_int_equal(w->in_flight, 0);
		assert_int_not_equal(s->granted, 0);
		s->in_force = s->granted;
		s->granted = 0;
	}
	if (a & PB_NEG_SEND_INIT_OK) {
		s->pending = -1;
		m.type = PARTBUS_NEG_INITIALIZE_COMPLETE;
		m.status = PARTBUS_NEG_OK;
	}
	if (a & PB_NEG_SEND_INIT_REFUSED) {
		m.type = PARTBUS_NEG_INITIALIZE_COMPLETE;
		m.status = PARTBUS_NEG_REFUSED;
	}
	if (a & (PB_NEG_SEND_GRANTED | PB_NEG_SEND_OFFERED | PB_NEG_SEND_REFUSED)) {
		m.type = PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE;
		m.status = a & PB_NEG_SEND_GRANTED ? PARTBUS_NEG_GRANTED :
			   a & PB_NEG_SEND_OFFERED ? PARTBUS_NEG_OFFERED : PARTBUS_NEG_REFUSED;
		m.epoch = s->granted;
	}
	if (a & (PB_NEG_SEND_STARTED_NEW | PB_NEG_SEND_STARTED_OLD | PB_NEG_SEND_START_REFUSED |
		 PB_NEG_SEND_WITHDRAWN)) {
		m.type = PARTBUS_NEG_START_COMPLETE;
		m.status = a & PB_NEG_SEND_START_REFUSED ? PARTBUS_NEG_REFUSED :
			   a & PB_NEG_SEND_WITHDRAWN ? PARTBUS_NEG_WITHDRAWN : PARTBUS_NEG_OK;
		m.epoch = s->in_force;
	}
	if (m.type)
		send(w, &w->s2c, m);
	if (a & PB_NEG_SEND_ASK)
		send(w, &w->s2c, (struct message) { .type = PARTBUS_NEG_INITIALIZE });
	if (a & PB_NEG_EVALUATE)
		s->pending = one_in(w, w->refusals) ? PB_NEG_REFUSE :
			     one_in(w, 3) ? PB_NEG_OFFER : PB_NEG_GRANT;
	if (a & PB_NEG_WITHDRAW) {
		s->in_force = 0;
		w->rescinded = true;
		w->withdrawals++;
	}
}

static void client_receives(struct world *w)
{
	struct message m = take(&w->s2c);
	struct end *c = &w->client;

	if (m.type == PARTBUS_NEG_INITIALIZE) {
		client_event(w, PB_NEG_RX_ASK);
		return;
	}
	if (m.negotiation != c->n.negotiation)
		return;
	switch (m.type) {
	case PARTBUS_NEG_INITIALIZE_COMPLETE:
		client_event(w, m.status ? PB_NEG_RX_INIT_REFUSED : PB_NEG_RX_INIT_OK);
		break;
	case PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE:
		if (m.status == PARTBUS_NEG_GRANTED)
			c->granted = m.epoch;
		client_event(w, m.status == PARTBUS_NEG_GRANTED ? PB_NEG_RX_GRANTED :
				m.status == PARTBUS_NEG_OFFERED ? PB_NEG_RX_OFFERED :
				PB_NEG_RX_REFUSED);
		break;
	default:
		/* What goes on must be what this end holds. */
		if (m.status == PARTBUS_NEG_REFUSED && c->n.state == S(STARTING))
			assert_int_equal(m.epoch, c->in_force);
		client_event(w, m.status == PARTBUS_NEG_REFUSED ? PB_NEG_RX_START_REFUSED :
				m.status == PARTBUS_NEG_WITHDRAWN ? PB_NEG_RX_WITHDRAWN :
				m.epoch == c->granted ? PB_NEG_RX_STARTED_NEW :
				PB_NEG_RX_STARTED_OLD);
		break;
	}
}

static enum pb_neg_event judge_start(struct world *w, __u32 epoch)
{
	struct end *s = &w->server;

	if (epoch && epoch == s->granted)
		return one_in(w, w->losses) ? PB_NEG_RX_START_NEW_LOST : PB_NEG_RX_START_NEW;
	if (epoch && epoch == s->in_force)
		return one_in(w, w->losses) ? PB_NEG_RX_START_OLD_LOST : PB_NEG_RX_START_OLD_KEEP;
	return epoch && !s->in_force ? PB_NEG_RX_START_OLD_LOST : PB_NEG_RX_START_BAD;
}

static void server_receives(struct world *w)
{
	struct message m = take(&w->c2s);
	struct end *s = &w->server;

	if (m.type == PARTBUS_NEG_INITIALIZE) {
		if (!m.bad)
			s->n.negotiation = m.negotiation;
		server_event(w, m.bad ? PB_NEG_RX_INITIALIZE_BAD : PB_NEG_RX_INITIALIZE_OK,
			     m.negotiation);
		return;
	}
	if (m.negotiation != s->n.negotiation)
		return;
	server_event(w, m.type == PARTBUS_NEG_REQUEST_BANDWIDTH ? PB_NEG_RX_REQUEST :
			judge_start(w, m.epoch), m.negotiation);
}

static void pending_event(struct world *w, struct end *e)
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
	server_event(w, event, e->n.negotiation);
}

static void io(struct world *w)
{
	struct end *c = &w->client, *s = &w->server;

	if (pb_neg_io_allowed(&c->n) && one_in(w, 2)) {
		assert_int_not_equal(c->in_force, 0);
		assert_true(!w->in_flight || w->in_flight_epoch == c->in_force);
		w->in_flight_epoch = c->in_force;
		w->in_flight++;
	}
	if (pb_neg_io_allowed(&s->n) && w->in_flight) {
		assert_int_equal(w->in_flight_epoch, s->in_force);
		w->in_flight--;
		w->served++;
	}
}

static void step(struct world *w, bool calm)
{
	unsigned int timeouts = calm ? 0 : w->timeouts, wants = calm ? 0 : w->wants;

	switch (below(&w->seed, 6)) {
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
				     PB_NEG_TIMEOUT_KEEP, w->server.n.negotiation);
		else if (one_in(w, wants))
			client_event(w, PB_NEG_WANT);
		else if (one_in(w, wants))
			server_event(w, PB_NEG_WANT, w->server.n.negotiation);
		break;
	}

	/* At no moment do both run under different contracts. */
	if (pb_neg_io_allowed(&w->client.n) && pb_neg_io_allowed(&w->server.n))
		assert_int_equal(w->client.in_force, w->server.in_force);
}

static bool at_rest(const struct end *e)
{
	return e->n.state == S(START) || e->n.state == S(RUNNING) || e->n.state == S(DEAD_END);
}

/* Without timeouts and wishes everything comes to rest, and both ends agree. */
static void settle(struct world *w)
{
	int round, i;

	/* More than once, since a wish that was remembered may begin again. */
	for (round = 0; round < 4; round++) {
		for (i = 0; i < 1500; i++)
			step(w, true);
		assert_int_equal(w->c2s.count + w->s2c.count, 0);
		/* A client may wait in vain for its I/O when the server has withdrawn. */
		assert_true((w->client.pending < 0 || w->rescinded) && w->server.pending < 0);
		if (w->broken)
			return;
		if (!at_rest(&w->client))
			client_event(w, PB_NEG_TIMEOUT);
		else if (!at_rest(&w->server))
			server_event(w, PB_NEG_TIMEOUT_KEEP, w->server.n.negotiation);
		else
			break;
	}
	assert_true(at_rest(&w->client) && at_rest(&w->server));
	assert_false(w->client.timer || w->server.timer);
	/* The bus takes a channel away that was withdrawn or broken. */
	if (w->rescinded || w->broken)
		return;
	assert_int_equal(w->client.n.have_contract, w->server.n.have_contract);
	if (w->client.n.have_contract)
		assert_int_equal(w->client.in_force, w->server.in_force);
}

static void schedules(void **state)
{
	const struct world *row = *state;
	unsigned long starts = 0, keeps = 0, fails = 0, breaks = 0, withdrawals = 0, served = 0;
	int i, k, longest = 0;
	struct world w;

	for (i = 0; i < SCHEDULES; i++) {
		w = *row;
		w.seed = i + 1;
		pb_neg_init(&w.client.n, PARTBUS_ROLE_CLIENT);
		pb_neg_init(&w.server.n, PARTBUS_ROLE_SERVER);
		w.client.pending = w.server.pending = -1;
		client_event(&w, PB_NEG_OPEN);
		for (k = 0; k < STEPS && !w.broken; k++)
			step(&w, false);
		if (!w.broken)
			settle(&w);
		starts += w.starts;
		keeps += w.keeps;
		fails += w.fails;
		breaks += w.breaks;
		withdrawals += w.withdrawals;
		served += w.served;
		longest = w.longest > longest ? w.longest : longest;
	}
	print_message("# started %lu, kept %lu, failed %lu, broken %lu, withdrawn %lu, served %lu, longest queue %d\n",
		      starts, keeps, fails, breaks, withdrawals, served, longest);

	/* The schedule must have seen what it is for. */
	assert_true(starts > 0 && served > 0);
	if (row->timeouts)
		assert_true(breaks > 0 && keeps > 0);
	if (row->losses && row->timeouts)
		assert_true(withdrawals > 0);
	if (row->refusals)
		assert_true(fails > 0);
}

static const struct world rows[] = {
	{ .sentence = "two patient ends agree", .wants = 4 },
	{ .sentence = "two ends that refuse now and then agree", .wants = 4, .refusals = 4 },
	{ .sentence = "timers that fire at any moment keep them together",
	  .wants = 4, .timeouts = 8 },
	{ .sentence = "timers, refusals and losses keep them together",
	  .wants = 4, .timeouts = 8, .refusals = 6, .losses = 4 },
	{ .sentence = "very slow ends stay together",
	  .wants = 2, .timeouts = 2, .refusals = 8, .losses = 8 },
	{ .sentence = "losses without timeouts keep them together",
	  .wants = 4, .refusals = 6, .losses = 4 },
};

int main(void)
{
	add_rows(rows, schedules);
	return run_all("negotiate_pair");
}
