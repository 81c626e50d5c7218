// SPDX-License-Identifier: GPL-2.0
/*
 * The rules by which client and server agree on a contract. What crosses the
 * wire is contract_codec.c's business, when it crosses is negotiate_table.c's.
 */
#include <vmbus/contract.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#define ANY		PARTBUS_ATTR_ANY
#define IS_SET(set, i)	((set)->present & (1ULL << (i)))

static bool is_pow2(__u64 v)
{
	return v && !(v & (v - 1));
}

static __u64 pow2_at_most(__u64 v)
{
	while (v & (v - 1))
		v &= v - 1;
	return v;
}

/* "12", or "any" for what has no limit. */
static const char *number(char buf[24], __u64 v)
{
	if (v == ANY)
		return "any";
	snprintf(buf, 24, "%llu", (unsigned long long)v);
	return buf;
}

/* "cap_iops: at least 500 <middle> 100 <end>" */
static void explain(struct pb_refusal *why, int attr, __u64 a, const char *middle, __u64 b,
		    const char *end)
{
	char first[24], second[24];

	memset(why, 0, sizeof(*why));
	why->type = pb_attr_table[attr].type;
	snprintf(why->text, sizeof(why->text), "%s: at least %s %s %s%s",
		 pb_attr_table[attr].name, number(first, a), middle, number(second, b), end);
}

static void say(struct pb_refusal *why, int attr, const char *text)
{
	memset(why, 0, sizeof(*why));
	why->type = pb_attr_table[attr].type;
	snprintf(why->text, sizeof(why->text), "%s: %s", pb_attr_table[attr].name, text);
}

/* What a wish says about an attribute that it may leave out. */
static void wished(const struct pb_ranges *wish, int attr, __u64 *least, __u64 *like)
{
	*least = IS_SET(wish, attr) ? wish->least[attr] : pb_attr_table[attr].min;
	*like = IS_SET(wish, attr) ? wish->like[attr] : ANY;
}

/* Like pb_contract_answer(), for one attribute and its value. */
static int answer_one(int attr, const struct pb_ranges *available, const struct pb_ranges *wish,
		      __u64 *value, struct pb_refusal *why)
{
	__u64 most = available->like[attr];
	__u64 least, like;

	wished(wish, attr, &least, &like);
	/* Where there is no limit a number is still bounded by what is legal. */
	if (most == ANY && like != ANY)
		most = pb_attr_table[attr].max;
	if (least > like) {
		explain(why, attr, least, "was asked for, but only", like, " is liked");
		return PARTBUS_NEG_REFUSED;
	}
	if (IS_SET(wish, attr) && least > most) {
		explain(why, attr, least, "was asked for,", most, " can be had");
		return PARTBUS_NEG_REFUSED;
	}

	/* A fact cannot be haggled over, so a like that it misses costs no round. */
	if (pb_attr_stated(attr)) {
		*value = most;
		return PARTBUS_NEG_GRANTED;
	}

	*value = like < most ? like : most;
	if (pb_attr_table[attr].rule == PB_RULE_POW2) {
		*value = pow2_at_most(*value);
		if (IS_SET(wish, attr) && *value < least) {
			say(why, attr, "no power of two is in the range that was asked for");
			return PARTBUS_NEG_REFUSED;
		}
	}
	if (*value < available->least[attr] || (like != ANY && like > available->like[attr]))
		return PARTBUS_NEG_OFFERED;
	return PARTBUS_NEG_GRANTED;
}

/* Kernel-doc: see contract.h. */
int pb_contract_answer(__u32 class, const struct pb_ranges *available,
		       const struct pb_ranges *wish, struct pb_contract *contract,
		       struct pb_refusal *why)
{
	int answer = PARTBUS_NEG_GRANTED;
	__u64 value;
	int i, one;

	contract->present = 0;
	memset(contract->value, 0, sizeof(contract->value));

	for (i = 0; i < PB_ATTR_COUNT; i++) {
		if (!pb_attr_of_class(i, class))
			continue;
		if (!IS_SET(available, i)) {
			if (!IS_SET(wish, i) || wish->least[i] <= pb_attr_table[i].min)
				continue;
			say(why, i, "is not to be had here");
			return PARTBUS_NEG_REFUSED;
		}
		one = answer_one(i, available, wish, &value, why);
		if (one == PARTBUS_NEG_REFUSED)
			return one;
		if (one == PARTBUS_NEG_OFFERED)
			answer = one;
		else
			pb_contract_set(contract, i, value);
	}
	return answer;
}

