// SPDX-License-Identifier: GPL-2.0
/* Steps of workers: within bounds, of all kinds, the same from the same seed. */
#include "harness.h"

#include "plan.h"

struct row {
	const char *sentence;
	struct plan_area area;
};

static const struct row rows[] = {
	{ "blocks of 512 bytes", { 0, 131072, 1, 512, 8, 8 } },
	{ "blocks of 4096 bytes", { 0, 32768, 8, 512, 5, 8 } },
	{ "an area that begins somewhere", { 12345, 1000, 1, 512, 3, 8 } },
	{ "a small area with as many workers as it takes", { 8, 64, 1, 512, 32, 8 } },
	{ "single blocks only", { 0, 4096, 1, 1, 4, 0 } },
};

static void test_bounds(void **state)
{
	const struct row *row = *state;
	const struct plan_area *a = &row->area;
	uint32_t kinds[STEP_FLUSH + 1] = { 0 }, fua = 0, small = 0, large = 0;

	for (uint32_t worker = 0; worker < a->workers; worker++) {
		struct plan p, again;
		struct step s, same;

		assert_true(plan_init(&p, a, 42, worker));
		assert_true(plan_init(&again, a, 42, worker));
		for (int i = 0; i < 4000; i++) {
			uint32_t sectors;
			uint64_t first;

			plan_next(&p, &s);
			plan_next(&again, &same);
			assert_true(s.kind == same.kind && s.zone == same.zone &&
				    s.lba == same.lba && s.sectors == same.sectors &&
				    s.fua == same.fua);
			kinds[s.kind]++;
			fua += s.fua;
			if (s.kind == STEP_FLUSH)
				continue;
			plan_zone(&p, s.zone, &first, &sectors);
			assert_true(first >= a->first);
			assert_true(first + sectors <= a->first + a->sectors);
			assert_true(s.lba >= first && s.sectors <= sectors);
			assert_true(s.lba + s.sectors <= first + sectors);
			assert_true(s.sectors && s.sectors <= a->largest);
			assert_int_equal(s.sectors % a->block, 0);
			assert_int_equal((s.lba - a->first) % a->block, 0);
			assert_false(s.kind == STEP_READ && s.zone == ZONE_RACE);
			small += s.sectors == a->block;
			large += s.sectors > a->largest / 2;
		}
	}
	assert_true(kinds[STEP_WRITE] && kinds[STEP_READ] && kinds[STEP_ZEROES]);
	assert_true(kinds[STEP_DISCARD] && fua && small);
	assert_int_equal(!kinds[STEP_FLUSH], !a->flushes);
	if (a->sectors > 16 * a->largest * a->workers)
		assert_true(large);
}

static void test_apart(void **state)
{
	const struct row *row = *state;
	uint64_t end = row->area.first, first;
	uint32_t sectors;
	struct plan p;

	for (uint32_t worker = 0; worker < row->area.workers; worker++) {
		assert_true(plan_init(&p, &row->area, 1, worker));
		plan_zone(&p, ZONE_OWN, &first, &sectors);
		assert_true(first == end && sectors);
		end += sectors;
	}
	plan_zone(&p, ZONE_SHARED, &first, &sectors);
	assert_true(first == end);
	end += sectors;
	plan_zone(&p, ZONE_RACE, &first, &sectors);
	assert_true(first == end && sectors);
	assert_true(end + sectors <= row->area.first + row->area.sectors);
}

static void test_small(void **state)
{
	const struct plan_area tiny = { 0, 60, 8, 512, 8, 8 };
	struct plan p;

	(void)state;
	assert_false(plan_init(&p, &tiny, 1, 0));
}

int main(void)
{
	add_rows(rows, test_bounds);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		add_test("zones do not overlap", test_apart, &rows[i]);
	add_test("an area that is too small is refused", test_small, NULL);
	return run_all("plan");
}
