// SPDX-License-Identifier: GPL-2.0
/* The one place where the block layer's codes meet those of <partbus/blk.h>. */
#include "blk.h"

u8 pbd_wire_op(const struct request *rq)
{
	switch (req_op(rq)) {
	case REQ_OP_READ:
		return PARTBUS_BLK_READ;
	case REQ_OP_WRITE:
		return PARTBUS_BLK_WRITE;
	case REQ_OP_FLUSH:
		return PARTBUS_BLK_FLUSH;
	case REQ_OP_DISCARD:
		return PARTBUS_BLK_DISCARD;
	case REQ_OP_WRITE_ZEROES:
		return PARTBUS_BLK_WRITE_ZEROES;
	default:
		return 0;
	}
}

u8 pbd_wire_flags(const struct request *rq, u8 op)
{
	if (op == PARTBUS_BLK_WRITE_ZEROES && (rq->cmd_flags & REQ_NOUNMAP))
		return PARTBUS_BLK_F_NOUNMAP;
	return 0;
}

blk_status_t pbd_wire_status(u16 status)
{
	switch (status) {
	case PARTBUS_BLK_S_OK:
		return BLK_STS_OK;
	case PARTBUS_BLK_S_NOTSUPP:
		return BLK_STS_NOTSUPP;
	case PARTBUS_BLK_S_NOSPC:
		return BLK_STS_NOSPC;
	case PARTBUS_BLK_S_MEDIUM:
		return BLK_STS_MEDIUM;
	case PARTBUS_BLK_S_PROTECTION:
		return BLK_STS_PROTECTION;
	case PARTBUS_BLK_S_TIMEOUT:
		return BLK_STS_TIMEOUT;
	case PARTBUS_BLK_S_TARGET:
		return BLK_STS_TARGET;
	/*
	 * A status of want (BLK_STS_RESOURCE) is for queue_rq() only, and neither
	 * of the last two is worth another try elsewhere.
	 */
	case PARTBUS_BLK_S_RESOURCE:
	case PARTBUS_BLK_S_READONLY:
	case PARTBUS_BLK_S_RANGE:
	case PARTBUS_BLK_S_IOERR:
	default:
		return BLK_STS_IOERR;
	}
}
