// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold for a negotiation message before anything in it is used, and
 * what it means to the machine of negotiate_table.c. A type without a row in
 * its direction is refused.
 */
#include <vmbus/negotiate_wire.h>

#include <vmbus/contract.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#define SPAN(index, field)						\
	[PB_NEG_FIELD_##index] = {					\
		.name = #field,						\
		.offset = __builtin_offsetof(struct partbus_neg_header, field), \
		.size = sizeof(((struct partbus_neg_header *)0)->field),	\
	}

const struct pb_neg_span pb_neg_spans[PB_NEG_FIELDS] = {
	SPAN(NEGOTIATION, negotiation),
	SPAN(ROUND, round),
	SPAN(EPOCH, epoch),
	SPAN(DATA_ID, data_id),
	SPAN(VERSION_MIN, version_min),
	SPAN(VERSION_MAX, version_max),
	SPAN(CLASS, class),
};

#define F(field)	(1u << PB_NEG_FIELD_##field)
#define S(status)	(1u << PARTBUS_NEG_##status)
#define WHAT		(F(VERSION_MIN) | F(VERSION_MAX) | F(CLASS))

#define ROW(row_name, row_type, row_to, row_fields, row_statuses) {	\
	.name = row_name,						\
	.version = PARTBUS_VERSION_1_0,					\
	.type = PARTBUS_NEG_##row_type,					\
	.to = PARTBUS_ROLE_##row_to,					\
	.fields = row_fields,						\
	.statuses = row_statuses,					\
}

static const struct pb_neg_row neg_rows[] = {
	ROW("ask", INITIALIZE, CLIENT, WHAT, S(OK)),
	ROW("initialize", INITIALIZE, SERVER, F(NEGOTIATION) | WHAT, S(OK)),
	ROW("initialize_complete", INITIALIZE_COMPLETE, CLIENT, F(NEGOTIATION) | WHAT,
	    S(OK) | S(REFUSED)),
	ROW("request_bandwidth", REQUEST_BANDWIDTH, SERVER, F(NEGOTIATION) | F(ROUND), S(OK)),
	ROW("request_bandwidth_complete", REQUEST_BANDWIDTH_COMPLETE, CLIENT,
	    F(NEGOTIATION) | F(ROUND) | F(EPOCH), S(GRANTED) | S(OFFERED) | S(REFUSED)),
	ROW("start", START, SERVER, F(NEGOTIATION) | F(EPOCH), S(OK)),
	ROW("start_complete", START_COMPLETE, CLIENT, F(NEGOTIATION) | F(EPOCH) | F(DATA_ID),
	    S(OK) | S(REFUSED) | S(WITHDRAWN)),
};

/**
 * pb_neg_wire_row() - the row of a message
 * @type: enum partbus_neg_type, or anything
 * @role: PARTBUS_ROLE_* of the end that receives it
 *
 * Return: the row, or NULL when this end receives no such message.
 */
const struct pb_neg_row *pb_neg_wire_row(__u16 type, __u32 role)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(neg_rows); i++)
		if (neg_rows[i].type == type && neg_rows[i].to == role)
			return &neg_rows[i];
	return NULL;
}

static bool all_zero(const __u8 *bytes, unsigned int size)
{
	while (size--)
		if (*bytes++)
			return false;
	return true;
}

/* What is wrong with a message, or NULL. */
static const char *complaint(const void *raw, const struct partbus_neg_header *h, __u32 role,
			     __u32 expected_seq)
{
	__u16 length = le16_to_cpu(h->length), status = le16_to_cpu(h->status);
	const struct pb_neg_row *row = pb_neg_wire_row(le16_to_cpu(h->type), role);
	struct pb_refusal why;
	int i;

	if (!row)
		return "negotiation message of an unknown type, or in the wrong direction";
	if (length < sizeof(*h) || length > PARTBUS_MBOX_ENTRY_SIZE)
		return "negotiation message with a bad length";
	if (le32_to_cpu(h->seq) != expected_seq)
		return "negotiation message out of sequence";
	if (!all_zero(h->reserved, sizeof(h->reserved)))
		return "negotiation message with a reserved field that is not zero";
	if (status >= PARTBUS_NEG_STATUS_END || !(row->statuses & (1u << status)))
		return "negotiation message with a status that it does not have";
	for (i = 0; i < PB_NEG_FIELDS; i++)
		if (!(row->fields & (1u << i)) &&
		    !all_zero((const __u8 *)h + pb_neg_spans[i].offset, pb_neg_spans[i].size))
			return "negotiation message with a field that it does not have";
	if (row->fields & F(NEGOTIATION) && !h->negotiation)
		return "negotiation message without the number of its negotiation";
	/* Looks at all attributes, whichever are wanted. */
	if (pb_refusal_decode(raw, length, &why))
		return "negotiation message with malformed attributes";
	return NULL;
}

