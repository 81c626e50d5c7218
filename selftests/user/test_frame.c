// SPDX-License-Identifier: GPL-2.0
/* Frames: what is believed, what is dropped, what is a violation. */
#include "harness.h"

#include <frame/frame.h>
#include <frame/tests/frame_cases.h>

static void parse(void **state)
{
	const struct pb_frame_parse_case *c = *state;
	struct pb_frame_limits l = pb_frame_case_limits();
	struct partbus_net_req raw = pb_frame_case_req(c);
	struct pb_frame_request rq;
	const char *why = NULL;
	unsigned int i;

	assert_int_equal(pb_frame_parse(&raw, c->queue, &l, &rq, &why), c->result);
	assert_int_equal(!!why, !!c->result);
	if (c->result)
		return;
	assert_int_equal(rq.op, c->op);
	assert_int_equal(rq.flags, c->flags);
	assert_int_equal(rq.tag, c->tag);
	assert_int_equal(rq.length, c->length);

	for (i = 0; i < sizeof(raw.reserved); i++) {
		raw.reserved[i] = 1;
		assert_int_equal(pb_frame_parse(&raw, c->queue, &l, &rq, &why), -EPROTO);
		raw.reserved[i] = 0;
	}
}

static void done(void **state)
{
	const struct pb_frame_done_case *c = *state;
	struct pb_frame_limits l = pb_frame_case_limits();
	struct partbus_net_done raw = pb_frame_case_done(c);
	struct pb_frame_answer answer;
	const char *why = NULL;
	unsigned int i;

	assert_int_equal(pb_frame_tag(&raw, &l), 7);
	assert_int_equal(pb_frame_answered(&raw, c->op, true, &l, &answer, &why), c->result);
	assert_int_equal(!!why, !!c->result);
	if (c->result)
		return;
	/* Nothing comes back without having been asked for. */
	assert_int_equal(pb_frame_answered(&raw, c->op, false, &l, &answer, &why),
			 c->status == RETURNED ? -EPROTO : 0);
	assert_int_equal(answer.tag, 7);
	assert_int_equal(answer.status, c->status);
	assert_int_equal(answer.length, c->length);

	for (i = 0; i < sizeof(raw.reserved); i++) {
		raw.reserved[i] = 1;
		assert_int_equal(pb_frame_answered(&raw, c->op, true, &l, &answer, &why), -EPROTO);
		raw.reserved[i] = 0;
	}
}

static void tags(void **state)
{
	struct pb_frame_limits l = pb_frame_case_limits();
	struct partbus_net_done raw = { .tag = cpu_to_le16(31) };

	(void)state;
	assert_int_equal(pb_frame_tag(&raw, &l), 31);
	raw.tag = cpu_to_le16(32);
	assert_int_equal(pb_frame_tag(&raw, &l), -EPROTO);
	raw.tag = cpu_to_le16(65535);
	assert_int_equal(pb_frame_tag(&raw, &l), -EPROTO);
}

static void header(void **state)
{
	const struct pb_frame_header_case *c = *state;
	struct pb_frame_limits l = pb_frame_case_limits();
	struct partbus_net_header raw = pb_frame_case_header(c);
	struct pb_frame_info info;
	const char *why = NULL;
	unsigned int i;

	assert_int_equal(pb_frame_header(&raw, c->length, &l, c->to_client, &info, &why),
			 c->result);
	assert_int_equal(!!why, !!c->result);
	if (c->result)
		return;
	assert_int_equal(info.segments, c->segments);
	assert_int_equal(info.wire, pb_frame_case_wire(c));
	assert_int_equal(info.length, c->length);

	for (i = 0; i < sizeof(raw.reserved); i++) {
		raw.reserved[i] = 1;
		assert_int_equal(pb_frame_header(&raw, c->length, &l, c->to_client, &info, &why),
				 -EPROTO);
		raw.reserved[i] = 0;
	}
}

