// SPDX-License-Identifier: GPL-2.0
/* Block requests: what is executed, what is answered, what is a violation. */
#include "harness.h"

#include <vsp_blk/request_parse.h>
#include <vsp_blk/tests/request_cases.h>

static void row(void **state)
{
	const struct pb_request_case *r = *state;
	struct pb_blk_limits l = pb_request_limits_of(r->limits);
	struct partbus_blk_req raw = pb_request_raw_of(r);
	struct pb_blk_request rq;
	const char *why = NULL;
	__u16 status = 0xffff;
	unsigned int i;

	/* act, assert */
	assert_int_equal(pb_blk_parse(&raw, &l, &rq, &status, &why), r->result);
	if (r->result) {
		assert_non_null(why);
		return;
	}
	assert_null(why);
	assert_int_equal(status, r->status);
	assert_int_equal(rq.op, r->op);
	assert_int_equal(rq.flags, r->flags);
	assert_int_equal(rq.tag, r->tag);
	assert_int_equal(rq.sectors, r->sectors);
	assert_true(rq.sector == r->sector);

	for (i = 0; i < sizeof(raw.reserved); i++) {
		raw.reserved[i] = 1;
		assert_int_equal(pb_blk_parse(&raw, &l, &rq, &status, NULL), -EPROTO);
		raw.reserved[i] = 0;
	}
}

/* What a request costs; ranges are larger than any contract has. */
struct cost_row {
	const char *sentence;
	int op;
	__u32 sectors, bytes;
};

static const struct cost_row cost_rows[] = {
	{ "a read costs its data", PARTBUS_BLK_READ, 16, 8192 },
	{ "a write costs its data", PARTBUS_BLK_WRITE, 1, 512 },
	{ "a flush moves nothing", PARTBUS_BLK_FLUSH, 0, 0 },
	{ "zeroes cost their range", PARTBUS_BLK_WRITE_ZEROES, 8192, 4 << 20 },
	{ "a discard of a MiB costs a request of the usual size", PARTBUS_BLK_DISCARD, 2048, 8192 },
	{ "one of a sector still costs something", PARTBUS_BLK_DISCARD, 1, 4 },
	{ "the largest range of zeroes does not wrap", PARTBUS_BLK_WRITE_ZEROES, ~0u, ~0u },
	{ "nor does the largest discard", PARTBUS_BLK_DISCARD, 1u << 31, ~0u },
};

static void cost(void **state)
{
	const struct cost_row *r = *state;
	struct pb_blk_limits l = pb_request_limits_of(HUGE_DISK);
	struct partbus_blk_req raw = { .op = r->op, .sectors = cpu_to_le32(r->sectors) };
	struct pb_blk_request rq;
	__u16 status;

	l.zeroes_max = l.discard_max = ~0u;
	assert_int_equal(pb_blk_parse(&raw, &l, &rq, &status, NULL), 0);
	assert_int_equal(status, PARTBUS_BLK_S_OK);
	assert_int_equal(rq.bytes, r->bytes);

	/* Beyond the end nothing is moved. */
	l.capacity = 0;
	assert_int_equal(pb_blk_parse(&raw, &l, &rq, &status, NULL), 0);
	assert_int_equal(rq.bytes, status == PARTBUS_BLK_S_OK ? r->bytes : 0);
	assert_true(status == (r->sectors ? PARTBUS_BLK_S_RANGE : PARTBUS_BLK_S_OK));
}

/* Whatever bytes come: what is executed is inside the disk and inside the slot. */
static void nothing_escapes(void **state)
{
	unsigned int executed = 0, answered = 0, refused = 0;
	struct partbus_blk_req raw;
	struct pb_blk_request rq;
	__u64 seed = 9;
	__u16 status;
	int i;

	(void)state;
	for (i = 0; i < 1000000; i++) {
		struct pb_blk_limits l = pb_request_limits_of(below(&seed, 6));

		memset(&raw, 0, sizeof(raw));
		raw.op = below(&seed, 7);
		raw.flags = below(&seed, 4) ? 0 : below(&seed, 5);
		raw.tag = cpu_to_le16(below(&seed, 36));
		raw.sectors = cpu_to_le32(below(&seed, 2) ? below(&seed, 140) :
					  (__u32)any_magnitude(&seed));
		raw.sector = cpu_to_le64(below(&seed, 2) ? below(&seed, CAPACITY + 100) :
					 any_magnitude(&seed));
		if (pb_blk_parse(&raw, &l, &rq, &status, NULL)) {
			refused++;
			continue;
		}
		assert_true(rq.tag < l.depth);
		if (rq.op == PARTBUS_BLK_READ || rq.op == PARTBUS_BLK_WRITE)
			assert_true(rq.bytes <= l.slot_size &&
				    rq.bytes == (status ? 0 : rq.sectors * 512));
		if (status) {
			assert_true(status < PARTBUS_BLK_S_END);
			answered++;
			continue;
		}
		executed++;
		if (rq.op == PARTBUS_BLK_FLUSH)
			continue;
		assert_true(rq.sectors > 0);
		assert_true((unsigned __int128)rq.sector + rq.sectors <= l.capacity);
		assert_int_equal(rq.sector * 512 % l.logical_block, 0);
		assert_int_equal((__u64)rq.sectors * 512 % l.logical_block, 0);
		assert_true(l.writable || rq.op == PARTBUS_BLK_READ);
	}
	assert_true(executed > 10000 && answered > 10000 && refused > 10000);
}

int main(void)
{
	add_rows(pb_request_cases, row);
	add_rows(cost_rows, cost);
	add_test("nothing escapes the disk and the slot", nothing_escapes, NULL);
	return run_all("request");
}
