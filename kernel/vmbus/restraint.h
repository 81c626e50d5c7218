/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often may a client have its contract made anew? Each costs the provider's host work
 * that no cap covers: for a NIC it takes the lock of all network devices. So what a client
 * asks for is heard at a rate, with a burst for people. (GCRA, the virtual scheduling
 * algorithm of ITU-T I.371.) Pure.
 */
#ifndef _PB_RESTRAINT_H
#define _PB_RESTRAINT_H

#include <linux/types.h>

/* Contracts that may come at once. */
#define PB_RESTRAINT_BURST	20u

/**
 * struct pb_restraint - what a client has had so far; zeroed at first
 * @paid_at: when all of it will have been paid for, in the units of the caller's clock
 */
struct pb_restraint {
	__u64 paid_at;
};

/**
 * pb_restraint_charge() - a contract was made
 * @r: of the client
 * @now: the clock, which never goes back
 * @each: time that one contract costs
 */
static inline void pb_restraint_charge(struct pb_restraint *r, __u64 now, __u64 each)
{
	if (r->paid_at < now)
		r->paid_at = now;
	r->paid_at += each;
}

/**
 * pb_restraint_wait() - may the client be heard?
 * @r: of the client
 * @now: the clock
 * @each: time that one contract costs
 *
 * Return: 0, or the time until it may.
 */
static inline __u64 pb_restraint_wait(const struct pb_restraint *r, __u64 now, __u64 each)
{
	__u64 from = now + (PB_RESTRAINT_BURST - 1) * each;

	return r->paid_at > from ? r->paid_at - from : 0;
}

#endif /* _PB_RESTRAINT_H */
