// SPDX-License-Identifier: GPL-2.0
/*
 * The negotiation machine, one end at a time: the shared stories, and every
 * event in every state that can be reached, against rules that are written
 * down here a second time.
 */
#include "harness.h"

#include <vmbus/negotiate_table.h>
#include <vmbus/tests/negotiate_cases.h>

#define S(name)		PARTBUS_NEG_STATE_##name

#define SENDS_CLIENT	(PB_NEG_SEND_INITIALIZE | PB_NEG_SEND_REQUEST | PB_NEG_SEND_START_NEW | \
			 PB_NEG_SEND_START_OLD)
#define SENDS_SERVER	(PB_NEG_SEND_INIT_OK | PB_NEG_SEND_INIT_REFUSED | PB_NEG_SEND_GRANTED | \
			 PB_NEG_SEND_OFFERED | PB_NEG_SEND_REFUSED | PB_NEG_SEND_STARTED_NEW | \
			 PB_NEG_SEND_STARTED_OLD | PB_NEG_SEND_START_REFUSED | \
			 PB_NEG_SEND_WITHDRAWN | PB_NEG_SEND_ASK)
#define TIMER		(PB_NEG_STOP_TIMER | PB_NEG_ARM_TIMER)
#define OF_CLIENT	(SENDS_CLIENT | TIMER | PB_NEG_STOP_IO | PB_NEG_RUN_NEW | PB_NEG_RUN_OLD | \
			 PB_NEG_KEEP_OLD | PB_NEG_CHOOSE | PB_NEG_CONSIDER | PB_NEG_QUIESCE | \
			 PB_NEG_FAIL | PB_NEG_BREAK)
#define OF_SERVER	(SENDS_SERVER | TIMER | PB_NEG_DROP_GRANT | PB_NEG_ADOPT | \
			 PB_NEG_EVALUATE | PB_NEG_WITHDRAW)
/* At most one of these in a step, since the next event may be fed at once. */
#define LAST		(PB_NEG_CHOOSE | PB_NEG_CONSIDER | PB_NEG_EVALUATE | PB_NEG_QUIESCE | \
			 PB_NEG_WITHDRAW | PB_NEG_FAIL | PB_NEG_BREAK)

static void story(void **state)
{
	const struct pb_neg_story *s = *state;
	struct pb_neg n;
	__u32 actions;
	int i;

	/* arrange */
	pb_neg_story_begin(s, &n);

	for (i = 0; i < s->steps; i++) {
		/* act */
		int result = pb_neg_step(&n, s->step[i].event, &actions);

		/* assert */
		if (result != s->step[i].result || n.state != s->step[i].state ||
		    actions != s->step[i].actions)
			fail_msg("step %d, %s: result %d, state %s, actions %#x instead of %#x",
				 i, pb_neg_event_name(s->step[i].event), result,
				 pb_neg_state_name(n.state), actions, s->step[i].actions);
	}
	assert_int_equal(n.have_contract, s->have_contract);
}

/* All that is reachable, found by trying every event everywhere. */
#define MAX_REACHED	4096

static struct pb_neg reached[MAX_REACHED];
static int reached_count;
static unsigned long tried;

static void add(const struct pb_neg *n)
{
	struct pb_neg key = *n;
	int i;

	key.negotiation = 0;
	for (i = 0; i < reached_count; i++)
		if (!memcmp(&reached[i], &key, sizeof(key)))
			return;
	assert_true(reached_count < MAX_REACHED);
	reached[reached_count++] = key;
}

static bool mid(const struct pb_neg *n)
{
	return n->state != S(START) && n->state != S(RUNNING) && n->state != S(DEAD_END);
}

static bool received(enum pb_neg_event e)
{
	return e >= PB_NEG_RX_ASK;
}

static bool received_by(enum pb_neg_event e, __u32 role)
{
	return received(e) && (e >= PB_NEG_RX_INITIALIZE_OK) == (role == PARTBUS_ROLE_SERVER);
}

