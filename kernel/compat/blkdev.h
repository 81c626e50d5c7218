/* SPDX-License-Identifier: GPL-2.0 */
/* Differences of opening block devices between kernels. */
#ifndef _PB_COMPAT_BLKDEV_H
#define _PB_COMPAT_BLKDEV_H

#include <linux/blkdev.h>
#include <linux/err.h>

/*
 * Since 6.9 (f3a608827d1f) an open block device is a struct file; before 6.5
 * (05bdb9965305, which brought BLK_OPEN_READ) it is the block_device itself and
 * a mode that has to be remembered. What was between those is not supported.
 */
#ifdef BLK_OPEN_READ

struct pb_bdev_handle {
	struct file *file;
};

static inline struct block_device *pb_bdev_open(struct pb_bdev_handle *h, const char *path,
						bool write, void *holder)
{
	blk_mode_t mode = BLK_OPEN_READ | (write ? BLK_OPEN_WRITE : 0);

	h->file = bdev_file_open_by_path(path, mode, holder, NULL);
	return IS_ERR(h->file) ? ERR_CAST(h->file) : file_bdev(h->file);
}

static inline void pb_bdev_close(struct pb_bdev_handle *h)
{
	/*
	 * At once, whoever calls: what a kernel thread puts by fput() is closed later, by
	 * the one work for all of them, and a device that hangs would hold that up.
	 */
	__fput_sync(h->file);
}

#else

struct pb_bdev_handle {
	struct block_device *bdev;
	fmode_t mode;
};

static inline struct block_device *pb_bdev_open(struct pb_bdev_handle *h, const char *path,
						bool write, void *holder)
{
	h->mode = FMODE_READ | FMODE_EXCL | (write ? FMODE_WRITE : 0);
	h->bdev = blkdev_get_by_path(path, h->mode, holder);
	return h->bdev;
}

static inline void pb_bdev_close(struct pb_bdev_handle *h)
{
	blkdev_put(h->bdev, h->mode);
}

#endif

#endif /* _PB_COMPAT_BLKDEV_H */
