/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Playing a log of dm-log-writes onto a target, and proving on the way that what
 * was durable at each moment held all that had been promised by then.
 *
 * The log has what was durable, in order, as a device that loses its whole cache
 * would have it. What had been promised when entry p was logged follows from the
 * records in it: if a record is in the log by then, it had been submitted, and
 * whatever the journal has before that submission had happened. So after each
 * entry with a flush or a FUA write the target must satisfy a tracker (power
 * loss) that was fed the journal up to the newest submission found in the log, and
 * at the end one that was fed all of it.
 */
#ifndef _NOLOSS_REPLAY_H
#define _NOLOSS_REPLAY_H

#include <stdint.h>

#include "history.h"
#include "media.h"
#include "track.h"

/**
 * struct replay_result - what was done
 * @entries: of the log
 * @points: at which the target was checked
 * @bad: sectors, at all points together, that were not as they may be
 */
struct replay_result {
	uint64_t entries;
	uint64_t points;
	uint64_t bad;
};

/* 0; 1: something was wrong, told on stdout; 2: it could not be done, on stderr. */
int replay_log(struct media *log, struct media *target, struct history *h, struct track *t,
	       struct replay_result *result);

#endif /* _NOLOSS_REPLAY_H */
