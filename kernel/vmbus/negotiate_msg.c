// SPDX-License-Identifier: GPL-2.0
/*
 * Negotiation messages: reads and judges what came, builds what goes. Decides
 * nothing: what a message means for the state is in negotiate_table.c.
 */
#include <vmbus/admin.h>

#include <linux/string.h>

#include <vmbus/channel.h>
#include <vmbus/data.h>
#include <vmbus/transport.h>

static struct partbus_neg_header *msg_header(struct pb_admin *a)
{
	return (struct partbus_neg_header *)a->msg;
}

static bool msg_from_server(u16 type)
{
	return type == PARTBUS_NEG_INITIALIZE_COMPLETE ||
	       type == PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE ||
	       type == PARTBUS_NEG_START_COMPLETE;
}

static bool msg_from_client(u16 type)
{
	return type == PARTBUS_NEG_REQUEST_BANDWIDTH || type == PARTBUS_NEG_START;
}

/* What must hold of every message, before anything in it is used. */
static const char *msg_check(struct pb_admin *a)
{
	const struct partbus_neg_header *h = msg_header(a);
	u16 type = le16_to_cpu(h->type);
	u16 length = le16_to_cpu(h->length);
	bool client = a->ch->role == PARTBUS_ROLE_CLIENT;

	if (type < PARTBUS_NEG_INITIALIZE || type >= PARTBUS_NEG_TYPE_END)
		return "unknown type of negotiation message";
	if (client ? msg_from_client(type) : msg_from_server(type))
		return "negotiation message in the wrong direction";
	if (length < sizeof(*h) || length > PARTBUS_MBOX_ENTRY_SIZE)
		return "bad length of a negotiation message";
	if (le32_to_cpu(h->seq) != a->rx_seq + 1)
		return "negotiation message out of sequence";
	if (memchr_inv(h->reserved, 0, sizeof(h->reserved)))
		return "reserved bytes of a negotiation message are not zero";
	if (le16_to_cpu(h->status) >= PARTBUS_NEG_STATUS_END)
		return "unknown status in a negotiation message";
	return NULL;
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

static void receive_initialize(struct pb_admin *a)
{
	const struct partbus_neg_header *h = msg_header(a);

	a->neg.negotiation = le32_to_cpu(h->negotiation);
	a->version = min(le32_to_cpu(h->version_max), PARTBUS_VERSION_MAX);
	if (le32_to_cpu(h->class) != a->ch->class || a->version < PARTBUS_VERSION_MIN ||
	    a->version < le32_to_cpu(h->version_min))
		pb_negotiate_feed(a, PB_NEG_RX_INITIALIZE_BAD);
	else
		pb_negotiate_feed(a, PB_NEG_RX_INITIALIZE_OK);
}

static void receive_request(struct pb_admin *a)
{
	const struct partbus_neg_header *h = msg_header(a);
	u16 round = le16_to_cpu(h->round);

	if (pb_ranges_decode(a->msg, le16_to_cpu(h->length), &a->wish)) {
		partbus_channel_break(a->ch, "malformed attributes in REQUEST_BANDWIDTH");
		return;
	}
	if ((a->neg.state == PARTBUS_NEG_STATE_PROTOCOL_INITIALIZED ||
	     a->neg.state == PARTBUS_NEG_STATE_FEATURES_NOT_NEGOTIATED) &&
	    round != a->neg.round + 1) {
		partbus_channel_break(a->ch, "REQUEST_BANDWIDTH of round %u, expected %u",
				      round, a->neg.round + 1);
		return;
	}
	a->answer_round = round;
	pb_negotiate_feed(a, PB_NEG_RX_REQUEST);
}

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

	if (a->data && ops->pause(a->ch)) {
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
	ret = ops->start(a->ch, &a->granted, a->granted_data);
	if (!ret) {
		a->next_data_id = a->granted_data->id;
		return PB_NEG_RX_START_NEW;
	}

err_resume:
	scnprintf(a->why.text, sizeof(a->why.text),
		  "contract %u cannot be started: error %d", a->granted.epoch, ret);
	if (a->data && a->current_contract.epoch &&
	    ops->start(a->ch, &a->current_contract, a->data)) {
		partbus_channel_break(a->ch, "cannot go on under contract %u",
				      a->current_contract.epoch);
		return PB_NEG_EVENTS;
	}
	return PB_NEG_RX_START_NEW_LOST;
}

static void receive_start(struct pb_admin *a)
{
	u32 epoch = le32_to_cpu(msg_header(a)->epoch);
	enum pb_neg_event event;

	if (epoch && epoch == a->granted.epoch)
		event = start_granted(a);
	else if (epoch && epoch == a->current_contract.epoch)
		event = pb_channel_ops(a->ch)->may_keep(a->ch, &a->current_contract) ?
			PB_NEG_RX_START_OLD_KEEP : PB_NEG_RX_START_OLD_LOST;
	else if (epoch && epoch == a->lost_epoch)
		/* Withdrawn while the client was deciding to keep it. */
		event = PB_NEG_RX_START_OLD_LOST;
	else
		event = PB_NEG_RX_START_BAD;
	pb_negotiate_feed(a, event);
}

static void receive_at_server(struct pb_admin *a)
{
	const struct partbus_neg_header *h = msg_header(a);

	switch (le16_to_cpu(h->type)) {
	case PARTBUS_NEG_INITIALIZE:
		receive_initialize(a);
		break;
	case PARTBUS_NEG_REQUEST_BANDWIDTH:
		if (le32_to_cpu(h->negotiation) == a->neg.negotiation)
			receive_request(a);
		break;
	case PARTBUS_NEG_START:
		if (le32_to_cpu(h->negotiation) == a->neg.negotiation)
			receive_start(a);
		break;
	}
}

/* Client. */

static void read_refusal(struct pb_admin *a)
{
	const struct partbus_neg_header *h = msg_header(a);

	memset(&a->why, 0, sizeof(a->why));
	if (pb_refusal_decode(a->msg, le16_to_cpu(h->length), &a->why) || !a->why.text[0])
		strscpy(a->why.text, "refused without a reason", sizeof(a->why.text));
}

static void receive_init_complete(struct pb_admin *a)
{
	const struct partbus_neg_header *h = msg_header(a);
	u32 version = le32_to_cpu(h->version_max);

	if (le16_to_cpu(h->status) == PARTBUS_NEG_REFUSED) {
		read_refusal(a);
		pb_negotiate_feed(a, PB_NEG_RX_INIT_REFUSED);
		return;
	}
	if (le16_to_cpu(h->status) != PARTBUS_NEG_OK ||
	    version < PARTBUS_VERSION_MIN || version > PARTBUS_VERSION_MAX) {
		partbus_channel_break(a->ch, "INITIALIZE_COMPLETE with status %u, version %#x",
				      le16_to_cpu(h->status), version);
		return;
	}
	pb_negotiate_feed(a, PB_NEG_RX_INIT_OK);
}

static void receive_bandwidth_complete(struct pb_admin *a)
{
	const struct partbus_neg_header *h = msg_header(a);
	u16 length = le16_to_cpu(h->length);

	if (le16_to_cpu(h->round) != a->neg.round)
		return;
	switch (le16_to_cpu(h->status)) {
	case PARTBUS_NEG_GRANTED:
		if (pb_contract_decode(a->msg, length, &a->granted) || !h->epoch)
			break;
		a->granted.epoch = le32_to_cpu(h->epoch);
		pb_negotiate_feed(a, PB_NEG_RX_GRANTED);
		return;
	case PARTBUS_NEG_OFFERED:
		if (pb_ranges_decode(a->msg, length, &a->offer))
			break;
		a->offer_valid = true;
		pb_negotiate_feed(a, PB_NEG_RX_OFFERED);
		return;
	case PARTBUS_NEG_REFUSED:
		read_refusal(a);
		pb_negotiate_feed(a, PB_NEG_RX_REFUSED);
		return;
	}
	partbus_channel_break(a->ch, "malformed REQUEST_BANDWIDTH_COMPLETE");
}

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

static void receive_start_complete(struct pb_admin *a)
{
	const struct partbus_neg_header *h = msg_header(a);
	u32 epoch = le32_to_cpu(h->epoch);

	switch (le16_to_cpu(h->status)) {
	case PARTBUS_NEG_OK:
		if (epoch && epoch == a->granted.epoch &&
		    a->neg.wait == PB_NEG_WAIT_STARTED_NEW) {
			a->start_data_id = le32_to_cpu(h->data_id);
			pb_negotiate_started(a);
			return;
		}
		if (epoch && epoch == a->current_contract.epoch) {
			pb_negotiate_feed(a, PB_NEG_RX_STARTED_OLD);
			return;
		}
		break;
	case PARTBUS_NEG_REFUSED:
		read_refusal(a);
		/* The epoch says what is in force: ours, or nothing at all. */
		if (!a->neg.have_contract || epoch == a->current_contract.epoch)
			pb_negotiate_feed(a, PB_NEG_RX_START_REFUSED);
		else
			pb_negotiate_feed(a, PB_NEG_RX_WITHDRAWN);
		return;
	case PARTBUS_NEG_WITHDRAWN:
		read_refusal(a);
		pb_negotiate_feed(a, PB_NEG_RX_WITHDRAWN);
		return;
	}
	partbus_channel_break(a->ch, "START_COMPLETE with status %u for epoch %u",
			      le16_to_cpu(h->status), epoch);
}

static void receive_at_client(struct pb_admin *a)
{
	const struct partbus_neg_header *h = msg_header(a);
	u16 type = le16_to_cpu(h->type);

	if (type == PARTBUS_NEG_INITIALIZE) {
		pb_negotiate_feed(a, PB_NEG_RX_ASK);
		return;
	}
	/* An answer to a negotiation that was given up. */
	if (le32_to_cpu(h->negotiation) != a->neg.negotiation)
		return;
	if (type == PARTBUS_NEG_INITIALIZE_COMPLETE)
		receive_init_complete(a);
	else if (type == PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE)
		receive_bandwidth_complete(a);
	else
		receive_start_complete(a);
}

void pb_negotiate_receive(struct pb_admin *a)
{
	const char *wrong = msg_check(a);

	if (wrong) {
		partbus_channel_break(a->ch, "%s", wrong);
		return;
	}
	a->rx_seq++;
	/* Whoever speaks is there: the handshake of opening is over. */
	if (READ_ONCE(a->ch->state) == PARTBUS_CHANNEL_STATE_OPENING)
		pb_channel_set_state(a->ch, PARTBUS_CHANNEL_STATE_OPEN, NULL);
	if (a->ch->role == PARTBUS_ROLE_SERVER)
		receive_at_server(a);
	else
		receive_at_client(a);
}

/* Both. */

struct send_row {
	u32 action;
	u16 type;
	u16 status;
};

static const struct send_row send_rows[] = {
	{ PB_NEG_SEND_INITIALIZE, PARTBUS_NEG_INITIALIZE, PARTBUS_NEG_OK },
	{ PB_NEG_SEND_ASK, PARTBUS_NEG_INITIALIZE, PARTBUS_NEG_OK },
	{ PB_NEG_SEND_INIT_OK, PARTBUS_NEG_INITIALIZE_COMPLETE, PARTBUS_NEG_OK },
	{ PB_NEG_SEND_INIT_REFUSED, PARTBUS_NEG_INITIALIZE_COMPLETE, PARTBUS_NEG_REFUSED },
	{ PB_NEG_SEND_REQUEST, PARTBUS_NEG_REQUEST_BANDWIDTH, PARTBUS_NEG_OK },
	{ PB_NEG_SEND_GRANTED, PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE, PARTBUS_NEG_GRANTED },
	{ PB_NEG_SEND_OFFERED, PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE, PARTBUS_NEG_OFFERED },
	{ PB_NEG_SEND_REFUSED, PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE, PARTBUS_NEG_REFUSED },
	{ PB_NEG_SEND_START_NEW, PARTBUS_NEG_START, PARTBUS_NEG_OK },
	{ PB_NEG_SEND_START_OLD, PARTBUS_NEG_START, PARTBUS_NEG_OK },
	{ PB_NEG_SEND_STARTED_NEW, PARTBUS_NEG_START_COMPLETE, PARTBUS_NEG_OK },
	{ PB_NEG_SEND_STARTED_OLD, PARTBUS_NEG_START_COMPLETE, PARTBUS_NEG_OK },
	{ PB_NEG_SEND_START_REFUSED, PARTBUS_NEG_START_COMPLETE, PARTBUS_NEG_REFUSED },
	{ PB_NEG_SEND_WITHDRAWN, PARTBUS_NEG_START_COMPLETE, PARTBUS_NEG_WITHDRAWN },
};

static const struct send_row *send_row(u32 action)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(send_rows); i++)
		if (send_rows[i].action == action)
			return &send_rows[i];
	return NULL;
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

