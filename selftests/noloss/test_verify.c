// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier against media that are as they should be, and against each kind of
 * violation. A scene is a journal, told step by step, and what is on the medium
 * afterwards; both are real: records in a file, read by verify_media().
 */
#include "harness.h"

#include <unistd.h>

#include "media.h"
#include "record.h"
#include "track.h"
#include "verify.h"

#define RUN	0x5eed
#define AREA	64u		/* sectors; what is outside is 16 more on each side */
#define FIRST	16u
#define STEPS	16

/* A step of the journal. @n is the ordinal of the write that it begins or is about. */
enum what {
	END, WRITE, FUA, ZEROES, DISCARD, ACK, FAIL, FLUSH, FLUSH_BEGINS, FLUSH_ENDS, READ, SAW,
	SAW_ZEROES,
};

struct tell {
	enum what what;
	int n;
	uint32_t lba, sectors;		/* relative to the area */
};

/* What is put on the medium: sectors of the @n-th write as written, or as changed. */
enum how { NOTHING, RECORD, ZERO, RUBBISH, FLIPPED, MIXED, OTHER_RUN, UNKNOWN, FORGED, MOVED };

struct put {
	enum how how;
	int n;
	uint32_t lba, sectors;
	int32_t from;			/* MOVED: where the sector belongs */
};

struct scene {
	const char *sentence;
	enum track_mode mode;
	struct tell journal[STEPS];
	struct put media[STEPS];
	uint64_t wrong[VERDICT_END];	/* sectors by verdict */
};

#define PEER	TRACK_PEER_DIED
#define POWER	TRACK_POWER_LOSS

