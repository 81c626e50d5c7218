// SPDX-License-Identifier: GPL-2.0
/* What the provider can do wrongly, field by field, and what the client must say. */
#include "provider.h"

#define FIELD(type, member, v)						\
	.offset = offsetof(struct type, member),			\
	.size = sizeof(((struct type *)0)->member), .value = v
#define N(message, member, v)						\
	.type = PARTBUS_NEG_##message, FIELD(partbus_neg_header, member, v)
#define D(member, v)	FIELD(partbus_blk_done, member, v)
#define T(message, row_trick)						\
	.type = PARTBUS_NEG_##message, .trick = TRICK_##row_trick
#define A(row_attr, row_trick, v)					\
	T(REQUEST_BANDWIDTH_COMPLETE, row_trick),			\
	.attr = PARTBUS_ATTR_##row_attr, .value = v

#define MESSAGE	"negotiation message "
#define TYPE	MESSAGE "of an unknown type, or in the wrong direction"
#define LENGTH	MESSAGE "with a bad length"
#define SEQ	MESSAGE "out of sequence"
#define RESERVED MESSAGE "with a reserved field that is not zero"
#define STATUS	MESSAGE "with a status that it does not have"
#define OTHERS	MESSAGE "with a field that it does not have"
#define NUMBER	MESSAGE "without the number of its negotiation"
#define ATTRS	MESSAGE "with malformed attributes"
#define ILLEGAL	": has a value in the contract that is not legal"
#define COMPLETION "completion on queue 0: "
#define SILENCE	"no answer within"
#define UNKNOWN	"no answer to START: which contract holds is unknown"

