// SPDX-License-Identifier: GPL-2.0
/*
 * Caps under requests, pauses, clocks and changes of any size: what passes and how long
 * the others wait is exactly what the caps and bursts in force say, and no clock and no
 * size confuses the arithmetic.
 */
#include "fuzz.h"

#include <partbus/contract.h>
#include <vsp_core/rate.h>
#include <vsp_core/tests/rate_cases.h>

#define ANY	PARTBUS_ATTR_ANY
#define NSEC	((__int128)1000000000)
#define NEVER	(~0ULL)

/* The largest numbers of a contract. */
#define MAX_IOPS	1000000000ULL
#define MAX_BPS		(1ULL << 44)

/*
 * What is at hand of a burst, in units times 10^9, below 0 where a request above the burst
 * is worked off. A nanosecond gives back as many of these as the cap has units in a second:
 * nothing is ever rounded, so there is no slack, neither in what passes nor in a wait.
 *
 * What that says of a cap R and a burst B in any time T: no more than B is at hand when it
 * begins and R x T comes in, and the last request of it, c, found min(c, B) at hand. So no
 * more than B + R x T - min(c, B) went before it, and R x T + max(B, c) with it: the cap,
 * and the burst or that request if it is larger.
 *
 * Sizes: a cap of 2^44 times a clock of 2^64 is below 2^108.
 */
struct purse {
	__u64 rate, burst;	/* rate: ANY for no cap */
	__int128 at_hand;
};

struct model {
	struct pb_rate r;
	struct purse ios, bytes;
	__u64 now;		/* the clock of the script */
	__u64 told;		/* the latest time that the caps were told */
};

static void make_limits(struct input *in, struct pb_rate_limits *l)
{
	__u8 flags = in_byte(in);

	/* As a legal contract has them, or 0, which the scheduler must survive. */
	l->iops = flags & 1 ? ANY : in_number(in) % (MAX_IOPS + 1);
	l->bps = flags & 2 ? ANY : in_number(in) % (MAX_BPS + 1);
	l->burst_ios = in_number(in) % (MAX_IOPS + 1);
	l->burst_bytes = in_number(in) % (MAX_BPS + 1);
	l->io_unit = flags & 4 ? in_u32(in) : 1u << (9 + (flags >> 4 & 7));
}

static void purse_open(struct purse *p, __u64 rate, __u64 burst)
{
	*p = (struct purse){ rate, burst, burst * NSEC };
}

/* What is at hand stays so as far as it fits; a time without a cap leaves nothing. */
static void purse_change(struct purse *p, __u64 rate, __u64 burst)
{
	if (p->rate == ANY)
		p->at_hand = 0;
	if (p->at_hand > burst * NSEC)
		p->at_hand = burst * NSEC;
	p->rate = rate;
	p->burst = burst;
}

static void purse_fill(struct purse *p, __u64 ns)
{
	if (p->rate == ANY)
		return;
	p->at_hand += (__int128)p->rate * ns;
	if (p->at_hand > p->burst * NSEC)
		p->at_hand = p->burst * NSEC;
}

static void purse_spend(struct purse *p, __u32 cost)
{
	if (p->rate != ANY)
		p->at_hand -= cost * NSEC;
}

/* What is larger than the burst passes when all of that is at hand. */
static __u64 purse_wait(const struct purse *p, __u32 cost)
{
	__int128 missing = (cost < p->burst ? cost : p->burst) * NSEC - p->at_hand;

	if (p->rate == ANY || missing <= 0)
		return 0;
	return p->rate ? (missing + p->rate - 1) / p->rate : NEVER;
}

/* A clock that goes backwards counts as no time at all, and so does its way back. */
static void tell(struct model *m, __u64 now)
{
	if (now <= m->told)
		return;
	purse_fill(&m->ios, now - m->told);
	purse_fill(&m->bytes, now - m->told);
	m->told = now;
}

