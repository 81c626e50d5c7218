// SPDX-License-Identifier: GPL-2.0
/*
 * Logs of dm-log-writes, made as the kernel makes them, against a journal: a log
 * in which all that was promised was durable in time, and logs that lack some of it.
 */
#include "harness.h"

#include <fcntl.h>
#include <unistd.h>

#include "entry.h"
#include "history.h"
#include "logwrites.h"
#include "media.h"
#include "mix.h"
#include "record.h"
#include "replay.h"
#include "track.h"

#define RUN	11
#define AREA	64u
#define STEPS	16

/* The journal in the order of events; @n numbers writes. */
enum what { END, WRITE, FUA, DISCARD, ACK, FLUSH };

struct tell {
	enum what what;
	int n;
	uint32_t lba, sectors;
};

/* The log: what became durable, in this order. */
enum how { NOTHING, DATA, DATA_FUA, FLUSHED, DISCARDED, MARKED };

struct logged {
	enum how how;
	int n;
	uint32_t lba;			/* DISCARDED: and n sectors */
};

struct row {
	const char *sentence;
	struct tell journal[STEPS];
	struct logged log[STEPS];
	int result;
	uint64_t points;
};

static const struct row rows[] = {
	{ "nothing at all", { { END } }, { { MARKED } }, 0, 1 },
	{ "a flushed write is in the log before its flush",
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { FLUSH } },
	  { { DATA, 1 }, { FLUSHED }, { MARKED } }, 0, 2 },
	{ "a write that was not flushed comes with the end of the log",
	  { { WRITE, 1, 0, 8 }, { ACK, 1 } },
	  { { DATA, 1 }, { MARKED } }, 0, 1 },
	{ "a flushed write is not in the log",
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { FLUSH } },
	  { { FLUSHED }, { MARKED } }, 1, 2 },
	{ "a flushed write becomes durable after something that was submitted later",
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { FLUSH }, { FUA, 2, 16, 8 }, { ACK, 2 } },
	  { { DATA_FUA, 2 }, { DATA, 1 }, { FLUSHED }, { MARKED } }, 1, 3 },
	{ "or before it, as it must",
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { FLUSH }, { FUA, 2, 16, 8 }, { ACK, 2 } },
	  { { DATA, 1 }, { FLUSHED }, { DATA_FUA, 2 }, { MARKED } }, 0, 3 },
	{ "a FUA write becomes durable after something that was submitted later",
	  { { FUA, 1, 0, 8 }, { ACK, 1 }, { FUA, 2, 16, 8 }, { ACK, 2 } },
	  { { DATA_FUA, 2 }, { DATA_FUA, 1 }, { MARKED } }, 1, 3 },
	{ "but not after something that was submitted before",
	  { { FUA, 2, 16, 8 }, { FUA, 1, 0, 8 }, { ACK, 1 }, { ACK, 2 } },
	  { { DATA_FUA, 2 }, { DATA_FUA, 1 }, { MARKED } }, 0, 3 },
	{ "an old record is written over a newer one",
	  { { FUA, 1, 0, 8 }, { ACK, 1 }, { FUA, 2, 0, 8 }, { ACK, 2 } },
	  { { DATA_FUA, 1 }, { DATA_FUA, 2 }, { DATA_FUA, 1 }, { MARKED } }, 1, 4 },
	{ "a write that was cached is logged behind a FUA write that went over it",
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { FUA, 2, 0, 4 }, { ACK, 2 }, { FLUSH } },
	  { { DATA_FUA, 2 }, { DATA, 1 }, { FLUSHED }, { MARKED } }, 0, 3 },
	{ "it is logged there instead of the FUA write",
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { FUA, 2, 0, 4 }, { ACK, 2 }, { FLUSH } },
	  { { DATA, 1 }, { FLUSHED }, { MARKED } }, 1, 2 },
	{ "a write is logged behind a newer one that another flush took along",
	  { { WRITE, 1, 0, 8 }, { ACK, 1 }, { WRITE, 2, 0, 4 }, { ACK, 2 }, { FLUSH }, { FLUSH } },
	  { { DATA, 2 }, { FLUSHED }, { DATA, 1 }, { FLUSHED }, { MARKED } }, 0, 3 },
	{ "a cached write that went over a FUA write is not logged",
	  { { FUA, 1, 0, 8 }, { ACK, 1 }, { WRITE, 2, 0, 4 }, { ACK, 2 }, { FLUSH } },
	  { { DATA_FUA, 1 }, { FLUSHED }, { MARKED } }, 1, 3 },
	{ "a record that nobody submitted",
	  { { FUA, 1, 0, 8 }, { ACK, 1 } },
	  { { DATA_FUA, 1 }, { DATA_FUA, 9 }, { MARKED } }, 1, 3 },
	{ "a discard that was submitted behind all that the log shows by then",
	  { { FUA, 1, 0, 8 }, { ACK, 1 }, { FUA, 2, 0, 8 }, { ACK, 2 }, { DISCARD, 3, 0, 4 } },
	  { { DATA_FUA, 1 }, { DATA_FUA, 2 }, { DISCARDED, 4, 0 }, { FLUSHED }, { MARKED } },
	  0, 4 },
	{ "a discard of more than was submitted",
	  { { FUA, 1, 0, 8 }, { ACK, 1 }, { FUA, 2, 0, 8 }, { ACK, 2 }, { DISCARD, 3, 0, 4 } },
	  { { DATA_FUA, 1 }, { DATA_FUA, 2 }, { DISCARDED, 5, 0 }, { FLUSHED }, { MARKED } },
	  1, 4 },
	{ "a discard is logged behind a FUA write that went over it, and another one follows",
	  { { FUA, 1, 0, 8 }, { ACK, 1 }, { DISCARD, 2, 0, 8 }, { ACK, 2 }, { FUA, 3, 0, 4 },
	    { ACK, 3 }, { FLUSH }, { FUA, 4, 16, 8 }, { ACK, 4 }, { FUA, 5, 24, 8 }, { ACK, 5 },
	    { DISCARD, 6, 0, 4 } },
	  { { DATA_FUA, 1 }, { DATA_FUA, 3 }, { DISCARDED, 8, 0 }, { FLUSHED }, { DATA_FUA, 4 },
	    { DATA_FUA, 5 }, { MARKED } }, 0, 6 },
	{ "or that other one was logged before all that it followed",
	  { { FUA, 1, 0, 8 }, { ACK, 1 }, { DISCARD, 2, 0, 8 }, { ACK, 2 }, { FUA, 3, 0, 4 },
	    { ACK, 3 }, { DISCARD, 5, 0, 4 }, { ACK, 5 }, { FUA, 4, 16, 8 }, { ACK, 4 } },
	  { { DATA_FUA, 1 }, { DISCARDED, 8, 0 }, { DATA_FUA, 3 }, { DISCARDED, 4, 0 },
	    { FLUSHED }, { DATA_FUA, 4 }, { MARKED } }, 0, 5 },
	{ "a FUA write that went before that other one may be logged when that has been seen",
	  { { FUA, 1, 0, 8 }, { ACK, 1 }, { DISCARD, 2, 0, 8 }, { ACK, 2 }, { FUA, 3, 0, 4 },
	    { ACK, 3 }, { FUA, 4, 16, 8 }, { ACK, 4 }, { DISCARD, 5, 0, 4 } },
	  { { DATA_FUA, 1 }, { DISCARDED, 8, 0 }, { DATA_FUA, 3 }, { DISCARDED, 4, 0 },
	    { FLUSHED }, { DATA_FUA, 4 }, { MARKED } }, 0, 5 },
	{ "but not behind a record that was submitted later",
	  { { FUA, 1, 0, 8 }, { ACK, 1 }, { DISCARD, 2, 0, 8 }, { ACK, 2 }, { FUA, 3, 0, 4 },
	    { ACK, 3 }, { FUA, 4, 16, 8 }, { ACK, 4 }, { DISCARD, 5, 0, 4 }, { FUA, 6, 24, 8 } },
	  { { DATA_FUA, 1 }, { DISCARDED, 8, 0 }, { DATA_FUA, 3 }, { DISCARDED, 4, 0 },
	    { FLUSHED }, { DATA_FUA, 6 }, { DATA_FUA, 4 }, { MARKED } }, 1, 6 },
	{ "a discard takes a FUA write away that was acknowledged behind it",
	  { { FUA, 1, 0, 8 }, { ACK, 1 }, { DISCARD, 2, 0, 8 }, { ACK, 2 }, { FLUSH },
	    { FUA, 3, 0, 4 }, { ACK, 3 }, { FUA, 4, 16, 8 }, { ACK, 4 } },
	  { { DATA_FUA, 1 }, { DISCARDED, 8, 0 }, { FLUSHED }, { DATA_FUA, 4 }, { MARKED } },
	  1, 4 },
	{ "a discard that nobody submitted",
	  { { FUA, 1, 0, 8 }, { ACK, 1 } },
	  { { DATA_FUA, 1 }, { DISCARDED, 4, 0 }, { FLUSHED }, { MARKED } }, 1, 3 },
};

