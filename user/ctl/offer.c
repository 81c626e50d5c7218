// SPDX-License-Identifier: GPL-2.0
/* partbus offer: which partition may use which resource. */
#include <string.h>

#include "ctl.h"

void ctl_print_offer(struct ctl *c, const struct pbl_offer *of, const struct pbl_list *partitions)
{
	struct out *o = &c->out;
	const char *partition = pbl_partition_name(partitions, of->partition);
	char name[2 * PARTBUS_NAME_MAX];

	/* Lists are of objects with a name; an offer's is made of its two ends. */
	if (partition)
		snprintf(name, sizeof(name), "%s/%s", partition, of->resource);
	else
		snprintf(name, sizeof(name), "%u/%s", of->partition, of->resource);
	o->ops->object_start(o, "offer");
	o->ops->text(o, "name", name);
	ctl_print_peer(c, "partition", of->partition, partitions);
	o->ops->text(o, "resource", of->resource);
	if (PBL_HAS(of, PARTBUS_A_OFFER_CHANNEL) && of->channel)
		out_count(o, "channel", of->channel);
	out_switch(o, "pending", of->pending);
	if (of->place[0])
		o->ops->text(o, "bridge", of->place);
	out_attrs(o, &of->attrs);
	o->ops->object_end(o);
}

static int offer_show(struct ctl *c, struct args *a)
{
	struct pbl_list list = PBL_LIST(struct pbl_offer);
	struct pbl_list partitions = PBL_LIST(struct pbl_partition);
	const char *partition = args_next(a), *resource = args_next(a);
	const struct pbl_offer *o;
	bool found = false;
	__u32 id = 0;
	int ret = args_end(c, a);

	if (!ret)
		ret = ctl_connect(c);
	if (!ret && partition)
		ret = pbl_partition_id(&c->nl, partition, &id, &c->err);
	if (!ret)
		ret = pbl_offer_list(&c->nl, &list, &c->err);
	if (!ret) {
		ctl_partition_names(c, &partitions);
		c->out.ops->list_start(&c->out, NULL);
		pbl_list_each(o, &list) {
			if ((partition && o->partition != id) ||
			    (resource && strcmp(o->resource, resource)))
				continue;
			ctl_print_offer(c, o, &partitions);
			found = true;
		}
		c->out.ops->list_end(&c->out);
		if (resource && !found)
			ret = pbl_error_set(&c->err, PBL_NOT_FOUND, 2,
					    "no offer of \"%.64s\" to \"%.64s\"", resource, partition);
	}
	pbl_list_free(&partitions);
	pbl_list_free(&list);
	return ret;
}

/* PARTITION RESOURCE; the connection is there afterwards. */
static int ends(struct ctl *c, struct args *a, const char **partition, struct pbl_offer *o)
{
	const char *resource;

	*partition = args_need(c, a, "the partition (a name, an id, or root)");
	if (!*partition)
		return -1;
	resource = args_need(c, a, "the resource's name");
	if (!resource)
		return -1;
	return args_text(c, "resource", resource, o->resource, sizeof(o->resource));
}

static int offer_add(struct ctl *c, struct args *a)
{
	struct pbl_offer o = { 0 };
	const char *key, *value, *partition;
	int ret = ends(c, a, &partition, &o);

	if (ret)
		return ret;
	while ((ret = args_pair(c, a, &key, &value)) > 0) {
		/* The one kind of place that there is. */
		if (!strcmp(key, "bridge"))
			ret = args_text(c, key, value, o.place, sizeof(o.place)) ?: 1;
		else
			ret = args_attr(c, key, value, &o.attrs);
		if (ret < 0)
			return ret;
		if (!ret)
			return args_unknown(c, key);
	}
	if (!ret)
		ret = ctl_connect(c);
	if (!ret)
		ret = pbl_partition_id(&c->nl, partition, &o.partition, &c->err);
	if (!ret)
		ret = pbl_offer_new(&c->nl, &o, &c->err);
	return ret;
}

static int offer_del(struct ctl *c, struct args *a)
{
	struct pbl_offer o = { 0 };
	const char *partition;
	int ret = ends(c, a, &partition, &o);

	if (!ret)
		ret = args_end(c, a);
	if (!ret)
		ret = ctl_connect(c);
	if (!ret)
		ret = pbl_partition_id(&c->nl, partition, &o.partition, &c->err);
	if (!ret)
		ret = pbl_offer_del(&c->nl, o.partition, o.resource, &c->err);
	return ret;
}

static const struct ctl_command commands[] = {
	{ "add", "PARTITION RESOURCE [bridge NAME] [ATTRIBUTE VALUE ...]",
	  "Let a partition use a resource, within limits of its own.", offer_add },
	{ "del", "PARTITION RESOURCE", "Take a resource back, whatever the partition does.",
	  offer_del },
	{ "show", "[PARTITION [RESOURCE]]", "Print offers.", offer_show },
	{ 0 }
};

const struct ctl_object ctl_offer = {
	"offer", "which partition may use which resource", commands, "show", false,
};
