// SPDX-License-Identifier: GPL-2.0
/*
 * The writer. A worker has one operation under way, so there are as many in flight
 * as there are workers.
 *
 * The order lock makes one order of everything: entry numbers, what the journal
 * has and what the tracker knows. It is not held during I/O.
 */
#include "writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mix.h"
#include "ranges.h"
#include "record.h"

#define SECTORS_MOST	(MEDIA_LARGEST / RECORD_SECTOR)
/* Lines about one bad read. */
#define LINES_MOST	8

struct writer {
	const struct writer_options *o;
	struct media *disk;
	struct journal *j;
	struct ranges *shared;
	pthread_mutex_t order;
	struct track *t;		/* guarded by @order */
	pthread_mutex_t flushing;	/* who flushes, if one at a time; before @order */
	atomic_bool stop;
	atomic_int bad;
	atomic_uint working;
	/* For the last line; kinds as in enum plan_kind. */
	atomic_ullong steps[STEP_FLUSH + 1];
	atomic_ullong errors;
	atomic_ullong slowest_ms;
};

struct worker {
	struct writer *w;
	struct plan plan;
	uint16_t index;
	pthread_t thread;
	char *data;
	struct {
		enum record_kind kind;
		struct record r;
	} found[SECTORS_MOST];
};

static void stop_for(struct writer *w, const char *why)
{
	if (!atomic_exchange(&w->bad, 1))
		fprintf(stderr, "noloss: %s\n", why);
	atomic_store(&w->stop, true);
}

/* The order lock is held. */
static uint64_t note(struct writer *w, struct entry *e)
{
	uint64_t seq = journal_add(w->j, e);

	if (!track_apply(w->t, e))
		stop_for(w, track_error(w->t));
	return seq;
}

