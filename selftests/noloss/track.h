/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What each sector may hold, followed through a journal.
 *
 * A sector has a set of candidates: writes whose data may be there now. A write is
 * one from its submission on, for it may be executed at any time before its end
 * is reported, and also if it is reported as failed, since it may have been
 * executed in part. It is none any more as soon as a write has *superseded* it
 * that was submitted after its own end. Writes that overlap in time do not
 * supersede each other: no disk orders them.
 *
 * What supersedes depends on what has died since (enum track_mode): any
 * acknowledged write, or only one that is durable by a flush or by itself.
 * Discards supersede nothing; they add zeroes to what may be there.
 *
 * No locks: the caller serialises.
 */
#ifndef _NOLOSS_TRACK_H
#define _NOLOSS_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entry.h"
#include "record.h"

enum track_mode {
	TRACK_PEER_DIED,	/* the medium has kept all it was given */
	TRACK_POWER_LOSS,	/* and lost what was in a volatile cache */
};

enum verdict {
	VERDICT_OK,
	VERDICT_LOST,		/* holds something older than what must be there */
	VERDICT_REAPPEARED,	/* the same, and something newer had been seen there */
	VERDICT_LATE,		/* a write that was reported as failed, executed since */
	VERDICT_TORN,		/* one of our sectors, damaged */
	VERDICT_FOREIGN,	/* nobody wrote this */
	VERDICT_MISPLACED,	/* a record of another place */
	VERDICT_END,
};

/**
 * struct finding - what is wrong with a sector
 * @verdict: enum verdict
 * @lba: the sector
 * @kind: of what it holds
 * @held: that, as far as it can be read
 * @wanted: id of the newest write that it may hold (0: zeroes)
 */
struct finding {
	enum verdict verdict;
	enum record_kind kind;
	uint64_t lba;
	uint64_t wanted;
	struct record held;
};

struct track;

struct track *track_new(enum track_mode mode);
void track_free(struct track *t);
/* Entries in the order of the journal. False: they make no sense, see track_error(). */
bool track_apply(struct track *t, const struct entry *e);
const char *track_error(const struct track *t);

/* The area, from OPEN on. */
uint64_t track_run(const struct track *t);
uint64_t track_first(const struct track *t);
uint32_t track_sectors(const struct track *t);
uint32_t track_block(const struct track *t);
/* The number that the next entry must have. */
uint64_t track_next(const struct track *t);

/* @lba is in the area. @f is set unless the verdict is OK. */
enum verdict track_judge(const struct track *t, uint64_t lba, enum record_kind kind,
			 const struct record *r, struct finding *f);
/* May the sector hold one of several things, none of them in flight? */
bool track_open_question(const struct track *t, uint64_t lba);
/* Candidates of a sector, at most @max of them; how many there are. */
size_t track_candidates(const struct track *t, uint64_t lba, uint64_t *ids, size_t max);
/* Where the record of that number was written by this journal; false: it was not. */
bool track_range(const struct track *t, uint64_t id, uint64_t *lba, uint32_t *sectors);
/* Calls @changed when candidates of a range become fewer. */
void track_watch(struct track *t, void (*changed)(void *ctx, uint64_t lba, uint32_t sectors),
		 void *ctx);

const char *verdict_name(enum verdict v);
/* A sentence about @f. */
void track_explain(const struct track *t, const struct finding *f, char *text, size_t size);

#endif /* _NOLOSS_TRACK_H */
