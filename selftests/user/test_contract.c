// SPDX-License-Identifier: GPL-2.0
/* How contracts are agreed on: answers, choices, checks. */
#include "harness.h"

#include <partbus/net.h>
#include <vmbus/contract.h>

#define ANY	PARTBUS_ATTR_ANY
#define LEFT	{ 0, 0, false }		/* left out */

struct range {
	__u64 least, like;
	bool set;
};

/* One attribute of an answer. */
struct answer_row {
	const char *sentence;
	int attr;
	struct range available, wish;
	int answer;
	__u64 value;
};

#define R(least, like)	{ least, like, true }

static const struct answer_row answer_rows[] = {
	{ "what is liked and can be had is granted", PB_CAP_IOPS,
	  R(1, 1000), R(10, 500), PARTBUS_NEG_GRANTED, 500 },
	{ "the most that can be had is granted, too", PB_CAP_IOPS,
	  R(1, 1000), R(10, 1000), PARTBUS_NEG_GRANTED, 1000 },
	{ "more than can be had is offered less", PB_CAP_IOPS,
	  R(1, 1000), R(10, 1001), PARTBUS_NEG_OFFERED, 0 },
	{ "as much as there is is always granted", PB_CAP_IOPS,
	  R(1, 1000), R(10, ANY), PARTBUS_NEG_GRANTED, 1000 },
	{ "a least above what can be had is refused", PB_CAP_IOPS,
	  R(1, 1000), R(1001, ANY), PARTBUS_NEG_REFUSED, 0 },
	{ "a least above the like is refused", PB_CAP_IOPS,
	  R(1, 1000), R(20, 10), PARTBUS_NEG_REFUSED, 0 },
	{ "less than can be had is offered more", PB_QUEUES,
	  R(4, 8), R(1, 2), PARTBUS_NEG_OFFERED, 0 },
	{ "what is left out is as much as there is", PB_QUEUES,
	  R(1, 8), LEFT, PARTBUS_NEG_GRANTED, 8 },
	{ "no cap is granted where there is none", PB_CAP_BPS,
	  R(1, ANY), R(1, ANY), PARTBUS_NEG_GRANTED, ANY },
	{ "a cap is granted where there is none", PB_CAP_BPS,
	  R(1, ANY), R(1, 4096), PARTBUS_NEG_GRANTED, 4096 },
	{ "where there is no cap a number is granted up to what is legal", PB_CAP_IOPS,
	  R(1, ANY), R(1, 1ULL << 60), PARTBUS_NEG_GRANTED, 1000000000 },
	{ "a least above what is legal is refused even where there is no cap", PB_CAP_IOPS,
	  R(1, ANY), R(1ULL << 60, 1ULL << 61), PARTBUS_NEG_REFUSED, 0 },
	{ "no cap as the least is refused where there is one", PB_CAP_BPS,
	  R(1, 4096), R(ANY, ANY), PARTBUS_NEG_REFUSED, 0 },
	{ "a reserve of nothing is granted", PB_RESERVE_IOPS,
	  R(0, 0), R(0, 0), PARTBUS_NEG_GRANTED, 0 },
	{ "a reserve that cannot be had is refused", PB_RESERVE_IOPS,
	  R(0, 99), R(100, 100), PARTBUS_NEG_REFUSED, 0 },
	{ "a fact is granted as it is", PB_CAPACITY,
	  R(2048, 2048), R(1, ANY), PARTBUS_NEG_GRANTED, 2048 },
	{ "a fact does not grow because more is liked", PB_CAPACITY,
	  R(2048, 2048), R(1, 4096), PARTBUS_NEG_GRANTED, 2048 },
	{ "a fact does not shrink because less is liked", PB_CAPACITY,
	  R(2048, 2048), R(1, 1024), PARTBUS_NEG_GRANTED, 2048 },
	{ "a fact below the least is refused", PB_CAPACITY,
	  R(2048, 2048), R(2049, ANY), PARTBUS_NEG_REFUSED, 0 },
	{ "a disk that must be writable and is not is refused", PB_WRITABLE,
	  R(0, 0), R(1, 1), PARTBUS_NEG_REFUSED, 0 },
	{ "a power of two is granted as it is", PB_SLOT_SIZE,
	  R(4096, 1 << 20), R(4096, 65536), PARTBUS_NEG_GRANTED, 65536 },
	{ "another number is rounded down", PB_SLOT_SIZE,
	  R(4096, 1 << 20), R(4096, 100000), PARTBUS_NEG_GRANTED, 65536 },
	{ "the most is rounded down, too", PB_SLOT_SIZE,
	  R(4096, 100000), R(4096, ANY), PARTBUS_NEG_GRANTED, 65536 },
	{ "no power of two in the range is refused", PB_SLOT_SIZE,
	  R(4096, 1 << 20), R(70000, 100000), PARTBUS_NEG_REFUSED, 0 },
	{ "what is not to be had may be left out", PB_SLOT_SIZE,
	  LEFT, LEFT, PARTBUS_NEG_GRANTED, ANY },
	{ "what is not to be had and not needed is granted", PB_FUA,
	  LEFT, R(0, 1), PARTBUS_NEG_GRANTED, ANY },
	{ "what is not to be had and needed is refused", PB_FUA,
	  LEFT, R(1, 1), PARTBUS_NEG_REFUSED, 0 },
};