static bool errors_allowed(const struct writer *w)
{
	return w->o->errors_if && !access(w->o->errors_if, F_OK);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* The id of what is about to be done, or 0 when the journal cannot be written. */
static uint64_t submit(struct worker *me, const struct step *s, enum entry_op op)
{
	struct entry e = {
		.type = ENTRY_SUBMIT,
		.op = op,
		.worker = me->index,
		.lba = s->lba,
		.sectors = s->sectors,
		.flags = s->fua ? ENTRY_F_FUA : 0,
	};
	struct writer *w = me->w;
	uint64_t id;

	pthread_mutex_lock(&w->order);
	id = note(w, &e);
	pthread_mutex_unlock(&w->order);
	if (op == OP_WRITE)
		record_fill(me->data, &(struct record) {
			.run = e.run,
			.id = id,
			.first = s->lba,
			.sectors = s->sectors,
			.worker = me->index,
		});
	if (!journal_wait(w->j, id)) {
		stop_for(w, "the journal cannot be written");
		return 0;
	}
	return id;
}

static void done(struct worker *me, const struct step *s, enum entry_op op, uint64_t id, int error)
{
	struct entry e = {
		.type = ENTRY_DONE,
		.op = op,
		.worker = me->index,
		.id = id,
		.lba = s->lba,
		.sectors = s->sectors,
		.error = error,
	};
	struct writer *w = me->w;

	pthread_mutex_lock(&w->order);
	note(w, &e);
	pthread_mutex_unlock(&w->order);
}

static int perform(struct worker *me, const struct step *s)
{
	struct media *m = me->w->disk;
	uint64_t at = s->lba * RECORD_SECTOR;
	size_t bytes = (size_t)s->sectors * RECORD_SECTOR;

	switch (s->kind) {
	case STEP_WRITE:
		return media_write(m, me->data, at, bytes, s->fua);
	case STEP_READ:
		return media_read(m, me->data, at, bytes);
	case STEP_ZEROES:
		return media_zeroes(m, at, bytes);
	case STEP_DISCARD:
		return media_discard(m, at, bytes);
	case STEP_FLUSH:
		if (me->w->o->forget_flushes &&
		    !mix_below(&me->plan.state, me->w->o->forget_flushes))
			return 0;
		return media_flush(m);
	}
	return EINVAL;
}

/* The kernel has a FUA write of a device followed by a flush. */
static int perform_in_turn(struct worker *me, const struct step *s)
{
	bool turn = me->w->o->one_flush && (s->kind == STEP_FLUSH || s->fua);
	int error;

	if (turn)
		pthread_mutex_lock(&me->w->flushing);
	error = perform(me, s);
	if (turn)
		pthread_mutex_unlock(&me->w->flushing);
	return error;
}

/* The order lock is held: what may have been one of several things is known now. */
static void settle(struct worker *me, const struct step *s)
{
	struct entry e = { .type = ENTRY_HOLDS, .worker = me->index };

	for (uint32_t i = 0; i < s->sectors; i++) {
		uint64_t lba = s->lba + i;
		uint64_t id = me->found[i].kind == RECORD_GOOD ? me->found[i].r.id : 0;
		bool open = track_open_question(me->w->t, lba);

		if (e.sectors && (!open || id != e.id)) {
			note(me->w, &e);
			e.sectors = 0;
		}
		if (!open)
			continue;
		if (!e.sectors) {
			e.lba = lba;
			e.id = id;
		}
		e.sectors++;
	}
	if (e.sectors)
		note(me->w, &e);
}

static void check_read(struct worker *me, const struct step *s)
{
	struct entry e = {
		.type = ENTRY_READ,
		.worker = me->index,
		.lba = s->lba,
		.sectors = s->sectors,
	};
	struct writer *w = me->w;
	struct finding f;
	char text[512];
	uint32_t bad = 0;

	for (uint32_t i = 0; i < s->sectors; i++)
		me->found[i].kind = record_parse(me->data + (size_t)i * RECORD_SECTOR,
						 &me->found[i].r);
	pthread_mutex_lock(&w->order);
	for (uint32_t i = 0; i < s->sectors; i++) {
		if (track_judge(w->t, s->lba + i, me->found[i].kind, &me->found[i].r, &f) ==
		    VERDICT_OK)
			continue;
		if (bad++ < LINES_MOST) {
			track_explain(w->t, &f, text, sizeof(text));
			fprintf(stderr, "noloss: read of %u sectors from %llu: %s\n", s->sectors,
				(unsigned long long)s->lba, text);
		}
	}
	if (bad) {
		stop_for(w, "what was read is not what was written");
	} else {
		settle(me, s);
		note(w, &e);
	}
	pthread_mutex_unlock(&w->order);
}

static enum entry_op op_of(enum plan_kind kind)
{
	switch (kind) {
	case STEP_ZEROES:
		return OP_ZEROES;
	case STEP_DISCARD:
		return OP_DISCARD;
	case STEP_FLUSH:
		return OP_FLUSH;
	default:
		return OP_WRITE;
	}
}

static void failed(struct worker *me, const struct step *s, int error, bool allowed)
{
	struct writer *w = me->w;
	char text[160];

	/* No disk need be able to. */
	if (error == EOPNOTSUPP && (s->kind == STEP_DISCARD || s->kind == STEP_ZEROES))
		return;
	atomic_fetch_add(&w->errors, 1);
	if (!allowed && !errors_allowed(w)) {
		snprintf(text, sizeof(text), "operation %d on %u sectors from %llu failed: %s",
			 s->kind, s->sectors, (unsigned long long)s->lba, strerror(error));
		stop_for(w, text);
	}
	/* A disk that fails everything fails it quickly. */
	usleep(20000);
}

static void one_step(struct worker *me, const struct step *s)
{
	struct writer *w = me->w;
	bool allowed = errors_allowed(w);
	uint64_t begun, took, id = 0;
	int error;

	if (s->zone == ZONE_SHARED)
		ranges_lock(w->shared, s->lba, s->sectors);
	if (s->kind != STEP_READ) {
		id = submit(me, s, op_of(s->kind));
		if (!id)
			goto out;
	}
	begun = now_ms();
	error = perform_in_turn(me, s);
	took = now_ms() - begun;
	if (s->kind != STEP_READ)
		done(me, s, op_of(s->kind), id, error);
	else if (!error)
		check_read(me, s);
	atomic_fetch_add(&w->steps[s->kind], 1);
	if (took > atomic_load(&w->slowest_ms))
		atomic_store(&w->slowest_ms, took);
	if (error)
		failed(me, s, error, allowed);
out:
	if (s->zone == ZONE_SHARED)
		ranges_unlock(w->shared, s->lba, s->sectors);
}

static void *worker_thread(void *arg)
{
	struct worker *me = arg;
	struct writer *w = me->w;
	uint64_t left = w->o->steps;
	struct step s;

	while (!atomic_load(&w->stop)) {
		plan_next(&me->plan, &s);
		one_step(me, &s);
		if (left && !--left)
			break;
	}
	atomic_fetch_sub(&w->working, 1);
	return NULL;
}

static void wait_for_end(struct writer *w, const sigset_t *ends)
{
	const struct timespec tick = { .tv_nsec = 100000000 };
	uint64_t end = w->o->seconds ? now_ms() + w->o->seconds * 1000ULL : UINT64_MAX;

	while (!atomic_load(&w->stop) && atomic_load(&w->working) && now_ms() < end)
		if (sigtimedwait(ends, NULL, &tick) > 0)
			break;
	atomic_store(&w->stop, true);
}

static void summary(struct writer *w)
{
	printf("noloss: %llu writes, %llu reads, %llu zeroes, %llu discards, %llu flushes; "
	       "%llu failed; the longest took %llu ms\n",
	       atomic_load(&w->steps[STEP_WRITE]), atomic_load(&w->steps[STEP_READ]),
	       atomic_load(&w->steps[STEP_ZEROES]), atomic_load(&w->steps[STEP_DISCARD]),
	       atomic_load(&w->steps[STEP_FLUSH]), atomic_load(&w->errors),
	       atomic_load(&w->slowest_ms));
}

static void worker_start(struct writer *w, struct worker *me, const struct plan_area *area,
			 uint16_t index)
{
	me->w = w;
	me->index = index;
	me->data = media_buffer(MEDIA_LARGEST);
	if (!plan_init(&me->plan, area, w->o->seed, index))
		abort();	/* the caller has tried */
	if (pthread_create(&me->thread, NULL, worker_thread, me))
		abort();
}

int writer_run(const struct writer_options *o, const struct plan_area *area, struct media *disk,
	       struct journal *j, struct track *t, const sigset_t *ends)
{
	struct writer w = {
		.o = o, .disk = disk, .j = j, .t = t, .working = area->workers,
		.order = PTHREAD_MUTEX_INITIALIZER,
		.flushing = PTHREAD_MUTEX_INITIALIZER,
	};
	struct worker *workers = calloc(area->workers, sizeof(*workers));
	struct plan plan;
	uint64_t first;
	uint32_t sectors;

	if (!workers)
		abort();
	if (!plan_init(&plan, area, o->seed, 0)) {
		fprintf(stderr, "noloss: the area is too small for %u workers\n", area->workers);
		free(workers);
		return 1;
	}
	plan_zone(&plan, ZONE_SHARED, &first, &sectors);
	w.shared = ranges_new(first, sectors);
	for (uint32_t i = 0; i < area->workers; i++)
		worker_start(&w, &workers[i], area, i);
	wait_for_end(&w, ends);
	for (uint32_t i = 0; i < area->workers; i++) {
		pthread_join(workers[i].thread, NULL);
		free(workers[i].data);
	}
	if (!w.bad)
		note(&w, &(struct entry) { .type = ENTRY_CLOSE });
	summary(&w);
	ranges_free(w.shared);
	free(workers);
	return w.bad;
}
