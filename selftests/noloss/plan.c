// SPDX-License-Identifier: GPL-2.0
/* Steps of a worker. */
#include "plan.h"

#include "mix.h"

static uint32_t blocks(const struct plan_area *a, uint32_t sectors)
{
	return sectors - sectors % a->block;
}

void plan_zone(const struct plan *p, enum plan_zone zone, uint64_t *first, uint32_t *sectors)
{
	const struct plan_area *a = &p->area;
	uint32_t own = blocks(a, a->sectors / 2 / a->workers);
	uint32_t shared = blocks(a, a->sectors / 4);

	switch (zone) {
	case ZONE_OWN:
		*first = a->first + (uint64_t)p->worker * own;
		*sectors = own;
		break;
	case ZONE_SHARED:
		*first = a->first + (uint64_t)a->workers * own;
		*sectors = shared;
		break;
	case ZONE_RACE:
		*first = a->first + (uint64_t)a->workers * own + shared;
		*sectors = blocks(a, a->sectors - a->workers * own - shared);
		break;
	}
}

bool plan_init(struct plan *p, const struct plan_area *area, uint64_t seed, uint32_t worker)
{
	uint64_t first;
	uint32_t sectors;

	*p = (struct plan) { .area = *area, .worker = worker };
	p->state = mix(seed) ^ mix(~(uint64_t)worker);
	if (!area->workers || area->workers > PLAN_WORKERS || !area->block || area->flushes > 30 ||
	    area->largest < area->block)
		return false;
	plan_zone(p, ZONE_OWN, &first, &sectors);
	return sectors >= area->block;
}

static void choose_kind(struct plan *p, struct step *s)
{
	uint32_t dice = mix_below(&p->state, 100);
	uint32_t flushes = p->area.flushes;

	s->fua = false;
	if (dice < flushes) {
		s->kind = STEP_FLUSH;
	} else if (dice < flushes + 3) {
		s->kind = STEP_ZEROES;
	} else if (dice < flushes + 5) {
		s->kind = STEP_DISCARD;
	} else if (dice < flushes + 25) {
		s->kind = STEP_READ;
	} else {
		s->kind = STEP_WRITE;
		s->fua = mix_below(&p->state, 6) == 0;
	}
}

static void choose_zone(struct plan *p, struct step *s)
{
	uint32_t dice = mix_below(&p->state, 10);

	/* What is read in a race says nothing. */
	if (dice < 5)
		s->zone = ZONE_OWN;
	else if (dice < 8 || s->kind == STEP_READ)
		s->zone = ZONE_SHARED;
	else
		s->zone = ZONE_RACE;
}

/* All magnitudes alike, and not only powers of two. */
static uint32_t choose_size(struct plan *p, uint32_t most)
{
	uint32_t limit = 1, all = most / p->area.block, steps = 0;

	while (limit < all) {
		limit *= 2;
		steps++;
	}
	limit = 1u << mix_below(&p->state, steps + 1);
	if (limit > all)
		limit = all;
	return (limit - mix_below(&p->state, limit / 2 + 1)) * p->area.block;
}

void plan_next(struct plan *p, struct step *s)
{
	uint32_t sectors, span, most = p->area.largest;
	uint64_t first;

	choose_kind(p, s);
	if (s->kind == STEP_FLUSH) {
		s->zone = ZONE_OWN;
		s->lba = 0;
		s->sectors = 0;
		return;
	}
	choose_zone(p, s);
	plan_zone(p, s->zone, &first, &sectors);
	/* Half of it goes to an eighth of the zone, where much is written over. */
	span = sectors;
	if (mix_below(&p->state, 2) && sectors / 8 >= p->area.block)
		span = blocks(&p->area, sectors / 8);
	s->sectors = choose_size(p, most < span ? most : span);
	s->lba = first + mix_below(&p->state, (span - s->sectors) / p->area.block + 1) *
		 p->area.block;
}
