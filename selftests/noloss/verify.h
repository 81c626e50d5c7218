/* SPDX-License-Identifier: GPL-2.0 */
/* Looking at a whole medium, with what a tracker knows of it. */
#ifndef _NOLOSS_VERIFY_H
#define _NOLOSS_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "journal.h"
#include "media.h"
#include "track.h"

/**
 * struct verify - what was found
 * @ids: per sector of the area, the record that it holds, 0 for zeroes
 * @counts: per verdict, sectors
 * @open: sectors that could have held one of several things
 */
struct verify {
	uint64_t *ids;
	uint64_t counts[VERDICT_END];
	uint64_t open;
};

/*
 * Reads all of @m and judges every sector of the area; what is outside of it must
 * be zero. What is wrong is told on stdout. 0: nothing is; 1: something; otherwise
 * it could not be read.
 */
int verify_media(struct verify *v, struct track *t, struct media *m);
void verify_free(struct verify *v);
/* Sectors that are not as they may be. */
uint64_t verify_bad(const struct verify *v);
/* HOLDS entries for all that is there: each is given to @add. */
void verify_extents(const struct verify *v, const struct track *t,
		    void (*add)(void *ctx, struct entry *e), void *ctx);

#endif /* _NOLOSS_VERIFY_H */
