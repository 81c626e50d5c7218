// SPDX-License-Identifier: GPL-2.0
/* Checks of what this partition makes of what it is offered: drivers and disks. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

void doctor_client(struct doctor *d, const struct pbl_channel *ch)
{
	const char *module = ch->class == PARTBUS_CLASS_BLOCK ? "partbus_vsc_blk" :
			     ch->class == PARTBUS_CLASS_NET ? "partbus_vsc_net" : NULL;

	if (ch->role != PARTBUS_ROLE_CLIENT || !module ||
	    ctl_file_exists(d->c, "/sys/module/%s", module))
		return;
	doctor_say(d, "client", DOCTOR_FAILED,
		   "modprobe it, and add it to the initial RAM disk if it is needed early",
		   "channel %u to resource %s has no driver: %s is not loaded", ch->id,
		   ch->resource, module);
}

static int is_disk(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "pbd", 3);
}

static void check_disk(struct doctor *d, const char *name)
{
	char state[32], resource[PARTBUS_NAME_MAX] = "";

	if (!ctl_file_read(d->c, state, sizeof(state), "/sys/block/%s/partbus/state", name) ||
	    strcmp(state, "no-path"))
		return;
	ctl_file_read(d->c, resource, sizeof(resource), "/sys/block/%s/partbus/resource", name);
	doctor_say(d, "disk", DOCTOR_WARNING,
		   "look at its resource and offer where it is provided; partbus disk del gives it up",
		   "disk %s (resource %s) has no path, its requests wait", name, resource);
}

void doctor_disks(struct doctor *d)
{
	struct dirent **entries;
	char path[300];
	int count;

	snprintf(path, sizeof(path), "%s/sys/block", d->c->root);
	count = scandir(path, &entries, is_disk, versionsort);
	if (count < 0)
		return;
	for (int i = 0; i < count; i++) {
		check_disk(d, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}