static char folder[] = "/tmp/noloss-XXXXXX", journal_path[64], log_path[64], target_path[64];
static struct record records[STEPS];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return 1;
	snprintf(journal_path, sizeof(journal_path), "%s/journal", folder);
	snprintf(log_path, sizeof(log_path), "%s/log", folder);
	snprintf(target_path, sizeof(target_path), "%s/target", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(journal_path);
	unlink(log_path);
	unlink(target_path);
	return rmdir(folder);
}

static void add_entry(int fd, struct entry e, uint64_t *seq)
{
	char bytes[ENTRY_SIZE];

	e.seq = ++*seq;
	e.run = RUN;
	entry_encode(&e, bytes);
	assert_int_equal(write(fd, bytes, ENTRY_SIZE), ENTRY_SIZE);
}

static void make_journal(const struct tell *s)
{
	int fd = open(journal_path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	uint64_t seq = 0;

	assert_true(fd >= 0);
	add_entry(fd, (struct entry) { .type = ENTRY_OPEN, .id = 512, .sectors = AREA }, &seq);
	memset(records, 0, sizeof(records));
	records[9] = (struct record) { .run = RUN, .id = 3, .first = 40, .sectors = 2 };
	for (; s->what; s++) {
		switch (s->what) {
		case END:
			break;
		case WRITE:
		case FUA:
		case DISCARD:
			add_entry(fd, (struct entry) {
				.type = ENTRY_SUBMIT,
				.op = s->what == DISCARD ? OP_DISCARD : OP_WRITE, .lba = s->lba,
				.sectors = s->sectors,
				.flags = s->what == FUA ? ENTRY_F_FUA : 0,
			}, &seq);
			records[s->n] = (struct record) {
				.run = RUN, .id = seq, .first = s->lba, .sectors = s->sectors,
			};
			break;
		case ACK:
			add_entry(fd, (struct entry) {
				.type = ENTRY_DONE, .op = OP_WRITE, .id = records[s->n].id,
			}, &seq);
			break;
		case FLUSH:
			add_entry(fd, (struct entry) {
				.type = ENTRY_SUBMIT, .op = OP_FLUSH }, &seq);
			add_entry(fd, (struct entry) {
				.type = ENTRY_DONE, .op = OP_FLUSH, .id = seq }, &seq);
			break;
		}
	}
	close(fd);
}

static void put64(char *at, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		at[i] = (char)(value >> 8 * i);
}

static void write_block(int fd, const char *block)
{
	assert_int_equal(write(fd, block, 512), 512);
}

/* As the kernel's description of the format has it. */
static void make_log(const struct logged *l)
{
	int fd = open(log_path, O_CREAT | O_TRUNC | O_RDWR, 0600);
	char block[512] = "", data[AREA * RECORD_SECTOR];
	uint64_t entries = 0;

	assert_true(fd >= 0);
	write_block(fd, block);
	for (; l->how; l++, entries++) {
		const struct record *r = &records[l->n];
		uint64_t flags = 0;

		memset(block, 0, sizeof(block));
		switch (l->how) {
		case NOTHING:
			break;
		case DATA_FUA:
			flags = LOGWRITES_FUA;
			/* fall through */
		case DATA:
			put64(block, r->first);
			put64(block + 8, r->sectors);
			record_fill(data, r);
			break;
		case FLUSHED:
			flags = LOGWRITES_FLUSH;
			break;
		case DISCARDED:
			flags = LOGWRITES_DISCARD;
			put64(block, l->lba);
			put64(block + 8, l->n);
			break;
		case MARKED:
			flags = LOGWRITES_MARK;
			put64(block + 24, 3);
			memcpy(block + 32, "end", 3);
			break;
		}
		put64(block + 16, flags);
		write_block(fd, block);
		if (l->how == DATA || l->how == DATA_FUA)
			for (uint32_t s = 0; s < r->sectors; s++)
				write_block(fd, data + s * RECORD_SECTOR);
	}
	memset(block, 0, sizeof(block));
	put64(block, 0x6a736677736872ULL);
	put64(block + 8, 1);
	put64(block + 16, entries);
	put64(block + 24, 512);
	assert_int_equal(pwrite(fd, block, sizeof(block), 0), sizeof(block));
	close(fd);
}

static int replay(struct replay_result *r)
{
	struct track *t = track_new(TRACK_POWER_LOSS);
	struct media log, target;
	struct history h;
	int fd, ret;

	fd = open(target_path, O_CREAT | O_TRUNC | O_RDWR, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, AREA * RECORD_SECTOR), 0);
	close(fd);
	assert_true(history_read(&h, journal_path));
	assert_true(history_feed(&h, t, 2));
	assert_int_equal(media_open(&log, log_path, false), 0);
	assert_int_equal(media_open(&target, target_path, true), 0);
	ret = replay_log(&log, &target, &h, t, r);
	media_close(&target);
	media_close(&log);
	history_free(&h);
	track_free(t);
	return ret;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct replay_result r;

	make_journal(row->journal);
	make_log(row->log);
	assert_int_equal(replay(&r), row->result);
	assert_int_equal(r.points, row->points);
}

/* Whatever a log holds, it is played or refused. */
static void test_rubbish(void **state)
{
	const struct row *row = &rows[5];
	uint64_t seed = 8;
	struct replay_result r;

	(void)state;
	make_journal(row->journal);
	for (int i = 0; i < 300; i++) {
		int fd, n = 1 + mix_below(&seed, 4);
		char byte;

		make_log(row->log);
		fd = open(log_path, O_WRONLY);
		while (n--) {
			byte = mix_next(&seed);
			assert_int_equal(pwrite(fd, &byte, 1, mix_below(&seed, 2048)), 1);
		}
		close(fd);
		assert_true(replay(&r) <= 2);
	}
}

int main(void)
{
	/* Lines about the media among those of TAP, not in them. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	add_rows(rows, test_row);
	add_test("a log with bytes changed is played or refused", test_rubbish, NULL);
	return _cmocka_run_group_tests("replay", tests, test_count, make_folder, remove_folder);
}
