// SPDX-License-Identifier: GPL-2.0
/*
 * The rules by which contracts are agreed on, with a client or a provider that
 * asks or offers anything at all: who keeps to them ends with a legal contract
 * or with a sentence, after a bounded number of rounds.
 */
#include "fuzz.h"

#include <linux/errno.h>
#include <partbus/net.h>
#include <vmbus/contract.h>

#define IS_SET(set, i)	((set)->present & (1ULL << (i)))

static __u64 pow2_below(__u64 v)
{
	while (v & (v - 1))
		v &= v - 1;
	return v;
}

/* A legal value of an attribute, near a number. */
static __u64 legal_value(int attr, __u64 v)
{
	const struct pb_attr_info *info = &pb_attr_table[attr];

	if (v == PARTBUS_ATTR_ANY && info->any)
		return v;
	v = v < info->min ? info->min : v > info->max ? info->max : v;
	if (info->rule == PB_RULE_POW2 || attr == PB_LOGICAL_BLOCK || attr == PB_PHYSICAL_BLOCK)
		v = pow2_below(v);
	return v;
}

/* What goes with what is the provider's business: a slot for every frame, and so on. */
static void make_sane(struct pb_ranges *available)
{
	__u64 mac = available->like[PB_MAC] & ~(1ULL << 40), mtu;

	if (mac >> 40 == PARTBUS_NET_PEER_PREFIX || !mac)
		mac = 0x020000000001ULL;
	pb_ranges_set(available, PB_MAC, mac, mac);
	mtu = available->like[PB_MTU];
	if (mtu > PARTBUS_MIN_SLOT_SIZE - PARTBUS_NET_OVERHEAD)
		mtu = PARTBUS_MIN_SLOT_SIZE - PARTBUS_NET_OVERHEAD;
	pb_ranges_set(available, PB_MTU, pb_attr_table[PB_MTU].min, mtu);
	if (available->least[PB_DEPTH] < PARTBUS_NET_MIN_DEPTH)
		available->least[PB_DEPTH] = PARTBUS_NET_MIN_DEPTH;
	if (available->like[PB_DEPTH] < PARTBUS_NET_MIN_DEPTH)
		available->like[PB_DEPTH] = PARTBUS_NET_MIN_DEPTH;
	if (available->like[PB_LOGICAL_BLOCK] > available->like[PB_PHYSICAL_BLOCK])
		pb_ranges_set(available, PB_LOGICAL_BLOCK, available->like[PB_PHYSICAL_BLOCK],
			      available->like[PB_PHYSICAL_BLOCK]);
}

/* What an honest provider has. */
static void make_available(struct input *in, __u32 class, struct pb_ranges *available)
{
	int i;

	memset(available, 0, sizeof(*available));
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		__u64 a = legal_value(i, in_number(in)), b = legal_value(i, in_number(in));

		if (pb_attr_stated(i))
			b = a;
		pb_ranges_set(available, i, a < b ? a : b, a < b ? b : a);
	}
	make_sane(available);
	for (i = 0; i < PB_ATTR_COUNT; i++)
		if (!pb_attr_of_class(i, class))
			available->present &= ~(1ULL << i);
}

/* Whatever the wire can carry. */
static void make_any(struct input *in, struct pb_ranges *r)
{
	int n = in_below(in, 2 * PB_ATTR_COUNT);

	memset(r, 0, sizeof(*r));
	while (n--) {
		int attr = in_below(in, PB_ATTR_COUNT);
		__u64 least = in_number(in);

		pb_ranges_set(r, attr, least, in_byte(in) & 1 ? in_number(in) : least);
	}
}

static void check_why(const struct pb_refusal *why)
{
	size_t length = strnlen(why->text, sizeof(why->text));

	must(length && length < sizeof(why->text), "refused without a whole sentence");
	must(pb_attr_index(why->type) >= 0, "refused because of no attribute");
	must(strstr(why->text, pb_attr_table[pb_attr_index(why->type)].name),
	     "the sentence does not name the attribute");
}

