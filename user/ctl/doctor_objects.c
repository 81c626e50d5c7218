// SPDX-License-Identifier: GPL-2.0
/* Checks of partitions, resources, offers and channels, and of attached QEMUs. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "doctor.h"
#include "names.h"

#define FDS_PERCENT		80

static void check_socket(struct doctor *d, const struct pbl_partition *p)
{
	char path[400];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s/%s.sock", d->c->root, d->run_dir, p->name);
	if (lstat(path, &st))
		doctor_say(d, "socket", DOCTOR_FAILED, "read the log of partbusd",
			   "partition %s has no socket %s/%s.sock", p->name, d->run_dir, p->name);
	else if (!S_ISSOCK(st.st_mode))
		doctor_say(d, "socket", DOCTOR_FAILED, "remove it and restart partbusd",
			   "%s/%s.sock is no socket", d->run_dir, p->name);
	else if (st.st_mode & 0002)
		doctor_say(d, "socket", DOCTOR_WARNING, "set mode in partbusd.conf",
			   "everybody may connect to %s/%s.sock (mode %04o)", d->run_dir, p->name,
			   st.st_mode & 07777);
	else
		doctor_say(d, "socket", DOCTOR_OK, NULL, "%s/%s.sock is for user %u, group %u, mode %04o",
			   d->run_dir, p->name, st.st_uid, st.st_gid, st.st_mode & 07777);
}

static long count_fds(const struct doctor *d, __u32 pid)
{
	const struct dirent *entry;
	char path[300];
	long count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc/%u/fd", d->c->root, pid);
	dir = opendir(path);
	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static long fd_limit(const struct doctor *d, __u32 pid)
{
	char path[300], line[256];
	long limit = -1;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/%u/limits", d->c->root, pid);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (limit < 0 && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "Max open files", 14))
			limit = strtol(line + 14, NULL, 10);
	}
	fclose(f);
	return limit;
}

/* A QEMU short of descriptors takes a connect for a disconnect and later aborts. */
static void check_fds(struct doctor *d, const struct pbl_partition *p)
{
	long used = count_fds(d, p->pid), limit = fd_limit(d, p->pid);

	if (used < 0 || limit <= 0)
		doctor_say(d, "descriptors", DOCTOR_SKIPPED, "run this as root",
			   "partition %s: the descriptors of process %u cannot be counted",
			   p->name, p->pid);
	else if (used * 100 >= limit * FDS_PERCENT)
		doctor_say(d, "descriptors", DOCTOR_WARNING,
			   "raise RLIMIT_NOFILE of that QEMU (max_files in libvirt's qemu.conf)",
			   "partition %s: process %u has %ld of %ld descriptors open", p->name,
			   p->pid, used, limit);
	else
		doctor_say(d, "descriptors", DOCTOR_OK, NULL,
			   "partition %s: process %u has %ld of %ld descriptors open", p->name,
			   p->pid, used, limit);
}

/* A device with more vectors than lines lets its guest abort the QEMU. */
static void check_vectors(struct doctor *d, const struct pbl_partition *p)
{
	char path[300], text[65536], *at = text;
	size_t length;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/%u/cmdline", d->c->root, p->pid);
	f = fopen(path, "re");
	if (!f)
		return;
	length = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	for (size_t i = 0; i < length; i++) {
		if (!text[i])
			text[i] = ' ';
	}
	text[length] = '\0';
	while ((at = strstr(at, "ivshmem-doorbell"))) {
		const char *vectors, *end = strpbrk(at, " ");
		unsigned long number = 1;	/* QEMU's default */

		at += strlen("ivshmem-doorbell");
		vectors = strstr(at, "vectors");
		if (vectors && (!end || vectors < end))
			number = strtoul(vectors + strcspn(vectors, "0123456789 "), NULL, 10);
		if (number != PARTBUS_LINES)
			doctor_say(d, "vectors", DOCTOR_FAILED,
				   "give the device vectors=16 and start the machine anew",
				   "partition %s: a window of process %u has %lu vectors instead of %u",
				   p->name, p->pid, number, PARTBUS_LINES);
	}
}

