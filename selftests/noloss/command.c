// SPDX-License-Identifier: GPL-2.0
/* The three commands: journals, media and trackers are put together here. */
#include "command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "history.h"
#include "journal.h"
#include "media.h"
#include "replay.h"
#include "verify.h"

static int cannot(const char *what, int error)
{
	fprintf(stderr, "noloss: %s: %s\n", what, strerror(error));
	return CANNOT;
}

/* The tracker of a whole journal, or of its first entries; NULL: told on stderr. */
static struct track *track_of(struct history *h, const char *path, enum track_mode mode,
			      uint64_t before)
{
	struct track *t;

	if (!history_read(h, path))
		return NULL;
	t = track_new(mode);
	if (history_feed(h, t, before))
		return t;
	track_free(t);
	history_free(h);
	return NULL;
}

static struct journal *journal_begin(const char *path, struct track *t, struct entry *open,
				     uint64_t run, uint64_t seq)
{
	struct journal *j = journal_create(path, run, seq);

	if (!j) {
		cannot(path, errno);
		return NULL;
	}
	journal_add(j, open);
	if (t && !track_apply(t, open)) {
		fprintf(stderr, "noloss: %s\n", track_error(t));
		journal_end(j);
		return NULL;
	}
	return j;
}

static struct journal *new_journal(struct options *o, struct media *disk, struct track **t)
{
	uint64_t sectors = disk->bytes / RECORD_SECTOR, run;
	struct entry open = { .type = ENTRY_OPEN, .id = disk->block };
	struct journal *j;

	if (o->sectors && o->sectors < sectors)
		sectors = o->sectors;
	if (sectors > UINT32_MAX)
		sectors = UINT32_MAX;
	open.sectors = sectors - sectors % (disk->block / RECORD_SECTOR);
	if (getrandom(&run, sizeof(run), 0) != sizeof(run))
		abort();
	*t = track_new(TRACK_PEER_DIED);
	j = journal_begin(o->journal, *t, &open, run, 1);
	if (!j)
		track_free(*t);
	return j;
}

/* A journal that verify --next has begun. */
static struct journal *old_journal(struct options *o, struct track **t)
{
	struct journal *j;
	struct history h;

	*t = track_of(&h, o->journal, TRACK_PEER_DIED, UINT64_MAX);
	if (!*t)
		return NULL;
	for (size_t i = 0; i < h.nr; i++) {
		if (h.entries[i].type == ENTRY_OPEN || h.entries[i].type == ENTRY_HOLDS)
			continue;
		fprintf(stderr, "noloss: %s has had its writer; make another by verify --next\n",
			o->journal);
		goto err_free;
	}
	j = journal_continue(o->journal, h.bytes, track_run(*t), track_next(*t));
	if (!j) {
		cannot(o->journal, errno);
		goto err_free;
	}
	history_free(&h);
	return j;

err_free:
	history_free(&h);
	track_free(*t);
	return NULL;
}

static void report(const struct verify *v, const struct track *t, const struct media *m)
{
	printf("noloss: %s: %u sectors, %llu could hold one of several, %llu are wrong",
	       m->path, track_sectors(t), (unsigned long long)v->open,
	       (unsigned long long)verify_bad(v));
	for (unsigned int i = VERDICT_OK + 1; i < VERDICT_END; i++)
		if (v->counts[i])
			printf(", %llu %s", (unsigned long long)v->counts[i], verdict_name(i));
	putchar('\n');
}

static int look_at(struct track *t, struct media *m, struct verify *v)
{
	int ret = verify_media(v, t, m);

	if (ret > 1)
		return CANNOT;
	report(v, t, m);
	return ret ? VIOLATED : RIGHT;
}

