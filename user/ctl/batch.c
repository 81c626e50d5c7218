// SPDX-License-Identifier: GPL-2.0
/*
 * Commands from a file: one a line, words apart by blanks, "..." around words
 * with blanks, # begins a comment. The first error ends the batch.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

#define WORDS_MAX	256

/* Cuts @line in place. Number of words or -1. */
static int split(struct ctl *c, char *line, char **words)
{
	int count = 0;
	char *p = line;

	for (;;) {
		char *to;
		bool quoted = false;

		p += strspn(p, " \t\r\n");
		if (!*p || *p == '#')
			return count;
		if (count == WORDS_MAX) {
			pbl_usage(&c->err, "more than %d words", WORDS_MAX);
			return -1;
		}
		words[count++] = p;
		for (to = p; *p && (quoted || !strchr(" \t\r\n", *p)); p++) {
			if (*p == '"')
				quoted = !quoted;
			else
				*to++ = *p;
		}
		if (quoted) {
			pbl_usage(&c->err, "a closing quote is missing");
			return -1;
		}
		if (*p)
			p++;
		*to = '\0';
	}
}

int ctl_batch(struct ctl *c, const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *line = NULL, *words[WORDS_MAX];
	size_t size = 0;
	int ret = PBL_OK;

	if (!f) {
		pbl_error_set(&c->err, PBL_LOCAL, errno, "cannot read \"%.200s\"", path);
		return ctl_report(c);
	}
	while (ret == PBL_OK && getline(&line, &size, f) >= 0) {
		struct args a = { .word = words };

		c->batch_line++;
		a.count = split(c, line, words);
		if (a.count < 0)
			ret = ctl_report(c);
		else if (a.count)
			ret = ctl_line(c, &a);
	}
	if (ret == PBL_OK && ferror(f)) {
		pbl_error_set(&c->err, PBL_LOCAL, errno, "cannot read \"%.200s\"", path);
		ret = ctl_report(c);
	}
	free(line);
	if (f != stdin)
		fclose(f);
	return ret;
}
