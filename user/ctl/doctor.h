/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the checks of the doctor share. Names of findings and their results are
 * for scripts and stay what they are; partbus-doctor(8) has all of them.
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "ctl.h"

enum doctor_result { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_FAILED, DOCTOR_SKIPPED };

/* What a file of the kernel tells, or that it cannot be read. */
enum doctor_answer { DOCTOR_NO, DOCTOR_YES, DOCTOR_UNKNOWN };

struct doctor {
	struct ctl *c;
	const char *run_dir;
	bool host;		/* partbus_host is here */
	bool daemon;		/* partbusd runs, or may run */
	unsigned int warnings;
	unsigned int failures;
};

/* One line: what was found, and what to do about it (or NULL). */
void doctor_say(struct doctor *d, const char *check, enum doctor_result result,
		const char *remedy, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* Something could not be asked: a failure, but for a user who may not ask. */
void doctor_say_error(struct doctor *d, const char *check, const struct pbl_error *err);

/* doctor_modules.c */
void doctor_modules(struct doctor *d);
/* doctor_system.c */
void doctor_kernel(struct doctor *d);
void doctor_device(struct doctor *d);
void doctor_daemon(struct doctor *d);
/* Only while the daemon runs. */
void doctor_socket(struct doctor *d, const struct pbl_partition *p);
/* doctor_qemu.c: the process that a partition is attached to */
void doctor_qemu(struct doctor *d, const struct pbl_partition *p);
/* doctor_libvirt.c */
void doctor_libvirt(struct doctor *d, const struct pbl_list *partitions);
/* doctor_objects.c: needs the connection */
void doctor_objects(struct doctor *d);
/* doctor_client.c: what this partition makes of what it is offered */
void doctor_client(struct doctor *d, const struct pbl_channel *ch);
void doctor_disks(struct doctor *d);

#endif
