// SPDX-License-Identifier: GPL-2.0
/* I/O on a block device past the page cache, or on a file. */
#include "media.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

void *media_buffer(size_t bytes)
{
	void *p;

	if (posix_memalign(&p, 4096, bytes))
		abort();
	return p;
}

int media_open(struct media *m, const char *path, bool write)
{
	int flags = (write ? O_RDWR : O_RDONLY) | O_CLOEXEC, block = 512;
	struct stat st;

	m->path = path;
	m->fd = open(path, flags | O_DIRECT);
	if (m->fd < 0 && errno == EINVAL)
		m->fd = open(path, flags);	/* a file system that cannot */
	if (m->fd < 0)
		return errno;
	if (fstat(m->fd, &st))
		goto err_close;
	m->device = S_ISBLK(st.st_mode);
	m->bytes = st.st_size;
	if (m->device && (ioctl(m->fd, BLKGETSIZE64, &m->bytes) || ioctl(m->fd, BLKSSZGET, &block)))
		goto err_close;
	m->block = block;
	return 0;

err_close:
	block = errno;
	close(m->fd);
	return block;
}

void media_close(struct media *m)
{
	close(m->fd);
}

int media_read(struct media *m, void *data, uint64_t at, size_t bytes)
{
	ssize_t n = pread(m->fd, data, bytes, at);

	if (n < 0)
		return errno;
	return (size_t)n == bytes ? 0 : EIO;
}

int media_write(struct media *m, const void *data, uint64_t at, size_t bytes, bool fua)
{
	struct iovec vec = { .iov_base = (void *)data, .iov_len = bytes };
	ssize_t n = pwritev2(m->fd, &vec, 1, at, fua ? RWF_DSYNC : 0);

	if (n < 0)
		return errno;
	return (size_t)n == bytes ? 0 : EIO;
}

static int range(struct media *m, unsigned long request, int mode, uint64_t at, uint64_t bytes)
{
	uint64_t span[2] = { at, bytes };

	if (m->device)
		return ioctl(m->fd, request, span) ? errno : 0;
	return fallocate(m->fd, mode | FALLOC_FL_KEEP_SIZE, at, bytes) ? errno : 0;
}

int media_zeroes(struct media *m, uint64_t at, uint64_t bytes)
{
	/* Not every file system knows how to zero a range, but a hole is one. */
	return range(m, BLKZEROOUT, FALLOC_FL_PUNCH_HOLE, at, bytes);
}

int media_discard(struct media *m, uint64_t at, uint64_t bytes)
{
	return range(m, BLKDISCARD, FALLOC_FL_PUNCH_HOLE, at, bytes);
}

int media_flush(struct media *m)
{
	return fdatasync(m->fd) ? errno : 0;
}
