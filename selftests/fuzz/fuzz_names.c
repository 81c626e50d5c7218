// SPDX-License-Identifier: GPL-2.0
/*
 * Names of partitions as parts of paths and of stored names. Whatever a
 * partition is called its socket stays in the run directory, and two
 * partitions never share a name.
 */
#include "fuzz.h"

#include <partbus/types.h>

#include "store.h"

static void check_plain(const char *text)
{
	must(text[0] && text[0] != '.' && text[0] != '-', "a file name that means something else");
	for (; *text; text++)
		must(*text != '/' && *text != ':' && (unsigned char)*text > ' ' &&
		     (unsigned char)*text < 0x7f, "a character that no file name should have");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = malloc(size + 1), text[3 * PARTBUS_NAME_MAX], again[3 * PARTBUS_NAME_MAX];
	char decoded[PARTBUS_NAME_MAX];

	memcpy(name, data, size);
	name[size] = '\0';
	if (!pbd_encode_name(name, text, sizeof(text))) {
		check_plain(text);
		if (strlen(name) < sizeof(decoded)) {
			must(!pbd_decode_name(text, decoded, sizeof(decoded)) &&
			     !strcmp(name, decoded), "a name changes");
			REACHED_IF(strchr(text, '%'), "a name there and back");
		}
	} else {
		must(!*name || strlen(name) >= sizeof(text) / 3 - 1, "a name cannot be encoded");
	}
	/* And what somebody else stored. */
	if (!pbd_decode_name(name, decoded, sizeof(decoded))) {
		must(decoded[0] && memchr(decoded, 0, sizeof(decoded)), "a name that is none");
		must(!pbd_encode_name(decoded, again, sizeof(again)) && !strcmp(again, name),
		     "two stored names for one partition");
		REACHED_IF(strchr(name, '%'), "a stored name");
	}
	free(name);
	return 0;
}

void fuzz_seeds(fuzz_emit emit)
{
	static const struct {
		const char *name, *text;
	} seeds[] = {
		{ "plain", "web.db-1" },
		{ "path", "../web db:\xc3\xa9" },
		{ "stored", "%2e.%2fweb" },
		/* What no encoder makes: the other case, what is plain, half of one. */
		{ "stored-upper-case", "%2Fweb" },
		{ "stored-plain", "%77eb" },
		{ "stored-end", "web%2" },
	};
	char slashes[PARTBUS_NAME_MAX];

	for (unsigned int i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		emit(seeds[i].name, seeds[i].text, strlen(seeds[i].text));
	/* The longest that a partition can have, and one more, all to be encoded. */
	memset(slashes, '/', sizeof(slashes));
	emit("longest", slashes, sizeof(slashes) - 1);
	emit("too-long", slashes, sizeof(slashes));
}
