// SPDX-License-Identifier: GPL-2.0
/*
 * Caps with bursts as two leaky buckets, one of requests and one of bytes.
 *
 * Levels are kept in units times 10^9. So one nanosecond drains exactly the
 * rate per second, nothing is ever rounded, and a division is needed only to
 * say how long to wait. Sizes: a rate times a time is below 2^128, a burst or
 * a cost times 10^9 below 2^95.
 */
#include <vsp_core/rate.h>

#include <partbus/contract.h>

#define UNIT		((pb_rate_level)1000000000)
#define UNCAPPED	PARTBUS_ATTR_ANY
#define FOR_EVER	(~0ULL)

static void drain_one(pb_rate_level *level, __u64 rate, __u64 elapsed_ns)
{
	pb_rate_level drained = (pb_rate_level)rate * elapsed_ns;

	*level = *level > drained ? *level - drained : 0;
}

static void drain(struct pb_rate *r, __u64 now_ns)
{
	if (now_ns <= r->last_ns)
		return;
	drain_one(&r->ios, r->limits.iops, now_ns - r->last_ns);
	drain_one(&r->bytes, r->limits.bps, now_ns - r->last_ns);
	r->last_ns = now_ns;
}

/*
 * Nanoseconds until @cost fits, and @ahead would fit after it. What costs nothing waits
 * for nobody.
 */
static __u64 wait_one(pb_rate_level level, __u64 rate, __u64 burst, __u32 cost, __u32 ahead)
{
	pb_rate_level room = burst * UNIT, need = cost * UNIT;
	__u64 least = 0, excess;

	if (rate == UNCAPPED)
		return 0;
	if (cost && ahead) {
		need += ahead * UNIT;
		/* Never both: the one ahead is first, and then this one. */
		if (need > room) {
			need = ahead * UNIT;
			least = PB_RATE_BEHIND;
		}
	}
	/* What is larger than the burst fits when nothing else is in the bucket. */
	if (need > room)
		need = room;
	if (level + need <= room)
		return least;
	if (!rate)
		return FOR_EVER;
	/*
	 * A level is above the burst by one request at most, and what is needed is two:
	 * 3 x 2^32 x 10^9 fits into 64 bits, and the kernel needs no division of 128-bit
	 * numbers, which it does not have.
	 */
	excess = level + need - room;
	return excess / rate + (excess % rate ? 1 : 0) + least;
}

/*
 * The new level that leaves as much at hand as there was, or as little. A
 * bucket that was not in use counts as empty of tokens, or else a cap could be
 * lifted and set again for a fresh burst.
 */
static pb_rate_level carry(pb_rate_level level, __u64 old_rate, __u64 old_burst,
			   __u64 rate, __u64 burst)
{
	pb_rate_level old_room = old_burst * UNIT, room = burst * UNIT;

	if (rate == UNCAPPED)
		return 0;
	if (old_rate == UNCAPPED)
		return room;
	if (level > old_room)
		return room + (level - old_room);
	if (old_room - level >= room)
		return 0;
	return room - (old_room - level);
}

/**
 * pb_rate_init() - begin with the whole burst at hand
 * @r: the rate
 * @limits: what is capped
 * @now_ns: a monotonic time
 */
void pb_rate_init(struct pb_rate *r, const struct pb_rate_limits *limits, __u64 now_ns)
{
	r->limits = *limits;
	r->ios = 0;
	r->bytes = 0;
	r->last_ns = now_ns;
}

/* Kernel-doc: see rate.h. */
void pb_rate_set(struct pb_rate *r, const struct pb_rate_limits *limits, __u64 now_ns)
{
	drain(r, now_ns);
	r->ios = carry(r->ios, r->limits.iops, r->limits.burst_ios,
		       limits->iops, limits->burst_ios);
	r->bytes = carry(r->bytes, r->limits.bps, r->limits.burst_bytes,
			 limits->bps, limits->burst_bytes);
	r->limits = *limits;
}

/* Comment: see rate.h. */
__u32 pb_rate_cost(const struct pb_rate *r, __u32 bytes)
{
	__u32 unit = r->limits.io_unit ? r->limits.io_unit : 1;

	/* Not (bytes + unit - 1) / unit: that wraps. */
	return bytes ? (bytes - 1) / unit + 1 : 1;
}

/* Kernel-doc: see rate.h. */
__u64 pb_rate_charge(struct pb_rate *r, __u64 now_ns, const struct pb_rate_request *rq,
		     const struct pb_rate_request *ahead)
{
	static const struct pb_rate_request nobody;
	__u64 wait_ios, wait_bytes;

	if (!ahead)
		ahead = &nobody;
	drain(r, now_ns);
	wait_ios = wait_one(r->ios, r->limits.iops, r->limits.burst_ios, rq->units, ahead->units);
	wait_bytes = wait_one(r->bytes, r->limits.bps, r->limits.burst_bytes, rq->bytes,
			      ahead->bytes);
	if (wait_ios || wait_bytes)
		return wait_ios > wait_bytes ? wait_ios : wait_bytes;

	if (r->limits.iops != UNCAPPED)
		r->ios += rq->units * UNIT;
	if (r->limits.bps != UNCAPPED)
		r->bytes += rq->bytes * UNIT;
	return 0;
}
