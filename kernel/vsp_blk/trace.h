/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints of the block provider. No text is promised to stay as it is. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM partbus

#if !defined(_VSP_BLK_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VSP_BLK_TRACE_H

#include <linux/tracepoint.h>

#include "vsp_blk.h"

/* A request that was checked, on its way to the backing. */
TRACE_EVENT(partbus_blk_request,
	TP_PROTO(const struct blk_queue *bq, const struct pb_blk_request *rq),
	TP_ARGS(bq, rq),
	TP_STRUCT__entry(
		__field(u64, sector)
		__field(u32, channel)
		__field(u32, queue)
		__field(u32, sectors)
		__field(u16, tag)
		__field(u8, op)
		__field(u8, flags)
	),
	TP_fast_assign(
		__entry->sector = rq->sector;
		__entry->channel = bq->q->channel->id;
		__entry->queue = bq->q->index;
		__entry->sectors = rq->sectors;
		__entry->tag = rq->tag;
		__entry->op = rq->op;
		__entry->flags = rq->flags;
	),
	TP_printk("channel %u queue %u tag %u: %s sector %llu sectors %u flags %#x",
		  __entry->channel, __entry->queue, __entry->tag,
		  __print_symbolic(__entry->op,
				   { PARTBUS_BLK_READ, "READ" },
				   { PARTBUS_BLK_WRITE, "WRITE" },
				   { PARTBUS_BLK_FLUSH, "FLUSH" },
				   { PARTBUS_BLK_DISCARD, "DISCARD" },
				   { PARTBUS_BLK_WRITE_ZEROES, "WRITE_ZEROES" }),
		  __entry->sector, __entry->sectors, __entry->flags)
);

TRACE_EVENT(partbus_blk_answer,
	TP_PROTO(const struct blk_queue *bq, u16 tag, u16 status),
	TP_ARGS(bq, tag, status),
	TP_STRUCT__entry(
		__field(u32, channel)
		__field(u32, queue)
		__field(u16, tag)
		__field(u16, status)
	),
	TP_fast_assign(
		__entry->channel = bq->q->channel->id;
		__entry->queue = bq->q->index;
		__entry->tag = tag;
		__entry->status = status;
	),
	TP_printk("channel %u queue %u tag %u: status %u", __entry->channel, __entry->queue,
		  __entry->tag, __entry->status)
);

#endif /* _VSP_BLK_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH vsp_blk
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
