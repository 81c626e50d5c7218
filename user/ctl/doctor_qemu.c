// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of an attached QEMU, by what /proc says of its process: descriptors,
 * KVM, and how it was told to make the window. A QEMU can write its command
 * line anew, so that what stands there is never more than a hint.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"

#define FDS_PERCENT	80		/* partbusd's fd_percent, if nobody changed it */
#define CMDLINE_MAX	65536
#define CHARDEV_MAX	64

struct fds {
	long used;		/* negative: not to be seen */
	bool kvm;		/* one of them is a virtual machine */
};

static struct fds look_at_fds(const struct doctor *d, __u32 pid)
{
	const struct dirent *entry;
	char path[600], target[64];
	struct fds fds = { 0 };
	ssize_t length;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc/%u/fd", d->c->root, pid);
	dir = opendir(path);
	if (!dir) {
		fds.used = -1;
		return fds;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		fds.used++;
		snprintf(path, sizeof(path), "%s/proc/%u/fd/%s", d->c->root, pid, entry->d_name);
		length = readlink(path, target, sizeof(target) - 1);
		if (length < 0)
			continue;
		target[length] = '\0';
		fds.kvm = fds.kvm || !strcmp(target, "anon_inode:kvm-vm");
	}
	closedir(dir);
	return fds;
}

/* The soft limit; negative when there is none, 0 when it is not to be seen. */
static long fd_limit(const struct doctor *d, __u32 pid)
{
	char path[300], line[256];
	long limit = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/%u/limits", d->c->root, pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (!limit && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "Max open files", 14))
			continue;
		limit = strstr(line, "unlimited ") ? -1 : strtol(line + 14, NULL, 10);
	}
	fclose(f);
	return limit;
}

/* A QEMU short of descriptors takes a connect for a disconnect and later aborts. */
static void check_fds(struct doctor *d, const struct pbl_partition *p)
{
	struct fds fds = look_at_fds(d, p->pid);
	long limit = fd_limit(d, p->pid);

	if (fds.used < 0 || !limit)
		doctor_say(d, "descriptors", DOCTOR_SKIPPED, "run this as root",
			   "partition %s: the descriptors of process %u cannot be counted",
			   p->name, p->pid);
	else if (limit < 0)
		doctor_say(d, "descriptors", DOCTOR_OK, NULL,
			   "partition %s: process %u has %ld descriptors open, without a limit",
			   p->name, p->pid, fds.used);
	else if (fds.used * 100 >= limit * FDS_PERCENT)
		doctor_say(d, "descriptors", DOCTOR_WARNING,
			   "raise RLIMIT_NOFILE of that QEMU (max_files in libvirt's qemu.conf)",
			   "partition %s: process %u has %ld of %ld descriptors open", p->name,
			   p->pid, fds.used, limit);
	else
		doctor_say(d, "descriptors", DOCTOR_OK, NULL,
			   "partition %s: process %u has %ld of %ld descriptors open", p->name,
			   p->pid, fds.used, limit);
	if (fds.used < 0)
		return;
	if (fds.kvm)
		doctor_say(d, "kvm", DOCTOR_OK, NULL, "partition %s: process %u uses KVM", p->name,
			   p->pid);
	else
		doctor_say(d, "kvm", DOCTOR_WARNING, "start that QEMU with -accel kvm",
			   "partition %s: process %u emulates, it has no virtual machine of KVM",
			   p->name, p->pid);
}

/* The value of @key in "a,b=c" or in {"a":"b","c":5}. */
static bool option(const char *word, const char *key, char *value, size_t size)
{
	size_t length = strlen(key);

	for (const char *at = word; (at = strstr(at, key)); at += length) {
		const char *v = at + length;
		size_t end;

		if (at != word && !strchr(",{\" ", at[-1]))
			continue;
		v += *v == '"';
		if (*v != '=' && *v != ':')
			continue;
		v++;
		v += strspn(v, " \"");
		end = strcspn(v, ",\"}");
		if (end >= size)
			return false;
		memcpy(value, v, end);
		value[end] = '\0';
		return true;
	}
	return false;
}

static bool is_device(const char *word, const char *driver)
{
	char name[32];
	size_t length;

	if (word[0] == '{' && !option(word, "driver", name, sizeof(name)))
		return false;
	if (word[0] != '{') {
		length = strcspn(word, ",");
		if (length >= sizeof(name))
			return false;
		memcpy(name, word, length);
		name[length] = '\0';
	}
	return !strncmp(name, driver, strlen(driver));
}

/* The argument after this option, from @at on; NULL at the end. */
static const char *argument(const char *option_name, const char *at, const char *end)
{
	while (at < end) {
		const char *next = at + strlen(at) + 1;

		/* "-device" and "--device" are the same. */
		if (next < end && at[0] == '-' && !strcmp(at + 1 + (at[1] == '-'), option_name))
			return next;
		at = next;
	}
	return NULL;
}

/* Which character device is connected to the partition's socket? */
static bool find_chardev(const struct pbl_partition *p, const char *text, const char *end,
			 char id[CHARDEV_MAX])
{
	char name[PARTBUS_NAME_MAX + 8], path[256];

	snprintf(name, sizeof(name), "/%s.sock", p->name);
	for (const char *at = argument("chardev", text, end); at; at = argument("chardev", at, end)) {
		if (option(at, "path", path, sizeof(path)) && strlen(path) > strlen(name) &&
		    !strcmp(path + strlen(path) - strlen(name), name) &&
		    option(at, "id", id, CHARDEV_MAX))
			return true;
	}
	return false;
}

/* A device with more vectors than lines lets its guest abort the QEMU. */
static void check_vectors(struct doctor *d, const struct pbl_partition *p, const char *device)
{
	char value[32];
	unsigned long number = 1;	/* QEMU's default */

	if (option(device, "vectors", value, sizeof(value)))
		number = strtoul(value, NULL, 0);
	if (number != PARTBUS_LINES)
		doctor_say(d, "vectors", DOCTOR_FAILED,
			   "give the device vectors=16 and start the machine anew",
			   "partition %s: the window of process %u has %lu vectors instead of %u",
			   p->name, p->pid, number, PARTBUS_LINES);
	else
		doctor_say(d, "vectors", DOCTOR_OK, NULL,
			   "partition %s: the window of process %u has %lu vectors", p->name,
			   p->pid, number);
}

static void check_devices(struct doctor *d, const struct pbl_partition *p)
{
	char path[300], text[CMDLINE_MAX], chardev[CHARDEV_MAX], value[CHARDEV_MAX];
	const char *end;
	bool ours, vfio = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/%u/cmdline", d->c->root, p->pid);
	f = fopen(path, "re");
	if (!f)
		return;
	end = text + fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[end - text] = '\0';
	ours = find_chardev(p, text, end, chardev);
	for (const char *at = argument("device", text, end); at; at = argument("device", at, end)) {
		if (ours && is_device(at, "ivshmem-doorbell") &&
		    option(at, "chardev", value, sizeof(value)) && !strcmp(value, chardev))
			check_vectors(d, p, at);
		vfio = vfio || is_device(at, "vfio-");
	}
	if (vfio)
		doctor_say(d, "passthrough", DOCTOR_WARNING,
			   "pass no device through to a guest that has a window",
			   "partition %s: process %u has a VFIO device: what it does in the window goes to stale pages",
			   p->name, p->pid);
}

void doctor_qemu(struct doctor *d, const struct pbl_partition *p)
{
	check_fds(d, p);
	check_devices(d, p);
}
