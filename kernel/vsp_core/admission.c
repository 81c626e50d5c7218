// SPDX-License-Identifier: GPL-2.0
/*
 * What a client can have, and what clients have been promised.
 *
 * What is available follows from three things: the facts of the backing (from
 * the class module), the limits of the resource (its settings, or a default),
 * and the limits of this client's offer. The answer to a wish is pure and
 * belongs to the bus (pb_contract_answer()).
 *
 * Reserves are promises, so they are the only attribute that sessions compete
 * for: the sum over all sessions never exceeds the resource's total. A grant
 * counts from the moment it is given, so that two clients that negotiate at once
 * are not both promised the same. It stops to count when it is started (then the
 * contract counts), replaced, refused, when the negotiation ends without it, or
 * when the session ends.
 *
 * Which change is enforced when:
 *  - Caps: at once, see scheduler.c. Throttling fails no request.
 *  - Facts and geometry (capacity, writable, block sizes, queues, ...): by the
 *    contract, until the client has agreed to another or is told that there is
 *    none. To refuse writes in the middle of one would fail I/O that was
 *    promised. What the backing itself no longer has, it refuses itself.
 *  - Reserves: a total below what is promised is refused to the administrator.
 */
#include <linux/cpumask.h>
#include <linux/sizes.h>

#include "vsp_internal.h"

/* What a client gets of a thing that nobody limited. */
#define DEFAULT_IO_UNIT		8192
#define DEFAULT_QUEUES		4u
#define DEFAULT_DEPTH		128
#define DEFAULT_SLOT_SIZE	SZ_64K

/* Requests and bytes, in each direction. */
static const u64 default_burst[PB_ATTR_LIMITS] = { 1, SZ_1M, 1, SZ_1M };

/* The reserve that @attr is, with its cap and burst, or NULL. */
const struct pb_attr_limit *vsp_reserve_of(int attr)
{
	int i;

	for (i = 0; i < PB_ATTR_LIMITS; i++)
		if (pb_attr_limits[i].reserve == attr)
			return &pb_attr_limits[i];
	return NULL;
}

static bool has(const struct pb_ranges *r, int attr)
{
	return r && r->present & (1ULL << attr);
}

/* What of @attr may be promised in sum: the total, or what one client may use. */
u64 vsp_admission_total(const struct vsp_settings *set, int attr)
{
	int cap = vsp_reserve_of(attr)->cap;

	if (has(&set->limits, attr))
		return set->limits.least[attr];
	/* What the backing can do is not known unless somebody says it. */
	return has(&set->limits, cap) ? set->limits.like[cap] : 0;
}

static u64 held_by(const struct vsp_session *s, int attr)
{
	u64 held = pb_contract_get(&s->contract, attr, 0);

	if (s->grant.valid)
		held = max(held, pb_contract_get(&s->grant.contract, attr, 0));
	return held;
}

/* Sum over all sessions but @self, which may be NULL. */
u64 vsp_admission_promised(const struct vsp_resource *res,
			   const struct vsp_session *self, int attr)
{
	const struct vsp_session *s;
	u64 sum = 0;

	lockdep_assert_held(&vsp_lock);
	list_for_each_entry(s, &res->sessions, node) {
		u64 held = s == self ? 0 : held_by(s, attr);

		/* Each is at most the total, but the total may be anything. */
		sum = held > U64_MAX - sum ? U64_MAX : sum + held;
	}
	return sum;
}

static u64 left(const struct vsp_resource *res, const struct vsp_session *self, int attr)
{
	u64 total = vsp_admission_total(&res->set, attr);
	u64 promised = vsp_admission_promised(res, self, attr);

	return total > promised ? total - promised : 0;
}