static void set(struct pb_ranges *r, int attr, const struct range *range)
{
	if (range->set)
		pb_ranges_set(r, attr, range->least, range->like);
}

static void answer(void **state)
{
	const struct answer_row *row = *state;
	struct pb_ranges available = { 0 }, wish = { 0 };
	struct pb_contract contract = { .epoch = 42 };
	struct pb_refusal why;

	/* arrange */
	memset(&why, 0xa5, sizeof(why));
	set(&available, row->attr, &row->available);
	set(&wish, row->attr, &row->wish);

	/* act, assert */
	assert_int_equal(pb_contract_answer(PARTBUS_CLASS_BLOCK, &available, &wish, &contract,
					    &why), row->answer);
	assert_int_equal(contract.epoch, 42);
	if (row->answer == PARTBUS_NEG_GRANTED) {
		assert_true(contract.present == available.present);
		if (row->available.set)
			assert_true(contract.value[row->attr] == row->value);
	}
	if (row->answer == PARTBUS_NEG_REFUSED) {
		assert_int_equal(why.type, pb_attr_table[row->attr].type);
		assert_non_null(memchr(why.text, 0, sizeof(why.text)));
		assert_non_null(strstr(why.text, pb_attr_table[row->attr].name));
	}
}

static void refusal_beats_offer(void **state)
{
	struct pb_ranges available = { 0 }, wish = { 0 };
	struct pb_contract contract;
	struct pb_refusal why;

	(void)state;
	pb_ranges_set(&available, PB_CAP_IOPS, 1, 10);
	pb_ranges_set(&wish, PB_CAP_IOPS, 1, 20);
	pb_ranges_set(&available, PB_CAPACITY, 10, 10);
	pb_ranges_set(&wish, PB_CAPACITY, 20, 20);
	assert_int_equal(pb_contract_answer(PARTBUS_CLASS_BLOCK, &available, &wish, &contract,
					    &why), PARTBUS_NEG_REFUSED);
	assert_string_equal(why.text, "capacity: at least 20 was asked for, 10 can be had");
}

static void other_class_does_not_count(void **state)
{
	struct pb_ranges available = { 0 }, wish = { 0 };
	struct pb_contract contract;
	struct pb_refusal why;

	(void)state;
	pb_ranges_set(&available, PB_CAPACITY, 10, 10);
	pb_ranges_set(&wish, PB_CAPACITY, 20, 20);
	assert_int_equal(pb_contract_answer(PARTBUS_CLASS_NET, &available, &wish, &contract,
					    &why), PARTBUS_NEG_GRANTED);
	assert_true(contract.present == 0);
}

struct choose_row {
	const char *sentence;
	struct range offer, wish, chosen;
	int result;
};

