// SPDX-License-Identifier: GPL-2.0
/* Reading a medium from its first sector to its last. */
#include "verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

/* Findings that are told one by one. */
#define LINES_MOST	20

struct lost {
	uint64_t lba;
	uint64_t wanted;
};

struct look {
	struct verify *v;
	struct track *t;
	unsigned int lines;
	struct lost lost[LINES_MOST];
	unsigned int nr_lost;
};

static void tell(struct look *l, const struct finding *f)
{
	char text[512];

	if (f->verdict == VERDICT_LOST && l->nr_lost < LINES_MOST)
		l->lost[l->nr_lost++] = (struct lost) { f->lba, f->wanted };
	if (l->lines++ >= LINES_MOST)
		return;
	track_explain(l->t, f, text, sizeof(text));
	printf("noloss: %s\n", text);
}

static void look_inside(struct look *l, uint64_t lba, const char *sector)
{
	uint32_t index = lba - track_first(l->t);
	struct record r = { 0 };
	struct finding f;
	enum record_kind kind = record_parse(sector, &r);
	enum verdict verdict = track_judge(l->t, lba, kind, &r, &f);

	l->v->ids[index] = kind == RECORD_GOOD ? r.id : 0;
	l->v->counts[verdict]++;
	l->v->open += track_candidates(l->t, lba, NULL, 0) > 1;
	if (verdict != VERDICT_OK)
		tell(l, &f);
}

static void look_outside(struct look *l, uint64_t lba, const char *sector)
{
	struct record r;
	enum record_kind kind = record_parse(sector, &r);

	if (kind == RECORD_ZERO)
		return;
	l->v->counts[kind == RECORD_GOOD ? VERDICT_MISPLACED : VERDICT_FOREIGN]++;
	if (l->lines++ < LINES_MOST)
		printf("noloss: sector %llu is outside of the area and holds %s\n",
		       (unsigned long long)lba,
		       kind == RECORD_FOREIGN ? "what no writer wrote" : "a record");
}

static bool inside(const struct track *t, uint64_t lba)
{
	return lba >= track_first(t) && lba - track_first(t) < track_sectors(t);
}

/* A record of which only a part is there was torn, a whole one was lost. */
static void tell_torn(struct look *l)
{
	uint64_t first = track_first(l->t);

	for (unsigned int i = 0; i < l->nr_lost; i++) {
		uint64_t wanted = l->lost[i].wanted, lba, from, there = 0;
		uint32_t sectors;

		if ((i && wanted == l->lost[i - 1].wanted) ||
		    !track_range(l->t, wanted, &from, &sectors))
			continue;
		for (lba = from; lba < from + sectors; lba++)
			there += l->v->ids[lba - first] == wanted;
		printf("noloss: of record %llu, %llu of %u sectors are there\n",
		       (unsigned long long)wanted, (unsigned long long)there, sectors);
	}
}

int verify_media(struct verify *v, struct track *t, struct media *m)
{
	struct look l = { .v = v, .t = t };
	char *data = media_buffer(MEDIA_LARGEST);
	int error = 0;

	*v = (struct verify) { .ids = calloc(track_sectors(t), sizeof(*v->ids)) };
	if (!v->ids)
		abort();
	if ((track_first(t) + track_sectors(t)) * RECORD_SECTOR > m->bytes) {
		fprintf(stderr, "noloss: %s is smaller than the area of the journal\n", m->path);
		error = ENOSPC;
	}
	for (uint64_t at = 0; at < m->bytes && !error; at += MEDIA_LARGEST) {
		size_t bytes = MEDIA_LARGEST;

		if (bytes > m->bytes - at)
			bytes = m->bytes - at;
		error = media_read(m, data, at, bytes);
		if (error) {
			fprintf(stderr, "noloss: %s: byte %llu cannot be read: %s\n", m->path,
				(unsigned long long)at, strerror(error));
			break;
		}
		for (size_t i = 0; i < bytes; i += RECORD_SECTOR) {
			uint64_t lba = (at + i) / RECORD_SECTOR;

			if (inside(t, lba))
				look_inside(&l, lba, data + i);
			else
				look_outside(&l, lba, data + i);
		}
	}
	free(data);
	if (error)
		return error;
	if (l.lines > LINES_MOST)
		printf("noloss: and %u more\n", l.lines - LINES_MOST);
	tell_torn(&l);
	return verify_bad(v) ? 1 : 0;
}

uint64_t verify_bad(const struct verify *v)
{
	uint64_t bad = 0;

	for (unsigned int i = VERDICT_OK + 1; i < VERDICT_END; i++)
		bad += v->counts[i];
	return bad;
}

void verify_free(struct verify *v)
{
	free(v->ids);
	v->ids = NULL;
}

void verify_extents(const struct verify *v, const struct track *t,
		    void (*add)(void *ctx, struct entry *e), void *ctx)
{
	struct entry e = { .type = ENTRY_HOLDS };

	for (uint32_t s = 0; s < track_sectors(t); s++) {
		if (e.sectors && v->ids[s] == e.id) {
			e.sectors++;
			continue;
		}
		if (e.id && e.sectors)
			add(ctx, &e);
		e.id = v->ids[s];
		e.lba = track_first(t) + s;
		e.sectors = 1;
	}
	if (e.id && e.sectors)
		add(ctx, &e);
}
