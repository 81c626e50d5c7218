// SPDX-License-Identifier: GPL-2.0
/*
 * Form of the saved state. What only the kernel can tell (states, counters) is not
 * written, and is passed over when it is read: the output of "show" is accepted as
 * well. A partition's id is saved: MAC addresses and names of ports are made of it.
 */
#include "saved.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "names.h"
#include "out.h"

static void put_uuid(json_t *j, const __u8 uuid[16])
{
	char text[PBL_UUID_TEXT];

	json_object_set_new(j, "uuid", json_string(pbl_format_uuid(uuid, text)));
}

static json_t *number(__u64 value)
{
	char text[32];

	if (value <= ~0ULL >> 1)
		return json_integer(value);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return json_string(text);
}

static json_t *attr_value(const struct pbl_attr_info *info, __u64 value)
{
	char text[PBL_MAC_TEXT];

	if (value == PARTBUS_ATTR_ANY)
		return json_null();
	if (info->unit == PBL_UNIT_MAC)
		return json_string(pbl_format_mac(value, text));
	return number(value);
}

static json_t *put_attrs(const struct pbl_attrs *attrs)
{
	json_t *j = json_object();

	for (unsigned int i = 0; i < attrs->count; i++) {
		const struct pbl_attr *attr = &attrs->item[i];
		const struct pbl_attr_info *info = pbl_attr_by_type(attr->type);

		if (!info || !attr->has_like)
			continue;
		json_object_set_new(j, info->json, attr_value(info, attr->like));
	}
	return j;
}

/* Facts of a backing device come from the device, not from a file. */
static bool is_fact(const struct pbl_attr_info *info)
{
	return info->class == PARTBUS_CLASS_BLOCK;
}

/* What was set; of a kernel that does not say it, what is in effect. */
static struct pbl_attrs defined_attrs(const struct pbl_resource *r)
{
	struct pbl_attrs attrs = { 0 };

	if (PBL_HAS(r, PARTBUS_A_RESOURCE_DEFINED_SIZE_BYTES))
		return r->defined;
	for (unsigned int i = 0; i < r->attrs.count; i++) {
		const struct pbl_attr_info *info = pbl_attr_by_type(r->attrs.item[i].type);

		if (info && !is_fact(info))
			attrs.item[attrs.count++] = r->attrs.item[i];
	}
	return attrs;
}

json_t *saved_partition(const struct pbl_partition *p)
{
	json_t *j = json_object();

	json_object_set_new(j, "name", out_json_string(p->name));
	json_object_set_new(j, "id", json_integer(p->id));
	put_uuid(j, p->uuid);
	json_object_set_new(j, "window_size_bytes", number(p->window_size));
	return j;
}

json_t *saved_resource(const struct pbl_resource *r)
{
	bool told = PBL_HAS(r, PARTBUS_A_RESOURCE_DEFINED_SIZE_BYTES);
	__u64 size = told ? r->defined_size_bytes : r->size_bytes;
	struct pbl_attrs attrs = defined_attrs(r);
	json_t *j = json_object();
	const char *class = pbl_class_name(r->class);

	json_object_set_new(j, "name", out_json_string(r->name));
	json_object_set_new(j, "class", class ? json_string(class) : json_integer(r->class));
	put_uuid(j, r->uuid);
	if (r->backing[0])
		json_object_set_new(j, "backing", out_json_string(r->backing));
	if (r->serial[0])
		json_object_set_new(j, "serial", out_json_string(r->serial));
	/* Without one it is all of the device, also when that grows. */
	if (size)
		json_object_set_new(j, "size_bytes", number(size));
	json_object_set_new(j, "read_only", json_boolean(r->read_only));
	json_object_set_new(j, "attrs", put_attrs(&attrs));
	return j;
}

json_t *saved_offer(const struct pbl_offer *o, const char *partition)
{
	json_t *j = json_object();

	json_object_set_new(j, "partition", out_json_string(partition));
	json_object_set_new(j, "resource", out_json_string(o->resource));
	if (o->place[0])
		json_object_set_new(j, "bridge", out_json_string(o->place));
	json_object_set_new(j, "attrs", put_attrs(&o->attrs));
	return j;
}

