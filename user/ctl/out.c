// SPDX-License-Identifier: GPL-2.0
/* Fields of every kind, in terms of the few that a printer has. */
#include "out.h"

#include <partbus/contract.h>
#include <string.h>

#define ATTRS_A_LINE	6	/* what a terminal shows without wrapping */

static void number(struct out *o, const char *label, const char *key, __u64 value,
		   enum pbl_unit unit)
{
	o->ops->number(o, label, key, value, unit);
}

void out_number(struct out *o, const char *key, __u64 value, enum pbl_unit unit)
{
	char label[64];
	size_t length = strlen(key);

	snprintf(label, sizeof(label), "%s", key);
	if (unit == PBL_UNIT_BYTES && length > 6 && length < sizeof(label) &&
	    !strcmp(key + length - 6, "_bytes"))
		label[length - 6] = '\0';
	number(o, label, key, value, unit);
}

void out_count(struct out *o, const char *key, __u64 value)
{
	number(o, key, key, value, PBL_UNIT_COUNT);
}

void out_switch(struct out *o, const char *key, bool on)
{
	number(o, key, key, on, PBL_UNIT_SWITCH);
}

void out_enum(struct out *o, const char *key, __u32 value, const char *name)
{
	if (name)
		o->ops->text(o, key, name);
	else
		number(o, key, key, value, PBL_UNIT_COUNT);
}

void out_uuid(struct out *o, const char *key, const __u8 uuid[16])
{
	char text[PBL_UUID_TEXT];

	o->ops->text(o, key, pbl_format_uuid(uuid, text));
}

static void value(struct out *o, const char *label, const char *key, __u64 v, enum pbl_unit unit)
{
	if (v == PARTBUS_ATTR_ANY)
		o->ops->none(o, label, key);
	else
		number(o, label, key, v, unit);
}

void out_attr(struct out *o, const struct pbl_attr *attr)
{
	const struct pbl_attr_info *info = pbl_attr_by_type(attr->type);
	enum pbl_unit unit = info ? info->unit : PBL_UNIT_COUNT;
	char unknown[32];
	const char *label, *key;

	/* A newer kernel knows more than we do. */
	snprintf(unknown, sizeof(unknown), "attr_%u", attr->type);
	label = info ? info->name : unknown;
	key = info ? info->json : unknown;
	if (!attr->has_least || !attr->has_like || attr->least == attr->like) {
		value(o, label, key, attr->has_like ? attr->like : attr->least, unit);
		return;
	}
	o->ops->nested_start(o, label, key);
	value(o, "least", "least", attr->least, unit);
	value(o, "like", "like", attr->like, unit);
	o->ops->nested_end(o);
}

void out_attrs(struct out *o, const struct pbl_attrs *attrs)
{
	if (!attrs->count)
		return;
	o->ops->line(o);
	out_attrs_here(o, attrs);
}

void out_attrs_here(struct out *o, const struct pbl_attrs *attrs)
{
	o->ops->nested_start(o, NULL, "attrs");
	for (unsigned int i = 0; i < attrs->count; i++) {
		if (i && !(i % ATTRS_A_LINE))
			o->ops->line(o);
		out_attr(o, &attrs->item[i]);
	}
	o->ops->nested_end(o);
}

void out_escaped(FILE *file, const char *text)
{
	for (const unsigned char *c = (const void *)text; *c; c++) {
		if (*c < ' ' || *c >= 0x7f || *c == '\\' || *c == '"')
			fprintf(file, "\\x%02x", *c);
		else
			putc(*c, file);
	}
}

json_t *out_json_string(const char *text)
{
	json_t *s = json_string(text);
	char safe[1024];
	size_t i;

	if (s)
		return s;
	/* No UTF-8: keep what is ASCII. */
	for (i = 0; text[i] && i < sizeof(safe) - 1; i++)
		safe[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
	safe[i] = '\0';
	return json_string(safe);
}