static const struct choose_row choose_rows[] = {
	{ "a like above the offer is cut down", R(1, 10), R(2, 20), R(2, 10), 0 },
	{ "a like below the offer is raised to it", R(5, 10), R(1, 2), R(1, 5), 0 },
	{ "a like in the offer stays", R(1, 10), R(2, 5), R(2, 5), 0 },
	{ "as much as there is stays that", R(1, 10), R(2, ANY), R(2, ANY), 0 },
	{ "no cap stays no cap", R(1, ANY), R(2, ANY), R(2, ANY), 0 },
	{ "a least above the offer is a dead end", R(1, 10), R(11, 20), R(11, 20), -EDOM },
	{ "an offer that contradicts itself is a dead end", R(10, 1), R(1, 5), R(1, 5), -EDOM },
	{ "what the wish left out is not asked for", R(1, 10), LEFT, LEFT, 0 },
	{ "what the offer left out stays", LEFT, R(2, 20), R(2, 20), 0 },
};

static void choose(void **state)
{
	const struct choose_row *row = *state;
	struct pb_ranges offer = { 0 }, wish = { 0 }, expected = { 0 };
	struct pb_refusal why;

	set(&offer, PB_CAP_IOPS, &row->offer);
	set(&wish, PB_CAP_IOPS, &row->wish);
	set(&expected, PB_CAP_IOPS, &row->chosen);
	assert_int_equal(pb_contract_choose(&offer, &wish, &why), row->result);
	assert_memory_equal(&wish, &expected, sizeof(wish));
}

static void dead_end_leaves_the_wish(void **state)
{
	struct pb_ranges offer = { 0 }, wish = { 0 }, before;
	struct pb_refusal why;

	(void)state;
	pb_ranges_set(&offer, PB_CAP_IOPS, 1, 10);
	pb_ranges_set(&wish, PB_CAP_IOPS, 1, 20);
	pb_ranges_set(&offer, PB_DEPTH, 1, 10);
	pb_ranges_set(&wish, PB_DEPTH, 11, 20);
	before = wish;
	assert_int_equal(pb_contract_choose(&offer, &wish, &why), -EDOM);
	assert_memory_equal(&wish, &before, sizeof(wish));
	assert_int_equal(why.type, PARTBUS_ATTR_DEPTH);
	assert_string_equal(why.text, "depth: at least 11 is needed, 10 is offered");
}

static struct pb_contract good_contract(void)
{
	struct pb_contract c = { 0 };
	int i;

	for (i = 0; i < PB_ATTR_COUNT; i++)
		pb_contract_set(&c, i, pb_attr_table[i].min);
	pb_contract_set(&c, PB_PHYSICAL_BLOCK, 4096);
	pb_contract_set(&c, PB_DEPTH, PARTBUS_NET_MIN_DEPTH);
	return c;
}

struct check_row {
	const char *sentence;
	int attr;
	__u64 value;
	int result;
};

static const struct check_row check_rows[] = {
	{ "the smallest contract is legal", PB_WEIGHT, 1, 0 },
	{ "a cap may be any", PB_CAP_IOPS, ANY, 0 },
	{ "a depth may not", PB_DEPTH, ANY, -EDOM },
	{ "a reserve may not", PB_RESERVE_BPS, ANY, -EDOM },
	{ "a value below the limits is not legal", PB_QUEUES, 0, -EDOM },
	{ "a value above the limits is not legal", PB_QUEUES, 17, -EDOM },
	{ "a flag is 0 or 1", PB_WRITABLE, 2, -EDOM },
	{ "a slot is a power of two", PB_SLOT_SIZE, 12288, -EDOM },
	{ "a logical block is a power of two", PB_LOGICAL_BLOCK, 1536, -EDOM },
	{ "a physical block is a power of two", PB_PHYSICAL_BLOCK, 1536, -EDOM },
	{ "the logical block may equal the physical", PB_PHYSICAL_BLOCK, 512, 0 },
	{ "a disk may have no sectors", PB_CAPACITY, 0, 0 },
	{ "a disk beyond 63 bits of bytes is not legal", PB_CAPACITY, 1ULL << 54, -EDOM },
};

