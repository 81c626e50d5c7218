/* SPDX-License-Identifier: GPL-2.0 */
/* What the program can be told to do. */
#ifndef _NOLOSS_COMMAND_H
#define _NOLOSS_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"
#include "writer.h"

/* Exit codes. */
enum { RIGHT, VIOLATED, CANNOT };

/**
 * struct options - the command line
 * @journal: its file
 * @disk: what is written to or looked at
 * @log: of dm-log-writes
 * @next: file of the journal to be begun
 * @power_loss: what was not flushed may be lost
 * @sectors: of a new journal's area at most, 0 for the whole disk
 * @area: workers and flushes; the rest follows from the journal
 * @writer: see writer.h
 */
struct options {
	const char *journal, *disk, *log, *next;
	bool power_loss;
	uint32_t sectors;
	struct plan_area area;
	struct writer_options writer;
};

/* Each returns an exit code. */
int command_write(struct options *o);
int command_verify(struct options *o);
int command_replay(struct options *o);

#endif /* _NOLOSS_COMMAND_H */