int command_write(struct options *o)
{
	struct journal *j;
	struct media disk;
	struct verify v;
	struct track *t;
	sigset_t ends;
	int ret, error;

	/* Before any thread is made. */
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);

	error = media_open(&disk, o->disk, true);
	if (error)
		return cannot(o->disk, error);
	j = access(o->journal, F_OK) ? new_journal(o, &disk, &t) : old_journal(o, &t);
	if (!j) {
		media_close(&disk);
		return CANNOT;
	}
	ret = look_at(t, &disk, &v);
	verify_free(&v);
	if (ret == RIGHT) {
		o->area.first = track_first(t);
		o->area.sectors = track_sectors(t);
		o->area.block = track_block(t) / RECORD_SECTOR;
		if (disk.block / RECORD_SECTOR > o->area.block)
			o->area.block = disk.block / RECORD_SECTOR;
		o->area.largest = MEDIA_LARGEST / RECORD_SECTOR;
		printf("noloss: writing, seed %llu\n", (unsigned long long)o->writer.seed);
		if (writer_run(&o->writer, &o->area, &disk, j, t, &ends))
			ret = VIOLATED;
	}
	error = journal_end(j);
	if (error)
		ret = cannot(o->journal, error);
	track_free(t);
	media_close(&disk);
	return ret;
}

static void add_entry(void *ctx, struct entry *e)
{
	journal_add(ctx, e);
}

/* What was found is where the next life begins. */
static int next_journal(const char *path, const struct verify *v, const struct track *t)
{
	struct entry open = {
		.type = ENTRY_OPEN,
		.id = track_block(t),
		.lba = track_first(t),
		.sectors = track_sectors(t),
	};
	struct journal *j = journal_begin(path, NULL, &open, track_run(t), track_next(t));
	int error;

	if (!j)
		return CANNOT;
	verify_extents(v, t, add_entry, j);
	error = journal_end(j);
	return error ? cannot(path, error) : RIGHT;
}

int command_verify(struct options *o)
{
	struct history h;
	struct media disk;
	struct verify v;
	struct track *t;
	int ret, error;

	t = track_of(&h, o->journal, o->power_loss ? TRACK_POWER_LOSS : TRACK_PEER_DIED,
		     UINT64_MAX);
	if (!t)
		return CANNOT;
	error = media_open(&disk, o->disk, false);
	if (error) {
		ret = cannot(o->disk, error);
		goto out;
	}
	ret = look_at(t, &disk, &v);
	media_close(&disk);
	if (ret == RIGHT && o->next)
		ret = next_journal(o->next, &v, t);
	verify_free(&v);
out:
	history_free(&h);
	track_free(t);
	return ret;
}

int command_replay(struct options *o)
{
	struct media log, target;
	struct replay_result r;
	struct history h;
	struct verify v;
	struct track *t;
	int ret = CANNOT, error;

	if (!o->log) {
		fprintf(stderr, "noloss: replay wants --log\n");
		return CANNOT;
	}
	/* The area at first; the rest as the log shows that it had happened. */
	t = track_of(&h, o->journal, TRACK_POWER_LOSS, 0);
	if (!t)
		return CANNOT;
	if (!history_feed(&h, t, h.entries[0].seq + 1))
		goto out;
	error = media_open(&log, o->log, false);
	if (error) {
		cannot(o->log, error);
		goto out;
	}
	error = media_open(&target, o->disk, true);
	if (error) {
		cannot(o->disk, error);
		goto out_log;
	}
	ret = look_at(t, &target, &v);	/* is it empty? */
	verify_free(&v);
	if (ret)
		goto out_target;
	ret = replay_log(&log, &target, &h, t, &r);
	printf("noloss: %llu entries of the log, %llu points checked, %llu sectors wrong\n",
	       (unsigned long long)r.entries, (unsigned long long)r.points,
	       (unsigned long long)r.bad);
	if (ret)
		goto out_target;
	/* And once more from the medium as a whole. */
	ret = look_at(t, &target, &v);
	verify_free(&v);
out_target:
	media_close(&target);
out_log:
	media_close(&log);
out:
	history_free(&h);
	track_free(t);
	return ret;
}
