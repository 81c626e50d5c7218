// SPDX-License-Identifier: GPL-2.0
/*
 * Every shared word is read at most once per call, and a peer that changes it
 * right after that changes nothing. The ring is compiled into this program
 * with accessors that count and that change the word behind its back.
 */
#include "harness.h"

#define _PB_RING_BARRIER_H

static unsigned int reads, fences;
static __u32 rewrite;

static __le32 counted_read(__le32 *word)
{
	__le32 value = *word;

	reads++;
	if (rewrite)
		*word = rewrite;
	return value;
}

#define pb_read_once(p)		counted_read((__le32 *)(p))
#define pb_load_acquire(p)	counted_read((__le32 *)(p))
#define pb_write_once(p, v)	(*(p) = (v))
#define pb_store_release(p, v)	(*(p) = (v))
#define pb_own_read(p)		(*(p))
#define pb_own_write(p, v)	(*(p) = (v))
#define pb_full_barrier()	(fences++)
#define pb_compiler_barrier()	do { } while (0)

#include "../../kernel/vmbus/ring.c"

#define SIZE	4

static struct partbus_ring_ctl ctl;
static __u32 entries[SIZE];
static struct pb_ring ring;

static void setup(void)
{
	rewrite = 0;
	pb_ring_format(&ctl);
	pb_ring_init(&ring, &ctl, entries, SIZE, sizeof(entries[0]));
	reads = fences = 0;
}

static void consume_reads_once(void **state)
{
	__u32 entry;

	(void)state;
	setup();
	ctl.prod = cpu_to_le32(2);
	rewrite = 0x12345678;
	assert_int_equal(pb_ring_consume(&ring, &entry), 1);
	assert_int_equal(reads, 1);
	/* the second was seen with the first: no look at the lie */
	assert_int_equal(pb_ring_consume(&ring, &entry), 1);
	assert_int_equal(reads, 1);
	assert_int_equal(pb_ring_consume(&ring, &entry), -EPROTO);
	assert_int_equal(reads, 2);
	assert_int_equal(pb_ring_consume(&ring, &entry), -EPROTO);
	assert_int_equal(reads, 2);
}

static void produce_reads_once(void **state)
{
	__u32 entry = 0;
	int i;

	(void)state;
	setup();
	for (i = 0; i < SIZE; i++)
		assert_int_equal(pb_ring_produce(&ring, &entry), 0);
	assert_int_equal(reads, 0);
	pb_ring_publish(&ring);
	reads = 0;
	assert_int_equal(pb_ring_produce(&ring, &entry), -ENOSPC);
	assert_int_equal(reads, 1);
	ctl.cons = cpu_to_le32(1);
	rewrite = 0x12345678;
	assert_int_equal(pb_ring_produce(&ring, &entry), 0);
	assert_int_equal(reads, 2);
}

static void telling_reads_once(void **state)
{
	__u32 entry = 0;

	(void)state;
	setup();
	pb_ring_produce(&ring, &entry);
	assert_true(pb_ring_publish(&ring));
	assert_int_equal(reads, 1);
	assert_int_equal(fences, 1);
	assert_false(pb_ring_publish(&ring));
	assert_int_equal(reads, 1);

	setup();
	ctl.prod = cpu_to_le32(1);
	pb_ring_consume(&ring, &entry);
	reads = 0;
	assert_true(pb_ring_release(&ring));
	assert_int_equal(reads, 1);
	assert_int_equal(fences, 1);
}

static void asking_reads_once(void **state)
{
	(void)state;
	setup();
	assert_false(pb_ring_arm(&ring));
	assert_int_equal(reads, 1);
	assert_int_equal(fences, 1);

	setup();
	assert_true(pb_ring_want_room(&ring));
	assert_int_equal(reads, 1);
	assert_int_equal(fences, 1);
}

int main(void)
{
	add_test("consuming reads the index once per batch", consume_reads_once, NULL);
	add_test("producing reads the index only when full, and once", produce_reads_once, NULL);
	add_test("publishing and releasing read the event once, behind a barrier",
		 telling_reads_once, NULL);
	add_test("arming and wanting room read the index once, behind a barrier",
		 asking_reads_once, NULL);
	return run_all("ring_once");
}
