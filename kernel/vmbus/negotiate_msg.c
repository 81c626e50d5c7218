// SPDX-License-Identifier: GPL-2.0
/*
 * Negotiation messages: does what has to be done before a message becomes an
 * event, and builds what goes. What must hold for a message and which event it
 * is stands in negotiate_wire.c, what the event does in negotiate_table.c.
 */
#include <vmbus/admin.h>

#include <linux/string.h>

#include <vmbus/channel.h>
#include <vmbus/data.h>
#include <vmbus/inject.h>
#include <vmbus/negotiate_wire.h>
#include <vmbus/trace.h>
#include <vmbus/transport.h>

static const struct partbus_neg_header *msg_header(const struct pb_admin *a)
{
	return (const struct partbus_neg_header *)a->msg;
}

static bool same_geometry(struct pb_admin *a)
{
	return a->data && a->current_contract.epoch &&
	       pb_contract_same_geometry(&a->current_contract, &a->granted);
}

static int granted_layout(struct pb_admin *a, struct pb_layout *l)
{
	return pb_layout_init(l, pb_contract_get(&a->granted, PB_QUEUES, 0),
			      pb_contract_get(&a->granted, PB_DEPTH, 0),
			      pb_contract_get(&a->granted, PB_SLOT_SIZE, 0));
}

/* Server. */

/*
 * Makes the granted contract the one in force at this end. The client has
 * promised that nothing is in flight, and sends nothing before START_COMPLETE.
 */
static enum pb_neg_event start_granted(struct pb_admin *a)
{
	const struct partbus_channel_ops *ops = pb_channel_ops(a->ch);
	struct pb_transport *t = a->ch->transport;
	struct partbus_section *section;
	struct partbus_data *data;
	struct pb_layout layout;
	int ret;
	u32 id;

	ret = a->data ? ops->pause(a->ch) : 0;
	if (ret == -EAGAIN) {
		/* Of a contract that was withdrawn: not the client's fault, and not for ever. */
		strscpy(a->why.text,
			"requests of a former contract are still in flight at the backing",
			sizeof(a->why.text));
		return PB_NEG_RX_START_NEW_LOST;
	}
	if (ret) {
		partbus_channel_break(a->ch, "START of a new contract with requests outstanding");
		return PB_NEG_EVENTS;
	}
	if (same_geometry(a)) {
		a->granted_data = a->data;
	} else {
		ret = granted_layout(a, &layout);
		if (ret)
			goto err_resume;
		/*
		 * One more than that in force, also after an attempt that failed:
		 * so it never takes the place of the section in force.
		 */
		id = a->next_data_id + 1;
		ret = t->ops->data_make(t, id, layout.size, &section);
		if (ret)
			goto err_resume;
		data = pb_data_new(a->ch, &layout, id, section, true);
		if (IS_ERR(data)) {
			ret = PTR_ERR(data);
			goto err_resume;
		}
		a->granted_data = data;
	}
	ret = partbus_inject(PARTBUS_INJECT_START, a->ch, 0) ?:
	      ops->start(a->ch, &a->granted, a->granted_data);
	if (!ret) {
		a->next_data_id = a->granted_data->id;
		return PB_NEG_RX_START_NEW;
	}

err_resume:
	scnprintf(a->why.text, sizeof(a->why.text),
		  "contract %u cannot be started: error %d", a->granted.epoch, ret);
	/* The one in force is not to be gone on with for that. */
	if (a->current_contract.epoch && !ops->may_keep(a->ch, &a->current_contract))
		return PB_NEG_RX_START_OLD_LOST;
	if (a->data && a->current_contract.epoch &&
	    ops->start(a->ch, &a->current_contract, a->data)) {
		partbus_channel_break(a->ch, "cannot go on under contract %u",
				      a->current_contract.epoch);
		return PB_NEG_EVENTS;
	}
	return PB_NEG_RX_START_NEW_LOST;
}

