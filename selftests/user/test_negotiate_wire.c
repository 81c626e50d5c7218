// SPDX-License-Identifier: GPL-2.0
/* Negotiation messages: what is written is read, what is wrong is refused, and what it means. */
#include "harness.h"

#include <vmbus/contract.h>
#include <vmbus/negotiate_wire.h>

#define HEADER	((int)sizeof(struct partbus_neg_header))
#define SEQ	5

struct entry {
	union {
		struct partbus_neg_header h;
		__u8 raw[PARTBUS_MBOX_ENTRY_SIZE];
	};
};

static const struct {
	const char *sentence;
	__u32 action;
	__u32 to;
} sends[] = {
	{ "INITIALIZE arrives", PB_NEG_SEND_INITIALIZE, PARTBUS_ROLE_SERVER },
	{ "the ask arrives", PB_NEG_SEND_ASK, PARTBUS_ROLE_CLIENT },
	{ "INITIALIZE_COMPLETE arrives", PB_NEG_SEND_INIT_OK, PARTBUS_ROLE_CLIENT },
	{ "a refused INITIALIZE arrives", PB_NEG_SEND_INIT_REFUSED, PARTBUS_ROLE_CLIENT },
	{ "REQUEST_BANDWIDTH arrives", PB_NEG_SEND_REQUEST, PARTBUS_ROLE_SERVER },
	{ "a grant arrives", PB_NEG_SEND_GRANTED, PARTBUS_ROLE_CLIENT },
	{ "an offer arrives", PB_NEG_SEND_OFFERED, PARTBUS_ROLE_CLIENT },
	{ "a refusal arrives", PB_NEG_SEND_REFUSED, PARTBUS_ROLE_CLIENT },
	{ "START of the new arrives", PB_NEG_SEND_START_NEW, PARTBUS_ROLE_SERVER },
	{ "START of the old arrives", PB_NEG_SEND_START_OLD, PARTBUS_ROLE_SERVER },
	{ "START_COMPLETE of the new arrives", PB_NEG_SEND_STARTED_NEW, PARTBUS_ROLE_CLIENT },
	{ "START_COMPLETE of the old arrives", PB_NEG_SEND_STARTED_OLD, PARTBUS_ROLE_CLIENT },
	{ "a refused START arrives", PB_NEG_SEND_START_REFUSED, PARTBUS_ROLE_CLIENT },
	{ "a withdrawal arrives", PB_NEG_SEND_WITHDRAWN, PARTBUS_ROLE_CLIENT },
};

static const struct pb_neg_message everything = {
	.negotiation = 0x11223344, .round = 3, .epoch = 0x55667788, .data_id = 7,
	.version_min = PARTBUS_VERSION_MIN, .version_max = PARTBUS_VERSION_MAX,
	.class = PARTBUS_CLASS_BLOCK,
};

static void build(struct entry *e, unsigned int send)
{
	assert_int_equal(pb_neg_wire_write(e->raw, sends[send].action, SEQ, &everything), HEADER);
}

static int reads(const struct entry *e, __u32 role)
{
	struct pb_neg_message m;
	const char *why = NULL;
	int ret = pb_neg_wire_read(e->raw, role, SEQ, &m, &why);

	/* A sentence with an error, and only then. */
	assert_int_equal(!!why, !!ret);
	return ret;
}

static __u32 other(__u32 role)
{
	return role == PARTBUS_ROLE_CLIENT ? PARTBUS_ROLE_SERVER : PARTBUS_ROLE_CLIENT;
}

