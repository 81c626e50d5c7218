// SPDX-License-Identifier: GPL-2.0
/* The ring: rows of indices and events, order and copies, hostile peers. */
#include "harness.h"

#include <vmbus/ring.h>
#include <vmbus/tests/ring_cases.h>

#define SIZE	4

/* On the heap, so that the sanitizer sees every byte beyond. */
struct fixture {
	struct partbus_ring_ctl *ctl;
	__u64 *entries;
	struct pb_ring prod, cons;
};

static void setup(struct fixture *f)
{
	f->ctl = malloc(sizeof(*f->ctl));
	f->entries = calloc(SIZE, sizeof(*f->entries));
	memset(f->ctl, 0xa5, sizeof(*f->ctl));
	pb_ring_format(f->ctl);
	pb_ring_init(&f->prod, f->ctl, f->entries, SIZE, sizeof(*f->entries));
	pb_ring_init(&f->cons, f->ctl, f->entries, SIZE, sizeof(*f->entries));
}

static void teardown(struct fixture *f)
{
	free(f->ctl);
	free(f->entries);
}

/* Lets both ends begin at any index. */
static void begin_at(struct fixture *f, __u32 index)
{
	f->prod.own = f->prod.told = f->prod.seen = index;
	f->cons.own = f->cons.told = f->cons.seen = index;
	f->ctl->prod = f->ctl->cons = cpu_to_le32(index);
}

static void consumer_row(void **state)
{
	const struct pb_ring_case *c = *state;
	struct fixture f;
	__u64 entry;
	int result;

	/* arrange */
	setup(&f);
	f.cons.own = c->own;
	f.cons.told = c->told;
	f.cons.seen = c->seen;
	f.ctl->prod = cpu_to_le32(c->peer);

	/* act */
	result = pb_ring_consume(&f.cons, &entry);

	/* assert */
	assert_int_equal(result, c->result);
	if (result == -EPROTO) {
		f.ctl->prod = cpu_to_le32(c->own + 1);
		assert_int_equal(pb_ring_consume(&f.cons, &entry), -EPROTO);
	}
	teardown(&f);
}

static void producer_row(void **state)
{
	const struct pb_ring_case *c = *state;
	struct fixture f;
	__u64 entry = 1;
	int result;

	/* arrange */
	setup(&f);
	f.prod.own = c->own;
	f.prod.told = c->told;
	f.prod.seen = c->seen;
	f.ctl->cons = cpu_to_le32(c->peer);

	/* act */
	result = pb_ring_produce(&f.prod, &entry);

	/* assert */
	assert_int_equal(result, c->result);
	if (result == -EPROTO) {
		f.ctl->cons = cpu_to_le32(c->told);
		assert_int_equal(pb_ring_produce(&f.prod, &entry), -EPROTO);
	}
	teardown(&f);
}

static void event_row(void **state)
{
	const struct pb_ring_event_case *c = *state;
	struct fixture f;

	/* arrange */
	setup(&f);
	f.prod.told = c->old;
	f.prod.own = c->now;
	f.ctl->prod_event = cpu_to_le32(c->event);
	f.cons.told = c->old;
	f.cons.own = c->now;
	f.ctl->cons_event = cpu_to_le32(c->event);

	/* act, assert */
	assert_int_equal(pb_ring_publish(&f.prod), c->doorbell);
	assert_int_equal(le32_to_cpu(f.ctl->prod), c->now);
	assert_int_equal(pb_ring_release(&f.cons), c->doorbell);
	assert_int_equal(le32_to_cpu(f.ctl->cons), c->now);

	/* nothing new: nothing to tell, whatever the event says */
	assert_false(pb_ring_publish(&f.prod));
	assert_false(pb_ring_release(&f.cons));
	teardown(&f);
}

