// SPDX-License-Identifier: GPL-2.0
/*
 * Negotiation messages with one thing wrong. Each is sent over a channel of its
 * own, behind the good ones that belong in front of it. A reason is what the event
 * of the broken channel must say; otherwise there is an answer, or none, and then
 * the negotiation can begin anew on the same channel.
 */
#include "hostile.h"

#include <linux/slab.h>

#define H(member, v)	FIELD(partbus_neg_header, member, v)
/* Of the first attribute of a request. */
#define A(member, v)	{ sizeof(struct partbus_neg_header) + \
			  offsetof(struct partbus_attr_range, member), \
			  sizeof(((struct partbus_attr_range *)0)->member), v }
#define ANSWER(type, status)	(PARTBUS_NEG_##type << 8 | PARTBUS_NEG_##status)
#define NONE		0

#define TYPE	"negotiation message of an unknown type, or in the wrong direction"
#define LENGTH	"negotiation message with a bad length"
#define SEQ	"negotiation message out of sequence"
#define RESERVED "negotiation message with a reserved field that is not zero"
#define STATUS	"negotiation message with a status that it does not have"
#define OTHERS	"negotiation message with a field that it does not have"
#define NUMBER	"negotiation message without the number of its negotiation"
#define ATTRS	"negotiation message with malformed attributes"
#define ROUND(n) "REQUEST_BANDWIDTH of another round than the next: status 0, round " \
			#n ", epoch 0"