static void receive_at_server(struct pb_admin *a, const struct pb_neg_message *m,
			      enum pb_neg_event event)
{
	switch (event) {
	case PB_NEG_RX_INITIALIZE_OK:
	case PB_NEG_RX_INITIALIZE_BAD:
		a->neg.negotiation = m->negotiation;
		a->version = pb_neg_wire_version(m);
		break;
	case PB_NEG_RX_REQUEST:
		/* Well-formed: that was looked at when the message was read. */
		pb_ranges_decode(a->msg, m->length, &a->wish);
		a->answer_round = m->round;
		break;
	case PB_NEG_RX_START_NEW:
		event = start_granted(a);
		break;
	case PB_NEG_RX_START_OLD_KEEP:
		if (!pb_channel_ops(a->ch)->may_keep(a->ch, &a->current_contract))
			event = PB_NEG_RX_START_OLD_LOST;
		break;
	default:
		break;
	}
	pb_negotiate_feed(a, event);
}

/* Client. */

void pb_negotiate_started(struct pb_admin *a)
{
	struct pb_transport *t = a->ch->transport;
	struct partbus_section *section;
	struct partbus_data *data;
	struct pb_layout layout;
	int ret;

	if (same_geometry(a) && a->data->id == a->start_data_id) {
		a->granted_data = a->data;
	} else {
		ret = granted_layout(a, &layout) ?:
		      t->ops->data_find(t, a->start_data_id, layout.size, &section);
		if (ret == -EAGAIN) {
			a->start_waits = true;
			return;
		}
		data = ret ? ERR_PTR(ret) :
		       pb_data_new(a->ch, &layout, a->start_data_id, section, false);
		if (IS_ERR(data)) {
			partbus_channel_break(a->ch, "no use of data section %u: error %ld",
					      a->start_data_id, PTR_ERR(data));
			return;
		}
		a->granted_data = data;
	}
	a->start_waits = false;
	pb_negotiate_feed(a, PB_NEG_RX_STARTED_NEW);
}

static void read_refusal(struct pb_admin *a, const struct pb_neg_message *m)
{
	pb_refusal_decode(a->msg, m->length, &a->why);
	if (!a->why.text[0])
		strscpy(a->why.text, "refused without a reason", sizeof(a->why.text));
}

static void receive_at_client(struct pb_admin *a, const struct pb_neg_message *m,
			      enum pb_neg_event event)
{
	switch (event) {
	case PB_NEG_RX_GRANTED:
		if (pb_contract_decode(a->msg, m->length, &a->granted)) {
			partbus_channel_break(a->ch, "granted were ranges, not a contract");
			return;
		}
		a->granted.epoch = m->epoch;
		break;
	case PB_NEG_RX_OFFERED:
		pb_ranges_decode(a->msg, m->length, &a->offer);
		a->offer_valid = true;
		break;
	case PB_NEG_RX_INIT_REFUSED:
	case PB_NEG_RX_REFUSED:
	case PB_NEG_RX_START_REFUSED:
	case PB_NEG_RX_WITHDRAWN:
		read_refusal(a, m);
		break;
	case PB_NEG_RX_STARTED_NEW:
		a->start_data_id = m->data_id;
		pb_negotiate_started(a);
		return;
	default:
		break;
	}
	pb_negotiate_feed(a, event);
}

/* Both. */

void pb_negotiate_receive(struct pb_admin *a)
{
	struct pb_neg_known known = {
		.class = a->ch->class,
		.granted = a->granted.epoch,
		.current_epoch = a->current_contract.epoch,
		.lost = a->lost_epoch,
	};
	enum pb_neg_event event;
	struct pb_neg_message m;
	const char *why;

	trace_partbus_negotiation_received(a->ch, msg_header(a));
	if (pb_neg_wire_read(a->msg, a->ch->role, a->rx_seq + 1, &m, &why)) {
		partbus_channel_break(a->ch, "%s", why);
		return;
	}
	a->rx_seq++;
	partbus_inject(PARTBUS_INJECT_NEG_RECEIVE, a->ch, m.type);
	/* Whoever speaks is there: the handshake of opening is over. */
	if (READ_ONCE(a->ch->state) == PARTBUS_CHANNEL_STATE_OPENING) {
		pb_channel_set_state(a->ch, PARTBUS_CHANNEL_STATE_OPEN, NULL);
		partbus_inject(PARTBUS_INJECT_STATE, a->ch, PARTBUS_CHANNEL_STATE_OPEN);
	}
	if (pb_neg_wire_judge(&a->neg, &known, &m, &event, &why)) {
		partbus_channel_break(a->ch, "%s: status %u, round %u, epoch %u", why,
				      m.status, m.round, m.epoch);
		return;
	}
	if (event == PB_NEG_EVENTS)
		return;
	if (a->ch->role == PARTBUS_ROLE_SERVER)
		receive_at_server(a, &m, event);
	else
		receive_at_client(a, &m, event);
	partbus_inject(PARTBUS_INJECT_NEG_HANDLED, a->ch, m.type);
}

