/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long frames wait for a client that posts too few slots. While they wait they hold
 * memory of who sent them: a socket of the host, or another guest by way of it. A slot
 * now and then must not renew the client's time, so each slot gives back a part of it
 * only. Pure; times are ticks that wrap.
 */
#ifndef _VSP_NET_STALL_H
#define _VSP_NET_STALL_H

#include <linux/types.h>

/* As many frames give all of the time back. */
#define NET_STALL_FRAMES	32

/**
 * struct net_stall - the time that a client has used up
 * @on: some; else the others are nothing
 * @since: as if it had posted nothing since then
 * @last: when a frame found no slot last
 */
struct net_stall {
	bool on;
	unsigned long since;
	unsigned long last;
};

/**
 * net_stall_over() - there is no slot for a frame
 * @s: the queue
 * @now: the time
 * @most: how long frames wait, at least NET_STALL_FRAMES
 *
 * Return: true if this one is to wait no longer.
 */
static inline bool net_stall_over(struct net_stall *s, unsigned long now, unsigned long most)
{
	/* When none has waited for as long, that was another story. */
	if (!s->on || (long)(now - s->last) > (long)most)
		*s = (struct net_stall) { .on = true, .since = now };
	s->last = now;
	return (long)(now - s->since) >= (long)most;
}

/* There was one. */
static inline void net_stall_filled(struct net_stall *s, unsigned long now, unsigned long most)
{
	if (!s->on)
		return;
	/* What lies further back is forgiven. */
	if ((long)(now - s->since) > (long)most)
		s->since = now - most;
	s->since += most / NET_STALL_FRAMES;
	s->on = (long)(now - s->since) > 0;
}

#endif /* _VSP_NET_STALL_H */
