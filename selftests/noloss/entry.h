/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One entry of a journal: 64 bytes, little endian, with a checksum. A journal is
 * a file of entries whose numbers follow each other; their order is the order in
 * which the writer knew of things. It is kept away from the disk that is tested,
 * where the death of the writer and of its machine does not reach it. Pure.
 *
 * A journal is of one life of a writer. It begins with OPEN and with HOLDS for
 * what was on the medium then; all the rest of the medium is zero. A submission
 * is in the journal before the disk is asked, an end only after the disk has
 * answered.
 */
#ifndef _NOLOSS_ENTRY_H
#define _NOLOSS_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#define ENTRY_SIZE	64u

enum entry_type {
	ENTRY_OPEN = 1,	/* the area: @lba, @sectors; @id bytes is the smallest write */
	ENTRY_HOLDS,	/* the medium holds record @id there (0: zeroes), nothing else is to come */
	ENTRY_SUBMIT,	/* what this entry's number is the id of */
	ENTRY_DONE,	/* of submission @id, with @error */
	ENTRY_READ,	/* was read and found to be as it may be */
	ENTRY_CLOSE,	/* the writer has ended in order */
	ENTRY_TYPE_END,
};

enum entry_op {
	OP_WRITE = 1,
	OP_ZEROES,
	OP_DISCARD,
	OP_FLUSH,
	OP_END,
};

/* The write is durable when it is done. */
#define ENTRY_F_FUA	1u

/**
 * struct entry - an entry; what a type does not use is 0
 * @seq: its number
 * @run: see struct record
 * @id: of a submission
 * @lba: first sector
 * @time: in nanoseconds of the writer's clock, for people only
 * @sectors: how many
 * @flags: ENTRY_F_*
 * @error: a positive errno, or 0
 * @worker: whose it is
 * @type: enum entry_type
 * @op: enum entry_op, of SUBMIT and DONE
 */
struct entry {
	uint64_t seq;
	uint64_t run;
	uint64_t id;
	uint64_t lba;
	uint64_t time;
	uint32_t sectors;
	uint32_t flags;
	uint32_t error;
	uint16_t worker;
	uint8_t type;
	uint8_t op;
};

void entry_encode(const struct entry *e, void *bytes);
/* False when the bytes are no entry. */
bool entry_decode(const void *bytes, struct entry *e);

#endif /* _NOLOSS_ENTRY_H */
