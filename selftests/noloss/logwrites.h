/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading the log of dm-log-writes, whose format is described in the kernel's
 * Documentation/admin-guide/device-mapper/log-writes.rst and its source: a super
 * block, then for every entry one block that says what it is, and its data.
 */
#ifndef _NOLOSS_LOGWRITES_H
#define _NOLOSS_LOGWRITES_H

#include <stdbool.h>
#include <stdint.h>

#include "media.h"

#define LOGWRITES_FLUSH		(1u << 0)
#define LOGWRITES_FUA		(1u << 1)
#define LOGWRITES_DISCARD	(1u << 2)
#define LOGWRITES_MARK		(1u << 3)

/**
 * struct logwrites - a log
 * @m: where it is
 * @block: bytes, in which the log counts
 * @entries: how many there are
 * @next: number of the entry that is read next
 * @at: where that begins, in bytes
 */
struct logwrites {
	struct media *m;
	uint32_t block;
	uint64_t entries;
	uint64_t next;
	uint64_t at;
};

/**
 * struct logwrites_entry - one entry
 * @flags: LOGWRITES_*
 * @offset: on the logged device, in bytes
 * @bytes: how many were written or discarded
 * @data: where in the log what was written is; nothing for a discard
 */
struct logwrites_entry {
	uint32_t flags;
	uint64_t offset;
	uint64_t bytes;
	uint64_t data;
};

/* All: false when the log makes no sense or cannot be read, told on stderr. */
bool logwrites_open(struct logwrites *l, struct media *m);
/* Only while l->next < l->entries. */
bool logwrites_next(struct logwrites *l, struct logwrites_entry *e);

#endif /* _NOLOSS_LOGWRITES_H */
