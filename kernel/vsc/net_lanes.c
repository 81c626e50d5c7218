// SPDX-License-Identifier: GPL-2.0
/*
 * All lanes of a NIC together: the moves between paths and contracts. What goes over a
 * lane is in net_send.c and net_take.c.
 */
#include "net.h"

#include <linux/nospec.h>
#include <linux/slab.h>

/* Any context, see struct partbus_listener. */
static void lane_notify(struct partbus_queue *q)
{
	pbn_take_kick(q->priv);
}

static void lane_kicked(struct irq_work *work)
{
	napi_schedule(&container_of(work, struct pbn_lane, kick)->napi);
}

/*
 * Doorbells are hints and may get lost, in both directions: look at what came, and ring
 * again for what was not taken. A doorbell too many does no harm.
 */
static void lanes_watch(struct work_struct *work)
{
	struct pbn_nic *nic = container_of(to_delayed_work(work), struct pbn_nic, watch);
	unsigned int i;

	for (i = 0; i < READ_ONCE(nic->attached); i++) {
		struct pbn_lane *lane = &nic->lanes[i];

		if (partbus_queue_pending(lane->q))
			pbn_take_kick(lane);
		pbn_send_watch(lane);
	}
	queue_delayed_work(pbn_wq, &nic->watch, PBN_WATCH_INTERVAL);
}

void pbn_lanes_init(struct pbn_nic *nic)
{
	unsigned int i;

	spin_lock_init(&nic->drain_lock);
	INIT_DELAYED_WORK(&nic->watch, lanes_watch);
	for (i = 0; i < PARTBUS_MAX_QUEUES; i++) {
		struct pbn_lane *lane = &nic->lanes[i];

		lane->nic = nic;
		lane->index = i;
		lane->mode = PBN_CLOSED;
		init_irq_work(&lane->kick, lane_kicked);
		__skb_queue_head_init(&lane->returned);
		__skb_queue_head_init(&lane->again);
		spin_lock_init(&lane->post_lock);
		netif_napi_add(nic->dev, &lane->napi, pbn_take_poll);
	}
}

static int lane_alloc(struct pbn_slot **slots, u16 **tx_free, const struct pb_layout *l)
{
	*slots = kvcalloc(l->depth, sizeof(**slots), GFP_KERNEL);
	*tx_free = kvcalloc(l->ring_entries, sizeof(**tx_free), GFP_KERNEL);
	return *slots && *tx_free ? 0 : -ENOMEM;
}

static void lane_attach(struct pbn_lane *lane, const struct pb_contract *c,
			struct partbus_data *data, struct pbn_slot *slots, u16 *tx_free)
{
	struct partbus_queue *q = &data->queues[lane->index];
	struct partbus_net_done stale;
	unsigned int i;

	/*
	 * A channel that goes on may bring the same rings. The server starts with
	 * nothing in flight, so whatever is there now is stale.
	 */
	for (i = 0; i < 2 * PARTBUS_MAX_DEPTH; i++)
		if (partbus_queue_pop(q, &stale) <= 0)
			break;

	spin_lock_irq(&lane->post_lock);
	lane->q = q;
	/* A queue that goes on has not forgotten what it counted. */
	lane->former.sent -= atomic64_read(&q->stats.doorbells_sent);
	lane->former.received -= atomic64_read(&q->stats.doorbells_received);
	lane->former.rearms -= q->stats.rearms;
	spin_unlock_irq(&lane->post_lock);
	lane->slots = slots;
	lane->tx_free = tx_free;
	lane->mask = data->layout.ring_entries - 1;
	lane->nr_tx = q->depth / 2;
	pb_frame_limits_from(&lane->limits, c, q);
	for (i = 0; i < lane->nr_tx; i++)
		tx_free[i] = i;
	lane->free_head = lane->nr_tx;
	lane->free_tail = 0;
	lane->drained = true;
	lane->drain_answered = false;
	lane->drain_sent = false;
	lane->wake_owed = false;
	lane->link_out = false;
	lane->wrong = false;
	lane->loud = false;
	lane->bell_owed = false;
	lane->quiet = 0;
	if (!lane->index)
		WRITE_ONCE(lane->nic->filter_out, false);
	WRITE_ONCE(lane->mode, PBN_OPEN);
	napi_enable(&lane->napi);
	lane->enabled = true;
	q->priv = lane;
	q->notify = lane_notify;
	partbus_queue_listen(q);
	/* Posts slots and opens the sending side. */
	pbn_take_kick(lane);
}

