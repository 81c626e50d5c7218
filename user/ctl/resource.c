// SPDX-License-Identifier: GPL-2.0
/* partbus resource: what this partition provides. */
#include <string.h>

#include "ctl.h"
#include "names.h"

/* What was set, where the rest says what is in effect. People need no "nothing". */
static void print_defined(struct ctl *c, const struct pbl_resource *r)
{
	struct out *o = &c->out;

	if (!PBL_HAS(r, PARTBUS_A_RESOURCE_DEFINED_SIZE_BYTES) ||
	    (!c->json && !r->defined_size_bytes && !r->defined.count))
		return;
	o->ops->line(o);
	o->ops->nested_start(o, "defined", "defined");
	if (r->defined_size_bytes)
		out_number(o, "size_bytes", r->defined_size_bytes, PBL_UNIT_BYTES);
	out_attrs_here(o, &r->defined);
	o->ops->nested_end(o);
}

void ctl_print_resource(struct ctl *c, const struct pbl_resource *r)
{
	struct out *o = &c->out;

	o->ops->object_start(o, "resource");
	o->ops->text(o, "name", r->name);
	if (PBL_HAS(r, PARTBUS_A_RESOURCE_CLASS))
		out_enum(o, "class", r->class, pbl_class_name(r->class));
	if (PBL_HAS(r, PARTBUS_A_RESOURCE_STATE))
		out_enum(o, "state", r->state, pbl_resource_state_name(r->state));
	if (PBL_HAS(r, PARTBUS_A_RESOURCE_PROVIDER))
		out_enum(o, "provider", r->provider, r->provider ? NULL : "root");
	if (PBL_HAS(r, PARTBUS_A_RESOURCE_OFFERS))
		out_count(o, "offers", r->offers);
	o->ops->line(o);
	if (PBL_HAS(r, PARTBUS_A_RESOURCE_UUID))
		out_uuid(o, "uuid", r->uuid);
	if (PBL_HAS(r, PARTBUS_A_RESOURCE_BACKING))
		o->ops->text(o, "backing", r->backing);
	if (PBL_HAS(r, PARTBUS_A_RESOURCE_SERIAL) && r->serial[0])
		o->ops->text(o, "serial", r->serial);
	if (PBL_HAS(r, PARTBUS_A_RESOURCE_SIZE_BYTES))
		out_number(o, "size_bytes", r->size_bytes, PBL_UNIT_BYTES);
	if (PBL_HAS(r, PARTBUS_A_RESOURCE_READ_ONLY))
		out_switch(o, "read_only", r->read_only);
	out_attrs(o, &r->attrs);
	print_defined(c, r);
	o->ops->object_end(o);
}

static int resource_show(struct ctl *c, struct args *a)
{
	struct pbl_list list = PBL_LIST(struct pbl_resource);
	const char *name = args_next(a);
	const struct pbl_resource *r;
	int ret = args_end(c, a);

	if (!ret)
		ret = ctl_connect(c);
	if (!ret && name) {
		struct pbl_resource *one = pbl_list_add(&list);

		if (!one)
			return pbl_error_set(&c->err, PBL_LOCAL, 12, "resources");
		ret = pbl_resource_get(&c->nl, name, one, &c->err);
	} else if (!ret) {
		ret = pbl_resource_list(&c->nl, &list, &c->err);
	}
	if (!ret) {
		c->out.ops->list_start(&c->out, NULL);
		pbl_list_each(r, &list)
			ctl_print_resource(c, r);
		c->out.ops->list_end(&c->out);
	}
	pbl_list_free(&list);
	return ret;
}

/* One KEY VALUE of add and set; 0 done, 1 not for both of them. */
static int changeable(struct ctl *c, struct pbl_resource *r, unsigned int *seen, const char *key,
		      const char *value)
{
	int ret;

	if (!strcmp(key, "size") || !strcmp(key, "size_bytes")) {
		ret = args_once(c, seen, 0, key);
		PBL_SET(r, PARTBUS_A_RESOURCE_SIZE_BYTES);
		return ret ? ret : pbl_parse_bytes(key, value, &r->size_bytes, &c->err);
	}
	if (!strcmp(key, "read_only")) {
		ret = args_once(c, seen, 1, key);
		PBL_SET(r, PARTBUS_A_RESOURCE_READ_ONLY);
		return ret ? ret : pbl_parse_switch(key, value, &r->read_only, &c->err);
	}
	ret = args_attr(c, key, value, &r->attrs);
	return ret < 0 ? ret : !ret;
}

