/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Requests and completions of class block: the entries of its submission and
 * completion rings. Data is in the slot that the tag names, from its start.
 */
#ifndef _UAPI_PARTBUS_BLK_H
#define _UAPI_PARTBUS_BLK_H

#include <partbus/channel.h>

enum partbus_blk_op {
	PARTBUS_BLK_READ = 1,
	PARTBUS_BLK_WRITE = 2,
	PARTBUS_BLK_FLUSH = 3,
	PARTBUS_BLK_DISCARD = 4,
	PARTBUS_BLK_WRITE_ZEROES = 5,
	PARTBUS_BLK_OP_END		/* one past the last */
};

#define PARTBUS_BLK_F_FUA	(1u << 0)	/* WRITE, WRITE_ZEROES */
#define PARTBUS_BLK_F_NOUNMAP	(1u << 1)	/* WRITE_ZEROES: keep it allocated */

enum partbus_blk_status {
	PARTBUS_BLK_S_OK = 0,
	PARTBUS_BLK_S_IOERR = 1,
	PARTBUS_BLK_S_NOTSUPP = 2,
	PARTBUS_BLK_S_NOSPC = 3,
	PARTBUS_BLK_S_MEDIUM = 4,
	PARTBUS_BLK_S_PROTECTION = 5,
	PARTBUS_BLK_S_TIMEOUT = 6,
	PARTBUS_BLK_S_TARGET = 7,
	PARTBUS_BLK_S_RESOURCE = 8,
	PARTBUS_BLK_S_READONLY = 9,
	PARTBUS_BLK_S_RANGE = 10,	/* outside the capacity or misaligned */
	PARTBUS_BLK_S_END		/* one past the last */
};

/**
 * struct partbus_blk_req - a submission
 * @op: enum partbus_blk_op
 * @flags: PARTBUS_BLK_F_*
 * @tag: the slot, below the depth
 * @sectors: how many of 512 bytes; 0 for FLUSH
 * @sector: the first; 0 for FLUSH
 * @reserved: 0
 */
struct partbus_blk_req {
	__u8 op;
	__u8 flags;
	__le16 tag;
	__le32 sectors;
	__le64 sector;
	__u8 reserved[16];
};
PARTBUS_ASSERT_SIZE(partbus_blk_req, PARTBUS_SQE_SIZE);

/**
 * struct partbus_blk_done - a completion
 * @tag: of the request that is over
 * @status: enum partbus_blk_status
 * @sectors: as in the request where @status is OK, otherwise 0
 * @reserved: 0
 */
struct partbus_blk_done {
	__le16 tag;
	__le16 status;
	__le32 sectors;
	__u8 reserved[8];
};
PARTBUS_ASSERT_SIZE(partbus_blk_done, PARTBUS_CQE_SIZE);

#endif /* _UAPI_PARTBUS_BLK_H */
