// SPDX-License-Identifier: GPL-2.0
/*
 * The filling side of a queue: frames of the network into slots that the client has
 * posted. Runs under the port's lock of the transmit queue, in ndo_start_xmit or, for
 * frames that had to wait, in the NAPI.
 *
 * Without a slot, or above the cap, the frame at hand is kept, the transmit queue stops,
 * and the network keeps the others; the taking side goes on with it when slots are posted
 * or the cap lets more pass. It is never NETDEV_TX_BUSY: a queueing discipline that had
 * taken several out at once puts one that is refused behind the others. A client that
 * goes on posting too few gets less: the frames of others must not wait for it.
 */
#include <linux/etherdevice.h>

#include "vsp_net.h"

#define STALL_LOOK_NS	(50 * NSEC_PER_MSEC)
#define STALL_MOST	HZ
/* One is kept; more only of who does not ask whether the queue is stopped. */
#define KEPT_MOST	64u

static struct netdev_queue *txq_of(const struct net_queue *nq)
{
	return netdev_get_tx_queue(nq->port->dev, nq->index);
}

static bool slot_there(const struct net_queue *nq)
{
	/* Pairs with the release in take.c. */
	return smp_load_acquire(&nq->posted_head) != nq->posted_tail;
}

/* The frame that the cap held up is gone without having been charged. */
static void fill_leave(struct net_queue *nq)
{
	if (nq->filling_held)
		vsp_sched_leave(&nq->to);
	nq->filling_held = false;
}

/* No slot for this frame: is it to be dropped, or for how long does it wait? */
static u64 fill_starved(struct net_queue *nq, struct sk_buff *skb)
{
	if (!net_stall_over(&nq->stall, jiffies, STALL_MOST))
		return STALL_LOOK_NS;
	fill_leave(nq);
	WRITE_ONCE(nq->starved, nq->starved + 1);
	DEV_STATS_INC(nq->port->dev, tx_dropped);
	kfree_skb(skb);
	return 0;
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

/* 0, and the frame is gone; or after how many nanoseconds it is to be tried again. */
static u64 fill_frame(struct net_queue *nq, struct sk_buff *skb)
{
	struct net_device *dev = nq->port->dev;
	struct partbus_net_header header;
	unsigned int length = skb->len;
	struct pb_frame_info info;
	u64 ns;
	u16 tag;

	if (unwanted(nq, skb)) {
		fill_leave(nq);
		dev_consume_skb_any(skb);
		return 0;
	}
	if (pb_frame_describe(skb, &nq->limits, true, &header, &info))
		goto drop;
	if (!slot_there(nq))
		return fill_starved(nq, skb);
	ns = vsp_sched_charge(&nq->to, info.segments, info.wire);
	if (ns) {
		/* Slots that are posted have it tried, too, before its time. */
		if (!nq->filling_held)
			answer_throttled(nq);
		nq->filling_held = true;
		return ns;
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
	return 0;

drop:
	fill_leave(nq);
	DEV_STATS_INC(dev, tx_errors);
	kfree_skb(skb);
	return 0;
}

/* Goes on with what is kept; true when nothing of it is left. */
static bool fill_kept(struct net_queue *nq)
{
	struct sk_buff *skb;
	u64 ns;

	while ((skb = __skb_dequeue(&nq->kept))) {
		ns = fill_frame(nq, skb);
		if (ns) {
			__skb_queue_head(&nq->kept, skb);
			vsp_sched_hold(&nq->to, ns);
			return false;
		}
	}
	return true;
}

static void fill_keep(struct net_queue *nq, struct sk_buff *skb)
{
	netif_tx_stop_queue(txq_of(nq));
	if (skb_queue_len(&nq->kept) >= KEPT_MOST) {
		DEV_STATS_INC(nq->port->dev, tx_dropped);
		kfree_skb(skb);
		return;
	}
	__skb_queue_tail(&nq->kept, skb);
}

/* Fills a slot with a frame, or keeps it until somebody looks again. */
static void fill_queue(struct net_queue *nq, struct sk_buff *skb)
{
	u64 ns;

	if (!skb_queue_empty(&nq->kept)) {
		fill_keep(nq, skb);
		return;
	}
	ns = fill_frame(nq, skb);
	if (!ns)
		return;
	fill_keep(nq, skb);
	/* The timer, or who posts slots, must find the frame. */
	vsp_sched_hold(&nq->to, ns);
	/* Pairs with the barrier in fill_go_on(): that sees the frame, or this the slots. */
	smp_mb();
	if (!nq->filling_held && slot_there(nq) && fill_kept(nq))
		netif_tx_start_queue(txq_of(nq));
}

netdev_tx_t fill_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct net_port *p = netdev_priv(dev);
	struct net_queue *nq = &p->queues[skb_get_queue_mapping(skb) % PARTBUS_MAX_QUEUES];

	/* Between two contracts frames are kept, see net_session_stop(); after the last not. */
	if (!nq->open && !READ_ONCE(p->stopped)) {
		fill_keep(nq, skb);
		return NETDEV_TX_OK;
	}
	if (!nq->open) {
		DEV_STATS_INC(dev, tx_carrier_errors);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	fill_queue(nq, skb);
	if (!netdev_xmit_more() || netif_xmit_stopped(txq_of(nq)))
		answer_publish(nq);
	return NETDEV_TX_OK;
}

void fill_go_on(struct net_queue *nq)
{
	struct netdev_queue *txq = txq_of(nq);

	/* Pairs with the barrier in fill_queue(). */
	smp_mb();
	if (skb_queue_empty_lockless(&nq->kept))
		return;
	__netif_tx_lock(txq, smp_processor_id());
	if (nq->open && fill_kept(nq))
		netif_tx_wake_queue(txq);
	__netif_tx_unlock(txq);
}

void fill_drop_kept(struct net_queue *nq)
{
	struct netdev_queue *txq = txq_of(nq);
	struct sk_buff_head list;
	struct sk_buff *skb;

	__skb_queue_head_init(&list);
	__netif_tx_lock_bh(txq);
	skb_queue_splice_init(&nq->kept, &list);
	fill_leave(nq);
	__netif_tx_unlock_bh(txq);
	while ((skb = __skb_dequeue(&list))) {
		DEV_STATS_INC(nq->port->dev, tx_dropped);
		kfree_skb(skb);
	}
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
