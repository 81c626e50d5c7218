// SPDX-License-Identifier: GPL-2.0
/* Journals in files, also those that a killed writer left, and what makes no sense. */
#include "harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history.h"
#include "journal.h"
#include "track.h"

#define THREADS		4
#define EACH		3000

static char folder[] = "/tmp/noloss-XXXXXX", path[64];

static int make_folder(void **state)
{
	(void)state;
	return !mkdtemp(folder) ||
	       snprintf(path, sizeof(path), "%s/journal", folder) >= (int)sizeof(path);
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static off_t file_size(void)
{
	struct stat st;

	return stat(path, &st) ? -1 : st.st_size;
}

static void *add_many(void *arg)
{
	struct journal *j = arg;

	for (int i = 0; i < EACH; i++) {
		struct entry e = { .type = ENTRY_READ, .sectors = 1 };
		uint64_t seq = journal_add(j, &e);

		if (i % 50 == 0 && (!journal_wait(j, seq) ||
				    file_size() < (off_t)(seq * ENTRY_SIZE)))
			return "not in the file";
	}
	return NULL;
}

/* What all the tests look at: an area, and entries of several threads. */
static void make_journal(void)
{
	struct entry open = { .type = ENTRY_OPEN, .id = 512, .sectors = 8 };
	pthread_t threads[THREADS];
	struct journal *j;

	unlink(path);
	j = journal_create(path, 9, 1);
	assert_non_null(j);
	assert_null(journal_create(path, 9, 1));
	assert_int_equal(journal_add(j, &open), 1);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, j), 0);
	for (int i = 0; i < THREADS; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	assert_int_equal(journal_end(j), 0);
}

static void test_threads(void **state)
{
	struct track *t = track_new(TRACK_PEER_DIED);
	struct history h;

	(void)state;
	make_journal();
	assert_true(history_read(&h, path));
	assert_int_equal(h.nr, 1 + THREADS * EACH);
	assert_true(history_feed(&h, t, 100));
	assert_int_equal(track_next(t), 100);
	assert_true(history_feed(&h, t, UINT64_MAX));
	assert_int_equal(track_next(t), h.nr + 1);
	history_free(&h);
	track_free(t);
}

static void test_cut(void **state)
{
	struct history h;
	size_t bytes;

	(void)state;
	make_journal();
	for (bytes = 20 * ENTRY_SIZE; bytes > ENTRY_SIZE; bytes -= 7) {
		assert_int_equal(truncate(path, bytes), 0);
		assert_true(history_read(&h, path));
		assert_int_equal(h.nr, bytes / ENTRY_SIZE);
		assert_int_equal(h.bytes, h.nr * ENTRY_SIZE);
		history_free(&h);
	}
	assert_int_equal(truncate(path, ENTRY_SIZE - 1), 0);
	assert_false(history_read(&h, path));
	history_free(&h);
}

static void test_continue(void **state)
{
	struct track *t = track_new(TRACK_PEER_DIED);
	struct entry e = { .type = ENTRY_CLOSE };
	struct journal *j;
	struct history h;

	(void)state;
	make_journal();
	assert_int_equal(truncate(path, 5 * ENTRY_SIZE + 10), 0);
	assert_true(history_read(&h, path));
	j = journal_continue(path, h.bytes, 9, h.nr + 1);
	assert_non_null(j);
	history_free(&h);
	journal_add(j, &e);
	assert_int_equal(journal_end(j), 0);
	assert_true(history_read(&h, path));
	assert_int_equal(h.nr, 6);
	assert_true(history_feed(&h, t, UINT64_MAX));
	history_free(&h);
	track_free(t);
}

static void test_damage(void **state)
{
	struct history h;
	int fd;

	(void)state;
	make_journal();
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "x", 1, 7 * ENTRY_SIZE + 3), 1);
	close(fd);
	assert_false(history_read(&h, path));
}

