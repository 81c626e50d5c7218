// SPDX-License-Identifier: GPL-2.0
/*
 * How queues of a port begin, pause and end with the contracts of their session.
 *
 * Contexts that can be inside a queue when it is to end, and why they do:
 *  - notify(): partbus_queue_unlisten() waits for it
 *  - whoever fills a slot: @open is cleared under the transmit queue's lock
 *  - the NAPI: napi_disable() waits for it
 *  - the timers of held frames: cancelled, and once more when neither side is left to
 *    arm them
 *  - the kick and the run: waited for after all that queue them
 *  - the link's word to the client: @answering is cleared under its lock; and the RTNL,
 *    under which it is given, is taken by every start and by the end
 */
#include <linux/slab.h>

#include "vsp_net.h"

static void rings_free(struct net_rings *r)
{
	bitmap_free(r->in_flight);
	kvfree(r->sends);
	kvfree(r->posted);
	memset(r, 0, sizeof(*r));
}

static int rings_alloc(struct net_rings *r, const struct pb_layout *l)
{
	r->in_flight = bitmap_zalloc(l->depth, GFP_NOIO);
	r->sends = kvcalloc(l->ring_entries, sizeof(*r->sends), GFP_NOIO);
	r->posted = kvcalloc(l->ring_entries, sizeof(*r->posted), GFP_NOIO);
	if (r->in_flight && r->sends && r->posted)
		return 0;
	rings_free(r);
	return -ENOMEM;
}

/* Any context, see struct partbus_listener. */
static void queue_notify(struct partbus_queue *q)
{
	take_kick(q->priv);
}

/* The queue has rings for @data. */
static void queue_open(struct net_queue *nq, const struct pb_contract *c,
		       struct partbus_data *data)
{
	struct netdev_queue *txq = netdev_get_tx_queue(nq->port->dev, nq->index);
	struct partbus_queue *q = &data->queues[nq->index];

	WRITE_ONCE(nq->q, q);
	nq->mask = data->layout.ring_entries - 1;
	pb_frame_limits_from(&nq->limits, c, q);
	vsp_queue_init(&nq->from, nq->port->s, q, VSP_FROM_CLIENT);
	vsp_queue_init(&nq->to, nq->port->s, q, VSP_TO_CLIENT);
	take_begin(nq);
	nq->send_head = 0;
	nq->send_tail = 0;
	nq->posted_head = 0;
	nq->posted_tail = 0;
	nq->holding = false;
	nq->draining = false;
	nq->giving_back = false;
	nq->stall.on = false;
	nq->filling_held = false;

	spin_lock_irq(&nq->answer_lock);
	nq->link_waits = false;
	nq->tell = false;
	nq->bell_owed = false;
	nq->answering = true;
	spin_unlock_irq(&nq->answer_lock);
	nq->taking = true;
	napi_enable(&nq->napi);
	nq->enabled = true;
	__netif_tx_lock_bh(txq);
	nq->open = true;
	/* What is kept is gone on with by the NAPI; without, nobody would start the queue. */
	if (skb_queue_empty(&nq->kept))
		netif_tx_wake_queue(txq);
	__netif_tx_unlock_bh(txq);
	q->priv = nq;
	q->notify = queue_notify;
	partbus_queue_listen(q);
	/* What was submitted before anybody listened rang no bell that we heard. */
	take_kick(nq);
}

static void queue_unkick(struct net_queue *nq)
{
	irq_work_sync(&nq->kick);
	kthread_cancel_work_sync(&nq->run);
}

/* Both sides are quiet once this returns, and no completion will be produced. */
static void queue_close(struct net_queue *nq)
{
	struct netdev_queue *txq = netdev_get_tx_queue(nq->port->dev, nq->index);

	if (!nq->enabled)
		return;
	partbus_queue_unlisten(nq->q);
	WRITE_ONCE(nq->taking, false);
	__netif_tx_lock_bh(txq);
	nq->open = false;
	__netif_tx_unlock_bh(txq);
	vsp_queue_exit(&nq->from);
	vsp_queue_exit(&nq->to);
	queue_unkick(nq);
	napi_disable(&nq->napi);
	nq->enabled = false;
	/* The last poll may have held a frame up, and kicked itself. */
	vsp_queue_exit(&nq->from);
	queue_unkick(nq);
	spin_lock_irq(&nq->answer_lock);
	nq->answering = false;
	nq->link_waits = false;
	spin_unlock_irq(&nq->answer_lock);
}

static void port_close(struct net_port *p)
{
	unsigned int i;

	for (i = 0; i < p->nr; i++)
		queue_close(&p->queues[i]);
}

/* Of closed queues. Whoever reads counters under the RTNL sees none from here on. */
static void port_hide(struct net_port *p)
{
	unsigned int i;

	for (i = 0; i < p->nr; i++)
		WRITE_ONCE(p->queues[i].q, NULL);
}

