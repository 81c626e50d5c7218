// SPDX-License-Identifier: GPL-2.0
/*
 * Carries out what the negotiation's machine decides: calls the driver, keeps
 * the contracts, sets the clock. Messages are read and written in
 * negotiate_msg.c, the decisions are in negotiate_table.c.
 */
#include <vmbus/admin.h>

#include <linux/jiffies.h>
#include <linux/moduleparam.h>

#include <vmbus/channel.h>
#include <vmbus/data.h>
#include <vmbus/inject.h>
#include <vmbus/mgmt.h>
#include <vmbus/trace.h>

static unsigned int negotiation_timeout = 10;
module_param(negotiation_timeout, uint, 0644);
MODULE_PARM_DESC(negotiation_timeout,
		 "seconds that a client waits in a negotiation; three times as long behind a START, and a server everywhere");

#define RETRY	(30 * HZ)
/* How often a deadline is put off, at most. */
#define PUT_OFF_MOST	30

static void negotiate_event(struct pb_admin *a, u32 kind, const char *reason)
{
	struct partbus_event ev = {
		.kind = kind,
		.partition = a->ch->peer,
		.channel = a->ch->id,
		.role = a->ch->role,
		.name = a->ch->resource,
		.state = a->neg.state,
		.old_state = U32_MAX,
		.epoch = a->current_contract.epoch,
		.reason = reason,
		.request = a->heard,
	};

	partbus_event_send(&ev);
}

static void set_reason(struct partbus_channel *ch, const char *reason)
{
	spin_lock_irq(&ch->state_lock);
	strscpy(ch->reason, reason, sizeof(ch->reason));
	spin_unlock_irq(&ch->state_lock);
}

/* Server: what holds now is more than may be given. */
static bool must_end(const struct pb_admin *a)
{
	return a->ch->role == PARTBUS_ROLE_SERVER && a->neg.have_contract &&
	       !pb_channel_ops(a->ch)->may_keep(a->ch, &a->current_contract);
}

/* What this end knows to be over of the contract in force. */
static u64 ended(const struct pb_admin *a)
{
	const struct partbus_queue_stats *stats;
	u64 sum = 0;
	u32 i;

	for (i = 0; a->data && i < a->data->layout.queues; i++) {
		stats = &a->data->queues[i].stats;
		/* Counted by those who serve the queue: of a moment ago will do. */
		sum += data_race(stats->requests) - READ_ONCE(stats->in_flight);
	}
	return sum;
}

/* Server: what the client has asked for so far. */
static u32 submitted(const struct pb_admin *a)
{
	u32 sum = 0;
	u32 i;

	for (i = 0; a->data && i < a->data->layout.queues; i++)
		sum += pb_ring_produced(&a->data->queues[i].in);
	return sum;
}

static void set_deadline(struct pb_admin *a)
{
	unsigned int seconds = clamp(READ_ONCE(negotiation_timeout), 1u, 3600u);

	/*
	 * The server is the more patient one: a client that gives up begins anew
	 * and finds the server waiting, not the other way round. But behind a START
	 * the client has nothing to begin anew, its channel is broken then.
	 */
	if (a->ch->role == PARTBUS_ROLE_SERVER || (a->neg.state == PARTBUS_NEG_STATE_STARTING &&
						   a->neg.wait != PB_NEG_WAIT_QUIET))
		seconds *= 3;
	a->deadline = jiffies + seconds * HZ;
	a->armed = true;
	a->ended = ended(a);
}

/*
 * Under a low cap it takes long until all is over that a client had in flight when it
 * agreed. As long as something ends nobody gives up, within reason: it would take no
 * less the next time. But a client that gave up does not say so; what it submits does.
 */
static bool put_off(struct pb_admin *a)
{
	bool client = a->ch->role == PARTBUS_ROLE_CLIENT;
	u32 now = client ? 0 : submitted(a);

	if (a->neg.wait != (client ? PB_NEG_WAIT_QUIET : PB_NEG_WAIT_START) ||
	    must_end(a) || a->put_off == PUT_OFF_MOST || a->ended == ended(a) ||
	    (a->put_off && a->submitted != now))
		return false;
	a->put_off++;
	a->submitted = now;
	set_deadline(a);
	return true;
}