/* What was not agreed on is not there. */
static void agreed(void **state)
{
	struct pb_frame_limits l = pb_frame_case_limits();
	unsigned int i, kept = 0;

	(void)state;
	l.csum = false;
	l.tso = false;
	l.uso = false;
	for (i = 0; i < ARRAY_SIZE(pb_frame_header_cases); i++) {
		const struct pb_frame_header_case *c = &pb_frame_header_cases[i];
		struct partbus_net_header raw = pb_frame_case_header(c);
		struct pb_frame_info info;
		const char *why;
		int ret = pb_frame_header(&raw, c->length, &l, c->to_client, &info, &why);

		if (c->flags & CSUM || c->type)
			assert_int_equal(ret, -EPROTO);
		else
			assert_int_equal(ret, c->result);
		kept += !ret;
	}
	assert_int_equal(kept, 2);
}

static void allowed(void **state)
{
	const struct pb_frame_allowed_case *c = *state;
	struct pb_frame_limits l = pb_frame_case_limits();
	struct pb_frame_info info = pb_frame_case_info(c);
	__u8 link[PB_FRAME_LINK];

	l.vlan = c->vlan;
	l.any_mac = c->any_mac;
	pb_frame_case_link(c, link);
	assert_int_equal(pb_frame_allowed(link, &info, &l), c->allowed);
}

static void wanted(void **state)
{
	const struct pb_frame_wanted_case *c = *state;
	struct pb_frame_filter filter = { .flags = c->flags, .count = c->count };
	__u8 dest[6];

	pb_frame_mac(CASE_GROUP, filter.addr[2]);
	pb_frame_mac(c->dest, dest);
	assert_int_equal(pb_frame_wanted(dest, CASE_MAC, &filter), c->wanted);
}

/* Whatever bytes come: what passes lies within the frame. */
static void nothing_escapes(void **state)
{
	unsigned int passed = 0, refused = 0;
	struct partbus_net_header raw;
	struct pb_frame_info info;
	const char *why;
	__u64 seed = 11;
	int i;

	(void)state;
	for (i = 0; i < 1000000; i++) {
		struct pb_frame_limits l = pb_frame_case_limits();
		__u32 length = 14 + below(&seed, CASE_ROOM - 13);
		bool to_client = below(&seed, 2);

		memset(&raw, 0, sizeof(raw));
		raw.flags = below(&seed, 4);
		raw.gso_type = below(&seed, 2) ? 0 : below(&seed, 8) | (below(&seed, 4) ? 0 : ECN);
		raw.gso_size = cpu_to_le16(raw.gso_type ? below(&seed, 4000) : 0);
		raw.csum_start = cpu_to_le16(raw.flags & 1 ? below(&seed, 200) : 0);
		raw.csum_offset = cpu_to_le16(raw.flags & 1 ? below(&seed, 100) : 0);
		if (pb_frame_header(&raw, length, &l, to_client, &info, &why)) {
			refused++;
			continue;
		}
		passed++;
		if (info.flags & CSUM)
			assert_true(info.csum_start + info.csum_offset + 2u <= length);
		assert_true(info.segments >= 1);
		assert_true((__u64)(info.segments - 1) * info.gso_size < length);
		assert_true(info.gso_type || info.segments == 1);
	}
	assert_true(passed > 10000 && refused > 10000);
}

int main(void)
{
	add_rows(pb_frame_parse_cases, parse);
	add_rows(pb_frame_done_cases, done);
	add_test("a tag beyond the depth is a violation", tags, NULL);
	add_rows(pb_frame_header_cases, header);
	add_test("offloads that were not agreed on are violations", agreed, NULL);
	add_rows(pb_frame_allowed_cases, allowed);
	add_rows(pb_frame_wanted_cases, wanted);
	add_test("nothing escapes the frame", nothing_escapes, NULL);
	return run_all("frame");
}
