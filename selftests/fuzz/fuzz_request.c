// SPDX-License-Identifier: GPL-2.0
/*
 * Block requests of a client that sends anything: what is to be executed lies
 * within the device, the slot and the contract, whatever it said.
 */
#include "fuzz.h"

#include <linux/errno.h>
#include <asm/byteorder.h>
#include <vsp_blk/request_parse.h>

static void make_limits(struct input *in, struct pb_blk_limits *l)
{
	__u8 flags = in_byte(in);

	l->capacity = in_number(in) >> 9;
	l->logical_block = 512u << (in_byte(in) & 3);
	l->depth = 1 + in_below(in, PARTBUS_MAX_DEPTH);
	l->slot_size = PARTBUS_MIN_SLOT_SIZE << in_below(in, 9);
	l->discard_max = flags & 1 ? (__u32)in_number(in) & 0x7fffff : 0;
	l->zeroes_max = flags & 2 ? (__u32)in_number(in) & 0x7fffff : 0;
	l->writable = flags & 4;
	l->fua = flags & 8;
}

static void make_request(struct input *in, const struct pb_blk_limits *l,
			 struct partbus_blk_req *raw)
{
	__u32 mask;
	int n;

	in_bytes(in, raw, sizeof(*raw));
	if (in_byte(in) & 1) {
		/* Near to what is right, and mostly aligned. */
		mask = in_byte(in) & 3 ? l->logical_block / 512 - 1 : 0;
		raw->op = 1 + in_below(in, PARTBUS_BLK_OP_END);
		raw->flags = in_byte(in) & 3;
		raw->tag = cpu_to_le16(in_below(in, l->depth + 1));
		raw->sectors = cpu_to_le32(in_below(in, (l->slot_size >> 9) + 2) & ~mask);
		raw->sector = cpu_to_le64((in_byte(in) & 1 ? in_number(in) :
					   l->capacity - in_below(in, 4096)) & ~(__u64)mask);
		memset(raw->reserved, 0, sizeof(raw->reserved));
		for (n = in_below(in, 3); n > 1; n--)
			((__u8 *)raw)[in_below(in, sizeof(*raw))] = in_byte(in);
	}
}

