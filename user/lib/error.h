/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One error as the user sees it: what was tried, the kernel's sentence, the
 * errno and the offending attribute, and the exit code that follows from it.
 */
#ifndef PBL_ERROR_H
#define PBL_ERROR_H

#include <stdarg.h>

/* Exit codes. Stable: scripts depend on them; documented in partbus(8). */
enum pbl_exit {
	PBL_OK = 0,
	PBL_REFUSED = 1,	/* the kernel said no */
	PBL_USAGE = 2,		/* the command line makes no sense */
	PBL_NOT_FOUND = 3,	/* no such object */
	PBL_PERMISSION = 4,
	PBL_NO_KERNEL = 5,	/* modules are missing or too old */
	PBL_TIMEOUT = 6,
	PBL_OTHERWISE = 7,	/* done, but the outcome is not the one asked for */
	PBL_LOCAL = 8,		/* a file, memory, a pipe: nothing to do with the bus */
};

/**
 * struct pbl_error - why something failed
 * @exit: enum pbl_exit, never PBL_OK when set
 * @number: errno, or 0 when there is none
 * @text: a sentence
 * @attr: offending attribute, or empty
 */
struct pbl_error {
	int exit;
	int number;
	char text[384];
	char attr[96];
};

int pbl_exit_of_errno(int number);
/* Fills in @err and returns -@number (or -EINVAL when that is 0). */
int pbl_error_set(struct pbl_error *err, int exit, int number, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Shorthand for a wrong command line. Always returns -EINVAL. */
int pbl_usage(struct pbl_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Name of an errno like "EBUSY", or NULL. */
const char *pbl_errno_name(int number);
/* The line for people, without a prefix: sentence, attribute, errno text. */
void pbl_error_line(const struct pbl_error *err, char *line, unsigned long size);

#endif
