/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configuration: "key = value" lines, and sections "[partition NAME]" whose
 * lines hold for one partition only. Command line options come last.
 */
#ifndef PBD_CONFIG_H
#define PBD_CONFIG_H

#include <partbus/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PBD_CONFIG_PATH		"/etc/partbus/partbusd.conf"
#define PBD_ALLOW_MAX		32
#define PBD_RUN_DIR_MAX		64

/* Who may connect to a partition's socket. */
struct pbd_access {
	uid_t owner;
	gid_t group;
	mode_t mode;
	uid_t allow[PBD_ALLOW_MAX];	/* besides root and the owner */
	unsigned int allow_count;
};

enum { PBD_SET_OWNER = 1, PBD_SET_GROUP = 2, PBD_SET_MODE = 4, PBD_SET_ALLOW = 8 };

/* @set tells which fields of @access were given: the others are those of all. */
struct pbd_override {
	char name[PARTBUS_NAME_MAX];
	struct pbd_access access;
	unsigned int set;
	struct pbd_override *next;
};

struct pbd_config {
	char run_dir[PBD_RUN_DIR_MAX];
	char device[PBD_RUN_DIR_MAX];
	unsigned int busy_wait_msec;
	unsigned int fd_percent;
	bool holder;
	struct pbd_access access;
	struct pbd_override *overrides;
};

void pbd_config_init(struct pbd_config *config);
/*
 * 0, or -1 with a sentence in @why. A missing file is an error only when
 * @must_exist.
 */
int pbd_config_load(struct pbd_config *config, const char *path, bool must_exist,
		    char *why, size_t size);
/* One global "key", "value" as if it stood in the file. */
int pbd_config_set(struct pbd_config *config, const char *key, const char *value,
		   char *why, size_t size);
/* What no single line tells: -1 with a sentence in @why where lines contradict each other. */
int pbd_config_check(const struct pbd_config *config, char *why, size_t size);
struct pbd_access pbd_config_access(const struct pbd_config *config, const char *name);
bool pbd_access_allowed(const struct pbd_access *access, uid_t uid);
void pbd_config_free(struct pbd_config *config);

#endif
