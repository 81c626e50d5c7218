// SPDX-License-Identifier: GPL-2.0
/*
 * Control messages with one thing wrong. Each is sent in a generation of its own;
 * the reason is what the event on the host must say. Without a reason nothing must
 * happen: the host goes on to read.
 */
#include "hostile.h"

#include <linux/delay.h>
#include <linux/slab.h>

#define H(member, v)	{ offsetof(struct partbus_ctrl_msg, header) + \
			  offsetof(struct partbus_ctrl_header, member), \
			  sizeof(((struct partbus_ctrl_header *)0)->member), v }
#define P(type, member, v) { sizeof(struct partbus_ctrl_header) + \
			  offsetof(struct partbus_ctrl_##type, member), \
			  sizeof(((struct partbus_ctrl_##type *)0)->member), v }
#define AT(where, v)	{ where, 1, v }

#define TYPE	"control message of an unknown type"
#define WAY	"control message in the wrong direction"
#define LENGTH	"control message with a wrong length"
#define SEQ	"control message out of sequence"
#define LATER	"control message of a generation that is still to come"
#define EARLY	"control message before HELLO"
#define SECOND	"a second HELLO in one generation"
#define BEYOND	"control message with bytes beyond its length"
#define RESERVED "control message with a reserved field that is not zero"
#define TEXT	"control message with a text without an end"

static const struct ctrl_case {
	const char *name;
	u16 type;		/* of the message that is spoilt */
	bool greeted;		/* sent after HELLO */
	struct hostile_field field;
	u8 fill;		/* bytes of the text field, without an end */
	const char *reason;
} cases[] = {
	{ "hello type 0", PARTBUS_CTRL_HELLO, false, H(type, 0), 0, TYPE },
	{ "hello type 200", PARTBUS_CTRL_HELLO, false, H(type, 200), 0, TYPE },
	{ "hello type ffff", PARTBUS_CTRL_HELLO, false, H(type, 0xffff), 0, TYPE },
	{ "hello as its own answer", PARTBUS_CTRL_HELLO, false,
	  H(type, PARTBUS_CTRL_HELLO_ACK), 0, WAY },
	{ "hello length 0", PARTBUS_CTRL_HELLO, false, H(length, 0), 0, LENGTH },
	{ "hello length 143", PARTBUS_CTRL_HELLO, false, H(length, 143), 0, LENGTH },
	{ "hello length 145", PARTBUS_CTRL_HELLO, false, H(length, 145), 0, LENGTH },
	{ "hello length ffff", PARTBUS_CTRL_HELLO, false, H(length, 0xffff), 0, LENGTH },
	{ "hello seq 0", PARTBUS_CTRL_HELLO, false, H(seq, 0), 0, SEQ },
	{ "hello seq 2", PARTBUS_CTRL_HELLO, false, H(seq, 2), 0, SEQ },
	{ "hello of a later generation", PARTBUS_CTRL_HELLO, false, H(generation, ~0ULL), 0,
	  LATER },
	{ "hello reserved", PARTBUS_CTRL_HELLO, false, P(hello, reserved, 1), 0, RESERVED },
	{ "hello release without an end", PARTBUS_CTRL_HELLO, false, P(hello, release, 0), 64,
	  TEXT },
	{ "hello and more", PARTBUS_CTRL_HELLO, false, AT(255, 1), 0, BEYOND },
	{ "hello again", PARTBUS_CTRL_HELLO, true, H(type, PARTBUS_CTRL_HELLO), 0, SECOND },
	{ "released before hello", PARTBUS_CTRL_RELEASED, false,
	  P(released, channel, 1), 0, EARLY },
	{ "broken before hello", PARTBUS_CTRL_BROKEN, false, P(broken, channel, 1), 0, EARLY },
	{ "an offer", PARTBUS_CTRL_RELEASED, true, H(type, PARTBUS_CTRL_OFFER), 0, WAY },
	{ "a rescind", PARTBUS_CTRL_RELEASED, true, H(type, PARTBUS_CTRL_RESCIND), 0, WAY },
	{ "data placed", PARTBUS_CTRL_RELEASED, true, H(type, PARTBUS_CTRL_DATA_PLACED), 0,
	  WAY },
	{ "withdrawn", PARTBUS_CTRL_RELEASED, true, H(type, PARTBUS_CTRL_WITHDRAWN), 0, WAY },
	{ "released type 0", PARTBUS_CTRL_RELEASED, true, H(type, 0), 0, TYPE },
	{ "released length 16", PARTBUS_CTRL_RELEASED, true, H(length, 16), 0, LENGTH },
	{ "released seq again", PARTBUS_CTRL_RELEASED, true, H(seq, 1), 0, SEQ },
	{ "released seq gap", PARTBUS_CTRL_RELEASED, true, H(seq, 3), 0, SEQ },
	{ "released reserved", PARTBUS_CTRL_RELEASED, true, P(released, reserved, 1), 0,
	  RESERVED },
	{ "released and more", PARTBUS_CTRL_RELEASED, true, AT(40, 1), 0, BEYOND },
	{ "broken length 32", PARTBUS_CTRL_BROKEN, true, H(length, 32), 0, LENGTH },
	{ "broken reserved", PARTBUS_CTRL_BROKEN, true, P(broken, reserved, 1), 0, RESERVED },
	{ "broken reason without an end", PARTBUS_CTRL_BROKEN, true, P(broken, reason, 0), 128,
	  TEXT },
	/* What is odd, and no violation. */
	{ "hello of an older generation", PARTBUS_CTRL_HELLO, false, H(generation, 0) },
	{ "hello for another version", PARTBUS_CTRL_HELLO, false, P(hello, version_max, 1) },
	{ "hello of versions to come", PARTBUS_CTRL_HELLO, false,
	  P(hello, version_min, 0xffffffff) },
	{ "hello with all that is compatible", PARTBUS_CTRL_HELLO, false,
	  P(hello, compat, ~0ULL) },
	{ "hello with what is not", PARTBUS_CTRL_HELLO, false, P(hello, incompat, 1ULL << 63) },
	{ "hello release that steers terminals", PARTBUS_CTRL_HELLO, false,
	  P(hello, release, 0x6d31335b1bULL) },
	{ "released of no channel", PARTBUS_CTRL_RELEASED, true, P(released, channel, 0) },
	{ "released of others' channel", PARTBUS_CTRL_RELEASED, true, P(released, channel, 1) },
	{ "released of a channel to come", PARTBUS_CTRL_RELEASED, true,
	  P(released, channel, 0xffffffff) },
	{ "broken of no channel", PARTBUS_CTRL_BROKEN, true, P(broken, channel, 0) },
	{ "broken of others' channel", PARTBUS_CTRL_BROKEN, true, P(broken, channel, 1) },
	{ "broken of a channel to come", PARTBUS_CTRL_BROKEN, true,
	  P(broken, channel, 0xffffffff) },
};

static void make(struct hostile *h, const struct ctrl_case *c, struct partbus_ctrl_msg *m)
{
	switch (c->type) {
	case PARTBUS_CTRL_HELLO:
		hostile_hello_fill(h, m);
		break;
	case PARTBUS_CTRL_RELEASED:
		hostile_ctrl_fill(h, m, c->type, sizeof(m->released));
		break;
	default:
		hostile_ctrl_fill(h, m, c->type, sizeof(m->broken));
		break;
	}
	hostile_set(m, &c->field);
	if (c->fill)
		memset((void *)m + c->field.offset, 'x', c->fill);
}

/* The host reads what comes behind it, as it would not if it had stopped to listen. */
static int goes_on(struct hostile *h, const struct ctrl_case *c)
{
	struct partbus_ctrl_msg m;
	int ret;

	/* A message of an older generation does not count. */
	if (c->field.offset == offsetof(struct partbus_ctrl_header, generation))
		h->seq--;
	ret = hostile_ctrl_read(h);
	if (ret)
		return ret;
	if (c->type == PARTBUS_CTRL_HELLO)
		return hostile_ctrl_wait(h, 0, &m);
	hostile_ctrl_fill(h, &m, PARTBUS_CTRL_RELEASED, sizeof(m.released));
	hostile_ctrl_put(h, &m);
	return hostile_ctrl_read(h);
}

static int one(struct hostile *h, const struct ctrl_case *c)
{
	char text[80] = "went on";
	struct partbus_ctrl_msg m;
	int ret;

	ret = hostile_attach(h);
	if (!ret && c->greeted)
		ret = hostile_hello(h);
	if (!ret) {
		make(h, c, &m);
		hostile_ctrl_put(h, &m);
		ret = c->reason ? hostile_ctrl_read(h) : goes_on(h, c);
	}
	if (ret)
		snprintf(text, sizeof(text), "error %d", ret);
	else if (c->reason)
		snprintf(text, sizeof(text), "broke %s", c->reason);
	hostile_result(c->name, !ret, text);
	return ret;
}

/* An index of a ring, set to what it cannot be. */
static int index_case(struct hostile *h, const char *name, __le32 *word, u32 value)
{
	char text[80] = "broke impossible index in the control ring";
	int ret = hostile_attach(h) ?: hostile_hello(h);

	if (!ret) {
		WRITE_ONCE(*word, cpu_to_le32(value));
		hostile_bell(h, le32_to_cpu(h->header->host_peer), PARTBUS_LINE_CTRL);
		/* It is found at the latest when the host looks unasked. */
		msleep(700);
	}
	if (ret)
		snprintf(text, sizeof(text), "error %d", ret);
	hostile_result(name, !ret, text);
	return ret;
}

int hostile_ctrl_cases(struct hostile *h)
{
	struct partbus_window_header *w = h->header;
	struct partbus_ring_ctl *out = h->base + le64_to_cpu(w->ctrl_g2h_offset);
	struct partbus_ring_ctl *in = h->base + le64_to_cpu(w->ctrl_h2g_offset);
	unsigned int i, failed = 0;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		failed += !!one(h, &cases[i]);
	failed += !!index_case(h, "sent far ahead", &out->prod, 1000);
	failed += !!index_case(h, "sent backwards", &out->prod, 0);
	failed += !!index_case(h, "read far ahead", &in->cons, 1000);
	failed += !!index_case(h, "read backwards", &in->cons, 0xffffffff);
	return failed;
}
