/* SPDX-License-Identifier: GPL-2.0 */
/* What the checks of the doctor share. */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "ctl.h"

enum doctor_result { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_FAILED, DOCTOR_SKIPPED };

struct doctor {
	struct ctl *c;
	const char *run_dir;
	bool host;		/* partbus_host is here */
	bool guest;		/* a window, or its driver, is here */
	unsigned int warnings;
	unsigned int failures;
};

/* One line: what was found, and what to do about it (or NULL). */
void doctor_say(struct doctor *d, const char *check, enum doctor_result result,
		const char *remedy, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* doctor_system.c */
void doctor_modules(struct doctor *d);
void doctor_taint(struct doctor *d);
void doctor_device(struct doctor *d);
void doctor_daemon(struct doctor *d);
/* doctor_objects.c: needs the connection */
void doctor_objects(struct doctor *d);

#endif
