// SPDX-License-Identifier: GPL-2.0
/*
 * Names of partitions come from the kernel and may hold any byte; as part of
 * a path they must not. What is not plain becomes %XX.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

static bool plain(char c, bool first)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	if (c == '_' || c == '+' || c == '@')
		return true;
	/* Files with a dot in front are ours; systemd's names are parted by colons. */
	return (c == '.' || c == '-') && !first;
}

int pbd_encode_name(const char *name, char *text, size_t size)
{
	size_t used = 0;

	if (!*name)
		return -EINVAL;
	for (const char *c = name; *c; c++) {
		if (used + 4 > size)
			return -ENAMETOOLONG;
		if (plain(*c, c == name))
			text[used++] = *c;
		else
			used += sprintf(text + used, "%%%02x", (unsigned char)*c);
	}
	text[used] = '\0';
	return 0;
}

int pbd_decode_name(const char *text, char *name, size_t size)
{
	size_t used = 0;

	while (*text) {
		char hex[3] = "", *end;

		if (used + 1 >= size)
			return -ENAMETOOLONG;
		if (*text != '%') {
			name[used++] = *text++;
			continue;
		}
		strncpy(hex, text + 1, 2);
		name[used] = strtoul(hex, &end, 16);
		if (end != hex + 2 || !name[used])
			return -EINVAL;
		used++;
		text += 3;
	}
	name[used] = '\0';
	return used ? 0 : -EINVAL;
}
