/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many interrupts for nothing are taken from a line, one after the other. An honest
 * peer rings for an entry; that a poll has taken the entry before happens, but not many
 * times in a row. Pure; times are ticks that wrap.
 */
#ifndef _PB_PATIENCE_H
#define _PB_PATIENCE_H

#include <linux/types.h>

/* So many within a period without one that has a reason. */
#define PB_PATIENCE_FULL	64u
/* When the line has been off, until there is a reason or a period has passed. */
#define PB_PATIENCE_TRIAL	16u

/**
 * struct pb_patience - what is left for a line
 * @left: interrupts without a reason that are still taken
 * @since: when the last one with a reason came, or @left began anew
 */
struct pb_patience {
	unsigned int left;
	unsigned long since;
};

/* The line is trusted, as it is at first. */
static inline void pb_patience_renew(struct pb_patience *p, unsigned long now)
{
	p->left = PB_PATIENCE_FULL;
	p->since = now;
}

/**
 * pb_patience_over() - an interrupt has come
 * @p: of its line
 * @reason: there was something to be found
 * @now: the time
 * @period: in which they are counted
 *
 * Return: true if the line is to be turned off.
 */
static inline bool pb_patience_over(struct pb_patience *p, bool reason, unsigned long now,
				    unsigned long period)
{
	if (reason || (long)(now - p->since) > (long)period) {
		pb_patience_renew(p, now);
		return false;
	}
	return !--p->left;
}

/**
 * pb_patience_trial() - the line was off, and is to be turned on again
 * @p: of the line
 * @reason: there was something to be found meanwhile
 * @now: the time
 */
static inline void pb_patience_trial(struct pb_patience *p, bool reason, unsigned long now)
{
	pb_patience_renew(p, now);
	if (!reason)
		p->left = PB_PATIENCE_TRIAL;
}

#endif /* _PB_PATIENCE_H */