/* In another way than the code that is tested. */
static __u64 cost(const struct pb_blk_request *rq)
{
	__u64 bytes = rq->sectors * 512ULL;

	switch (rq->op) {
	case PARTBUS_BLK_FLUSH:
		return 0;
	case PARTBUS_BLK_DISCARD:
		/* 4 bytes a sector: a 128th. */
		return rq->sectors * 4ULL < UINT32_MAX ? rq->sectors * 4ULL : UINT32_MAX;
	default:
		return bytes < UINT32_MAX ? bytes : UINT32_MAX;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	struct partbus_blk_req raw, before;
	struct pb_blk_request rq;
	struct pb_blk_limits l;
	const char *why = NULL;
	__u16 status = 0xffff;
	bool data_op, write;
	int ret;

	make_limits(&in, &l);
	make_request(&in, &l, &raw);
	before = raw;
	memset(&rq, 0xa5, sizeof(rq));
	ret = pb_blk_parse(&raw, &l, &rq, &status, in_byte(&in) & 1 ? &why : NULL);
	must(!memcmp(&before, &raw, sizeof(raw)), "a request was changed");
	if (ret) {
		must(ret == -EPROTO, "a request fails with another error");
		REACHED_IF(why, "a violation");
		return 0;
	}
	must(!why, "a sentence without a violation");
	must(status < PARTBUS_BLK_S_END, "a status that there is not");
	must(rq.op >= PARTBUS_BLK_READ && rq.op < PARTBUS_BLK_OP_END, "an operation that is none");
	must(rq.tag < l.depth, "a tag beyond the depth");
	data_op = rq.op == PARTBUS_BLK_READ || rq.op == PARTBUS_BLK_WRITE;
	write = rq.op != PARTBUS_BLK_READ && rq.op != PARTBUS_BLK_FLUSH;
	must(!data_op || rq.bytes <= l.slot_size, "more bytes than a slot has");
	must(rq.bytes == (status ? 0 : cost(&rq)), "a request does not cost what it moves");
	must(!(rq.flags & ~(PARTBUS_BLK_F_FUA | PARTBUS_BLK_F_NOUNMAP)), "an unknown flag");
	if (status) {
		REACHED_IF(status == PARTBUS_BLK_S_RANGE, "out of range");
		REACHED_IF(status == PARTBUS_BLK_S_NOTSUPP, "not supported");
		REACHED_IF(status == PARTBUS_BLK_S_READONLY, "read-only");
		return 0;
	}
	must(!write || l.writable, "a write to what is read-only");
	must(!(rq.flags & PARTBUS_BLK_F_FUA) || l.fua, "FUA where there is none");
	if (rq.op == PARTBUS_BLK_FLUSH) {
		must(!rq.sector && !rq.sectors, "a flush with a range");
		REACHED("a flush");
		return 0;
	}
	must(rq.sectors && rq.sector < l.capacity && rq.sectors <= l.capacity - rq.sector,
	     "beyond the capacity");
	must(!(rq.sector % (l.logical_block / 512)) && !(rq.sectors % (l.logical_block / 512)),
	     "misaligned");
	must(rq.op != PARTBUS_BLK_DISCARD || rq.sectors <= l.discard_max, "a discard too large");
	must(rq.op != PARTBUS_BLK_WRITE_ZEROES || rq.sectors <= l.zeroes_max, "zeroes too large");
	REACHED_IF(rq.op == PARTBUS_BLK_READ, "a read");
	REACHED_IF(rq.op == PARTBUS_BLK_WRITE && rq.flags, "a write with FUA");
	REACHED_IF(rq.op == PARTBUS_BLK_DISCARD, "a discard");
	REACHED_IF(rq.op == PARTBUS_BLK_WRITE_ZEROES && l.logical_block == 4096,
		   "zeroes on blocks of 4096 bytes");
	return 0;
}

/* A disk of blocks of 4096 bytes, whose last one is at sector LAST. */
#define LAST		((1u << 20) - 8)
#define SLOT_SECTORS	256u
#define DISCARD_MOST	2048u
#define ZEROES_MOST	1024u
#define DEPTH		32u

void fuzz_seeds(fuzz_emit emit)
{
	static const struct {
		const char *name;
		__u8 lacks;	/* of make_limits(): 1 DISCARD, 2 zeroes, 4 writing, 8 FUA */
		__u8 op, flags;
		__u32 tag, sectors;
		__u64 sector;
	} seeds[] = {
		{ "read-last-block", 0, PARTBUS_BLK_READ, 0, DEPTH - 1, 8, LAST },
		{ "read-beyond-end", 0, PARTBUS_BLK_READ, 0, 0, 16, LAST },
		{ "write-whole-slot", 0, PARTBUS_BLK_WRITE, PARTBUS_BLK_F_FUA, 0, SLOT_SECTORS, 0 },
		{ "write-beyond-slot", 0, PARTBUS_BLK_WRITE, 0, 0, SLOT_SECTORS + 8, 0 },
		{ "flush", 0, PARTBUS_BLK_FLUSH, 0, 0, 0, 0 },
		{ "discard-most", 0, PARTBUS_BLK_DISCARD, 0, 0, DISCARD_MOST, 8 },
		{ "zeroes-most", 0, PARTBUS_BLK_WRITE_ZEROES, PARTBUS_BLK_F_NOUNMAP, 0, ZEROES_MOST,
		  8 },
		{ "sum-wraps", 0, PARTBUS_BLK_DISCARD, 0, 0, DISCARD_MOST, ~0ULL - 7 },
		{ "tag-beyond-depth", 0, PARTBUS_BLK_FLUSH, 0, DEPTH, 0, 0 },
		{ "no-discard", 1, PARTBUS_BLK_DISCARD, 0, 0, 8, 0 },
		{ "read-only", 4, PARTBUS_BLK_WRITE, 0, 0, 8, 0 },
	};

	for (unsigned int i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		const struct partbus_blk_req raw = {
			.op = seeds[i].op,
			.flags = seeds[i].flags,
			.tag = cpu_to_le16(seeds[i].tag),
			.sectors = cpu_to_le32(seeds[i].sectors),
			.sector = cpu_to_le64(seeds[i].sector),
		};
		__u8 flags = 15 & ~seeds[i].lacks;
		struct script s = { 0 };

		script_byte(&s, flags);
		script_number(&s, (LAST + 8ULL) << 9);
		script_byte(&s, 3);
		script_below(&s, PARTBUS_MAX_DEPTH, DEPTH - 1);
		/* SLOT_SECTORS are 32 of the smallest slots. */
		script_below(&s, 9, 5);
		if (flags & 1)
			script_number(&s, DISCARD_MOST);
		if (flags & 2)
			script_number(&s, ZEROES_MOST);
		script_bytes(&s, &raw, sizeof(raw));
		/* As it stands, and with a sentence where it is wrong. */
		script_byte(&s, 0);
		script_byte(&s, 1);
		emit(seeds[i].name, s.bytes, s.size);
	}
}
