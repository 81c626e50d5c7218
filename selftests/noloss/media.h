/* SPDX-License-Identifier: GPL-2.0 */
/* The disk that is written to, or the medium that is looked at. */
#ifndef _NOLOSS_MEDIA_H
#define _NOLOSS_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEDIA_LARGEST	(256u << 10)	/* bytes of one operation */

/**
 * struct media - a block device, or a file that stands for one
 * @path: its name
 * @fd: past the page cache, where that is possible
 * @bytes: its size when it was opened
 * @block: bytes; the smallest that can be read or written
 * @device: it is a block device
 */
struct media {
	const char *path;
	int fd;
	uint64_t bytes;
	uint32_t block;
	bool device;
};

/* Memory that is good for I/O past the page cache. */
void *media_buffer(size_t bytes);
/* All: 0 or a positive errno. A short transfer is EIO. */
int media_open(struct media *m, const char *path, bool write);
void media_close(struct media *m);
int media_read(struct media *m, void *data, uint64_t at, size_t bytes);
int media_write(struct media *m, const void *data, uint64_t at, size_t bytes, bool fua);
int media_zeroes(struct media *m, uint64_t at, uint64_t bytes);
int media_discard(struct media *m, uint64_t at, uint64_t bytes);
int media_flush(struct media *m);

#endif /* _NOLOSS_MEDIA_H */
