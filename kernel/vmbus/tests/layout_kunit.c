// SPDX-License-Identifier: GPL-2.0
/* Geometry of data sections in the kernel: the rows that selftests/user runs. */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/string.h>
#include <kunit/test.h>

#include <vmbus/layout.h>
#include <vmbus/tests/layout_cases.h>

static void layout_case_desc(const struct pb_layout_case *c, char *desc)
{
	strscpy(desc, c->sentence, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(layout, pb_layout_cases, layout_case_desc);

static void layout_geometry(struct kunit *test)
{
	const struct pb_layout_case *c = test->param_value;
	struct pb_layout l;

	KUNIT_ASSERT_EQ(test, pb_layout_init(&l, c->queues, c->depth, c->slot_size), c->result);
	if (c->result)
		return;
	KUNIT_EXPECT_EQ(test, l.ring_entries, c->ring_entries);
	KUNIT_EXPECT_EQ(test, l.queue_stride, c->queue_stride);
	KUNIT_EXPECT_EQ(test, l.cq_offset, c->cq_offset);
	KUNIT_EXPECT_EQ(test, l.slots_offset, c->slots_offset);
	KUNIT_EXPECT_EQ(test, l.size, c->size);
}

/* The places that the kernel maps are those that the user-space test has summed up. */
static void layout_slots(struct kunit *test)
{
	struct pb_layout l;

	KUNIT_ASSERT_EQ(test, pb_layout_init(&l, 16, 1024, 1 << 20), 0);
	KUNIT_EXPECT_EQ(test, pb_layout_slot(&l, 0, 0), l.slots_offset);
	KUNIT_EXPECT_EQ(test, pb_layout_slot(&l, 15, 1023) + (1 << 20), l.size);
	KUNIT_EXPECT_EQ(test, pb_layout_cq(&l, 15), pb_layout_sq(&l, 15) + l.cq_offset);
}

static struct kunit_case layout_cases[] = {
	KUNIT_CASE_PARAM(layout_geometry, layout_gen_params),
	KUNIT_CASE(layout_slots),
	{}
};

static struct kunit_suite layout_suite = {
	.name = "partbus_layout",
	.test_cases = layout_cases,
};

kunit_test_suite(layout_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the partition bus's data sections");
