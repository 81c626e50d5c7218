// SPDX-License-Identifier: GPL-2.0
/*
 * Options, dispatch to objects and commands, help, and the one place where
 * errors are printed.
 */
#include <getopt.h>
#include <string.h>

#include "ctl.h"

static const struct ctl_object *const objects[] = {
	&ctl_partition, &ctl_resource, &ctl_offer, &ctl_channel, &ctl_contract, &ctl_disk,
	&ctl_stat, &ctl_monitor, &ctl_graph, &ctl_save, &ctl_restore, &ctl_doctor,
};

#define OBJECTS	(sizeof(objects) / sizeof(objects[0]))

static void help_top(FILE *f)
{
	fputs("Usage: partbus [-j] [-p] [-s] OBJECT COMMAND [NAME] [KEY VALUE ...]\n"
	      "       partbus [-j] [-p] -b FILE\n\n"
	      "  -j  JSON    -p  JSON for people    -s  counters, too\n"
	      "  -b  commands from FILE, one a line (- for standard input)\n"
	      "  -V  version\n\nObjects:\n", f);
	for (size_t i = 0; i < OBJECTS; i++)
		fprintf(f, "  %-10s %s\n", objects[i]->name, objects[i]->help);
	fputs("\npartbus OBJECT help says more.\n", f);
}

static void help_object(FILE *f, const struct ctl_object *object)
{
	fputs("Usage:\n", f);
	for (const struct ctl_command *cmd = object->commands; cmd->name; cmd++) {
		fprintf(f, "  partbus %s%s%s%s%s\n      %s\n", object->name, *cmd->name ? " " : "",
			cmd->name, *cmd->args ? " " : "", cmd->args, cmd->help);
	}
}

int ctl_connect(struct ctl *c)
{
	int ret;

	if (c->connected)
		return 0;
	ret = c->open(&c->nl, &c->err);
	c->connected = !ret;
	return ret;
}

int ctl_report(struct ctl *c)
{
	char line[768], where[32] = "";
	json_t *e;

	pbl_error_line(&c->err, line, sizeof(line));
	if (c->batch_line)
		snprintf(where, sizeof(where), "line %u: ", c->batch_line);
	if (!c->json) {
		fprintf(c->errors, "partbus: %s%s\n", where, line);
		return c->err.exit;
	}
	e = json_object();
	json_object_set_new(e, "error", out_json_string(c->err.text));
	if (c->err.number) {
		const char *name = pbl_errno_name(c->err.number);

		json_object_set_new(e, "errno", name ? json_string(name) :
					     json_integer(c->err.number));
		json_object_set_new(e, "errno_text", out_json_string(strerror(c->err.number)));
	}
	if (c->err.attr[0])
		json_object_set_new(e, "attribute", out_json_string(c->err.attr));
	if (c->batch_line)
		json_object_set_new(e, "line", json_integer(c->batch_line));
	json_object_set_new(e, "exit", json_integer(c->err.exit));
	json_dumpf(e, c->errors, JSON_COMPACT);
	putc('\n', c->errors);
	json_decref(e);
	return c->err.exit;
}

static const struct ctl_command *find_command(const struct ctl_object *object, const char *name)
{
	for (const struct ctl_command *cmd = object->commands; cmd->name; cmd++) {
		if (!strcmp(cmd->name, name))
			return cmd;
	}
	return NULL;
}

/* Which object and command are meant; NULL with c->err set, or with help printed. */
static const struct ctl_command *resolve(struct ctl *c, struct args *a,
					 const struct ctl_object **object)
{
	const char *word = args_next(a);
	const struct ctl_command *cmd;

	*object = NULL;
	if (!word) {
		pbl_usage(&c->err, "an object is missing; see partbus help");
		return NULL;
	}
	if (!strcmp(word, "help")) {
		help_top(c->out.file);
		return NULL;
	}
	for (size_t i = 0; i < OBJECTS; i++) {
		if (!strcmp(objects[i]->name, word))
			*object = objects[i];
	}
	if (!*object) {
		pbl_usage(&c->err, "unknown object \"%.64s\"; see partbus help", word);
		return NULL;
	}
	word = args_peek(a);
	if (word && !strcmp(word, "help")) {
		help_object(c->out.file, *object);
		return NULL;
	}
	cmd = word ? find_command(*object, word) : NULL;
	if (cmd) {
		a->at++;
		return cmd;
	}
	if ((*object)->implied && (!word || (*object)->direct))
		return find_command(*object, (*object)->implied);
	if (word)
		pbl_usage(&c->err, "unknown command \"%.64s\"; see partbus %s help", word,
			  (*object)->name);
	else
		pbl_usage(&c->err, "a command is missing; see partbus %s help", (*object)->name);
	return NULL;
}

int ctl_line(struct ctl *c, struct args *a)
{
	const struct ctl_object *object;
	const struct ctl_command *cmd;
	char text[sizeof(c->err.text)];
	int ret;

	memset(&c->err, 0, sizeof(c->err));
	c->exit = PBL_OK;
	c->out.lines = false;
	c->out.title = false;
	c->out.indent = 0;
	cmd = resolve(c, a, &object);
	if (!cmd)
		return c->err.exit ? ctl_report(c) : PBL_OK;

	ret = cmd->run(c, a);
	c->out.ops->flush(&c->out);
	/* A full disk or a closed pipe must not look like success. */
	if (!ret && !c->err.exit && ferror(c->out.file))
		ret = pbl_error_set(&c->err, PBL_LOCAL, 0, "cannot write the output");
	if (!ret && !c->err.exit)
		return c->exit;
	if (!c->err.exit)
		pbl_error_set(&c->err, PBL_LOCAL, -ret, "failed");
	/* What was tried goes in front of why it failed. */
	strcpy(text, c->err.text);
	snprintf(c->err.text, sizeof(c->err.text), "%s%s%s: %.300s", object->name,
		 *cmd->name ? " " : "", cmd->name, text);
	return ctl_report(c);
}

int ctl_main(struct ctl *c, int argc, char **argv)
{
	const char *batch = NULL;
	struct args a = { .word = argv };
	int option, ret;

	c->out.ops = &out_text_ops;
	optind = 0;
	opterr = 0;
	/* "+": options end at the object, what follows is ours. */
	while ((option = getopt(argc, argv, "+jpsb:Vh")) >= 0) {
		switch (option) {
		case 'p':
			c->pretty = true;
			/* fallthrough */
		case 'j':
			c->json = true;
			c->out.ops = &out_json_ops;
			c->out.pretty = c->pretty;
			break;
		case 's':
			c->stats = true;
			break;
		case 'b':
			batch = optarg;
			break;
		case 'V':
			fprintf(c->out.file, "partbus %s\n", PARTBUS_USER_VERSION);
			return PBL_OK;
		case 'h':
			help_top(c->out.file);
			return PBL_OK;
		default:
			if (optopt == 'b')
				pbl_usage(&c->err, "-b needs a file; see partbus help");
			else
				pbl_usage(&c->err, "unknown option -%c; see partbus help", optopt);
			return ctl_report(c);
		}
	}
	a.count = argc;
	a.at = optind;
	if (batch && args_peek(&a)) {
		pbl_usage(&c->err, "-b takes its commands from the file, not from \"%.64s\"",
			  args_peek(&a));
		return ctl_report(c);
	}
	ret = batch ? ctl_batch(c, batch) : ctl_line(c, &a);
	if (c->connected)
		pbl_nl_close(&c->nl);
	c->connected = false;
	return ret;
}
