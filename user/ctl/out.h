/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output: commands say once what there is, and the printer in use makes text
 * or JSON of it. So the two cannot disagree.
 */
#ifndef CTL_OUT_H
#define CTL_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "attrs.h"

struct out;

/**
 * struct out_ops - a printer
 * @list_start: a list; @key NULL at the top
 * @object_start: an object in a list; @noun is what people call it
 * @nested_start: an object under @key
 * @name: a name that the title says already, for readers of JSON
 * @text: a string
 * @number: @label is for text, @key for JSON: the unit is part of the key
 * @none: there is no value or no limit
 * @line: text begins a new line here
 * @flush: everything that is complete goes out
 */
struct out_ops {
	void (*list_start)(struct out *o, const char *key);
	void (*list_end)(struct out *o);
	void (*object_start)(struct out *o, const char *noun);
	void (*object_end)(struct out *o);
	void (*nested_start)(struct out *o, const char *label, const char *key);
	void (*nested_end)(struct out *o);
	void (*name)(struct out *o, const char *value);
	void (*text)(struct out *o, const char *key, const char *value);
	void (*number)(struct out *o, const char *label, const char *key, __u64 value,
		       enum pbl_unit unit);
	void (*none)(struct out *o, const char *label, const char *key);
	void (*line)(struct out *o);
	void (*flush)(struct out *o);
};

#define OUT_DEPTH	16

struct out {
	const struct out_ops *ops;
	FILE *file;
	bool pretty;
	bool lines;		/* JSON: one object a line, as they come */
	/* text */
	bool title;		/* the next field goes without its key */
	bool begun;		/* something stands on this line */
	unsigned int indent;
	/* JSON */
	json_t *stack[OUT_DEPTH];
	unsigned int depth;
};

extern const struct out_ops out_text_ops, out_json_ops;

/* A number under a key that ends in its unit; text leaves "_bytes" away. */
void out_number(struct out *o, const char *key, __u64 value, enum pbl_unit unit);
void out_count(struct out *o, const char *key, __u64 value);
void out_switch(struct out *o, const char *key, bool on);
/* By name, or as a number when we do not know the value. */
void out_enum(struct out *o, const char *key, __u32 value, const char *name);
void out_uuid(struct out *o, const char *key, const __u8 uuid[16]);
/* An attribute of a contract: a value, or the range when both ends are there. */
void out_attr(struct out *o, const struct pbl_attr *attr);
/* All of a list, under "attrs"; on this line as far as it goes. */
void out_attrs_here(struct out *o, const struct pbl_attrs *attrs);
/* The same, on a line of their own. */
void out_attrs(struct out *o, const struct pbl_attrs *attrs);
/* Peers choose some of these strings: nothing of them may reach a terminal raw. */
void out_escaped(FILE *file, const char *text);
/* Valid UTF-8 for JSON, whatever @text holds; never NULL unless out of memory. */
json_t *out_json_string(const char *text);

#endif
