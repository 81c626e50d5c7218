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

/*
 * Is an attribute of a contract not as it must be? Said once more, since what is tested
 * cannot be asked whether it is right: only limits of single values that no header of the
 * protocol has are taken from the table.
 */
static bool is_wrong(__u32 class, const struct pb_contract *c, const struct pb_ranges *wish,
		     int attr)
{
	const struct pb_attr_info *info = &pb_attr_table[attr];
	__u64 v = c->value[attr];

	if (!IS_SET(c, attr) || (IS_SET(wish, attr) && v < wish->least[attr]))
		return true;
	if (v == PARTBUS_ATTR_ANY ? !info->any : v < info->min || v > info->max)
		return true;
	switch (attr) {
	case PB_SLOT_SIZE:
		return pow2_below(v) != v;
	case PB_DEPTH:
		/* Of class net: frames of both directions wait in a queue. */
		return v > PARTBUS_MAX_DEPTH ||
		       v < (class == PARTBUS_CLASS_NET ? PARTBUS_NET_MIN_DEPTH : PARTBUS_MIN_DEPTH);
	case PB_QUEUES:
		return v < 1 || v > PARTBUS_MAX_QUEUES;
	case PB_LOGICAL_BLOCK:
		return pow2_below(v) != v || v > c->value[PB_PHYSICAL_BLOCK];
	case PB_PHYSICAL_BLOCK:
		return pow2_below(v) != v;
	case PB_MAC:
		/* Of a group, or of the provider's end. */
		return v >> 40 & 1 || v >> 40 == PARTBUS_NET_PEER_PREFIX;
	case PB_MTU:
		/* Before the payload: what is said of the frame, addresses and type, a tag. */
		return sizeof(struct partbus_net_header) + 14 + 4 + v > c->value[PB_SLOT_SIZE];
	}
	return false;
}

/* A contract passes when each attribute is as it must be, and only then. */
static int check_contract(__u32 class, const struct pb_contract *c, const struct pb_ranges *wish)
{
	struct pb_refusal why;
	bool wrong = false;
	int i, ret;

	ret = pb_contract_check(class, c, wish, &why);
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		if (!pb_attr_of_class(i, class) || !is_wrong(class, c, wish, i))
			continue;
		wrong = true;
		must(ret, "a contract passed that is not as it must be");
	}
	if (ret) {
		must(ret == -EDOM, "a check fails with another error");
		must(wrong, "a contract was found wrong that is as it must be");
		check_why(&why);
		i = pb_attr_index(why.type);
		must(pb_attr_of_class(i, class) && is_wrong(class, c, wish, i),
		     "a contract was found wrong because of what is right");
	}
	return ret;
}

/*
 * What pb_contract_choose() made of a wish: it fails where an offer contradicts itself or
 * ends below what is needed, and only there; otherwise each like is the nearest that is
 * offered. What is no number, or not in both, stays, and the least always does.
 */
static void check_choice(const struct pb_ranges *offer, const struct pb_ranges *before,
			 const struct pb_ranges *wish, int ret, const struct pb_refusal *why)
{
	bool impossible, any = false;
	__u64 like;
	int i, said = -1;

	if (ret) {
		must(ret == -EDOM, "a choice fails with another error");
		check_why(why);
		said = pb_attr_index(why->type);
	}
	must(wish->present == before->present, "an offer changed what is asked for at all");
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		impossible = IS_SET(offer, i) && (offer->least[i] > offer->like[i] ||
			     (IS_SET(before, i) && offer->like[i] < before->least[i]));
		any |= impossible;
		must(!impossible || ret, "chosen is an offer below what is needed");
		must(i != said || impossible, "no choice because of what can be chosen");
		if (!IS_SET(before, i))
			continue;
		must(wish->least[i] == before->least[i], "an offer changed what is needed");
		like = before->like[i];
		if (!ret && IS_SET(offer, i) && like != PARTBUS_ATTR_ANY)
			like = like > offer->like[i] ? offer->like[i] :
			       like < offer->least[i] ? offer->least[i] : like;
		must(wish->like[i] == like, "another like than the nearest that is offered");
	}
	must(!ret == !any, "no choice in an offer that has one");
}

static void check_granted(__u32 class, const struct pb_ranges *available,
			  const struct pb_ranges *wish, const struct pb_contract *c)
{
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
	must(!check_contract(class, c, wish), "what was granted is no legal contract");
}

