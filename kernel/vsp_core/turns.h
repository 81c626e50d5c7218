/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose turn it is at a bucket that several queues share. A bucket alone serves who
 * asks for little: a queue that always has a small request leaves no room for the large
 * one of another, which would wait for ever. So room is kept for whoever was refused
 * first, and others pass beside it as long as there is more.
 *
 * A turn is held by coming back in time; who does not has lost it. So a request that was
 * given up keeps nothing from others for long. Pure.
 */
#ifndef _PB_TURNS_H
#define _PB_TURNS_H

#include <linux/types.h>

#include <vsp_core/rate.h>

/* Nanoseconds: who comes later than that after its time has lost its turn. */
#define PB_TURN_GRACE	20000000ULL

/**
 * struct pb_turn - a queue's place, zeroed at first
 * @next: who is behind
 * @waits: it has a place
 * @due: when it wants to come back
 * @rq: what it asked for
 */
struct pb_turn {
	struct pb_turn *next;
	bool waits;
	__u64 due;
	struct pb_rate_request rq;
};

/**
 * struct pb_turns - who waits, in the order in which they came
 * @first: for whom room is kept, or NULL
 *
 * The caller serialises all calls on it and on the places in it.
 */
struct pb_turns {
	struct pb_turn *first;
};

/* @t gives its place up, if it has one. */
static inline void pb_turns_leave(struct pb_turns *q, struct pb_turn *t)
{
	struct pb_turn **at = &q->first;

	if (!t->waits)
		return;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->waits = false;
}

/* @t keeps its place, or gets the last. */
static inline void pb_turns_wait(struct pb_turns *q, struct pb_turn *t)
{
	struct pb_turn **at = &q->first;

	if (t->waits)
		return;
	while (*at)
		at = &(*at)->next;
	*at = t;
	t->next = NULL;
	t->waits = true;
}

/* For whom @t must leave room, or NULL. Who was late is not waited for. */
static inline const struct pb_turn *pb_turns_ahead(struct pb_turns *q, const struct pb_turn *t,
						   __u64 now_ns)
{
	while (q->first && q->first != t && now_ns > q->first->due + PB_TURN_GRACE)
		pb_turns_leave(q, q->first);
	return q->first == t ? NULL : q->first;
}

/**
 * pb_turns_charge() - charge a request, or say when to come again
 * @q: who waits at this bucket
 * @t: who asks
 * @r: the bucket
 * @now_ns: the time
 * @rq: the request
 * @most_ns: @t comes back after that at the latest
 *
 * Return: 0 when it was charged, else nanoseconds; @t has its place then.
 */
static inline __u64 pb_turns_charge(struct pb_turns *q, struct pb_turn *t, struct pb_rate *r,
				    __u64 now_ns, const struct pb_rate_request *rq,
				    __u64 most_ns)
{
	const struct pb_turn *ahead = pb_turns_ahead(q, t, now_ns);
	__u64 ns = pb_rate_charge(r, now_ns, rq, ahead ? &ahead->rq : NULL);

	if (!ns) {
		pb_turns_leave(q, t);
		return 0;
	}
	t->due = now_ns + (ns < most_ns ? ns : most_ns);
	t->rq = *rq;
	pb_turns_wait(q, t);
	return ns;
}

#endif /* _PB_TURNS_H */