static void arrives(void **state)
{
	unsigned int i = (const typeof(sends[0]) *)*state - sends;
	const struct pb_neg_row *row;
	struct pb_neg_message m;
	struct entry e;
	const char *why;

	build(&e, i);
	assert_int_equal(pb_neg_wire_read(e.raw, sends[i].to, SEQ, &m, &why), 0);
	row = pb_neg_wire_row(m.type, sends[i].to);
	assert_non_null(row);
	assert_true(row->statuses & (1u << m.status));
	assert_int_equal(m.length, HEADER);

#define HAS(field, name) \
	assert_int_equal(m.name, row->fields & (1u << PB_NEG_FIELD_##field) ? everything.name : 0)
	HAS(NEGOTIATION, negotiation);
	HAS(ROUND, round);
	HAS(EPOCH, epoch);
	HAS(DATA_ID, data_id);
	HAS(VERSION_MIN, version_min);
	HAS(VERSION_MAX, version_max);
	HAS(CLASS, class);
#undef HAS
	/* INITIALIZE goes both ways, but only an ask has no number. */
	assert_int_equal(reads(&e, other(sends[i].to)), -EPROTO);
}

static void each_wrong_field(void **state)
{
	unsigned int i, f, k;
	struct entry e;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sends); i++) {
		const struct pb_neg_row *row;

		build(&e, i);
		row = pb_neg_wire_row(le16_to_cpu(e.h.type), sends[i].to);
		assert_int_equal(reads(&e, sends[i].to), 0);

		for (f = 0; f < PB_NEG_FIELDS; f++) {
			bool has = row->fields & (1u << f);

			for (k = 0; k < pb_neg_spans[f].size; k++) {
				__u8 *byte = e.raw + pb_neg_spans[f].offset + k, old = *byte;

				*byte ^= 0x80;
				assert_int_equal(reads(&e, sends[i].to), has ? 0 : -EPROTO);
				*byte = old;
			}
		}
		for (k = 0; k < sizeof(e.h.reserved); k++) {
			e.h.reserved[k] = 1;
			assert_int_equal(reads(&e, sends[i].to), -EPROTO);
			e.h.reserved[k] = 0;
		}
		for (k = 0; k < 0x10000; k++) {
			build(&e, i);
			e.h.status = cpu_to_le16(k);
			assert_int_equal(reads(&e, sends[i].to),
					 k < 16 && row->statuses & (1u << k) ? 0 : -EPROTO);
			build(&e, i);
			e.h.length = cpu_to_le16(k);
			/* The zeroes behind it are no attributes. */
			assert_int_equal(reads(&e, sends[i].to), k == HEADER ? 0 : -EPROTO);
		}
		build(&e, i);
		e.h.seq = cpu_to_le32(SEQ + 1);
		assert_int_equal(reads(&e, sends[i].to), -EPROTO);
		e.h.seq = cpu_to_le32(SEQ - 1);
		assert_int_equal(reads(&e, sends[i].to), -EPROTO);
	}
}

static void unknown_types(void **state)
{
	struct entry e;
	__u32 type, role;

	(void)state;
	for (type = 0; type < 0x10000; type++) {
		for (role = 0; role < 3; role++) {
			build(&e, 0);
			e.h.type = cpu_to_le16(type);
			if (type >= PARTBUS_NEG_INITIALIZE && type < PARTBUS_NEG_TYPE_END &&
			    role < 2)
				continue;
			assert_null(pb_neg_wire_row(type, role));
			assert_int_equal(reads(&e, role), -EPROTO);
		}
	}
	/* All types have a row in some direction. */
	for (type = PARTBUS_NEG_INITIALIZE; type < PARTBUS_NEG_TYPE_END; type++)
		assert_true(pb_neg_wire_row(type, PARTBUS_ROLE_CLIENT) ||
			    pb_neg_wire_row(type, PARTBUS_ROLE_SERVER));
}

static void no_number(void **state)
{
	struct entry e;

	(void)state;
	build(&e, 0);
	e.h.negotiation = 0;
	assert_int_equal(reads(&e, PARTBUS_ROLE_SERVER), -EPROTO);
	/* Without one it is an ask. */
	assert_int_equal(reads(&e, PARTBUS_ROLE_CLIENT), 0);
}

static void bad_attributes(void **state)
{
	struct pb_refusal why = { .text = "because" };
	struct entry e;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sends); i++) {
		build(&e, i);
		pb_neg_wire_close(e.raw, pb_refusal_encode(e.raw, HEADER, &why));
		assert_int_equal(reads(&e, sends[i].to), 0);
		/* its reserved field */
		e.raw[HEADER + 4] = 1;
		assert_int_equal(reads(&e, sends[i].to), -EPROTO);
		e.raw[HEADER + 4] = 0;
		/* a text without an end */
		memset(e.raw + HEADER + 16, 'a', PARTBUS_REASON_MAX);
		assert_int_equal(reads(&e, sends[i].to), -EPROTO);
	}
}

static void sends_nothing(void **state)
{
	__u32 sending = 0;
	struct entry e;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sends); i++)
		sending |= sends[i].action;
	for (i = 0; i < 32; i++) {
		int length = pb_neg_wire_write(e.raw, 1u << i, SEQ, &everything);

		assert_int_equal(length, sending & (1u << i) ? HEADER : 0);
		assert_int_equal(i < PB_NEG_ACTIONS && !strncmp(pb_neg_action_name(i), "send-", 5),
				 !!length);
	}
}