static void arm_timer(struct pb_admin *a)
{
	/* Who must not go on under the old contract gains no time by beginning anew. */
	if (a->armed && must_end(a))
		return;
	a->put_off = 0;
	set_deadline(a);
}

/* What was granted is in force now; the driver's start() has been called. */
static void adopt(struct pb_admin *a)
{
	struct partbus_data *old = NULL;

	mutex_lock(&a->contract_lock);
	if (a->data != a->granted_data)
		old = a->data;
	a->data = a->granted_data;
	a->current_contract = a->granted;
	a->contracts++;
	mutex_unlock(&a->contract_lock);
	a->granted_data = NULL;
	a->granted.epoch = 0;
	a->quiescing = false;
	a->asked = false;
	a->ask_again = false;
	pb_restraint_charge(&a->restraint, get_jiffies_64(), PB_ADMIN_CONTRACT_COST);
	pb_data_free(old);
	set_reason(a->ch, "");
	negotiate_event(a, PARTBUS_EVENT_KIND_CONTRACT_STARTED, NULL);
}

static void drop_grant(struct pb_admin *a)
{
	const struct partbus_channel_ops *ops = pb_channel_ops(a->ch);

	if (a->granted.epoch && ops->dropped)
		ops->dropped(a->ch);
	if (a->granted_data != a->data)
		pb_data_free(a->granted_data);
	a->granted_data = NULL;
	a->granted.epoch = 0;
}

static void run_new(struct pb_admin *a)
{
	struct partbus_channel *ch = a->ch;
	int ret = partbus_inject(PARTBUS_INJECT_START, ch, 0) ?:
		  pb_channel_ops(ch)->start(ch, &a->granted, a->granted_data);

	if (ret) {
		partbus_channel_break(ch, "cannot start under contract %u: error %d",
				      a->granted.epoch, ret);
		return;
	}
	adopt(a);
}

static void run_old(struct pb_admin *a, bool resume)
{
	struct partbus_channel *ch = a->ch;

	if (resume && a->quiescing)
		pb_channel_ops(ch)->resume(ch);
	a->quiescing = false;
	a->start_waits = false;
	a->asked = false;
	drop_grant(a);
	set_reason(ch, a->why.text);
	pb_channel_ops(ch)->ended(ch, true, &a->why);
	negotiate_event(a, PARTBUS_EVENT_KIND_CONTRACT_KEPT, a->why.text);
}

static void fail(struct pb_admin *a)
{
	struct partbus_channel *ch = a->ch;

	a->start_waits = false;
	a->quiescing = false;
	drop_grant(a);
	/* The machine gives up by itself after the last round. */
	if (!a->why.text[0] && a->neg.round >= PARTBUS_NEG_MAX_ROUNDS)
		scnprintf(a->why.text, sizeof(a->why.text), "no agreement in %u rounds",
			  PARTBUS_NEG_MAX_ROUNDS);
	else if (!a->why.text[0])
		strscpy(a->why.text, "the provider does not answer", sizeof(a->why.text));
	partbus_ch_warn(ch, "no contract: %s\n", a->why.text);
	set_reason(ch, a->why.text);
	pb_channel_ops(ch)->ended(ch, false, &a->why);
	negotiate_event(a, PARTBUS_EVENT_KIND_CONTRACT_REFUSED, a->why.text);
}

/* Server: there is no contract any more. */
static void withdraw(struct pb_admin *a)
{
	struct partbus_channel *ch = a->ch;

	pb_channel_ops(ch)->stop(ch, PARTBUS_RESCIND_REFUSED);
	/* Requests may still be in flight into @data: it stays until they are known to be over. */
	a->lost_epoch = a->current_contract.epoch;
	mutex_lock(&a->contract_lock);
	a->current_contract.epoch = 0;
	mutex_unlock(&a->contract_lock);
	drop_grant(a);
	set_reason(ch, a->why.text);
	negotiate_event(a, PARTBUS_EVENT_KIND_CONTRACT_REFUSED, a->why.text);
}

