// SPDX-License-Identifier: GPL-2.0
/*
 * Errors: from errno to exit code, and the one line that people get to read.
 * Who prints it, and in which format, is not decided here.
 */
#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int pbl_exit_of_errno(int number)
{
	switch (number) {
	case 0:
		return PBL_OK;
	case EPERM:
	case EACCES:
		return PBL_PERMISSION;
	case ENOENT:
	case ENODEV:
	case ENXIO:
	case ESRCH:
		return PBL_NOT_FOUND;
	case ETIMEDOUT:
	case ETIME:
	case EINPROGRESS:
		return PBL_TIMEOUT;
	default:
		return PBL_REFUSED;
	}
}

static void error_fill(struct pbl_error *err, int exit, int number, const char *format,
		       va_list args)
{
	if (!err)
		return;
	err->exit = exit;
	err->number = number;
	err->attr[0] = '\0';
	vsnprintf(err->text, sizeof(err->text), format, args);
}

int pbl_error_set(struct pbl_error *err, int exit, int number, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_fill(err, exit, number, format, args);
	va_end(args);
	return number > 0 ? -number : -EINVAL;
}

int pbl_usage(struct pbl_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_fill(err, PBL_USAGE, 0, format, args);
	va_end(args);
	return -EINVAL;
}

const char *pbl_errno_name(int number)
{
	return number > 0 ? strerrorname_np(number) : NULL;
}

void pbl_error_line(const struct pbl_error *err, char *line, unsigned long size)
{
	char attr[128] = "", number[128] = "";

	/* One line it stays, whatever a kernel or a guest put into the text. */
	if (err->attr[0])
		snprintf(attr, sizeof(attr), " (attribute %s)", err->attr);
	if (err->number)
		snprintf(number, sizeof(number), ": %s", strerror(err->number));
	snprintf(line, size, "%s%s%s", err->text, attr, number);
	for (char *c = line; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	}
}
