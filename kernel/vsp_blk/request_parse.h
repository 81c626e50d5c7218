/* SPDX-License-Identifier: GPL-2.0 */
/* Checks a submission of class block against what its contract allows. Pure. */
#ifndef _PB_REQUEST_PARSE_H
#define _PB_REQUEST_PARSE_H

#include <partbus/blk.h>

/**
 * struct pb_blk_limits - what a contract allows
 * @capacity: in sectors of 512 bytes
 * @logical_block: bytes, a power of two, at least 512
 * @depth: number of tags
 * @slot_size: bytes per slot
 * @discard_max: sectors per DISCARD, 0 for not supported
 * @zeroes_max: sectors per WRITE_ZEROES, 0 for not supported
 * @writable: are WRITE, DISCARD and WRITE_ZEROES allowed?
 * @fua: is PARTBUS_BLK_F_FUA supported?
 * @write_cache: does the client know that what was written may have to be flushed?
 */
struct pb_blk_limits {
	__u64 capacity;
	__u32 logical_block;
	__u32 depth;
	__u32 slot_size;
	__u32 discard_max;
	__u32 zeroes_max;
	bool writable;
	bool fua;
	bool write_cache;
};

/*
 * A DISCARD costs as a request of this part of its range. It moves no data, but a
 * device changes its maps for every piece of it: a MiB costs about what one
 * request of the normalised size does. As a request like any other, whatever its
 * range, it would let a client with next to nothing keep the device busy.
 */
#define PB_BLK_DISCARD_SHARE	128u

/**
 * struct pb_blk_request - a submission that passed, in the host's byte order
 * @sector: first, of 512 bytes
 * @sectors: how many
 * @bytes: what it moves, as caps and counters see it. READ and WRITE: the data in
 *	the slot. WRITE_ZEROES: its range, since nobody can tell whether a device
 *	writes that or only notes it. DISCARD: the part of its range that
 *	PB_BLK_DISCARD_SHARE says. FLUSH, and what is refused: 0
 * @tag: below the depth
 * @op: enum partbus_blk_op
 * @flags: PARTBUS_BLK_F_*
 */
struct pb_blk_request {
	__u64 sector;
	__u32 sectors;
	__u32 bytes;
	__u16 tag;
	__u8 op;
	__u8 flags;
};

/**
 * pb_blk_parse() - check a submission
 * @raw: a private copy of the ring's entry
 * @limits: of the contract in force
 * @rq: out, whenever 0 is returned
 * @status: out, whenever 0 is returned: PARTBUS_BLK_S_OK to execute it, anything
 *	else to answer it with
 * @why: out, on -EPROTO: a sentence (static); may be NULL
 *
 * Whether the tag is in flight already is the caller's bitmap to know.
 *
 * Return: 0, or -EPROTO for what no honest client sends.
 */
int pb_blk_parse(const struct partbus_blk_req *raw, const struct pb_blk_limits *limits,
		 struct pb_blk_request *rq, __u16 *status, const char **why);

#endif /* _PB_REQUEST_PARSE_H */