static void check_granted(__u32 class, const struct pb_ranges *available,
			  const struct pb_ranges *wish, const struct pb_contract *c)
{
	struct pb_refusal why;
	int i;

	for (i = 0; i < PB_ATTR_COUNT; i++) {
		if (!pb_attr_of_class(i, class))
			continue;
		must(IS_SET(c, i), "an attribute that is to be had is not in the contract");
		must(c->value[i] >= available->least[i] && c->value[i] <= available->like[i],
		     "granted is what cannot be had");
		if (!IS_SET(wish, i))
			continue;
		must(c->value[i] >= wish->least[i], "granted is less than the least");
		if (!pb_attr_stated(i))
			must(c->value[i] <= wish->like[i], "granted is more than liked");
	}
	must(!pb_contract_check(class, c, wish, &why), "what was granted is no legal contract");
}

/* An honest provider and a client that wishes anything, but follows offers. */
static void server_side(struct input *in)
{
	__u32 class = PARTBUS_CLASS_BLOCK + in_below(in, PARTBUS_CLASS_MAX);
	struct pb_ranges available, wish, before;
	struct pb_contract c;
	struct pb_refusal why;
	int round, i;

	make_available(in, class, &available);
	make_any(in, &wish);
	for (round = 1; round <= (int)PARTBUS_NEG_MAX_ROUNDS; round++) {
		before = wish;
		memset(&why, 0xa5, sizeof(why));
		switch (pb_contract_answer(class, &available, &wish, &c, &why)) {
		case PARTBUS_NEG_GRANTED:
			check_granted(class, &available, &wish, &c);
			REACHED_IF(round == 1, "granted in the first round");
			REACHED_IF(round == 2, "granted after an offer");
			REACHED_IF(class == PARTBUS_CLASS_NET, "granted to a NIC");
			return;
		case PARTBUS_NEG_REFUSED:
			check_why(&why);
			must(round == 1, "refused is what was cut down to an offer");
			REACHED("a wish was refused");
			return;
		case PARTBUS_NEG_OFFERED:
			must(!pb_contract_choose(&available, &wish, &why),
			     "nothing in an offer can be chosen");
			for (i = 0; i < PB_ATTR_COUNT; i++)
				if (IS_SET(&before, i))
					must(wish.least[i] >= before.least[i],
					     "a client settles for less than its least");
			break;
		default:
			must(false, "an answer that there is not");
		}
	}
	must(false, "offers never end");
}

/* A client whose provider offers and grants anything. */
static void client_side(struct input *in)
{
	struct pb_ranges offer, wish, before;
	struct pb_contract c = { 0 };
	struct pb_refusal why;
	int i, ret;

	make_any(in, &wish);
	make_any(in, &offer);
	before = wish;
	ret = pb_contract_choose(&offer, &wish, &why);
	if (ret) {
		must(ret == -EDOM, "a choice fails with another error");
		check_why(&why);
		must(!memcmp(&before, &wish, sizeof(wish)), "a choice that failed changed the wish");
		REACHED("no choice in an offer");
	} else {
		for (i = 0; i < PB_ATTR_COUNT; i++) {
			if (!IS_SET(&offer, i))
				continue;
			must(!IS_SET(&wish, i) == !IS_SET(&before, i),
			     "an offer changed what is asked for at all");
			if (!IS_SET(&wish, i))
				continue;
			must(wish.least[i] >= before.least[i], "settled for too little");
			if (before.like[i] == PARTBUS_ATTR_ANY)
				must(wish.like[i] == PARTBUS_ATTR_ANY,
				     "an offer limited what has no limit");
			else
				must(wish.like[i] >= offer.least[i] &&
				     wish.like[i] <= offer.like[i],
				     "the wish lies outside the offer");
		}
		REACHED("a choice in an offer");
	}

	for (i = 0; i < PB_ATTR_COUNT; i++) {
		__u64 v = in_number(in);

		/* Mostly legal, or none would ever pass. */
		pb_contract_set(&c, i, in_byte(in) ? legal_value(i, v) : v);
	}
	if (!in_byte(in))
		c.present &= ~(1ULL << in_below(in, PB_ATTR_COUNT));
	memset(&wish, 0, sizeof(wish));
	if (in_byte(in) & 1)
		make_any(in, &wish);
	ret = pb_contract_check(in_byte(in) & 3 ? PARTBUS_CLASS_BLOCK : PARTBUS_CLASS_NET, &c,
				&wish, &why);
	if (ret) {
		must(ret == -EDOM, "a check fails with another error");
		check_why(&why);
		REACHED("a contract was found wrong");
		return;
	}
	must(pb_contract_same_geometry(&c, &c), "a contract differs from itself");
	must(c.value[PB_DEPTH] >= 1 && c.value[PB_DEPTH] <= PARTBUS_MAX_DEPTH &&
	     c.value[PB_QUEUES] >= 1 && c.value[PB_QUEUES] <= PARTBUS_MAX_QUEUES,
	     "a contract without limits passed");
	REACHED("a contract passed");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);

	if (in_byte(&in) & 1)
		server_side(&in);
	else
		client_side(&in);
	return 0;
}

