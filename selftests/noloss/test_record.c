// SPDX-License-Identifier: GPL-2.0
/* Records and journal entries: what was written is read, and no bit may differ. */
#include "harness.h"

#include "entry.h"
#include "mix.h"
#include "record.h"

#define SECTORS	3u

static const struct record example = {
	.run = 0x1122334455667788, .id = 77, .first = 1000, .sectors = SECTORS, .worker = 5,
};

static void test_round(void **state)
{
	char data[SECTORS * RECORD_SECTOR];
	struct record r;

	(void)state;
	record_fill(data, &example);
	for (unsigned int s = 0; s < SECTORS; s++) {
		assert_int_equal(record_parse(data + s * RECORD_SECTOR, &r), RECORD_GOOD);
		assert_int_equal(r.lba, example.first + s);
		assert_true(r.run == example.run && r.id == example.id &&
			    r.first == example.first && r.sectors == SECTORS && r.worker == 5);
	}
}

static void test_bits(void **state)
{
	char data[SECTORS * RECORD_SECTOR];
	struct record r;

	(void)state;
	record_fill(data, &example);
	for (unsigned int bit = 0; bit < RECORD_SECTOR * 8; bit++) {
		enum record_kind kind;

		data[bit / 8] ^= 1 << bit % 8;
		kind = record_parse(data, &r);
		assert_true(kind == RECORD_TORN || (bit < 64 && kind == RECORD_FOREIGN));
		data[bit / 8] ^= 1 << bit % 8;
	}
}

static void test_torn(void **state)
{
	char old[SECTORS * RECORD_SECTOR], new[SECTORS * RECORD_SECTOR];
	struct record r, newer = example;

	(void)state;
	newer.id++;
	record_fill(old, &example);
	/* What comes before the third word is the same in both. */
	for (unsigned int cut = 24; cut < RECORD_SECTOR; cut += 8) {
		record_fill(new, &newer);
		memcpy(new + cut, old + cut, RECORD_SECTOR - cut);
		assert_int_equal(record_parse(new, &r), RECORD_TORN);
	}
}

static void test_others(void **state)
{
	char data[RECORD_SECTOR] = "";
	uint64_t seed = 3;
	struct record r;

	(void)state;
	assert_int_equal(record_parse(data, &r), RECORD_ZERO);
	data[RECORD_SECTOR - 1] = 1;
	assert_int_equal(record_parse(data, &r), RECORD_FOREIGN);
	for (int i = 0; i < 1000; i++) {
		for (unsigned int b = 0; b < RECORD_SECTOR; b++)
			data[b] = mix_next(&seed);
		assert_int_equal(record_parse(data, &r), RECORD_FOREIGN);
	}
}

static void test_entry_round(void **state)
{
	const struct entry all[] = {
		{ .seq = 1, .type = ENTRY_OPEN, .id = 512, .sectors = 100 },
		{ .seq = ~0ULL, .run = ~0ULL, .id = ~0ULL, .lba = ~0ULL, .time = ~0ULL,
		  .sectors = ~0u, .flags = ~0u, .error = ~0u, .worker = 0xffff,
		  .type = ENTRY_DONE, .op = OP_WRITE },
	};
	char bytes[ENTRY_SIZE];
	struct entry e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		entry_encode(&all[i], bytes);
		assert_true(entry_decode(bytes, &e));
		assert_memory_equal(&e, &all[i], sizeof(e));
	}
}

static void test_entry_bits(void **state)
{
	const struct entry good = {
		.seq = 9, .run = 4, .type = ENTRY_SUBMIT, .op = OP_WRITE, .lba = 8, .sectors = 8,
	};
	char bytes[ENTRY_SIZE] = "";
	struct entry e;

	(void)state;
	assert_false(entry_decode(bytes, &e));
	entry_encode(&good, bytes);
	for (unsigned int bit = 0; bit < ENTRY_SIZE * 8; bit++) {
		bytes[bit / 8] ^= 1 << bit % 8;
		assert_false(entry_decode(bytes, &e));
		bytes[bit / 8] ^= 1 << bit % 8;
	}
}

int main(void)
{
	add_test("a record is read as it was written", test_round, NULL);
	add_test("a sector with any bit changed is damaged", test_bits, NULL);
	add_test("a sector of two records is damaged", test_torn, NULL);
	add_test("zeroes are zeroes, anything else is foreign", test_others, NULL);
	add_test("an entry is read as it was written", test_entry_round, NULL);
	add_test("an entry with any bit changed is none", test_entry_bits, NULL);
	return run_all("record");
}