/* Both under the lock: nothing is sent behind a DRAIN that the mode has asked for. */
static void lane_close(struct pbn_lane *lane, enum pbn_mode mode)
{
	struct netdev_queue *txq = pbn_txq(lane);

	__netif_tx_lock_bh(txq);
	WRITE_ONCE(lane->mode, mode);
	WRITE_ONCE(lane->open, false);
	__netif_tx_unlock_bh(txq);
}

/*
 * Frames that were sent and not answered. Answers that nobody waited for may not have
 * been looked at; only counters depend on them.
 */
static void lane_count_lost(struct pbn_lane *lane)
{
	struct partbus_net_done done;
	u32 n, tag;
	int ret;

	for (n = 0; n < lane->limits.depth && !lane->wrong; n++) {
		if (partbus_queue_pop(lane->q, &done) <= 0)
			break;
		ret = pb_frame_tag(&done, &lane->limits);
		if (ret < 0)
			break;
		tag = array_index_nospec(ret, lane->limits.depth);
		if (le16_to_cpu(done.status) != PARTBUS_NET_S_RETURNED)
			lane->slots[tag].op = 0;
	}
	for (tag = 0; tag < lane->limits.depth; tag++)
		if (lane->slots[tag].op == PARTBUS_NET_SEND)
			DEV_STATS_INC(lane->nic->dev, tx_dropped);
}

void pbn_lane_bells(const struct pbn_lane *lane, struct pbn_bells *bells)
{
	const struct partbus_queue *q = lane->q;

	lockdep_assert_held(&lane->post_lock);
	*bells = lane->former;
	if (!q)
		return;
	bells->sent += atomic64_read(&q->stats.doorbells_sent);
	bells->received += atomic64_read(&q->stats.doorbells_received);
	bells->rearms += q->stats.rearms;
}

/* What the queue has counted is not forgotten. */
static void lane_forget(struct pbn_lane *lane)
{
	struct pbn_bells bells;

	spin_lock_irq(&lane->post_lock);
	pbn_lane_bells(lane, &bells);
	lane->former = bells;
	lane->q = NULL;
	spin_unlock_irq(&lane->post_lock);
}

/* Frames that wait stay for the next contract, if there is one at once. */
static void lane_detach(struct pbn_lane *lane, bool over)
{
	struct netdev_queue *txq = pbn_txq(lane);
	struct sk_buff_head list;

	if (!lane->enabled)
		return;
	__skb_queue_head_init(&list);
	lane_close(lane, over ? PBN_CLOSED : PBN_DRAINING);
	partbus_queue_unlisten(lane->q);
	irq_work_sync(&lane->kick);
	napi_disable(&lane->napi);
	/* The last poll may have kicked itself. */
	irq_work_sync(&lane->kick);
	lane->enabled = false;

	lane_count_lost(lane);
	/* Nothing is sent, but frames may still be kept, unless it is over. */
	__netif_tx_lock_bh(txq);
	skb_queue_splice_init(&lane->returned, &lane->again);
	__netif_tx_unlock_bh(txq);
	/* There is no next contract; and the lane is closed, so no more are kept. */
	if (over) {
		pbn_send_take_again(lane, &list);
		pbn_send_drop(lane->nic, &list);
	}
	netdev_tx_reset_queue(txq);
	WRITE_ONCE(lane->q->stats.in_flight, 0);
	lane_forget(lane);
	kvfree(lane->slots);
	kvfree(lane->tx_free);
	lane->slots = NULL;
	lane->tx_free = NULL;
}

/* Nobody waits for a drain any more. */
static void drains_forgive(struct pbn_nic *nic)
{
	unsigned int i;

	spin_lock_bh(&nic->drain_lock);
	for (i = 0; i < PARTBUS_MAX_QUEUES; i++)
		nic->lanes[i].drain_owed = false;
	nic->draining = 0;
	spin_unlock_bh(&nic->drain_lock);
}

static void lanes_detach(struct pbn_nic *nic, bool over)
{
	unsigned int i;

	lockdep_assert_held(&nic->head.lock);
	cancel_delayed_work_sync(&nic->watch);
	for (i = 0; i < PARTBUS_MAX_QUEUES; i++)
		lane_detach(&nic->lanes[i], over);
	drains_forgive(nic);
	WRITE_ONCE(nic->attached, 0);
}

