// SPDX-License-Identifier: GPL-2.0
/* The bytes of a record's sectors. */
#include "record.h"

#include <endian.h>
#include <string.h>

#include "mix.h"

#define MAGIC		0x31636572736f6c6eULL
#define WORDS		(RECORD_SECTOR / 8)
/* Words of a sector, in this order; the rest follows from the last. */
enum { W_MAGIC, W_RUN, W_ID, W_LBA, W_FIRST, W_SHAPE, W_CHECK, W_REST };

static uint64_t rest_word(uint64_t check, unsigned int i)
{
	/* Odd factor: no two words of a sector are equal. */
	return check + i * 0xd1342543de82ef95ULL;
}

static void sector_fill(uint64_t *words, const struct record *r, uint64_t lba)
{
	uint64_t check;

	words[W_MAGIC] = MAGIC;
	words[W_RUN] = r->run;
	words[W_ID] = r->id;
	words[W_LBA] = lba;
	words[W_FIRST] = r->first;
	words[W_SHAPE] = r->sectors | (uint64_t)r->worker << 32;
	check = mix_words(words, W_CHECK, MAGIC);
	words[W_CHECK] = check;
	for (unsigned int i = W_REST; i < WORDS; i++)
		words[i] = rest_word(check, i);
}

void record_fill(void *data, const struct record *r)
{
	uint64_t words[WORDS];

	for (uint32_t s = 0; s < r->sectors; s++) {
		sector_fill(words, r, r->first + s);
		for (unsigned int i = 0; i < WORDS; i++)
			words[i] = htole64(words[i]);
		memcpy((char *)data + (size_t)s * RECORD_SECTOR, words, RECORD_SECTOR);
	}
}

enum record_kind record_parse(const void *sector, struct record *r)
{
	uint64_t words[WORDS], any = 0;

	memcpy(words, sector, RECORD_SECTOR);
	for (unsigned int i = 0; i < WORDS; i++) {
		words[i] = le64toh(words[i]);
		any |= words[i];
	}
	if (!any)
		return RECORD_ZERO;
	if (words[W_MAGIC] != MAGIC)
		return RECORD_FOREIGN;
	r->run = words[W_RUN];
	r->id = words[W_ID];
	r->lba = words[W_LBA];
	r->first = words[W_FIRST];
	r->sectors = (uint32_t)words[W_SHAPE];
	r->worker = (uint16_t)(words[W_SHAPE] >> 32);
	if (words[W_CHECK] != mix_words(words, W_CHECK, MAGIC))
		return RECORD_TORN;
	for (unsigned int i = W_REST; i < WORDS; i++)
		if (words[i] != rest_word(words[W_CHECK], i))
			return RECORD_TORN;
	return RECORD_GOOD;
}
