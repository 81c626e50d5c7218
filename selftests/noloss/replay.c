// SPDX-License-Identifier: GPL-2.0
/* Playing a log, checking at each point where something became durable. */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "logwrites.h"
#include "record.h"

#define LINES_MOST	20
/* No point to go on behind that many. */
#define BAD_MOST	1000
/* Flushes by which a cached write may come too late in a log. */
#define FLUSHES_MOST	16
/* Journal entries by which zeroes may be ahead of the newest record: what is in flight. */
#define AHEAD		64

/**
 * struct replay_sector - a sector of the target
 * @kind: of what it holds
 * @r: that
 * @either: it holds zeroes of which it was left open whether they are there: those of a
 *	later submission, or @newest again
 * @newest: the newest record that the log has had for it, at @newest.log, when
 *	@newest.flushes flushes had been logged; none if @newest.log is 0
 */
struct replay_sector {
	enum record_kind kind;
	bool either;
	struct record r;
	struct {
		uint64_t log;
		uint64_t flushes;
		struct record r;
	} newest;
};

/**
 * struct replay - a replay under way
 * @log: where it comes from
 * @history: the journal
 * @sectors: what the target holds in each sector of the area
 * @dirty: sectors that hold something else, or may hold less, than when they were
 *	judged last; @nr_dirty of them
 * @is_dirty: per sector
 * @newest: number of the newest submission that the log has shown so far
 * @flushes: entries with a flush so far
 */
struct replay {
	struct media *log;
	struct history *history;
	struct media *target;
	struct track *t;
	struct replay_sector *sectors;
	uint32_t *dirty;
	uint32_t nr_dirty;
	bool *is_dirty;
	uint64_t newest;
	uint64_t flushes;
	char *data;
	struct replay_result *result;
};

static void mark_dirty(struct replay *p, uint32_t index)
{
	if (p->is_dirty[index])
		return;
	p->is_dirty[index] = true;
	p->dirty[p->nr_dirty++] = index;
}

static void candidates_changed(void *ctx, uint64_t lba, uint32_t sectors)
{
	struct replay *p = ctx;

	for (uint32_t i = 0; i < sectors; i++)
		mark_dirty(p, lba - track_first(p->t) + i);
}

/* Reads back what was written from @from of the log, as a check of the medium would. */
static int look(struct replay *p, const struct logwrites_entry *e, uint64_t at, uint64_t from,
		size_t bytes)
{
	int error = media_read(p->target, p->data, at, bytes);

	if (error)
		return error;
	for (size_t i = 0; i < bytes; i += RECORD_SECTOR) {
		uint64_t lba = (at + i) / RECORD_SECTOR;
		uint32_t index = lba - track_first(p->t);
		struct replay_sector *s = &p->sectors[index];

		if (lba < track_first(p->t) || index >= track_sectors(p->t))
			continue;
		s->kind = record_parse(p->data + i, &s->r);
		s->either = false;
		mark_dirty(p, index);
		if (s->kind == RECORD_GOOD && s->r.run == track_run(p->t) && s->r.id > p->newest)
			p->newest = s->r.id;
		if (s->kind == RECORD_GOOD && (e->flags & LOGWRITES_FUA || !s->newest.log ||
					       s->r.id > s->newest.r.id)) {
			s->newest.log = from + i;
			s->newest.flushes = p->flushes;
			s->newest.r = s->r;
		}
	}
	return 0;
}

static bool zeroes(const struct entry *e, uint64_t lba)
{
	return e->type == ENTRY_SUBMIT && (e->op == OP_ZEROES || e->op == OP_DISCARD) &&
	       lba >= e->lba && lba - e->lba < e->sectors;
}

/* Is what the sector holds of a submission before that of the newest record? */
static bool was_before(const struct replay *p, const struct replay_sector *s, uint64_t lba)
{
	if (s->kind == RECORD_GOOD)
		return s->r.run == s->newest.r.run && s->r.id < s->newest.r.id;
	if (s->kind != RECORD_ZERO)
		return false;
	for (size_t i = 0; i < p->history->nr; i++) {
		const struct entry *e = &p->history->entries[i];

		if (e->seq >= s->newest.r.id)
			break;
		if (zeroes(e, lba))
			return true;
	}
	return false;
}

/*
 * A FUA write is logged when it ends, a cached one with a flush that began after it
 * had ended, when that ends: so a cached one comes behind a FUA write that went over
 * it, and what an earlier flush takes along behind what a later one does that ended
 * before. No device would write them in that order. True: the newest record that the
 * log had for the sector may be there, and what is there may have come like that.
 */
static bool came_late(const struct replay *p, uint32_t index)
{
	const struct replay_sector *s = &p->sectors[index];
	uint64_t lba = track_first(p->t) + index;
	struct finding f;

	return s->newest.log &&
	       (s->either || p->flushes - s->newest.flushes <= FLUSHES_MOST) &&
	       was_before(p, s, lba) &&
	       track_judge(p->t, lba, RECORD_GOOD, &s->newest.r, &f) == VERDICT_OK;
}

/* The sector holds its newest record again. */
static bool put_back(struct replay *p, uint32_t index)
{
	struct replay_sector *s = &p->sectors[index];
	uint64_t lba = track_first(p->t) + index;

	if (media_read(p->log, p->data, s->newest.log, RECORD_SECTOR) ||
	    media_write(p->target, p->data, lba * RECORD_SECTOR, RECORD_SECTOR, false))
		return false;
	s->kind = RECORD_GOOD;
	s->r = s->newest.r;
	return true;
}