static bool granted(const struct pb_neg *n)
{
	return n->role == PARTBUS_ROLE_SERVER && n->wait == PB_NEG_WAIT_START;
}

#define RULE(holds, text) do {						\
	if (!(holds))							\
		fail_msg("%s: %s in %s (wait %d, contract %d, round %d) -> %s (wait %d), %#x", \
			 text, pb_neg_event_name(e), pb_neg_state_name(a->state), a->wait,	\
			 a->have_contract, a->round, pb_neg_state_name(b->state), b->wait, did); \
} while (0)

static void check_violation(const struct pb_neg *a, enum pb_neg_event e, const struct pb_neg *b,
			    __u32 did)
{
	RULE(received(e), "only a peer violates");
	RULE(!did, "a violation does nothing");
	RULE(!memcmp(a, b, sizeof(*a)), "a violation changes nothing");
	/* Slowness is no violation: what an expired negotiation left behind. */
	RULE(a->role != PARTBUS_ROLE_SERVER || !received_by(e, a->role) ||
	     a->state == S(PROTOCOL_INITIALIZED) || a->state == S(FEATURES_NOT_NEGOTIATED),
	     "a server outside of a negotiation answers everything");
	RULE(e != PB_NEG_RX_ASK || a->role == PARTBUS_ROLE_SERVER, "an ask is never wrong");
	RULE(e != PB_NEG_RX_INITIALIZE_OK || a->role == PARTBUS_ROLE_CLIENT,
	     "an INITIALIZE is never wrong");
}

static void check_io(const struct pb_neg *a, enum pb_neg_event e, const struct pb_neg *b,
		     __u32 did)
{
	bool before = pb_neg_io_allowed(a), after = pb_neg_io_allowed(b);

	RULE(!after || b->have_contract, "no I/O without a contract");
	RULE(!b->have_contract || a->have_contract || did & (PB_NEG_RUN_NEW | PB_NEG_ADOPT),
	     "a contract comes by RUN_NEW or ADOPT");
	RULE(b->have_contract || !a->have_contract || did & (PB_NEG_STOP_IO | PB_NEG_WITHDRAW),
	     "a contract goes by STOP_IO or WITHDRAW");
	if (a->role == PARTBUS_ROLE_CLIENT) {
		RULE(before == after || !after || did & (PB_NEG_RUN_NEW | PB_NEG_RUN_OLD),
		     "I/O begins by RUN_NEW or RUN_OLD");
		RULE(before == after || after || did & (PB_NEG_QUIESCE | PB_NEG_STOP_IO),
		     "I/O stops by QUIESCE or STOP_IO");
		RULE(!(did & PB_NEG_SEND_START_NEW) || !after, "no I/O when START is out");
		RULE(!(did & PB_NEG_SEND_START_NEW) || e == PB_NEG_QUIESCED,
		     "START with a new contract only when all is quiet");
		RULE(a->wait != PB_NEG_WAIT_STARTED_NEW || !after ||
		     e == PB_NEG_RX_STARTED_NEW || e == PB_NEG_RX_START_REFUSED,
		     "after START only the server's word brings I/O back");
	}
}