/* The refusal of something that the driver had no chance to comment. */
static void default_reason(struct pb_admin *a, u32 action)
{
	if (a->why.text[0])
		return;
	if (action == PB_NEG_SEND_INIT_REFUSED)
		strscpy(a->why.text, "no common protocol version, or another class",
			sizeof(a->why.text));
	else if (action == PB_NEG_SEND_WITHDRAWN)
		strscpy(a->why.text, "the old contract cannot go on", sizeof(a->why.text));
	else
		strscpy(a->why.text, "the negotiation has expired", sizeof(a->why.text));
}

static int send_attributes(struct pb_admin *a, u32 action, int length)
{
	switch (action) {
	case PB_NEG_SEND_REQUEST:
		return pb_ranges_encode(a->msg, length, &a->wish);
	case PB_NEG_SEND_GRANTED:
		return pb_contract_encode(a->msg, length, &a->granted);
	case PB_NEG_SEND_OFFERED:
		return pb_ranges_encode(a->msg, length, &a->offer);
	case PB_NEG_SEND_INIT_REFUSED:
	case PB_NEG_SEND_REFUSED:
	case PB_NEG_SEND_START_REFUSED:
	case PB_NEG_SEND_WITHDRAWN:
		default_reason(a, action);
		return pb_refusal_encode(a->msg, length, &a->why);
	}
	return length;
}

static u32 send_epoch(struct pb_admin *a, u32 action)
{
	switch (action) {
	case PB_NEG_SEND_GRANTED:
	case PB_NEG_SEND_START_NEW:
		return a->granted.epoch;
	case PB_NEG_SEND_START_OLD:
	case PB_NEG_SEND_STARTED_NEW:
	case PB_NEG_SEND_STARTED_OLD:
	case PB_NEG_SEND_START_REFUSED:
		return a->current_contract.epoch;
	default:
		return 0;
	}
}

void pb_negotiate_send(struct pb_admin *a, u32 action)
{
	struct pb_neg_message m = {
		.negotiation = a->neg.negotiation,
		.round = action == PB_NEG_SEND_REQUEST ? a->neg.round : a->answer_round,
		.epoch = send_epoch(a, action),
		.version_min = PARTBUS_VERSION_MIN,
		.version_max = PARTBUS_VERSION_MAX,
		.class = a->ch->class,
	};
	struct pb_transport *t = a->ch->transport;
	int length;
	u16 type;

	if (action == PB_NEG_SEND_INIT_OK)
		m.version_max = a->version;
	if (action == PB_NEG_SEND_STARTED_NEW || action == PB_NEG_SEND_STARTED_OLD)
		m.data_id = a->data->id;
	length = pb_neg_wire_write(a->msg, action, ++a->tx_seq, &m);
	length = send_attributes(a, action, length);
	if (length < 0) {
		partbus_channel_break(a->ch, "own message does not fit the mailbox");
		return;
	}
	pb_neg_wire_close(a->msg, length);
	type = le16_to_cpu(msg_header(a)->type);
	if (partbus_inject_send(PARTBUS_INJECT_NEG_SEND, a->ch, type, a->msg, length)) {
		a->tx_seq--;
		return;
	}
	trace_partbus_negotiation_sent(a->ch, msg_header(a));
	/* The admin work has made sure that there is room. */
	if (pb_ring_produce(&a->out, a->msg)) {
		partbus_channel_break(a->ch, "mailbox overrun");
		return;
	}
	/* What was sent decides for how long the peer may sleep. */
	if (pb_ring_publish(&a->out) &&
	    !partbus_inject_send(PARTBUS_INJECT_BELL, a->ch, 0, NULL, 0))
		t->ops->ring(t, a->ch->line_out);
	partbus_inject(PARTBUS_INJECT_NEG_SENT, a->ch, type);
}
