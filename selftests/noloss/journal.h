/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writing a journal. Entries are numbered and go to the file in order, by a
 * thread of the journal's own, several at a time when they come quickly. When the
 * writer is killed the file ends at some entry, maybe in the middle of it.
 *
 * Entries are in the file when write() has returned: that outlives the process,
 * and on a file system of another machine (9p without cache) this machine. It
 * does not outlive the machine that has the file.
 */
#ifndef _NOLOSS_JOURNAL_H
#define _NOLOSS_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "entry.h"

struct journal;

/*
 * A new journal, which must not exist yet, or one to be continued at byte @at.
 * NULL: see errno. @next is the number of the first entry to be added.
 */
struct journal *journal_create(const char *path, uint64_t run, uint64_t next);
struct journal *journal_continue(const char *path, uint64_t at, uint64_t run, uint64_t next);
/* Numbers @e and adds it. Any thread; the numbers' order is that of the calls. */
uint64_t journal_add(struct journal *j, struct entry *e);
/* Until entry @seq is in the file. False: it cannot be written. */
bool journal_wait(struct journal *j, uint64_t seq);
/* Writes all there is; 0 or an errno. */
int journal_end(struct journal *j);

#endif /* _NOLOSS_JOURNAL_H */
