/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by track.c and judge.c. */
#ifndef _NOLOSS_TRACK_INSIDE_H
#define _NOLOSS_TRACK_INSIDE_H

#include "track.h"

/**
 * struct write - something that changes sectors, or a flush
 * @id: number of its submission; 0 for what an empty medium holds
 * @done: number of the entry that ended it, 0 while in flight
 * @lba: first sector
 * @sectors: how many
 * @error: a positive errno
 * @worker: whose
 * @op: enum entry_op
 * @fua: durable when done
 * @before: was on the medium when the journal began: @lba and @sectors say where it
 *	was found, not how it was written
 */
struct write {
	uint64_t id;
	uint64_t done;
	uint64_t lba;
	uint32_t sectors;
	uint32_t error;
	uint16_t worker;
	uint8_t op;
	bool fua;
	bool before;
};

struct node {
	uint32_t write;		/* index of it */
	uint32_t next;		/* 0: the last */
};

/**
 * struct track - see track.h
 * @base: number of the first entry
 * @next: number of the next
 * @writes: all of them, by index; 0 is the empty medium
 * @by_seq: index by number less @base, 0 for none
 * @heads: per sector, its first node
 * @seen: per sector, the record that was known to be there at last, 0 for none
 * @volatile_writes: indices of acknowledged writes that are not durable
 */
struct track {
	enum track_mode mode;
	uint64_t run;
	uint64_t base;
	uint64_t next;
	uint64_t first;
	uint32_t sectors;
	uint32_t block;
	bool submitted;
	bool closed;

	struct write *writes;
	size_t nr_writes, writes_size;
	uint32_t *by_seq;
	size_t by_seq_size;
	struct node *nodes;
	size_t nr_nodes, nodes_size;
	uint32_t free_node;
	uint32_t *heads;
	uint64_t *seen;
	uint32_t *volatile_writes;
	size_t nr_volatile, volatile_size;

	void (*changed)(void *ctx, uint64_t lba, uint32_t sectors);
	void *changed_ctx;
	char error[160];
};

/* Does a sector that holds record @id (0: zeroes) hold what @w wrote? */
bool track_matches(const struct write *w, uint64_t id);
/* The write of that number in this journal, or NULL. */
struct write *track_write(const struct track *t, uint64_t id);

#endif /* _NOLOSS_TRACK_INSIDE_H */
