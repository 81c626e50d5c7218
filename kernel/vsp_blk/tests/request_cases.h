/* SPDX-License-Identifier: GPL-2.0 */
/* Block requests as a peer may send them, shared by KUnit and the user-space tests. */
#ifndef _PB_REQUEST_CASES_H
#define _PB_REQUEST_CASES_H

#include <vsp_blk/request_parse.h>

#define CAPACITY	1000000ULL
#define FUA		PARTBUS_BLK_F_FUA
#define NOUNMAP		PARTBUS_BLK_F_NOUNMAP
#define OK		PARTBUS_BLK_S_OK
#define RANGE		PARTBUS_BLK_S_RANGE
#define NOTSUPP		PARTBUS_BLK_S_NOTSUPP
#define READONLY	PARTBUS_BLK_S_READONLY

enum pb_request_limits { PLAIN, READ_ONLY, POOR, BLOCK_4K, EMPTY, HUGE_DISK };

static inline struct pb_blk_limits pb_request_limits_of(enum pb_request_limits v)
{
	struct pb_blk_limits l = {
		.capacity = CAPACITY, .logical_block = 512, .depth = 32, .slot_size = 65536,
		.discard_max = 1 << 20, .zeroes_max = 4096, .writable = true, .fua = true,
	};

	if (v == READ_ONLY)
		l.writable = false;
	if (v == POOR) {
		l.fua = false;
		l.discard_max = 0;
		l.zeroes_max = 0;
	}
	if (v == BLOCK_4K)
		l.logical_block = 4096;
	if (v == EMPTY)
		l.capacity = 0;
	if (v == HUGE_DISK)
		l.capacity = ~0ULL;
	return l;
}

struct pb_request_case {
	const char *sentence;
	enum pb_request_limits limits;
	int op, flags, tag;
	__u32 sectors;
	__u64 sector;
	int result, status;
};

/* The case as a client puts it into the ring. */
static inline struct partbus_blk_req pb_request_raw_of(const struct pb_request_case *c)
{
	return (struct partbus_blk_req) {
		.op = c->op, .flags = c->flags, .tag = cpu_to_le16(c->tag),
		.sectors = cpu_to_le32(c->sectors), .sector = cpu_to_le64(c->sector),
	};
}

