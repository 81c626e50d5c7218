/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of the bus: states of channels and negotiations, messages.
 * No text is promised to stay as it is.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM partbus

#if !defined(_PARTBUS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _PARTBUS_TRACE_H

#include <linux/tracepoint.h>

#include <partbus/contract.h>
#include <partbus/ctrl.h>
#include <vmbus/partbus.h>

#ifndef PB_TRACE_NAMES
#define PB_TRACE_NAMES
#define pb_trace_role(r) \
	__print_symbolic(r, { PARTBUS_ROLE_CLIENT, "client" }, { PARTBUS_ROLE_SERVER, "server" })
#define pb_trace_channel_state(s) \
	__print_symbolic(s, \
		{ PARTBUS_CHANNEL_STATE_OFFERED, "offered" }, \
		{ PARTBUS_CHANNEL_STATE_OPENING, "opening" }, \
		{ PARTBUS_CHANNEL_STATE_OPEN, "open" }, \
		{ PARTBUS_CHANNEL_STATE_CLOSING, "closing" }, \
		{ PARTBUS_CHANNEL_STATE_CLOSED, "closed" }, \
		{ PARTBUS_CHANNEL_STATE_BROKEN, "broken" })
#define pb_trace_neg_state(s) \
	__print_symbolic(s, \
		{ PARTBUS_NEG_STATE_START, "START" }, \
		{ PARTBUS_NEG_STATE_PROTOCOL_UNINITIALIZED, "PROTOCOL_UNINITIALIZED" }, \
		{ PARTBUS_NEG_STATE_PROTOCOL_INITIALIZED, "PROTOCOL_INITIALIZED" }, \
		{ PARTBUS_NEG_STATE_FEATURES_NOT_NEGOTIATED, "FEATURES_NOT_NEGOTIATED" }, \
		{ PARTBUS_NEG_STATE_STARTING, "STARTING" }, \
		{ PARTBUS_NEG_STATE_RUNNING, "RUNNING" }, \
		{ PARTBUS_NEG_STATE_DEAD_END, "DEAD_END" })
#define pb_trace_neg_message(t) \
	__print_symbolic(t, \
		{ PARTBUS_NEG_INITIALIZE, "INITIALIZE" }, \
		{ PARTBUS_NEG_INITIALIZE_COMPLETE, "INITIALIZE_COMPLETE" }, \
		{ PARTBUS_NEG_REQUEST_BANDWIDTH, "REQUEST_BANDWIDTH" }, \
		{ PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE, "REQUEST_BANDWIDTH_COMPLETE" }, \
		{ PARTBUS_NEG_START, "START" }, \
		{ PARTBUS_NEG_START_COMPLETE, "START_COMPLETE" })
#define pb_trace_ctrl_message(t) \
	__print_symbolic(t, \
		{ PARTBUS_CTRL_HELLO, "HELLO" }, \
		{ PARTBUS_CTRL_HELLO_ACK, "HELLO_ACK" }, \
		{ PARTBUS_CTRL_OFFER, "OFFER" }, \
		{ PARTBUS_CTRL_RESCIND, "RESCIND" }, \
		{ PARTBUS_CTRL_RELEASED, "RELEASED" }, \
		{ PARTBUS_CTRL_DATA_PLACED, "DATA_PLACED" }, \
		{ PARTBUS_CTRL_BROKEN, "BROKEN" }, \
		{ PARTBUS_CTRL_WITHDRAWN, "WITHDRAWN" })
#endif

TRACE_EVENT(partbus_channel_state,
	TP_PROTO(const struct partbus_channel *ch, u32 from, u32 to, const char *reason),
	TP_ARGS(ch, from, to, reason),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, role)
		__field(u32, peer)
		__field(u32, from)
		__field(u32, to)
		__array(char, resource, PARTBUS_NAME_MAX)
		__array(char, reason, PARTBUS_REASON_MAX)
	),
	TP_fast_assign(
		__entry->id = ch->id;
		__entry->role = ch->role;
		__entry->peer = ch->peer;
		__entry->from = from;
		__entry->to = to;
		strscpy(__entry->resource, ch->resource, sizeof(__entry->resource));
		strscpy(__entry->reason, reason ?: "", sizeof(__entry->reason));
	),
	TP_printk("channel %u %s resource %s peer %u: %s -> %s %s",
		  __entry->id, pb_trace_role(__entry->role), __entry->resource, __entry->peer,
		  pb_trace_channel_state(__entry->from), pb_trace_channel_state(__entry->to),
		  __entry->reason)
);

