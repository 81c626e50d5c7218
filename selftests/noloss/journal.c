// SPDX-License-Identifier: GPL-2.0
/* Adding to a journal. */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Entries that wait to be written; who adds more waits. */
#define BACKLOG	1024u

/**
 * struct journal - guarded by @lock but for @fd and @at, which are @thread's
 * @lock: see above
 * @added: there is something to be written, or @ending
 * @written: @durable has grown, @fill has become less, or there is @error
 * @next: number of the next entry
 * @durable: entries before this number are in the file
 * @backlog: of @fill entries
 */
struct journal {
	int fd;
	off_t at;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t added;
	pthread_cond_t written;
	uint64_t run;
	uint64_t next;
	uint64_t durable;
	unsigned int fill;
	bool ending;
	int error;
	char backlog[BACKLOG * ENTRY_SIZE];
};

static int write_all(struct journal *j, const char *data, size_t left)
{
	while (left) {
		ssize_t n = pwrite(j->fd, data, left, j->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		data += n;
		left -= n;
		j->at += n;
	}
	return 0;
}

static void *journal_thread(void *arg)
{
	static char batch[BACKLOG * ENTRY_SIZE];
	struct journal *j = arg;

	pthread_mutex_lock(&j->lock);
	for (;;) {
		unsigned int n = j->fill;
		int error;

		if (!n) {
			if (j->ending)
				break;
			pthread_cond_wait(&j->added, &j->lock);
			continue;
		}
		memcpy(batch, j->backlog, n * ENTRY_SIZE);
		j->fill = 0;
		pthread_mutex_unlock(&j->lock);
		error = write_all(j, batch, n * ENTRY_SIZE);
		pthread_mutex_lock(&j->lock);
		if (error)
			j->error = error;
		else if (!j->error)
			j->durable += n;
		pthread_cond_broadcast(&j->written);
	}
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

static struct journal *journal_open(const char *path, int flags, uint64_t at, uint64_t run,
				    uint64_t next)
{
	struct journal *j = calloc(1, sizeof(*j));
	int error;

	if (!j)
		return NULL;
	j->at = at;
	j->run = run;
	j->next = next;
	j->durable = next;
	j->fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
	if (j->fd < 0)
		goto err_free;
	/* What a killed writer has left of an entry. */
	if (ftruncate(j->fd, at))
		goto err_close;
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->added, NULL);
	pthread_cond_init(&j->written, NULL);
	errno = pthread_create(&j->thread, NULL, journal_thread, j);
	if (errno)
		goto err_close;
	return j;

err_close:
	error = errno;
	close(j->fd);
	errno = error;
err_free:
	error = errno;
	free(j);
	errno = error;
	return NULL;
}

struct journal *journal_create(const char *path, uint64_t run, uint64_t next)
{
	return journal_open(path, O_CREAT | O_EXCL, 0, run, next);
}

struct journal *journal_continue(const char *path, uint64_t at, uint64_t run, uint64_t next)
{
	return journal_open(path, 0, at, run, next);
}

uint64_t journal_add(struct journal *j, struct entry *e)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&j->lock);
	while (j->fill == BACKLOG && !j->error)
		pthread_cond_wait(&j->written, &j->lock);
	e->seq = j->next++;
	e->run = j->run;
	e->time = now.tv_sec * 1000000000ULL + now.tv_nsec;
	if (!j->error)
		entry_encode(e, j->backlog + j->fill++ * ENTRY_SIZE);
	pthread_cond_signal(&j->added);
	pthread_mutex_unlock(&j->lock);
	return e->seq;
}

bool journal_wait(struct journal *j, uint64_t seq)
{
	bool ok;

	pthread_mutex_lock(&j->lock);
	while (j->durable <= seq && !j->error)
		pthread_cond_wait(&j->written, &j->lock);
	ok = !j->error;
	pthread_mutex_unlock(&j->lock);
	return ok;
}

int journal_end(struct journal *j)
{
	int error;

	pthread_mutex_lock(&j->lock);
	j->ending = true;
	pthread_cond_signal(&j->added);
	pthread_mutex_unlock(&j->lock);
	pthread_join(j->thread, NULL);
	error = j->error;
	if (close(j->fd) && !error)
		error = errno;
	free(j);
	return error;
}