static const struct scene scenes[] = {
	{ "an empty medium and an empty journal", PEER, { { END } }, { { 0 } }, { 0 } },
	{ "an acknowledged write is there", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { RECORD, 1, 0, 8 } }, { 0 } },
	{ "an acknowledged write is lost", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { 0 } }, { [VERDICT_LOST] = 8 } },
	{ "an acknowledged write is lost, what it replaced is there", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { WRITE, 2, 4, 8 }, { ACK, 2 } },
	  { { RECORD, 1, 0, 8 }, { RECORD, 2, 8, 4 } }, { [VERDICT_LOST] = 4 } },
	{ "a write that was not acknowledged may be there", PEER,
	  { { WRITE, 1, 0, 8 } }, { { RECORD, 1, 0, 8 } }, { 0 } },
	{ "or not", PEER,
	  { { WRITE, 1, 0, 8 } }, { { 0 } }, { 0 } },
	{ "or in part", PEER,
	  { { WRITE, 1, 0, 8 } }, { { RECORD, 1, 3, 2 } }, { 0 } },
	{ "a torn record: one sector of it is missing", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { RECORD, 1, 0, 5 }, { RECORD, 1, 6, 2 } }, { [VERDICT_LOST] = 1 } },
	{ "a torn record: a part of it is the one before", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { WRITE, 2, 0, 8 }, { ACK, 2 } },
	  { { RECORD, 2, 0, 8 }, { RECORD, 1, 4, 4 } }, { [VERDICT_LOST] = 4 } },
	{ "a torn sector: half of it is the record before", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { WRITE, 2, 0, 8 }, { ACK, 2 } },
	  { { RECORD, 2, 0, 8 }, { MIXED, 2, 3, 1, 1 } }, { [VERDICT_TORN] = 1 } },
	{ "a sector with a bit changed", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { RECORD, 1, 0, 8 }, { FLIPPED, 1, 7, 1 } }, { [VERDICT_TORN] = 1 } },
	{ "also in a write that was not acknowledged", PEER,
	  { { WRITE, 1, 0, 8 } }, { { FLIPPED, 1, 7, 1 } }, { [VERDICT_TORN] = 1 } },

	{ "foreign data where nothing was written", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { RECORD, 1, 0, 8 }, { RUBBISH, 0, 20, 2 } }, { [VERDICT_FOREIGN] = 2 } },
	{ "foreign data in a record", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { RECORD, 1, 0, 8 }, { RUBBISH, 0, 2, 1 } }, { [VERDICT_FOREIGN] = 1 } },
	{ "foreign data before the area and behind it", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { RECORD, 1, 0, 8 }, { RUBBISH, 0, (uint32_t)-1, 1 }, { RUBBISH, 0, AREA, 2 } },
	  { [VERDICT_FOREIGN] = 3 } },
	{ "a record of another run", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { RECORD, 1, 0, 8 }, { OTHER_RUN, 1, 0, 1 } }, { [VERDICT_FOREIGN] = 1 } },
	{ "a record that was never submitted", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { RECORD, 1, 0, 8 }, { UNKNOWN, 1, 9, 1 } }, { [VERDICT_FOREIGN] = 1 } },
	{ "a record that says of itself what the journal does not", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { RECORD, 1, 0, 8 }, { FORGED, 1, 0, 1 } }, { [VERDICT_FOREIGN] = 1 } },

	{ "a write to the wrong sector", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { MOVED, 1, 32, 8, 0 } }, { [VERDICT_LOST] = 8, [VERDICT_MISPLACED] = 8 } },
	{ "a write to the right sectors and to wrong ones", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { RECORD, 1, 0, 8 }, { MOVED, 1, 32, 1, 7 } }, { [VERDICT_MISPLACED] = 1 } },
	{ "two sectors of a record are exchanged", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { RECORD, 1, 0, 8 }, { MOVED, 1, 2, 1, 3 }, { MOVED, 1, 3, 1, 2 } },
	  { [VERDICT_MISPLACED] = 2 } },
	{ "a record outside of the area", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { RECORD, 1, 0, 8 }, { MOVED, 1, AREA + 3, 1, 7 } }, { [VERDICT_MISPLACED] = 1 } },

	{ "an old record is back that a newer one had replaced", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { WRITE, 2, 0, 8 }, { ACK, 2 }, { READ, 0, 0, 8 } },
	  { { RECORD, 1, 0, 8 } }, { [VERDICT_REAPPEARED] = 8 } },
	{ "zeroes are back that a record had replaced", PEER,
	  { { ZEROES, 1, 0, 8 }, { ACK, 1 }, { WRITE, 2, 0, 8 }, { ACK, 2 }, { READ, 0, 0, 8 } },
	  { { ZERO, 0, 0, 8 } }, { [VERDICT_REAPPEARED] = 8 } },
	{ "a write is executed twice, the second time after a newer one", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { READ, 0, 0, 8 }, { WRITE, 2, 2, 2 }, { ACK, 2 },
	    { READ, 0, 0, 8 } },
	  { { RECORD, 2, 2, 2 }, { RECORD, 1, 0, 8 } }, { [VERDICT_REAPPEARED] = 2 } },
	{ "the same when nobody had read in between", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { WRITE, 2, 2, 2 }, { ACK, 2 } },
	  { { RECORD, 2, 2, 2 }, { RECORD, 1, 0, 8 } }, { [VERDICT_LOST] = 2 } },
	{ "a write that failed is executed after a newer one", PEER,
	  { { WRITE, 1, 0, 8 }, { FAIL, 1 }, { WRITE, 2, 0, 8 }, { ACK, 2 } },
	  { { RECORD, 2, 0, 8 }, { RECORD, 1, 6, 2 } }, { [VERDICT_LATE] = 2 } },
	{ "a write that failed is executed when it was seen not to be there", PEER,
	  { { WRITE, 1, 0, 8 }, { FAIL, 1 }, { SAW_ZEROES, 0, 0, 8 } },
	  { { RECORD, 1, 0, 2 } }, { [VERDICT_LATE] = 2 } },
	{ "a write that failed may be there", PEER,
	  { { WRITE, 1, 0, 8 }, { FAIL, 1 } }, { { RECORD, 1, 0, 8 } }, { 0 } },
	{ "or in part, and the one before for the rest", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { WRITE, 2, 0, 8 }, { FAIL, 2 } },
	  { { RECORD, 1, 0, 8 }, { RECORD, 2, 5, 2 } }, { 0 } },
	{ "but not that nothing is there", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { WRITE, 2, 0, 8 }, { FAIL, 2 } },
	  { { RECORD, 2, 5, 2 } }, { [VERDICT_LOST] = 6 } },
	{ "and not that it goes when it was seen", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { WRITE, 2, 0, 8 }, { FAIL, 2 }, { SAW, 2, 0, 4 },
	    { SAW, 1, 4, 4 } },
	  { { RECORD, 2, 4, 4 }, { RECORD, 1, 0, 4 } },
	  { [VERDICT_REAPPEARED] = 4, [VERDICT_LATE] = 4 } },

	{ "of writes that overlap in time any may be the last", PEER,
	  { { WRITE, 1, 0, 8 }, { WRITE, 2, 4, 8 }, { ACK, 2 }, { ACK, 1 } },
	  { { RECORD, 2, 4, 8 }, { RECORD, 1, 0, 6 } }, { 0 } },
	{ "also when one is still under way", PEER,
	  { { WRITE, 1, 0, 8 }, { WRITE, 2, 0, 8 }, { ACK, 2 } },
	  { { RECORD, 1, 0, 8 } }, { 0 } },
	{ "but not the one before both", PEER,
	  { { WRITE, 3, 0, 8 }, { ACK, 3 }, { WRITE, 1, 0, 8 }, { WRITE, 2, 0, 8 }, { ACK, 2 } },
	  { { RECORD, 3, 0, 8 } }, { [VERDICT_LOST] = 8 } },
	{ "and none of them after a later one", PEER,
	  { { WRITE, 1, 0, 8 }, { WRITE, 2, 0, 8 }, { ACK, 2 }, { ACK, 1 }, { WRITE, 3, 0, 8 },
	    { ACK, 3 } },
	  { { RECORD, 1, 0, 4 }, { RECORD, 2, 4, 4 } }, { [VERDICT_LOST] = 8 } },

	{ "acknowledged zeroes are there", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { ZEROES, 2, 2, 2 }, { ACK, 2 } },
	  { { RECORD, 1, 0, 8 }, { ZERO, 0, 2, 2 } }, { 0 } },
	{ "acknowledged zeroes are lost", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { ZEROES, 2, 2, 2 }, { ACK, 2 } },
	  { { RECORD, 1, 0, 8 } }, { [VERDICT_LOST] = 2 } },
	{ "what was discarded may be zero or not", PEER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { DISCARD, 2, 0, 8 }, { ACK, 2 } },
	  { { RECORD, 1, 0, 4 } }, { 0 } },
	{ "but nothing that was there before", PEER,
	  { { WRITE, 3, 0, 8 }, { ACK, 3 }, { WRITE, 1, 0, 8 }, { ACK, 1 }, { DISCARD, 2, 0, 8 },
	    { ACK, 2 } },
	  { { RECORD, 3, 0, 4 } }, { [VERDICT_LOST] = 4 } },
	{ "a write after a discard is there", PEER,
	  { { DISCARD, 1, 0, 8 }, { ACK, 1 }, { WRITE, 2, 0, 8 }, { ACK, 2 } },
	  { { ZERO, 0, 0, 8 } }, { [VERDICT_LOST] = 8 } },

	{ "power loss: what was not flushed may be lost", POWER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } }, { { RECORD, 1, 0, 3 } }, { 0 } },
	{ "power loss: a flushed write is lost", POWER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { FLUSH } },
	  { { RECORD, 1, 0, 3 } }, { [VERDICT_LOST] = 5 } },
	{ "power loss: a flush covers what was acknowledged before it", POWER,
	  { { WRITE, 1, 0, 8 }, { WRITE, 2, 8, 8 }, { ACK, 1 }, { FLUSH_BEGINS }, { ACK, 2 },
	    { FLUSH_ENDS } },
	  { { RECORD, 1, 0, 8 } }, { 0 } },
	{ "power loss: and not less", POWER,
	  { { WRITE, 1, 0, 8 }, { WRITE, 2, 8, 8 }, { ACK, 1 }, { ACK, 2 }, { FLUSH_BEGINS },
	    { FLUSH_ENDS } },
	  { { RECORD, 1, 0, 8 } }, { [VERDICT_LOST] = 8 } },
	{ "power loss: a flush that was not acknowledged promises nothing", POWER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { FLUSH_BEGINS } }, { { 0 } }, { 0 } },
	{ "power loss: a FUA write is lost", POWER,
	  { { FUA, 1, 0, 8 }, { ACK, 1 } }, { { 0 } }, { [VERDICT_LOST] = 8 } },
	{ "power loss: a FUA write promises nothing for others", POWER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { FUA, 2, 8, 8 }, { ACK, 2 } },
	  { { RECORD, 2, 8, 8 } }, { 0 } },
	{ "power loss: an old record is back instead of a flushed one", POWER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { FLUSH }, { WRITE, 2, 0, 8 }, { ACK, 2 }, { FLUSH } },
	  { { RECORD, 1, 0, 8 } }, { [VERDICT_LOST] = 8 } },
	{ "power loss: or instead of one that was not flushed", POWER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { FLUSH }, { WRITE, 2, 0, 8 }, { ACK, 2 } },
	  { { RECORD, 1, 0, 8 } }, { 0 } },
	{ "power loss: what was read may have been in the cache", POWER,
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { READ, 0, 0, 8 } }, { { 0 } }, { 0 } },
	{ "power loss: acknowledged and flushed zeroes are lost", POWER,
	  { { FUA, 1, 0, 8 }, { ACK, 1 }, { ZEROES, 2, 0, 8 }, { ACK, 2 }, { FLUSH } },
	  { { RECORD, 1, 0, 8 } }, { [VERDICT_LOST] = 8 } },
};

