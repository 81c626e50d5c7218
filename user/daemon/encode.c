// SPDX-License-Identifier: GPL-2.0
/*
 * Names of partitions come from the kernel and may hold any byte; as part of
 * a path they must not. What is not plain becomes %XX.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
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

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Only what pbd_encode_name() makes: no partition has two stored names. */
int pbd_decode_name(const char *text, char *name, size_t size)
{
	size_t used = 0;

	while (*text) {
		bool first = !used;

		if (used + 1 >= size)
			return -ENAMETOOLONG;
		if (*text == '%') {
			int high = hex_digit(text[1]);
			int low = high < 0 ? -1 : hex_digit(text[2]);

			if (low < 0 || !(high | low) || plain(high << 4 | low, first))
				return -EINVAL;
			name[used++] = high << 4 | low;
			text += 3;
		} else {
			if (!plain(*text, first))
				return -EINVAL;
			name[used++] = *text++;
		}
	}
	name[used] = '\0';
	return used ? 0 : -EINVAL;
}