static void check(void **state)
{
	const struct check_row *row = *state;
	struct pb_contract c = good_contract();
	struct pb_ranges wish = { 0 };
	struct pb_refusal why = { 0 };

	pb_contract_set(&c, row->attr, row->value);
	assert_int_equal(pb_contract_check(PARTBUS_CLASS_BLOCK, &c, &wish, &why), row->result);
	if (row->result)
		assert_int_equal(why.type, pb_attr_table[row->attr].type);
}

static void check_everything_present(void **state)
{
	struct pb_contract c;
	struct pb_ranges wish = { 0 };
	struct pb_refusal why;
	int i;

	(void)state;
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		__u32 class;

		for (class = PARTBUS_CLASS_BLOCK; class <= PARTBUS_CLASS_MAX; class++) {
			c = good_contract();
			c.present &= ~(1ULL << i);
			memset(&why, 0, sizeof(why));
			assert_int_equal(pb_contract_check(class, &c, &wish, &why),
					 pb_attr_of_class(i, class) ? -EDOM : 0);
			assert_int_equal(why.type, pb_attr_of_class(i, class) ?
					 pb_attr_table[i].type : 0);
		}
	}
}

static void check_least(void **state)
{
	struct pb_contract c;
	struct pb_ranges wish;
	struct pb_refusal why;
	int i;

	(void)state;
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		c = good_contract();
		memset(&wish, 0, sizeof(wish));
		__u32 class = pb_attr_of_class(i, PARTBUS_CLASS_NET) ? PARTBUS_CLASS_NET :
								       PARTBUS_CLASS_BLOCK;

		pb_ranges_set(&wish, i, c.value[i], ANY);
		assert_int_equal(pb_contract_check(class, &c, &wish, &why), 0);
		pb_ranges_set(&wish, i, c.value[i] + 1, ANY);
		assert_int_equal(pb_contract_check(class, &c, &wish, &why), -EDOM);
	}
}

static void check_blocks(void **state)
{
	struct pb_contract c = good_contract();
	struct pb_ranges wish = { 0 };
	struct pb_refusal why;

	(void)state;
	pb_contract_set(&c, PB_LOGICAL_BLOCK, 4096);
	pb_contract_set(&c, PB_PHYSICAL_BLOCK, 512);
	assert_int_equal(pb_contract_check(PARTBUS_CLASS_BLOCK, &c, &wish, &why), -EDOM);
	assert_int_equal(why.type, PARTBUS_ATTR_LOGICAL_BLOCK);
}

static const struct check_row net_rows[] = {
	{ "an address of one station is legal", PB_MAC, 0x525400123456ULL, 0 },
	{ "no address at all is not", PB_MAC, 0, -EDOM },
	{ "one of a group is not", PB_MAC, 0x015400123456ULL, -EDOM },
	{ "the broadcast address is not", PB_MAC, 0xffffffffffffULL, -EDOM },
	{ "the provider's prefix is not", PB_MAC, 0xfe5400123456ULL, -EDOM },
	{ "an address of 49 bits is not", PB_MAC, 1ULL << 48, -EDOM },
	{ "an MTU that fits into a slot is legal", PB_MTU, 4096 - PARTBUS_NET_OVERHEAD, 0 },
	{ "a larger one is not", PB_MTU, 4096 - PARTBUS_NET_OVERHEAD + 1, -EDOM },
	{ "one below what IPv4 needs is not", PB_MTU, 67, -EDOM },
	{ "too few slots for both directions are not", PB_DEPTH, PARTBUS_NET_MIN_DEPTH - 1,
	  -EDOM },
	{ "a tag of 12 bits is legal", PB_VLAN, 4095, 0 },
	{ "one of 13 is not", PB_VLAN, 4096, -EDOM },
	{ "what is received may be without a cap", PB_RX_CAP_PPS, ANY, 0 },
	{ "a reserve of it may not", PB_RX_RESERVE_PPS, ANY, -EDOM },
};

static void check_net(void **state)
{
	const struct check_row *row = *state;
	struct pb_contract c = good_contract();
	struct pb_ranges wish = { 0 };
	struct pb_refusal why = { 0 };

	pb_contract_set(&c, row->attr, row->value);
	assert_int_equal(pb_contract_check(PARTBUS_CLASS_NET, &c, &wish, &why), row->result);
	if (row->result)
		assert_int_equal(why.type, pb_attr_table[row->attr].type);
}

