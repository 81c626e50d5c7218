// SPDX-License-Identifier: GPL-2.0
/* partbus partition: the VMs that the host knows. */
#include <string.h>

#include "ctl.h"
#include "names.h"

void ctl_print_partition(struct ctl *c, const struct pbl_partition *p)
{
	struct out *o = &c->out;

	o->ops->object_start(o, "partition");
	o->ops->text(o, "name", p->name);
	if (PBL_HAS(p, PARTBUS_A_PARTITION_ID))
		out_count(o, "id", p->id);
	if (PBL_HAS(p, PARTBUS_A_PARTITION_STATE))
		out_enum(o, "state", p->state, pbl_partition_state_name(p->state));
	if (PBL_HAS(p, PARTBUS_A_PARTITION_CHANNELS))
		out_count(o, "channels", p->channels);
	o->ops->line(o);
	if (PBL_HAS(p, PARTBUS_A_PARTITION_UUID))
		out_uuid(o, "uuid", p->uuid);
	if (PBL_HAS(p, PARTBUS_A_PARTITION_WINDOW_SIZE))
		out_number(o, "window_size_bytes", p->window_size, PBL_UNIT_BYTES);
	if (PBL_HAS(p, PARTBUS_A_PARTITION_WINDOW_USED))
		out_number(o, "window_used_bytes", p->window_used, PBL_UNIT_BYTES);
	o->ops->line(o);
	if (PBL_HAS(p, PARTBUS_A_PARTITION_GENERATION))
		out_count(o, "generation", p->generation);
	if (PBL_HAS(p, PARTBUS_A_PARTITION_PID) && p->pid)
		out_count(o, "pid", p->pid);
	if (PBL_HAS(p, PARTBUS_A_PARTITION_VERSION) && p->version) {
		char version[32];

		snprintf(version, sizeof(version), "%u.%u", p->version >> 16, p->version & 0xffff);
		o->ops->text(o, "version", version);
	}
	if (PBL_HAS(p, PARTBUS_A_PARTITION_RELEASE) && p->release[0])
		o->ops->text(o, "release", p->release);
	if (PBL_HAS(p, PARTBUS_A_PARTITION_HEARTBEAT))
		out_enum(o, "heartbeat", p->heartbeat, pbl_heartbeat_name(p->heartbeat));
	if (PBL_HAS(p, PARTBUS_A_PARTITION_HEARTBEAT_AGE_MSEC))
		out_count(o, "heartbeat_age_msec", p->heartbeat_age_msec);
	o->ops->object_end(o);
}

void ctl_partition_names(struct ctl *c, struct pbl_list *partitions)
{
	struct pbl_error ignored;

	if (pbl_partition_list(&c->nl, partitions, &ignored))
		pbl_list_clear(partitions);
}

void ctl_print_peer(struct ctl *c, const char *key, __u32 id, const struct pbl_list *partitions)
{
	out_enum(&c->out, key, id, pbl_partition_name(partitions, id));
}

static int partition_show(struct ctl *c, struct args *a)
{
	struct pbl_list list = PBL_LIST(struct pbl_partition);
	const char *name = args_next(a);
	const struct pbl_partition *p;
	int ret = args_end(c, a);

	if (!ret)
		ret = ctl_connect(c);
	if (!ret && name) {
		struct pbl_partition *one = pbl_list_add(&list);
		__u32 id = 0;
		bool number = pbl_all_digits(name);

		if (!one)
			return pbl_error_set(&c->err, PBL_LOCAL, 12, "partitions");
		if (number)
			ret = pbl_parse_u32("partition", name, &id, &c->err);
		if (!ret)
			ret = pbl_partition_get(&c->nl, number ? NULL : name, id, one, &c->err);
	} else if (!ret) {
		ret = pbl_partition_list(&c->nl, &list, &c->err);
	}
	if (!ret) {
		c->out.ops->list_start(&c->out, NULL);
		pbl_list_each(p, &list)
			ctl_print_partition(c, p);
		c->out.ops->list_end(&c->out);
	}
	pbl_list_free(&list);
	return ret;
}

static int partition_add(struct ctl *c, struct args *a)
{
	struct pbl_partition p = { 0 };
	const char *key, *value, *name = args_need(c, a, "the partition's name");
	unsigned int seen = 0;
	int ret;

	if (!name || args_name(c, "name", name, p.name, sizeof(p.name)))
		return -1;
	while ((ret = args_pair(c, a, &key, &value)) > 0) {
		if (!strcmp(key, "uuid")) {
			ret = args_once(c, &seen, 0, key);
			if (!ret)
				ret = pbl_parse_uuid(key, value, p.uuid, &c->err);
			PBL_SET(&p, PARTBUS_A_PARTITION_UUID);
		} else if (!strcmp(key, "window") || !strcmp(key, "window_size") ||
			   !strcmp(key, "window_size_bytes")) {
			ret = args_once(c, &seen, 1, key);
			if (!ret)
				ret = pbl_parse_bytes(key, value, &p.window_size, &c->err);
			PBL_SET(&p, PARTBUS_A_PARTITION_WINDOW_SIZE);
		} else if (!strcmp(key, "id")) {
			ret = args_once(c, &seen, 2, key);
			if (!ret)
				ret = pbl_parse_u32(key, value, &p.id, &c->err);
			PBL_SET(&p, PARTBUS_A_PARTITION_ID);
		} else {
			ret = args_unknown(c, key);
		}
		if (ret)
			break;
	}
	if (!ret && !PBL_HAS(&p, PARTBUS_A_PARTITION_UUID)) {
		ret = pbl_random_uuid(p.uuid, &c->err);
		PBL_SET(&p, PARTBUS_A_PARTITION_UUID);
	}
	if (!ret)
		ret = ctl_connect(c);
	if (!ret)
		ret = pbl_partition_new(&c->nl, &p, &c->err);
	return ret;
}

static int partition_del(struct ctl *c, struct args *a)
{
	const char *name = args_need(c, a, "the partition's name");
	int ret = name ? args_end(c, a) : -1;

	if (!ret)
		ret = ctl_connect(c);
	if (!ret)
		ret = pbl_partition_del(&c->nl, name, &c->err);
	return ret;
}

static const struct ctl_command commands[] = {
	{ "add", "NAME [uuid UUID] [window SIZE] [id NUMBER]",
	  "Define a partition. Without a UUID it gets a random one, without an id the next.",
	  partition_add },
	{ "del", "NAME", "Forget a partition that is not attached.", partition_del },
	{ "show", "[NAME | ID]", "Print partitions.", partition_show },
	{ 0 }
};

const struct ctl_object ctl_partition = {
	"partition", "the VMs that the host knows", commands, "show", false,
};