struct judgement {
	const char *sentence;
	__u32 role;
	__u8 state, wait;
	struct pb_neg_message m;
	enum pb_neg_event event;	/* PB_NEG_EVENTS: dropped */
	bool violation;
};

#define NEG	9	/* of the machine below, as is its round 2 */
#define CLIENT	PARTBUS_ROLE_CLIENT, PARTBUS_NEG_STATE_FEATURES_NOT_NEGOTIATED, PB_NEG_WAIT_ANSWER
#define STARTS	PARTBUS_ROLE_CLIENT, PARTBUS_NEG_STATE_STARTING, PB_NEG_WAIT_STARTED_NEW
#define SERVER	PARTBUS_ROLE_SERVER, PARTBUS_NEG_STATE_FEATURES_NOT_NEGOTIATED, PB_NEG_WAIT_START
#define RUNS	PARTBUS_ROLE_SERVER, PARTBUS_NEG_STATE_RUNNING, PB_NEG_WAIT_NONE
#define M(t, ...)	{ .type = PARTBUS_NEG_##t, .negotiation = NEG, __VA_ARGS__ }
#define VERSIONS(min, max)	.version_min = min, .version_max = max
#define V1	VERSIONS(PARTBUS_VERSION_1_0, PARTBUS_VERSION_1_0)
#define BLOCK	.class = PARTBUS_CLASS_BLOCK
#define OK	.status = PARTBUS_NEG_OK
#define GRANTED	.status = PARTBUS_NEG_GRANTED
#define REFUSED	.status = PARTBUS_NEG_REFUSED
/* Epochs: 4 in force, 6 granted, 3 withdrawn before. */
static const struct judgement judgements[] = {
	{ "an INITIALIZE that fits", SERVER, M(INITIALIZE, V1, BLOCK),
	  PB_NEG_RX_INITIALIZE_OK, false },
	{ "an INITIALIZE of a newer client", SERVER,
	  M(INITIALIZE, VERSIONS(PARTBUS_VERSION_1_0, ~0u), BLOCK),
	  PB_NEG_RX_INITIALIZE_OK, false },
	{ "an INITIALIZE of a client that is too new", SERVER,
	  M(INITIALIZE, VERSIONS(PARTBUS_VERSION_MAX + 1, ~0u), BLOCK),
	  PB_NEG_RX_INITIALIZE_BAD, false },
	{ "an INITIALIZE of a client that is too old", SERVER,
	  M(INITIALIZE, VERSIONS(0, PARTBUS_VERSION_MIN - 1), BLOCK),
	  PB_NEG_RX_INITIALIZE_BAD, false },
	{ "an INITIALIZE whose versions contradict each other", SERVER,
	  M(INITIALIZE, VERSIONS(PARTBUS_VERSION_1_0 + 1, PARTBUS_VERSION_1_0), BLOCK),
	  PB_NEG_RX_INITIALIZE_BAD, false },
	{ "an INITIALIZE of another class", SERVER,
	  M(INITIALIZE, V1, .class = PARTBUS_CLASS_NET), PB_NEG_RX_INITIALIZE_BAD, false },
	{ "a request of the next round", SERVER, M(REQUEST_BANDWIDTH, .round = 3),
	  PB_NEG_RX_REQUEST, false },
	{ "a request of this round again", SERVER, M(REQUEST_BANDWIDTH, .round = 2),
	  PB_NEG_EVENTS, true },
	{ "a request of any round that comes too late", RUNS,
	  M(REQUEST_BANDWIDTH, .round = 77), PB_NEG_RX_REQUEST, false },
	{ "a request of another negotiation", SERVER,
	  { .type = PARTBUS_NEG_REQUEST_BANDWIDTH, .negotiation = NEG - 1, .round = 3 },
	  PB_NEG_EVENTS, false },
	{ "START of what is granted", SERVER, M(START, .epoch = 6), PB_NEG_RX_START_NEW, false },
	{ "START of what is in force", SERVER, M(START, .epoch = 4),
	  PB_NEG_RX_START_OLD_KEEP, false },
	{ "START of what was withdrawn", SERVER, M(START, .epoch = 3),
	  PB_NEG_RX_START_OLD_LOST, false },
	{ "START of nothing", SERVER, M(START, .epoch = 0), PB_NEG_RX_START_BAD, false },
	{ "START of what never was", SERVER, M(START, .epoch = 5), PB_NEG_RX_START_BAD, false },
	{ "START of another negotiation", SERVER,
	  { .type = PARTBUS_NEG_START, .negotiation = NEG + 1, .epoch = 6 },
	  PB_NEG_EVENTS, false },

	{ "an ask", CLIENT, { .type = PARTBUS_NEG_INITIALIZE }, PB_NEG_RX_ASK, false },
	{ "an answer to INITIALIZE", CLIENT, M(INITIALIZE_COMPLETE, OK, V1),
	  PB_NEG_RX_INIT_OK, false },
	{ "an answer with a version that is too new", CLIENT,
	  M(INITIALIZE_COMPLETE, OK, VERSIONS(0, PARTBUS_VERSION_MAX + 1)), PB_NEG_EVENTS, true },
	{ "an answer with no version", CLIENT, M(INITIALIZE_COMPLETE, OK), PB_NEG_EVENTS, true },
	{ "a refused INITIALIZE", CLIENT, M(INITIALIZE_COMPLETE, REFUSED),
	  PB_NEG_RX_INIT_REFUSED, false },
	{ "an answer to another negotiation", CLIENT,
	  { .type = PARTBUS_NEG_INITIALIZE_COMPLETE, .negotiation = NEG - 1 },
	  PB_NEG_EVENTS, false },
	{ "a grant", CLIENT, M(REQUEST_BANDWIDTH_COMPLETE, GRANTED, .round = 2, .epoch = 6),
	  PB_NEG_RX_GRANTED, false },
	{ "a grant without an epoch", CLIENT, M(REQUEST_BANDWIDTH_COMPLETE, GRANTED, .round = 2),
	  PB_NEG_EVENTS, true },
	{ "a grant of another round", CLIENT,
	  M(REQUEST_BANDWIDTH_COMPLETE, GRANTED, .round = 1, .epoch = 6), PB_NEG_EVENTS, false },
	{ "an offer", CLIENT,
	  M(REQUEST_BANDWIDTH_COMPLETE, .status = PARTBUS_NEG_OFFERED, .round = 2),
	  PB_NEG_RX_OFFERED, false },
	{ "a refusal", CLIENT, M(REQUEST_BANDWIDTH_COMPLETE, REFUSED, .round = 2),
	  PB_NEG_RX_REFUSED, false },
	{ "started as granted", STARTS, M(START_COMPLETE, OK, .epoch = 6),
	  PB_NEG_RX_STARTED_NEW, false },
	{ "started as granted, but START was not sent", CLIENT, M(START_COMPLETE, OK, .epoch = 6),
	  PB_NEG_EVENTS, true },
	{ "goes on as before", STARTS, M(START_COMPLETE, OK, .epoch = 4),
	  PB_NEG_RX_STARTED_OLD, false },
	{ "started what was not asked for", STARTS, M(START_COMPLETE, OK, .epoch = 5),
	  PB_NEG_EVENTS, true },
	{ "started nothing", STARTS, M(START_COMPLETE, OK, .epoch = 0), PB_NEG_EVENTS, true },
	{ "not started, the old goes on", STARTS, M(START_COMPLETE, REFUSED, .epoch = 4),
	  PB_NEG_RX_START_REFUSED, false },
	{ "not started, and the server has another in force", STARTS,
	  M(START_COMPLETE, REFUSED, .epoch = 5), PB_NEG_RX_WITHDRAWN, false },
	{ "withdrawn", STARTS, M(START_COMPLETE, .status = PARTBUS_NEG_WITHDRAWN),
	  PB_NEG_RX_WITHDRAWN, false },
};

static void judged(void **state)
{
	const struct judgement *j = *state;
	struct pb_neg n = {
		.role = j->role, .state = j->state, .wait = j->wait, .have_contract = true,
		.round = 2, .negotiation = NEG,
	};
	struct pb_neg_known known = {
		.class = PARTBUS_CLASS_BLOCK, .granted = 6, .current_epoch = 4, .lost = 3,
	};
	enum pb_neg_event event;
	const char *why;

	assert_int_equal(pb_neg_wire_judge(&n, &known, &j->m, &event, &why),
			 j->violation ? -EPROTO : 0);
	assert_int_equal(event, j->event);
	assert_int_equal(!!why, j->violation);
}

int main(void)
{
	add_rows(sends, arrives);
	add_test("each wrong field is found", each_wrong_field, NULL);
	add_test("a type without a row is refused", unknown_types, NULL);
	add_test("only an ask has no number", no_number, NULL);
	add_test("malformed attributes are found in every message", bad_attributes, NULL);
	add_test("every action that sends has a message", sends_nothing, NULL);
	add_rows(judgements, judged);
	return run_all("negotiate_wire");
}
