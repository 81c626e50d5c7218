// SPDX-License-Identifier: GPL-2.0
/*
 * What may be executed of what a client submitted.
 *
 * Two kinds of wrong: what no honest client sends breaks the channel; what an
 * honest one may send by a stale view or a file system's bug (beyond the end,
 * misaligned, not allowed) is answered with a status.
 */
#include <vsp_blk/request_parse.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <asm/byteorder.h>

#define SECTOR_SHIFT_512	9

/* What an op may carry. */
static const struct {
	__u8 flags;
	bool range;		/* sector and sectors mean something */
	bool data;		/* bytes are in the slot */
	bool write;
} op_table[PARTBUS_BLK_OP_END] = {
	[PARTBUS_BLK_READ] = { .range = true, .data = true },
	[PARTBUS_BLK_WRITE] = {
		.flags = PARTBUS_BLK_F_FUA, .range = true, .data = true, .write = true,
	},
	[PARTBUS_BLK_FLUSH] = { .range = false },
	[PARTBUS_BLK_DISCARD] = { .range = true, .write = true },
	[PARTBUS_BLK_WRITE_ZEROES] = {
		.flags = PARTBUS_BLK_F_FUA | PARTBUS_BLK_F_NOUNMAP, .range = true, .write = true,
	},
};

/* What no honest client sends, or NULL. */
static const char *violation(const struct partbus_blk_req *raw, const struct pb_blk_limits *limits)
{
	__u64 sector = le64_to_cpu(raw->sector);
	__u32 sectors = le32_to_cpu(raw->sectors);
	unsigned int i;

	if (raw->op < PARTBUS_BLK_READ || raw->op >= PARTBUS_BLK_OP_END)
		return "request with an unknown operation";
	if (le16_to_cpu(raw->tag) >= limits->depth)
		return "request with a tag beyond the depth";
	if (raw->flags & ~op_table[raw->op].flags)
		return "request with a flag that its operation does not have";
	for (i = 0; i < sizeof(raw->reserved); i++)
		if (raw->reserved[i])
			return "request with a reserved field that is not zero";
	if (!op_table[raw->op].range)
		return sector || sectors ? "flush with a range" : NULL;
	if (!sectors)
		return "request for no sectors";
	if (op_table[raw->op].data && sectors > limits->slot_size >> SECTOR_SHIFT_512)
		return "request with more data than a slot has";
	return NULL;
}

static __u16 range_status(const struct pb_blk_request *rq, const struct pb_blk_limits *limits)
{
	__u32 mask = (limits->logical_block >> SECTOR_SHIFT_512) - 1;

	/* Start, then length, then sum, which so cannot wrap. */
	if (rq->sector >= limits->capacity)
		return PARTBUS_BLK_S_RANGE;
	if (rq->sectors > limits->capacity - rq->sector)
		return PARTBUS_BLK_S_RANGE;
	if ((rq->sector | rq->sectors) & mask)
		return PARTBUS_BLK_S_RANGE;
	if (rq->op == PARTBUS_BLK_DISCARD && rq->sectors > limits->discard_max)
		return PARTBUS_BLK_S_RANGE;
	if (rq->op == PARTBUS_BLK_WRITE_ZEROES && rq->sectors > limits->zeroes_max)
		return PARTBUS_BLK_S_RANGE;
	return PARTBUS_BLK_S_OK;
}

static __u16 judge(const struct pb_blk_request *rq, const struct pb_blk_limits *limits)
{
	if (op_table[rq->op].write && !limits->writable)
		return PARTBUS_BLK_S_READONLY;
	if ((rq->flags & PARTBUS_BLK_F_FUA && !limits->fua) ||
	    (rq->op == PARTBUS_BLK_DISCARD && !limits->discard_max) ||
	    (rq->op == PARTBUS_BLK_WRITE_ZEROES && !limits->zeroes_max))
		return PARTBUS_BLK_S_NOTSUPP;
	if (!op_table[rq->op].range)
		return PARTBUS_BLK_S_OK;
	return range_status(rq, limits);
}

/* What a request moves, see struct pb_blk_request. The contract keeps ranges small. */
static __u32 bytes_moved(const struct pb_blk_request *rq)
{
	__u64 bytes = (__u64)rq->sectors << SECTOR_SHIFT_512;

	if (rq->op == PARTBUS_BLK_DISCARD)
		bytes = (bytes + PB_BLK_DISCARD_SHARE - 1) / PB_BLK_DISCARD_SHARE;
	return bytes < ~0u ? bytes : ~0u;
}

/* Kernel-doc: see request_parse.h. */
int pb_blk_parse(const struct partbus_blk_req *raw, const struct pb_blk_limits *limits,
		 struct pb_blk_request *rq, __u16 *status, const char **why)
{
	const char *text = violation(raw, limits);

	if (text) {
		if (why)
			*why = text;
		return -EPROTO;
	}

	rq->op = raw->op;
	rq->flags = raw->flags;
	rq->tag = le16_to_cpu(raw->tag);
	rq->sector = le64_to_cpu(raw->sector);
	rq->sectors = le32_to_cpu(raw->sectors);
	*status = judge(rq, limits);
	rq->bytes = *status == PARTBUS_BLK_S_OK ? bytes_moved(rq) : 0;
	return 0;
}
