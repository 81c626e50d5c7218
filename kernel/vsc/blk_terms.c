// SPDX-License-Identifier: GPL-2.0
/* Contracts of disks: what to ask for, and what one means for the block layer. */
#include "blk.h"

#include <linux/log2.h>

void pbd_terms_defaults(struct pb_ranges *wish)
{
	u32 queues, depth, slot_size;
	int i;

	for (i = 0; i < PB_ATTR_COUNT; i++)
		if (pb_attr_of_class(i, PARTBUS_CLASS_BLOCK))
			pb_ranges_set(wish, i, 0, PARTBUS_ATTR_ANY);

	pbd_wanted_geometry(&queues, &depth, &slot_size);
	pb_ranges_set(wish, PB_QUEUES, 1, queues);
	pb_ranges_set(wish, PB_DEPTH, PARTBUS_MIN_DEPTH, depth);
	pb_ranges_set(wish, PB_SLOT_SIZE, PARTBUS_MIN_SLOT_SIZE, slot_size);
	/*
	 * A smaller disk is taken as it comes, whatever is on it: to refuse would
	 * cost the client the whole resource. Nothing can be done with an empty one.
	 */
	pb_ranges_set(wish, PB_CAPACITY, 1, PARTBUS_ATTR_ANY);
}

/* A limit in sectors that keeps chunks on block boundaries. */
static u32 sector_limit(u64 sectors, u32 block)
{
	return round_down(min_t(u64, sectors, UINT_MAX >> SECTOR_SHIFT), block >> SECTOR_SHIFT);
}

/* @c has passed pb_contract_check(). */
void pbd_terms_from_contract(const struct pb_contract *c, struct pbd_terms *t)
{
	struct pb_blk_limits *l = &t->limits;

	memset(t, 0, sizeof(*t));
	t->queues = pb_contract_get(c, PB_QUEUES, 1);
	t->depth = pb_contract_get(c, PB_DEPTH, 1);
	t->slot_sectors = pb_contract_get(c, PB_SLOT_SIZE, PARTBUS_MIN_SLOT_SIZE) >> SECTOR_SHIFT;
	t->writable = pb_contract_get(c, PB_WRITABLE, 0);
	t->write_cache = pb_contract_get(c, PB_WRITE_CACHE, 1);
	t->fua = pb_contract_get(c, PB_FUA, 0);

	l->logical_block = pb_contract_get(c, PB_LOGICAL_BLOCK, SECTOR_SIZE);
	l->physical_block = min_t(u64, pb_contract_get(c, PB_PHYSICAL_BLOCK, l->logical_block),
				  PARTBUS_MAX_SLOT_SIZE);
	l->max_sectors = t->slot_sectors;
	l->discard_sectors = sector_limit(pb_contract_get(c, PB_DISCARD_MAX, 0),
					  l->logical_block);
	/*
	 * The block layer rounds with it as with a power of two, and would cut
	 * discards into pieces of nothing, for ever, with some that are none.
	 */
	l->discard_grain = max_t(u64, pb_contract_get(c, PB_DISCARD_GRAIN, 0), l->logical_block);
	l->discard_grain = rounddown_pow_of_two(l->discard_grain);
	l->zeroes_sectors = sector_limit(pb_contract_get(c, PB_ZEROES_MAX, 0), l->logical_block);
	/*
	 * Always: a cache may come with a later contract, and who has stacked something on
	 * the disk by then would never hear of it. Where there is none flushes end at once.
	 */
	l->write_cache = true;
	l->fua = t->fua || !t->write_cache;
	l->rotational = pb_contract_get(c, PB_ROTATIONAL, 0);

	t->capacity = round_down(pb_contract_get(c, PB_CAPACITY, 0),
				 (u64)l->logical_block >> SECTOR_SHIFT);
}