/* What is asked for now has all of these requests in it. */
static void hear(struct pb_admin *a)
{
	/* Pairs with the full barrier in pb_admin_requested(): the wish is read after. */
	a->heard = atomic_read_acquire(&a->requests);
}

static enum pb_neg_event choose(struct pb_admin *a)
{
	struct partbus_channel *ch = a->ch;
	int ret;

	/* An answer to an offer keeps to what was asked for first. */
	if (!a->offer_valid)
		hear(a);
	partbus_inject(PARTBUS_INJECT_DECIDE, ch, PARTBUS_INJECT_DECIDE_WISH);
	ret = pb_channel_ops(ch)->wish(ch, a->offer_valid ? &a->offer : NULL, &a->wish, &a->why);
	return ret ? PB_NEG_DECLINE : PB_NEG_COUNTER;
}

static enum pb_neg_event consider(struct pb_admin *a)
{
	struct partbus_channel *ch = a->ch;

	partbus_inject(PARTBUS_INJECT_DECIDE, ch, PARTBUS_INJECT_DECIDE_CONSIDER);
	if (pb_contract_check(ch->class, &a->granted, &a->wish, &a->why))
		return PB_NEG_DECLINE;
	return pb_channel_ops(ch)->consider(ch, &a->granted, &a->why) ?
		PB_NEG_DECLINE : PB_NEG_ACCEPT;
}

static enum pb_neg_event evaluate(struct pb_admin *a)
{
	struct partbus_channel *ch = a->ch;

	partbus_inject(PARTBUS_INJECT_DECIDE, ch, PARTBUS_INJECT_DECIDE_EVALUATE);
	memset(&a->granted, 0, sizeof(a->granted));
	memset(&a->offer, 0, sizeof(a->offer));
	memset(&a->why, 0, sizeof(a->why));
	switch (pb_channel_ops(ch)->evaluate(ch, &a->wish, &a->granted, &a->offer, &a->why)) {
	case PARTBUS_NEG_GRANTED:
		/* 0 means none; a wrap takes as long as four billion negotiations. */
		if (!++a->next_epoch)
			a->next_epoch = 1;
		a->granted.epoch = a->next_epoch;
		return PB_NEG_GRANT;
	case PARTBUS_NEG_OFFERED:
		a->granted.epoch = 0;
		return PB_NEG_OFFER;
	default:
		a->granted.epoch = 0;
		return PB_NEG_REFUSE;
	}
}

#define SEND_ACTIONS							\
	(PB_NEG_SEND_INIT_OK | PB_NEG_SEND_INIT_REFUSED |		\
	 PB_NEG_SEND_GRANTED | PB_NEG_SEND_OFFERED | PB_NEG_SEND_REFUSED | \
	 PB_NEG_SEND_STARTED_NEW | PB_NEG_SEND_STARTED_OLD |		\
	 PB_NEG_SEND_START_REFUSED | PB_NEG_SEND_WITHDRAWN |		\
	 PB_NEG_SEND_REQUEST | PB_NEG_SEND_START_NEW |			\
	 PB_NEG_SEND_START_OLD | PB_NEG_SEND_INITIALIZE | PB_NEG_SEND_ASK)

/* Carries one action out; what it asks to be fed next, or PB_NEG_EVENTS. */
static enum pb_neg_event act(struct pb_admin *a, u32 action)
{
	struct partbus_channel *ch = a->ch;