/* An honest provider and a client that wishes anything, but follows offers. */
static void server_side(struct input *in)
{
	__u32 class = PARTBUS_CLASS_BLOCK + in_below(in, PARTBUS_CLASS_MAX);
	struct pb_ranges available, wish, before;
	struct pb_contract c;
	struct pb_refusal why;
	int round, ret;

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
			ret = pb_contract_choose(&available, &wish, &why);
			check_choice(&available, &before, &wish, ret, &why);
			must(!ret, "nothing in an offer can be chosen");
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
	__u32 class;
	int i, ret;

	make_any(in, &wish);
	make_any(in, &offer);
	before = wish;
	ret = pb_contract_choose(&offer, &wish, &why);
	check_choice(&offer, &before, &wish, ret, &why);
	REACHED_IF(ret, "no choice in an offer");
	REACHED_IF(!ret && before.present & offer.present, "a choice in an offer");

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
	class = in_byte(in) & 3 ? PARTBUS_CLASS_BLOCK : PARTBUS_CLASS_NET;
	if (check_contract(class, &c, &wish)) {
		REACHED("a contract was found wrong");
		return;
	}
	must(pb_contract_same_geometry(&c, &c), "a contract differs from itself");
	REACHED_IF(class == PARTBUS_CLASS_BLOCK, "a contract of a disk passed");
	REACHED_IF(class == PARTBUS_CLASS_NET, "a contract of a NIC passed");
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

/* What a client is granted: of one attribute this value, and at least that was needed. */
struct granted {
	int attr;
	__u64 value, needed;
};

/* Goes with either limit of any other attribute, so that only one thing is wrong. */
static __u64 dull_value(int attr)
{
	if (attr == PB_DEPTH)
		return PARTBUS_NET_MIN_DEPTH;
	return attr == PB_PHYSICAL_BLOCK ? 2048 : pb_attr_table[attr].min;
}

/* A client that wishes 2 to 4 queues is offered some of them, and then granted a contract. */
static void client_seed(fuzz_emit emit, const char *name, __u64 least, __u64 most, __u32 class,
			struct granted granted)
{
	struct pb_ranges wish = { 0 }, offer = { 0 }, needs = { 0 };
	struct script s = { 0 };
	int i;

	pb_ranges_set(&wish, PB_QUEUES, 2, 4);
	pb_ranges_set(&offer, PB_QUEUES, least, most);
	script_byte(&s, 0);
	script_any(&s, &wish);
	script_any(&s, &offer);
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		script_number(&s, i == granted.attr ? granted.value : dull_value(i));
		script_byte(&s, 0);
	}
	/* Nothing is left out. */
	script_byte(&s, 1);
	script_byte(&s, granted.needed != 0);
	if (granted.needed) {
		pb_ranges_set(&needs, granted.attr, granted.needed, granted.needed);
		script_any(&s, &needs);
	}
	script_byte(&s, class == PARTBUS_CLASS_BLOCK);
	emit(name, s.bytes, s.size);
}

static void offer_seed(fuzz_emit emit, const char *name, __u64 least, __u64 most)
{
	client_seed(emit, name, least, most, PARTBUS_CLASS_BLOCK,
		    (struct granted){ PB_QUEUES, 4, 4 });
}

static void contract_seeds(fuzz_emit emit, __u32 class, const struct granted *granted, int count)
{
	char name[40];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s-%llu-%llu", pb_attr_table[granted[i].attr].name,
			 (unsigned long long)granted[i].value,
			 (unsigned long long)granted[i].needed);
		client_seed(emit, name, 1, 4, class, granted[i]);
	}
}

#define COUNT(a)	((int)(sizeof(a) / sizeof((a)[0])))

void fuzz_seeds(fuzz_emit emit)
{
	const __u64 mtu = PARTBUS_MIN_SLOT_SIZE - PARTBUS_NET_OVERHEAD;
	/* The last that is legal and the first that is not, of what each class asks for. */
	const struct granted disk[] = {
		{ PB_LOGICAL_BLOCK, 2048, 0 },
		{ PB_LOGICAL_BLOCK, 4096, 0 },
		{ PB_LOGICAL_BLOCK, 1536, 0 },
		{ PB_PHYSICAL_BLOCK, 1536, 0 },
		{ PB_SLOT_SIZE, 3 * PARTBUS_MIN_SLOT_SIZE, 0 },
		{ PB_QUEUES, PARTBUS_MAX_QUEUES + 1, 0 },
		{ PB_DEPTH, PARTBUS_MAX_DEPTH + 1, 0 },
		{ PB_DEPTH, 1, 0 },
		{ PB_DEPTH, 0, 0 },
		{ PB_DEPTH, 64, 64 },
		{ PB_DEPTH, 63, 64 },
		{ PB_CAP_IOPS, PARTBUS_ATTR_ANY, 0 },
		{ PB_WEIGHT, PARTBUS_ATTR_ANY, 0 },
	};
	const struct granted nic[] = {
		{ PB_MTU, mtu, 0 },
		{ PB_MTU, mtu + 1, 0 },
		{ PB_DEPTH, 7, 0 },
		{ PB_MAC, 0x02ULL << 40, 0 },
		{ PB_MAC, 0x01ULL << 40, 0 },
		{ PB_MAC, 0xfcULL << 40, 0 },
		{ PB_MAC, 0xfeULL << 40, 0 },
	};

	server_seed(emit, "granted", PARTBUS_CLASS_BLOCK, 1, PARTBUS_MAX_QUEUES);
	server_seed(emit, "granted-to-nic", PARTBUS_CLASS_NET, 0, 0);
	server_seed(emit, "granted-after-offer", PARTBUS_CLASS_BLOCK, 1, PARTBUS_MAX_QUEUES + 1);
	server_seed(emit, "refused", PARTBUS_CLASS_BLOCK, PARTBUS_MAX_QUEUES + 1,
		    PARTBUS_MAX_QUEUES + 1);
	offer_seed(emit, "least-is-chosen", 2, 2);
	offer_seed(emit, "least-is-not-offered", 1, 1);
	offer_seed(emit, "like-is-below-offer", 5, 6);
	offer_seed(emit, "offer-contradicts-itself", 4, 3);
	contract_seeds(emit, PARTBUS_CLASS_BLOCK, disk, COUNT(disk));
	contract_seeds(emit, PARTBUS_CLASS_NET, nic, COUNT(nic));
}
