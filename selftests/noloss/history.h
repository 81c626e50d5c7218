/* SPDX-License-Identifier: GPL-2.0 */
/* Reading a journal. */
#ifndef _NOLOSS_HISTORY_H
#define _NOLOSS_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entry.h"
#include "track.h"

/**
 * struct history - a journal in memory
 * @entries: all of them, @nr
 * @fed: how many of them history_feed() has applied
 * @bytes: that are good; the writer may have been killed while it wrote the next
 */
struct history {
	struct entry *entries;
	size_t nr;
	size_t fed;
	uint64_t bytes;
};

/* False: it cannot be read, or is damaged before its end; says so on stderr. */
bool history_read(struct history *h, const char *path);
void history_free(struct history *h);
/* Applies all entries with numbers below @before that are not applied yet. */
bool history_feed(struct history *h, struct track *t, uint64_t before);

#endif /* _NOLOSS_HISTORY_H */
