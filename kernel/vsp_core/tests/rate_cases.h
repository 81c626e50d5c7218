/* SPDX-License-Identifier: GPL-2.0 */
/* Caps step by step, shared by KUnit and the user-space tests. */
#ifndef _PB_RATE_CASES_H
#define _PB_RATE_CASES_H

#include <partbus/contract.h>
#include <vsp_core/rate.h>

#define PB_RATE_STEPS	6
#define PB_RATE_SECOND	1000000000ULL

struct pb_rate_cost_case {
	const char *sentence;
	__u32 unit, bytes, cost;
};

static const struct pb_rate_cost_case pb_rate_cost_cases[] = {
	{ "nothing costs one", 8192, 0, 1 },
	{ "a sector costs one", 8192, 512, 1 },
	{ "a unit costs one", 8192, 8192, 1 },
	{ "a byte more costs two", 8192, 8193, 2 },
	{ "the largest request does not wrap", 8192, ~0u, 524288 },
	{ "a unit of one byte counts bytes", 1, ~0u, ~0u },
	{ "a unit of nothing counts as one byte", 0, 77, 77 },
	{ "the largest unit costs one", ~0u, ~0u, 1 },
};

/* A request of @bytes, as vsp_sched_charge() asks for it. */
static inline __u64 pb_rate_admit(struct pb_rate *r, __u64 now_ns, __u32 bytes)
{
	const struct pb_rate_request rq = { .units = pb_rate_cost(r, bytes), .bytes = bytes };

	return pb_rate_charge(r, now_ns, &rq, NULL);
}

/* @wait: what is said to a request of @bytes at @now */
struct pb_rate_story {
	const char *sentence;
	struct pb_rate_limits limits;
	__u64 begin;
	int steps;
	struct {
		__u64 now;
		__u32 bytes;
		__u64 wait;
	} step[PB_RATE_STEPS];
};

#define LIMITS(iops_, ios_, bps_, bytes_, unit_) \
	{ .iops = iops_, .burst_ios = ios_, .bps = bps_, .burst_bytes = bytes_, .io_unit = unit_ }
#define ANY		PARTBUS_ATTR_ANY
#define SECOND		PB_RATE_SECOND

static const struct pb_rate_story pb_rate_stories[] = {
	{ "a burst passes, then times are exact to the nanosecond",
	  LIMITS(1000, 2, ANY, 0, 8192), 5 * SECOND, 6, {
		{ 5 * SECOND, 512, 0 },
		{ 5 * SECOND, 512, 0 },
		{ 5 * SECOND, 512, 1000000 },
		{ 5 * SECOND + 999999, 512, 1 },
		{ 5 * SECOND + 1000000, 512, 0 },
		{ 5 * SECOND + 1000000, 16384, 2000000 },
	} },
	{ "a rate that does not divide a second is rounded up, never early",
	  LIMITS(3, 1, ANY, 0, 8192), 0, 4, {
		{ 0, 0, 0 },
		{ 0, 0, 333333334 },
		{ 333333333, 0, 1 },
		{ 333333334, 0, 0 },
	} },
	{ "the scarcer of two caps holds, and a refusal charges neither",
	  LIMITS(1000, 3, 8192000, 16384, 8192), 0, 5, {
		{ 0, 8192, 0 },
		{ 0, 8192, 0 },
		{ 0, 8192, 1000000 },
		{ 0, 0, 0 },
		{ 0, 0, 1000000 },
	} },
	{ "no cap is no cap", LIMITS(ANY, 0, ANY, 0, 8192), 0, 3, {
		{ 0, ~0u, 0 },
		{ 0, ~0u, 0 },
		{ 0, ~0u, 0 },
	} },
	{ "a request above the burst is worked off", LIMITS(ANY, 0, 1000, 100, 8192), 0, 4, {
		{ 0, 1000, 0 },
		{ 0, 1000, SECOND },
		{ 0, 1, 901000000 },
		{ SECOND, 1000, 0 },
	} },
	{ "the largest numbers do not wrap", LIMITS(ANY - 1, ANY, ANY - 1, ANY, 8192), 0, 3, {
		{ 0, ~0u, 0 },
		{ ~0ULL, ~0u, 0 },
		{ ~0ULL, ~0u, 0 },
	} },
	{ "the longest wait is told right", LIMITS(1, 1, ANY, 0, 1), 0, 2, {
		{ 0, ~0u, 0 },
		{ 0, 1, 4294967295ULL * SECOND },
	} },
	{ "so it is when the burst is the largest", LIMITS(1, ~0u, ANY, 0, 1), 0, 2, {
		{ 0, ~0u, 0 },
		{ 0, ~0u, 4294967295ULL * SECOND },
	} },
	{ "so it is when the burst is overdrawn", LIMITS(1, ~0u - 1, ANY, 0, 1), 0, 2, {
		{ 0, ~0u, 0 },
		{ 0, ~0u - 1, 4294967295ULL * SECOND },
	} },
	{ "a rate of nothing never comes again", LIMITS(0, 1, ANY, 0, 8192), 0, 2, {
		{ 0, 1, 0 },
		{ ~0ULL, 1, ~0ULL },
	} },
	{ "a burst of nothing admits one by one", LIMITS(10, 0, ANY, 0, 8192), 0, 2, {
		{ 0, 1, 0 },
		{ 0, 1, SECOND / 10 },
	} },
	{ "a clock that goes backwards gives nothing and takes nothing",
	  LIMITS(10, 1, ANY, 0, 8192), SECOND, 3, {
		{ SECOND, 1, 0 },
		{ 0, 1, SECOND / 10 },
		{ SECOND + SECOND / 10, 1, 0 },
	} },
};

#undef LIMITS
#undef ANY
#undef SECOND

#endif /* _PB_RATE_CASES_H */
