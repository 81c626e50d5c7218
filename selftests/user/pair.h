/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two negotiating machines connected by queues of real messages, for tests that
 * decide what happens next: by chance, or by what a fuzzer found.
 */
#ifndef _PAIR_H
#define _PAIR_H

#include <vmbus/negotiate_wire.h>

#define PAIR_QUEUE	256

struct pair_queue {
	struct partbus_neg_header m[PAIR_QUEUE];
	int count;
	__u32 sent, taken;	/* sequence numbers */
};

struct pair_end {
	struct pb_neg n;
	int timer, pending;	/* pending: the event to come of CHOOSE and the like, or -1 */
	__u32 in_force, granted, lost;
	__u16 answer_round;
	bool bad_version;	/* client: the next INITIALIZE speaks another version */
};

/**
 * struct pair - both ends and what is between them
 * @choose: a number below the given one; decides everything that is left open
 * @arg: for @choose
 * @timeouts: one in so many times a timer fires, 0 for never, as for the others
 * @wants: an end wants another contract
 * @losses: a contract cannot start or go on
 * @refusals: something is refused
 * @wrong: what must not happen and did, a sentence, or NULL
 * @in_flight: requests, as the client submitted them
 * @in_flight_epoch: under which contract
 * @broken: the client gave the channel up
 * @rescinded: the server withdrew the contract
 * @starts: contracts that started; the following count as their names say
 */
struct pair {
	__u64 (*choose)(void *arg, __u64 limit);
	void *arg;
	unsigned int timeouts, wants, losses, refusals;

	const char *wrong;
	struct pair_end client, server;
	struct pair_queue c2s, s2c;
	__u32 next_epoch;
	int in_flight;
	__u32 in_flight_epoch;
	bool broken, rescinded;
	unsigned long starts, keeps, fails, breaks, withdrawals, served;
	int longest;
};

/* Both ends in START, the client's channel is opened. */
void pair_open(struct pair *w);
/* One thing happens; @calm: nothing new is wanted, and no timer fires. */
void pair_step(struct pair *w, bool calm);
/* Without timeouts and wishes everything comes to rest, and both ends agree. */
void pair_settle(struct pair *w);

#endif /* _PAIR_H */
