// SPDX-License-Identifier: GPL-2.0
/* Reading a journal, which a killed writer may have left without its end. */
#include "history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool fail(const char *path, const char *what)
{
	fprintf(stderr, "noloss: %s: %s\n", path, what);
	return false;
}

bool history_read(struct history *h, const char *path)
{
	char bytes[ENTRY_SIZE];
	struct stat st;
	size_t got;
	FILE *file;

	*h = (struct history) { 0 };
	file = fopen(path, "r");
	if (!file)
		return fail(path, strerror(errno));
	if (fstat(fileno(file), &st)) {
		fclose(file);
		return fail(path, strerror(errno));
	}
	h->entries = calloc(st.st_size / ENTRY_SIZE + 1, sizeof(*h->entries));
	if (!h->entries)
		abort();
	while (h->nr < (size_t)st.st_size / ENTRY_SIZE) {
		got = fread(bytes, ENTRY_SIZE, 1, file);
		if (!got || !entry_decode(bytes, &h->entries[h->nr]))
			break;
		h->nr++;
	}
	h->bytes = (uint64_t)h->nr * ENTRY_SIZE;
	fclose(file);
	/* Entries are written one after the other: only the last may be half. */
	if (h->bytes + ENTRY_SIZE <= (uint64_t)st.st_size) {
		history_free(h);
		return fail(path, "the journal is damaged");
	}
	if (!h->nr)
		return fail(path, "the journal is empty");
	return true;
}

void history_free(struct history *h)
{
	free(h->entries);
	*h = (struct history) { 0 };
}

bool history_feed(struct history *h, struct track *t, uint64_t before)
{
	for (; h->fed < h->nr && h->entries[h->fed].seq < before; h->fed++) {
		if (track_apply(t, &h->entries[h->fed]))
			continue;
		fprintf(stderr, "noloss: the journal: %s\n", track_error(t));
		return false;
	}
	return true;
}