static void same_geometry(void **state)
{
	struct pb_contract a = good_contract(), b = good_contract();

	(void)state;
	assert_true(pb_contract_same_geometry(&a, &b));
	pb_contract_set(&b, PB_CAP_IOPS, 777);
	assert_true(pb_contract_same_geometry(&a, &b));
	pb_contract_set(&b, PB_QUEUES, 2);
	assert_false(pb_contract_same_geometry(&a, &b));
	b = a;
	pb_contract_set(&b, PB_DEPTH, 2);
	assert_false(pb_contract_same_geometry(&a, &b));
	b = a;
	pb_contract_set(&b, PB_SLOT_SIZE, 8192);
	assert_false(pb_contract_same_geometry(&a, &b));
}

static void table_is_sound(void **state)
{
	int i, k;

	(void)state;
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		assert_non_null(pb_attr_table[i].name);
		assert_true(pb_attr_table[i].min <= pb_attr_table[i].max);
		assert_true(pb_attr_table[i].max < ANY);
		assert_int_equal(pb_attr_index(pb_attr_table[i].type), i);
		/* The class is in the upper byte of the type. */
		assert_int_equal(pb_attr_table[i].type >> 8, pb_attr_table[i].class);
		assert_int_equal(pb_attr_of_class(i, PARTBUS_CLASS_BLOCK), i < PB_MAC);
		assert_int_equal(pb_attr_of_class(i, PARTBUS_CLASS_NET),
				 i < PB_CAPACITY || i >= PB_MAC);
		for (k = 0; k < i; k++)
			assert_string_not_equal(pb_attr_table[i].name, pb_attr_table[k].name);
	}
	assert_int_equal(PB_ATTRS_COMMON + PB_ATTRS_BLOCK + PB_ATTRS_NET, PB_ATTR_COUNT);
	for (i = 0; i < PB_ATTR_LIMITS; i++) {
		assert_false(pb_attr_table[pb_attr_limits[i].reserve].any);
		assert_true(pb_attr_table[pb_attr_limits[i].cap].any);
		assert_false(pb_attr_table[pb_attr_limits[i].burst].any);
	}
	assert_int_equal(pb_attr_index(PARTBUS_ATTR_REASON), -1);
	assert_int_equal(pb_attr_index(0), -1);
	assert_int_equal(pb_attr_index(0xffff), -1);
	assert_false(pb_attr_of_class(-1, PARTBUS_CLASS_BLOCK));
	assert_false(pb_attr_of_class(PB_ATTR_COUNT, PARTBUS_CLASS_BLOCK));
}

static __u64 legal_value(__u64 *seed, int attr)
{
	const struct pb_attr_info *info = &pb_attr_table[attr];
	__u64 v = info->min + below(seed, info->max - info->min + 1) / (1 + below(seed, 1000));

	if (attr == PB_SLOT_SIZE)
		v = 4096ULL << below(seed, 9);
	if (attr == PB_LOGICAL_BLOCK)
		v = 512ULL << below(seed, 4);
	if (attr == PB_PHYSICAL_BLOCK)
		v = 4096ULL << below(seed, 4);
	return v < info->min ? info->min : v;
}

/*
 * Whatever honest ends begin with: after an offer one choice suffices, and what
 * is granted keeps the client's least, the server's limits and the table's.
 */