/* One entry onto the target, in pieces. */
static int play(struct replay *p, const struct logwrites_entry *e)
{
	uint64_t left = e->bytes, at = e->offset, from = e->data;
	int error = 0;

	while (left && !error) {
		size_t bytes = left < MEDIA_LARGEST ? left : MEDIA_LARGEST;

		if (e->flags & LOGWRITES_DISCARD)
			memset(p->data, 0, bytes);
		else
			error = media_read(p->log, p->data, from, bytes);
		if (!error)
			error = media_write(p->target, p->data, at, bytes, false);
		if (!error)
			error = look(p, e, at, from, bytes);
		at += bytes;
		from += bytes;
		left -= bytes;
	}
	return error;
}

/* The next submission that zeroes the sector and that the tracker has not seen, or 0. */
static uint64_t next_zeroes(const struct replay *p, uint64_t lba)
{
	for (size_t i = p->history->fed; i < p->history->nr && i < p->history->fed + AHEAD; i++)
		if (zeroes(&p->history->entries[i], lba))
			return p->history->entries[i].seq;
	return 0;
}

/*
 * Zeroes do not tell whose they are: those that may not be there now, and have not come
 * late, are of a later submission, if there is one, and everything before that had
 * happened, too. Where they could be either, that is not demanded: what is missing is
 * found when something newer is seen, or at the end.
 */
static bool feed_zeroes(struct replay *p)
{
	uint64_t before;
	struct finding f;

	do {
		before = p->newest;
		for (uint32_t i = 0; i < p->nr_dirty; i++) {
			uint64_t lba = track_first(p->t) + p->dirty[i], id;

			if (p->sectors[p->dirty[i]].kind != RECORD_ZERO ||
			    track_judge(p->t, lba, RECORD_ZERO, NULL, &f) == VERDICT_OK ||
			    came_late(p, p->dirty[i]))
				continue;
			id = next_zeroes(p, lba);
			if (id > p->newest)
				p->newest = id;
		}
		if (!history_feed(p->history, p->t, p->newest + 1))
			return false;
	} while (p->newest > before);
	return true;
}

/*
 * What may not be there has come late. Zeroes may be those of a submission to come, too:
 * which of the two is told by what the sector may hold once that has been seen.
 */
static bool explained(struct replay *p, uint32_t index)
{
	struct replay_sector *s = &p->sectors[index];

	if (!came_late(p, index))
		return false;
	if (s->kind != RECORD_ZERO || !next_zeroes(p, track_first(p->t) + index))
		return put_back(p, index);
	s->either = true;
	return true;
}

static void check_point(struct replay *p, const struct logwrites *l, const char *when)
{
	struct finding f;
	char text[512];

	p->result->points++;
	for (uint32_t i = 0; i < p->nr_dirty; i++) {
		uint32_t index = p->dirty[i];

		p->is_dirty[index] = false;
		if (track_judge(p->t, track_first(p->t) + index, p->sectors[index].kind,
				&p->sectors[index].r, &f) == VERDICT_OK || explained(p, index))
			continue;
		if (p->result->bad++ >= LINES_MOST)
			continue;
		track_explain(p->t, &f, text, sizeof(text));
		printf("noloss: %s entry %llu of the log: %s\n", when,
		       (unsigned long long)l->next - 1, text);
	}
	p->nr_dirty = 0;
}

static int replay_all(struct replay *p)
{
	struct logwrites_entry e;
	struct logwrites l;
	int error;

	if (!logwrites_open(&l, p->log))
		return 2;
	while (l.next < l.entries && p->result->bad < BAD_MOST) {
		if (!logwrites_next(&l, &e))
			return 2;
		p->result->entries++;
		error = play(p, &e);
		if (error) {
			fprintf(stderr, "noloss: entry %llu of the log: %s\n",
				(unsigned long long)l.next - 1, strerror(error));
			return 2;
		}
		if (!(e.flags & (LOGWRITES_FLUSH | LOGWRITES_FUA)))
			continue;
		if (e.flags & LOGWRITES_FLUSH)
			p->flushes++;
		if (!history_feed(p->history, p->t, p->newest + 1) || !feed_zeroes(p))
			return 2;
		check_point(p, &l, "after");
	}
	/* A log is whole when dm-log-writes is taken down: all that was promised holds. */
	if (!history_feed(p->history, p->t, UINT64_MAX))
		return 2;
	candidates_changed(p, track_first(p->t), track_sectors(p->t));
	check_point(p, &l, "at the end, with");
	return p->result->bad ? 1 : 0;
}

int replay_log(struct media *log, struct media *target, struct history *h, struct track *t,
	       struct replay_result *result)
{
	struct replay p = {
		.log = log, .history = h, .target = target, .t = t, .result = result,
	};
	uint32_t sectors = track_sectors(t);
	int ret;

	*result = (struct replay_result) { 0 };
	p.sectors = calloc(sectors, sizeof(*p.sectors));
	p.dirty = calloc(sectors, sizeof(*p.dirty));
	p.is_dirty = calloc(sectors, sizeof(*p.is_dirty));
	p.data = media_buffer(MEDIA_LARGEST);
	if (!p.sectors || !p.dirty || !p.is_dirty)
		abort();
	track_watch(t, candidates_changed, &p);
	ret = replay_all(&p);
	track_watch(t, NULL, NULL);
	free(p.data);
	free(p.is_dirty);
	free(p.dirty);
	free(p.sectors);
	return ret;
}
