// SPDX-License-Identifier: GPL-2.0
/* Frames in the kernel: the rows that selftests/user runs. */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/string.h>
#include <kunit/test.h>

#include <frame/frame.h>
#include <frame/tests/frame_cases.h>

#define DESC(kind)								\
static void kind##_desc(const struct pb_frame_##kind##_case *c, char *desc)	\
{										\
	strscpy(desc, c->sentence, KUNIT_PARAM_DESC_SIZE);			\
}										\
KUNIT_ARRAY_PARAM(kind, pb_frame_##kind##_cases, kind##_desc)

DESC(parse);
DESC(done);
DESC(header);
DESC(allowed);
DESC(wanted);

static void frame_parse(struct kunit *test)
{
	const struct pb_frame_parse_case *c = test->param_value;
	struct pb_frame_limits l = pb_frame_case_limits();
	struct partbus_net_req raw = pb_frame_case_req(c);
	struct pb_frame_request rq;
	const char *why = NULL;

	KUNIT_ASSERT_EQ(test, pb_frame_parse(&raw, c->queue, &l, &rq, &why), c->result);
	KUNIT_EXPECT_EQ(test, !!why, !!c->result);
	if (c->result)
		return;
	KUNIT_EXPECT_EQ(test, (int)rq.op, c->op);
	KUNIT_EXPECT_EQ(test, (int)rq.flags, c->flags);
	KUNIT_EXPECT_EQ(test, (int)rq.tag, c->tag);
	KUNIT_EXPECT_EQ(test, rq.length, c->length);
}

static void frame_done(struct kunit *test)
{
	const struct pb_frame_done_case *c = test->param_value;
	struct pb_frame_limits l = pb_frame_case_limits();
	struct partbus_net_done raw = pb_frame_case_done(c);
	struct pb_frame_answer done;
	const char *why = NULL;

	KUNIT_ASSERT_EQ(test, pb_frame_answered(&raw, c->op, true, &l, &done, &why), c->result);
	KUNIT_EXPECT_EQ(test, !!why, !!c->result);
	if (c->result)
		return;
	KUNIT_EXPECT_EQ(test, pb_frame_answered(&raw, c->op, false, &l, &done, &why),
			c->status == RETURNED ? -EPROTO : 0);
	KUNIT_EXPECT_EQ(test, (int)done.tag, 7);
	KUNIT_EXPECT_EQ(test, (int)done.status, c->status);
	KUNIT_EXPECT_EQ(test, done.length, c->length);
}

static void frame_header(struct kunit *test)
{
	const struct pb_frame_header_case *c = test->param_value;
	struct pb_frame_limits l = pb_frame_case_limits();
	struct partbus_net_header raw = pb_frame_case_header(c);
	struct pb_frame_info info;
	const char *why = NULL;

	KUNIT_ASSERT_EQ(test, pb_frame_header(&raw, c->length, &l, c->to_client, &info, &why),
			c->result);
	KUNIT_EXPECT_EQ(test, !!why, !!c->result);
	if (!c->result) {
		KUNIT_EXPECT_EQ(test, info.segments, c->segments);
		KUNIT_EXPECT_EQ(test, info.wire, pb_frame_case_wire(c));
	}
}

static void frame_allowed(struct kunit *test)
{
	const struct pb_frame_allowed_case *c = test->param_value;
	struct pb_frame_limits l = pb_frame_case_limits();
	struct pb_frame_info info = pb_frame_case_info(c);
	u8 link[PB_FRAME_LINK];

	l.vlan = c->vlan;
	l.any_mac = c->any_mac;
	pb_frame_case_link(c, link);
	KUNIT_EXPECT_EQ(test, (int)pb_frame_allowed(link, &info, &l), c->allowed);
}

static void frame_wanted(struct kunit *test)
{
	const struct pb_frame_wanted_case *c = test->param_value;
	struct pb_frame_filter *filter = kunit_kzalloc(test, sizeof(*filter), GFP_KERNEL);
	u8 dest[6];

	KUNIT_ASSERT_NOT_NULL(test, filter);
	filter->flags = c->flags;
	filter->count = c->count;
	pb_frame_mac(CASE_GROUP, filter->addr[2]);
	pb_frame_mac(c->dest, dest);
	KUNIT_EXPECT_EQ(test, (int)pb_frame_wanted(dest, CASE_MAC, filter), c->wanted);
}

static struct kunit_case frame_cases[] = {
	KUNIT_CASE_PARAM(frame_parse, parse_gen_params),
	KUNIT_CASE_PARAM(frame_done, done_gen_params),
	KUNIT_CASE_PARAM(frame_header, header_gen_params),
	KUNIT_CASE_PARAM(frame_allowed, allowed_gen_params),
	KUNIT_CASE_PARAM(frame_wanted, wanted_gen_params),
	{}
};

static struct kunit_suite frame_suite = {
	.name = "partbus_frame",
	.test_cases = frame_cases,
};

kunit_test_suite(frame_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the partition bus's frames");