/* The same, and nothing of the former contract is left. */
static void port_drop(struct net_port *p)
{
	unsigned int i;

	port_hide(p);
	for (i = 0; i < p->nr; i++)
		rings_free(&p->queues[i].rings);
	p->nr = 0;
	p->data = NULL;
}

int net_session_init(struct vsp_session *s)
{
	s->priv = port_new(s);
	return s->priv ? 0 : -ENOMEM;
}

/* Frames that waited for the next contract will not have one. */
static void port_stopped(struct net_port *p)
{
	unsigned int i;

	netif_carrier_off(p->dev);
	WRITE_ONCE(p->stopped, true);
	for (i = 0; i < PARTBUS_MAX_QUEUES; i++) {
		struct netdev_queue *txq = netdev_get_tx_queue(p->dev, i);

		/* Whoever did not see it has kept its frame by the time of the lock. */
		fill_drop_kept(&p->queues[i]);
		netif_tx_wake_queue(txq);
	}
}

/* Queue 0 is closed, so nobody writes the filter; a former client's is not the next one's. */
static void filter_reset(struct net_port *p)
{
	p->filter.flags = PARTBUS_NET_F_PROMISC;
	p->filter.count = 0;
}

static void all_rings_free(struct net_rings *rings, unsigned int nr)
{
	unsigned int i;

	for (i = 0; rings && i < nr; i++)
		rings_free(&rings[i]);
	kfree(rings);
}

static struct net_rings *all_rings_alloc(unsigned int nr, const struct pb_layout *l)
{
	struct net_rings *rings = kcalloc(nr, sizeof(*rings), GFP_NOIO);
	unsigned int i;

	for (i = 0; rings && i < nr; i++) {
		if (!rings_alloc(&rings[i], l))
			continue;
		all_rings_free(rings, nr);
		return NULL;
	}
	return rings;
}

/*
 * The queues of a former contract are paused: nothing of them is in flight. While this
 * may fail they keep their rings: the bus goes back to that contract then, and for that
 * no memory is needed.
 */
int net_session_start(struct vsp_session *s, const struct pb_contract *c,
		      struct partbus_data *data)
{
	unsigned int nr = data->layout.queues, i;
	struct net_rings *rings = NULL;
	struct net_port *p = s->priv;
	bool fits = p->data == data;
	int ret = -ENOMEM;

	if (!fits) {
		rings = all_rings_alloc(nr, &data->layout);
		if (!rings)
			goto err;
	}
	/* Before the RTNL is taken: who holds it may be reading counters of the queues. */
	port_hide(p);
	ret = port_apply(p, c);
	if (ret)
		goto err;
	if (p->stopped)
		filter_reset(p);
	if (!fits) {
		port_drop(p);
		for (i = 0; i < nr; i++)
			p->queues[i].rings = rings[i];
		kfree(rings);
		p->nr = nr;
		p->data = data;
	}
	WRITE_ONCE(p->stopped, false);
	for (i = 0; i < nr; i++)
		queue_open(&p->queues[i], c, data);
	for (; i < PARTBUS_MAX_QUEUES; i++)
		fill_drop_kept(&p->queues[i]);
	netif_carrier_on(p->dev);
	return 0;

err:
	all_rings_free(rings, nr);
	/* Nothing to go back to: frames wait for nothing. */
	if (fits || !p->data)
		port_stopped(p);
	return ret;
}

/* The client has said that nothing is in flight; nothing of ours takes longer. */
int net_session_pause(struct vsp_session *s)
{
	struct net_port *p = s->priv;
	unsigned int i;

	port_close(p);
	/* After a stop the client has taken everything back. */
	if (p->stopped)
		return 0;
	for (i = 0; i < p->nr; i++) {
		struct net_queue *nq = &p->queues[i];

		/* Never opened again after an attempt that failed. */
		if (!nq->q)
			continue;
		if (!bitmap_empty(nq->rings.in_flight, nq->limits.depth) ||
		    partbus_queue_pending(nq->q))
			return -EBUSY;
	}
	return 0;
}

void net_session_stop(struct vsp_session *s)
{
	struct net_port *p = s->priv;

	port_close(p);
	port_stopped(p);
	/* What comes next has memory of its own, maybe where this one's was. */
	p->data = NULL;
}

void net_session_exit(struct vsp_session *s)
{
	struct net_port *p = s->priv;

	net_session_stop(s);
	port_drop(p);
	port_free(p);
}

void net_session_device(struct vsp_session *s, char *buf, size_t size)
{
	struct net_port *p = s->priv;

	strscpy(buf, p->registered ? netdev_name(p->dev) : "", size);
}
