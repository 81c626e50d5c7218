/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does a client stream, or does it await replies? Where requests and replies take
 * turns, as much goes one way as the other; where not, most goes one way. Pure.
 */
#ifndef _VSP_NET_STREAM_H
#define _VSP_NET_STREAM_H

#include <linux/types.h>

/* What one poll can count for at most, so that a stream is soon forgotten. */
#define NET_STREAM_MOST		16
/* Of the lead: what one frame in each poll, one way only, makes of it in the end. */
#define NET_STREAM_UNIT		64
/* From where on it is a stream. An acknowledgement beside each reply makes half a unit. */
#define NET_STREAM_FROM		48

/* What a frame of @bytes counts for: more, if it is as large as segments to be cut. */
static inline __u32 net_stream_weight(__u32 bytes)
{
	return 1 + bytes / 8192;
}

/**
 * net_stream_follow() - what a poll makes of the lead of one way over the other
 * @lead: so far; 0 in the beginning
 * @sent: by the client in this poll, as weights
 * @got: what it was sent since the last one
 *
 * Return: the lead, an average that falls by an eighth in each poll; below 0 if the
 * client gets more than it sends.
 */
static inline __s32 net_stream_follow(__s32 lead, __u32 sent, __u32 got)
{
	__s32 more = (__s32)(sent - got);

	if (more > NET_STREAM_MOST)
		more = NET_STREAM_MOST;
	if (more < -NET_STREAM_MOST)
		more = -NET_STREAM_MOST;
	return lead - lead / 8 + more * (NET_STREAM_UNIT / 8);
}

static inline bool net_streams(__s32 lead)
{
	return lead >= NET_STREAM_FROM || lead <= -NET_STREAM_FROM;
}

#endif /* _VSP_NET_STREAM_H */
