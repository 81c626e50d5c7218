// SPDX-License-Identifier: GPL-2.0
/*
 * One end of a ring whose peer writes what it likes, whenever it likes, into
 * every shared word. Nothing outside the ring is touched (the sanitizer sees
 * to that), an end never believes more than the ring can hold, -EPROTO stays,
 * and a peer that stands still keeps nobody busy.
 */
#include "fuzz.h"

#include <linux/errno.h>
#include <asm/byteorder.h>
#include <vmbus/ring.h>

struct world {
	struct pb_ring r;
	struct partbus_ring_ctl *ctl;
	__u8 *entries, *entry;
	__u32 size, entry_size;
	bool producer, broken, honest;
};

static void set_word(struct input *in, __le32 *word, __u32 own)
{
	__u32 v = le32_to_cpu(*word);

	switch (in_byte(in) & 7) {
	case 0:
		v = in_u32(in);
		break;
	case 1:
		v = own + (__s8)in_byte(in);
		break;
	default:
		v += (in_byte(in) & 7) - 1;
		break;
	}
	*word = cpu_to_le32(v);
}

/* What the peer does between two calls. */
static void peer(struct world *w, struct input *in)
{
	__u8 what = in_byte(in);

	if (what & 1)
		set_word(in, w->producer ? &w->ctl->cons : &w->ctl->prod, w->r.own);
	if (what & 2)
		set_word(in, w->producer ? &w->ctl->prod_event : &w->ctl->cons_event, w->r.own);
	/* Not its words, but it can reach them. */
	if (what & 4)
		set_word(in, w->producer ? &w->ctl->prod : &w->ctl->cons, w->r.own);
	if (what & 8)
		in_bytes(in, w->entries + in_below(in, w->size) * w->entry_size,
			 w->entry_size < 16 ? w->entry_size : 16);
}

static int once(struct world *w)
{
	struct pb_ring *r = &w->r;
	__u32 own = r->own;
	int ret = w->producer ? pb_ring_produce(r, w->entry) : pb_ring_consume(r, w->entry);
	int good = w->producer ? 0 : 1, nothing = w->producer ? -ENOSPC : 0;

	must(ret == good || ret == nothing || ret == -EPROTO, "another answer than there are");
	must(r->own == own + (ret == good), "the own index moves without an entry");
	must(!w->broken || ret == -EPROTO, "a broken ring goes on");
	w->broken = ret == -EPROTO;
	must(r->broken == w->broken, "a ring that is broken does not say so");
	if (w->broken)
		return ret;
	if (w->producer)
		must(r->own - r->seen <= w->size && r->told - r->seen <= w->size,
		     "more in the ring than it holds");
	else
		must(r->seen - r->told <= w->size && r->own - r->told <= w->size,
		     "more believed than was given back");
	return ret;
}

/* While the peer stands still there is an end after one ring full. */
static void until_nothing(struct world *w)
{
	int good = w->producer ? 0 : 1, ret;
	__u32 n = 0;

	while ((ret = once(w)) == good) {
		must(n++ < w->size, "a peer that stands still keeps this end busy");
		if (!w->producer && n == w->size)
			REACHED("a whole ring consumed");
	}
	REACHED_IF(ret == -EPROTO, "broken");
	REACHED_IF(ret == -ENOSPC, "full");
}