void pbn_lanes_detach(struct pbn_nic *nic)
{
	pbn_nic_carrier(nic, false);
	lanes_detach(nic, true);
	/* A last answer to a LINK may have come in between. */
	pbn_nic_carrier(nic, false);
}

/*
 * Lanes that fell out of use: their frames go over the first. Not any number of them: a
 * server can have that happen again and again.
 */
static void lanes_gather(struct pbn_nic *nic, u32 queues)
{
	struct netdev_queue *txq = pbn_txq(&nic->lanes[0]);
	struct sk_buff_head *first = &nic->lanes[0].again;
	struct sk_buff_head list;
	unsigned int i;

	__skb_queue_head_init(&list);
	for (i = queues; i < PARTBUS_MAX_QUEUES; i++) {
		struct pbn_lane *lane = &nic->lanes[i];

		lane_close(lane, PBN_CLOSED);
		/* The locks of two queues do not nest. */
		pbn_send_take_again(lane, &list);
	}
	__netif_tx_lock_bh(txq);
	while (skb_queue_len(first) < PARTBUS_MAX_DEPTH && !skb_queue_empty(&list))
		__skb_queue_tail(first, __skb_dequeue(&list));
	__netif_tx_unlock_bh(txq);
	pbn_send_drop(nic, &list);
}

int pbn_lanes_attach(struct pbn_nic *nic, const struct pb_contract *c, struct partbus_data *data)
{
	u32 queues = data->layout.queues, i;
	struct pbn_slot **slots;
	u16 **tx_free;
	int ret = 0;

	lockdep_assert_held(&nic->head.lock);
	/* First what may fail: on error the lanes are as they were. */
	slots = kcalloc(queues, sizeof(*slots), GFP_KERNEL);
	tx_free = kcalloc(queues, sizeof(*tx_free), GFP_KERNEL);
	if (!slots || !tx_free)
		ret = -ENOMEM;
	for (i = 0; i < queues && !ret; i++)
		ret = lane_alloc(&slots[i], &tx_free[i], &data->layout);
	if (ret) {
		for (i = 0; slots && tx_free && i < queues; i++) {
			kvfree(slots[i]);
			kvfree(tx_free[i]);
		}
		goto out;
	}
	lanes_detach(nic, false);
	lanes_gather(nic, queues);
	WRITE_ONCE(nic->map, pb_contract_get(c, PB_PRIORITY_MAP, U32_MAX));
	WRITE_ONCE(nic->speed, pb_contract_get(c, PB_SPEED, 0));
	WRITE_ONCE(nic->room, pb_frame_room_from(c));
	WRITE_ONCE(nic->depth, pb_contract_get(c, PB_DEPTH, 0));
	for (i = 0; i < queues; i++)
		lane_attach(&nic->lanes[i], c, data, slots[i], tx_free[i]);
	WRITE_ONCE(nic->attached, queues);
	queue_delayed_work(pbn_wq, &nic->watch, PBN_WATCH_INTERVAL);
out:
	kfree(slots);
	kfree(tx_free);
	return ret;
}

void pbn_lanes_quiesce(struct pbn_nic *nic, struct partbus_channel *ch)
{
	unsigned int i;

	lockdep_assert_held(&nic->head.lock);
	/* Closed first: a poll that is under way must not pay for a lane that it may open. */
	for (i = 0; i < nic->attached; i++)
		lane_close(&nic->lanes[i], PBN_DRAINING);
	spin_lock_bh(&nic->drain_lock);
	for (i = 0; i < nic->attached; i++)
		nic->lanes[i].drain_owed = true;
	nic->draining = nic->attached;
	spin_unlock_bh(&nic->drain_lock);
	for (i = 0; i < nic->attached; i++)
		pbn_take_kick(&nic->lanes[i]);
	if (!nic->attached)
		partbus_channel_quiesced(ch);
}

void pbn_lanes_resume(struct pbn_nic *nic)
{
	unsigned int i;

	lockdep_assert_held(&nic->head.lock);
	drains_forgive(nic);
	for (i = 0; i < nic->attached; i++) {
		WRITE_ONCE(nic->lanes[i].mode, PBN_OPEN);
		pbn_take_kick(&nic->lanes[i]);
	}
}