struct play {
	struct track *t;
	uint64_t seq;
	uint64_t flush;
	struct record writes[STEPS];	/* by ordinal */
	uint8_t op[STEPS];
};

static void feed(struct play *p, struct entry e)
{
	e.seq = ++p->seq;
	e.run = RUN;
	if (!track_apply(p->t, &e))
		fail_msg("%s", track_error(p->t));
}

static void begin_write(struct play *p, const struct tell *s, uint8_t op)
{
	feed(p, (struct entry) {
		.type = ENTRY_SUBMIT, .op = op, .lba = FIRST + s->lba, .sectors = s->sectors,
		.worker = s->n, .flags = s->what == FUA ? ENTRY_F_FUA : 0,
	});
	p->op[s->n] = op;
	p->writes[s->n] = (struct record) {
		.run = RUN, .id = p->seq, .first = FIRST + s->lba, .sectors = s->sectors,
		.worker = s->n,
	};
}

static void step(struct play *p, const struct tell *s)
{
	struct entry end = { .type = ENTRY_DONE, .id = p->writes[s->n].id, .op = p->op[s->n] };
	struct entry flush = { .type = ENTRY_SUBMIT, .op = OP_FLUSH };
	struct entry there = { .lba = FIRST + s->lba, .sectors = s->sectors };

	switch (s->what) {
	case END:
		break;
	case WRITE:
	case FUA:
		begin_write(p, s, OP_WRITE);
		break;
	case ZEROES:
		begin_write(p, s, OP_ZEROES);
		break;
	case DISCARD:
		begin_write(p, s, OP_DISCARD);
		break;
	case FAIL:
		end.error = 5;
		/* fall through */
	case ACK:
		feed(p, end);
		break;
	case FLUSH:
	case FLUSH_BEGINS:
		feed(p, flush);
		p->flush = p->seq;
		if (s->what == FLUSH_BEGINS)
			break;
		/* fall through */
	case FLUSH_ENDS:
		feed(p, (struct entry) { .type = ENTRY_DONE, .op = OP_FLUSH, .id = p->flush });
		break;
	case READ:
		there.type = ENTRY_READ;
		feed(p, there);
		break;
	case SAW:
	case SAW_ZEROES:
		there.type = ENTRY_HOLDS;
		there.id = s->what == SAW ? p->writes[s->n].id : 0;
		feed(p, there);
		break;
	}
}

