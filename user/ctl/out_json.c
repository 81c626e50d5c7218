// SPDX-License-Identifier: GPL-2.0
/*
 * JSON: a tree that is printed when its outermost part is complete, or one
 * object a line where output never ends.
 */
#include <string.h>

#include "out.h"

static json_t *top(struct out *o)
{
	return o->depth ? o->stack[o->depth - 1] : NULL;
}

static void write_out(struct out *o, json_t *value, bool pretty)
{
	json_dumpf(value, o->file, pretty ? JSON_INDENT(4) : JSON_COMPACT);
	putc('\n', o->file);
}

/* Takes over the reference. */
static void put(struct out *o, const char *key, json_t *value)
{
	json_t *parent = top(o);

	if (!parent)
		json_decref(value);
	else if (json_is_array(parent))
		json_array_append_new(parent, value);
	else
		json_object_set_new(parent, key, value);
}

static void push(struct out *o, const char *key, json_t *value)
{
	if (o->depth == OUT_DEPTH || !value) {
		json_decref(value);
		return;
	}
	if (top(o))
		put(o, key, json_incref(value));
	o->stack[o->depth++] = value;
}

static void pop(struct out *o)
{
	json_t *value = top(o);

	if (!value)
		return;
	o->depth--;
	/* In a stream the list around the objects is never printed. */
	if (o->lines && o->depth == 1) {
		write_out(o, value, false);
		json_array_clear(top(o));
	} else if (!o->depth && !o->lines) {
		write_out(o, value, o->pretty);
	}
	json_decref(value);
}

static void json_list_start(struct out *o, const char *key)
{
	push(o, key, json_array());
}

static void json_object_start(struct out *o, const char *noun)
{
	(void)noun;
	push(o, NULL, json_object());
}

static void json_nested_start(struct out *o, const char *label, const char *key)
{
	(void)label;
	push(o, key, json_object());
}

static void json_name(struct out *o, const char *value)
{
	put(o, "name", out_json_string(value));
}

static void json_text(struct out *o, const char *key, const char *value)
{
	put(o, key, out_json_string(value));
}

static void json_number(struct out *o, const char *label, const char *key, __u64 value,
			enum pbl_unit unit)
{
	char text[32];

	(void)label;
	if (unit == PBL_UNIT_SWITCH && value <= 1) {
		put(o, key, json_boolean(value));
	} else if (unit == PBL_UNIT_MAC) {
		put(o, key, json_string(pbl_format_mac(value, text)));
	} else if (value > (~0ULL >> 1)) {
		/* JSON readers, jansson among them, take no more than 63 bits. */
		snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
		put(o, key, json_string(text));
	} else {
		put(o, key, json_integer(value));
	}
}

static void json_none(struct out *o, const char *label, const char *key)
{
	(void)label;
	put(o, key, json_null());
}

static void json_line(struct out *o)
{
	(void)o;
}

static void json_flush(struct out *o)
{
	while (o->depth)
		pop(o);
	fflush(o->file);
}

const struct out_ops out_json_ops = {
	.list_start = json_list_start,
	.list_end = pop,
	.object_start = json_object_start,
	.object_end = pop,
	.nested_start = json_nested_start,
	.nested_end = pop,
	.name = json_name,
	.text = json_text,
	.number = json_number,
	.none = json_none,
	.line = json_line,
	.flush = json_flush,
};