TRACE_EVENT(partbus_negotiation_state,
	TP_PROTO(const struct partbus_channel *ch, u32 from, u32 to),
	TP_ARGS(ch, from, to),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, role)
		__field(u32, from)
		__field(u32, to)
	),
	TP_fast_assign(
		__entry->id = ch->id;
		__entry->role = ch->role;
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("channel %u %s: %s -> %s", __entry->id, pb_trace_role(__entry->role),
		  pb_trace_neg_state(__entry->from), pb_trace_neg_state(__entry->to))
);

DECLARE_EVENT_CLASS(partbus_negotiation_message,
	TP_PROTO(const struct partbus_channel *ch, const struct partbus_neg_header *h),
	TP_ARGS(ch, h),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, role)
		__field(u32, seq)
		__field(u32, epoch)
		__field(u16, type)
		__field(u16, status)
		__field(u16, round)
		__field(u16, length)
	),
	TP_fast_assign(
		__entry->id = ch->id;
		__entry->role = ch->role;
		__entry->seq = le32_to_cpu(h->seq);
		__entry->epoch = le32_to_cpu(h->epoch);
		__entry->type = le16_to_cpu(h->type);
		__entry->status = le16_to_cpu(h->status);
		__entry->round = le16_to_cpu(h->round);
		__entry->length = le16_to_cpu(h->length);
	),
	TP_printk("channel %u %s: %s seq %u status %u round %u epoch %u length %u",
		  __entry->id, pb_trace_role(__entry->role), pb_trace_neg_message(__entry->type),
		  __entry->seq, __entry->status, __entry->round, __entry->epoch,
		  __entry->length)
);

DEFINE_EVENT(partbus_negotiation_message, partbus_negotiation_sent,
	TP_PROTO(const struct partbus_channel *ch, const struct partbus_neg_header *h),
	TP_ARGS(ch, h)
);

/* As it came, before anything of it was checked. */
DEFINE_EVENT(partbus_negotiation_message, partbus_negotiation_received,
	TP_PROTO(const struct partbus_channel *ch, const struct partbus_neg_header *h),
	TP_ARGS(ch, h)
);

DECLARE_EVENT_CLASS(partbus_control_message,
	TP_PROTO(const struct partbus_ctrl_header *h),
	TP_ARGS(h),
	TP_STRUCT__entry(
		__field(u64, generation)
		__field(u32, seq)
		__field(u16, type)
		__field(u16, length)
	),
	TP_fast_assign(
		__entry->generation = le64_to_cpu(h->generation);
		__entry->seq = le32_to_cpu(h->seq);
		__entry->type = le16_to_cpu(h->type);
		__entry->length = le16_to_cpu(h->length);
	),
	TP_printk("%s seq %u generation %llu length %u",
		  pb_trace_ctrl_message(__entry->type),
		  __entry->seq, __entry->generation, __entry->length)
);

DEFINE_EVENT(partbus_control_message, partbus_control_sent,
	TP_PROTO(const struct partbus_ctrl_header *h),
	TP_ARGS(h)
);

/* As it came, before anything of it was checked. */
DEFINE_EVENT(partbus_control_message, partbus_control_received,
	TP_PROTO(const struct partbus_ctrl_header *h),
	TP_ARGS(h)
);

DECLARE_EVENT_CLASS(partbus_doorbell,
	TP_PROTO(const struct partbus_queue *q),
	TP_ARGS(q),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, role)
		__field(u32, index)
	),
	TP_fast_assign(
		__entry->id = q->channel->id;
		__entry->role = q->channel->role;
		__entry->index = q->index;
	),
	TP_printk("channel %u %s queue %u", __entry->id, pb_trace_role(__entry->role),
		  __entry->index)
);

DEFINE_EVENT(partbus_doorbell, partbus_doorbell_sent,
	TP_PROTO(const struct partbus_queue *q),
	TP_ARGS(q)
);

DEFINE_EVENT(partbus_doorbell, partbus_doorbell_received,
	TP_PROTO(const struct partbus_queue *q),
	TP_ARGS(q)
);

#endif /* _PARTBUS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH vmbus
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
