// SPDX-License-Identifier: GPL-2.0
/*
 * Requests in pieces: which chunk comes next, which slot it has, what becomes
 * of the request when a chunk is over. Knows slots, not rings.
 */
#include "blk.h"

#include <linux/bvec.h>

static struct pbd_cmd *cmd_of(struct request *rq)
{
	return blk_mq_rq_to_pdu(rq);
}

void pbd_cmd_init(struct pbd_cmd *cmd, u8 op, bool durable)
{
	INIT_LIST_HEAD(&cmd->node);
	cmd->issued = 0;
	cmd->out = 0;
	cmd->op = op;
	cmd->durable = durable;
	cmd->dirty = false;
	cmd->sync = false;
	cmd->replay = false;
	cmd->status = BLK_STS_OK;
}

/* Must what is sent now be made durable, and does that take anything? */
static bool cmd_durable(const struct pbd_lane *lane, const struct pbd_cmd *cmd)
{
	return lane->terms.write_cache && cmd->durable &&
	       (cmd->op == PARTBUS_BLK_WRITE || cmd->op == PARTBUS_BLK_WRITE_ZEROES);
}

bool pbd_chunk_next(const struct pbd_lane *lane, struct pbd_cmd *cmd, struct pbd_chunk *c)
{
	struct request *rq = pbd_cmd_rq(cmd);
	u32 most;

	lockdep_assert_held(&lane->lock);
	if (cmd->sync || cmd->op == PARTBUS_BLK_FLUSH) {
		*c = (struct pbd_chunk) { .op = PARTBUS_BLK_FLUSH };
		return true;
	}
	switch (cmd->op) {
	case PARTBUS_BLK_DISCARD:
		most = lane->terms.limits.discard_sectors;
		break;
	case PARTBUS_BLK_WRITE_ZEROES:
		most = lane->terms.limits.zeroes_sectors;
		break;
	default:
		most = lane->terms.slot_sectors;
		break;
	}
	if (!most)
		return false;
	c->op = cmd->op;
	c->flags = pbd_wire_flags(rq, cmd->op);
	c->dirty = false;
	if (cmd_durable(lane, cmd)) {
		if (lane->terms.fua)
			c->flags |= PARTBUS_BLK_F_FUA;
		else
			c->dirty = true;
	}
	c->offset = cmd->issued;
	c->sectors = min(most, blk_rq_sectors(rq) - cmd->issued);
	return true;
}

/* Is there nothing more to be sent for now? */
static bool cmd_all_issued(struct pbd_cmd *cmd)
{
	if (cmd->sync || cmd->op == PARTBUS_BLK_FLUSH)
		return true;
	return cmd->issued == blk_rq_sectors(pbd_cmd_rq(cmd));
}

u16 pbd_chunk_take(struct pbd_lane *lane, struct pbd_cmd *cmd, const struct pbd_chunk *c)
{
	u16 tag = lane->free[--lane->nr_free];
	struct pbd_slot *slot = &lane->slots[tag];

	lockdep_assert_held(&lane->lock);
	slot->rq = pbd_cmd_rq(cmd);
	slot->offset = c->offset;
	slot->sectors = c->sectors;
	slot->op = c->op;
	slot->state = PBD_SLOT_FILLING;
	cmd->out++;
	cmd->issued += c->sectors;
	/* Remembered, for a later chunk may go out under another contract. */
	cmd->dirty |= c->dirty;
	if (cmd_all_issued(cmd))
		list_del_init(&cmd->node);
	return tag;
}

static struct pbd_cmd *slot_free(struct pbd_lane *lane, u16 tag)
{
	struct pbd_slot *slot = &lane->slots[tag];
	struct pbd_cmd *cmd = cmd_of(slot->rq);

	lockdep_assert_held(&lane->lock);
	slot->rq = NULL;
	slot->state = PBD_SLOT_FREE;
	lane->free[lane->nr_free++] = tag;
	cmd->out--;
	return cmd;
}

/*
 * The last slot of a request is back and its path is gone: the request begins
 * again, from its bio. What was acknowledged of it is done twice, which is what
 * a write not yet acknowledged as a whole may suffer.
 */
static void cmd_restart(struct pbd_lane *lane, struct pbd_cmd *cmd)
{
	cmd->issued = 0;
	cmd->dirty = false;
	cmd->sync = false;
	cmd->replay = false;
	cmd->status = BLK_STS_OK;
	/* It was here first. */
	if (list_empty(&cmd->node))
		list_add(&cmd->node, &lane->waiting);
}

void pbd_chunk_over(struct pbd_lane *lane, u16 tag, blk_status_t status, struct list_head *over)
{
	struct pbd_cmd *cmd = slot_free(lane, tag);

	if (status) {
		if (!cmd->status)
			cmd->status = status;
		/* Nothing more of it is sent. */
		list_del_init(&cmd->node);
	}
	if (cmd->out)
		return;
	if (cmd->replay) {
		cmd_restart(lane, cmd);
		return;
	}
	if (!cmd->status) {
		if (!cmd_all_issued(cmd))
			return;		/* still in lane->waiting */
		if (cmd->dirty && !cmd->sync) {
			cmd->sync = true;
			list_add(&cmd->node, &lane->waiting);
			return;
		}
	}
	list_add_tail(&cmd->node, over);
}

void pbd_chunk_lost(struct pbd_lane *lane, u16 tag)
{
	struct pbd_cmd *cmd = slot_free(lane, tag);

	cmd->replay = true;
	if (!cmd->out)
		cmd_restart(lane, cmd);
}

void pbd_cmd_refuse(struct pbd_cmd *cmd, blk_status_t status, struct list_head *over)
{
	if (!cmd->status)
		cmd->status = status;
	list_del_init(&cmd->node);
	if (!cmd->out)
		list_add_tail(&cmd->node, over);
}

void pbd_cmds_end(struct list_head *over)
{
	struct pbd_cmd *cmd, *next;

	/* The request may be used anew as soon as it is completed. */
	list_for_each_entry_safe(cmd, next, over, node)
		blk_mq_complete_request(pbd_cmd_rq(cmd));
	INIT_LIST_HEAD(over);
}

enum copy_direction { COPY_IN, COPY_OUT };

static void chunk_copy(const struct pbd_lane *lane, u16 tag, enum copy_direction direction)
{
	const struct pbd_slot *slot = &lane->slots[tag];
	size_t skip = (size_t)slot->offset << SECTOR_SHIFT;
	size_t left = (size_t)slot->sectors << SECTOR_SHIFT;
	char *at = partbus_queue_slot(lane->q, tag);
	struct req_iterator iter;
	struct bio_vec bv;

	rq_for_each_segment(bv, slot->rq, iter) {
		/* The loop goes on from @bv's length: work on another. */
		struct bio_vec part = bv;

		if (skip >= part.bv_len) {
			skip -= part.bv_len;
			continue;
		}
		part.bv_offset += skip;
		part.bv_len = min_t(size_t, part.bv_len - skip, left);
		skip = 0;
		if (direction == COPY_IN)
			memcpy_from_bvec(at, &part);
		else
			memcpy_to_bvec(&part, at);
		at += part.bv_len;
		left -= part.bv_len;
		if (!left)
			break;
	}
}

void pbd_chunk_copy_in(const struct pbd_lane *lane, u16 tag)
{
	chunk_copy(lane, tag, COPY_IN);
}

void pbd_chunk_copy_out(const struct pbd_lane *lane, u16 tag)
{
	chunk_copy(lane, tag, COPY_OUT);
}
