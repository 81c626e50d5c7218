/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the writer puts on the medium. Every sector of a record tells on its own
 * which record it is of and where it belongs, and all of its bytes follow from
 * that: a sector is one record's as a whole, or it is damaged. Pure.
 */
#ifndef _NOLOSS_RECORD_H
#define _NOLOSS_RECORD_H

#include <stdint.h>

#define RECORD_SECTOR	512u

enum record_kind {
	RECORD_ZERO,		/* nothing but zeroes */
	RECORD_GOOD,
	RECORD_TORN,		/* begins like one of ours and goes on otherwise */
	RECORD_FOREIGN,		/* none of ours */
};

/**
 * struct record - one sector of a record
 * @run: which series of journals it belongs to
 * @id: the record's number, never used twice in a run; larger is newer
 * @lba: where this sector belongs
 * @first: the record's first sector
 * @sectors: of the record
 * @worker: who wrote it
 */
struct record {
	uint64_t run;
	uint64_t id;
	uint64_t lba;
	uint64_t first;
	uint32_t sectors;
	uint16_t worker;
};

/* Makes all sectors of a record; @r->lba does not matter. */
void record_fill(void *data, const struct record *r);
/* What a sector is; @r is set for RECORD_GOOD, and what can be read of it for TORN. */
enum record_kind record_parse(const void *sector, struct record *r);

#endif /* _NOLOSS_RECORD_H */