static void entries_in_order(void **state)
{
	__u64 in = 100, out = 100, got;
	struct fixture f;
	int round, n;

	(void)state;
	setup(&f);
	begin_at(&f, 0xfffffff5u);
	for (round = 0; round < 40; round++) {
		n = 0;
		while (!pb_ring_produce(&f.prod, &in)) {
			in++;
			n++;
		}
		assert_int_equal(n, round ? round % SIZE + 1 : SIZE);
		pb_ring_publish(&f.prod);
		for (n = 0; n < (round + 1) % SIZE + 1; n++) {
			assert_int_equal(pb_ring_consume(&f.cons, &got), 1);
			assert_int_equal(got, out++);
		}
		pb_ring_release(&f.cons);
	}
	while (pb_ring_consume(&f.cons, &got))
		assert_int_equal(got, out++);
	assert_int_equal(out, in);
	teardown(&f);
}

static void unpublished_is_invisible(void **state)
{
	struct fixture f;
	__u64 entry = 7;

	(void)state;
	setup(&f);
	assert_int_equal(pb_ring_produce(&f.prod, &entry), 0);
	assert_false(pb_ring_pending(&f.cons));
	assert_int_equal(pb_ring_consume(&f.cons, &entry), 0);
	pb_ring_publish(&f.prod);
	assert_true(pb_ring_pending(&f.cons));
	assert_int_equal(pb_ring_consume(&f.cons, &entry), 1);
	assert_false(pb_ring_pending(&f.cons));
	teardown(&f);
}

static void unreleased_is_not_overwritten(void **state)
{
	__u64 entry = 0, got;
	struct fixture f;
	int i;

	(void)state;
	setup(&f);
	for (i = 0; i < SIZE; i++)
		assert_int_equal(pb_ring_produce(&f.prod, &entry), 0);
	pb_ring_publish(&f.prod);
	assert_int_equal(pb_ring_consume(&f.cons, &got), 1);
	assert_int_equal(pb_ring_produce(&f.prod, &entry), -ENOSPC);
	pb_ring_release(&f.cons);
	assert_int_equal(pb_ring_produce(&f.prod, &entry), 0);
	assert_int_equal(pb_ring_produce(&f.prod, &entry), -ENOSPC);
	teardown(&f);
}

static void unread_is_counted(void **state)
{
	__u64 entry = 0, got;
	struct fixture f;

	(void)state;
	setup(&f);
	begin_at(&f, 0xfffffffeu);
	assert_int_equal(pb_ring_unread(&f.prod), 0);
	pb_ring_produce(&f.prod, &entry);
	assert_int_equal(pb_ring_unread(&f.prod), 0);
	pb_ring_produce(&f.prod, &entry);
	pb_ring_produce(&f.prod, &entry);
	pb_ring_publish(&f.prod);
	assert_int_equal(pb_ring_unread(&f.prod), 3);
	pb_ring_consume(&f.cons, &got);
	pb_ring_release(&f.cons);
	assert_int_equal(pb_ring_unread(&f.prod), 2);

	/* behind what was seen, although no more than the ring's size off */
	f.ctl->cons = cpu_to_le32(0xfffffffeu);
	assert_int_equal(pb_ring_unread(&f.prod), -EPROTO);
	f.ctl->cons = cpu_to_le32(0xffffffffu);
	assert_int_equal(pb_ring_unread(&f.prod), -EPROTO);
	assert_int_equal(pb_ring_produce(&f.prod, &entry), -EPROTO);
	teardown(&f);

	/* ahead of what was published */
	setup(&f);
	pb_ring_produce(&f.prod, &entry);
	f.ctl->cons = cpu_to_le32(1);
	assert_int_equal(pb_ring_unread(&f.prod), -EPROTO);
	teardown(&f);
}

static void arming(void **state)
{
	__u64 entry = 0;
	struct fixture f;

	(void)state;
	setup(&f);

	/* an empty ring: sleep, and be woken */
	assert_false(pb_ring_arm(&f.cons));
	pb_ring_produce(&f.prod, &entry);
	assert_true(pb_ring_publish(&f.prod));

	/* not armed again: no second doorbell */
	pb_ring_produce(&f.prod, &entry);
	assert_false(pb_ring_publish(&f.prod));

	/* armed too late: do not sleep */
	assert_true(pb_ring_arm(&f.cons));
	assert_int_equal(pb_ring_consume(&f.cons, &entry), 1);
	assert_true(pb_ring_arm(&f.cons));
	assert_int_equal(pb_ring_consume(&f.cons, &entry), 1);
	assert_false(pb_ring_arm(&f.cons));
	teardown(&f);
}

