// SPDX-License-Identifier: GPL-2.0
/*
 * Offers: which partition may use which resource. They outlive the guests and
 * the providers; whenever both are there, a link is made.
 */
#include "host.h"

#include <linux/slab.h>
#include <net/genetlink.h>

static LIST_HEAD(offers);		/* configuration lock */

static void offer_reconcile(struct work_struct *work);
static DECLARE_DELAYED_WORK(reconcile_work, offer_reconcile);
static atomic_t retry_failed;

static struct pb_offer *offer_find(u32 partition, const char *resource)
{
	struct pb_offer *o;

	partbus_config_assert_held();
	list_for_each_entry(o, &offers, node)
		if (o->partition == partition && !strcmp(o->resource, resource))
			return o;
	return NULL;
}

static void offer_event(const struct pb_offer *o, u32 kind)
{
	struct partbus_event ev = {
		.kind = kind,
		.partition = o->partition,
		.channel = o->link ? o->link->channel : 0,
		.name = o->resource,
		.state = U32_MAX,
		.old_state = U32_MAX,
	};

	partbus_event_send(&ev);
}

/* Makes the link of an offer if everything that it takes is there. */
static void offer_try(struct pb_offer *o, const struct partbus_resource_info *info)
{
	struct pb_partition *p = NULL;
	struct pb_link *link;

	if (o->link || o->failed || info->state != PARTBUS_RESOURCE_STATE_READY)
		return;
	if (o->partition != PARTBUS_ROOT_ID) {
		p = pb_partition_find(o->partition);
		if (!p || p->state != PARTBUS_PARTITION_STATE_ACTIVE)
			return;
	}
	/* The former link's server may still have requests in flight: quiet first. */
	if (pb_link_count(o->partition, o->resource))
		return;
	o->class = info->class;
	o->uuid = info->uuid;
	link = pb_link_new(o, p, info);
	if (IS_ERR(link))
		o->failed = true;
}

static void offer_reconcile(struct work_struct *work)
{
	const struct partbus_provider_ops *provider;
	struct partbus_resource_info *info = kzalloc(sizeof(*info), GFP_NOIO);
	struct pb_offer *o;
	bool retry;

	if (!info) {
		pb_offer_reconcile_soon();
		return;
	}
	retry = atomic_xchg(&retry_failed, 0);
	partbus_config_lock();
	provider = partbus_provider();
	list_for_each_entry(o, &offers, node) {
		if (retry)
			o->failed = false;
		if (provider && !o->link && !provider->resource_get(o->resource, info))
			offer_try(o, info);
	}
	partbus_config_unlock();
	kfree(info);
}

void pb_offer_reconcile(bool retry)
{
	if (retry)
		atomic_set(&retry_failed, 1);
	mod_delayed_work(pb_host_wq, &reconcile_work, 0);
}

void pb_offer_reconcile_soon(void)
{
	queue_delayed_work(pb_host_wq, &reconcile_work, HZ / 20);
}

int pb_offer_new(u32 partition, const struct partbus_resource_info *resource,
		 const struct pb_ranges *limits, const char *place, u32 *channel,
		 struct netlink_ext_ack *extack)
{
	struct pb_offer *o;

	if (partition != PARTBUS_ROOT_ID && !pb_partition_find(partition)) {
		NL_SET_ERR_MSG(extack, "no partition with this id");
		return -ENOENT;
	}
	if (offer_find(partition, resource->name)) {
		NL_SET_ERR_MSG(extack, "the partition has this offer already");
		return -EEXIST;
	}
	o = kzalloc(sizeof(*o), GFP_KERNEL);
	if (!o)
		return -ENOMEM;
	o->partition = partition;
	strscpy(o->resource, resource->name, sizeof(o->resource));
	o->class = resource->class;
	o->uuid = resource->uuid;
	o->limits = *limits;
	strscpy(o->place, place, sizeof(o->place));
	list_add_tail(&o->node, &offers);
	offer_try(o, resource);
	*channel = o->link ? o->link->channel : 0;
	offer_event(o, PARTBUS_EVENT_KIND_OFFER_NEW);
	return 0;
}

