// SPDX-License-Identifier: GPL-2.0
/*
 * The taking side of a lane: completions, received frames, and following the lane's
 * mode. All of it runs in the lane's NAPI, one at a time.
 *
 * Completions are believed only for a tag that is out, and only as far as goes with
 * what it was sent for; anything else breaks the channel.
 */
#include "net.h"

#include <linux/etherdevice.h>
#include <linux/nospec.h>

#include <frame/netdev.h>

/* Completions that are taken at most in one poll, whatever they are of. */
#define TAKE_MOST	256u

/**
 * struct take - what one poll has seen
 * @frames: received, or back, and copied: what counts for the budget
 * @sent: of frames that are over
 * @sent_bytes: their bytes
 * @netpoll: for somebody who writes to the console, maybe with interrupts off and with
 *	no other CPU alive: frames are over, but none is made of what came
 * @wrong: what is wrong, or NULL
 */
struct take {
	bool netpoll;
	unsigned int frames;
	unsigned int sent;
	unsigned int sent_bytes;
	const char *wrong;
};

static void tag_over(struct pbn_lane *lane, u16 tag)
{
	lane->slots[tag].op = 0;
	if (tag >= lane->nr_tx)
		return;
	lane->tx_free[lane->free_head & lane->mask] = tag;
	/* Pairs with the acquire in net_send.c: the tag is there before the count. */
	smp_store_release(&lane->free_head, lane->free_head + 1);
}

/* A frame that the server gives back: what is in its slot, as far as it is a frame. */
static void sent_back(struct pbn_lane *lane, u16 tag, const struct take *t)
{
	const void *slot = partbus_queue_slot(lane->q, tag);
	struct pb_frame_info info;
	struct sk_buff *skb = NULL;
	const char *why;

	if (!t->netpoll && READ_ONCE(lane->nic->up) &&
	    !pb_frame_read_header(slot, lane->slots[tag].length, &lane->limits, false, &info,
				  &why))
		skb = pb_frame_copy_out(&lane->napi, slot, &info);
	if (skb && !pb_frame_apply(skb, &info))
		__skb_queue_tail(&lane->returned, skb);
	else
		DEV_STATS_INC(lane->nic->dev, tx_dropped);
}

static void sent_over(struct pbn_lane *lane, const struct pb_frame_answer *a, struct take *t)
{
	t->sent++;
	t->sent_bytes += lane->slots[a->tag].length;
	if (a->status == PARTBUS_NET_S_RETURNED) {
		sent_back(lane, a->tag, t);
		t->frames++;
	} else if (a->status == PARTBUS_NET_S_DROPPED) {
		DEV_STATS_INC(lane->nic->dev, tx_aborted_errors);
	}
	tag_over(lane, a->tag);
}

/* A frame in a slot of ours; the slot is free for the next one afterwards. */
static const char *receive(struct pbn_lane *lane, const struct pb_frame_answer *a,
			   const struct take *t)
{
	const void *slot = partbus_queue_slot(lane->q, a->tag);
	struct net_device *dev = lane->nic->dev;
	struct pb_frame_info info;
	struct sk_buff *skb;
	const char *why;

	if (pb_frame_read_header(slot, a->length, &lane->limits, true, &info, &why))
		return why;
	skb = NULL;
	if (!t->netpoll && READ_ONCE(lane->nic->up))
		skb = pb_frame_copy_out(&lane->napi, slot, &info);
	if (!skb) {
		DEV_STATS_INC(dev, rx_dropped);
		return NULL;
	}
	WRITE_ONCE(lane->received, lane->received + 1);
	if (pb_frame_receive(&lane->napi, skb, &info, lane->index)) {
		WRITE_ONCE(lane->bad, lane->bad + 1);
		DEV_STATS_INC(dev, rx_frame_errors);
	} else {
		dev_sw_netstats_rx_add(dev, info.length);
	}
	return NULL;
}

/* @up: what is known here; the server answers when it is otherwise there. */
static void link_send(struct pbn_lane *lane, u16 tag, bool up)
{
	lane->link_out = true;
	lane->link_tag = tag;
	pbn_send_op(lane, tag, PARTBUS_NET_LINK, up ? PARTBUS_NET_F_UP : 0, 0);
}

static void link_over(struct pbn_lane *lane, const struct pb_frame_answer *a)
{
	lane->link_out = false;
	if (a->status != PARTBUS_NET_S_OK) {
		tag_over(lane, a->tag);
		return;
	}
	pbn_nic_carrier(lane->nic, a->length);
	if (READ_ONCE(lane->mode) == PBN_OPEN && !lane->drain_sent)
		/* Not the carrier, which may not follow: that would be answered at once. */
		link_send(lane, a->tag, a->length);
	else
		tag_over(lane, a->tag);
}