static void pass(struct model *m, __u64 ns)
{
	if (m->now + ns < m->now)
		ns = ~0ULL - m->now;
	m->now += ns;
}

static void change(struct model *m, const struct pb_rate_limits *limits)
{
	REACHED_IF(m->ios.rate == ANY && limits->iops != ANY && limits->burst_ios,
		   "a cap after a time without one");
	tell(m, m->now);
	REACHED_IF(m->ios.rate != ANY && m->ios.at_hand < 0 && limits->iops != ANY,
		   "limits changed that are overdrawn");
	purse_change(&m->ios, limits->iops, limits->burst_ios);
	purse_change(&m->bytes, limits->bps, limits->burst_bytes);
	pb_rate_set(&m->r, limits, m->now);
}

/* The code once more, on a copy: after the wait it lets the request pass, not before. */
static void come_again(const struct model *m, __u64 wait, __u32 bytes)
{
	struct pb_rate r = m->r;

	if (m->told + wait < wait)
		return;
	must(pb_rate_admit(&r, m->told + wait - 1, bytes) == 1, "a wait is not kept");
	must(!pb_rate_admit(&r, m->told + wait, bytes), "a wait is not all of it");
	REACHED("made to wait");
}

static void admit(struct model *m, __u64 now, __u32 bytes)
{
	__u64 unit = m->r.limits.io_unit ? m->r.limits.io_unit : 1;
	__u32 cost = bytes ? (bytes + unit - 1) / unit : 1;
	__u64 wait, wait_ios, wait_bytes;

	REACHED_IF(now < m->told && (purse_wait(&m->ios, cost) || purse_wait(&m->bytes, bytes)),
		   "a clock that goes backwards while something is to wait");
	tell(m, now);
	wait_ios = purse_wait(&m->ios, cost);
	wait_bytes = purse_wait(&m->bytes, bytes);

	must(pb_rate_cost(&m->r, bytes) == cost, "a request costs something else");
	wait = pb_rate_admit(&m->r, now, bytes);
	must(wait || (!wait_ios && !wait_bytes), "more than the cap passes");
	must(!wait || wait_ios || wait_bytes, "less than the cap passes");
	if (!wait) {
		purse_spend(&m->ios, cost);
		purse_spend(&m->bytes, bytes);
		REACHED("admitted");
		return;
	}
	if (wait_ios < wait_bytes)
		wait_ios = wait_bytes;
	must(wait >= wait_ios, "a wait that is too short");
	must(wait <= wait_ios, "a wait that is too long");
	if (wait != NEVER)
		come_again(m, wait, bytes);
	REACHED_IF(wait == NEVER, "never");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	struct pb_rate_limits limits;
	struct model m = { 0 };
	__u64 back;
	int n;

	make_limits(&in, &limits);
	m.now = in_number(&in);
	m.told = m.now;
	pb_rate_init(&m.r, &limits, m.now);
	purse_open(&m.ios, limits.iops, limits.burst_ios);
	purse_open(&m.bytes, limits.bps, limits.burst_bytes);
	for (n = 0; n < 200 && in.left; n++) {
		switch (in_byte(&in) & 7) {
		case 0:
			pass(&m, in_number(&in));
			break;
		case 1:
			pass(&m, in_byte(&in) * 1000000ULL);
			break;
		case 2:
			make_limits(&in, &limits);
			change(&m, &limits);
			REACHED("limits changed");
			break;
		case 3:
			/* A clock that goes backwards, or was never ours. */
			back = in_below(&in, m.now + 1);
			admit(&m, m.now - back, in_u32(&in));
			break;
		case 4:
			admit(&m, m.now, (__u32)in_number(&in));
			break;
		default:
			admit(&m, m.now, 512u << (in_byte(&in) & 7));
			break;
		}
	}
	return 0;
}

static bool may_be(const struct pb_rate_limits *l)
{
	return (l->iops == ANY || l->iops <= MAX_IOPS) && (l->bps == ANY || l->bps <= MAX_BPS) &&
	       l->burst_ios <= MAX_IOPS && l->burst_bytes <= MAX_BPS;
}

