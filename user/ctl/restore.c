// SPDX-License-Identifier: GPL-2.0
/*
 * partbus restore: what a file has and the kernel has not. Objects that are
 * there are left alone, equal or not; what differs is told. So restoring
 * twice does nothing the second time.
 */
#include <errno.h>
#include <string.h>

#include "ctl.h"
#include "saved.h"

enum { ADDED, SAME, DIFFERENT, FAILED, RESULTS };

static const char *const result_names[] = { "added", "same", "different", "failed" };

struct restore {
	struct ctl *c;
	struct pbl_list partitions;
	struct pbl_list resources;
	struct pbl_list offers;
	unsigned int count[RESULTS];
	bool any_id;			/* partitions that get whatever id is free */
	struct pbl_error first;
};

static void tell(struct restore *r, const char *kind, const char *name, int result,
		 const char *detail)
{
	struct out *o = &r->c->out;

	r->count[result]++;
	o->ops->object_start(o, kind);
	o->ops->text(o, "name", name);
	/* In text the noun says it. */
	if (r->c->json)
		o->ops->text(o, "kind", kind);
	o->ops->text(o, "result", result_names[result]);
	if (detail)
		o->ops->text(o, "detail", detail);
	o->ops->object_end(o);
}

static void failed(struct restore *r, const char *kind, const char *name, struct pbl_error *err)
{
	char line[512];

	if (!r->first.exit)
		r->first = *err;
	pbl_error_line(err, line, sizeof(line));
	tell(r, kind, name, FAILED, line);
}

static void restore_partition(struct restore *r, json_t *j)
{
	struct pbl_partition p;
	const struct pbl_partition *have;
	struct pbl_error err = { 0 };
	const char *detail = NULL;
	bool any_id;

	if (saved_to_partition(j, &p, &err)) {
		if (!r->any_id)
			failed(r, "partition", p.name, &err);
		return;
	}
	pbl_list_each(have, &r->partitions) {
		if (strcmp(have->name, p.name))
			continue;
		if (r->any_id)
			return;
		if (PBL_HAS(&p, PARTBUS_A_PARTITION_UUID) && memcmp(have->uuid, p.uuid, 16))
			detail = "another uuid";
		else if (PBL_HAS(&p, PARTBUS_A_PARTITION_ID) && have->id != p.id)
			detail = "another id";
		else if (PBL_HAS(&p, PARTBUS_A_PARTITION_WINDOW_SIZE) &&
			 have->window_size != p.window_size)
			detail = "another window size";
		tell(r, "partition", p.name, detail ? DIFFERENT : SAME, detail);
		return;
	}
	any_id = !PBL_HAS(&p, PARTBUS_A_PARTITION_ID) ||
		 pbl_partition_name(&r->partitions, p.id);
	if (any_id != r->any_id)
		return;
	/* Rather another id than none of its disks. */
	if (any_id && PBL_HAS(&p, PARTBUS_A_PARTITION_ID)) {
		PBL_UNSET(&p, PARTBUS_A_PARTITION_ID);
		detail = "with another id: its own is taken";
	}
	if (pbl_partition_new(&r->c->nl, &p, &err))
		failed(r, "partition", p.name, &err);
	else
		tell(r, "partition", p.name, ADDED, detail);
}

/*
 * Each attribute of the file must hold, as it was set or, where it was not, as it is in
 * effect; none may have been set that the file has not.
 */
static bool attrs_hold(const struct pbl_attrs *want, const struct pbl_attrs *set,
		       const struct pbl_attrs *have)
{
	for (unsigned int i = 0; i < set->count; i++) {
		if (pbl_attr_by_type(set->item[i].type) &&
		    !pbl_attrs_find(want, set->item[i].type))
			return false;
	}
	for (unsigned int i = 0; i < want->count; i++) {
		const struct pbl_attr *w = &want->item[i], *h = pbl_attrs_find(set, w->type);

		if (!h)
			h = pbl_attrs_find(have, w->type);
		if (!h || h->like != w->like)
			return false;
	}
	return true;
}

/* A file of an older version has the size in effect where none was set. */
static bool size_differs(const struct pbl_resource *want, const struct pbl_resource *have)
{
	if (!PBL_HAS(have, PARTBUS_A_RESOURCE_DEFINED_SIZE_BYTES))
		return want->size_bytes && want->size_bytes != have->size_bytes;
	return want->size_bytes != have->defined_size_bytes &&
	       want->size_bytes != have->size_bytes;
}

static const char *resource_differs(const struct pbl_resource *want,
				    const struct pbl_resource *have)
{
	if (want->class != have->class)
		return "another class";
	if (PBL_HAS(want, PARTBUS_A_RESOURCE_UUID) && memcmp(want->uuid, have->uuid, 16))
		return "another uuid";
	if (strcmp(want->backing, have->backing))
		return "another backing";
	if (PBL_HAS(want, PARTBUS_A_RESOURCE_SERIAL) && strcmp(want->serial, have->serial))
		return "another serial";
	if (size_differs(want, have))
		return "another size";
	if (PBL_HAS(want, PARTBUS_A_RESOURCE_READ_ONLY) && want->read_only != have->read_only)
		return "another read_only";
	return attrs_hold(&want->attrs, &have->defined, &have->attrs) ? NULL : "other attributes";
}

