// SPDX-License-Identifier: GPL-2.0
/*
 * When a request may be executed. Today that is a question of caps only: each
 * session has one leaky bucket per direction for all its queues. A scheduler that keeps
 * reserves under load and shares the rest by weight takes the place of
 * vsp_sched_charge(); its callers need not change.
 *
 * Enforced is the smaller of the contract's cap and what the resource and the
 * offer allow at this moment: an administrator who lowers a cap need not wait
 * for the client to agree. A raised cap becomes effective when it is granted: what the
 * client has in flight is to end before the next contract starts, and under the
 * former cap that may take minutes.
 */
#include <linux/ktime.h>

#include "vsp_internal.h"

void vsp_sched_init(struct vsp_session *s)
{
	static const struct pb_rate_limits none = {
		.iops		= PARTBUS_ATTR_ANY,
		.bps		= PARTBUS_ATTR_ANY,
		.burst_ios	= 1,
		.burst_bytes	= 1,
		.io_unit	= 1,
	};

	int dir;

	for (dir = 0; dir < VSP_DIRECTIONS; dir++) {
		spin_lock_init(&s->sched[dir].lock);
		s->sched[dir].turns.first = NULL;
		pb_rate_init(&s->sched[dir].rate, &none, ktime_get_ns());
	}
}

static u64 present_cap(const struct vsp_session *s, int attr)
{
	const struct pb_ranges *set = &s->res->set.limits;
	u64 cap = pb_contract_get(&s->contract, attr, PARTBUS_ATTR_ANY);

	if (s->grant.valid)
		cap = max(cap, pb_contract_get(&s->grant.contract, attr, PARTBUS_ATTR_ANY));
	/* The offer's limit does not change while the channel lives. */
	if (set->present & (1ULL << attr))
		cap = min(cap, set->like[attr]);
	return cap;
}

/* Of pb_attr_limits[], which of a direction are for requests; those for bytes follow. */
static const int limits_of[VSP_DIRECTIONS] = {
	[VSP_FROM_CLIENT] = 0,
	[VSP_TO_CLIENT] = 2,
};

static void update(struct vsp_session *s, enum vsp_direction dir)
{
	const struct pb_attr_limit *ios = &pb_attr_limits[limits_of[dir]], *bytes = ios + 1;
	const struct pb_contract *c = &s->contract;
	struct vsp_sched *sched = &s->sched[dir];
	struct pb_rate_limits limits;
	unsigned long flags;
	bool limited;

	limits.iops = present_cap(s, ios->cap);
	limits.bps = present_cap(s, bytes->cap);
	limits.burst_ios = pb_contract_get(c, ios->burst, 1);
	limits.burst_bytes = pb_contract_get(c, bytes->burst, 1);
	limits.io_unit = pb_contract_get(c, PB_IO_UNIT, 1);
	/* The larger cap may be one of smaller units. */
	if (s->grant.valid)
		limits.io_unit = min_t(u64, limits.io_unit,
				       pb_contract_get(&s->grant.contract, PB_IO_UNIT, 1));

	limited = limits.iops != PARTBUS_ATTR_ANY || limits.bps != PARTBUS_ATTR_ANY;

	spin_lock_irqsave(&sched->lock, flags);
	pb_rate_set(&sched->rate, &limits, ktime_get_ns());
	WRITE_ONCE(sched->limited, limited);
	spin_unlock_irqrestore(&sched->lock, flags);
}

/* The contract, what is granted, or the resource's limits changed. */
void vsp_sched_update(struct vsp_session *s)
{
	int dir;

	lockdep_assert_held(&vsp_lock);
	for (dir = 0; dir < VSP_DIRECTIONS; dir++)
		update(s, dir);
}

u64 vsp_sched_charge(struct vsp_queue *vq, u32 units, u32 bytes)
{
	struct vsp_sched *sched = vq->sched;
	struct pb_rate_request rq;
	unsigned long flags;
	u64 ns;

	/* Stale for a request or two after a cap came; no worse than its burst. */
	if (!READ_ONCE(sched->limited))
		return 0;
	spin_lock_irqsave(&sched->lock, flags);
	rq.units = units ?: pb_rate_cost(&sched->rate, bytes);
	rq.bytes = bytes;
	ns = pb_turns_charge(&sched->turns, &vq->turn, &sched->rate, ktime_get_ns(), &rq,
			     VSP_HOLD_MAX_NS);
	spin_unlock_irqrestore(&sched->lock, flags);
	return ns;
}
EXPORT_SYMBOL_GPL(vsp_sched_charge);

void vsp_sched_leave(struct vsp_queue *vq)
{
	unsigned long flags;

	spin_lock_irqsave(&vq->sched->lock, flags);
	pb_turns_leave(&vq->sched->turns, &vq->turn);
	spin_unlock_irqrestore(&vq->sched->lock, flags);
}
EXPORT_SYMBOL_GPL(vsp_sched_leave);

void vsp_sched_hold(struct vsp_queue *vq, u64 ns)
{
	ns = min_t(u64, ns, VSP_HOLD_MAX_NS);
	hrtimer_start(&vq->timer, ns_to_ktime(ns), HRTIMER_MODE_REL);
}
EXPORT_SYMBOL_GPL(vsp_sched_hold);

static enum hrtimer_restart hold_over(struct hrtimer *timer)
{
	struct vsp_queue *vq = container_of(timer, struct vsp_queue, timer);

	vq->run(vq);
	return HRTIMER_NORESTART;
}

void vsp_queue_init(struct vsp_queue *vq, struct vsp_session *s, struct partbus_queue *q,
		    enum vsp_direction dir)
{
	vq->session = s;
	vq->q = q;
	vq->sched = &s->sched[dir];
	vq->turn = (struct pb_turn) {};
	atomic_set(&vq->busy, 0);
	hrtimer_init(&vq->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	vq->timer.function = hold_over;
}
EXPORT_SYMBOL_GPL(vsp_queue_init);

void vsp_queue_exit(struct vsp_queue *vq)
{
	hrtimer_cancel(&vq->timer);
	vsp_sched_leave(vq);
}
EXPORT_SYMBOL_GPL(vsp_queue_exit);
