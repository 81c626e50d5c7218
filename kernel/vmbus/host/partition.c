// SPDX-License-Identifier: GPL-2.0
/* Partitions: the record of who there is. */
#include "host.h"

#include <linux/slab.h>
#include <linux/utsname.h>
#include <net/genetlink.h>

static LIST_HEAD(partitions);		/* by id, ascending; configuration lock */
static u32 last_id = PARTBUS_ROOT_ID;	/* the highest so far; configuration lock */

struct pb_partition *pb_partition_find(u32 id)
{
	struct pb_partition *p;

	partbus_config_assert_held();
	list_for_each_entry(p, &partitions, node)
		if (p->id == id)
			return p;
	return NULL;
}

void pb_partition_set_state(struct pb_partition *p, u32 state, const char *reason)
{
	struct partbus_event ev = PARTBUS_EVENT(PARTITION_STATE);

	partbus_config_assert_held();
	if (p->state == state && !reason)
		return;
	ev.partition = p->id;
	ev.name = p->name;
	ev.state = state;
	ev.old_state = p->state;
	ev.reason = reason;
	p->state = state;
	partbus_event_send(&ev);
}

int pb_partition_find_name(const char *name, u32 *id)
{
	struct pb_partition *p;

	partbus_config_assert_held();
	if (!strcmp(name, "root")) {
		*id = PARTBUS_ROOT_ID;
		return 0;
	}
	list_for_each_entry(p, &partitions, node) {
		if (!strcmp(p->name, name)) {
			*id = p->id;
			return 0;
		}
	}
	return -ENOENT;
}

/* The partition of the list before which one with @id stands, or the head. */
static struct list_head *place_of(u32 id)
{
	struct pb_partition *p;

	list_for_each_entry(p, &partitions, node)
		if (p->id > id)
			return &p->node;
	return &partitions;
}

/* Ids that were given before are given again to who asks for them only. */
static int take_id(u32 *id, struct netlink_ext_ack *extack)
{
	if (*id && pb_partition_find(*id)) {
		NL_SET_ERR_MSG(extack, "a partition with this id exists already");
		return -EEXIST;
	}
	if (!*id && last_id == PARTBUS_PARTITION_ID_MAX) {
		NL_SET_ERR_MSG(extack, "the highest id is taken: say which one the partition shall have");
		return -ENOSPC;
	}
	if (!*id)
		*id = last_id + 1;
	last_id = max(last_id, *id);
	return 0;
}

int pb_partition_new(const char *name, const uuid_t *uuid, u64 window_size, u32 *id,
		     struct netlink_ext_ack *extack)
{
	struct partbus_event ev = PARTBUS_EVENT(PARTITION_NEW);
	struct pb_partition *p;
	u32 found;
	int ret;

	if (!pb_partition_find_name(name, &found)) {
		NL_SET_ERR_MSG(extack, "a partition of this name exists already");
		return -EEXIST;
	}
	list_for_each_entry(p, &partitions, node) {
		if (uuid_equal(&p->uuid, uuid)) {
			NL_SET_ERR_MSG(extack, "a partition with this UUID exists already");
			return -EEXIST;
		}
	}
	if (uuid_is_null(uuid)) {
		NL_SET_ERR_MSG(extack, "the null UUID names nothing");
		return -EINVAL;
	}
	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	ret = take_id(id, extack);
	if (ret) {
		kfree(p);
		return ret;
	}
	p->id = *id;
	strscpy(p->name, name, sizeof(p->name));
	p->uuid = *uuid;
	p->window_size = window_size;
	list_add_tail(&p->node, place_of(p->id));
	ev.partition = p->id;
	ev.name = p->name;
	partbus_event_send(&ev);
	return 0;
}

int pb_partition_del(u32 id, struct netlink_ext_ack *extack)
{
	struct partbus_event ev = PARTBUS_EVENT(PARTITION_DEL);
	struct pb_partition *p = pb_partition_find(id);

	if (id == PARTBUS_ROOT_ID) {
		NL_SET_ERR_MSG(extack, "the root partition cannot be deleted");
		return -EINVAL;
	}
	if (!p) {
		NL_SET_ERR_MSG(extack, "no partition with this id");
		return -ENOENT;
	}
	if (p->attach) {
		NL_SET_ERR_MSG(extack, "the partition is attached: stop its virtual machine first");
		return -EBUSY;
	}
	if (pb_offer_count_partition(id)) {
		NL_SET_ERR_MSG(extack, "the partition has offers: delete them first (partbus offer del)");
		return -EBUSY;
	}
	ev.partition = p->id;
	ev.name = p->name;
	partbus_event_send(&ev);
	list_del(&p->node);
	kfree(p);
	return 0;
}

static void root_info(struct partbus_partition_info *info)
{
	memset(info, 0, sizeof(*info));
	strscpy(info->name, "root", sizeof(info->name));
	info->state = PARTBUS_PARTITION_STATE_ACTIVE;
	info->version = PARTBUS_VERSION_MAX;
	info->channels = pb_link_count(PARTBUS_ROOT_ID, NULL);
	strscpy(info->release, init_utsname()->release, sizeof(info->release));
}

int pb_partition_next(u32 id, struct partbus_partition_info *info)
{
	struct pb_partition *p;

	partbus_config_assert_held();
	if (id == PARTBUS_ROOT_ID) {
		root_info(info);
		return 0;
	}
	list_for_each_entry(p, &partitions, node) {
		if (p->id < id)
			continue;
		memset(info, 0, sizeof(*info));
		info->id = p->id;
		strscpy(info->name, p->name, sizeof(info->name));
		info->uuid = p->uuid;
		info->state = p->state;
		info->generation = p->generation;
		info->window_size = p->window_size;
		info->channels = pb_link_count(p->id, NULL);
		if (p->attach) {
			info->window_used = pb_attach_used(p->attach);
			info->pid = p->attach->pid;
			info->version = p->attach->version;
			strscpy(info->release, p->attach->release, sizeof(info->release));
			info->has_heartbeat = pb_watch_heartbeat(p->attach,
								 &info->heartbeat,
								 &info->heartbeat_age_msec);
		}
		return 0;
	}
	return -ENOENT;
}

void pb_partition_exit(void)
{
	struct pb_partition *p, *next;

	partbus_config_lock();
	list_for_each_entry_safe(p, next, &partitions, node) {
		list_del(&p->node);
		kfree(p);
	}
	partbus_config_unlock();
}