static void two_rounds_suffice(void **state)
{
	unsigned int granted = 0, offered = 0, refused = 0;
	struct pb_ranges available, wish, first;
	struct pb_contract c;
	struct pb_refusal why;
	__u64 seed = 5, a, b;
	int i, n, result;

	(void)state;
	for (n = 0; n < 20000; n++) {
		memset(&available, 0, sizeof(available));
		memset(&wish, 0, sizeof(wish));
		for (i = 0; i < PB_ATTR_COUNT; i++) {
			if (!pb_attr_of_class(i, PARTBUS_CLASS_BLOCK))
				continue;
			a = legal_value(&seed, i);
			b = legal_value(&seed, i);
			if (pb_attr_stated(i))
				b = a;
			pb_ranges_set(&available, i, below(&seed, 4) ? pb_attr_table[i].min : a,
				      a > b ? a : b);
			if (pb_attr_stated(i))
				available.least[i] = a;
			if (!below(&seed, 2))
				continue;
			a = below(&seed, 10) ? pb_attr_table[i].min : legal_value(&seed, i);
			b = below(&seed, 2) ? ANY : legal_value(&seed, i);
			pb_ranges_set(&wish, i, a < b ? a : b, a < b ? b : a);
		}
		first = wish;
		memset(&why, 0, sizeof(why));
		result = pb_contract_answer(PARTBUS_CLASS_BLOCK, &available, &wish, &c, &why);
		if (result == PARTBUS_NEG_REFUSED) {
			assert_int_not_equal(why.type, 0);
			refused++;
			continue;
		}
		if (result == PARTBUS_NEG_OFFERED) {
			offered++;
			assert_int_equal(pb_contract_choose(&available, &wish, &why), 0);
			result = pb_contract_answer(PARTBUS_CLASS_BLOCK, &available, &wish, &c,
						    &why);
		}
		assert_int_equal(result, PARTBUS_NEG_GRANTED);
		granted++;
		assert_int_equal(pb_contract_check(PARTBUS_CLASS_BLOCK, &c, &first, &why), 0);
		for (i = 0; i < PB_ATTR_COUNT; i++) {
			if (!pb_attr_of_class(i, PARTBUS_CLASS_BLOCK))
				continue;
			assert_true(c.value[i] <= available.like[i]);
			assert_true(c.value[i] >= available.least[i]);
		}
	}
	assert_true(granted > 1000 && offered > 1000 && refused > 1000);
}

/* What is left of a burst of 7 that was set, when @given is asked for. */
struct uncap_row {
	const char *sentence;
	struct range cap, burst;
	bool stays;
};

static const struct uncap_row uncap_rows[] = {
	{ "a cap that goes takes its burst along", R(0, ANY), LEFT, false },
	{ "a cap that changes does not", R(0, 500), LEFT, true },
	{ "nor does one that is not spoken of", LEFT, LEFT, true },
	{ "a burst that is given with the word stays", R(0, ANY), R(7, 7), true },
};

static void uncap(void **state)
{
	const struct uncap_row *row = *state;
	static const int pairs[2][2] = {
		{ PB_CAP_IOPS, PB_BURST_IOS }, { PB_CAP_BPS, PB_BURST_BYTES },
	};
	int i;

	for (i = 0; i < 2; i++) {
		struct pb_ranges r = {}, given = {};
		int burst = pairs[i][1], other = pairs[!i][1];

		pb_ranges_set(&r, burst, 7, 7);
		pb_ranges_set(&r, other, 9, 9);
		if (row->cap.set)
			pb_ranges_set(&given, pairs[i][0], row->cap.least, row->cap.like);
		if (row->burst.set)
			pb_ranges_set(&given, burst, row->burst.least, row->burst.like);
		pb_ranges_uncap(&r, &given);
		assert_int_equal(!!(r.present & (1ULL << burst)), row->stays);
		assert_true(r.present & (1ULL << other));
	}
}

int main(void)
{
	add_rows(answer_rows, answer);
	add_test("one refusal beats any offer", refusal_beats_offer, NULL);
	add_test("attributes of another class do not count", other_class_does_not_count, NULL);
	add_rows(choose_rows, choose);
	add_test("a dead end leaves the wish as it was", dead_end_leaves_the_wish, NULL);
	add_rows(check_rows, check);
	add_rows(net_rows, check_net);
	add_test("every attribute of the class must be there", check_everything_present, NULL);
	add_test("no attribute may be below the least", check_least, NULL);
	add_test("a logical block above the physical is not legal", check_blocks, NULL);
	add_rows(uncap_rows, uncap);
	add_test("geometry is queues, depth and slot size", same_geometry, NULL);
	add_test("the table of attributes is sound", table_is_sound, NULL);
	add_test("two rounds suffice for honest ends", two_rounds_suffice, NULL);
	return run_all("contract");
}
