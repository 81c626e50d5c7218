// SPDX-License-Identifier: GPL-2.0
/*
 * Completions: both sides of a queue produce them, and so does the link.
 *
 * A frame that was sent is over when the client looks; only where it says that it waits
 * does that cost it an interrupt. What is shown without a doorbell that was wanted is
 * remembered, for the ring asks for one doorbell only.
 */
#include "vsp_net.h"

/* The lock is held. @tell: the client waits for it. */
static void push(struct net_queue *nq, u16 tag, u16 status, u32 length, bool tell)
{
	const struct partbus_net_done done = {
		.tag = cpu_to_le16(tag),
		.status = cpu_to_le16(status),
		.length = cpu_to_le32(length),
	};
	struct partbus_queue *q = nq->q;
	int ret;

	lockdep_assert_held(&nq->answer_lock);
	if (!nq->answering)
		return;
	/*
	 * Before the completion can be seen: the client may use the tag again as soon
	 * as it has it. The release that publishes the completion orders the two; what
	 * follows from it is read with acquire.
	 */
	clear_bit(tag, nq->rings.in_flight);
	nq->tell |= tell;
	ret = partbus_queue_push(q, &done);
	/* There is an entry for every tag, so only a peer's lie leaves no room. */
	if (ret) {
		nq->answering = false;
		partbus_channel_break(q->channel, "queue %u: no room for a completion (%d)",
				      q->index, ret);
	}
}

void answer_push(struct net_queue *nq, u16 tag, u16 status, u32 length)
{
	unsigned long flags;

	spin_lock_irqsave(&nq->answer_lock, flags);
	push(nq, tag, status, length, true);
	spin_unlock_irqrestore(&nq->answer_lock, flags);
}

void answer_received(struct net_queue *nq, u16 tag, u32 bytes)
{
	struct partbus_queue_stats *stats = &nq->q->stats;
	unsigned long flags;

	spin_lock_irqsave(&nq->answer_lock, flags);
	stats->requests++;
	stats->bytes += bytes;
	push(nq, tag, PARTBUS_NET_S_OK, bytes, true);
	spin_unlock_irqrestore(&nq->answer_lock, flags);
}

void answer_sent(struct net_queue *nq, const struct net_send *send, u16 status, u32 bytes)
{
	struct partbus_queue_stats *stats = &nq->q->stats;
	unsigned long flags;

	spin_lock_irqsave(&nq->answer_lock, flags);
	stats->requests++;
	stats->bytes += bytes;
	stats->errors += status == PARTBUS_NET_S_DROPPED;
	push(nq, send->tag, status, 0, send->flags & PARTBUS_NET_F_TELL);
	spin_unlock_irqrestore(&nq->answer_lock, flags);
}

void answer_throttled(struct net_queue *nq)
{
	unsigned long flags;

	spin_lock_irqsave(&nq->answer_lock, flags);
	nq->q->stats.throttled++;
	spin_unlock_irqrestore(&nq->answer_lock, flags);
}

/* The lock is held. True: the client is to be rung. */
static bool publish(struct net_queue *nq)
{
	bool ring;

	lockdep_assert_held(&nq->answer_lock);
	if (!nq->answering)
		return false;
	nq->bell_owed |= partbus_queue_publish(nq->q);
	ring = nq->tell && nq->bell_owed;
	/* If it wants none, it looks once more before it does. */
	if (nq->tell)
		nq->bell_owed = false;
	nq->tell = false;
	return ring;
}

void answer_publish(struct net_queue *nq)
{
	unsigned long flags;
	bool ring;

	spin_lock_irqsave(&nq->answer_lock, flags);
	ring = publish(nq);
	spin_unlock_irqrestore(&nq->answer_lock, flags);
	/* A notify() of the other end may take locks of its own: ring outside. */
	if (ring)
		partbus_queue_ring(nq->q);
}

/* The lock is held. True: there is something to be published. */
static bool link_tell(struct net_queue *nq)
{
	bool up = READ_ONCE(nq->port->up);

	if (!nq->link_waits || nq->link_said == up)
		return false;
	nq->link_waits = false;
	push(nq, nq->link_tag, PARTBUS_NET_S_OK, up, true);
	return true;
}

bool answer_link_wait(struct net_queue *nq, u16 tag, bool said)
{
	unsigned long flags;
	bool first;

	spin_lock_irqsave(&nq->answer_lock, flags);
	first = !nq->link_waits;
	if (first) {
		nq->link_waits = true;
		nq->link_said = said;
		nq->link_tag = tag;
		link_tell(nq);
	}
	spin_unlock_irqrestore(&nq->answer_lock, flags);
	return first;
}

void answer_link_return(struct net_queue *nq)
{
	unsigned long flags;

	spin_lock_irqsave(&nq->answer_lock, flags);
	if (nq->link_waits)
		push(nq, nq->link_tag, PARTBUS_NET_S_RETURNED, 0, true);
	nq->link_waits = false;
	spin_unlock_irqrestore(&nq->answer_lock, flags);
}

void answer_link(struct net_port *p)
{
	struct net_queue *nq = &p->queues[0];
	struct partbus_queue *ring = NULL;
	unsigned long flags;

	spin_lock_irqsave(&nq->answer_lock, flags);
	if (nq->answering && link_tell(nq) && publish(nq))
		ring = nq->q;
	spin_unlock_irqrestore(&nq->answer_lock, flags);
	if (ring)
		partbus_queue_ring(ring);
}
