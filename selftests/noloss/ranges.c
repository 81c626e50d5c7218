// SPDX-License-Identifier: GPL-2.0
/* A mutex for each stretch of sectors, taken from the lowest to the highest. */
#include "ranges.h"

#include <pthread.h>
#include <stdlib.h>

#define STRETCH		64u

struct ranges {
	uint64_t first;
	uint32_t nr;
	pthread_mutex_t stretch[];
};

struct ranges *ranges_new(uint64_t first, uint32_t sectors)
{
	uint32_t nr = sectors / STRETCH + 1;
	struct ranges *r = calloc(1, sizeof(*r) + nr * sizeof(r->stretch[0]));

	if (!r)
		abort();
	r->first = first;
	r->nr = nr;
	for (uint32_t i = 0; i < nr; i++)
		pthread_mutex_init(&r->stretch[i], NULL);
	return r;
}

void ranges_free(struct ranges *r)
{
	free(r);
}

static uint32_t stretch_of(const struct ranges *r, uint64_t lba)
{
	return (lba - r->first) / STRETCH;
}

void ranges_lock(struct ranges *r, uint64_t lba, uint32_t sectors)
{
	uint32_t last = stretch_of(r, lba + sectors - 1);

	for (uint32_t i = stretch_of(r, lba); i <= last; i++)
		pthread_mutex_lock(&r->stretch[i]);
}

void ranges_unlock(struct ranges *r, uint64_t lba, uint32_t sectors)
{
	uint32_t last = stretch_of(r, lba + sectors - 1);

	for (uint32_t i = stretch_of(r, lba); i <= last; i++)
		pthread_mutex_unlock(&r->stretch[i]);
}
