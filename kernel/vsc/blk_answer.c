// SPDX-License-Identifier: GPL-2.0
/* What may be believed of what a provider answers. */
#include <vsc/blk_answer.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <asm/byteorder.h>

/* Kernel-doc: see blk_answer.h. */
int pb_blk_answer_tag(const struct partbus_blk_done *raw, __u32 depth)
{
	__u16 tag = le16_to_cpu(raw->tag);

	return tag < depth ? tag : -EPROTO;
}

/* What no honest provider sends, or NULL. */
static const char *violation(const struct partbus_blk_done *raw, __u8 op, __u32 sectors)
{
	__u16 status = le16_to_cpu(raw->status);
	unsigned int i;

	if (!op)
		return "tag not in flight";
	if (status >= PARTBUS_BLK_S_END)
		return "unknown status";
	if (le32_to_cpu(raw->sectors) != (status == PARTBUS_BLK_S_OK ? sectors : 0))
		return "other length than asked for";
	for (i = 0; i < sizeof(raw->reserved); i++)
		if (raw->reserved[i])
			return "reserved bytes not zero";
	return NULL;
}

/* Kernel-doc: see blk_answer.h. */
int pb_blk_answered(const struct partbus_blk_done *raw, __u8 op, __u32 sectors,
		    __u16 *status, const char **why)
{
	*why = violation(raw, op, sectors);
	if (*why)
		return -EPROTO;
	*status = le16_to_cpu(raw->status);
	return 0;
}