static void script_limits(struct script *s, const struct pb_rate_limits *l)
{
	script_byte(s, (l->iops == ANY) | (l->bps == ANY) << 1 | 4);
	if (l->iops != ANY)
		script_number(s, l->iops);
	if (l->bps != ANY)
		script_number(s, l->bps);
	script_number(s, l->burst_ios);
	script_number(s, l->burst_bytes);
	script_u32(s, l->io_unit);
}

static void script_admit(struct script *s, __u32 bytes)
{
	script_byte(s, 4);
	script_number(s, bytes);
}

/* A story of the unit tests, which have the edges. */
static void script_story(struct script *s, const struct pb_rate_story *story)
{
	__u64 now = story->begin;

	script_limits(s, &story->limits);
	script_number(s, now);
	for (int i = 0; i < story->steps; i++) {
		__u64 then = story->step[i].now;

		if (then < now) {
			script_byte(s, 3);
			script_below(s, now + 1, now - then);
			script_u32(s, story->step[i].bytes);
			continue;
		}
		if (then > now) {
			script_byte(s, 0);
			script_number(s, then - now);
			now = then;
		}
		script_admit(s, story->step[i].bytes);
	}
}

/* Of a cap some is used up, some comes back, the cap changes, and what is left is tried. */
static void change_seed(fuzz_emit emit, const char *name, __u64 burst, __u32 bytes, __u64 ns,
			__u64 burst_then)
{
	struct pb_rate_limits limits = { .iops = 3, .bps = ANY, .io_unit = 512 };
	struct script s = { 0 };
	int i;

	limits.burst_ios = burst;
	script_limits(&s, &limits);
	script_number(&s, 0);
	script_admit(&s, bytes);
	script_byte(&s, 0);
	script_number(&s, ns);
	script_byte(&s, 2);
	limits.iops = 7;
	limits.burst_ios = burst_then;
	script_limits(&s, &limits);
	for (i = 0; i < 4; i++)
		script_admit(&s, 512);
	emit(name, s.bytes, s.size);
}

void fuzz_seeds(fuzz_emit emit)
{
	static const struct pb_rate_limits changes[] = {
		{ .iops = 1, .bps = ANY, .burst_ios = 2, .io_unit = 512 },
		{ .iops = MAX_IOPS, .bps = MAX_BPS, .burst_ios = 1, .burst_bytes = 1,
		  .io_unit = 512 },
		{ .iops = ANY, .bps = ANY, .io_unit = 0 },
		/* No burst out of a time without a cap, and then never anything. */
		{ .iops = 1, .bps = 1, .burst_ios = MAX_IOPS, .burst_bytes = MAX_BPS,
		  .io_unit = 512 },
		{ .iops = 0, .bps = 0, .io_unit = 512 },
	};
	struct script s = { 0 };
	unsigned int i;
	char name[16];

	script_limits(&s, &changes[0]);
	script_number(&s, 0);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		script_byte(&s, 2);
		script_limits(&s, &changes[i]);
		script_admit(&s, 1024);
		script_admit(&s, 1024);
	}
	emit("changes", s.bytes, s.size);
	change_seed(emit, "overdrawn", 1, 4096, 1000000001, 2);
	change_seed(emit, "larger-burst", 8, 4096, 1000000001, 16);
	change_seed(emit, "smaller-burst", 8, 1024, 1, 2);
	change_seed(emit, "filled-up-before", 4, 2048, 1333333334, 4);
	for (i = 0; i < sizeof(pb_rate_stories) / sizeof(pb_rate_stories[0]); i++) {
		if (!may_be(&pb_rate_stories[i].limits))
			continue;
		s.size = 0;
		script_story(&s, &pb_rate_stories[i]);
		snprintf(name, sizeof(name), "story-%u", i);
		emit(name, s.bytes, s.size);
	}
}
