/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs find outside of themselves: every function of the system by
 * which they would reach a file, a clock, a user or another program leads here
 * instead (OUTSIDE in the Makefile).
 */
#ifndef _OUTSIDE_H
#define _OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>

/* Names below it exist, as does the file "f" without a path; all others do not. */
#define OUTSIDE_ROOT	"/R"

struct outside {
	const void *file;	/* what stands in every file that is read */
	size_t size;
	unsigned int mode;	/* of every file */
	int sleeps;		/* how often somebody slept */
	void (*tired)(void);	/* called when it was often enough */
	int written;		/* files that were replaced */
};

extern struct outside outside;

#endif /* _OUTSIDE_H */