	if (action == PB_NEG_SEND_ASK)
		a->asked = true;
	if (action & SEND_ACTIONS) {
		if (action == PB_NEG_SEND_INITIALIZE) {
			/* It may end before there is a wish. */
			hear(a);
			a->offer_valid = false;
			drop_grant(a);
			memset(&a->why, 0, sizeof(a->why));
		}
		pb_negotiate_send(a, action);
		return PB_NEG_EVENTS;
	}
	switch (action) {
	case PB_NEG_STOP_TIMER:
		a->armed = false;
		break;
	case PB_NEG_ARM_TIMER:
		arm_timer(a);
		break;
	case PB_NEG_DROP_GRANT:
		drop_grant(a);
		break;
	case PB_NEG_STOP_IO:
		pb_channel_ops(ch)->stop(ch, PARTBUS_RESCIND_REFUSED);
		break;
	case PB_NEG_ADOPT:
		adopt(a);
		break;
	case PB_NEG_RUN_NEW:
		run_new(a);
		break;
	case PB_NEG_RUN_OLD:
		run_old(a, true);
		break;
	case PB_NEG_KEEP_OLD:
		run_old(a, false);
		break;
	case PB_NEG_CHOOSE:
		return choose(a);
	case PB_NEG_CONSIDER:
		return consider(a);
	case PB_NEG_EVALUATE:
		return evaluate(a);
	case PB_NEG_QUIESCE:
		partbus_inject(PARTBUS_INJECT_DECIDE, ch, PARTBUS_INJECT_DECIDE_QUIESCE);
		clear_bit(PB_ADMIN_QUIESCED, &a->flags);
		a->quiescing = true;
		pb_channel_ops(ch)->quiesce(ch);
		/* Nothing begins from here on: what changes this is an end. */
		a->ended = ended(a);
		break;
	case PB_NEG_WITHDRAW:
		withdraw(a);
		break;
	case PB_NEG_FAIL:
		fail(a);
		break;
	case PB_NEG_BREAK:
		partbus_channel_break(ch, "no answer to START: which contract holds is unknown");
		break;
	}
	return PB_NEG_EVENTS;
}

void pb_negotiate_feed(struct pb_admin *a, enum pb_neg_event event)
{
	/* Each round is a step of the machine; the machine bounds their number. */
	while (event != PB_NEG_EVENTS) {
		enum pb_neg_event next = PB_NEG_EVENTS;
		u32 actions, before = a->neg.state;
		int bit, ret;

		mutex_lock(&a->contract_lock);
		ret = pb_neg_step(&a->neg, event, &actions);
		mutex_unlock(&a->contract_lock);
		if (ret) {
			partbus_channel_break(a->ch, "%s in state %s",
					      pb_neg_event_name(event),
					      pb_neg_state_name(a->neg.state));
			return;
		}
		if (a->neg.state != before)
			trace_partbus_negotiation_state(a->ch, before, a->neg.state);
		if (a->neg.state == PARTBUS_NEG_STATE_DEAD_END &&
		    before != PARTBUS_NEG_STATE_DEAD_END)
			a->retry_at = jiffies + RETRY;
		for (bit = 0; bit < PB_NEG_ACTIONS; bit++)
			if (actions & BIT(bit))
				next = act(a, BIT(bit));
		if (a->neg.state == PARTBUS_NEG_STATE_RUNNING ||
		    a->neg.state == PARTBUS_NEG_STATE_START ||
		    a->neg.state == PARTBUS_NEG_STATE_DEAD_END)
			a->armed = false;
		event = next;
	}
}

void pb_negotiate_timeout(struct pb_admin *a)
{
	struct partbus_channel *ch = a->ch;

	if (put_off(a))
		return;
	a->armed = false;
	if (ch->role == PARTBUS_ROLE_CLIENT) {
		if (a->neg.wait == PB_NEG_WAIT_QUIET)
			strscpy(a->why.text, "what is in flight does not end",
				sizeof(a->why.text));
		else
			scnprintf(a->why.text, sizeof(a->why.text),
				  "no answer within %u seconds in state %s",
				  READ_ONCE(negotiation_timeout),
				  pb_neg_state_name(a->neg.state));
		pb_negotiate_feed(a, PB_NEG_TIMEOUT);
		return;
	}
	if (must_end(a)) {
		scnprintf(a->why.text, sizeof(a->why.text),
			  "the contract cannot be kept, and there was no answer within %u seconds",
			  3 * READ_ONCE(negotiation_timeout));
		pb_negotiate_feed(a, PB_NEG_TIMEOUT_LOST);
		/* The client may believe that it goes on, and wait for answers for ever. */
		ch->transport->ops->reopen(ch->transport);
		return;
	}
	/*
	 * What has changed has changed. Not at once: a client whose requests take long
	 * would do nothing but drain its queues.
	 */
	a->ask_again = a->neg.have_contract && a->asked;
	a->retry_at = jiffies + RETRY;
	pb_negotiate_feed(a, PB_NEG_TIMEOUT_KEEP);
}
