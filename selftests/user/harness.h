/* SPDX-License-Identifier: GPL-2.0 */
/* What all tests need: cmocka, one test per row of a table, random numbers. */
#ifndef _HARNESS_H
#define _HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/types.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <asm/byteorder.h>

#define MAX_TESTS	256

static struct CMUnitTest tests[MAX_TESTS];
static size_t test_count;

/* @name: a sentence */
static inline void add_test(const char *name, CMUnitTestFunction run, const void *row)
{
	if (test_count == MAX_TESTS)
		abort();
	tests[test_count].name = name;
	tests[test_count].test_func = run;
	tests[test_count].initial_state = (void *)row;
	test_count++;
}

#define add_rows(table, run) do {					\
	for (size_t i_ = 0; i_ < ARRAY_SIZE(table); i_++)		\
		add_test((table)[i_].sentence, run, &(table)[i_]);	\
} while (0)

static inline int run_all(const char *group)
{
	return _cmocka_run_group_tests(group, tests, test_count, NULL, NULL);
}

/* splitmix64: the same numbers from the same seed everywhere. */
static inline __u64 next_random(__u64 *state)
{
	__u64 z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline __u64 below(__u64 *state, __u64 limit)
{
	return next_random(state) % limit;
}

/* A number of any magnitude, with the extremes more often than chance. */
static inline __u64 any_magnitude(__u64 *state)
{
	switch (below(state, 8)) {
	case 0:
		return 0;
	case 1:
		return ~0ULL;
	default:
		return next_random(state) >> below(state, 64);
	}
}

#endif /* _HARNESS_H */