static const struct neg_case {
	const char *name;
	u16 type;		/* of the message that is spoilt */
	struct hostile_field field;
	const char *reason;	/* or NULL, and then: */
	int answer;
} cases[] = {
	{ "initialize type 0", PARTBUS_NEG_INITIALIZE, H(type, 0), TYPE },
	{ "initialize type 7", PARTBUS_NEG_INITIALIZE, H(type, 7), TYPE },
	{ "initialize type ffff", PARTBUS_NEG_INITIALIZE, H(type, 0xffff), TYPE },
	{ "initialize_complete", PARTBUS_NEG_INITIALIZE, H(type, 2), TYPE },
	{ "request_bandwidth_complete", PARTBUS_NEG_INITIALIZE, H(type, 4), TYPE },
	{ "start_complete", PARTBUS_NEG_INITIALIZE, H(type, 6), TYPE },
	{ "initialize length 0", PARTBUS_NEG_INITIALIZE, H(length, 0), LENGTH },
	{ "initialize length 63", PARTBUS_NEG_INITIALIZE, H(length, 63), LENGTH },
	{ "initialize length 65", PARTBUS_NEG_INITIALIZE, H(length, 65), ATTRS },
	{ "initialize length 1024", PARTBUS_NEG_INITIALIZE, H(length, 1024), ATTRS },
	{ "initialize length 1025", PARTBUS_NEG_INITIALIZE, H(length, 1025), LENGTH },
	{ "initialize length ffff", PARTBUS_NEG_INITIALIZE, H(length, 0xffff), LENGTH },
	{ "initialize seq 0", PARTBUS_NEG_INITIALIZE, H(seq, 0), SEQ },
	{ "initialize seq 2", PARTBUS_NEG_INITIALIZE, H(seq, 2), SEQ },
	{ "initialize negotiation 0", PARTBUS_NEG_INITIALIZE, H(negotiation, 0), NUMBER },
	{ "initialize round", PARTBUS_NEG_INITIALIZE, H(round, 1), OTHERS },
	{ "initialize status 1", PARTBUS_NEG_INITIALIZE, H(status, 1), STATUS },
	{ "initialize status ffff", PARTBUS_NEG_INITIALIZE, H(status, 0xffff), STATUS },
	{ "initialize epoch", PARTBUS_NEG_INITIALIZE, H(epoch, 1), OTHERS },
	{ "initialize data_id", PARTBUS_NEG_INITIALIZE, H(data_id, 1), OTHERS },
	{ "initialize reserved", PARTBUS_NEG_INITIALIZE, H(reserved, 1ULL << 56), RESERVED },
	{ "initialize version to come", PARTBUS_NEG_INITIALIZE, H(version_min, 0xffffffff),
	  NULL, ANSWER(INITIALIZE_COMPLETE, REFUSED) },
	{ "initialize version of old", PARTBUS_NEG_INITIALIZE, H(version_max, 1), NULL,
	  ANSWER(INITIALIZE_COMPLETE, REFUSED) },
	{ "initialize class net", PARTBUS_NEG_INITIALIZE, H(class, PARTBUS_CLASS_NET), NULL,
	  ANSWER(INITIALIZE_COMPLETE, REFUSED) },
	{ "initialize class ffffffff", PARTBUS_NEG_INITIALIZE, H(class, 0xffffffff), NULL,
	  ANSWER(INITIALIZE_COMPLETE, REFUSED) },

	{ "request type", PARTBUS_NEG_REQUEST_BANDWIDTH, H(type, 0), TYPE },
	{ "request length", PARTBUS_NEG_REQUEST_BANDWIDTH, H(length, 70), ATTRS },
	{ "request seq again", PARTBUS_NEG_REQUEST_BANDWIDTH, H(seq, 1), SEQ },
	{ "request negotiation 0", PARTBUS_NEG_REQUEST_BANDWIDTH, H(negotiation, 0), NUMBER },
	{ "request of another negotiation", PARTBUS_NEG_REQUEST_BANDWIDTH, H(negotiation, 7),
	  NULL, NONE },
	{ "request round 0", PARTBUS_NEG_REQUEST_BANDWIDTH, H(round, 0),
	  ROUND(0) },
	{ "request round 2", PARTBUS_NEG_REQUEST_BANDWIDTH, H(round, 2),
	  ROUND(2) },
	{ "request round ffff", PARTBUS_NEG_REQUEST_BANDWIDTH, H(round, 0xffff),
	  ROUND(65535) },
	{ "request status", PARTBUS_NEG_REQUEST_BANDWIDTH, H(status, 3), STATUS },
	{ "request epoch", PARTBUS_NEG_REQUEST_BANDWIDTH, H(epoch, 1), OTHERS },
	{ "request data_id", PARTBUS_NEG_REQUEST_BANDWIDTH, H(data_id, 1), OTHERS },
	{ "request version", PARTBUS_NEG_REQUEST_BANDWIDTH, H(version_max, 1), OTHERS },
	{ "request class", PARTBUS_NEG_REQUEST_BANDWIDTH, H(class, 1), OTHERS },
	{ "request reserved", PARTBUS_NEG_REQUEST_BANDWIDTH, H(reserved, 1), RESERVED },
	{ "attribute length 0", PARTBUS_NEG_REQUEST_BANDWIDTH, A(header.length, 0), ATTRS },
	{ "attribute length 12", PARTBUS_NEG_REQUEST_BANDWIDTH, A(header.length, 12), ATTRS },
	{ "attribute length 32", PARTBUS_NEG_REQUEST_BANDWIDTH, A(header.length, 32), ATTRS },
	{ "attribute length fff8", PARTBUS_NEG_REQUEST_BANDWIDTH, A(header.length, 0xfff8),
	  ATTRS },
	{ "attribute reserved", PARTBUS_NEG_REQUEST_BANDWIDTH, A(header.reserved, 1), ATTRS },
	{ "attribute twice", PARTBUS_NEG_REQUEST_BANDWIDTH,
	  A(header.type, PARTBUS_ATTR_DEPTH), ATTRS },
	{ "a reason that is too short", PARTBUS_NEG_REQUEST_BANDWIDTH,
	  A(header.type, PARTBUS_ATTR_REASON), ATTRS },
	{ "attribute that nobody knows", PARTBUS_NEG_REQUEST_BANDWIDTH,
	  A(header.type, 0xeeee), NULL, ANSWER(REQUEST_BANDWIDTH_COMPLETE, GRANTED) },
	{ "least above like", PARTBUS_NEG_REQUEST_BANDWIDTH, A(least, ~0ULL - 1), NULL,
	  ANSWER(REQUEST_BANDWIDTH_COMPLETE, REFUSED) },
	{ "no queues", PARTBUS_NEG_REQUEST_BANDWIDTH, A(like, 0), NULL,
	  ANSWER(REQUEST_BANDWIDTH_COMPLETE, REFUSED) },
	{ "all queues that there are", PARTBUS_NEG_REQUEST_BANDWIDTH, A(like, ~0ULL), NULL,
	  ANSWER(REQUEST_BANDWIDTH_COMPLETE, GRANTED) },
	{ "more queues than there are", PARTBUS_NEG_REQUEST_BANDWIDTH, A(like, 1ULL << 40),
	  NULL, ANSWER(REQUEST_BANDWIDTH_COMPLETE, OFFERED) },

	{ "start length", PARTBUS_NEG_START, H(length, 72), ATTRS },
	{ "start seq", PARTBUS_NEG_START, H(seq, 9), SEQ },
	{ "start negotiation 0", PARTBUS_NEG_START, H(negotiation, 0), NUMBER },
	{ "start of another negotiation", PARTBUS_NEG_START, H(negotiation, 9), NULL, NONE },
	{ "start round", PARTBUS_NEG_START, H(round, 1), OTHERS },
	{ "start status", PARTBUS_NEG_START, H(status, 4), STATUS },
	{ "start data_id", PARTBUS_NEG_START, H(data_id, 1), OTHERS },
	{ "start version", PARTBUS_NEG_START, H(version_min, 1), OTHERS },
	{ "start class", PARTBUS_NEG_START, H(class, 1), OTHERS },
	{ "start reserved", PARTBUS_NEG_START, H(reserved, 1), RESERVED },
	{ "start epoch 0", PARTBUS_NEG_START, H(epoch, 0),
	  "rx-start-bad in state features-not-negotiated" },
	{ "start of an epoch to come", PARTBUS_NEG_START, H(epoch, 0xffffffff),
	  "rx-start-bad in state features-not-negotiated" },
};