static int get_text(json_t *v, const char *key, char *field, size_t size, struct pbl_error *err)
{
	if (!json_is_string(v))
		return pbl_usage(err, "%s: a string is expected", key);
	if (json_string_length(v) >= size || strlen(json_string_value(v)) != json_string_length(v))
		return pbl_usage(err, "%s: longer than %zu characters", key, size - 1);
	strcpy(field, json_string_value(v));
	return 0;
}

/* Numbers as JSON has them, or as people write them. */
static int get_value(json_t *v, enum pbl_unit unit, bool any, const char *key, __u64 *value,
		     struct pbl_error *err)
{
	if (json_is_object(v))
		v = json_object_get(v, "like");
	if (json_is_integer(v) && json_integer_value(v) >= 0) {
		*value = json_integer_value(v);
		return 0;
	}
	if (json_is_boolean(v) && unit == PBL_UNIT_SWITCH) {
		*value = json_is_true(v);
		return 0;
	}
	if (json_is_null(v) && any) {
		*value = PARTBUS_ATTR_ANY;
		return 0;
	}
	if (json_is_string(v))
		return pbl_parse_unit(unit, any, key, json_string_value(v), value, err);
	return pbl_usage(err, "%s: a number is expected", key);
}

/* @facts: those of the backing can be limits, of one client; else they are passed over. */
static int get_attrs(json_t *v, struct pbl_attrs *attrs, bool facts, struct pbl_error *err)
{
	const char *key;
	json_t *one;

	if (!json_is_object(v))
		return pbl_usage(err, "attrs: an object is expected");
	json_object_foreach(v, key, one) {
		const struct pbl_attr_info *info = pbl_attr_by_name(key);
		struct pbl_attr *attr;

		if (!info)
			return pbl_usage(err, "attrs: unknown attribute \"%.64s\"", key);
		if (!facts && is_fact(info))
			continue;
		attr = pbl_attrs_add(attrs, info, err);
		if (!attr)
			return -EINVAL;
		attr->has_like = true;
		if (get_value(one, info->unit, info->any, info->name, &attr->like, err))
			return -EINVAL;
	}
	return 0;
}

/* Is @key one that only the kernel can tell? */
static bool passed_over(const char *key, const char *const *keys)
{
	for (; *keys; keys++) {
		if (!strcmp(*keys, key))
			return true;
	}
	return false;
}

int saved_to_partition(json_t *j, struct pbl_partition *p, struct pbl_error *err)
{
	static const char *const skip[] = {
		"state", "channels", "window_used_bytes", "generation", "pid", "version",
		"release", "heartbeat", "heartbeat_age_msec", NULL,
	};
	const char *key;
	json_t *v;
	__u64 id = 0;
	int ret = 0;

	memset(p, 0, sizeof(*p));
	json_object_foreach(j, key, v) {
		if (!strcmp(key, "name")) {
			ret = get_text(v, key, p->name, sizeof(p->name), err);
		} else if (!strcmp(key, "uuid")) {
			ret = json_is_string(v) ?
			      pbl_parse_uuid(key, json_string_value(v), p->uuid, err) :
			      pbl_usage(err, "uuid: a string is expected");
			PBL_SET(p, PARTBUS_A_PARTITION_UUID);
		} else if (!strcmp(key, "id")) {
			ret = get_value(v, PBL_UNIT_COUNT, false, key, &id, err);
			if (!ret && id > PARTBUS_PARTITION_ID_MAX)
				ret = pbl_usage(err, "id: at most %u", PARTBUS_PARTITION_ID_MAX);
			p->id = id;
			PBL_SET(p, PARTBUS_A_PARTITION_ID);
		} else if (!strcmp(key, "window_size_bytes")) {
			ret = get_value(v, PBL_UNIT_BYTES, false, key, &p->window_size, err);
			PBL_SET(p, PARTBUS_A_PARTITION_WINDOW_SIZE);
		} else if (!passed_over(key, skip)) {
			ret = pbl_usage(err, "unknown key \"%.64s\"", key);
		}
		if (ret)
			return ret;
	}
	return p->name[0] ? 0 : pbl_usage(err, "name is missing");
}

