// SPDX-License-Identifier: GPL-2.0
/* The log of dm-log-writes. */
#include "logwrites.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MAGIC	0x6a736677736872ULL
#define LOG_VERSION	1
#define LARGEST_BLOCK	4096u

struct log_super {
	uint64_t magic;
	uint64_t version;
	uint64_t entries;
	uint32_t block;
} __attribute__((packed));

struct log_entry {
	uint64_t sector;	/* in blocks, as all of them */
	uint64_t sectors;
	uint64_t flags;
	uint64_t data_len;
};

_Static_assert(sizeof(struct log_super) == 28, "as the kernel has it");
_Static_assert(sizeof(struct log_entry) == 32, "as the kernel has it");

static bool fail(const struct logwrites *l, const char *what)
{
	fprintf(stderr, "noloss: %s: log entry %llu: %s\n", l->m->path,
		(unsigned long long)l->next, what);
	return false;
}

/* A copy of the first bytes of a block. */
static bool read_head(struct logwrites *l, uint64_t at, void *head, size_t size)
{
	char *block = media_buffer(LARGEST_BLOCK);
	int error = media_read(l->m, block, at, l->block);

	memcpy(head, block, size);
	free(block);
	return error ? fail(l, strerror(error)) : true;
}

bool logwrites_open(struct logwrites *l, struct media *m)
{
	struct log_super super;

	*l = (struct logwrites) { .m = m, .block = m->block };
	if (!read_head(l, 0, &super, sizeof(super)))
		return false;
	if (le64toh(super.magic) != LOG_MAGIC || le64toh(super.version) != LOG_VERSION)
		return fail(l, "this is no log of dm-log-writes");
	l->block = le32toh(super.block);
	l->entries = le64toh(super.entries);
	if (l->block < 512 || l->block > LARGEST_BLOCK || l->block & (l->block - 1) ||
	    l->block % m->block)
		return fail(l, "impossible block size");
	l->at = l->block;
	return true;
}

bool logwrites_next(struct logwrites *l, struct logwrites_entry *e)
{
	struct log_entry raw;

	if (l->at + l->block > l->m->bytes)
		return fail(l, "the log is longer than its device");
	if (!read_head(l, l->at, &raw, sizeof(raw)))
		return false;
	if (le64toh(raw.sectors) > l->m->bytes / l->block ||
	    le64toh(raw.sector) > UINT64_MAX / l->block)
		return fail(l, "impossible size");
	e->flags = le64toh(raw.flags);
	e->offset = le64toh(raw.sector) * l->block;
	e->bytes = le64toh(raw.sectors) * l->block;
	e->data = l->at + l->block;
	l->at += l->block;
	if (!(e->flags & LOGWRITES_DISCARD))
		l->at += e->bytes;
	if (l->at > l->m->bytes)
		return fail(l, "its data is longer than the device");
	l->next++;
	return true;
}
