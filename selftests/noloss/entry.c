// SPDX-License-Identifier: GPL-2.0
/* The bytes of a journal's entries. */
#include "entry.h"

#include <endian.h>
#include <string.h>

#include "mix.h"

#define SEED	0x6c6e72756f6a6e6fULL
enum { W_SEQ, W_RUN, W_ID, W_LBA, W_TIME, W_SIZE, W_KIND, W_CHECK, WORDS };

_Static_assert(WORDS * 8 == ENTRY_SIZE, "an entry is eight words");

void entry_encode(const struct entry *e, void *bytes)
{
	uint64_t words[WORDS];

	words[W_SEQ] = e->seq;
	words[W_RUN] = e->run;
	words[W_ID] = e->id;
	words[W_LBA] = e->lba;
	words[W_TIME] = e->time;
	words[W_SIZE] = e->sectors | (uint64_t)e->flags << 32;
	words[W_KIND] = e->error | (uint64_t)e->worker << 32 | (uint64_t)e->type << 48 |
			(uint64_t)e->op << 56;
	words[W_CHECK] = mix_words(words, W_CHECK, SEED);
	for (unsigned int i = 0; i < WORDS; i++)
		words[i] = htole64(words[i]);
	memcpy(bytes, words, ENTRY_SIZE);
}

bool entry_decode(const void *bytes, struct entry *e)
{
	uint64_t words[WORDS];

	memcpy(words, bytes, ENTRY_SIZE);
	for (unsigned int i = 0; i < WORDS; i++)
		words[i] = le64toh(words[i]);
	if (words[W_CHECK] != mix_words(words, W_CHECK, SEED))
		return false;
	*e = (struct entry) {
		.seq = words[W_SEQ],
		.run = words[W_RUN],
		.id = words[W_ID],
		.lba = words[W_LBA],
		.time = words[W_TIME],
		.sectors = (uint32_t)words[W_SIZE],
		.flags = (uint32_t)(words[W_SIZE] >> 32),
		.error = (uint32_t)words[W_KIND],
		.worker = (uint16_t)(words[W_KIND] >> 32),
		.type = (uint8_t)(words[W_KIND] >> 48),
		.op = (uint8_t)(words[W_KIND] >> 56),
	};
	return e->type && e->type < ENTRY_TYPE_END;
}