/* One sector of a record, as it is at sector @lba of the medium. */
static void make_sector(const struct record *r, uint64_t lba, char *sector)
{
	char *all = malloc((size_t)r->sectors * RECORD_SECTOR);

	record_fill(all, r);
	memcpy(sector, all + (lba - r->first) * RECORD_SECTOR, RECORD_SECTOR);
	free(all);
}

static void put_sector(struct play *p, const struct put *put, uint32_t i, int fd)
{
	uint64_t lba = FIRST + put->lba + i;
	struct record r = p->writes[put->n];
	char sector[RECORD_SECTOR] = "", other[RECORD_SECTOR];

	switch (put->how) {
	case NOTHING:
	case ZERO:
		break;
	case RUBBISH:
		memset(sector, 0x5a, sizeof(sector));
		break;
	case OTHER_RUN:
		r.run++;
		make_sector(&r, lba, sector);
		break;
	case UNKNOWN:
		r.id = p->seq + 5;
		r.first = lba;
		make_sector(&r, lba, sector);
		break;
	case FORGED:
		r.worker++;
		make_sector(&r, lba, sector);
		break;
	case MOVED:
		make_sector(&r, FIRST + put->from + i, sector);
		break;
	case RECORD:
	case FLIPPED:
	case MIXED:
		make_sector(&r, lba, sector);
		if (put->how == FLIPPED)
			sector[300] ^= 4;
		if (put->how == MIXED) {
			make_sector(&p->writes[put->from], lba, other);
			memcpy(sector + 256, other + 256, 256);
		}
		break;
	}
	assert_int_equal(pwrite(fd, sector, sizeof(sector), lba * RECORD_SECTOR), sizeof(sector));
}

