/* SPDX-License-Identifier: GPL-2.0 */
/* Checks a completion of class block against the request that it answers. Pure. */
#ifndef _PB_BLK_ANSWER_H
#define _PB_BLK_ANSWER_H

#include <partbus/blk.h>

/**
 * pb_blk_answer_tag() - whose answer a completion is
 * @raw: a private copy of the ring's entry
 * @depth: number of tags
 *
 * Return: the tag, or -EPROTO if it is beyond the depth.
 */
int pb_blk_answer_tag(const struct partbus_blk_done *raw, __u32 depth);

/**
 * pb_blk_answered() - check a completion
 * @raw: a private copy of the ring's entry
 * @op: enum partbus_blk_op of the request that has its tag, 0 for none
 * @sectors: of that request, 0 for FLUSH
 * @status: out, when 0 is returned: enum partbus_blk_status
 * @why: out, on -EPROTO: what is wrong (static)
 *
 * Return: 0, or -EPROTO for what no honest provider sends.
 */
int pb_blk_answered(const struct partbus_blk_done *raw, __u8 op, __u32 sectors,
		    __u16 *status, const char **why);

#endif /* _PB_BLK_ANSWER_H */
