// SPDX-License-Identifier: GPL-2.0
/*
 * Both control rings of one side, whose peer writes into the window what it
 * likes: indices, messages, nothing at all for a long time. This side keeps no
 * more than it said, answers in a bounded time, and loses no message of its own.
 */
#include "fuzz.h"

#include "shim/kernel_types.h"
#include <vmbus/ctrl.h>

#define PENDING_MAX	256

int shim_no_memory;

struct world {
	struct pb_ctrl c;
	struct partbus_ring_ctl *out, *in;
	struct pb_ring peer_out;	/* the peer's, where it is honest */
	__u64 generation;
	__u32 rang, peer_seq, peer_took;
	bool broken;
};

static struct world w;

static void ring(struct pb_ctrl *c)
{
	must(c == &w.c, "a doorbell of somebody else");
	w.rang++;
}

static void begin(void)
{
	w.generation++;
	pb_ctrl_down(&w.c);
	pb_ring_format(w.out);
	pb_ring_format(w.in);
	pb_ctrl_reset(&w.c, w.generation, w.out, w.in, PARTBUS_CTRL_ENTRIES);
	pb_ring_init(&w.peer_out, w.in, w.in + 1, PARTBUS_CTRL_ENTRIES, PARTBUS_CTRL_MSG_SIZE);
	w.peer_seq = 0;
	w.peer_took = 0;
	w.broken = false;
}

/* A message as an honest peer sends it, but for what @wrong says. */
static void peer_sends(struct input *in)
{
	static const __u8 to_host[] = {
		PARTBUS_CTRL_HELLO, PARTBUS_CTRL_RELEASED, PARTBUS_CTRL_BROKEN,
	};
	static const __u8 to_guest[] = {
		PARTBUS_CTRL_HELLO_ACK, PARTBUS_CTRL_OFFER, PARTBUS_CTRL_RESCIND,
		PARTBUS_CTRL_DATA_PLACED, PARTBUS_CTRL_WITHDRAWN,
	};
	bool host = w.c.receives == PB_CTRL_TO_HOST;
	__u16 type = host ? to_host[in_below(in, 3)] : to_guest[in_below(in, 5)];
	struct partbus_ctrl_msg m = { 0 };
	__u8 wrong = in_byte(in);

	if (!w.c.hello_done)
		type = host ? PARTBUS_CTRL_HELLO : PARTBUS_CTRL_HELLO_ACK;
	m.header.type = cpu_to_le16(type);
	m.header.length = cpu_to_le16(pb_ctrl_info(type)->length);
	m.header.seq = cpu_to_le32(w.peer_seq + 1);
	m.header.generation = cpu_to_le64(w.generation - (wrong == 1));
	if (wrong != 1)
		w.peer_seq++;
	m.raw[in_below(in, 4)] = in_byte(in);
	if (wrong == 2)
		((__u8 *)&m)[in_below(in, sizeof(m))] = in_byte(in);
	if (!pb_ring_produce(&w.peer_out, &m))
		pb_ring_publish(&w.peer_out);
}

static void peer_scribbles(struct input *in)
{
	static const size_t words[] = { 0, 64, 128, 192 };
	__u8 *ctl = in_byte(in) & 1 ? (__u8 *)w.in : (__u8 *)w.out;
	__u32 v = in_byte(in) & 1 ? in_u32(in) : w.c.in.own + (__s8)in_byte(in);

	if (in_byte(in) & 3)
		memcpy(ctl + words[in_below(in, 4)], &v, sizeof(v));
	else
		in_bytes(in, ctl + 256 + in_below(in, 64 * 256 - 64), 64);
}

/* The peer takes what is there, as an honest one would. */
static void peer_takes(void)
{
	w.out->cons = w.out->prod;
}

