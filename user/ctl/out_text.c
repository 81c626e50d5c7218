// SPDX-License-Identifier: GPL-2.0
/*
 * Text: "partition web id 1 state active", further fields on indented lines.
 * Keys and values alternate and could be typed in again.
 */
#include <string.h>

#include "out.h"

static void blank(struct out *o)
{
	if (o->begun)
		putc(' ', o->file);
	else
		fprintf(o->file, "%*s", 4 * o->indent, "");
	o->begun = true;
}

static void label(struct out *o, const char *key)
{
	if (o->title) {
		o->title = false;
		blank(o);
		return;
	}
	blank(o);
	fprintf(o->file, "%s ", key);
}

static void new_line(struct out *o)
{
	if (o->begun)
		putc('\n', o->file);
	o->begun = false;
}

static void text_list_start(struct out *o, const char *key)
{
	(void)key;
	if (o->begun)
		new_line(o);
}

static void text_list_end(struct out *o)
{
	new_line(o);
}

static void text_object_start(struct out *o, const char *noun)
{
	new_line(o);
	blank(o);
	fputs(noun, o->file);
	o->title = true;
	o->indent++;
}

static void text_object_end(struct out *o)
{
	new_line(o);
	o->indent--;
	o->title = false;
}

static void text_nested_start(struct out *o, const char *name, const char *key)
{
	(void)key;
	if (!name)
		return;
	blank(o);
	fputs(name, o->file);
}

static void text_nested_end(struct out *o)
{
	(void)o;
}

static void text_name(struct out *o, const char *value)
{
	(void)o;
	(void)value;
}

static void text_text(struct out *o, const char *key, const char *value)
{
	/* Quotes only where a word would not be one word. */
	bool quote = !*value || strpbrk(value, " \t\"") != NULL;

	label(o, key);
	if (quote)
		putc('"', o->file);
	out_escaped(o->file, value);
	if (quote)
		putc('"', o->file);
}

static void text_number(struct out *o, const char *name, const char *key, __u64 value,
			enum pbl_unit unit)
{
	char text[32];

	(void)key;
	label(o, name);
	switch (unit) {
	case PBL_UNIT_BYTES:
	case PBL_UNIT_BYTES_SEC:
		fputs(pbl_format_bytes(value, text, sizeof(text)), o->file);
		break;
	case PBL_UNIT_SWITCH:
		if (value <= 1) {
			fputs(value ? "on" : "off", o->file);
			break;
		}
		fprintf(o->file, "%llu", (unsigned long long)value);
		break;
	case PBL_UNIT_MAC:
		fputs(pbl_format_mac(value, text), o->file);
		break;
	case PBL_UNIT_HEX:
		fprintf(o->file, "0x%llx", (unsigned long long)value);
		break;
	default:
		fprintf(o->file, "%llu", (unsigned long long)value);
		break;
	}
}

static void text_none(struct out *o, const char *name, const char *key)
{
	(void)key;
	label(o, name);
	fputs("none", o->file);
}

static void text_flush(struct out *o)
{
	new_line(o);
	fflush(o->file);
}

const struct out_ops out_text_ops = {
	.list_start = text_list_start,
	.list_end = text_list_end,
	.object_start = text_object_start,
	.object_end = text_object_end,
	.nested_start = text_nested_start,
	.nested_end = text_nested_end,
	.name = text_name,
	.text = text_text,
	.number = text_number,
	.none = text_none,
	.line = new_line,
	.flush = text_flush,
};