static int add_only(struct ctl *c, struct pbl_resource *r, unsigned int *seen, const char *key,
		    const char *value)
{
	int ret;

	if (!strcmp(key, "class")) {
		r->class = pbl_class_by_name(value);
		PBL_SET(r, PARTBUS_A_RESOURCE_CLASS);
		if (!r->class)
			return pbl_usage(&c->err, "class: \"%.64s\" is neither block nor net", value);
		return args_once(c, seen, 2, key);
	}
	if (!strcmp(key, "backing")) {
		ret = args_once(c, seen, 3, key);
		PBL_SET(r, PARTBUS_A_RESOURCE_BACKING);
		return ret ? ret : args_text(c, key, value, r->backing, sizeof(r->backing));
	}
	if (!strcmp(key, "uuid")) {
		ret = args_once(c, seen, 4, key);
		PBL_SET(r, PARTBUS_A_RESOURCE_UUID);
		return ret ? ret : pbl_parse_uuid(key, value, r->uuid, &c->err);
	}
	if (!strcmp(key, "serial")) {
		ret = args_once(c, seen, 5, key);
		PBL_SET(r, PARTBUS_A_RESOURCE_SERIAL);
		return ret ? ret : args_text(c, key, value, r->serial, 32);
	}
	return args_unknown(c, key);
}

static int resource_add(struct ctl *c, struct args *a)
{
	struct pbl_resource r = { 0 };
	const char *key, *value, *name = args_need(c, a, "the resource's name");
	unsigned int seen = 0;
	int ret;

	if (!name || args_name(c, "name", name, r.name, sizeof(r.name)))
		return -1;
	while ((ret = args_pair(c, a, &key, &value)) > 0) {
		ret = changeable(c, &r, &seen, key, value);
		if (ret > 0)
			ret = add_only(c, &r, &seen, key, value);
		if (ret)
			break;
	}
	if (ret)
		return ret;
	if (!r.class)
		return pbl_usage(&c->err, "class is missing (block or net)");
	if (r.class == PARTBUS_CLASS_BLOCK && !r.backing[0])
		return pbl_usage(&c->err, "backing is missing (the path of a block device)");
	if (!r.backing[0]) {
		strcpy(r.backing, "none");
		PBL_SET(&r, PARTBUS_A_RESOURCE_BACKING);
	}
	if (!PBL_HAS(&r, PARTBUS_A_RESOURCE_UUID)) {
		if (pbl_random_uuid(r.uuid, &c->err))
			return -1;
		PBL_SET(&r, PARTBUS_A_RESOURCE_UUID);
	}
	ret = ctl_connect(c);
	return ret ? ret : pbl_resource_new(&c->nl, &r, &c->err);
}

static int resource_set(struct ctl *c, struct args *a)
{
	struct pbl_resource r = { 0 };
	const char *key, *value, *name = args_need(c, a, "the resource's name");
	unsigned int seen = 0;
	int ret;

	if (!name || args_text(c, "name", name, r.name, sizeof(r.name)))
		return -1;
	while ((ret = args_pair(c, a, &key, &value)) > 0) {
		ret = changeable(c, &r, &seen, key, value);
		if (ret > 0)
			ret = args_unknown(c, key);
		if (ret)
			break;
	}
	if (ret)
		return ret;
	if (!r.present && !r.attrs.count)
		return pbl_usage(&c->err, "nothing to change is given");
	ret = ctl_connect(c);
	return ret ? ret : pbl_resource_set(&c->nl, &r, &c->err);
}

static int resource_del(struct ctl *c, struct args *a)
{
	const char *name = args_need(c, a, "the resource's name");
	int ret = name ? args_end(c, a) : -1;

	if (!ret)
		ret = ctl_connect(c);
	if (!ret)
		ret = pbl_resource_del(&c->nl, name, &c->err);
	return ret;
}

static const struct ctl_command commands[] = {
	{ "add", "NAME class block backing PATH [uuid UUID] [serial TEXT] [size SIZE] "
	  "[read_only on|off] [ATTRIBUTE VALUE ...]",
	  "Provide a resource. Attributes are limits: cap_iops, cap_bps, queues and so on.",
	  resource_add },
	{ "add", "NAME class net [backing BRIDGE|none] [uuid UUID] [ATTRIBUTE VALUE ...]",
	  "Provide a network: a netdev for each client, attached to a bridge.", resource_add },
	{ "set", "NAME [size SIZE] [read_only on|off] [ATTRIBUTE VALUE ...]",
	  "Change a resource; its clients are renegotiated with.", resource_set },
	{ "del", "NAME", "Stop providing a resource that is offered to nobody.", resource_del },
	{ "show", "[NAME]", "Print resources.", resource_show },
	{ 0 }
};

const struct ctl_object ctl_resource = {
	"resource", "what this partition provides", commands, "show", false,
};
