// SPDX-License-Identifier: GPL-2.0
/* A directory that stands for / in tests. */
#include "fake_root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char fake_root[64];

int root_make(void)
{
	strcpy(fake_root, "/tmp/partbus-test-XXXXXX");
	return mkdtemp(fake_root) ? 0 : -1;
}

static int delete_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int root_remove(void)
{
	return nftw(fake_root, delete_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *root_path(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", fake_root, name);
	for (char *s = strchr(path + strlen(fake_root) + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		assert_true(!mkdir(path, 0755) || errno == EEXIST);
		*s = '/';
	}
	return path;
}

void root_write(const char *name, const char *text)
{
	FILE *f = fopen(root_path(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

void root_print(const char *name, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	root_write(name, text);
}

void root_delete(const char *name)
{
	nftw(root_path(name), delete_one, 16, FTW_DEPTH | FTW_PHYS);
}
