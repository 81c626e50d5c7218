// SPDX-License-Identifier: GPL-2.0
/* The sending side of a lane: see net.h. */
#include "net.h"

#include <linux/etherdevice.h>

/* Interrupts without any other reason, in a round of the sending half. */
#define TELLS_A_ROUND	4u
/* Of all slots of a queue, how many may be posted without the server's knowing. */
#define QUIET_PART	8u

/*
 * Has the server something to look at? Slots that were posted are no reason as long as
 * they are few: half of the slots are for receiving, so it has more of them, or this end
 * has, and will post them.
 */
static bool server_due(const struct pbn_lane *lane)
{
	int unread;

	lockdep_assert_held(&lane->post_lock);
	unread = partbus_queue_unread(lane->q);
	return unread < 0 || unread > lane->quiet || unread >= lane->limits.depth / QUIET_PART;
}

void pbn_send_publish(struct pbn_lane *lane)
{
	struct partbus_queue *q = lane->q;
	unsigned long flags;
	bool ring = false;

	spin_lock_irqsave(&lane->post_lock, flags);
	lane->bell_owed |= partbus_queue_publish(q);
	if (lane->bell_owed && (lane->loud || server_due(lane))) {
		ring = true;
		lane->bell_owed = false;
	}
	/* If it wants no doorbell, it looks once more before it does. */
	lane->loud = false;
	spin_unlock_irqrestore(&lane->post_lock, flags);
	if (ring)
		partbus_queue_ring(q);
}

void pbn_send_watch(struct pbn_lane *lane)
{
	struct partbus_queue *q = lane->q;
	bool ring;

	spin_lock_irq(&lane->post_lock);
	lane->bell_owed |= partbus_queue_publish(q);
	ring = server_due(lane);
	/* Whether it was asked for or not: that is what may be lost. */
	if (ring)
		lane->bell_owed = false;
	q->stats.rearms += ring;
	spin_unlock_irq(&lane->post_lock);
	if (ring)
		partbus_queue_ring(q);
}

void pbn_send_op(struct pbn_lane *lane, u16 tag, u8 op, u8 flags, u32 length)
{
	const struct partbus_net_req req = {
		.op = op,
		.flags = flags,
		.tag = cpu_to_le16(tag),
		.length = cpu_to_le32(length),
	};
	struct partbus_queue *q = lane->q;
	unsigned long irq;
	int ret;

	/* From here on the other end may answer: see net.h. Pairs with the acquire there. */
	smp_store_release(&lane->slots[tag].op, op);
	spin_lock_irqsave(&lane->post_lock, irq);
	ret = partbus_queue_push(q, &req);
	if (op == PARTBUS_NET_RECEIVE) {
		lane->quiet++;
		/* For the taking side, which posts, that spares a lock of its own. */
		q->stats.requests += lane->got;
		q->stats.bytes += lane->got_bytes;
		lane->got = 0;
		lane->got_bytes = 0;
	} else {
		lane->loud = true;
		lane->quiet = 0;
	}
	if (op == PARTBUS_NET_SEND) {
		q->stats.requests++;
		q->stats.bytes += length;
	}
	spin_unlock_irqrestore(&lane->post_lock, irq);
	/*
	 * There is an entry for every slot, so a full ring is a peer that answered
	 * without having taken. The channel's end takes everything back.
	 */
	if (ret)
		partbus_channel_break(q->channel, "submission ring of queue %u: error %d",
				      q->index, ret);
}

static bool tag_there(const struct pbn_lane *lane)
{
	/* Pairs with the release in net_take.c. */
	return smp_load_acquire(&lane->free_head) != lane->free_tail;
}

int pbn_send_tag(struct pbn_lane *lane)
{
	if (!tag_there(lane))
		return -ENOSPC;
	return lane->tx_free[lane->free_tail++ & lane->mask];
}

/* Takes a tag that was not used after all back to where it came from. */
static void send_untag(struct pbn_lane *lane)
{
	lane->free_tail--;
}

/* Is the answer to the frame that took the last tag waited for? */
static bool send_tell(const struct pbn_lane *lane)
{
	return netif_xmit_stopped(pbn_txq(lane)) || !tag_there(lane) ||
	       lane->free_tail % (lane->nr_tx / TELLS_A_ROUND) == 0;
}

/* A frame is this NIC's now: sent, or kept. */
static void send_count(struct pbn_lane *lane, const struct sk_buff *skb)
{
	WRITE_ONCE(lane->sent, lane->sent + 1);
	dev_sw_netstats_tx_add(lane->nic->dev, 1, skb->len);
}

