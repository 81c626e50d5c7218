// SPDX-License-Identifier: GPL-2.0
/*
 * One end of a negotiation, and a peer that sends any message at any time, most
 * of them right but for one field. The end is glued together as in the kernel's
 * negotiate.c. Whatever comes, a step ends, rounds are bounded, an end runs
 * under a contract that it checked only, and a violation changes nothing.
 */
#include "fuzz.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <asm/byteorder.h>
#include <vmbus/contract.h>
#include <vmbus/negotiate_wire.h>

#define HEADER	((int)sizeof(struct partbus_neg_header))
#define CLASS	PARTBUS_CLASS_BLOCK

struct world {
	struct pb_neg n;
	struct pb_contract granted, current_contract;
	struct pb_ranges wish, offer;
	struct pb_refusal why;
	bool offer_valid, armed, quiescing, io_stopped, over;
	__u32 tx_seq, rx_seq, next_epoch, lost, version;
	__u16 answer_round;
	__u32 said;		/* the action that sent the last message */
	int sent;
	__u8 out[PARTBUS_MBOX_ENTRY_SIZE];
	__u8 msg[PARTBUS_MBOX_ENTRY_SIZE];
};

static __u32 peer_of(const struct world *w)
{
	return w->n.role == PARTBUS_ROLE_CLIENT ? PARTBUS_ROLE_SERVER : PARTBUS_ROLE_CLIENT;
}

static void full_contract(struct pb_contract *c, __u64 depth)
{
	int i;

	c->present = 0;
	for (i = 0; i < PB_ATTR_COUNT; i++)
		pb_contract_set(c, i, pb_attr_table[i].max);
	c->value[PB_LOGICAL_BLOCK] = 512;
	c->value[PB_DEPTH] = 1 + depth % PARTBUS_MAX_DEPTH;
}

/* What this end sends must be what the other can read. */
static void send(struct world *w, __u32 action)
{
	struct pb_neg_message m = {
		.negotiation = w->n.negotiation,
		.round = w->n.role == PARTBUS_ROLE_CLIENT ? w->n.round : w->answer_round,
		.epoch = w->current_contract.epoch, .data_id = 1, .class = CLASS,
		.version_min = PARTBUS_VERSION_MIN, .version_max = PARTBUS_VERSION_MAX,
	}, said;
	const char *why;
	int length;

	if (action == PB_NEG_SEND_INIT_OK)
		m.version_max = w->version;
	if (action == PB_NEG_SEND_GRANTED || action == PB_NEG_SEND_START_NEW) {
		m.epoch = w->granted.epoch;
		must(m.epoch, "nothing is granted, and yet it is named");
	}
	length = pb_neg_wire_write(w->out, action, ++w->tx_seq, &m);
	if (action == PB_NEG_SEND_REQUEST)
		length = pb_ranges_encode(w->out, length, &w->wish);
	else if (action == PB_NEG_SEND_GRANTED)
		length = pb_contract_encode(w->out, length, &w->granted);
	else if (action == PB_NEG_SEND_OFFERED)
		length = pb_ranges_encode(w->out, length, &w->offer);
	else if (action & (PB_NEG_SEND_REFUSED | PB_NEG_SEND_WITHDRAWN))
		length = pb_refusal_encode(w->out, length, &w->why);
	must(length > 0, "an own message does not fit");
	pb_neg_wire_close(w->out, length);
	must(!pb_neg_wire_read(w->out, peer_of(w), w->tx_seq, &said, &why),
	     "an own message cannot be read");
	must(said.length == length, "an own message has another length");
	w->said = action;
	w->sent++;
}

static enum pb_neg_event act(struct world *w, struct input *in, __u32 action)
{
	struct pb_refusal why;