static void test_scene(void **state)
{
	const struct scene *scene = *state;
	struct play p = { .t = track_new(scene->mode) };
	char path[] = "/tmp/noloss-XXXXXX";
	struct media m;
	struct verify v;
	uint64_t bad = 0;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (FIRST + AREA + 16) * RECORD_SECTOR), 0);
	feed(&p, (struct entry) { .type = ENTRY_OPEN, .id = 512, .lba = FIRST, .sectors = AREA });
	for (int i = 0; i < STEPS; i++)
		step(&p, &scene->journal[i]);
	for (int i = 0; i < STEPS; i++)
		for (uint32_t s = 0; s < scene->media[i].sectors; s++)
			put_sector(&p, &scene->media[i], s, fd);
	fsync(fd);

	assert_int_equal(media_open(&m, path, false), 0);
	for (int i = VERDICT_OK + 1; i < VERDICT_END; i++)
		bad += scene->wrong[i];
	assert_int_equal(verify_media(&v, p.t, &m), bad ? 1 : 0);
	for (int i = VERDICT_OK + 1; i < VERDICT_END; i++)
		assert_int_equal(v.counts[i], scene->wrong[i]);
	verify_free(&v);
	media_close(&m);
	track_free(p.t);
	close(fd);
	unlink(path);
}

int main(void)
{
	/* Lines about the media among those of TAP, not in them. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	add_rows(scenes, test_scene);
	return run_all("verify");
}
