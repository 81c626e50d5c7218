/* SPDX-License-Identifier: GPL-2.0 */
/* Writing records, several workers at once, and reading them back meanwhile. */
#ifndef _NOLOSS_WRITER_H
#define _NOLOSS_WRITER_H

#include <signal.h>
#include <stdint.h>

#include "journal.h"
#include "media.h"
#include "plan.h"
#include "track.h"

/**
 * struct writer_options - what a run is to be
 * @seed: of the plans
 * @seconds: 0 for until it is told to end
 * @steps: of each worker, 0 for as many as there are
 * @errors_if: while a file of this name exists I/O may fail; NULL for never
 * @one_flush: flushes and FUA writes one at a time: dm-log-writes does not keep the
 *	order of what several take along
 * @forget_flushes: of so many flushes say one was done that was not: what a disk
 *	that lies would do, for tests of the checker. 0 for none
 */
struct writer_options {
	uint64_t seed;
	unsigned int seconds;
	uint64_t steps;
	const char *errors_if;
	bool one_flush;
	unsigned int forget_flushes;
};

/*
 * Until the time is over, a signal of @ends comes (they are blocked), or something
 * is wrong. 0, or 1: an error that was not allowed or a violation, which stderr
 * tells. @t has been fed all of @j.
 */
int writer_run(const struct writer_options *o, const struct plan_area *area, struct media *disk,
	       struct journal *j, struct track *t, const sigset_t *ends);

#endif /* _NOLOSS_WRITER_H */