	if (action >= PB_NEG_SEND_INIT_OK && action <= PB_NEG_SEND_ASK) {
		if (action == PB_NEG_SEND_INITIALIZE) {
			w->offer_valid = false;
			w->granted.epoch = 0;
		}
		send(w, action);
		return PB_NEG_EVENTS;
	}
	switch (action) {
	case PB_NEG_STOP_TIMER:
		w->armed = false;
		break;
	case PB_NEG_ARM_TIMER:
		w->armed = true;
		break;
	case PB_NEG_DROP_GRANT:
		w->granted.epoch = 0;
		break;
	case PB_NEG_STOP_IO:
		w->io_stopped = true;
		break;
	case PB_NEG_RUN_NEW:
		must(!pb_contract_check(CLASS, &w->granted, &w->wish, &why),
		     "a client runs under what it cannot live with");
		/* fallthrough */
	case PB_NEG_ADOPT:
		must(w->granted.epoch, "a contract starts that was not granted");
		w->current_contract = w->granted;
		w->granted.epoch = 0;
		w->quiescing = w->io_stopped = false;
		REACHED("a contract started");
		break;
	case PB_NEG_RUN_OLD:
	case PB_NEG_KEEP_OLD:
		must(w->current_contract.epoch, "there is no old contract to go back to");
		w->granted.epoch = 0;
		w->quiescing = false;
		REACHED("the old contract was kept");
		break;
	case PB_NEG_CHOOSE:
		if (w->offer_valid && pb_contract_choose(&w->offer, &w->wish, &w->why))
			return PB_NEG_DECLINE;
		return in_byte(in) & 15 ? PB_NEG_COUNTER : PB_NEG_DECLINE;
	case PB_NEG_CONSIDER:
		if (pb_contract_check(CLASS, &w->granted, &w->wish, &w->why))
			return PB_NEG_DECLINE;
		return in_byte(in) & 15 ? PB_NEG_ACCEPT : PB_NEG_DECLINE;
	case PB_NEG_EVALUATE:
		w->granted.epoch = 0;
		switch (in_byte(in) & 7) {
		case 0:
			return PB_NEG_REFUSE;
		case 1:
			return PB_NEG_OFFER;
		default:
			full_contract(&w->granted, in_byte(in));
			w->granted.epoch = ++w->next_epoch;
			return PB_NEG_GRANT;
		}
	case PB_NEG_QUIESCE:
		w->quiescing = true;
		break;
	case PB_NEG_WITHDRAW:
		w->lost = w->current_contract.epoch;
		w->current_contract.epoch = 0;
		w->granted.epoch = 0;
		REACHED("a contract was withdrawn");
		break;
	case PB_NEG_FAIL:
		w->granted.epoch = 0;
		w->quiescing = false;
		break;
	case PB_NEG_BREAK:
		w->over = true;
		break;
	}
	return PB_NEG_EVENTS;
}

static void feed(struct world *w, struct input *in, enum pb_neg_event event)
{
	int steps = 0;

	while (event != PB_NEG_EVENTS) {
		enum pb_neg_event next = PB_NEG_EVENTS;
		struct pb_neg before = w->n;
		__u32 actions, bit;

		must(++steps <= 4, "one event is followed by ever more");
		w->sent = 0;
		if (pb_neg_step(&w->n, event, &actions)) {
			must(!memcmp(&before, &w->n, sizeof(before)), "a violation changes the machine");
			must(!actions, "a violation makes this end do something");
			w->over = true;
			REACHED("a violation of the machine");
			return;
		}
		must(w->n.round <= PARTBUS_NEG_MAX_ROUNDS, "rounds without end");
		for (bit = 0; bit < PB_NEG_ACTIONS; bit++) {
			if (!(actions & (1u << bit)))
				continue;
			must(next == PB_NEG_EVENTS, "two events follow one step");
			next = act(w, in, 1u << bit);
		}
		must(w->sent <= 2, "one step sends more than two messages");
		event = next;
	}
	if (pb_neg_io_allowed(&w->n) && !w->over)
		must(w->current_contract.epoch, "I/O without a contract");
}

