// SPDX-License-Identifier: GPL-2.0
/*
 * Caps under requests, pauses, clocks and changes of any size: never more gets
 * through than the caps and bursts that were in force allow, a wait is neither
 * too short nor for ever, and no clock and no size confuses the arithmetic.
 */
#include "fuzz.h"

#include <partbus/contract.h>
#include <vsp_core/rate.h>
#include <vsp_core/tests/rate_cases.h>

#define ANY	PARTBUS_ATTR_ANY
#define NSEC	((unsigned __int128)1000000000)

/* The largest numbers of a contract. */
#define MAX_IOPS	1000000000ULL
#define MAX_BPS		(1ULL << 44)

/* What may have come through so far, in units times 10^9. */
struct allowance {
	unsigned __int128 level, used;
	bool open;		/* no cap at some time: nothing to be said */
};

struct model {
	struct pb_rate r;
	struct allowance ios, bytes;
	__u64 now;
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

/* Room for one request beyond the burst: it may be larger than that. */
static void allow_burst(struct allowance *a, __u64 rate, __u64 burst, __u64 largest)
{
	if (rate == ANY)
		a->open = true;
	a->level += (burst > largest ? burst : largest) * NSEC;
}

static void pass(struct model *m, __u64 ns)
{
	if (m->now + ns < m->now)
		ns = ~0ULL - m->now;
	m->now += ns;
	m->ios.level += (unsigned __int128)m->r.limits.iops * ns;
	m->bytes.level += (unsigned __int128)m->r.limits.bps * ns;
	/* More than can ever be counted: nothing to be said any more. */
	m->ios.open |= m->ios.level >> 120 != 0;
	m->bytes.open |= m->bytes.level >> 120 != 0;
}

static void admit(struct model *m, __u64 now, __u32 bytes)
{
	__u32 cost = pb_rate_cost(&m->r, bytes);
	struct pb_rate before = m->r;
	__u64 wait;

	must(cost >= 1 && (bytes ? cost <= bytes : cost == 1), "a request costs nothing");
	wait = pb_rate_admit(&m->r, now, bytes);
	if (!wait) {
		m->ios.used += cost * NSEC;
		m->bytes.used += bytes * NSEC;
		must(m->ios.open || m->ios.used <= m->ios.level, "more requests than the cap");
		must(m->bytes.open || m->bytes.used <= m->bytes.level, "more bytes than the cap");
		REACHED("admitted");
		return;
	}
	must(m->r.limits.iops != ANY || m->r.limits.bps != ANY, "a wait without a cap");
	before = m->r;
	if (wait == ~0ULL) {
		must(!before.limits.iops || !before.limits.bps, "a wait for ever under a cap");
		REACHED("never");
		return;
	}
	/* After it the request passes; a nanosecond earlier it does not. */
	if (before.last_ns + wait < wait)
		return;
	must(pb_rate_admit(&before, before.last_ns + wait - 1, bytes), "a wait that is too long");
	must(!pb_rate_admit(&before, before.last_ns + 1, bytes), "a wait that is too short");
	REACHED("made to wait");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	struct pb_rate_limits limits;
	struct model m = { 0 };
	int n;

	make_limits(&in, &limits);
	m.now = in_number(&in);
	pb_rate_init(&m.r, &limits, m.now);
	allow_burst(&m.ios, limits.iops, limits.burst_ios, 1ULL << 32);
	allow_burst(&m.bytes, limits.bps, limits.burst_bytes, 1ULL << 32);
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
			pb_rate_set(&m.r, &limits, m.now);
			if (limits.iops == ANY)
				m.ios.open = true;
			if (limits.bps == ANY)
				m.bytes.open = true;
			/* At most what a larger burst holds may have filled up. */
			allow_burst(&m.ios, limits.iops, 0, 1ULL << 32);
			allow_burst(&m.bytes, limits.bps, 0, 1ULL << 32);
			REACHED("limits changed");
			break;
		case 3:
			/* A clock that goes backwards, or was never ours. */
			admit(&m, m.now - in_below(&in, m.now + 1), in_u32(&in));
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
	for (i = 0; i < sizeof(pb_rate_stories) / sizeof(pb_rate_stories[0]); i++) {
		if (!may_be(&pb_rate_stories[i].limits))
			continue;
		s.size = 0;
		script_story(&s, &pb_rate_stories[i]);
		snprintf(name, sizeof(name), "story-%u", i);
		emit(name, s.bytes, s.size);
	}
}