static int resource_key(struct pbl_resource *r, const char *key, json_t *v, struct pbl_error *err)
{
	static const char *const skip[] = { "state", "provider", "offers", NULL };
	__u64 value;
	int ret;

	if (!strcmp(key, "name"))
		return get_text(v, key, r->name, sizeof(r->name), err);
	if (!strcmp(key, "attrs"))
		return get_attrs(v, &r->attrs, false, err);
	if (!strcmp(key, "class")) {
		r->class = json_is_string(v) ? pbl_class_by_name(json_string_value(v)) : 0;
		PBL_SET(r, PARTBUS_A_RESOURCE_CLASS);
		return r->class ? 0 : pbl_usage(err, "class: neither block nor net");
	}
	if (!strcmp(key, "uuid")) {
		PBL_SET(r, PARTBUS_A_RESOURCE_UUID);
		if (!json_is_string(v))
			return pbl_usage(err, "uuid: a string is expected");
		return pbl_parse_uuid(key, json_string_value(v), r->uuid, err);
	}
	if (!strcmp(key, "backing")) {
		PBL_SET(r, PARTBUS_A_RESOURCE_BACKING);
		return get_text(v, key, r->backing, sizeof(r->backing), err);
	}
	if (!strcmp(key, "serial")) {
		PBL_SET(r, PARTBUS_A_RESOURCE_SERIAL);
		return get_text(v, key, r->serial, 32, err);
	}
	if (!strcmp(key, "size_bytes")) {
		PBL_SET(r, PARTBUS_A_RESOURCE_SIZE_BYTES);
		return get_value(v, PBL_UNIT_BYTES, false, key, &r->size_bytes, err);
	}
	if (!strcmp(key, "read_only")) {
		PBL_SET(r, PARTBUS_A_RESOURCE_READ_ONLY);
		ret = get_value(v, PBL_UNIT_SWITCH, false, key, &value, err);
		r->read_only = !ret && value;
		return ret;
	}
	return passed_over(key, skip) ? 0 : pbl_usage(err, "unknown key \"%.64s\"", key);
}

/* Of the output of "show" counts what was set, not what is in effect. */
static bool overruled(const char *key, const json_t *defined)
{
	return defined && (!strcmp(key, "defined") || !strcmp(key, "size_bytes") ||
			   !strcmp(key, "attrs"));
}

int saved_to_resource(json_t *j, struct pbl_resource *r, struct pbl_error *err)
{
	json_t *v, *defined = json_object_get(j, "defined");
	const char *key;

	memset(r, 0, sizeof(*r));
	if (defined && !json_is_object(defined))
		return pbl_usage(err, "defined: an object is expected");
	json_object_foreach(j, key, v) {
		if (!overruled(key, defined) && resource_key(r, key, v, err))
			return -EINVAL;
	}
	json_object_foreach(defined, key, v) {
		if (resource_key(r, key, v, err))
			return -EINVAL;
	}
	if (!r->name[0])
		return pbl_usage(err, "name is missing");
	return r->class ? 0 : pbl_usage(err, "class is missing");
}

int saved_to_offer(json_t *j, struct pbl_offer *o, char *partition, size_t size,
		   struct pbl_error *err)
{
	static const char *const skip[] = { "name", "channel", "pending", NULL };
	const char *key;
	json_t *v;
	int ret = 0;

	memset(o, 0, sizeof(*o));
	*partition = '\0';
	json_object_foreach(j, key, v) {
		if (!strcmp(key, "partition"))
			ret = get_text(v, key, partition, size, err);
		else if (!strcmp(key, "resource"))
			ret = get_text(v, key, o->resource, sizeof(o->resource), err);
		else if (!strcmp(key, "bridge"))
			ret = get_text(v, key, o->place, sizeof(o->place), err);
		else if (!strcmp(key, "attrs"))
			ret = get_attrs(v, &o->attrs, true, err);
		else if (!passed_over(key, skip))
			ret = pbl_usage(err, "unknown key \"%.64s\"", key);
		if (ret)
			return ret;
	}
	if (!*partition || !o->resource[0])
		return pbl_usage(err, "partition or resource is missing");
	return 0;
}