static void check_partition(struct doctor *d, const struct pbl_partition *p)
{
	check_socket(d, p);
	if (p->state == PARTBUS_PARTITION_STATE_ATTACHED)
		doctor_say(d, "guest", DOCTOR_WARNING,
			   "load partbus_pci in the guest, or wait until it has started",
			   "partition %s is attached and its kernel has not said hello", p->name);
	if (PBL_HAS(p, PARTBUS_A_PARTITION_HEARTBEAT) &&
	    p->heartbeat == PARTBUS_HEARTBEAT_STATE_LOST)
		doctor_say(d, "guest", DOCTOR_WARNING, "look at the guest's console",
			   "partition %s has been silent for %u ms", p->name, p->heartbeat_age_msec);
	if (p->pid) {
		check_fds(d, p);
		check_vectors(d, p);
	}
}

static void check_resources(struct doctor *d)
{
	struct pbl_list list = PBL_LIST(struct pbl_resource);
	struct pbl_error err = { 0 };
	const struct pbl_resource *r;

	if (pbl_resource_list(&d->c->nl, &list, &err)) {
		doctor_say(d, "resources", DOCTOR_SKIPPED, NULL, "%.300s", err.text);
		/* Some of it may have come before it failed. */
		pbl_list_free(&list);
		return;
	}
	pbl_list_each(r, &list) {
		if (r->state == PARTBUS_RESOURCE_STATE_FAILED)
			doctor_say(d, "resource", DOCTOR_FAILED, "bring its backing device back",
				   "resource %s cannot be used: its backing %s is gone or broken",
				   r->name, r->backing);
	}
	pbl_list_free(&list);
}

static void check_offers(struct doctor *d, const struct pbl_list *partitions)
{
	struct pbl_list list = PBL_LIST(struct pbl_offer);
	struct pbl_error err = { 0 };
	const struct pbl_offer *o;

	if (pbl_offer_list(&d->c->nl, &list, &err)) {
		pbl_list_free(&list);
		return;
	}
	pbl_list_each(o, &list) {
		const char *name = pbl_partition_name(partitions, o->partition);

		if (o->pending)
			doctor_say(d, "offer", DOCTOR_WARNING, "start the partition",
				   "resource %s waits for partition %s to become active",
				   o->resource, name ? name : "(unknown)");
	}
	pbl_list_free(&list);
}

static void check_channels(struct doctor *d)
{
	struct pbl_list list = PBL_LIST(struct pbl_channel);
	struct pbl_error err = { 0 };
	const struct pbl_channel *ch;

	if (pbl_channel_list(&d->c->nl, &list, &err)) {
		doctor_say(d, "channels", DOCTOR_SKIPPED, NULL, "%.300s", err.text);
		/* Some of it may have come before it failed. */
		pbl_list_free(&list);
		return;
	}
	pbl_list_each(ch, &list) {
		if (ch->state == PARTBUS_CHANNEL_STATE_BROKEN)
			doctor_say(d, "channel", DOCTOR_FAILED,
				   "take the offer back and make it anew",
				   "channel %u to resource %s is broken: %s", ch->id, ch->resource,
				   ch->reason[0] ? ch->reason : "no reason was given");
		else if (ch->neg_state == PARTBUS_NEG_STATE_DEAD_END)
			doctor_say(d, "channel", DOCTOR_FAILED,
				   "change the limits of the resource or of the offer",
				   "no contract for channel %u to resource %s: %s", ch->id,
				   ch->resource, ch->reason[0] ? ch->reason : "no reason was given");
		if (ch->violations)
			doctor_say(d, "channel", DOCTOR_WARNING, "read the kernel's log",
				   "the peer of channel %u broke the protocol %llu times", ch->id,
				   (unsigned long long)ch->violations);
	}
	pbl_list_free(&list);
}

void doctor_objects(struct doctor *d)
{
	struct pbl_list partitions = PBL_LIST(struct pbl_partition);
	struct pbl_error err = { 0 };
	const struct pbl_partition *p;

	if (d->host && pbl_partition_list(&d->c->nl, &partitions, &err))
		doctor_say(d, "partitions", DOCTOR_FAILED, NULL, "%.300s", err.text);
	pbl_list_each(p, &partitions) {
		if (p->id != PARTBUS_ROOT_ID)
			check_partition(d, p);
	}
	check_resources(d);
	check_offers(d, &partitions);
	check_channels(d);
	pbl_list_free(&partitions);
}