static const char *drain_over(struct pbn_lane *lane, const struct pb_frame_answer *a)
{
	u32 tag;

	lane->drain_sent = false;
	tag_over(lane, a->tag);
	for (tag = 0; tag < lane->limits.depth; tag++)
		if (lane->slots[tag].op)
			return "a DRAIN is answered, and not everything came back";
	lane->drain_answered = true;
	return NULL;
}

static void lane_take_back(struct pbn_lane *lane)
{
	struct netdev_queue *txq = pbn_txq(lane);

	lane->drain_answered = false;
	/* What was still waiting came back in an earlier drain, and was sent later. */
	__netif_tx_lock(txq, smp_processor_id());
	skb_queue_splice_init(&lane->returned, &lane->again);
	__netif_tx_unlock(txq);
	lane->drained = true;
}

static void take_answer(struct pbn_lane *lane, const struct pb_frame_answer *a, u8 op,
			struct take *t)
{
	switch (op) {
	case PARTBUS_NET_SEND:
		sent_over(lane, a, t);
		break;
	case PARTBUS_NET_RECEIVE:
		if (a->status == PARTBUS_NET_S_RETURNED) {
			tag_over(lane, a->tag);
			break;
		}
		t->frames++;
		lane->got++;
		lane->got_bytes += a->length;
		t->wrong = receive(lane, a, t);
		/* Behind a DRAIN nothing may be posted. */
		if (lane->drain_sent)
			tag_over(lane, a->tag);
		else
			pbn_send_op(lane, a->tag, PARTBUS_NET_RECEIVE, 0, 0);
		break;
	case PARTBUS_NET_LINK:
		link_over(lane, a);
		break;
	case PARTBUS_NET_FILTER:
		WRITE_ONCE(lane->nic->filter_out, false);
		tag_over(lane, a->tag);
		break;
	case PARTBUS_NET_DRAIN:
		t->wrong = drain_over(lane, a);
		break;
	}
}

/* Takes one completion; false when there is none, or something wrong. */
static bool take_one(struct pbn_lane *lane, struct take *t)
{
	struct partbus_net_done raw;
	struct pb_frame_answer a;
	int ret, tag;
	u8 op;

	ret = partbus_queue_pop(lane->q, &raw);
	if (!ret)
		return false;
	tag = ret < 0 ? ret : pb_frame_tag(&raw, &lane->limits);
	if (tag < 0) {
		t->wrong = ret < 0 ? "an impossible index" : "a tag beyond the depth";
		return false;
	}
	/* The branch above may be predicted wrongly, with a tag of the peer's choice. */
	tag = array_index_nospec(tag, lane->limits.depth);
	/* Pairs with the release in pbn_send_op(). */
	op = smp_load_acquire(&lane->slots[tag].op);
	if (pb_frame_answered(&raw, op, lane->drain_sent, &lane->limits, &a, &t->wrong))
		return false;
	a.tag = tag;
	take_answer(lane, &a, op, t);
	return !t->wrong;
}

/* Posts all slots and opens the sending side. */
static void lane_open(struct pbn_lane *lane)
{
	struct netdev_queue *txq = pbn_txq(lane);
	u32 tag;
	int link;

	for (tag = lane->nr_tx; tag < lane->limits.depth; tag++)
		if (!lane->slots[tag].op)
			pbn_send_op(lane, tag, PARTBUS_NET_RECEIVE, 0, 0);
	lane->drained = false;

	__netif_tx_lock(txq, smp_processor_id());
	/* Changed meanwhile? Then this is undone by who did it, or by the next poll. */
	if (READ_ONCE(lane->mode) == PBN_OPEN) {
		if (!lane->index && !lane->link_out) {
			link = pbn_send_tag(lane);
			if (link >= 0)
				link_send(lane, link, netif_carrier_ok(lane->nic->dev));
		}
		WRITE_ONCE(lane->open, true);
		/*
		 * If some still wait, the queue is not started. Nor is it stopped: behind a
		 * discipline's back that costs the order of what it has in its hands.
		 */
		if (pbn_send_again(lane))
			netif_tx_start_queue(txq);
	}
	__netif_tx_unlock(txq);
	/*
	 * Not netif_tx_wake_queue(): what byte limits had stopped was released without a
	 * word when the lane was detached, and is not stopped now. A NIC that is not
	 * registered yet has nothing to schedule.
	 */
	if (netif_running(lane->nic->dev))
		netif_schedule_queue(txq);
	if (!lane->index)
		queue_work(pbn_wq, &lane->nic->filter);
}

