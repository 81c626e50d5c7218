/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line tool: objects, commands, and what they share. A command is
 * data (name, arguments, help, function) in the file of its object.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "object.h"
#include "out.h"

/**
 * struct ctl - one run of the tool
 * @open: makes a connection; tests put their own kernel here
 * @root: prefix of /sys, /proc and so on, empty but in tests
 * @exit: exit code of a command that ended without an error, usually PBL_OK
 */
struct ctl {
	struct out out;
	struct pbl_nl nl;
	bool connected;
	bool json;
	bool pretty;
	bool stats;
	int exit;
	FILE *errors;
	struct pbl_error err;
	int (*open)(struct pbl_nl *nl, struct pbl_error *err);
	const char *root;
	unsigned int batch_line;
};

struct args {
	char **word;
	int count;
	int at;
};

struct ctl_command {
	const char *name;
	const char *args;
	const char *help;
	int (*run)(struct ctl *c, struct args *a);
};

struct ctl_object {
	const char *name;
	const char *help;
	const struct ctl_command *commands;	/* ends with a row without a name */
	const char *implied;			/* command when none is given, or NULL */
	bool direct;				/* the words after it are no command's name */
};

/* run.c */
int ctl_main(struct ctl *c, int argc, char **argv);
int ctl_line(struct ctl *c, struct args *a);
/* Prints c->err in the chosen format; returns its exit code. */
int ctl_report(struct ctl *c);
int ctl_connect(struct ctl *c);

/* batch.c */
int ctl_batch(struct ctl *c, const char *path);

/* files.c: paths are below the root that tests set */
bool ctl_file_exists(const struct ctl *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* First line of a file without its end; false when it cannot be read. */
bool ctl_file_read(const struct ctl *c, char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Into a file that is there; 0 or -errno. */
int ctl_file_write(const struct ctl *c, const char *text, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* args.c */
const char *args_peek(const struct args *a);
const char *args_next(struct args *a);
/* A positional word that must be there; @what names it in the message. */
const char *args_need(struct ctl *c, struct args *a, const char *what);
/* Next KEY VALUE: 1, 0 at the end, negative when the value is missing. */
int args_pair(struct ctl *c, struct args *a, const char **key, const char **value);
int args_end(struct ctl *c, struct args *a);
int args_unknown(struct ctl *c, const char *word);
/* Same key as the last one, or given twice: marks bit @n in @seen. */
int args_once(struct ctl *c, unsigned int *seen, unsigned int n, const char *key);
/* Copies a word into a fixed field, refusing what does not fit. */
int args_text(struct ctl *c, const char *key, const char *value, char *field, size_t size);
/* A name of a partition or resource. */
int args_name(struct ctl *c, const char *key, const char *value, char *field, size_t size);
/* 1 when @key is an attribute of contracts and was appended, 0 when it is none. */
int args_attr(struct ctl *c, const char *key, const char *value, struct pbl_attrs *attrs);

/* Printers of objects, for show, monitor and others. */
void ctl_print_partition(struct ctl *c, const struct pbl_partition *p);
void ctl_print_resource(struct ctl *c, const struct pbl_resource *r);
void ctl_print_offer(struct ctl *c, const struct pbl_offer *o, const struct pbl_list *partitions);
void ctl_print_channel(struct ctl *c, const struct pbl_channel *ch,
		       const struct pbl_list *partitions);
void ctl_print_contract(struct ctl *c, const struct pbl_channel *ch);
void ctl_print_queue(struct ctl *c, const struct pbl_channel *ch, const struct pbl_queue *q);
void ctl_print_event(struct ctl *c, const struct pbl_event *e);
void ctl_print_peer(struct ctl *c, const char *key, __u32 id, const struct pbl_list *partitions);
/*
 * Partitions for their names. A guest's kernel has no partitions of its own:
 * there the list stays empty, and ids are printed.
 */
void ctl_partition_names(struct ctl *c, struct pbl_list *partitions);

extern const struct ctl_object ctl_partition, ctl_resource, ctl_offer, ctl_channel, ctl_contract,
	ctl_disk, ctl_stat, ctl_monitor, ctl_graph, ctl_save, ctl_restore, ctl_doctor;

#endif
