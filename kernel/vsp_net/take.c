// SPDX-License-Identifier: GPL-2.0
/*
 * The taking side of a queue: submissions of the client, and its frames on their way
 * into the network. All of it runs in the queue's NAPI, one at a time.
 *
 * Submissions are taken at once, whatever they are: slots that the client posts must
 * not wait behind its own frames that its cap holds up.
 */
#include <linux/etherdevice.h>
#include <linux/nospec.h>

#include <frame/netdev.h>
#include "vsp_net.h"

/* Taken at most before frames are delivered. */
#define TAKE_MOST	256u

static void take_break(struct net_queue *nq, const char *why)
{
	WRITE_ONCE(nq->taking, false);
	partbus_channel_break(nq->q->channel, "queue %u: %s", nq->index, why);
}

static void set_filter(struct net_queue *nq, const struct pb_frame_request *rq)
{
	struct net_port *p = nq->port;

	/* BH are off; where that leaves the thread preemptible, a writer must not be. */
	preempt_disable_nested();
	write_seqcount_begin(&p->filter_seq);
	p->filter.flags = rq->flags;
	p->filter.count = rq->length / ETH_ALEN;
	memcpy(p->filter.addr, partbus_queue_slot(nq->q, rq->tag) + PARTBUS_NET_HEADER_SIZE,
	       rq->length);
	write_seqcount_end(&p->filter_seq);
	preempt_enable_nested();
}

/* One submission that is right by itself; NULL, or what is wrong with it after all. */
static const char *take_one(struct net_queue *nq, const struct pb_frame_request *rq)
{
	if (nq->draining)
		return "a submission behind a DRAIN";
	switch (rq->op) {
	case PARTBUS_NET_FILTER:
		/* At once; but a flood of them is to be held up by the cap. */
		set_filter(nq, rq);
		fallthrough;
	case PARTBUS_NET_SEND:
		nq->rings.sends[nq->send_head++ & nq->mask] = (struct net_send) {
			.length = rq->length,
			.tag = rq->tag,
			.op = rq->op,
			.flags = rq->flags,
		};
		break;
	case PARTBUS_NET_RECEIVE:
		nq->rings.posted[nq->posted_head & nq->mask] = rq->tag;
		/* Pairs with the acquire in fill.c: the tag is there before the count. */
		smp_store_release(&nq->posted_head, nq->posted_head + 1);
		break;
	case PARTBUS_NET_LINK:
		if (!answer_link_wait(nq, rq->tag, rq->flags & PARTBUS_NET_F_UP))
			return "a second LINK";
		break;
	case PARTBUS_NET_DRAIN:
		nq->draining = true;
		nq->drain_tag = rq->tag;
		break;
	}
	return NULL;
}

/* Takes what there is, at most TAKE_MOST; how many. */
static unsigned int take_submissions(struct net_queue *nq)
{
	struct partbus_net_req raw;
	struct pb_frame_request rq;
	const char *why = NULL;
	unsigned int n;
	int ret;

	for (n = 0; n < TAKE_MOST && READ_ONCE(nq->taking); n++) {
		ret = partbus_queue_pop(nq->q, &raw);
		if (!ret)
			break;
		if (ret < 0) {
			take_break(nq, "an impossible index in the submission ring");
			break;
		}
		if (pb_frame_parse(&raw, nq->index, &nq->limits, &rq, &why)) {
			take_break(nq, why);
			break;
		}
		/* The tag of a client that the CPU only guesses to be good indexes nothing. */
		rq.tag = array_index_nospec(rq.tag, nq->limits.depth);
		if (test_and_set_bit(rq.tag, nq->rings.in_flight)) {
			take_break(nq, "a tag that is in flight");
			break;
		}
		why = take_one(nq, &rq);
		if (why) {
			take_break(nq, why);
			break;
		}
	}
	return n;
}

/* @skb is gone afterwards. Its link header is looked at in the copy that travels on. */
static u16 deliver(struct net_queue *nq, struct sk_buff *skb, const struct pb_frame_info *info)
{
	struct net_device *dev = nq->port->dev;
	u8 link[PB_FRAME_LINK] = {};

	memcpy(link, skb->data, min_t(u32, info->length, sizeof(link)));
	if (!pb_frame_allowed(link, info, &nq->limits)) {
		WRITE_ONCE(nq->refused, nq->refused + 1);
		kfree_skb(skb);
		return PARTBUS_NET_S_DROPPED;
	}
	if (!READ_ONCE(nq->port->up)) {
		DEV_STATS_INC(dev, rx_dropped);
		kfree_skb(skb);
		return PARTBUS_NET_S_OK;
	}
	if (pb_frame_receive(&nq->napi, skb, info, nq->index)) {
		DEV_STATS_INC(dev, rx_frame_errors);
		return PARTBUS_NET_S_DROPPED;
	}
	dev_sw_netstats_rx_add(dev, info->length);
	return PARTBUS_NET_S_OK;
}

static void send_frame(struct net_queue *nq, const struct net_send *send)
{
	u16 status = PARTBUS_NET_S_OK;
	struct sk_buff *skb;

	skb = pb_frame_copy_out(&nq->napi, partbus_queue_slot(nq->q, send->tag), &nq->held);
	if (skb)
		status = deliver(nq, skb, &nq->held);
	else
		DEV_STATS_INC(nq->port->dev, rx_dropped);
	answer_sent(nq, send, status, nq->held.length);
}