static void test_full(void **state)
{
	struct entry e = { .type = ENTRY_OPEN, .id = 512, .sectors = 8 };
	struct rlimit before, limit;
	struct journal *j;

	(void)state;
	unlink(path);
	j = journal_create(path, 9, 1);
	assert_non_null(j);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 3 * ENTRY_SIZE;
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_true(journal_wait(j, journal_add(j, &e)));
	for (int i = 0; i < 5; i++)
		journal_add(j, &e);
	assert_false(journal_wait(j, journal_add(j, &e)));
	assert_int_equal(journal_end(j), EFBIG);
	setrlimit(RLIMIT_FSIZE, &before);
}

/* Sequences of entries that no writer makes: the last is refused. */
struct row {
	const char *sentence;
	struct entry entries[4];
	uint64_t seqs[4];
};

#define OPEN	{ .type = ENTRY_OPEN, .id = 512, .lba = 10, .sectors = 10 }
#define RANGE(at, n)	.op = OP_WRITE, .lba = (at), .sectors = (n)

static const struct row rows[] = {
	{ "what comes before the journal is opened is refused",
	  { { .type = ENTRY_CLOSE } }, { 1 } },
	{ "a journal is not opened twice", { OPEN, OPEN }, { 1, 2 } },
	{ "a missing entry is noticed", { OPEN, { .type = ENTRY_READ, RANGE(10, 1) } }, { 1, 3 } },
	{ "an entry twice, too", { OPEN, { .type = ENTRY_READ, RANGE(10, 1) },
	    { .type = ENTRY_READ, RANGE(10, 1) } }, { 1, 2, 2 } },
	{ "a write before the area", { OPEN, { .type = ENTRY_SUBMIT, RANGE(9, 1) } }, { 1, 2 } },
	{ "a write beyond the area", { OPEN, { .type = ENTRY_SUBMIT, RANGE(19, 2) } }, { 1, 2 } },
	{ "a write of nothing", { OPEN, { .type = ENTRY_SUBMIT, RANGE(19, 0) } }, { 1, 2 } },
	{ "a write whose end overflows", { OPEN, { .type = ENTRY_SUBMIT, RANGE(~0ULL, 2) } },
	  { 1, 2 } },
	{ "a read beyond the area", { OPEN, { .type = ENTRY_READ, RANGE(19, 2) } }, { 1, 2 } },
	{ "the end of what never began", { OPEN, { .type = ENTRY_DONE, .id = 1 } }, { 1, 2 } },
	{ "an end that comes twice", { OPEN, { .type = ENTRY_SUBMIT, RANGE(10, 1) },
	    { .type = ENTRY_DONE, .id = 2 }, { .type = ENTRY_DONE, .id = 2 } }, { 1, 2, 3, 4 } },
	{ "what was seen and cannot have been", { OPEN, { .type = ENTRY_SUBMIT, RANGE(10, 1) },
	    { .type = ENTRY_HOLDS, .id = 77, RANGE(10, 1) } }, { 1, 2, 3 } },
	{ "what comes after the end", { OPEN, { .type = ENTRY_CLOSE },
	    { .type = ENTRY_CLOSE } }, { 1, 2, 3 } },
};

static void test_nonsense(void **state)
{
	struct track *t = track_new(TRACK_PEER_DIED);
	const struct row *row = *state;

	for (int i = 0; i < 4 && row->seqs[i]; i++) {
		struct entry e = row->entries[i];
		bool last = i == 3 || !row->seqs[i + 1];

		e.seq = row->seqs[i];
		assert_int_equal(track_apply(t, &e), !last);
	}
	assert_true(strlen(track_error(t)) > 10);
	track_free(t);
}

int main(void)
{
	add_test("entries of several threads are one journal", test_threads, NULL);
	add_test("a journal may be cut anywhere", test_cut, NULL);
	add_test("and goes on behind its last whole entry", test_continue, NULL);
	add_test("damage before the end is refused", test_damage, NULL);
	add_test("a journal that cannot be written says so", test_full, NULL);
	add_rows(rows, test_nonsense);
	return _cmocka_run_group_tests("journal", tests, test_count, make_folder, remove_folder);
}