/* The most of @attr that one client may have if neither limit speaks of it. */
static u64 default_most(int attr, const struct pb_ranges *available)
{
	const struct pb_attr_info *info = &pb_attr_table[attr];
	u64 cap;
	int i;

	switch (attr) {
	case PB_QUEUES:
		return min(num_possible_cpus(), DEFAULT_QUEUES);
	case PB_DEPTH:
		return DEFAULT_DEPTH;
	case PB_SLOT_SIZE:
		return DEFAULT_SLOT_SIZE;
	default:
		break;
	}
	for (i = 0; i < PB_ATTR_LIMITS; i++) {
		if (attr != pb_attr_limits[i].burst)
			continue;
		/* 10 ms worth: enough not to feel a timer, too little to hurt others. */
		cap = available->like[pb_attr_limits[i].cap];
		if (cap != PARTBUS_ATTR_ANY)
			return max_t(u64, div_u64(cap, 100), default_burst[i]);
	}
	return info->any ? PARTBUS_ATTR_ANY : info->max;
}

static void shared_attr(struct vsp_resource *res, const struct pb_ranges *limits,
			const struct vsp_session *self, int attr,
			struct pb_ranges *available)
{
	const struct pb_attr_info *info = &pb_attr_table[attr];
	u64 least = info->min;
	u64 most;

	if (attr == PB_IO_UNIT) {
		/* The currency of all caps and reserves of this resource. */
		most = has(&res->set.limits, attr) ? res->set.limits.like[attr] :
						     DEFAULT_IO_UNIT;
		pb_ranges_set(available, attr, most, most);
		return;
	}
	if (vsp_reserve_of(attr))
		most = left(res, self, attr);
	else if (has(&res->set.limits, attr))
		most = res->set.limits.like[attr];
	else
		most = default_most(attr, available);
	most = pb_ranges_at_most(limits, attr, most);
	if (!(info->any && most == PARTBUS_ATTR_ANY))
		most = clamp(most, info->min, info->max);
	pb_ranges_set(available, attr, min(least, most), most);
}

/**
 * vsp_admission_available() - ranges that a client could be granted
 * @res: the resource
 * @limits: of the client's offer, or NULL
 * @self: the client's session, or NULL: what it holds itself is available to it
 * @available: out
 *
 * Return: 0, or -errno when the backing is gone or unusable.
 */
int vsp_admission_available(struct vsp_resource *res, const struct pb_ranges *limits,
			    const struct vsp_session *self, struct pb_ranges *available)
{
	int ret, i;

	lockdep_assert_held(&vsp_lock);
	memset(available, 0, sizeof(*available));
	ret = res->cls->ops->facts(res, self ? self->ch : NULL, limits, available);
	if (ret)
		return ret;
	/* In the order of the table: caps come before the bursts made from them. */
	for (i = 0; i < PB_ATTR_COUNT; i++)
		if (!has(available, i) && pb_attr_of_class(i, res->class) &&
		    (pb_attr_table[i].class == PARTBUS_CLASS_NONE || !pb_attr_stated(i)))
			shared_attr(res, limits, self, i, available);
	return 0;
}

/*
 * "As much as there is" must not empty the pot of reserves: it means what the
 * offer names for this client, otherwise only the least.
 */
static void tame_reserves(u32 class, const struct pb_ranges *limits, struct pb_ranges *wish)
{
	int i;

	for (i = 0; i < PB_ATTR_LIMITS; i++) {
		int attr = pb_attr_limits[i].reserve;

		if (has(limits, attr) || !pb_attr_of_class(attr, class))
			continue;
		if (!has(wish, attr))
			pb_ranges_set(wish, attr, 0, 0);
		else if (wish->like[attr] == PARTBUS_ATTR_ANY)
			wish->like[attr] = wish->least[attr];
	}
}

static bool reserve_above_cap(const struct pb_contract *c, struct pb_refusal *why)
{
	int i;

	for (i = 0; i < PB_ATTR_LIMITS; i++) {
		const struct pb_attr_limit *l = &pb_attr_limits[i];

		if (pb_contract_get(c, l->reserve, 0) <=
		    pb_contract_get(c, l->cap, PARTBUS_ATTR_ANY))
			continue;
		why->type = pb_attr_table[l->reserve].type;
		scnprintf(why->text, sizeof(why->text), "%s is above %s",
			  pb_attr_table[l->reserve].name, pb_attr_table[l->cap].name);
		return true;
	}
	return false;
}