static void check_move(const struct pb_neg *a, enum pb_neg_event e, const struct pb_neg *b,
		       __u32 did)
{
	RULE(!received(e) || received_by(e, a->role), "a message of the wrong direction");
	RULE(!(did & ~(a->role == PARTBUS_ROLE_SERVER ? OF_SERVER : OF_CLIENT)),
	     "an action of the other role");
	RULE(!((did & LAST) & ((did & LAST) - 1)), "two actions that are the last");
	RULE(b->state <= S(DEAD_END) && b->wait < PB_NEG_WAITS, "not a state");
	RULE(b->round <= PARTBUS_NEG_MAX_ROUNDS, "too many rounds");
	RULE(a->role == PARTBUS_ROLE_CLIENT || b->state != S(STARTING), "a server in STARTING");

	/* The timer runs exactly in the middle of a negotiation. */
	RULE(!mid(b) || mid(a) || did & PB_NEG_ARM_TIMER, "a negotiation without a timer");
	RULE(mid(b) || !mid(a) || did & PB_NEG_STOP_TIMER, "a timer without a negotiation");
	RULE(mid(b) || !(did & PB_NEG_ARM_TIMER), "a timer is armed at rest");

	/* A grant is either adopted or dropped, and nothing else is adopted. */
	RULE(!granted(a) || granted(b) || did & (PB_NEG_ADOPT | PB_NEG_DROP_GRANT),
	     "a grant is left behind");
	RULE(!(did & PB_NEG_ADOPT) || granted(a), "adopted without a grant");
	RULE(!(granted(a) && granted(b)) || !(did & PB_NEG_DROP_GRANT), "a valid grant dropped");
	RULE(e != PB_NEG_GRANT || granted(b) || a->role == PARTBUS_ROLE_CLIENT ||
	     did & PB_NEG_DROP_GRANT, "a late grant is left behind");
	RULE(!(did & PB_NEG_SEND_START_REFUSED) || b->have_contract,
	     "REFUSED sends a client back to a contract that is not in force");
	RULE(!(did & (PB_NEG_RUN_OLD | PB_NEG_KEEP_OLD)) || a->have_contract,
	     "the old contract goes on that never was");
	RULE(!b->asked_again || mid(b), "a wish is remembered at rest");
}

static void explore(void **state)
{
	__u32 role = (__u32)(uintptr_t)*state, did;
	bool seen[S(DEAD_END) + 1] = { false };
	struct pb_neg a, b;
	int i, e, result;

	reached_count = 0;
	tried = 0;
	memset(&a, 0, sizeof(a));
	pb_neg_init(&a, role);
	add(&a);

	for (i = 0; i < reached_count; i++)
		for (e = 0; e < PB_NEG_EVENTS; e++) {
			/* arrange */
			a = reached[i];
			b = a;

			/* act */
			did = 0xdeadbeef;
			result = pb_neg_step(&b, e, &did);

			/* assert */
			tried++;
			if (result) {
				assert_int_equal(result, -EPROTO);
				check_violation(&a, e, &b, did);
				continue;
			}
			check_move(&a, e, &b, did);
			check_io(&a, e, &b, did);
			seen[b.state] = true;
			add(&b);
		}

	for (i = 0; i <= (int)S(DEAD_END); i++)
		if (!seen[i] && !(role == PARTBUS_ROLE_CLIENT && i == S(START)) &&
		    !(role == PARTBUS_ROLE_SERVER && i == S(STARTING)))
			fail_msg("%s cannot be reached", pb_neg_state_name(i));
	print_message("# %d states, %lu pairs of state and event\n", reached_count, tried);
}

/* From wherever it is, a timeout ends the negotiation; a wish in waiting may begin one more. */
static void timeouts_end_it(void **state)
{
	__u32 role = (__u32)(uintptr_t)*state, actions;
	struct pb_neg n;
	int i, k;

	explore(state);
	for (i = 0; i < reached_count; i++)
		for (k = 0; k < 2; k++) {
			enum pb_neg_event e = role == PARTBUS_ROLE_CLIENT ? PB_NEG_TIMEOUT :
					      k ? PB_NEG_TIMEOUT_LOST : PB_NEG_TIMEOUT_KEEP;

			n = reached[i];
			assert_int_equal(pb_neg_step(&n, e, &actions), 0);
			if (mid(&n)) {
				assert_true(reached[i].asked_again);
				assert_int_equal(pb_neg_step(&n, e, &actions), 0);
			}
			assert_false(mid(&n));
		}
}