/* Whatever came of it, the same channel can begin again. */
static int begins_again(struct hostile *h, u8 *raw)
{
	struct partbus_neg_header *m = (void *)raw;
	int ret;

	hostile_neg_fill(h, raw, PARTBUS_NEG_INITIALIZE);
	m->negotiation = cpu_to_le32(2);
	hostile_neg_put(h, raw);
	ret = hostile_neg_wait(h, raw);
	return ret == ANSWER(INITIALIZE_COMPLETE, OK) ? 0 : ret < 0 ? ret : -EPROTO;
}

static void result(const char *name, int ret, const char *reason)
{
	char text[128] = "went on";

	if (ret < 0)
		snprintf(text, sizeof(text), "error %d", ret);
	else if (ret)
		snprintf(text, sizeof(text), "answer %u, status %u", ret >> 8, ret & 0xff);
	else if (reason)
		snprintf(text, sizeof(text), "broke %s", reason);
	hostile_result(name, !ret, text);
}

static int one(struct hostile *h, const struct neg_case *c, u8 *raw)
{
	int ret = hostile_open(h) ?: hostile_neg_until(h, c->type);

	if (!ret) {
		hostile_neg_fill(h, raw, c->type);
		hostile_set(raw, &c->field);
		hostile_neg_put(h, raw);
		if (c->reason || c->answer) {
			ret = hostile_neg_wait(h, raw);
			if (c->reason && ret == -ECONNRESET)
				ret = h->rescinded == PARTBUS_RESCIND_BROKEN ? 0 : ret;
			else if (!c->reason && ret == c->answer)
				ret = 0;
			else if (!ret)
				ret = -EPROTO;
		}
		if (!ret && !c->reason)
			ret = begins_again(h, raw);
	}
	result(c->name, ret, c->reason);
	return ret;
}

/* Out of turn: of a negotiation that was never begun. */
static int early(struct hostile *h, const char *name, u16 type, u8 *raw)
{
	int ret = hostile_open(h);

	if (!ret) {
		hostile_neg_fill(h, raw, type);
		hostile_neg_put(h, raw);
		ret = begins_again(h, raw);
	}
	result(name, ret, NULL);
	return ret;
}