const struct provider_mode provider_modes[] = {
	{ "good", .reason = NULL },

	{ "init type 0", N(INITIALIZE_COMPLETE, type, 0), TYPE },
	{ "init type of a request", N(INITIALIZE_COMPLETE, type, 3), TYPE },
	{ "init type ask", N(INITIALIZE_COMPLETE, type, 1), OTHERS },
	{ "init length 0", N(INITIALIZE_COMPLETE, length, 0), LENGTH },
	{ "init length 72", N(INITIALIZE_COMPLETE, length, 72), ATTRS },
	{ "init length ffff", N(INITIALIZE_COMPLETE, length, 0xffff), LENGTH },
	{ "init seq 0", N(INITIALIZE_COMPLETE, seq, 0), SEQ },
	{ "init seq 2", N(INITIALIZE_COMPLETE, seq, 2), SEQ },
	{ "init negotiation 0", N(INITIALIZE_COMPLETE, negotiation, 0), NUMBER },
	{ "init negotiation 9", N(INITIALIZE_COMPLETE, negotiation, 9), SILENCE },
	{ "init round", N(INITIALIZE_COMPLETE, round, 1), OTHERS },
	{ "init status granted", N(INITIALIZE_COMPLETE, status, 1), STATUS },
	{ "init status refused", N(INITIALIZE_COMPLETE, status, 3), "refused without a reason" },
	{ "init status ffff", N(INITIALIZE_COMPLETE, status, 0xffff), STATUS },
	{ "init epoch", N(INITIALIZE_COMPLETE, epoch, 1), OTHERS },
	{ "init data_id", N(INITIALIZE_COMPLETE, data_id, 1), OTHERS },
	{ "init version 0", N(INITIALIZE_COMPLETE, version_max, 0),
	  "INITIALIZE_COMPLETE with a version that this end does not speak" },
	{ "init version ffffffff", N(INITIALIZE_COMPLETE, version_max, 0xffffffff),
	  "INITIALIZE_COMPLETE with a version that this end does not speak" },
	{ "init reserved", N(INITIALIZE_COMPLETE, reserved, 1), RESERVED },
	{ "init mailbox far ahead", T(INITIALIZE_COMPLETE, SEQ_JUMP),
	  .reason = "impossible index in the mailbox" },

	{ "grant seq again", N(REQUEST_BANDWIDTH_COMPLETE, seq, 1), SEQ },
	{ "grant length 70", N(REQUEST_BANDWIDTH_COMPLETE, length, 70), ATTRS },
	{ "grant negotiation 9", N(REQUEST_BANDWIDTH_COMPLETE, negotiation, 9), SILENCE },
	{ "grant round 2", N(REQUEST_BANDWIDTH_COMPLETE, round, 2), SILENCE },
	{ "grant status withdrawn", N(REQUEST_BANDWIDTH_COMPLETE, status, 4), STATUS },
	{ "grant status refused", N(REQUEST_BANDWIDTH_COMPLETE, status, 3),
	  "refused without a reason" },
	{ "grant epoch 0", N(REQUEST_BANDWIDTH_COMPLETE, epoch, 0),
	  "REQUEST_BANDWIDTH_COMPLETE granted without an epoch" },
	{ "grant data_id", N(REQUEST_BANDWIDTH_COMPLETE, data_id, 1), OTHERS },
	{ "grant version", N(REQUEST_BANDWIDTH_COMPLETE, version_min, 1), OTHERS },
	{ "grant class", N(REQUEST_BANDWIDTH_COMPLETE, class, 1), OTHERS },
	{ "grant reserved", N(REQUEST_BANDWIDTH_COMPLETE, reserved, 1), RESERVED },
	{ "offers without an end", T(REQUEST_BANDWIDTH_COMPLETE, OFFERS),
	  .reason = "no agreement in 8 rounds" },
	{ "contract of ranges", A(DEPTH, ATTR_RANGE, 0),
	  .reason = "granted were ranges, not a contract" },
	{ "attribute missing", A(CAPACITY, ATTR_MISSING, 0),
	  .reason = "capacity: is missing in the contract" },
	{ "attribute twice", A(DEPTH, ATTR_TWICE, 0), .reason = ATTRS },
	{ "attribute length 0", A(DEPTH, ATTR_LENGTH, 0), .reason = ATTRS },
	{ "attribute length fff8", A(DEPTH, ATTR_LENGTH, 0xfff8), .reason = ATTRS },
	{ "queues 0", A(QUEUES, ATTR, 0), .reason = "queues" ILLEGAL },
	{ "queues 17", A(QUEUES, ATTR, 17), .reason = "queues" ILLEGAL },
	{ "depth 0", A(DEPTH, ATTR, 0), .reason = "depth" ILLEGAL },
	{ "depth 1025", A(DEPTH, ATTR, 1025), .reason = "depth" ILLEGAL },
	{ "slot_size 0", A(SLOT_SIZE, ATTR, 0), .reason = "slot_size" ILLEGAL },
	{ "slot_size 5000", A(SLOT_SIZE, ATTR, 5000), .reason = "slot_size" ILLEGAL },
	{ "slot_size 2M", A(SLOT_SIZE, ATTR, 1 << 21), .reason = "slot_size" ILLEGAL },
	{ "capacity 0", A(CAPACITY, ATTR, 0), .reason = "capacity: at least 1 is needed" },
	{ "capacity any", A(CAPACITY, ATTR, PARTBUS_ATTR_ANY), .reason = "capacity" ILLEGAL },
	{ "capacity 2^63", A(CAPACITY, ATTR, 1ULL << 63), .reason = "capacity" ILLEGAL },
	{ "writable 2", A(WRITABLE, ATTR, 2), .reason = "writable" ILLEGAL },
	{ "logical_block 0", A(LOGICAL_BLOCK, ATTR, 0), .reason = "logical_block" ILLEGAL },
	{ "logical_block 520", A(LOGICAL_BLOCK, ATTR, 520),
	  .reason = "logical_block: is not a power of two" },
	{ "logical_block 8192", A(LOGICAL_BLOCK, ATTR, 8192),
	  .reason = "logical_block" ILLEGAL },
	{ "physical_block 512", A(PHYSICAL_BLOCK, ATTR, 511),
	  .reason = "physical_block" ILLEGAL },
	{ "physical_block 5000", A(PHYSICAL_BLOCK, ATTR, 5000),
	  .reason = "physical_block: is not a power of two" },
	{ "discard_max 2^32", A(DISCARD_MAX, ATTR, 1ULL << 32),
	  .reason = "discard_max" ILLEGAL },
	{ "discard_grain 2^32", A(DISCARD_GRAIN, ATTR, 1ULL << 32),
	  .reason = "discard_grain" ILLEGAL },
	{ "zeroes_max 2^32", A(ZEROES_MAX, ATTR, 1ULL << 32), .reason = "zeroes_max" ILLEGAL },
	{ "io_unit 0", A(IO_UNIT, ATTR, 0), .reason = "io_unit" ILLEGAL },
	{ "discard_grain odd", A(DISCARD_GRAIN, ATTR, 0xffffffff), .reason = NULL },

	{ "started type 0", N(START_COMPLETE, type, 0), TYPE },
	{ "started length 0", N(START_COMPLETE, length, 0), LENGTH },
	{ "started seq 9", N(START_COMPLETE, seq, 9), SEQ },
	{ "started negotiation 9", N(START_COMPLETE, negotiation, 9), UNKNOWN },
	{ "started round", N(START_COMPLETE, round, 1), OTHERS },
	{ "started status granted", N(START_COMPLETE, status, 1), STATUS },
	{ "started status refused", N(START_COMPLETE, status, 3), "refused without a reason" },
	{ "started status withdrawn", N(START_COMPLETE, status, 4), "refused without a reason" },
	{ "started epoch 0", N(START_COMPLETE, epoch, 0),
	  "START_COMPLETE of a contract that was not asked for" },
	{ "started epoch 9", N(START_COMPLETE, epoch, 9),
	  "START_COMPLETE of a contract that was not asked for" },
	{ "started data_id 0", N(START_COMPLETE, data_id, 0), UNKNOWN },
	{ "started data_id 9", N(START_COMPLETE, data_id, 9), UNKNOWN },
	{ "started class", N(START_COMPLETE, class, 1), OTHERS },
	{ "started reserved", N(START_COMPLETE, reserved, 1), RESERVED },
	{ "section too small", T(START_COMPLETE, SMALL),
	  .reason = "no use of data section 1: error -71" },

	{ "tag of the depth", D(tag, PROVIDER_DEPTH), COMPLETION "tag beyond the depth" },
	{ "tag ffff", D(tag, 0xffff), COMPLETION "tag beyond the depth" },
	{ "a completion twice", .trick = TRICK_TWICE,
	  .reason = COMPLETION "tag not in flight" },
	{ "status 11", D(status, PARTBUS_BLK_S_END), COMPLETION "unknown status" },
	{ "status ffff", D(status, 0xffff), COMPLETION "unknown status" },
	{ "no sectors", D(sectors, 0), COMPLETION "other length than asked for" },
	{ "ffffffff sectors", D(sectors, 0xffffffff), COMPLETION "other length than asked for" },
	{ "error with sectors", D(status, PARTBUS_BLK_S_IOERR),
	  COMPLETION "other length than asked for" },
	{ "reserved bytes", D(reserved, 1ULL << 63), COMPLETION "reserved bytes not zero" },
	{ "completions far ahead", .trick = TRICK_AHEAD, .reason = COMPLETION "impossible index" },
	{ "completions backwards", .trick = TRICK_BACK, .reason = COMPLETION "impossible index" },
	{ "answered and not taken", .trick = TRICK_NOT_TAKEN,
	  .reason = "submission ring of queue 0: error -28" },
	{ "taken far ahead", .trick = TRICK_TAKEN_AHEAD,
	  .reason = "submission ring of queue 0: error -71" },
	{ "random words over the rings", .trick = TRICK_SCRIBBLE, .reason = "" },
	{ "started, unasked", .trick = TRICK_UNASKED, .value = PARTBUS_NEG_START_COMPLETE,
	  .reason = "rx-started-old in state running" },
	{ "every error there is", .trick = TRICK_ERRORS },

	{ "interrupts without an end", .trick = TRICK_STORM },
	{ "asks without an end", .trick = TRICK_ASKS },
	{ "granted, unasked", .trick = TRICK_UNASKED, .attr = PARTBUS_NEG_GRANTED,
	  .value = PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE },
	{ }
};
