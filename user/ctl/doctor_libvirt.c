// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of libvirt's domains before they are started: what they say of the
 * window, and whether the user that their QEMU runs as may connect. libvirt
 * writes these files itself, in one form, so that looking for words will do.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "doctor.h"

#define DOMAINS		"/etc/libvirt/qemu"
#define DOMAIN_MAX	(256 * 1024)

struct user {
	char name[64];
	unsigned long uid, gid;
};

/* "user = "NAME"" in qemu.conf; false when nobody wrote one there. */
static bool configured(const struct doctor *d, char *name, size_t size)
{
	char path[300], line[512];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/etc/libvirt/qemu.conf", d->c->root);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		const char *at = line + strspn(line, " \t");
		size_t length;

		if (strncmp(at, "user", 4) || !strchr(" \t=", at[4]))
			continue;
		at += 4 + strspn(at + 4, " \t=\"+");
		length = strcspn(at, "\" \t\n");
		if (!length || length >= size)
			continue;
		memcpy(name, at, length);
		name[length] = '\0';
		found = true;
	}
	fclose(f);
	return found;
}

/* By name in the host's own list; others are not looked for. */
static bool find_user(const struct doctor *d, const char *name, struct user *user)
{
	char path[300], line[512], entry[64];
	unsigned long uid, gid;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/etc/passwd", d->c->root);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63[^:]:%*[^:]:%lu:%lu:", entry, &uid, &gid) != 3)
			continue;
		found = !strcmp(entry, name);
		if (found) {
			strcpy(user->name, entry);
			user->uid = uid;
			user->gid = gid;
		}
	}
	fclose(f);
	return found;
}

/* Whom libvirt starts QEMUs as: what its configuration says, or its usual default. */
static bool libvirt_user(const struct doctor *d, struct user *user)
{
	char name[64];

	if (configured(d, name, sizeof(name)))
		return find_user(d, name, user);
	return find_user(d, "libvirt-qemu", user) || find_user(d, "qemu", user);
}

static void check_access(struct doctor *d, const char *domain, const char *partition)
{
	struct user user;
	char path[400];
	struct stat st;
	mode_t may;

	snprintf(path, sizeof(path), "%s%s/%s.sock", d->c->root, d->run_dir, partition);
	if (lstat(path, &st) || !S_ISSOCK(st.st_mode) || !libvirt_user(d, &user) || !user.uid)
		return;
	may = st.st_uid == user.uid ? 0200 : st.st_gid == user.gid ? 0020 : 0002;
	/* Which further groups a QEMU is in is not looked up. */
	if (may == 0002 && st.st_gid && st.st_mode & 0020)
		return;
	if (!(st.st_mode & may))
		doctor_say(d, "libvirt", DOCTOR_WARNING,
			   "name that user as owner of the partition in partbusd.conf, and reload partbusd",
			   "domain %s: user %s may not connect to %s/%s.sock (user %u, group %u, mode %04o)",
			   domain, user.name, d->run_dir, partition, st.st_uid, st.st_gid,
			   st.st_mode & 07777);
}

static const struct pbl_partition *find_partition(const struct pbl_list *partitions,
						  const char *name)
{
	const struct pbl_partition *p;

	pbl_list_each(p, partitions) {
		if (!strcmp(p->name, name))
			return p;
	}
	return NULL;
}

/* @shmem: from "<server path='" to the end of its element, a string of its own */
static void check_window(struct doctor *d, const struct pbl_list *partitions, const char *domain,
			 const char *partition, const char *shmem)
{
	const struct pbl_partition *p = find_partition(partitions, partition);
	const char *vectors = strstr(shmem, "vectors='");
	unsigned long number = vectors ? strtoul(vectors + 9, NULL, 10) : 1;

	if (!p) {
		doctor_say(d, "libvirt", DOCTOR_WARNING,
			   "partbus partition add, or partbus restore, before it is started",
			   "domain %s wants the window of partition %s, which is not defined",
			   domain, partition);
		return;
	}
	if (number != PARTBUS_LINES)
		doctor_say(d, "libvirt", DOCTOR_FAILED,
			   "<msi vectors='16' ioeventfd='on'/> (virsh edit)",
			   "domain %s gives its window %lu vectors instead of %u", domain, number,
			   PARTBUS_LINES);
	/* One that is attached has got in. */
	if (!p->pid && d->daemon)
		check_access(d, domain, partition);
}

/* The partition whose socket @path is; NULL when it is none of ours. */
static const char *partition_of(const struct doctor *d, char *path)
{
	char *name = strrchr(path, '/'), *end = strstr(path, ".sock");
	const char *dir = path;

	if (!name || !end || end[5] || end < name)
		return NULL;
	*name++ = '\0';
	*end = '\0';
	/* /var/run is /run under another name. */
	if (!strncmp(dir, "/var/run/", 9))
		dir += 4;
	return *name && !strcmp(dir, d->run_dir) ? name : NULL;
}

static void check_domain(struct doctor *d, const struct pbl_list *partitions, const char *file,
			 char *text)
{
	char domain[64];
	char *at = text;

	snprintf(domain, sizeof(domain), "%.*s", (int)(strlen(file) - strlen(".xml")), file);
	while ((at = strstr(at, "<server path='"))) {
		char *end, path[256];
		const char *partition;
		size_t length;

		at += strlen("<server path='");
		length = strcspn(at, "'");
		end = strstr(at, "</shmem>");
		if (!end || length >= sizeof(path))
			continue;
		memcpy(path, at, length);
		path[length] = '\0';
		partition = partition_of(d, path);
		*end = '\0';
		if (partition)
			check_window(d, partitions, domain, partition, at);
		at = end + 1;
	}
}

static int is_domain(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && !strcmp(entry->d_name + length - 4, ".xml");
}

void doctor_libvirt(struct doctor *d, const struct pbl_list *partitions)
{
	struct dirent **entries;
	char path[600];
	int count;

	snprintf(path, sizeof(path), "%s" DOMAINS, d->c->root);
	count = scandir(path, &entries, is_domain, versionsort);
	if (count < 0)
		return;
	for (int i = 0; i < count; i++) {
		char *text = malloc(DOMAIN_MAX);
		FILE *f;

		snprintf(path, sizeof(path), "%s" DOMAINS "/%s", d->c->root, entries[i]->d_name);
		f = text ? fopen(path, "re") : NULL;
		if (f) {
			text[fread(text, 1, DOMAIN_MAX - 1, f)] = '\0';
			fclose(f);
			check_domain(d, partitions, entries[i]->d_name, text);
		}
		free(text);
		free(entries[i]);
	}
	free(entries);
}