static void script_any(struct script *s, const struct pb_ranges *r)
{
	int i;

	script_below(s, 2 * PB_ATTR_COUNT, __builtin_popcountll(r->present));
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		if (!IS_SET(r, i))
			continue;
		script_below(s, PB_ATTR_COUNT, i);
		script_number(s, r->least[i]);
		script_byte(s, 1);
		script_number(s, r->like[i]);
	}
}

/* Of a provider that has all that is legal a client wishes a number of queues, or nothing. */
static void server_seed(fuzz_emit emit, const char *name, __u32 class, __u64 least, __u64 like)
{
	struct pb_ranges wish = { 0 };
	struct script s = { 0 };
	int i;

	script_byte(&s, 1);
	script_below(&s, PARTBUS_CLASS_MAX, class - PARTBUS_CLASS_BLOCK);
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		script_number(&s, pb_attr_table[i].min);
		script_number(&s, pb_attr_table[i].max);
	}
	if (like)
		pb_ranges_set(&wish, PB_QUEUES, least, like);
	script_any(&s, &wish);
	emit(name, s.bytes, s.size);
}

/*
 * A client that wishes 1 to 4 queues is offered some number of them and no fewer, and
 * then granted the least of everything, but of one attribute another value.
 */
static void client_seed(fuzz_emit emit, const char *name, __u64 offered, __u32 class,
			int attr, __u64 value)
{
	struct pb_ranges wish = { 0 }, offer = { 0 };
	struct script s = { 0 };
	int i;

	pb_ranges_set(&wish, PB_QUEUES, 1, 4);
	pb_ranges_set(&offer, PB_QUEUES, offered, offered);
	script_byte(&s, 0);
	script_any(&s, &wish);
	script_any(&s, &offer);
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		/* NIC: the least depth that is legal at all is too little. */
		__u64 least = i == PB_DEPTH ? PARTBUS_NET_MIN_DEPTH : pb_attr_table[i].min;

		script_number(&s, i == attr ? value : least);
		script_byte(&s, 0);
	}
	/* Nothing is left out, and nothing was wished. */
	script_byte(&s, 1);
	script_byte(&s, 0);
	script_byte(&s, class == PARTBUS_CLASS_BLOCK);
	emit(name, s.bytes, s.size);
}

void fuzz_seeds(fuzz_emit emit)
{
	const __u64 mtu = PARTBUS_MIN_SLOT_SIZE - PARTBUS_NET_OVERHEAD;

	server_seed(emit, "granted", PARTBUS_CLASS_BLOCK, 1, PARTBUS_MAX_QUEUES);
	server_seed(emit, "granted-to-nic", PARTBUS_CLASS_NET, 0, 0);
	server_seed(emit, "granted-after-offer", PARTBUS_CLASS_BLOCK, 1, PARTBUS_MAX_QUEUES + 1);
	server_seed(emit, "refused", PARTBUS_CLASS_BLOCK, PARTBUS_MAX_QUEUES + 1,
		    PARTBUS_MAX_QUEUES + 1);
	client_seed(emit, "least-is-chosen", 1, PARTBUS_CLASS_BLOCK, PB_QUEUES, 1);
	client_seed(emit, "least-is-not-offered", 0, PARTBUS_CLASS_BLOCK, PB_QUEUES, 0);
	client_seed(emit, "largest-mtu", 4, PARTBUS_CLASS_NET, PB_MTU, mtu);
	client_seed(emit, "mtu-beyond-slot", 4, PARTBUS_CLASS_NET, PB_MTU, mtu + 1);
}
