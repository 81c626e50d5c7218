// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads on one ring, each asleep whenever the ring lets it: nothing is
 * lost, doubled or reordered, and nobody sleeps for ever.
 */
#include "harness.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

#include <vmbus/ring.h>

#define ENTRIES		400000u
#define PATIENCE_S	5

struct stress {
	const char *sentence;
	__u32 size;
	__u32 batch;		/* most entries per publish and release */
};

static const struct stress stress_rows[] = {
	{ "a ring of one entry loses nothing", 1, 1 },
	{ "a small ring loses nothing", 4, 3 },
	{ "a ring with large batches loses nothing", 64, 48 },
	{ "a ring that never fills loses nothing", 1024, 5 },
};

static struct partbus_ring_ctl ctl __attribute__((aligned(64)));
static __u64 entries[1024][2];
static sem_t to_consumer, to_producer;
static const struct stress *row;
static atomic_bool lost_doorbell;
static unsigned long doorbells;

static bool sleep_until(sem_t *doorbell)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	while (sem_timedwait(doorbell, &until)) {
		if (errno != EINTR) {
			lost_doorbell = true;
			return false;
		}
	}
	return !lost_doorbell;
}

static void *producer(void *arg)
{
	__u64 seed = 1, entry[2];
	struct pb_ring r;
	__u32 sent = 0, n;
	int err = 0;

	(void)arg;
	pb_ring_init(&r, &ctl, entries, row->size, sizeof(entries[0]));
	while (sent < ENTRIES) {
		for (n = 1 + below(&seed, row->batch); n && sent < ENTRIES; n--) {
			entry[0] = sent;
			entry[1] = ~(__u64)sent;
			err = pb_ring_produce(&r, entry);
			if (err)
				break;
			sent++;
		}
		if (pb_ring_publish(&r)) {
			doorbells++;
			sem_post(&to_consumer);
		}
		if (err == -EPROTO)
			return "the producer saw a violation";
		if (err == -ENOSPC && !pb_ring_want_room(&r) && !sleep_until(&to_producer))
			return "the producer slept on room";
		err = 0;
	}
	return NULL;
}

static void *consumer(void *arg)
{
	__u64 seed = 2, entry[2];
	struct pb_ring r;
	__u32 got = 0, n;
	int one = 0;

	(void)arg;
	pb_ring_init(&r, &ctl, entries, row->size, sizeof(entries[0]));
	while (got < ENTRIES) {
		for (n = 1 + below(&seed, row->batch); n; n--) {
			one = pb_ring_consume(&r, entry);
			if (one != 1)
				break;
			if (entry[0] != got || entry[1] != ~(__u64)got)
				return "an entry was lost, doubled or torn";
			got++;
		}
		if (pb_ring_release(&r))
			sem_post(&to_producer);
		if (one < 0)
			return "the consumer saw a violation";
		if (!one && got < ENTRIES && !pb_ring_arm(&r) && !sleep_until(&to_consumer))
			return "the consumer slept on an entry";
	}
	return NULL;
}

static void stress(void **state)
{
	void *producer_error, *consumer_error;
	pthread_t p, c;

	/* arrange */
	row = *state;
	pb_ring_format(&ctl);
	sem_init(&to_consumer, 0, 0);
	sem_init(&to_producer, 0, 0);
	lost_doorbell = false;
	doorbells = 0;

	/* act */
	pthread_create(&p, NULL, producer, NULL);
	pthread_create(&c, NULL, consumer, NULL);
	pthread_join(p, &producer_error);
	pthread_join(c, &consumer_error);

	/* assert */
	if (producer_error)
		fail_msg("%s", (const char *)producer_error);
	if (consumer_error)
		fail_msg("%s", (const char *)consumer_error);
	assert_true(doorbells <= ENTRIES);
	sem_destroy(&to_consumer);
	sem_destroy(&to_producer);
}

int main(void)
{
	add_rows(stress_rows, stress);
	return run_all("ring_stress");
}
