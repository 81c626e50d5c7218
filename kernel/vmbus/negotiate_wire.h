/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Negotiation messages between the mailbox and the machine: one row per message,
 * the check built on it, and which event a message is. Pure. Attributes are
 * contract_codec.c's business.
 */
#ifndef _PB_NEGOTIATE_WIRE_H
#define _PB_NEGOTIATE_WIRE_H

#include <partbus/channel.h>
#include <vmbus/negotiate_table.h>

/* Fields of the header that some messages have and others leave zero. */
enum pb_neg_field {
	PB_NEG_FIELD_NEGOTIATION,
	PB_NEG_FIELD_ROUND,
	PB_NEG_FIELD_EPOCH,
	PB_NEG_FIELD_DATA_ID,
	PB_NEG_FIELD_VERSION_MIN,
	PB_NEG_FIELD_VERSION_MAX,
	PB_NEG_FIELD_CLASS,
	PB_NEG_FIELDS
};

/* Where a field is in the header. */
struct pb_neg_span {
	const char *name;
	__u8 offset;
	__u8 size;
};

extern const struct pb_neg_span pb_neg_spans[PB_NEG_FIELDS];

/**
 * struct pb_neg_row - what must hold for a message
 * @name: for logs and traces: "request_bandwidth"
 * @version: oldest protocol version that has it
 * @type: enum partbus_neg_type; INITIALIZE has a row in each direction
 * @to: PARTBUS_ROLE_* of the end that receives it
 * @fields: bits by enum pb_neg_field; the others are zero
 * @statuses: bits by enum partbus_neg_status
 */
struct pb_neg_row {
	const char *name;
	__u32 version;
	__u8 type;
	__u8 to;
	__u8 fields;
	__u8 statuses;
};

/* The row of a type that the end of @role receives, or NULL. */
const struct pb_neg_row *pb_neg_wire_row(__u16 type, __u32 role);

/**
 * struct pb_neg_message - the header of a message in the host's byte order
 * @type: enum partbus_neg_type
 * @length: bytes used, header and attributes
 * @round: see struct partbus_neg_header, as for the others
 * @status: enum partbus_neg_status
 * @negotiation: never 0 but in the server's ask
 * @epoch: of a contract
 * @data_id: of a data section
 * @version_min: oldest version
 * @version_max: newest, or the chosen one
 * @class: PARTBUS_CLASS_*
 */
struct pb_neg_message {
	__u16 type;
	__u16 length;
	__u16 round;
	__u16 status;
	__u32 negotiation;
	__u32 epoch;
	__u32 data_id;
	__u32 version_min;
	__u32 version_max;
	__u32 class;
};

/**
 * pb_neg_wire_read() - may this message be handled, and what does it say?
 * @raw: a private copy of the mailbox's entry, PARTBUS_MBOX_ENTRY_SIZE bytes
 * @role: PARTBUS_ROLE_* of this end, which received it
 * @expected_seq: the number that this direction's next message must have
 * @m: out, on success
 * @why: out, on error: a sentence (static)
 *
 * Attributes are well-formed afterwards; which of them are there is for the
 * codec's callers.
 *
 * Return: 0, or -EPROTO for a violation.
 */
int pb_neg_wire_read(const void *raw, __u32 role, __u32 expected_seq, struct pb_neg_message *m,
		     const char **why);

/**
 * pb_neg_wire_write() - begin the message of an action
 * @raw: out: PARTBUS_MBOX_ENTRY_SIZE bytes, all written
 * @action: one of PB_NEG_SEND_*
 * @seq: its number in this direction
 * @m: what the fields say; type, length and status follow from the action, and
 *	what the message does not have is left out
 *
 * Return: bytes used, to be handed to an encoder of attributes and then to
 * pb_neg_wire_close(); 0 for an action that sends nothing.
 */
int pb_neg_wire_write(void *raw, __u32 action, __u32 seq, const struct pb_neg_message *m);
/* Writes the length of a message that is complete. */
void pb_neg_wire_close(void *raw, int length);

/* The version that both ends of a channel use, or 0 when there is none. */
__u32 pb_neg_wire_version(const struct pb_neg_message *m);

/**
 * struct pb_neg_known - what an end knows of its channel when a message comes
 * @class: PARTBUS_CLASS_* of the channel
 * @granted: epoch of what is granted and not yet in force, or 0
 * @current_epoch: of the contract in force, or 0
 * @lost: server: of the contract that was withdrawn last, or 0
 */
struct pb_neg_known {
	__u32 class;
	__u32 granted;
	__u32 current_epoch;
	__u32 lost;
};

/**
 * pb_neg_wire_judge() - which event is this message?
 * @n: the machine of the end that received it
 * @known: what else is known there
 * @m: as read
 * @event: out, on success; PB_NEG_EVENTS for a message that is dropped
 * @why: out, on error: a sentence (static)
 *
 * RX_START_NEW, RX_START_OLD_KEEP and RX_STARTED_NEW are what the message asks
 * for; whether it can be done is the caller's to find out before it feeds them.
 *
 * Return: 0, or -EPROTO for a violation.
 */
int pb_neg_wire_judge(const struct pb_neg *n, const struct pb_neg_known *known,
		      const struct pb_neg_message *m, enum pb_neg_event *event,
		      const char **why);

#endif /* _PB_NEGOTIATE_WIRE_H */