static void wanting_room(void **state)
{
	struct fixture f;
	__u64 entry = 0;

	(void)state;
	setup(&f);
	begin_at(&f, 100);
	f.ctl->cons_event = cpu_to_le32(0);
	while (!pb_ring_produce(&f.prod, &entry))
		;
	pb_ring_publish(&f.prod);

	/* nobody asked for a doorbell */
	pb_ring_consume(&f.cons, &entry);
	assert_false(pb_ring_release(&f.cons));
	/* room came before the question: do not sleep */
	assert_true(pb_ring_want_room(&f.prod));
	assert_int_equal(pb_ring_produce(&f.prod, &entry), 0);
	assert_int_equal(pb_ring_produce(&f.prod, &entry), -ENOSPC);
	/* no room: sleep, and be woken */
	assert_false(pb_ring_want_room(&f.prod));
	pb_ring_consume(&f.cons, &entry);
	assert_true(pb_ring_release(&f.cons));
	assert_int_equal(pb_ring_produce(&f.prod, &entry), 0);
	teardown(&f);
}

static void hostile_index_ends_sleep(void **state)
{
	struct fixture f;
	__u64 entry = 0;

	(void)state;
	setup(&f);
	f.ctl->prod = cpu_to_le32(99);
	assert_true(pb_ring_arm(&f.cons));
	assert_int_equal(pb_ring_consume(&f.cons, &entry), -EPROTO);
	while (!pb_ring_produce(&f.prod, &entry))
		;
	f.ctl->cons = cpu_to_le32(99);
	assert_true(pb_ring_want_room(&f.prod));
	assert_int_equal(pb_ring_produce(&f.prod, &entry), -EPROTO);
	teardown(&f);
}

/* Whatever the words say, no call reads or writes beyond the ring or hands out too much. */
static void hostile_words(void **state)
{
	__u64 seed = 1, entry = 0;
	struct fixture f;
	int i, k, n;

	(void)state;
	for (i = 0; i < 20000; i++) {
		setup(&f);
		begin_at(&f, (__u32)any_magnitude(&seed));
		for (k = 0; k < 30; k++) {
			if (!below(&seed, 3))
				f.ctl->prod = f.cons.own + (__u32)below(&seed, 3 * SIZE) - SIZE;
			if (!below(&seed, 3))
				f.ctl->cons = f.prod.seen + (__u32)below(&seed, 3 * SIZE) - SIZE;
			f.ctl->prod_event = cpu_to_le32((__u32)next_random(&seed));
			f.ctl->cons_event = cpu_to_le32((__u32)next_random(&seed));
			n = 0;
			while (pb_ring_produce(&f.prod, &entry) == 0)
				n++;
			assert_true(n <= SIZE);
			pb_ring_publish(&f.prod);
			pb_ring_want_room(&f.prod);
			n = 0;
			while (pb_ring_consume(&f.cons, &entry) == 1)
				n++;
			assert_true(n <= SIZE);
			pb_ring_release(&f.cons);
			pb_ring_arm(&f.cons);
		}
		teardown(&f);
	}
}

int main(void)
{
	add_rows(pb_ring_consumer_cases, consumer_row);
	add_rows(pb_ring_producer_cases, producer_row);
	add_rows(pb_ring_event_cases, event_row);
	add_test("entries come out in order, over the wrap, too", entries_in_order, NULL);
	add_test("what is not published is not seen", unpublished_is_invisible, NULL);
	add_test("what is not released is not overwritten", unreleased_is_not_overwritten, NULL);
	add_test("what was not taken is counted, and doubted", unread_is_counted, NULL);
	add_test("a consumer that armed is woken once", arming, NULL);
	add_test("a producer that wants room is woken", wanting_room, NULL);
	add_test("an end does not sleep on an impossible index", hostile_index_ends_sleep, NULL);
	add_test("no words of a peer lead beyond the ring", hostile_words, NULL);
	return run_all("ring");
}
