/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a worker does next. The area is cut into zones: one for each worker alone,
 * a shared one where what overlaps comes one after the other, and one where
 * everybody writes at will. The same seed gives the same steps. Pure.
 */
#ifndef _NOLOSS_PLAN_H
#define _NOLOSS_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#define PLAN_WORKERS	64u

/**
 * struct plan_area - where the disk may be written to, in sectors
 * @first: first sector
 * @sectors: how many
 * @block: smallest and alignment of what is written
 * @largest: most of one operation
 * @workers: at most PLAN_WORKERS
 * @flushes: percent of steps that are a flush, at most 30
 */
struct plan_area {
	uint64_t first;
	uint32_t sectors;
	uint32_t block;
	uint32_t largest;
	uint32_t workers;
	uint32_t flushes;
};

enum plan_zone { ZONE_OWN, ZONE_SHARED, ZONE_RACE };
enum plan_kind { STEP_WRITE, STEP_READ, STEP_ZEROES, STEP_DISCARD, STEP_FLUSH };

struct step {
	enum plan_kind kind;
	enum plan_zone zone;
	uint64_t lba;
	uint32_t sectors;
	bool fua;
};

struct plan {
	struct plan_area area;
	uint32_t worker;
	uint64_t state;
};

/* False: the area is too small for that many workers. */
bool plan_init(struct plan *p, const struct plan_area *area, uint64_t seed, uint32_t worker);
void plan_zone(const struct plan *p, enum plan_zone zone, uint64_t *first, uint32_t *sectors);
void plan_next(struct plan *p, struct step *s);

#endif /* _NOLOSS_PLAN_H */
