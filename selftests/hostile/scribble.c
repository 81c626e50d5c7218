// SPDX-License-Identifier: GPL-2.0
/* Random bytes over the window, and a storm of doorbells. */
#include "hostile.h"

#include <linux/jiffies.h>
#include <linux/prandom.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#define WORDS_PER_BELL	64
/* However little a guest gets of its time: enough to meet each control word. */
#define WORDS_MIN	(1 << 18)

/* Often one of those at which arithmetic goes wrong, or near what is there. */
static u64 word(struct rnd_state *rnd, u64 old)
{
	u64 v = (u64)prandom_u32_state(rnd) << 32 | prandom_u32_state(rnd);

	switch (prandom_u32_state(rnd) & 7) {
	case 0:
		return 0;
	case 1:
		return ~0ULL;
	case 2:
		return v & 0xff;
	case 3:
		return old + 1;
	case 4:
		return 1ULL << (v & 63);
	default:
		return v;
	}
}

/* Often where the control words are: at the start, and at starts of pages. */
static u64 place(struct rnd_state *rnd, u64 size)
{
	u64 r = (u64)prandom_u32_state(rnd) << 32 | prandom_u32_state(rnd);

	switch (r >> 62) {
	case 0:
		return r % min_t(u64, size, SZ_64K);
	case 1:
		return r % min_t(u64, size, SZ_1M);
	case 2:
		return (r % size & PAGE_MASK) | (r >> 32 & 255);
	default:
		return r % size;
	}
}

static void bell(struct hostile *h, u32 peer, struct rnd_state *rnd)
{
	u32 v = prandom_u32_state(rnd);

	/* Most are heard; some lines and some peers there are not. */
	if ((v & 63) == 0)
		hostile_bell(h, peer, v >> 8 & 0xffff);
	else if ((v & 63) == 1)
		hostile_bell(h, v >> 8 & 0xffff, v >> 24 & 15);
	else
		hostile_bell(h, peer, v >> 8 & (PARTBUS_LINES - 1));
}

int hostile_scribble(struct hostile *h, const char *args)
{
	u32 peer = le32_to_cpu(READ_ONCE(h->header->host_peer));
	u64 from, to, words = 0, bells = 0;
	unsigned int seconds, seed, i;
	struct rnd_state rnd;
	unsigned long end;

	if (sscanf(args, "%u %llu %llu %u", &seconds, &from, &to, &seed) != 4)
		return -EINVAL;
	from = round_down(from, PAGE_SIZE);
	to = round_down(min(to, h->size), PAGE_SIZE);
	if (from >= to || seconds > 3600)
		return -EINVAL;
	prandom_seed_state(&rnd, seed);
	end = jiffies + seconds * HZ;
	while ((time_before(jiffies, end) || words < WORDS_MIN) &&
	       !fatal_signal_pending(current)) {
		for (i = 0; i < WORDS_PER_BELL; i++) {
			u64 *at = h->base + from + round_down(place(&rnd, to - from), 8);

			WRITE_ONCE(*at, word(&rnd, READ_ONCE(*at)));
		}
		words += WORDS_PER_BELL;
		bell(h, peer, &rnd);
		bells++;
		cond_resched();
	}
	hostile_say("scribbled %llu words, rang %llu times", words, bells);
	return 0;
}
