/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers that look random and are the same everywhere: splitmix64. */
#ifndef _NOLOSS_MIX_H
#define _NOLOSS_MIX_H

#include <stdint.h>

static inline uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline uint64_t mix_next(uint64_t *state)
{
	return mix(*state += 0x9e3779b97f4a7c15ULL);
}

static inline uint64_t mix_below(uint64_t *state, uint64_t limit)
{
	return mix_next(state) % limit;
}

/* A hash of @n words. */
static inline uint64_t mix_words(const uint64_t *words, unsigned int n, uint64_t seed)
{
	for (unsigned int i = 0; i < n; i++)
		seed = mix(seed ^ words[i]) + 0x9e3779b97f4a7c15ULL * (i + 1);
	return mix(seed);
}

#endif /* _NOLOSS_MIX_H */