static void receive(void)
{
	struct partbus_ctrl_msg m;
	const char *why = NULL;
	int n, ret;

	for (n = 0; ; n++) {
		memset(&m, 0xa5, sizeof(m));
		ret = pb_ctrl_receive(&w.c, &m, &why);
		if (ret <= 0)
			break;
		/* Entries given back may be used again, but not by a peer that stands still. */
		must(n <= 2 * (int)PARTBUS_CTRL_ENTRIES, "messages without end");
		if (!m.header.type) {
			REACHED("a message of an older generation");
			continue;
		}
		must(pb_ctrl_info(le16_to_cpu(m.header.type)), "a message of no type");
		if (le16_to_cpu(m.header.type) == PARTBUS_CTRL_HELLO ||
		    le16_to_cpu(m.header.type) == PARTBUS_CTRL_HELLO_ACK)
			w.c.hello_done = true;
		else
			REACHED("a message behind HELLO");
	}
	must(ret == 0 || ret == -EPROTO, "another error");
	if (ret) {
		must(why, "a violation without a sentence");
		w.broken = true;
		REACHED("a violation");
	}
}

static void send(struct input *in)
{
	struct partbus_ctrl_released m = { .channel = cpu_to_le32(in_byte(in)) };
	__u64 generation = in_byte(in) & 3 ? 0 : w.generation - (in_byte(in) & 1);
	__u32 seq = w.c.tx_seq;
	unsigned int kept = w.c.npending;
	int ret;

	shim_no_memory = (in_byte(in) & 31) == 31;
	ret = pb_ctrl_send_in(&w.c, generation, PARTBUS_CTRL_RELEASED, &m, sizeof(m));
	shim_no_memory = 0;
	must(w.c.npending <= PENDING_MAX, "more messages kept than there may be");
	must(w.c.tx_seq == seq + !ret, "a number without a message");
	must(ret != -ENOBUFS || kept == PENDING_MAX, "no room where there is some");
	REACHED_IF(ret == -ENOBUFS, "a peer that does not read");
	REACHED_IF(ret == -ENOTCONN, "a message to nobody");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t bytes = sizeof(struct partbus_ring_ctl) +
		       PARTBUS_CTRL_ENTRIES * PARTBUS_CTRL_MSG_SIZE;
	struct input in = input_of(data, size);
	const char *why;
	int n, i, unread;

	memset(&w, 0, sizeof(w));
	w.out = calloc(1, bytes);
	w.in = calloc(1, bytes);
	pb_ctrl_init(&w.c, in_byte(&in) & 1 ? PB_CTRL_TO_HOST : PB_CTRL_TO_GUEST, ring);
	begin();
	for (n = 0; n < 600 && in.left; n++) {
		switch (in_byte(&in) & 15) {
		case 0:
			if (!(in_byte(&in) & 7))
				begin();
			break;
		case 1:
			if (in_byte(&in) & 7)
				break;
			pb_ctrl_down(&w.c);
			must(!w.c.npending, "messages are kept for nobody");
			break;
		case 2:
			for (i = 2 * in_byte(&in); i; i--)
				send(&in);
			break;
		case 3:
		case 4:
			send(&in);
			break;
		case 5:
			peer_scribbles(&in);
			break;
		case 6:
			peer_takes();
			pb_ctrl_flush(&w.c);
			break;
		case 7:
			why = "";
			unread = pb_ctrl_unread(&w.c, &why);
			must(unread == -EPROTO || (unread >= 0 &&
						   unread <= (int)PARTBUS_CTRL_ENTRIES),
			     "more unread than a ring holds");
			must(!*why == (unread >= 0), "broken without a sentence");
			break;
		case 8:
		case 9:
		case 10:
			if (!w.broken)
				receive();
			break;
		default:
			peer_sends(&in);
			break;
		}
	}
	pb_ctrl_down(&w.c);
	free(w.in);
	free(w.out);
	return 0;
}

/* Long scripts without a plan; the mutations of them find the rest. */
void fuzz_seeds(fuzz_emit emit)
{
	__u8 script[600];

	fuzz_scripts(emit, script, sizeof(script), 8);
}