/* Kernel-doc: see negotiate_wire.h. */
int pb_neg_wire_read(const void *raw, __u32 role, __u32 expected_seq, struct pb_neg_message *m,
		     const char **why)
{
	struct partbus_neg_header h;

	memcpy(&h, raw, sizeof(h));
	*why = complaint(raw, &h, role, expected_seq);
	if (*why)
		return -EPROTO;
	m->type = le16_to_cpu(h.type);
	m->length = le16_to_cpu(h.length);
	m->round = le16_to_cpu(h.round);
	m->status = le16_to_cpu(h.status);
	m->negotiation = le32_to_cpu(h.negotiation);
	m->epoch = le32_to_cpu(h.epoch);
	m->data_id = le32_to_cpu(h.data_id);
	m->version_min = le32_to_cpu(h.version_min);
	m->version_max = le32_to_cpu(h.version_max);
	m->class = le32_to_cpu(h.class);
	return 0;
}

#define SEND(row_action, row_type, row_to, row_status)			\
	{ PB_NEG_SEND_##row_action, PARTBUS_NEG_##row_type,		\
	  PARTBUS_ROLE_##row_to, PARTBUS_NEG_##row_status }

static const struct {
	__u32 action;
	__u16 type;
	__u8 to;
	__u8 status;
} send_rows[] = {
	SEND(INITIALIZE, INITIALIZE, SERVER, OK),
	SEND(ASK, INITIALIZE, CLIENT, OK),
	SEND(INIT_OK, INITIALIZE_COMPLETE, CLIENT, OK),
	SEND(INIT_REFUSED, INITIALIZE_COMPLETE, CLIENT, REFUSED),
	SEND(REQUEST, REQUEST_BANDWIDTH, SERVER, OK),
	SEND(GRANTED, REQUEST_BANDWIDTH_COMPLETE, CLIENT, GRANTED),
	SEND(OFFERED, REQUEST_BANDWIDTH_COMPLETE, CLIENT, OFFERED),
	SEND(REFUSED, REQUEST_BANDWIDTH_COMPLETE, CLIENT, REFUSED),
	SEND(START_NEW, START, SERVER, OK),
	SEND(START_OLD, START, SERVER, OK),
	SEND(STARTED_NEW, START_COMPLETE, CLIENT, OK),
	SEND(STARTED_OLD, START_COMPLETE, CLIENT, OK),
	SEND(START_REFUSED, START_COMPLETE, CLIENT, REFUSED),
	SEND(WITHDRAWN, START_COMPLETE, CLIENT, WITHDRAWN),
};

/* Kernel-doc: see negotiate_wire.h. */
int pb_neg_wire_write(void *raw, __u32 action, __u32 seq, const struct pb_neg_message *m)
{
	struct partbus_neg_header h = {
		.length = cpu_to_le16(sizeof(h)),
		.seq = cpu_to_le32(seq),
		.negotiation = cpu_to_le32(m->negotiation),
		.round = cpu_to_le16(m->round),
		.epoch = cpu_to_le32(m->epoch),
		.data_id = cpu_to_le32(m->data_id),
		.version_min = cpu_to_le32(m->version_min),
		.version_max = cpu_to_le32(m->version_max),
		.class = cpu_to_le32(m->class),
	};
	const struct pb_neg_row *row = NULL;
	unsigned int i;

	memset(raw, 0, PARTBUS_MBOX_ENTRY_SIZE);
	for (i = 0; i < ARRAY_SIZE(send_rows) && !row; i++) {
		if (send_rows[i].action != action)
			continue;
		h.type = cpu_to_le16(send_rows[i].type);
		h.status = cpu_to_le16(send_rows[i].status);
		row = pb_neg_wire_row(send_rows[i].type, send_rows[i].to);
	}
	if (!row)
		return 0;
	for (i = 0; i < PB_NEG_FIELDS; i++)
		if (!(row->fields & (1u << i)))
			memset((__u8 *)&h + pb_neg_spans[i].offset, 0, pb_neg_spans[i].size);
	memcpy(raw, &h, sizeof(h));
	return sizeof(h);
}

/**
 * pb_neg_wire_close() - write the length of a message that is complete
 * @raw: the message
 * @length: bytes used
 */
void pb_neg_wire_close(void *raw, int length)
{
	__le16 wire = cpu_to_le16(length);

	memcpy((__u8 *)raw + __builtin_offsetof(struct partbus_neg_header, length), &wire,
	       sizeof(wire));
}

/**
 * pb_neg_wire_version() - the version that both ends of a channel use
 * @m: an INITIALIZE of the peer
 *
 * Return: the smaller of both newest, or 0 when one end does not speak it.
 */
__u32 pb_neg_wire_version(const struct pb_neg_message *m)
{
	__u32 version = m->version_max < PARTBUS_VERSION_MAX ?
			m->version_max : PARTBUS_VERSION_MAX;

	return version < PARTBUS_VERSION_MIN || version < m->version_min ? 0 : version;
}

static const char *judge_at_server(const struct pb_neg *n, const struct pb_neg_known *known,
				   const struct pb_neg_message *m, enum pb_neg_event *event)
{
	if (m->type == PARTBUS_NEG_INITIALIZE) {
		*event = m->class == known->class && pb_neg_wire_version(m) ?
			 PB_NEG_RX_INITIALIZE_OK : PB_NEG_RX_INITIALIZE_BAD;
		return NULL;
	}
	/* Of a negotiation that the client gave up. */
	if (m->negotiation != n->negotiation)
		return NULL;

	if (m->type == PARTBUS_NEG_REQUEST_BANDWIDTH) {
		if ((n->state == PARTBUS_NEG_STATE_PROTOCOL_INITIALIZED ||
		     n->state == PARTBUS_NEG_STATE_FEATURES_NOT_NEGOTIATED) &&
		    m->round != n->round + 1)
			return "REQUEST_BANDWIDTH of another round than the next";
		*event = PB_NEG_RX_REQUEST;
	} else if (m->epoch && m->epoch == known->granted) {
		*event = PB_NEG_RX_START_NEW;
	} else if (m->epoch && m->epoch == known->current_epoch) {
		*event = PB_NEG_RX_START_OLD_KEEP;
	} else if (m->epoch && m->epoch == known->lost) {
		/* Withdrawn while the client was deciding to keep it. */
		*event = PB_NEG_RX_START_OLD_LOST;
	} else {
		*event = PB_NEG_RX_START_BAD;
	}
	return NULL;
}

static const char *judge_start_complete(const struct pb_neg *n, const struct pb_neg_known *known,
					const struct pb_neg_message *m, enum pb_neg_event *event)
{
	switch (m->status) {
	case PARTBUS_NEG_OK:
		if (m->epoch && m->epoch == known->granted && n->wait == PB_NEG_WAIT_STARTED_NEW)
			*event = PB_NEG_RX_STARTED_NEW;
		else if (m->epoch && m->epoch == known->current_epoch)
			*event = PB_NEG_RX_STARTED_OLD;
		else
			return "START_COMPLETE of a contract that was not asked for";
		return NULL;
	case PARTBUS_NEG_REFUSED:
		/* The epoch says what is in force: ours, or nothing at all. */
		*event = !n->have_contract || m->epoch == known->current_epoch ?
			 PB_NEG_RX_START_REFUSED : PB_NEG_RX_WITHDRAWN;
		return NULL;
	default:
		*event = PB_NEG_RX_WITHDRAWN;
		return NULL;
	}
}

static const char *judge_at_client(const struct pb_neg *n, const struct pb_neg_known *known,
				   const struct pb_neg_message *m, enum pb_neg_event *event)
{
	if (m->type == PARTBUS_NEG_INITIALIZE) {
		*event = PB_NEG_RX_ASK;
		return NULL;
	}
	/* An answer to a negotiation that was given up. */
	if (m->negotiation != n->negotiation)
		return NULL;

	switch (m->type) {
	case PARTBUS_NEG_INITIALIZE_COMPLETE:
		if (m->status != PARTBUS_NEG_REFUSED &&
		    (m->version_max < PARTBUS_VERSION_MIN || m->version_max > PARTBUS_VERSION_MAX))
			return "INITIALIZE_COMPLETE with a version that this end does not speak";
		*event = m->status == PARTBUS_NEG_REFUSED ? PB_NEG_RX_INIT_REFUSED :
							    PB_NEG_RX_INIT_OK;
		return NULL;
	case PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE:
		if (m->round != n->round)
			return NULL;
		if (m->status == PARTBUS_NEG_GRANTED && !m->epoch)
			return "REQUEST_BANDWIDTH_COMPLETE granted without an epoch";
		*event = m->status == PARTBUS_NEG_GRANTED ? PB_NEG_RX_GRANTED :
			 m->status == PARTBUS_NEG_OFFERED ? PB_NEG_RX_OFFERED :
			 PB_NEG_RX_REFUSED;
		return NULL;
	default:
		return judge_start_complete(n, known, m, event);
	}
}

/* Kernel-doc: see negotiate_wire.h. */
int pb_neg_wire_judge(const struct pb_neg *n, const struct pb_neg_known *known,
		      const struct pb_neg_message *m, enum pb_neg_event *event,
		      const char **why)
{
	*event = PB_NEG_EVENTS;
	*why = n->role == PARTBUS_ROLE_SERVER ? judge_at_server(n, known, m, event) :
						judge_at_client(n, known, m, event);
	return *why ? -EPROTO : 0;
}