static void receive(struct world *w, struct input *in)
{
	struct pb_neg_known known = {
		.class = CLASS, .granted = w->granted.epoch,
		.current_epoch = w->current_contract.epoch, .lost = w->lost,
	};
	enum pb_neg_event event;
	struct pb_neg_message m;
	const char *why;

	if (pb_neg_wire_read(w->msg, w->n.role, w->rx_seq + 1, &m, &why)) {
		REACHED("a message was refused");
		w->over = true;
		return;
	}
	w->rx_seq++;
	if (pb_neg_wire_judge(&w->n, &known, &m, &event, &why)) {
		REACHED("a message makes no sense here");
		w->over = true;
		return;
	}
	switch (event) {
	case PB_NEG_RX_INITIALIZE_OK:
	case PB_NEG_RX_INITIALIZE_BAD:
		w->n.negotiation = m.negotiation;
		w->version = pb_neg_wire_version(&m);
		break;
	case PB_NEG_RX_REQUEST:
		must(!pb_ranges_decode(w->msg, m.length, &w->wish), "read, but malformed");
		w->answer_round = m.round;
		break;
	case PB_NEG_RX_START_NEW:
		if (!(in_byte(in) & 7))
			event = PB_NEG_RX_START_NEW_LOST;
		break;
	case PB_NEG_RX_START_OLD_KEEP:
		if (!(in_byte(in) & 3))
			event = PB_NEG_RX_START_OLD_LOST;
		break;
	case PB_NEG_RX_GRANTED:
		if (pb_contract_decode(w->msg, m.length, &w->granted)) {
			w->over = true;
			return;
		}
		w->granted.epoch = m.epoch;
		break;
	case PB_NEG_RX_OFFERED:
		must(!pb_ranges_decode(w->msg, m.length, &w->offer), "read, but malformed");
		w->offer_valid = true;
		break;
	default:
		break;
	}
	feed(w, in, event);
}

/* What an honest peer says next. */
static __u32 honest(const struct world *w)
{
	bool client = w->n.role == PARTBUS_ROLE_CLIENT;

	switch (w->said) {
	case PB_NEG_SEND_INITIALIZE:
		return PB_NEG_SEND_INIT_OK;
	case PB_NEG_SEND_REQUEST:
		return PB_NEG_SEND_GRANTED;
	case PB_NEG_SEND_START_NEW:
		return PB_NEG_SEND_STARTED_NEW;
	case PB_NEG_SEND_START_OLD:
		return PB_NEG_SEND_STARTED_OLD;
	case PB_NEG_SEND_INIT_OK:
	case PB_NEG_SEND_OFFERED:
		return PB_NEG_SEND_REQUEST;
	case PB_NEG_SEND_GRANTED:
		return PB_NEG_SEND_START_NEW;
	case PB_NEG_SEND_REFUSED:
		return w->current_contract.epoch ? PB_NEG_SEND_START_OLD : PB_NEG_SEND_INITIALIZE;
	default:
		return client ? PB_NEG_SEND_ASK : PB_NEG_SEND_INITIALIZE;
	}
}