static void send_epoch(struct pb_admin *a, u32 action, struct partbus_neg_header *h)
{
	if (action == PB_NEG_SEND_GRANTED || action == PB_NEG_SEND_START_NEW)
		h->epoch = cpu_to_le32(a->granted.epoch);
	else if (action == PB_NEG_SEND_START_OLD || action == PB_NEG_SEND_STARTED_NEW ||
		 action == PB_NEG_SEND_STARTED_OLD || action == PB_NEG_SEND_START_REFUSED)
		h->epoch = cpu_to_le32(a->current_contract.epoch);
	if (action == PB_NEG_SEND_STARTED_NEW || action == PB_NEG_SEND_STARTED_OLD)
		h->data_id = cpu_to_le32(a->data->id);
}

void pb_negotiate_send(struct pb_admin *a, u32 action)
{
	const struct send_row *row = send_row(action);
	struct partbus_neg_header *h = msg_header(a);
	struct pb_transport *t = a->ch->transport;
	int length;

	memset(a->msg, 0, sizeof(a->msg));
	h->type = cpu_to_le16(row->type);
	h->status = cpu_to_le16(row->status);
	h->seq = cpu_to_le32(++a->tx_seq);
	if (action != PB_NEG_SEND_ASK)
		h->negotiation = cpu_to_le32(a->neg.negotiation);
	if (row->type == PARTBUS_NEG_INITIALIZE || row->type == PARTBUS_NEG_INITIALIZE_COMPLETE) {
		h->version_min = cpu_to_le32(PARTBUS_VERSION_MIN);
		h->version_max = cpu_to_le32(PARTBUS_VERSION_MAX);
		h->class = cpu_to_le32(a->ch->class);
	}
	if (action == PB_NEG_SEND_INIT_OK)
		h->version_max = cpu_to_le32(a->version);
	if (action == PB_NEG_SEND_REQUEST)
		h->round = cpu_to_le16(a->neg.round);
	else if (row->type == PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE)
		h->round = cpu_to_le16(a->answer_round);
	send_epoch(a, action, h);
	length = send_attributes(a, action, sizeof(*h));
	if (length < 0) {
		partbus_channel_break(a->ch, "own message does not fit the mailbox");
		return;
	}
	h->length = cpu_to_le16(length);
	/* The admin work has made sure that there is room. */
	if (pb_ring_produce(&a->out, a->msg)) {
		partbus_channel_break(a->ch, "mailbox overrun");
		return;
	}
	/* What was sent decides for how long the peer may sleep. */
	if (pb_ring_publish(&a->out))
		t->ops->ring(t, a->ch->line_out);
}
