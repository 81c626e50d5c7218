// SPDX-License-Identifier: GPL-2.0
/* Checks of the kernel, the device file, the daemon and its sockets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "doctor.h"

#define LISTENS		0x10000		/* __SO_ACCEPTCON in /proc/net/unix */

void doctor_kernel(struct doctor *d)
{
	static const struct {
		unsigned long bit;
		const char *text;
	} flags[] = {
		{ 1UL << 7, "it has oopsed" },
		{ 1UL << 5, "it found a bad page" },
		{ 1UL << 4, "it had a machine check" },
		{ 1UL << 14, "a CPU was locked up" },
		{ 1UL << 9, "it has warned" },
	};
	char text[32];
	unsigned long taint;

	if (!ctl_file_read(d->c, text, sizeof(text), "/proc/sys/kernel/tainted"))
		return;
	taint = strtoul(text, NULL, 10);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!(taint & flags[i].bit))
			continue;
		doctor_say(d, "kernel", DOCTOR_WARNING, "read the kernel's log and restart",
			   "the kernel is tainted (%lu): %s", taint, flags[i].text);
		return;
	}
	doctor_say(d, "kernel", DOCTOR_OK, NULL, "the kernel has not complained (taint %lu)", taint);
}

void doctor_device(struct doctor *d)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/dev/partbus", d->c->root);
	if (stat(path, &st))
		doctor_say(d, "device", DOCTOR_FAILED,
			   "look for a devtmpfs on /dev and for udev rules that remove it",
			   "there is no /dev/partbus");
	else if (!S_ISCHR(st.st_mode))
		doctor_say(d, "device", DOCTOR_FAILED, "remove it and load partbus_host again",
			   "/dev/partbus is no device");
	else if (st.st_mode & 0007)
		doctor_say(d, "device", DOCTOR_WARNING, "chmod o= /dev/partbus",
			   "everybody may open /dev/partbus (mode %04o)", st.st_mode & 07777);
	else
		doctor_say(d, "device", DOCTOR_OK, NULL, "/dev/partbus is there");
}

/* Its lock tells; taking it ourselves could turn a starting daemon away. */
static enum doctor_answer lock_held(const struct doctor *d, const struct stat *st)
{
	char path[300], line[256], inode[64];
	bool held = false;
	FILE *f;

	snprintf(inode, sizeof(inode), " %02x:%02x:%lu ", major(st->st_dev), minor(st->st_dev),
		 (unsigned long)st->st_ino);
	snprintf(path, sizeof(path), "%s/proc/locks", d->c->root);
	f = fopen(path, "re");
	if (!f)
		return DOCTOR_UNKNOWN;
	while (!held && fgets(line, sizeof(line), f))
		held = strstr(line, "FLOCK") && strstr(line, inode);
	fclose(f);
	return held ? DOCTOR_YES : DOCTOR_NO;
}

void doctor_daemon(struct doctor *d)
{
	enum doctor_answer held;
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s/.lock", d->c->root, d->run_dir);
	if (stat(path, &st)) {
		doctor_say(d, "daemon", DOCTOR_FAILED,
			   "systemctl start partbusd; if its run_dir is another, name it here",
			   "partbusd has not run here (no %s/.lock)", d->run_dir);
		return;
	}
	held = lock_held(d, &st);
	d->daemon = held != DOCTOR_NO;
	if (held == DOCTOR_UNKNOWN)
		doctor_say(d, "daemon", DOCTOR_SKIPPED, "mount /proc",
			   "/proc/locks, which tells whether partbusd runs, cannot be read");
	else if (held == DOCTOR_NO)
		doctor_say(d, "daemon", DOCTOR_FAILED, "systemctl start partbusd",
			   "partbusd does not run; running guests go on, none can start");
	else
		doctor_say(d, "daemon", DOCTOR_OK, NULL, "partbusd runs");
}

/* Does anybody listen at a socket of this file name? By the list of the kernel. */
static enum doctor_answer listening(const struct doctor *d, const char *partition)
{
	char path[300], line[512], name[PARTBUS_NAME_MAX + 8];
	bool found = false;
	FILE *f;

	snprintf(name, sizeof(name), "/%s.sock", partition);
	snprintf(path, sizeof(path), "%s/proc/net/unix", d->c->root);
	f = fopen(path, "re");
	if (!f)
		return DOCTOR_UNKNOWN;
	while (!found && fgets(line, sizeof(line), f)) {
		const char *end;
		unsigned long flags;

		line[strcspn(line, "\n")] = '\0';
		/* The directory is left out: /var/run is /run under another name. */
		end = strlen(line) > strlen(name) ? line + strlen(line) - strlen(name) : "";
		/* "Num RefCount Protocol Flags ...": connections have the path, too */
		if (!strcmp(end, name) && sscanf(line, "%*s %*s %*s %lx", &flags) == 1)
			found = flags & LISTENS;
	}
	fclose(f);
	return found ? DOCTOR_YES : DOCTOR_NO;
}

/* May the socket's owner, when not root, reach it at all? */
static bool passable(const struct doctor *d, const struct stat *socket)
{
	char path[300];
	struct stat dir;

	snprintf(path, sizeof(path), "%s%s", d->c->root, d->run_dir);
	if (!socket->st_uid || stat(path, &dir) || dir.st_uid == socket->st_uid)
		return true;
	return dir.st_mode & (dir.st_gid == socket->st_gid ? 0011 : 0001);
}

void doctor_socket(struct doctor *d, const struct pbl_partition *p)
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
	else if (listening(d, p->name) == DOCTOR_NO)
		doctor_say(d, "socket", DOCTOR_FAILED, "systemctl restart partbusd",
			   "nobody listens at %s/%s.sock, an earlier daemon left it", d->run_dir,
			   p->name);
	else if (!passable(d, &st))
		doctor_say(d, "socket", DOCTOR_FAILED, "chmod 755 the directory",
			   "user %u owns %s/%s.sock and may not enter %s", st.st_uid, d->run_dir,
			   p->name, d->run_dir);
	else if (st.st_mode & 0002)
		doctor_say(d, "socket", DOCTOR_WARNING,
			   "set mode in partbusd.conf, and systemctl reload partbusd",
			   "everybody may connect to %s/%s.sock (mode %04o)", d->run_dir, p->name,
			   st.st_mode & 07777);
	else
		doctor_say(d, "socket", DOCTOR_OK, NULL, "%s/%s.sock is for user %u, group %u, mode %04o",
			   d->run_dir, p->name, st.st_uid, st.st_gid, st.st_mode & 07777);
}
