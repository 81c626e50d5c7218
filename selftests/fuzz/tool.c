// SPDX-License-Identifier: GPL-2.0
/* Runs the command line tool and looks at what it prints. */
#include "tool.h"

#include <jansson.h>

#include "fuzz.h"
#include "outside.h"

const struct ctl_object *const tool_objects[] = {
	&ctl_partition, &ctl_resource, &ctl_offer, &ctl_channel, &ctl_contract, &ctl_disk,
	&ctl_stat, &ctl_monitor, &ctl_graph, &ctl_save, &ctl_restore, &ctl_doctor, NULL,
};

/* What came from elsewhere must not steer a terminal; JSON has a delete character as it is. */
static void check_text(const char *text, size_t length, bool json)
{
	for (size_t i = 0; i < length; i++)
		must(((unsigned char)text[i] >= ' ' && (json || text[i] != 0x7f)) ||
		     text[i] == '\n' || text[i] == '\t', "a control character is printed");
}

static void check_json(char *text)
{
	char *save, *line;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		json_t *j = json_loads(line, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);

		must(j, "-j prints what is no JSON");
		json_decref(j);
		REACHED("JSON was printed");
	}
}

static bool has_word(int argc, char **argv, const char *word)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], word))
			return true;
	}
	return false;
}

int tool_run(int (*open)(struct pbl_nl *nl, struct pbl_error *err), int argc, char **argv)
{
	char *out = NULL, *errors = NULL;
	size_t out_size = 0, errors_size = 0;
	struct ctl c = { .open = open, .root = OUTSIDE_ROOT };
	bool json, pretty;
	int ret;

	c.out.file = open_memstream(&out, &out_size);
	c.errors = open_memstream(&errors, &errors_size);
	ret = ctl_main(&c, argc, argv);
	json = c.json && !has_word(argc, argv, "help");
	pretty = c.pretty;
	fclose(c.out.file);
	fclose(c.errors);
	must(ret >= PBL_OK && ret <= PBL_LOCAL, "an exit code that there is not");
	must(ret == PBL_OK || errors_size, "an error without a sentence");
	must(ret != PBL_OK || !errors_size, "a sentence without an error");
	must(!c.connected, "the connection is left open");
	/* What is saved is always JSON. */
	check_text(out, out_size, c.json || out[0] == '{');
	check_text(errors, errors_size, c.json);
	if (c.json)
		check_json(errors);
	/* Help is for people, and so is pretty JSON, which has many lines. */
	if (json && !pretty && !strstr(out, "Usage:") && strncmp(out, "partbus ", 8))
		check_json(out);
	free(out);
	free(errors);
	return ret;
}