/* More rounds than there may be, each of them refused. */
static int rounds(struct hostile *h, u8 *raw)
{
	struct partbus_neg_header *m = (void *)raw;
	int ret = hostile_open(h) ?: hostile_neg_until(h, PARTBUS_NEG_REQUEST_BANDWIDTH);
	unsigned int i;

	for (i = 1; !ret && i <= PARTBUS_NEG_MAX_ROUNDS + 1; i++) {
		hostile_neg_fill(h, raw, PARTBUS_NEG_REQUEST_BANDWIDTH);
		m->round = cpu_to_le16(i);
		hostile_set(raw, &(struct hostile_field)A(like, 0));
		hostile_neg_put(h, raw);
		ret = hostile_neg_wait(h, raw);
		if (ret == ANSWER(REQUEST_BANDWIDTH_COMPLETE, REFUSED))
			ret = 0;
	}
	if (ret == -ECONNRESET && i > PARTBUS_NEG_MAX_ROUNDS)
		ret = 0;
	result("rounds without an end", ret, "rx-request in state features-not-negotiated");
	return ret;
}

static int index_case(struct hostile *h, const char *name, bool out, u32 value, u8 *raw,
		      const char *reason)
{
	int ret = hostile_open(h) ?: hostile_neg_until(h, PARTBUS_NEG_REQUEST_BANDWIDTH);

	if (!ret) {
		if (out) {
			WRITE_ONCE(h->ask.ctl->prod, cpu_to_le32(value));
		} else {
			WRITE_ONCE(h->answer.ctl->cons, cpu_to_le32(value));
			hostile_neg_fill(h, raw, PARTBUS_NEG_REQUEST_BANDWIDTH);
			hostile_neg_put(h, raw);
		}
		ret = hostile_neg_wait(h, raw);
		if (ret == -ECONNRESET)
			ret = 0;
	}
	result(name, ret, reason);
	return ret;
}

/* Answers that nobody reads: the host stops to take anything, and nothing else. */
static int deaf(struct hostile *h, u8 *raw)
{
	struct partbus_neg_header *m = (void *)raw;
	int ret = hostile_open(h);
	unsigned int i;

	for (i = 1; !ret && i <= PARTBUS_MBOX_ENTRIES; i++) {
		hostile_neg_fill(h, raw, PARTBUS_NEG_INITIALIZE);
		m->negotiation = cpu_to_le32(i);
		hostile_neg_put(h, raw);
	}
	for (i = 1; !ret && i <= PARTBUS_MBOX_ENTRIES; i++) {
		ret = hostile_neg_wait(h, raw);
		if (ret == ANSWER(INITIALIZE_COMPLETE, OK))
			ret = le32_to_cpu(m->negotiation) == i ? 0 : -EBADMSG;
	}
	result("answers that are read late", ret, NULL);
	return ret;
}

int hostile_neg_cases(struct hostile *h)
{
	u8 *raw = kmalloc(PARTBUS_MBOX_ENTRY_SIZE, GFP_KERNEL);
	unsigned int i, failed = 0;

	if (!raw)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		failed += !!one(h, &cases[i], raw);
	failed += !!early(h, "request first", PARTBUS_NEG_REQUEST_BANDWIDTH, raw);
	failed += !!early(h, "start first", PARTBUS_NEG_START, raw);
	failed += !!rounds(h, raw);
	failed += !!deaf(h, raw);
	failed += !!index_case(h, "mailbox far ahead", true, 1000, raw,
			       "impossible index in the mailbox");
	failed += !!index_case(h, "mailbox backwards", true, 0, raw,
			       "impossible index in the mailbox");
	failed += !!index_case(h, "mailbox read ahead", false, 1000, raw,
			       "impossible index in the mailbox");
	failed += !!index_case(h, "mailbox read backwards", false, 0xffffffff, raw,
			       "impossible index in the mailbox");
	kfree(raw);
	return failed;
}