static void lane_drain(struct pbn_lane *lane)
{
	struct netdev_queue *txq = pbn_txq(lane);
	int tag;

	__netif_tx_lock(txq, smp_processor_id());
	tag = pbn_send_tag(lane);
	__netif_tx_unlock(txq);
	/* Without a tag: one will be answered. */
	if (tag < 0)
		return;
	lane->drain_sent = true;
	pbn_send_op(lane, tag, PARTBUS_NET_DRAIN, 0, 0);
}

/* The last lane says that nothing is in flight. */
static void drain_paid(struct pbn_lane *lane)
{
	struct pbn_nic *nic = lane->nic;

	spin_lock(&nic->drain_lock);
	if (lane->drain_owed) {
		lane->drain_owed = false;
		if (!--nic->draining)
			partbus_channel_quiesced(lane->q->channel);
	}
	spin_unlock(&nic->drain_lock);
}

/* What the mode asks for. */
static void lane_follow(struct pbn_lane *lane)
{
	if (lane->drain_answered)
		lane_take_back(lane);
	switch (READ_ONCE(lane->mode)) {
	case PBN_OPEN:
		if (!READ_ONCE(lane->open) && !lane->drain_sent)
			lane_open(lane);
		break;
	case PBN_DRAINING:
		if (!lane->drained && !lane->drain_sent)
			lane_drain(lane);
		if (lane->drained)
			drain_paid(lane);
		break;
	case PBN_CLOSED:
		break;
	}
}

static void take_wake(struct pbn_lane *lane, struct netdev_queue *txq)
{
	if (lane->open && pbn_send_again(lane))
		netif_tx_wake_queue(txq);
}

/* Tags of the sending half came back, whatever they were for. */
static void take_freed(struct pbn_lane *lane, const struct take *t)
{
	struct netdev_queue *txq = pbn_txq(lane);
	bool wake;

	if (t->sent)
		netdev_tx_completed_queue(txq, t->sent, t->sent_bytes);
	/* Pairs with those in send_stop() and pbn_filter_work(). */
	smp_mb();
	/* Frames that wait while the queue goes on were left by lane_open(). */
	wake = READ_ONCE(lane->open) &&
	       (netif_tx_queue_stopped(txq) || !skb_queue_empty_lockless(&lane->again));
	if (wake && !t->netpoll) {
		__netif_tx_lock(txq, smp_processor_id());
		take_wake(lane, txq);
		__netif_tx_unlock(txq);
	} else if (wake && __netif_tx_trylock(txq)) {
		/* For a console: there may be nobody left who would let go of the lock. */
		take_wake(lane, txq);
		__netif_tx_unlock(txq);
	}
	lane->wake_owed = t->netpoll;
	if (!lane->index && READ_ONCE(lane->nic->filter_owed) &&
	    !READ_ONCE(lane->nic->filter_out))
		queue_work(pbn_wq, &lane->nic->filter);
}

int pbn_take_poll(struct napi_struct *napi, int budget)
{
	struct pbn_lane *lane = container_of(napi, struct pbn_lane, napi);
	u32 freed = lane->free_head;
	struct take t = { .netpoll = !budget };
	unsigned int n = 0;

	if (lane->wrong) {
		if (budget)
			napi_complete_done(napi, 0);
		return 0;
	}
	while (n < TAKE_MOST && (t.netpoll || t.frames < budget) && take_one(lane, &t))
		n++;
	if (lane->free_head != freed || (budget && lane->wake_owed))
		take_freed(lane, &t);
	if (t.wrong) {
		/* Nothing more of this channel is looked at; its end takes all back. */
		lane->wrong = true;
		partbus_channel_break(lane->q->channel, "completion on queue %u: %s",
				      lane->index, t.wrong);
		if (!budget)
			return 0;
		napi_complete_done(napi, t.frames);
		return min_t(int, t.frames, budget - 1);
	}
	if (!budget) {
		pbn_send_publish(lane);
		/* The rest is the poll's proper, whose bell may have rung for what was taken. */
		if (n)
			pbn_take_kick(lane);
		return 0;
	}
	lane_follow(lane);
	pbn_send_publish(lane);
	/*
	 * Armed while the poll is still this one's: afterwards the queue may go. A bell
	 * from here on makes napi_complete_done() poll again.
	 */
	if (n == TAKE_MOST || t.frames == budget || partbus_queue_arm(lane->q))
		return budget;
	napi_complete_done(napi, t.frames);
	return t.frames;
}

void pbn_take_kick(struct pbn_lane *lane)
{
	pb_frame_kick(&lane->napi, &lane->kick);
}
