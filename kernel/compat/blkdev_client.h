/* SPDX-License-Identifier: GPL-2.0 */
/* Disks that a driver makes: what differs between kernels. */
#ifndef _PB_COMPAT_BLKDEV_CLIENT_H
#define _PB_COMPAT_BLKDEV_CLIENT_H

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/limits.h>
#include <linux/version.h>

/* 6.14 (9bc1e897a821) dropped the flag: merging is what every driver wants. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define PB_BLK_MQ_F_MERGE	BLK_MQ_F_SHOULD_MERGE
#else
#define PB_BLK_MQ_F_MERGE	0
#endif

/**
 * struct pb_blk_limits - limits of a disk, in the terms of all kernels
 * @logical_block: bytes; fixed in the life of a disk
 * @physical_block: bytes
 * @max_sectors: of a read or write
 * @discard_sectors: of a discard, 0 for none
 * @discard_grain: bytes
 * @zeroes_sectors: of a write zeroes, 0 for none
 * @write_cache: flushes are wanted
 * @fua: of writes
 * @rotational: the disk says so
 */
struct pb_blk_limits {
	u32 logical_block;
	u32 physical_block;
	u32 max_sectors;
	u32 discard_sectors;
	u32 discard_grain;
	u32 zeroes_sectors;
	bool write_cache;
	bool fua;
	bool rotational;
};

/*
 * 6.9 (9ac4dd8c47d5) made limits an argument of the allocation, and their change a
 * transaction; 6.11 (1122c0c1cc71 and others) made features part of them.
 * Before, each limit had a setter and each feature a flag of the queue.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)

static inline void pb_blk_limits_fill(struct queue_limits *lim, const struct pb_blk_limits *l)
{
	lim->logical_block_size = l->logical_block;
	lim->physical_block_size = l->physical_block;
	lim->io_min = l->physical_block;
	lim->max_hw_sectors = l->max_sectors;
	lim->max_segments = USHRT_MAX;
	lim->max_segment_size = UINT_MAX;
	lim->max_hw_discard_sectors = l->discard_sectors;
	lim->discard_granularity = l->discard_grain;
	lim->max_write_zeroes_sectors = l->zeroes_sectors;
	lim->features &= ~(BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA | BLK_FEAT_ROTATIONAL);
	if (l->write_cache)
		lim->features |= BLK_FEAT_WRITE_CACHE;
	if (l->write_cache && l->fua)
		lim->features |= BLK_FEAT_FUA;
	if (l->rotational)
		lim->features |= BLK_FEAT_ROTATIONAL;
}

static inline struct gendisk *pb_blk_alloc_disk(struct blk_mq_tag_set *set,
						const struct pb_blk_limits *l, void *queuedata)
{
	struct queue_limits lim = { };

	pb_blk_limits_fill(&lim, l);
	return blk_mq_alloc_disk(set, &lim, queuedata);
}

/* Waits until no request is on its way. */
static inline int pb_blk_update_limits(struct gendisk *disk, const struct pb_blk_limits *l)
{
	struct queue_limits lim = queue_limits_start_update(disk->queue);

	pb_blk_limits_fill(&lim, l);
	return queue_limits_commit_update_frozen(disk->queue, &lim);
}

#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)

static inline void pb_blk_limits_set(struct request_queue *q, const struct pb_blk_limits *l)
{
	blk_queue_logical_block_size(q, l->logical_block);
	blk_queue_physical_block_size(q, l->physical_block);
	blk_queue_io_min(q, l->physical_block);
	blk_queue_max_hw_sectors(q, l->max_sectors);
	blk_queue_max_segments(q, USHRT_MAX);
	blk_queue_max_segment_size(q, UINT_MAX);
	blk_queue_max_discard_sectors(q, l->discard_sectors);
	q->limits.discard_granularity = l->discard_sectors ? l->discard_grain : 0;
	blk_queue_max_write_zeroes_sectors(q, l->zeroes_sectors);
	blk_queue_write_cache(q, l->write_cache, l->write_cache && l->fua);
	if (l->rotational)
		blk_queue_flag_clear(QUEUE_FLAG_NONROT, q);
	else
		blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
}

static inline struct gendisk *pb_blk_alloc_disk(struct blk_mq_tag_set *set,
						const struct pb_blk_limits *l, void *queuedata)
{
	struct gendisk *disk = blk_mq_alloc_disk(set, queuedata);

	if (!IS_ERR(disk))
		pb_blk_limits_set(disk->queue, l);
	return disk;
}

/* Waits until no request is on its way. */
static inline int pb_blk_update_limits(struct gendisk *disk, const struct pb_blk_limits *l)
{
	blk_mq_freeze_queue(disk->queue);
	pb_blk_limits_set(disk->queue, l);
	blk_mq_unfreeze_queue(disk->queue);
	return 0;
}

#else
#error "kernels 6.9 and 6.10 are not supported: their queue limits are half way between two interfaces"
#endif

#endif /* _PB_COMPAT_BLKDEV_CLIENT_H */
