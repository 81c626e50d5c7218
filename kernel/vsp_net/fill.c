// SPDX-License-Identifier: GPL-2.0
/*
 * The filling side of a queue: frames of the network into slots that the client has
 * posted. Runs under the port's lock of the transmit queue.
 *
 * Without a slot, or above the cap, the transmit queue stops and the network keeps its
 * frames; it goes on when slots are posted or the cap lets more pass. A client that
 * goes on posting too few gets less: the frames of others must not wait for it.
 */
#include <linux/etherdevice.h>

#include "vsp_net.h"

#define STALL_LOOK_NS	(50 * NSEC_PER_MSEC)
#define STALL_MOST	HZ

static struct netdev_queue *txq_of(const struct net_queue *nq)
{
	return netdev_get_tx_queue(nq->port->dev, nq->index);
}

void fill_wake(struct net_queue *nq)
{
	/*
	 * Pairs with the barrier in fill_stop(): either this end sees the queue
	 * stopped, or that one the slots. netif_tx_wake_queue() looks by itself.
	 */
	smp_mb();
	netif_tx_wake_queue(txq_of(nq));
}

static bool slot_there(const struct net_queue *nq)
{
	/* Pairs with the release in take.c. */
	return smp_load_acquire(&nq->posted_head) != nq->posted_tail;
}

/* There is no slot. Stops the queue; true when there is one after all. */
static bool fill_stop(struct net_queue *nq)
{
	netif_tx_stop_queue(txq_of(nq));
	/* Pairs with the barrier in fill_wake(). */
	smp_mb();
	if (!slot_there(nq))
		return false;
	netif_tx_start_queue(txq_of(nq));
	return true;
}

/* No slot for this frame: is it to be dropped, or kept by who sent it? */
static netdev_tx_t fill_starved(struct net_queue *nq, struct sk_buff *skb)
{
	if (!net_stall_over(&nq->stall, jiffies, STALL_MOST)) {
		vsp_sched_hold(&nq->to, STALL_LOOK_NS);
		return NETDEV_TX_BUSY;
	}
	netif_tx_start_queue(txq_of(nq));
	WRITE_ONCE(nq->starved, nq->starved + 1);
	DEV_STATS_INC(nq->port->dev, tx_dropped);
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

static bool unwanted(struct net_queue *nq, const struct sk_buff *skb)
{
	struct net_port *p = nq->port;
	unsigned int seq;
	bool wanted;

	/*
	 * Nobody waits for the writer: it may be what was interrupted. In doubt the
	 * client's own stack sees to it.
	 */
	seq = raw_seqcount_begin(&p->filter_seq);
	wanted = skb_headlen(skb) < ETH_HLEN ||
		 pb_frame_wanted(skb->data, nq->limits.mac, &p->filter);
	wanted |= read_seqcount_retry(&p->filter_seq, seq);
	WRITE_ONCE(nq->unwanted, nq->unwanted + !wanted);
	return !wanted;
}

static netdev_tx_t fill_queue(struct net_queue *nq, struct sk_buff *skb)
{
	struct net_device *dev = nq->port->dev;
	struct partbus_net_header header;
	unsigned int length = skb->len;
	struct pb_frame_info info;
	u64 ns;
	u16 tag;

	if (unwanted(nq, skb)) {
		dev_consume_skb_any(skb);
		return NETDEV_TX_OK;
	}
	if (pb_frame_describe(skb, &nq->limits, true, &header, &info))
		goto drop;
	if (!slot_there(nq) && !fill_stop(nq))
		return fill_starved(nq, skb);
	ns = vsp_sched_charge(&nq->to, info.segments, info.wire);
	if (ns) {
		/* Slots that are posted wake it, too, before its time. */
		if (!nq->filling_held)
			answer_throttled(nq);
		nq->filling_held = true;
		netif_tx_stop_queue(txq_of(nq));
		vsp_sched_hold(&nq->to, ns);
		return NETDEV_TX_BUSY;
	}
	nq->filling_held = false;
	tag = nq->rings.posted[nq->posted_tail & nq->mask];
	if (pb_frame_copy_in(partbus_queue_slot(nq->q, tag), &header, skb))
		goto drop;
	nq->posted_tail++;
	net_stall_filled(&nq->stall, jiffies, STALL_MOST);
	WRITE_ONCE(nq->filled, nq->filled + net_stream_weight(length));
	answer_received(nq, tag, length);
	dev_sw_netstats_tx_add(dev, 1, length);
	dev_consume_skb_any(skb);
	return NETDEV_TX_OK;

drop:
	DEV_STATS_INC(dev, tx_errors);
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

netdev_tx_t fill_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct net_port *p = netdev_priv(dev);
	struct net_queue *nq = &p->queues[skb_get_queue_mapping(skb) % PARTBUS_MAX_QUEUES];
	netdev_tx_t ret;

	/* Between two contracts frames are kept, see net_session_stop(); after the last not. */
	if (!nq->open && !READ_ONCE(p->stopped)) {
		netif_tx_stop_queue(txq_of(nq));
		return NETDEV_TX_BUSY;
	}
	if (!nq->open) {
		DEV_STATS_INC(dev, tx_carrier_errors);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	ret = fill_queue(nq, skb);
	if (!netdev_xmit_more() || netif_xmit_stopped(txq_of(nq)))
		answer_publish(nq);
	return ret;
}

u16 fill_select(struct net_device *dev, struct sk_buff *skb, struct net_device *sb_dev)
{
	struct net_port *p = netdev_priv(dev);
	u32 queues = dev->real_num_tx_queues, map = READ_ONCE(p->map), queue;

	if (map == U32_MAX)
		return netdev_pick_tx(dev, skb, sb_dev);
	queue = pb_frame_queue(skb, map, queues);
	return queue < queues ? queue : pb_frame_spread(skb, map, queues);
}

void fill_return(struct net_queue *nq)
{
	struct netdev_queue *txq = txq_of(nq);

	__netif_tx_lock(txq, smp_processor_id());
	while (slot_there(nq)) {
		answer_push(nq, nq->rings.posted[nq->posted_tail & nq->mask],
			    PARTBUS_NET_S_RETURNED, 0);
		nq->posted_tail++;
	}
	__netif_tx_unlock(txq);
}