static const struct pb_request_case pb_request_cases[] = {
	{ "a read is executed", PLAIN, PARTBUS_BLK_READ, 0, 0, 8, 0, 0, OK },
	{ "a write is executed", PLAIN, PARTBUS_BLK_WRITE, 0, 31, 8, 8, 0, OK },
	{ "a write may be FUA", PLAIN, PARTBUS_BLK_WRITE, FUA, 0, 8, 8, 0, OK },
	{ "a flush is executed", PLAIN, PARTBUS_BLK_FLUSH, 0, 0, 0, 0, 0, OK },
	{ "a discard is executed", PLAIN, PARTBUS_BLK_DISCARD, 0, 0, 4096, 0, 0, OK },
	{ "zeroes are written", PLAIN, PARTBUS_BLK_WRITE_ZEROES, 0, 0, 4096, 0, 0, OK },
	{ "zeroes may be FUA and keep blocks", PLAIN, PARTBUS_BLK_WRITE_ZEROES, FUA | NOUNMAP, 0,
	  8, 0, 0, OK },
	{ "a whole slot may be read", PLAIN, PARTBUS_BLK_READ, 0, 0, 128, 0, 0, OK },
	{ "the last sector may be read", PLAIN, PARTBUS_BLK_READ, 0, 0, 1, CAPACITY - 1, 0, OK },

	{ "no operation is a violation", PLAIN, 0, 0, 0, 8, 0, -EPROTO, 0 },
	{ "an unknown operation is a violation", PLAIN, 6, 0, 0, 8, 0, -EPROTO, 0 },
	{ "the last number is no operation", PLAIN, 255, 0, 0, 8, 0, -EPROTO, 0 },
	{ "a tag at the depth is a violation", PLAIN, PARTBUS_BLK_READ, 0, 32, 8, 0, -EPROTO, 0 },
	{ "a tag far beyond is a violation", PLAIN, PARTBUS_BLK_READ, 0, 65535, 8, 0, -EPROTO, 0 },
	{ "a flush has a tag, too", PLAIN, PARTBUS_BLK_FLUSH, 0, 32, 0, 0, -EPROTO, 0 },
	{ "an unknown flag is a violation", PLAIN, PARTBUS_BLK_WRITE, 4, 0, 8, 0, -EPROTO, 0 },
	{ "a read that is FUA is a violation", PLAIN, PARTBUS_BLK_READ, FUA, 0, 8, 0, -EPROTO, 0 },
	{ "a flush that is FUA is a violation", PLAIN, PARTBUS_BLK_FLUSH, FUA, 0, 0, 0, -EPROTO,
	  0 },
	{ "a discard that is FUA is a violation", PLAIN, PARTBUS_BLK_DISCARD, FUA, 0, 8, 0,
	  -EPROTO, 0 },
	{ "a write that keeps blocks is a violation", PLAIN, PARTBUS_BLK_WRITE, NOUNMAP, 0, 8, 0,
	  -EPROTO, 0 },
	{ "a read of nothing is a violation", PLAIN, PARTBUS_BLK_READ, 0, 0, 0, 0, -EPROTO, 0 },
	{ "a discard of nothing is a violation", PLAIN, PARTBUS_BLK_DISCARD, 0, 0, 0, 0, -EPROTO,
	  0 },
	{ "a read beyond the slot is a violation", PLAIN, PARTBUS_BLK_READ, 0, 0, 129, 0, -EPROTO,
	  0 },
	{ "a write beyond the slot is a violation", PLAIN, PARTBUS_BLK_WRITE, 0, 0, 129, 0,
	  -EPROTO, 0 },
	{ "a length that wraps in bytes is a violation", PLAIN, PARTBUS_BLK_READ, 0, 0, 1 << 23, 0,
	  -EPROTO, 0 },
	{ "all ones as a length is a violation", PLAIN, PARTBUS_BLK_READ, 0, 0, ~0u, 0, -EPROTO,
	  0 },
	{ "a flush with a start is a violation", PLAIN, PARTBUS_BLK_FLUSH, 0, 0, 0, 8, -EPROTO,
	  0 },
	{ "a flush with a length is a violation", PLAIN, PARTBUS_BLK_FLUSH, 0, 0, 8, 0, -EPROTO,
	  0 },

	{ "a start at the end is out of range", PLAIN, PARTBUS_BLK_READ, 0, 0, 1, CAPACITY, 0,
	  RANGE },
	{ "an end beyond the end is out of range", PLAIN, PARTBUS_BLK_READ, 0, 0, 2, CAPACITY - 1,
	  0, RANGE },
	{ "a start of all ones is out of range", PLAIN, PARTBUS_BLK_WRITE, 0, 0, 8, ~0ULL, 0,
	  RANGE },
	{ "a sum that wraps is out of range", HUGE_DISK, PARTBUS_BLK_WRITE, 0, 0, 8, ~0ULL - 4, 0,
	  RANGE },
	{ "a discard of all ones is out of range", PLAIN, PARTBUS_BLK_DISCARD, 0, 0, ~0u, 0, 0,
	  RANGE },
	{ "an empty disk has no range", EMPTY, PARTBUS_BLK_READ, 0, 0, 8, 0, 0, RANGE },
	{ "an empty disk can be flushed", EMPTY, PARTBUS_BLK_FLUSH, 0, 0, 0, 0, 0, OK },
	{ "a misaligned start is out of range", BLOCK_4K, PARTBUS_BLK_READ, 0, 0, 8, 4, 0, RANGE },
	{ "a misaligned length is out of range", BLOCK_4K, PARTBUS_BLK_READ, 0, 0, 4, 8, 0,
	  RANGE },
	{ "an aligned request is executed", BLOCK_4K, PARTBUS_BLK_READ, 0, 0, 16, 8, 0, OK },
	{ "a discard above the contract is out of range", PLAIN, PARTBUS_BLK_DISCARD, 0, 0,
	  (1 << 20) + 1, 0, 0, RANGE },
	{ "zeroes above the contract are out of range", PLAIN, PARTBUS_BLK_WRITE_ZEROES, 0, 0,
	  4097, 0, 0, RANGE },

	{ "a read-only disk can be read", READ_ONLY, PARTBUS_BLK_READ, 0, 0, 8, 0, 0, OK },
	{ "a read-only disk can be flushed", READ_ONLY, PARTBUS_BLK_FLUSH, 0, 0, 0, 0, 0, OK },
	{ "a read-only disk is not written", READ_ONLY, PARTBUS_BLK_WRITE, 0, 0, 8, 0, 0,
	  READONLY },
	{ "a read-only disk is not discarded", READ_ONLY, PARTBUS_BLK_DISCARD, 0, 0, 8, 0, 0,
	  READONLY },
	{ "a read-only disk is not zeroed", READ_ONLY, PARTBUS_BLK_WRITE_ZEROES, 0, 0, 8, 0, 0,
	  READONLY },
	{ "FUA that was not agreed on is not supported", POOR, PARTBUS_BLK_WRITE, FUA, 0, 8, 0, 0,
	  NOTSUPP },
	{ "discard that was not agreed on is not supported", POOR, PARTBUS_BLK_DISCARD, 0, 0, 8,
	  0, 0, NOTSUPP },
	{ "zeroes that were not agreed on are not supported", POOR, PARTBUS_BLK_WRITE_ZEROES, 0,
	  0, 8, 0, 0, NOTSUPP },
};

#endif /* _PB_REQUEST_CASES_H */
