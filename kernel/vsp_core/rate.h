/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Caps of normalised requests and of bytes per second, with bursts. Pure.
 *
 * A continuous leaky bucket, the twin of virtual scheduling (GCRA): what was
 * admitted drains at the cap's rate, and a request conforms while it fits below
 * the burst. There is no periodic refill: at every nanosecond the level is
 * exact, since it is kept in units times 10^9 and needs no division.
 */
#ifndef _PB_RATE_H
#define _PB_RATE_H

#include <linux/types.h>

/**
 * struct pb_rate_limits - what is capped
 * @iops: normalised requests per second, PARTBUS_ATTR_ANY for no cap
 * @bps: bytes per second, PARTBUS_ATTR_ANY for no cap
 * @burst_ios: normalised requests that may come at once after idleness
 * @burst_bytes: bytes that may come at once after idleness
 * @io_unit: bytes that count as one request; 0 counts as 1
 */
struct pb_rate_limits {
	__u64 iops;
	__u64 bps;
	__u64 burst_ios;
	__u64 burst_bytes;
	__u32 io_unit;
};

/* A level of up to 2^95: units times 10^9. */
typedef unsigned __int128 pb_rate_level;

/**
 * struct pb_rate - limits and how much of them is used
 * @limits: in force
 * @ios: level of requests that have not drained yet
 * @bytes: level of bytes that have not drained yet
 * @last_ns: the time for which the levels are right
 *
 * The caller serialises all calls on one struct pb_rate.
 */
struct pb_rate {
	struct pb_rate_limits limits;
	pb_rate_level ios;
	pb_rate_level bytes;
	__u64 last_ns;
};

/* Starts with the whole burst at hand. */
void pb_rate_init(struct pb_rate *r, const struct pb_rate_limits *limits, __u64 now_ns);

/**
 * pb_rate_set() - change the limits
 * @r: the rate
 * @limits: to hold from now on
 * @now_ns: a monotonic time
 *
 * What is at hand of the old burst stays at hand as far as it fits into the
 * new one; a larger burst fills up at the new rate, and so does the first one
 * after a time without a cap. What was overdrawn stays overdrawn.
 */
void pb_rate_set(struct pb_rate *r, const struct pb_rate_limits *limits, __u64 now_ns);

/* What a request of @bytes costs in normalised requests: at least 1. */
__u32 pb_rate_cost(const struct pb_rate *r, __u32 bytes);

/**
 * struct pb_rate_request - what is to pass
 * @units: what it counts as in normalised requests: pb_rate_cost(), or a measure of the
 *	class
 * @bytes: of it, 0 for a flush
 */
struct pb_rate_request {
	__u32 units;
	__u32 bytes;
};

/* Nanoseconds: who can pass only behind another comes a little after it. */
#define PB_RATE_BEHIND	100000ULL

/**
 * pb_rate_charge() - charge a request, or say when to come again
 * @r: the rate
 * @now_ns: a monotonic time; one that goes backwards counts as no time at all
 * @rq: the request
 * @ahead: one that waits for its turn, or NULL: @rq passes if there is room for both
 *
 * A request larger than a burst is admitted when nothing of that burst is used,
 * and is worked off afterwards.
 *
 * Return: 0 when it was charged; otherwise nothing was, and the nanoseconds
 * after which it would be if nothing else came, ~0 for never.
 */
__u64 pb_rate_charge(struct pb_rate *r, __u64 now_ns, const struct pb_rate_request *rq,
		     const struct pb_rate_request *ahead);

#endif /* _PB_RATE_H */