/* What is granted, or NULL for nothing (any more). Caps follow. */
static void set_grant(struct vsp_session *s, const struct pb_contract *contract)
{
	lockdep_assert_held(&vsp_lock);
	s->grant.valid = contract;
	if (contract)
		s->grant.contract = *contract;
	vsp_sched_update(s);
}

int vsp_admission_evaluate(struct vsp_session *s, const struct pb_ranges *wish,
			   struct pb_contract *contract, struct pb_ranges *offer,
			   struct pb_refusal *why)
{
	const struct pb_ranges *limits = &s->ch->limits;
	struct pb_ranges tamed = *wish;
	int verdict;

	mutex_lock(&vsp_lock);
	if (vsp_admission_available(s->res, limits, s, offer)) {
		why->type = 0;
		strscpy(why->text, "the backing of the resource is gone or unusable",
			sizeof(why->text));
		verdict = PARTBUS_NEG_REFUSED;
		goto out;
	}
	tame_reserves(s->res->class, limits, &tamed);
	verdict = pb_contract_answer(s->res->class, offer, &tamed, contract, why);
	if (verdict != PARTBUS_NEG_GRANTED)
		goto out;
	if (reserve_above_cap(contract, why) || pb_contract_sane(s->res->class, contract, why))
		verdict = PARTBUS_NEG_REFUSED;
out:
	set_grant(s, verdict == PARTBUS_NEG_GRANTED ? contract : NULL);
	mutex_unlock(&vsp_lock);
	return verdict;
}

bool vsp_admission_may_keep(struct vsp_session *s, const struct pb_contract *contract)
{
	const struct vsp_class_ops *ops = s->res->cls->ops;
	struct pb_ranges now = {};
	bool keep;

	mutex_lock(&vsp_lock);
	keep = !s->res->gone && !ops->facts(s->res, s->ch, &s->ch->limits, &now) &&
	       ops->may_keep(contract, &now);
	mutex_unlock(&vsp_lock);
	return keep;
}

/* See vsp.h. */
u64 vsp_session_most(struct vsp_session *s, int attr, u64 otherwise)
{
	struct pb_ranges now = {};

	mutex_lock(&vsp_lock);
	if (!s->res->cls->ops->facts(s->res, s->ch, &s->ch->limits, &now) &&
	    now.present & BIT_ULL(attr))
		otherwise = now.like[attr];
	mutex_unlock(&vsp_lock);
	return otherwise;
}
EXPORT_SYMBOL_GPL(vsp_session_most);

/*
 * Is there (still) room for what is about to be started? From here to
 * vsp_admission_commit() the session holds the larger of old and new.
 */
int vsp_admission_check(struct vsp_session *s, const struct pb_contract *contract)
{
	int ret = 0, i;

	mutex_lock(&vsp_lock);
	for (i = 0; i < PB_ATTR_LIMITS; i++)
		if (pb_contract_get(contract, pb_attr_limits[i].reserve, 0) >
		    left(s->res, s, pb_attr_limits[i].reserve))
			ret = -EDQUOT;
	set_grant(s, ret ? NULL : contract);
	mutex_unlock(&vsp_lock);
	return ret;
}

/* The contract is in force; NULL: it could not be started, the old one stays. */
void vsp_admission_commit(struct vsp_session *s, const struct pb_contract *contract)
{
	mutex_lock(&vsp_lock);
	if (contract)
		s->contract = *contract;
	set_grant(s, NULL);
	mutex_unlock(&vsp_lock);
}

/* Nothing is promised to this session any more. */
void vsp_admission_stop(struct vsp_session *s)
{
	mutex_lock(&vsp_lock);
	s->grant.valid = false;
	memset(&s->contract, 0, sizeof(s->contract));
	mutex_unlock(&vsp_lock);
}
