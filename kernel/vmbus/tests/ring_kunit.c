// SPDX-License-Identifier: GPL-2.0
/* The ring in the kernel: the rows that selftests/user runs, with the kernel's barriers. */
#include <linux/errno.h>
#include <linux/module.h>
#include <kunit/test.h>

#include <vmbus/ring.h>
#include <vmbus/tests/ring_cases.h>

#define SIZE	4

struct fixture {
	struct partbus_ring_ctl ctl;
	u64 entries[SIZE];
	struct pb_ring ring;
};

static struct fixture *setup(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	pb_ring_format(&f->ctl);
	pb_ring_init(&f->ring, &f->ctl, f->entries, SIZE, sizeof(f->entries[0]));
	return f;
}

static void ring_case_desc(const struct pb_ring_case *c, char *desc)
{
	strscpy(desc, c->sentence, KUNIT_PARAM_DESC_SIZE);
}

static void ring_event_desc(const struct pb_ring_event_case *c, char *desc)
{
	strscpy(desc, c->sentence, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(consumer, pb_ring_consumer_cases, ring_case_desc);
KUNIT_ARRAY_PARAM(producer, pb_ring_producer_cases, ring_case_desc);
KUNIT_ARRAY_PARAM(event, pb_ring_event_cases, ring_event_desc);

static void ring_consumer(struct kunit *test)
{
	const struct pb_ring_case *c = test->param_value;
	struct fixture *f;
	u64 entry;

	/* arrange */
	f = setup(test);
	f->ring.own = c->own;
	f->ring.told = c->told;
	f->ring.seen = c->seen;
	f->ctl.prod = cpu_to_le32(c->peer);

	/* act, assert */
	KUNIT_EXPECT_EQ(test, pb_ring_consume(&f->ring, &entry), c->result);
}

static void ring_producer(struct kunit *test)
{
	const struct pb_ring_case *c = test->param_value;
	struct fixture *f;
	u64 entry = 1;

	/* arrange */
	f = setup(test);
	f->ring.own = c->own;
	f->ring.told = c->told;
	f->ring.seen = c->seen;
	f->ctl.cons = cpu_to_le32(c->peer);

	/* act, assert */
	KUNIT_EXPECT_EQ(test, pb_ring_produce(&f->ring, &entry), c->result);
}

static void ring_event(struct kunit *test)
{
	const struct pb_ring_event_case *c = test->param_value;
	struct fixture *f;

	/* arrange */
	f = setup(test);
	f->ring.told = c->old;
	f->ring.own = c->now;
	f->ctl.prod_event = cpu_to_le32(c->event);

	/* act, assert */
	KUNIT_EXPECT_EQ(test, pb_ring_publish(&f->ring), c->doorbell);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE_PARAM(ring_consumer, consumer_gen_params),
	KUNIT_CASE_PARAM(ring_producer, producer_gen_params),
	KUNIT_CASE_PARAM(ring_event, event_gen_params),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "partbus_ring",
	.test_cases = ring_cases,
};

kunit_test_suite(ring_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the partition bus's rings");