/* Kernel-doc: see contract.h. */
int pb_contract_choose(const struct pb_ranges *offer, struct pb_ranges *wish,
		       struct pb_refusal *why)
{
	__u64 like;
	int i;

	/* First look, then touch: on error the wish is as it was. */
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		if (!IS_SET(offer, i))
			continue;
		if (offer->least[i] > offer->like[i]) {
			say(why, i, "the offer has its least above its most");
			return -EDOM;
		}
		if (IS_SET(wish, i) && wish->least[i] > offer->like[i]) {
			explain(why, i, wish->least[i], "is needed,", offer->like[i],
				" is offered");
			return -EDOM;
		}
	}

	/*
	 * What the wish leaves out, or has no limit for, stays so: an offer names the
	 * most that can be had, and a client that says that number asks for it, of
	 * what is shared with others, too.
	 */
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		if (!IS_SET(offer, i) || !IS_SET(wish, i) || wish->like[i] == ANY)
			continue;
		like = wish->like[i];
		if (like > offer->like[i])
			like = offer->like[i];
		if (like < offer->least[i])
			like = offer->least[i];
		pb_ranges_set(wish, i, wish->least[i], like);
	}
	return 0;
}

static bool legal(int attr, __u64 value)
{
	const struct pb_attr_info *info = &pb_attr_table[attr];

	if (value == ANY)
		return info->any;
	if (info->rule == PB_RULE_POW2 && !is_pow2(value))
		return false;
	return value >= info->min && value <= info->max;
}

static bool lawful(const struct pb_attr_law *law, const struct pb_contract *contract)
{
	__u64 value = contract->value[law->attr];

	switch (law->kind) {
	case PB_LAW_POW2:
		return is_pow2(value);
	case PB_LAW_LEAST:
		return value >= law->number;
	case PB_LAW_FITS:
		return value <= contract->value[law->other] &&
		       contract->value[law->other] - value >= law->number;
	case PB_LAW_NOT:
		return (value & law->mask) != law->number;
	}
	return false;
}

/* Kernel-doc: see contract.h. */
int pb_contract_sane(__u32 class, const struct pb_contract *contract, struct pb_refusal *why)
{
	const struct pb_attr_law *law;

	for (law = pb_attr_laws; law->text; law++) {
		if (law->class != class || lawful(law, contract))
			continue;
		say(why, law->attr, law->text);
		return -EDOM;
	}
	return 0;
}

/* Kernel-doc: see contract.h. */
int pb_contract_check(__u32 class, const struct pb_contract *contract,
		      const struct pb_ranges *wish, struct pb_refusal *why)
{
	int i;

	for (i = 0; i < PB_ATTR_COUNT; i++) {
		if (!pb_attr_of_class(i, class))
			continue;
		if (!IS_SET(contract, i)) {
			say(why, i, "is missing in the contract");
			return -EDOM;
		}
		if (!legal(i, contract->value[i])) {
			say(why, i, "has a value in the contract that is not legal");
			return -EDOM;
		}
		if (IS_SET(wish, i) && contract->value[i] < wish->least[i]) {
			explain(why, i, wish->least[i], "is needed,", contract->value[i],
				" was granted");
			return -EDOM;
		}
	}

	return pb_contract_sane(class, contract, why);
}

/**
 * pb_contract_same_geometry() - can the data section stay?
 * @a: one contract
 * @b: the other
 *
 * Return: true when both state the same queues, depth and slot size.
 */
bool pb_contract_same_geometry(const struct pb_contract *a, const struct pb_contract *b)
{
	static const int geometry[] = { PB_QUEUES, PB_DEPTH, PB_SLOT_SIZE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(geometry); i++)
		if (pb_contract_get(a, geometry[i], 0) != pb_contract_get(b, geometry[i], 0))
			return false;
	return true;
}

/* Kernel-doc: see contract.h. */
void pb_ranges_uncap(struct pb_ranges *r, const struct pb_ranges *given)
{
	unsigned int i;

	for (i = 0; i < PB_ATTR_LIMITS; i++) {
		const struct pb_attr_limit *l = &pb_attr_limits[i];

		if (IS_SET(given, l->cap) && given->like[l->cap] == ANY &&
		    !IS_SET(given, l->burst))
			r->present &= ~(1ULL << l->burst);
	}
}