/* Sends a frame (@again: that was counted): -ENOSPC when there is no slot; else it is gone. */
static int send_frame(struct pbn_lane *lane, struct sk_buff *skb, bool again)
{
	struct net_device *dev = lane->nic->dev;
	struct partbus_net_header header;
	struct pb_frame_info info;
	unsigned int length = skb->len;
	int tag;

	if (pb_frame_describe(skb, &lane->limits, false, &header, &info))
		goto drop;
	tag = pbn_send_tag(lane);
	if (tag < 0)
		return tag;
	if (pb_frame_copy_in(partbus_queue_slot(lane->q, tag), &header, skb)) {
		send_untag(lane);
		goto drop;
	}
	if (!again)
		send_count(lane, skb);
	skb_tx_timestamp(skb);
	/* Before the answer can come, which says that it is completed. */
	netdev_tx_sent_queue(pbn_txq(lane), length);
	lane->slots[tag].length = length;
	pbn_send_op(lane, tag, PARTBUS_NET_SEND, send_tell(lane) ? PARTBUS_NET_F_TELL : 0,
		    length);
	dev_consume_skb_any(skb);
	return 0;

drop:
	DEV_STATS_INC(dev, tx_errors);
	dev_kfree_skb_any(skb);
	return -EINVAL;
}

/* Is there a tag that frames which wait do not need? */
static bool may_send(const struct pbn_lane *lane)
{
	return skb_queue_empty(&lane->again) && tag_there(lane);
}

bool pbn_send_again(struct pbn_lane *lane)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&lane->again))) {
		if (send_frame(lane, skb, true) == -ENOSPC) {
			__skb_queue_head(&lane->again, skb);
			break;
		}
	}
	return may_send(lane);
}

void pbn_send_take_again(struct pbn_lane *lane, struct sk_buff_head *list)
{
	struct netdev_queue *txq = pbn_txq(lane);

	__netif_tx_lock_bh(txq);
	skb_queue_splice_tail_init(&lane->again, list);
	__netif_tx_unlock_bh(txq);
}

void pbn_send_drop(struct pbn_nic *nic, struct sk_buff_head *list)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list))) {
		DEV_STATS_INC(nic->dev, tx_dropped);
		dev_kfree_skb_any(skb);
	}
}

/* Until the taking side finds that there are tags, or opens the lane. */
static void send_stop(struct pbn_lane *lane)
{
	netif_tx_stop_queue(pbn_txq(lane));
	/* Pairs with the barrier in net_take.c: one of both sees what the other did. */
	smp_mb();
	if (lane->open && tag_there(lane) && pbn_send_again(lane))
		netif_tx_start_queue(pbn_txq(lane));
}

/*
 * A frame that cannot be sent now. It is not NETDEV_TX_BUSY: a queueing discipline that
 * had taken several out at once puts one that is refused behind the others. There is one
 * for each time that the queue stops; more come only from who does not ask whether it
 * has, or starts it by bringing the NIC down and up.
 */
static void send_keep(struct pbn_lane *lane, struct sk_buff *skb)
{
	if (skb_queue_len(&lane->again) >= PARTBUS_MAX_DEPTH) {
		DEV_STATS_INC(lane->nic->dev, tx_dropped);
		dev_kfree_skb_any(skb);
		return;
	}
	WRITE_ONCE(lane->kept, lane->kept + 1);
	send_count(lane, skb);
	__skb_queue_tail(&lane->again, skb);
}

/* Without a path, and not only between two contracts. */
static void send_drop(struct pbn_lane *lane, struct sk_buff *skb)
{
	DEV_STATS_INC(lane->nic->dev, tx_carrier_errors);
	dev_kfree_skb_any(skb);
}

netdev_tx_t pbn_send_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct pbn_nic *nic = netdev_priv(dev);
	struct pbn_lane *lane = &nic->lanes[skb_get_queue_mapping(skb) % PARTBUS_MAX_QUEUES];
	bool more = netdev_xmit_more();

	if (!lane->open) {
		if (READ_ONCE(lane->mode) == PBN_CLOSED) {
			send_drop(lane, skb);
		} else {
			send_keep(lane, skb);
			send_stop(lane);
		}
		return NETDEV_TX_OK;
	}
	if (may_send(lane))
		send_frame(lane, skb, false);
	else
		send_keep(lane, skb);
	if (!may_send(lane))
		send_stop(lane);
	if (!more || netif_xmit_stopped(pbn_txq(lane)))
		pbn_send_publish(lane);
	return NETDEV_TX_OK;
}

u16 pbn_send_select(struct net_device *dev, struct sk_buff *skb, struct net_device *sb_dev)
{
	struct pbn_nic *nic = netdev_priv(dev);
	u32 queues = dev->real_num_tx_queues, map = READ_ONCE(nic->map), queue;
	u32 attached = READ_ONCE(nic->attached);

	/* The netdev follows the contract, but later. */
	if (attached && attached < queues)
		queues = attached;
	if (map == U32_MAX)
		return netdev_pick_tx(dev, skb, sb_dev) % queues;
	queue = pb_frame_queue(skb, map, queues);
	return queue < queues ? queue : pb_frame_spread(skb, map, queues);
}
