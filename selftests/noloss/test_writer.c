// SPDX-License-Identifier: GPL-2.0
/*
 * The whole program, on a file in place of a disk: what it writes is right for the
 * verifier, life after life, also when a writer is killed; and what is done to the
 * file behind its back is found, by the verifier and by a writer that reads.
 */
#include "harness.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "media.h"
#include "record.h"

#define DISK_BYTES	(2u << 20)

static char folder[] = "/tmp/noloss-XXXXXX";
static char disk[64], journal[2][64], allowed[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return 1;
	snprintf(disk, sizeof(disk), "%s/disk", folder);
	snprintf(journal[0], sizeof(journal[0]), "%s/journal0", folder);
	snprintf(journal[1], sizeof(journal[1]), "%s/journal1", folder);
	snprintf(allowed, sizeof(allowed), "%s/allowed", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(disk);
	unlink(journal[0]);
	unlink(journal[1]);
	unlink(allowed);
	return rmdir(folder);
}

static int fresh(void **state)
{
	int fd = open(disk, O_CREAT | O_TRUNC | O_RDWR, 0600);

	(void)state;
	unlink(journal[0]);
	unlink(journal[1]);
	unlink(allowed);
	if (fd < 0 || ftruncate(fd, DISK_BYTES))
		return 1;
	return close(fd);
}

/* In a process of its own: the program blocks signals and may be killed. */
static pid_t writer_start(const char *name, uint64_t steps, uint64_t seed)
{
	struct options o = {
		.journal = name, .disk = disk,
		.area = { .workers = 6, .flushes = 8 },
		.writer = { .seed = seed, .steps = steps, .errors_if = allowed },
	};
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(command_write(&o));
	return pid;
}

static int writer_end(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int verify(const char *name, const char *next, bool power_loss)
{
	struct options o = {
		.journal = name, .disk = disk, .next = next, .power_loss = power_loss,
	};

	return command_verify(&o);
}

static void test_lives(void **state)
{
	int life;

	fresh(state);
	for (life = 0; life < 4; life++) {
		assert_int_equal(writer_end(writer_start(journal[life % 2], 150, life)), RIGHT);
		/* A journal is of one life. */
		assert_int_equal(writer_end(writer_start(journal[life % 2], 1, life)), CANNOT);
		assert_int_equal(verify(journal[life % 2], NULL, true), RIGHT);
		unlink(journal[(life + 1) % 2]);
		assert_int_equal(verify(journal[life % 2], journal[(life + 1) % 2], false), RIGHT);
	}
}

static void test_killed(void **state)
{
	int life;

	fresh(state);
	for (life = 0; life < 6; life++) {
		pid_t pid = writer_start(journal[life % 2], 0, life);

		usleep(100000 + 30000 * life);
		kill(pid, SIGKILL);
		assert_int_equal(writer_end(pid), -1);
		unlink(journal[(life + 1) % 2]);
		assert_int_equal(verify(journal[life % 2], journal[(life + 1) % 2], false), RIGHT);
	}
}

/* Some bytes of the disk. */
static void take(char *data, uint64_t at, size_t bytes)
{
	int fd = open(disk, O_RDONLY);

	assert_int_equal(pread(fd, data, bytes, at), bytes);
	close(fd);
}

static void give(const char *data, uint64_t at, size_t bytes)
{
	int fd = open(disk, O_WRONLY);

	assert_int_equal(pwrite(fd, data, bytes, at), bytes);
	fsync(fd);
	close(fd);
}

static void test_old(void **state)
{
	static char before[DISK_BYTES], after[DISK_BYTES];

	fresh(state);
	assert_int_equal(writer_end(writer_start(journal[0], 150, 1)), RIGHT);
	assert_int_equal(verify(journal[0], journal[1], false), RIGHT);
	take(before, 0, DISK_BYTES);
	assert_int_equal(writer_end(writer_start(journal[1], 150, 2)), RIGHT);
	take(after, 0, DISK_BYTES);
	/* One sector of another life, wherever it differs, one after the other. */
	for (uint32_t at = 0, n = 0; at < DISK_BYTES && n < 20; at += 37 * RECORD_SECTOR) {
		if (!memcmp(before + at, after + at, RECORD_SECTOR))
			continue;
		n++;
		give(before + at, at, RECORD_SECTOR);
		assert_int_equal(verify(journal[1], NULL, false), VIOLATED);
		give(after + at, at, RECORD_SECTOR);
	}
	assert_int_equal(verify(journal[1], NULL, false), RIGHT);
}

static void test_reads(void **state)
{
	char rubbish[64 * RECORD_SECTOR];
	pid_t pid;

	memset(rubbish, 0x33, sizeof(rubbish));
	fresh(state);
	pid = writer_start(journal[0], 0, 5);
	/* Whoever reads there next ends the run; it is written over, too, so often. */
	while (!waitpid(pid, NULL, WNOHANG)) {
		give(rubbish, 0, sizeof(rubbish));
		usleep(1000);
	}
	/* And a new writer looks at everything before it begins. */
	fresh(state);
	give(rubbish, 4096, 512);
	assert_int_equal(writer_end(writer_start(journal[0], 1, 5)), VIOLATED);
}

static void test_errors(void **state)
{
	pid_t pid;

	/* A disk that has become shorter fails what is beyond its end. */
	fresh(state);
	pid = writer_start(journal[0], 0, 5);
	usleep(100000);
	assert_int_equal(truncate(disk, DISK_BYTES / 2), 0);
	assert_int_equal(writer_end(pid), VIOLATED);

	fresh(state);
	close(open(allowed, O_CREAT, 0600));
	assert_int_equal(writer_end(writer_start(journal[0], 5, 5)), RIGHT);
}

int main(void)
{
	/* Lines about the media among those of TAP, not in them. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	add_test("life after life of a writer is right", test_lives, NULL);
	add_test("and it is when writers are killed", test_killed, NULL);
	add_test("a sector of an earlier life is found, wherever it is", test_old, NULL);
	add_test("a writer finds what others write", test_reads, NULL);
	add_test("errors are errors unless they are allowed", test_errors, NULL);
	return _cmocka_run_group_tests("writer", tests, test_count, make_folder, remove_folder);
}
