/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Do requests come alone? Then whoever sends them waits for each, as a rule, and the
 * worker had better take it at once, though it preempts the client's VCPU where both have
 * the same processor: that one would only go idle, which costs a second exit. Where more
 * than one is found at a time the client has more to do, and a worker that lets it go on
 * takes all in one batch.
 *
 * A worker that preempts sees the requests of any client come alone. So it looks once in
 * a while what comes when it does not, less and less often, for that is when a client
 * that waits has to wait for long. Pure.
 */
#ifndef _VSP_BLK_PACE_H
#define _VSP_BLK_PACE_H

#include <linux/types.h>

/* So many that came alone are no chance. */
#define BLK_PACE_LONE	8
/* Wakes from one look to the next: at first, and twice as many each time up to the last. */
#define BLK_PACE_FIRST	64
#define BLK_PACE_LAST	1024

/**
 * struct blk_pace - what is known of a queue; zeroed at first
 * @preempts: the worker does, with the next wake
 * @seen: wakes since that changed
 * @gap: wakes between the last look and the next, 0 for none yet
 */
struct blk_pace {
	bool preempts;
	__u16 seen;
	__u16 gap;
};

/**
 * blk_pace_next() - the worker was woken, and is about to sleep again
 * @p: the queue
 * @most: requests that it found at a time, at most
 *
 * Return: is it to preempt when it is woken next?
 */
static inline bool blk_pace_next(struct blk_pace *p, unsigned int most)
{
	if (!most)
		return p->preempts;
	if (most > 1) {
		*p = (struct blk_pace) {};
		return false;
	}
	p->seen++;
	/* A look lasts one wake. */
	if (p->seen < (p->preempts ? p->gap : p->gap ? 1 : BLK_PACE_LONE))
		return p->preempts;
	p->seen = 0;
	p->preempts = !p->preempts;
	if (p->preempts) {
		p->gap = p->gap ? 2 * p->gap : BLK_PACE_FIRST;
		if (p->gap > BLK_PACE_LAST)
			p->gap = BLK_PACE_LAST;
	}
	return p->preempts;
}

#endif /* _VSP_BLK_PACE_H */