static void rounds_are_bounded(void **state)
{
	struct pb_neg n;
	__u32 actions;
	int i;

	(void)state;
	pb_neg_init(&n, PARTBUS_ROLE_CLIENT);
	pb_neg_step(&n, PB_NEG_OPEN, &actions);
	pb_neg_step(&n, PB_NEG_RX_INIT_OK, &actions);
	for (i = 1; i <= (int)PARTBUS_NEG_MAX_ROUNDS; i++) {
		assert_int_equal(pb_neg_step(&n, PB_NEG_COUNTER, &actions), 0);
		assert_int_equal(actions, PB_NEG_SEND_REQUEST);
		assert_int_equal(n.round, i);
		assert_int_equal(pb_neg_step(&n, PB_NEG_RX_OFFERED, &actions), 0);
	}
	assert_int_equal(pb_neg_step(&n, PB_NEG_COUNTER, &actions), 0);
	assert_int_equal(actions, PB_NEG_STOP_TIMER | PB_NEG_FAIL);

	pb_neg_init(&n, PARTBUS_ROLE_SERVER);
	pb_neg_step(&n, PB_NEG_RX_INITIALIZE_OK, &actions);
	for (i = 1; i <= (int)PARTBUS_NEG_MAX_ROUNDS; i++) {
		assert_int_equal(pb_neg_step(&n, PB_NEG_RX_REQUEST, &actions), 0);
		assert_int_equal(n.round, i);
		assert_int_equal(pb_neg_step(&n, PB_NEG_OFFER, &actions), 0);
	}
	assert_int_equal(pb_neg_step(&n, PB_NEG_RX_REQUEST, &actions), -EPROTO);
}

static void numbers_skip_zero(void **state)
{
	struct pb_neg n;
	__u32 actions;

	(void)state;
	pb_neg_init(&n, PARTBUS_ROLE_CLIENT);
	n.negotiation = 0xffffffff;
	pb_neg_step(&n, PB_NEG_OPEN, &actions);
	assert_int_equal(n.negotiation, 1);
}

static void everything_has_a_name(void **state)
{
	int i;

	(void)state;
	for (i = 0; i <= (int)S(DEAD_END); i++)
		assert_string_not_equal(pb_neg_state_name(i), "?");
	for (i = 0; i < PB_NEG_EVENTS; i++) {
		assert_non_null(pb_neg_event_name(i));
		assert_string_not_equal(pb_neg_event_name(i), "?");
	}
	for (i = 0; i < PB_NEG_ACTIONS; i++)
		assert_non_null(pb_neg_action_name(i));
	assert_string_equal(pb_neg_state_name(S(DEAD_END) + 1), "?");
	assert_string_equal(pb_neg_event_name(PB_NEG_EVENTS), "?");
	assert_string_equal(pb_neg_action_name(PB_NEG_ACTIONS), "?");
	assert_string_equal(pb_neg_action_name(PB_NEG_ACTIONS - 1), "break");
	assert_int_equal(PB_NEG_BREAK, 1u << (PB_NEG_ACTIONS - 1));
	assert_string_equal(pb_neg_action_name(21), "arm-timer");
	assert_int_equal(PB_NEG_ARM_TIMER, 1u << 21);
}

int main(void)
{
	const void *client = (void *)(uintptr_t)PARTBUS_ROLE_CLIENT;
	const void *server = (void *)(uintptr_t)PARTBUS_ROLE_SERVER;

	add_rows(pb_neg_stories, story);
	add_test("every event in every state of a client keeps the rules", explore, client);
	add_test("every event in every state of a server keeps the rules", explore, server);
	add_test("timeouts end every negotiation of a client", timeouts_end_it, client);
	add_test("timeouts end every negotiation of a server", timeouts_end_it, server);
	add_test("rounds are bounded at both ends", rounds_are_bounded, NULL);
	add_test("no negotiation has the number of an ask", numbers_skip_zero, NULL);
	add_test("states, events and actions have names", everything_has_a_name, NULL);
	return run_all("negotiate");
}
