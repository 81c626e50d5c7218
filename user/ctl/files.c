// SPDX-License-Identifier: GPL-2.0
/* Small files of the kernel, below the root that tests set. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

static void make_path(const struct ctl *c, char *path, size_t size, const char *format,
		      va_list args)
{
	int used = snprintf(path, size, "%s", c->root);

	vsnprintf(path + used, size - used, format, args);
}

bool ctl_file_exists(const struct ctl *c, const char *format, ...)
{
	char path[512];
	va_list args;

	va_start(args, format);
	make_path(c, path, sizeof(path), format, args);
	va_end(args);
	return !access(path, F_OK);
}

bool ctl_file_read(const struct ctl *c, char *text, size_t size, const char *format, ...)
{
	char path[512];
	va_list args;
	bool ok;
	FILE *f;

	va_start(args, format);
	make_path(c, path, sizeof(path), format, args);
	va_end(args);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(text, size, f) != NULL;
	if (ok)
		text[strcspn(text, "\n")] = '\0';
	fclose(f);
	return ok;
}

int ctl_file_write(const struct ctl *c, const char *text, const char *format, ...)
{
	ssize_t size = strlen(text), done;
	int fd, ret = 0;
	char path[512];
	va_list args;

	va_start(args, format);
	make_path(c, path, sizeof(path), format, args);
	va_end(args);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* In one go: the kernel takes each write as a whole. */
	done = write(fd, text, size);
	if (done != size)
		ret = done < 0 ? -errno : -EIO;
	close(fd);
	return ret;
}