static void call(struct world *w, struct input *in)
{
	struct pb_ring *r = &w->r;
	__u32 told = r->told;

	switch (in_byte(in) & 7) {
	case 0:
		until_nothing(w);
		break;
	case 1:
	case 2:
		once(w);
		break;
	case 3:
		if (w->producer)
			pb_ring_publish(r);
		else if (in_byte(in) & 1)
			pb_ring_release(r);
		else
			pb_ring_give_back(r);
		must(r->told == r->own, "told less than there is");
		if (told != r->own)
			must(le32_to_cpu(w->producer ? w->ctl->prod : w->ctl->cons) == r->own,
			     "the peer is told another index");
		break;
	case 4:
		if (w->producer)
			pb_ring_want_room(r);
		else if (!pb_ring_arm(r) && !w->broken)
			must(once(w) == 0, "armed over an entry");
		break;
	case 5:
		if (w->producer) {
			int unread = pb_ring_unread(r);

			must(unread == -EPROTO || (__u32)unread <= r->told - r->seen,
			     "more unread than there is");
			must(r->broken == (unread == -EPROTO), "broken, and does not say so");
			w->broken = r->broken;
		}
		break;
	default:
		pb_ring_pending(r);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	struct world w = { 0 };
	__u32 start;
	int n;

	w.producer = in_byte(&in) & 1;
	w.size = 1u << in_below(&in, 7);
	w.entry_size = 1 + in_below(&in, 256);
	w.ctl = malloc(sizeof(*w.ctl));
	w.entries = malloc((size_t)w.size * w.entry_size);
	w.entry = malloc(w.entry_size);
	memset(w.entries, 0, (size_t)w.size * w.entry_size);
	memset(w.entry, 0x5a, w.entry_size);
	pb_ring_format(w.ctl);
	pb_ring_init(&w.r, w.ctl, w.entries, w.size, w.entry_size);
	/* Anywhere in the life of a ring, also shortly before the indices wrap. */
	start = in_byte(&in) & 1 ? 0 : -in_below(&in, 256);
	w.r.own = w.r.told = w.r.seen = start;
	w.ctl->prod = w.ctl->cons = cpu_to_le32(start);
	for (n = 0; n < 400 && in.left; n++) {
		call(&w, &in);
		peer(&w, &in);
	}
	REACHED_IF(!w.broken && w.r.own < start && start, "over the end of the numbers");
	free(w.entry);
	free(w.entries);
	free(w.ctl);
	return 0;
}

/* What call() does. */
enum { ALL = 0, ONE = 1, TELL = 3, WAIT = 4, UNREAD = 5, LOOK = 6 };

#define STAYS	127	/* the peer does nothing */
#define STEPS	8

struct seed {
	const char *name;
	bool producer;
	__u8 before_wrap;	/* indices until they begin at 0 again; 0: they do now */
	/* A call, and then where the peer's index is, from this end's own. */
	struct {
		__u8 call;
		__s8 peer;
	} step[STEPS];
	int steps;
};

/* In a ring of four entries. */
static void script_seed(struct script *s, const struct seed *seed)
{
	script_byte(s, seed->producer);
	script_below(s, 7, 2);
	script_below(s, 256, 16 - 1);
	script_byte(s, !seed->before_wrap);
	if (seed->before_wrap)
		script_below(s, 256, seed->before_wrap);
	for (int i = 0; i < seed->steps; i++) {
		script_byte(s, seed->step[i].call);
		/* As one that waits for room is told. */
		if (seed->step[i].call == TELL && !seed->producer)
			script_byte(s, 1);
		script_byte(s, seed->step[i].peer != STAYS);
		if (seed->step[i].peer == STAYS)
			continue;
		script_byte(s, 1);
		script_byte(s, seed->step[i].peer);
	}
}

void fuzz_seeds(fuzz_emit emit)
{
	static const struct seed seeds[] = {
		{ "consume-all", false, 0, {
			{ LOOK, 4 }, { ALL, STAYS }, { TELL, STAYS }, { WAIT, 1 }, { ONE, STAYS },
		}, 5 },
		{ "consume-over-the-end", false, 2, {
			{ LOOK, 4 }, { ALL, STAYS }, { TELL, 4 }, { ALL, STAYS },
		}, 4 },
		{ "consume-too-much", false, 0, { { LOOK, 5 }, { ALL, STAYS } }, 2 },
		/* Never more than a ring at once, but no place was given back. */
		{ "consume-not-given-back", false, 0, {
			{ LOOK, 2 }, { ALL, 2 }, { ALL, 1 }, { ALL, STAYS },
		}, 4 },
		{ "consume-backwards", false, 0, {
			{ LOOK, 2 }, { ALL, -1 }, { ALL, 0 }, { ALL, STAYS },
		}, 4 },
		{ "produce-all", true, 0, {
			{ ALL, STAYS }, { TELL, STAYS }, { WAIT, 0 }, { UNREAD, STAYS },
			{ ALL, STAYS },
		}, 5 },
		{ "produce-over-the-end", true, 2, {
			{ ALL, STAYS }, { TELL, -1 }, { UNREAD, STAYS }, { ALL, STAYS },
		}, 4 },
		/* It takes what was produced, but it was not told of that. */
		{ "produce-taken-too-soon", true, 0, {
			{ ONE, STAYS }, { TELL, STAYS }, { ONE, 0 }, { UNREAD, STAYS }, { ALL, 0 },
		}, 5 },
	};

	for (unsigned int i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		struct script s = { 0 };

		script_seed(&s, &seeds[i]);
		emit(seeds[i].name, s.bytes, s.size);
	}
}
