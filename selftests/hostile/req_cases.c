// SPDX-License-Identifier: GPL-2.0
/*
 * Block requests with one thing wrong, each over a channel of its own that has
 * come to run. A reason is what the event of the broken channel must say;
 * otherwise the request is answered with a status.
 */
#include "hostile.h"

#include <linux/slab.h>

#include <partbus/blk.h>

#define ANY_ERROR	0xffff	/* as the backing has discards, or not */

#define R(member, v)	FIELD(partbus_blk_req, member, v)

static const struct req_case {
	const char *name;
	u8 op;
	u8 flags;
	u32 sectors;
	struct hostile_field field;
	const char *reason;	/* or NULL, and then: */
	u16 status;
} cases[] = {
	{ "op 0", PARTBUS_BLK_READ, 0, 8, R(op, 0), "request with an unknown operation" },
	{ "op 6", PARTBUS_BLK_READ, 0, 8, R(op, 6), "request with an unknown operation" },
	{ "op ff", PARTBUS_BLK_READ, 0, 8, R(op, 0xff), "request with an unknown operation" },
	{ "tag of the depth", PARTBUS_BLK_READ, 0, 8, R(tag, HOSTILE_BLK_DEPTH),
	  "request with a tag beyond the depth" },
	{ "tag ffff", PARTBUS_BLK_READ, 0, 8, R(tag, 0xffff),
	  "request with a tag beyond the depth" },
	{ "flag of no meaning", PARTBUS_BLK_WRITE, 0, 8, R(flags, 0x80),
	  "request with a flag that its operation does not have" },
	{ "read with FUA", PARTBUS_BLK_READ, 0, 8, R(flags, PARTBUS_BLK_F_FUA),
	  "request with a flag that its operation does not have" },
	{ "reserved", PARTBUS_BLK_READ, 0, 8, R(reserved, 1ULL << 63),
	  "request with a reserved field that is not zero" },
	{ "flush with sectors", PARTBUS_BLK_FLUSH, 0, 0, R(sectors, 8),
	  "flush with a range" },
	{ "flush with a sector", PARTBUS_BLK_FLUSH, 0, 0, R(sector, 8), "flush with a range" },
	{ "no sectors", PARTBUS_BLK_READ, 0, 8, R(sectors, 0), "request for no sectors" },
	{ "more than a slot", PARTBUS_BLK_READ, 0, 8, R(sectors, 9),
	  "request with more data than a slot has" },
	{ "ffffffff sectors", PARTBUS_BLK_WRITE, 0, 8, R(sectors, 0xffffffff),
	  "request with more data than a slot has" },
	{ "behind the end", PARTBUS_BLK_WRITE, 0, 8, R(sector, 1ULL << 40), NULL,
	  PARTBUS_BLK_S_RANGE },
	{ "a sum that wraps", PARTBUS_BLK_WRITE, 0, 8, R(sector, ~0ULL - 3), NULL,
	  PARTBUS_BLK_S_RANGE },
	{ "discard of ffffffff", PARTBUS_BLK_DISCARD, 0, 8, R(sectors, 0xffffffff), NULL,
	  ANY_ERROR },
	{ "a good read", PARTBUS_BLK_READ, 0, 8, R(sector, 0), NULL, PARTBUS_BLK_S_OK },
};

/* The completion's status, or an error. */
static int done(struct hostile *h, struct hostile_queue *q)
{
	struct partbus_blk_done e;

	return hostile_done(h, q, &e, HOSTILE_PAUSE) ?: le16_to_cpu(e.status);
}

static int end(const char *name, int ret, const char *reason, u16 status)
{
	if (!reason && status == ANY_ERROR && ret > 0)
		status = ret;
	return hostile_end(name, ret, reason, status);
}

static int one(struct hostile *h, const struct req_case *c)
{
	struct partbus_blk_req req = {
		.op = c->op,
		.flags = c->flags,
		.sectors = cpu_to_le32(c->sectors),
	};
	struct hostile_queue q;
	int ret = hostile_running(h, &q);

	if (!ret) {
		hostile_set(&req, &c->field);
		hostile_ring_put(&q.sq, &req);
		ret = done(h, &q);
	} else {
		ret = -EINPROGRESS;
	}
	return end(c->name, ret, c->reason, c->status);
}

static int index_case(struct hostile *h)
{
	struct hostile_queue q;
	int ret = hostile_running(h, &q);

	if (!ret) {
		WRITE_ONCE(q.sq.ctl->prod, cpu_to_le32(HOSTILE_BLK_DEPTH + 1));
		ret = done(h, &q);
	}
	return end("submissions far ahead", ret,
		   "an impossible index in the submission ring", 0);
}

/* A contract is started anew while the server has work: the word is broken. */
static int start_again(struct hostile *h)
{
	u8 *raw = kmalloc(PARTBUS_MBOX_ENTRY_SIZE, GFP_KERNEL);
	static const char name[] = "start with requests outstanding";
	struct partbus_blk_req req = { .op = PARTBUS_BLK_READ, .sectors = cpu_to_le32(8) };
	struct partbus_neg_header *m = (void *)raw;
	struct hostile_queue q;
	int ret, i;

	if (!raw)
		return -ENOMEM;
	ret = hostile_running(h, &q);
	for (i = 0; !ret && i < 3; i++) {
		static const u16 types[] = {
			PARTBUS_NEG_INITIALIZE, PARTBUS_NEG_REQUEST_BANDWIDTH, PARTBUS_NEG_START,
		};

		hostile_neg_fill(h, raw, types[i]);
		m->negotiation = cpu_to_le32(2);
		if (types[i] == PARTBUS_NEG_START)
			/* No bell: it is found when the queue is to pause. */
			hostile_ring_put(&q.sq, &req);
		hostile_neg_put(h, raw);
		ret = hostile_neg_wait(h, raw);
		if (ret > 0)
			ret = 0;
	}
	kfree(raw);
	if (ret == -ECONNRESET) {
		hostile_result(name, true,
			       "broke START of a new contract with requests outstanding");
		return 0;
	}
	/* Lines are shared by mailbox and queue: it may have been served just before. */
	hostile_result(name, !ret, ret ? "error" : "went on");
	return ret;
}

int hostile_req_cases(struct hostile *h)
{
	unsigned int i, failed = 0;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		failed += !!one(h, &cases[i]);
	failed += !!index_case(h);
	failed += !!start_again(h);
	return failed;
}