/* A message that mostly fits the present state, with at most one thing wrong. */
static void peer_message(struct world *w, struct input *in)
{
	static const __u32 to_server[] = {
		PB_NEG_SEND_INITIALIZE, PB_NEG_SEND_REQUEST, PB_NEG_SEND_START_NEW,
		PB_NEG_SEND_START_OLD,
	};
	static const __u32 to_client[] = {
		PB_NEG_SEND_ASK, PB_NEG_SEND_INIT_OK, PB_NEG_SEND_INIT_REFUSED,
		PB_NEG_SEND_GRANTED, PB_NEG_SEND_OFFERED, PB_NEG_SEND_REFUSED,
		PB_NEG_SEND_STARTED_NEW, PB_NEG_SEND_STARTED_OLD, PB_NEG_SEND_START_REFUSED,
		PB_NEG_SEND_WITHDRAWN,
	};
	bool client = w->n.role == PARTBUS_ROLE_CLIENT;
	__u32 action = in_byte(in) & 7 ? honest(w) :
		       client ? to_client[in_below(in, ARRAY_SIZE(to_client))] :
				to_server[in_below(in, ARRAY_SIZE(to_server))];
	struct pb_neg_message m = {
		.negotiation = w->n.negotiation + (action == PB_NEG_SEND_INITIALIZE),
		.round = w->n.round + !client, .epoch = w->current_contract.epoch, .data_id = 1,
		.version_min = PARTBUS_VERSION_MIN, .version_max = PARTBUS_VERSION_MAX,
		.class = CLASS,
	};
	struct pb_refusal why = { .text = "no" };
	struct pb_ranges r = { 0 };
	struct pb_contract c;
	int length, span;
	__u8 wrong;

	if (action == PB_NEG_SEND_GRANTED)
		m.epoch = ++w->next_epoch;
	else if (action == PB_NEG_SEND_START_NEW || action == PB_NEG_SEND_STARTED_NEW)
		m.epoch = w->granted.epoch;
	length = pb_neg_wire_write(w->msg, action, w->rx_seq + 1, &m);
	must(length == HEADER, "a message is not written");
	switch (action) {
	case PB_NEG_SEND_REQUEST:
	case PB_NEG_SEND_OFFERED:
		for (span = in_below(in, 4); span; span--)
			pb_ranges_set(&r, in_below(in, PB_ATTR_COUNT), in_number(in),
				      in_number(in));
		length = pb_ranges_encode(w->msg, length, &r);
		break;
	case PB_NEG_SEND_GRANTED:
		full_contract(&c, in_byte(in));
		if (!(in_byte(in) & 7))
			pb_contract_set(&c, in_below(in, PB_ATTR_COUNT), in_number(in));
		length = pb_contract_encode(w->msg, length, &c);
		break;
	case PB_NEG_SEND_REFUSED:
	case PB_NEG_SEND_WITHDRAWN:
		length = pb_refusal_encode(w->msg, length, &why);
		break;
	}
	pb_neg_wire_close(w->msg, length);

	wrong = in_byte(in);
	if (wrong >= 32)
		return;
	if (wrong < 16) {
		const struct pb_neg_span *s = &pb_neg_spans[wrong % PB_NEG_FIELDS];

		in_bytes(in, w->msg + s->offset, s->size);
	} else {
		w->msg[in_below(in, length)] = in_byte(in);
	}
}

static void local_event(struct world *w, struct input *in)
{
	bool client = w->n.role == PARTBUS_ROLE_CLIENT;

	switch (in_byte(in) & 3) {
	case 0:
		feed(w, in, PB_NEG_WANT);
		break;
	case 1:
		if (!w->armed)
			break;
		w->armed = false;
		feed(w, in, client ? PB_NEG_TIMEOUT :
		     in_byte(in) & 1 ? PB_NEG_TIMEOUT_KEEP : PB_NEG_TIMEOUT_LOST);
		REACHED("a timer fired");
		break;
	default:
		if (client && w->quiescing && w->n.wait == PB_NEG_WAIT_QUIET)
			feed(w, in, PB_NEG_QUIESCED);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	struct world w = { 0 };
	int n;

	pb_neg_init(&w.n, in_byte(&in) & 1 ? PARTBUS_ROLE_CLIENT : PARTBUS_ROLE_SERVER);
	if (w.n.role == PARTBUS_ROLE_CLIENT)
		feed(&w, &in, PB_NEG_OPEN);
	for (n = 0; n < 300 && in.left && !w.over; n++) {
		if (in_byte(&in) & 1) {
			peer_message(&w, &in);
			receive(&w, &in);
		} else {
			local_event(&w, &in);
		}
	}
	REACHED_IF(w.current_contract.epoch > 3 && w.n.role == PARTBUS_ROLE_CLIENT,
		   "a client went through several contracts");
	REACHED_IF(w.current_contract.epoch > 3 && w.n.role == PARTBUS_ROLE_SERVER,
		   "a server went through several contracts");
	return 0;
}

/* Long scripts without a plan; the mutations of them find the rest. */
void fuzz_seeds(fuzz_emit emit)
{
	__u8 script[1200];

	fuzz_scripts(emit, script, sizeof(script), 8);
}