static void offer_free(struct pb_offer *o, u32 reason)
{
	list_del(&o->node);
	if (o->link) {
		o->link->offer = NULL;
		pb_link_kill(o->link, reason, false);
	}
	kfree(o);
}

/*
 * A client without a channel would wait for ever for the next: a channel that broke,
 * or whose provider went, was rescinded as one that may come back.
 */
static void offer_withdrawn(const struct pb_offer *o)
{
	struct partbus_ctrl_withdrawn m = { .class = cpu_to_le32(o->class) };
	struct pb_partition *p;

	if (o->partition == PARTBUS_ROOT_ID) {
		pb_bus_withdrawn(o->class, &o->uuid);
		return;
	}
	p = pb_partition_find(o->partition);
	if (!p || p->state != PARTBUS_PARTITION_STATE_ACTIVE ||
	    !(p->attach->compat & PARTBUS_COMPAT_WITHDRAWN))
		return;
	export_uuid(m.resource_uuid, &o->uuid);
	pb_ctrl_send_in(&p->attach->ctrl, p->attach->generation, PARTBUS_CTRL_WITHDRAWN, &m,
			sizeof(m));
}

int pb_offer_del(u32 partition, const char *resource, struct netlink_ext_ack *extack)
{
	struct pb_offer *o = offer_find(partition, resource);

	if (!o) {
		NL_SET_ERR_MSG(extack, "the partition has no offer of this resource");
		return -ENOENT;
	}
	offer_event(o, PARTBUS_EVENT_KIND_OFFER_DEL);
	offer_withdrawn(o);
	offer_free(o, PARTBUS_RESCIND_REMOVED);
	return 0;
}

int pb_offer_next(unsigned int index, struct partbus_offer_info *info)
{
	struct pb_offer *o;

	partbus_config_assert_held();
	list_for_each_entry(o, &offers, node) {
		if (index--)
			continue;
		info->partition = o->partition;
		strscpy(info->resource, o->resource, sizeof(info->resource));
		info->channel = o->link && !o->link->dying ? o->link->channel : 0;
		info->limits = o->limits;
		strscpy(info->place, o->place, sizeof(info->place));
		return 0;
	}
	return -ENOENT;
}

unsigned int pb_offer_count(const char *resource)
{
	struct pb_offer *o;
	unsigned int n = 0;

	partbus_config_assert_held();
	list_for_each_entry(o, &offers, node)
		n += !strcmp(o->resource, resource);
	return n;
}

unsigned int pb_offer_count_partition(u32 partition)
{
	struct pb_offer *o;
	unsigned int n = 0;

	partbus_config_assert_held();
	list_for_each_entry(o, &offers, node)
		n += o->partition == partition;
	return n;
}

/* Deletes the youngest offer; false when there is none. */
static bool offer_exit_one(void)
{
	char resource[PARTBUS_NAME_MAX];
	struct pb_offer *o;
	u32 partition;

	partbus_config_lock();
	if (list_empty(&offers)) {
		partbus_config_unlock();
		return false;
	}
	o = list_last_entry(&offers, struct pb_offer, node);
	partition = o->partition;
	strscpy(resource, o->resource, sizeof(resource));
	offer_free(o, PARTBUS_RESCIND_PROVIDER);
	partbus_config_unlock();
	pb_link_wait(partition, resource);
	return true;
}

/*
 * The module goes: for the clients the provider is away, it may come back. One
 * offer after the other, the youngest first: a disk of the root partition may be
 * what a younger resource is served from, whose requests must end before.
 */
void pb_offer_exit(void)
{
	cancel_delayed_work_sync(&reconcile_work);
	while (offer_exit_one())
		;
}
