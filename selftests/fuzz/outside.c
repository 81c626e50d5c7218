// SPDX-License-Identifier: GPL-2.0
/* The functions that stand in the place of the system's. */
#include "outside.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define SLEEPS_MAX	3

struct outside outside;

static bool exists(const char *path)
{
	return !strcmp(path, "f") || !strncmp(path, OUTSIDE_ROOT "/", sizeof(OUTSIDE_ROOT));
}

FILE *outside_fopen(const char *path, const char *mode);
FILE *outside_fopen(const char *path, const char *mode)
{
	if (!exists(path) || mode[0] != 'r') {
		errno = ENOENT;
		return NULL;
	}
	/* fmemopen() makes nothing of no bytes at all. */
	return outside.size ? fmemopen((void *)outside.file, outside.size, "r") :
			      fmemopen((void *)"\n", 1, "r");
}

int outside_access(const char *path, int mode);
int outside_access(const char *path, int mode)
{
	(void)mode;
	errno = ENOENT;
	return exists(path) ? 0 : -1;
}

static int any_stat(const char *path, struct stat *st)
{
	if (!exists(path)) {
		errno = ENOENT;
		return -1;
	}
	memset(st, 0, sizeof(*st));
	st->st_mode = outside.mode;
	return 0;
}

int outside_stat(const char *path, struct stat *st);
int outside_stat(const char *path, struct stat *st)
{
	return any_stat(path, st);
}

int outside_lstat(const char *path, struct stat *st);
int outside_lstat(const char *path, struct stat *st)
{
	return any_stat(path, st);
}

/* Every directory has two entries besides itself. */
static struct {
	struct dirent entry;
	int at;
} directory;

DIR *outside_opendir(const char *path);
DIR *outside_opendir(const char *path)
{
	if (!exists(path)) {
		errno = ENOENT;
		return NULL;
	}
	directory.at = 0;
	return (DIR *)&directory;
}

struct dirent *outside_readdir(DIR *dir);
struct dirent *outside_readdir(DIR *dir)
{
	static const char *const names[] = { ".", "0000:00:01.0", "7" };

	(void)dir;
	if (directory.at == sizeof(names) / sizeof(names[0]))
		return NULL;
	strcpy(directory.entry.d_name, names[directory.at++]);
	return &directory.entry;
}

int outside_closedir(DIR *dir);
int outside_closedir(DIR *dir)
{
	(void)dir;
	return 0;
}

/* A file that is written anew. */
int outside_mkstemp(char *name);
int outside_mkstemp(char *name)
{
	size_t length = strlen(name);

	if (length < 6 || strcmp(name + length - 6, "XXXXXX"))
		abort();
	return memfd_create("outside", MFD_CLOEXEC);
}

int outside_rename(const char *from, const char *to);
int outside_rename(const char *from, const char *to)
{
	if (strncmp(from, to, strlen(to)))
		abort();
	outside.written++;
	return 0;
}

int outside_unlink(const char *path);
int outside_unlink(const char *path)
{
	(void)path;
	return 0;
}

int outside_nanosleep(const struct timespec *time, struct timespec *left);
int outside_nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)time;
	(void)left;
	if (++outside.sleeps == SLEEPS_MAX && outside.tired)
		outside.tired();
	return 0;
}

ssize_t outside_getrandom(void *buffer, size_t size, unsigned int flags);
ssize_t outside_getrandom(void *buffer, size_t size, unsigned int flags)
{
	(void)flags;
	memset(buffer, 0x5a, size);
	return size;
}

struct passwd *outside_getpwnam(const char *name);
struct passwd *outside_getpwnam(const char *name)
{
	static struct passwd qemu = { .pw_uid = 107 };

	return strcmp(name, "qemu") ? NULL : &qemu;
}

struct group *outside_getgrnam(const char *name);
struct group *outside_getgrnam(const char *name)
{
	static struct group kvm = { .gr_gid = 36 };

	return strcmp(name, "kvm") ? NULL : &kvm;
}