/* Finds out what the oldest costs; false when it is a violation. */
static bool send_look(struct net_queue *nq, const struct net_send *send)
{
	const char *why;

	if (send->op == PARTBUS_NET_FILTER) {
		nq->held = (struct pb_frame_info) {
			.segments = 1,
			.wire = PARTBUS_NET_FRAME_MIN + send->length,
		};
		return true;
	}
	if (!pb_frame_read_header(partbus_queue_slot(nq->q, send->tag), send->length,
				  &nq->limits, false, &nq->held, &why))
		return true;
	take_break(nq, why);
	return false;
}

/* Must the oldest wait for the cap? What is to be drained does not: it goes back. */
static bool send_waits(struct net_queue *nq)
{
	u64 ns = 0;

	if (!nq->giving_back)
		ns = vsp_sched_charge(&nq->from, nq->held.segments, nq->held.wire);
	if (ns && !nq->draining) {
		if (!nq->holding)
			answer_throttled(nq);
		nq->holding = true;
		vsp_sched_hold(&nq->from, ns);
		return true;
	}
	nq->holding = false;
	if (ns) {
		nq->giving_back = true;
		vsp_sched_leave(&nq->from);
	}
	return false;
}

/* The oldest that was taken; false when it waits. */
static bool send_one(struct net_queue *nq)
{
	const struct net_send *send = &nq->rings.sends[nq->send_tail & nq->mask];

	/* Once for each, also when it is held up: what was checked is used. */
	if (!nq->holding && !send_look(nq, send))
		return false;
	if (send_waits(nq))
		return false;
	nq->send_tail++;
	if (send->op == PARTBUS_NET_FILTER) {
		answer_push(nq, send->tag, PARTBUS_NET_S_OK, 0);
	} else if (nq->giving_back) {
		/* The client waits for its slots, and keeps the frame. */
		answer_push(nq, send->tag, PARTBUS_NET_S_RETURNED, 0);
	} else {
		send_frame(nq, send);
	}
	return true;
}

static void count_frames(const struct net_queue *nq, struct net_stream_count *own,
			 struct net_stream_count *all)
{
	const struct net_port *p = nq->port;
	unsigned int i;

	*all = (struct net_stream_count) {};
	for (i = 0; i < p->nr; i++) {
		all->sent += READ_ONCE(p->queues[i].taken);
		all->got += READ_ONCE(p->queues[i].filled);
	}
	own->sent = nq->taken;
	own->got = READ_ONCE(nq->filled);
}

static void follow_stream(struct net_queue *nq)
{
	struct net_stream_count own, all;

	count_frames(nq, &own, &all);
	WRITE_ONCE(nq->streams, net_stream_follow(&nq->stream, &own, &all));
}

void take_begin(struct net_queue *nq)
{
	struct net_stream_count own, all;

	count_frames(nq, &own, &all);
	net_stream_begin(&nq->stream, &own, &all);
	nq->streams = false;
}

/* Frames are delivered: gives back the rest, the drain itself at last. */
static void drain(struct net_queue *nq)
{
	fill_return(nq);
	if (!nq->index)
		answer_link_return(nq);
	nq->draining = false;
	nq->giving_back = false;
	answer_push(nq, nq->drain_tag, PARTBUS_NET_S_OK, 0);
}

int take_poll(struct napi_struct *napi, int budget)
{
	struct net_queue *nq = container_of(napi, struct net_queue, napi);
	int work = 0;
	bool more;

	/* Somebody who wants to write to the console; nothing here helps with that. */
	if (!budget)
		return 0;
	more = take_submissions(nq) == TAKE_MOST;
	fill_go_on(nq);
	while (work < budget && nq->send_tail != nq->send_head && READ_ONCE(nq->taking)) {
		if (!send_one(nq))
			break;
		WRITE_ONCE(nq->taken, nq->taken + net_stream_weight(nq->held.length));
		work++;
	}
	follow_stream(nq);
	if (nq->draining && nq->send_tail == nq->send_head)
		drain(nq);
	answer_publish(nq);

	if (!READ_ONCE(nq->taking)) {
		napi_complete_done(napi, 0);
		return 0;
	}
	/*
	 * Armed while the poll is still this one's: afterwards the queue may go. A bell
	 * from here on makes napi_complete_done() poll again.
	 */
	if (more || work == budget || partbus_queue_arm(nq->q))
		return budget;
	napi_complete_done(napi, work);
	return work;
}

void take_kicked(struct irq_work *work)
{
	napi_schedule(&container_of(work, struct net_queue, kick)->napi);
}

void take_run(struct kthread_work *work)
{
	/* With the end of the section the poll runs, if it does not already. */
	local_bh_disable();
	napi_schedule(&container_of(work, struct net_queue, run)->napi);
	local_bh_enable();
}

/*
 * A client that awaits a reply is served at once, on the processor that it rang on. One
 * that streams, whichever way, is not: a thread takes its frames while it goes on,
 * without a doorbell for each and, where there is another processor, beside it.
 */
void take_kick(struct net_queue *nq)
{
	if (READ_ONCE(nq->streams)) {
		kthread_queue_work(nq->port->s->workers[nq->index], &nq->run);
		return;
	}
	pb_frame_kick(&nq->napi, &nq->kick);
}
