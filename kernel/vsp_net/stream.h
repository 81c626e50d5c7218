/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does a client stream over a queue, or does it await replies? Where requests and
 * replies take turns, as much goes one way as the other; where not, most goes one way.
 * Replies may come over another queue, and other queues may have streams of their own:
 * so it streams if most goes one way over the queue and over all together. Pure.
 */
#ifndef _VSP_NET_STREAM_H
#define _VSP_NET_STREAM_H

#include <linux/types.h>

/* What one poll can count for at most, so that a stream is soon forgotten. */
#define NET_STREAM_MOST		16
/* Of a lead: what one frame in each poll, one way only, makes of it in the end. */
#define NET_STREAM_UNIT		64
/* From where on it is a stream. An acknowledgement beside each reply makes half a unit. */
#define NET_STREAM_FROM		48

/**
 * struct net_stream_count - frames, as weights; they wrap
 * @sent: by the client
 * @got: by it
 */
struct net_stream_count {
	__u32 sent;
	__u32 got;
};

/**
 * struct net_stream_way - what goes one way over what goes the other
 * @last: when @lead was made
 * @lead: an average that falls by an eighth in each poll; below 0 if the client gets more
 */
struct net_stream_way {
	struct net_stream_count last;
	__s32 lead;
};

/**
 * struct net_stream - what is known of a queue
 * @own: of the queue itself
 * @all: of all queues together
 */
struct net_stream {
	struct net_stream_way own;
	struct net_stream_way all;
};

/* What a frame of @bytes counts for: more, if it is as large as segments to be cut. */
static inline __u32 net_stream_weight(__u32 bytes)
{
	return 1 + bytes / 8192;
}

/* Begins anew from these counts. */
static inline void net_stream_begin(struct net_stream *s, const struct net_stream_count *own,
				    const struct net_stream_count *all)
{
	s->own = (struct net_stream_way) { .last = *own };
	s->all = (struct net_stream_way) { .last = *all };
}

static inline bool net_stream_one_way(struct net_stream_way *w,
				      const struct net_stream_count *now)
{
	__s32 more = (__s32)((now->sent - w->last.sent) - (now->got - w->last.got));

	if (more > NET_STREAM_MOST)
		more = NET_STREAM_MOST;
	if (more < -NET_STREAM_MOST)
		more = -NET_STREAM_MOST;
	w->lead += more * (NET_STREAM_UNIT / 8) - w->lead / 8;
	w->last = *now;
	return w->lead >= NET_STREAM_FROM || w->lead <= -NET_STREAM_FROM;
}

/**
 * net_stream_follow() - a poll is over
 * @s: the queue
 * @own: what went over it so far
 * @all: what went over all queues so far
 *
 * Return: whether the client streams.
 */
static inline bool net_stream_follow(struct net_stream *s, const struct net_stream_count *own,
				     const struct net_stream_count *all)
{
	bool one_way = net_stream_one_way(&s->own, own);

	return net_stream_one_way(&s->all, all) && one_way;
}

#endif /* _VSP_NET_STREAM_H */
