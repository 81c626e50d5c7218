// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers of channels. A kernel may be a guest of several windows and a host itself, and
 * each host counts on its own: here, where devices are named by them and netlink finds
 * channels by them, they are told apart. On the wire a guest uses its host's number.
 */
#include <linux/export.h>
#include <linux/idr.h>

#include <vmbus/channel.h>

/* From here on: for those whose number is taken. */
#define ID_OTHER	(1 << 30)

/* Has its own lock. */
static DEFINE_IDA(ids);

int pb_channel_id_next(u32 last)
{
	int id = -ENOSPC;

	if (last < ID_OTHER - 1)
		id = ida_alloc_range(&ids, last + 1, ID_OTHER - 1, GFP_KERNEL);
	if (id == -ENOSPC)
		id = ida_alloc_range(&ids, 1, ID_OTHER - 1, GFP_KERNEL);
	return id;
}
EXPORT_SYMBOL_GPL(pb_channel_id_next);

int pb_channel_id_like(u32 wire)
{
	int id = -ENOSPC;

	if (wire && wire < ID_OTHER)
		id = ida_alloc_range(&ids, wire, wire, GFP_NOIO);
	if (id == -ENOSPC)
		id = ida_alloc_min(&ids, ID_OTHER, GFP_NOIO);
	return id;
}
EXPORT_SYMBOL_GPL(pb_channel_id_like);

void pb_channel_id_put(u32 id)
{
	ida_free(&ids, id);
}
EXPORT_SYMBOL_GPL(pb_channel_id_put);