static void restore_resource(struct restore *r, json_t *j)
{
	struct pbl_resource want;
	const struct pbl_resource *have;
	struct pbl_error err = { 0 };

	if (saved_to_resource(j, &want, &err)) {
		failed(r, "resource", want.name, &err);
		return;
	}
	pbl_list_each(have, &r->resources) {
		const char *detail;

		if (strcmp(have->name, want.name))
			continue;
		detail = resource_differs(&want, have);
		tell(r, "resource", want.name, detail ? DIFFERENT : SAME, detail);
		return;
	}
	if (!pbl_resource_new(&r->c->nl, &want, &err))
		tell(r, "resource", want.name, ADDED, NULL);
	else if (err.number == EINPROGRESS)
		tell(r, "resource", want.name, ADDED, "its backing does not answer yet");
	else
		failed(r, "resource", want.name, &err);
}

static void restore_offer(struct restore *r, json_t *j)
{
	struct pbl_offer want;
	const struct pbl_offer *have;
	struct pbl_error err = { 0 };
	char partition[PARTBUS_NAME_MAX], name[2 * PARTBUS_NAME_MAX];
	int ret = saved_to_offer(j, &want, partition, sizeof(partition), &err);

	snprintf(name, sizeof(name), "%s/%s", partition, want.resource);
	if (!ret)
		ret = pbl_partition_id(&r->c->nl, partition, &want.partition, &err);
	if (ret) {
		failed(r, "offer", name, &err);
		return;
	}
	pbl_list_each(have, &r->offers) {
		const char *detail = NULL;

		if (have->partition != want.partition || strcmp(have->resource, want.resource))
			continue;
		if (strcmp(have->place, want.place))
			detail = "another bridge";
		else if (!attrs_hold(&want.attrs, &have->attrs, &have->attrs))
			detail = "other attributes";
		tell(r, "offer", name, detail ? DIFFERENT : SAME, detail);
		return;
	}
	if (pbl_offer_new(&r->c->nl, &want, &err))
		failed(r, "offer", name, &err);
	else
		tell(r, "offer", name, ADDED, NULL);
}

static int each(struct restore *r, json_t *all, const char *key,
		void (*one)(struct restore *r, json_t *j))
{
	json_t *list = json_object_get(all, key), *j;
	size_t i;

	if (!list)
		return 0;
	if (!json_is_array(list))
		return pbl_usage(&r->c->err, "\"%s\" is no list", key);
	json_array_foreach(list, i, j) {
		if (!json_is_object(j))
			return pbl_usage(&r->c->err, "%s: entry %zu is no object", key, i);
		one(r, j);
	}
	return 0;
}

static json_t *read_file(struct ctl *c, const char *path)
{
	bool in = !path || !strcmp(path, "-");
	FILE *f = in ? stdin : fopen(path, "re");
	json_error_t error;
	json_t *all;

	if (!f) {
		pbl_error_set(&c->err, PBL_LOCAL, errno, "cannot read \"%.200s\"", path);
		return NULL;
	}
	all = json_loadf(f, JSON_REJECT_DUPLICATES, &error);
	if (!in)
		fclose(f);
	if (!all) {
		pbl_usage(&c->err, "%.100s is no JSON: line %d: %.120s", in ? "the input" : path,
			  error.line, error.text);
		return NULL;
	}
	if (json_integer_value(json_object_get(all, "partbus")) != SAVED_FORMAT) {
		pbl_usage(&c->err, "%.200s is not what partbus save of this version writes",
			  in ? "the input" : path);
		json_decref(all);
		return NULL;
	}
	return all;
}

static int conclude(struct restore *r)
{
	if (r->count[FAILED]) {
		r->c->err = r->first;
		snprintf(r->c->err.text, sizeof(r->c->err.text),
			 "%u objects could not be restored, the first: %.250s", r->count[FAILED],
			 r->first.text);
		return -1;
	}
	if (r->count[DIFFERENT])
		return pbl_error_set(&r->c->err, PBL_OTHERWISE, 0,
				     "%u objects are there with other values and were left alone",
				     r->count[DIFFERENT]);
	return 0;
}

static int restore(struct ctl *c, struct args *a)
{
	struct restore r = {
		.c = c,
		.partitions = PBL_LIST(struct pbl_partition),
		.resources = PBL_LIST(struct pbl_resource),
		.offers = PBL_LIST(struct pbl_offer),
	};
	const char *path = args_next(a);
	int ret = args_end(c, a);
	json_t *all;

	if (ret)
		return ret;
	all = read_file(c, path);
	if (!all)
		return -1;
	ret = ctl_connect(c);
	if (!ret)
		ret = pbl_partition_list(&c->nl, &r.partitions, &c->err);
	if (!ret)
		ret = pbl_resource_list(&c->nl, &r.resources, &c->err);
	if (!ret)
		ret = pbl_offer_list(&c->nl, &r.offers, &c->err);
	if (!ret) {
		c->out.ops->list_start(&c->out, NULL);
		/* Offers need the other two. */
		ret = each(&r, all, "partitions", restore_partition);
		/* Whoever gets any id must not get one that somebody else is to have. */
		r.any_id = true;
		if (!ret)
			ret = each(&r, all, "partitions", restore_partition);
		if (!ret)
			ret = each(&r, all, "resources", restore_resource);
		if (!ret)
			ret = each(&r, all, "offers", restore_offer);
		c->out.ops->list_end(&c->out);
	}
	if (!ret)
		ret = conclude(&r);
	pbl_list_free(&r.partitions);
	pbl_list_free(&r.resources);
	pbl_list_free(&r.offers);
	json_decref(all);
	return ret;
}

static const struct ctl_command commands[] = {
	{ "", "[FILE]", "Add what the file has and the kernel has not; tell what differs.",
	  restore },
	{ 0 }
};

const struct ctl_object ctl_restore = {
	"restore", "the defined state from a file", commands, "", true,
};
