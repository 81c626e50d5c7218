// SPDX-License-Identifier: GPL-2.0
/*
 * The registry of resources, and what netlink does to it. A resource is made
 * and deleted with the configuration lock held; the list itself is guarded by
 * vsp_lock, since probe() of a channel end looks a resource up without the other.
 *
 * Life of a resource: opened (seen by its maker only) -> listed -> gone (not
 * found any more, its name and UUID are free) -> closed by the last reference.
 * The backing stays open until then: requests may still be in flight into it.
 */
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vsp_internal.h"

DEFINE_MUTEX(vsp_lock);		/* see vsp_internal.h */

/* By name, in the order of strcmp(). Guarded by vsp_lock. */
static LIST_HEAD(vsp_resources);

static struct vsp_resource *find_by_name(const char *name)
{
	struct vsp_resource *res;

	lockdep_assert_held(&vsp_lock);
	list_for_each_entry(res, &vsp_resources, node)
		if (!strcmp(res->name, name))
			return res;
	return NULL;
}

static struct vsp_resource *find_by_uuid(const uuid_t *uuid)
{
	struct vsp_resource *res;

	lockdep_assert_held(&vsp_lock);
	list_for_each_entry(res, &vsp_resources, node)
		if (uuid_equal(&res->uuid, uuid))
			return res;
	return NULL;
}

static void insert(struct vsp_resource *new)
{
	struct vsp_resource *res;

	lockdep_assert_held(&vsp_lock);
	list_for_each_entry(res, &vsp_resources, node)
		if (strcmp(res->name, new->name) > 0)
			break;
	/* Before the first that sorts after it, or at the end. */
	list_add_tail(&new->node, &res->node);
}

/* The reference is put by vsp_resource_put(); NULL when there is none. */
struct vsp_resource *vsp_resource_get_by_uuid(const uuid_t *uuid, u32 class)
{
	struct vsp_resource *res;

	mutex_lock(&vsp_lock);
	res = find_by_uuid(uuid);
	if (res && res->class == class)
		kref_get(&res->ref);	/* listed, so the registry has one */
	else
		res = NULL;
	mutex_unlock(&vsp_lock);
	return res;
}

static void drop_class(struct vsp_class *cls)
{
	mutex_lock(&vsp_lock);
	/* Under the lock: vsp_class_unregister() takes it before it frees. */
	if (!--cls->resources)
		wake_up(&cls->drained);
	mutex_unlock(&vsp_lock);
}

static void release(struct kref *ref)
{
	struct vsp_resource *res = container_of(ref, struct vsp_resource, ref);

	res->cls->ops->resource_close(res);
	drop_class(res->cls);
	kfree(res);
}

/* May close the backing: vsp_lock must not be held. */
void vsp_resource_put(struct vsp_resource *res)
{
	kref_put(&res->ref, release);
}

static void fill_info(struct vsp_resource *res, struct partbus_resource_info *info)
{
	lockdep_assert_held(&vsp_lock);
	memset(info, 0, sizeof(*info));
	strscpy(info->name, res->name, sizeof(info->name));
	strscpy(info->backing, res->backing, sizeof(info->backing));
	strscpy(info->serial, res->serial, sizeof(info->serial));
	info->uuid = res->uuid;
	info->class = res->class;
	info->read_only = res->set.read_only;
	if (res->cls->ops->size)
		info->size_bytes = res->cls->ops->size(res);
	info->state = vsp_admission_available(res, NULL, NULL, &info->available) ?
		      PARTBUS_RESOURCE_STATE_FAILED : PARTBUS_RESOURCE_STATE_READY;
}

static void send_event(u32 kind, const struct vsp_resource *res, u32 state,
		       const char *reason)
{
	struct partbus_event ev = {
		.kind = kind,
		.partition = U32_MAX,
		.name = res->name,
		.state = state,
		.old_state = U32_MAX,
		.reason = reason,
	};

	partbus_event_send(&ev);
}

static bool is_reserve(int attr)
{
	return attr == PB_RESERVE_IOPS || attr == PB_RESERVE_BPS;
}

/* Adds what was given to @set; what was not stays as it is. */
static int merge_settings(const struct partbus_resource_params *p, u32 class,
			  struct vsp_settings *set, struct netlink_ext_ack *extack)
{
	int i;

	if (p->has_size)
		set->size_bytes = p->size_bytes;
	if (p->has_read_only)
		set->read_only = p->read_only;

	for (i = 0; i < PB_ATTR_COUNT; i++) {
		const struct pb_attr_info *info = &pb_attr_table[i];
		u64 value;

		if (!(p->limits.present & (1ULL << i)))
			continue;
		if (!pb_attr_of_class(i, class)) {
			NL_SET_ERR_MSG(extack, "an attribute does not belong to the resource's class");
			return -EINVAL;
		}
		if (info->rule == PB_RULE_FACT && info->class != PARTBUS_CLASS_NONE) {
			NL_SET_ERR_MSG(extack, "an attribute is a fact of the backing and cannot be set: for a block resource give size_bytes or read_only");
			return -EINVAL;
		}
		/* Whoever gives one number means it as both. */
		value = p->limits.like[i];
		if (value == PARTBUS_ATTR_ANY) {
			if (is_reserve(i)) {
				NL_SET_ERR_MSG(extack, "the total of a reserve must be a number");
				return -EINVAL;
			}
			/* No limit any more. */
			set->limits.present &= ~(1ULL << i);
			continue;
		}
		if (value < info->min || value > info->max) {
			NL_SET_ERR_MSG(extack, "an attribute is outside the range that a contract may have");
			return -ERANGE;
		}
		if (info->rule == PB_RULE_POW2 && !is_power_of_2(value)) {
			NL_SET_ERR_MSG(extack, "an attribute must be a power of two");
			return -EINVAL;
		}
		pb_ranges_set(&set->limits, i, value, value);
	}

	for (i = 0; i < PB_ATTR_COUNT; i++) {
		int cap = i == PB_RESERVE_IOPS ? PB_CAP_IOPS : PB_CAP_BPS;

		if (!is_reserve(i) || !(set->limits.present & (1ULL << i)))
			continue;
		/* A cap holds for one client, so a total above it may make sense. */
		if (set->limits.present & (1ULL << cap) && !set->limits.like[cap]) {
			NL_SET_ERR_MSG(extack, "a reserve cannot be kept under a cap of 0");
			return -EINVAL;
		}
	}
	return 0;
}

static int make(const struct partbus_resource_params *p, struct vsp_class *cls,
		struct vsp_resource **out, struct netlink_ext_ack *extack)
{
	struct vsp_resource *res;
	int ret;

	res = kzalloc(sizeof(*res), GFP_KERNEL);
	if (!res)
		return -ENOMEM;
	kref_init(&res->ref);
	INIT_LIST_HEAD(&res->node);
	INIT_LIST_HEAD(&res->sessions);
	res->cls = cls;
	res->class = p->class;
	strscpy(res->name, p->name, sizeof(res->name));
	strscpy(res->backing, p->backing, sizeof(res->backing));
	if (p->serial)
		strscpy(res->serial, p->serial, sizeof(res->serial));
	if (p->has_uuid)
		res->uuid = p->uuid;
	else
		uuid_gen(&res->uuid);

	ret = merge_settings(p, p->class, &res->set, extack);
	if (ret)
		goto err_free;
	ret = cls->ops->resource_open(res, extack);
	if (ret)
		goto err_free;
	ret = cls->ops->resource_check(res, &res->set, extack);
	if (ret)
		goto err_close;
	*out = res;
	return 0;

err_close:
	cls->ops->resource_close(res);
err_free:
	kfree(res);
	return ret;
}

static int check_new(const struct partbus_resource_params *p,
		     struct netlink_ext_ack *extack)
{
	if (!p->name || !*p->name || strlen(p->name) >= PARTBUS_NAME_MAX) {
		NL_SET_ERR_MSG(extack, "a resource needs a name of 1 to 63 characters");
		return -EINVAL;
	}
	if (!p->backing || !*p->backing || strlen(p->backing) >= VSP_BACKING_MAX) {
		NL_SET_ERR_MSG(extack, "a resource needs a backing, a path of at most 255 characters");
		return -EINVAL;
	}
	if (p->serial && strlen(p->serial) >= sizeof_field(struct vsp_resource, serial)) {
		NL_SET_ERR_MSG(extack, "a serial number has at most 31 characters");
		return -EINVAL;
	}
	if (p->has_uuid && uuid_is_null(&p->uuid)) {
		NL_SET_ERR_MSG(extack, "the UUID of a resource must not be zero; leave it out to get a new one");
		return -EINVAL;
	}
	if (find_by_name(p->name)) {
		NL_SET_ERR_MSG(extack, "a resource of this name exists");
		return -EEXIST;
	}
	if (p->has_uuid && find_by_uuid(&p->uuid)) {
		NL_SET_ERR_MSG(extack, "a resource of this UUID exists");
		return -EEXIST;
	}
	return 0;
}

static int resource_new(const struct partbus_resource_params *p,
			struct netlink_ext_ack *extack)
{
	const struct partbus_host_ops *host = partbus_host();
	struct partbus_resource_info *info;
	struct vsp_resource *res = NULL;
	struct vsp_class *cls = NULL;
	int ret;

	info = kmalloc(sizeof(*info), GFP_KERNEL);
	if (!info)
		return -ENOMEM;

	mutex_lock(&vsp_lock);
	ret = check_new(p, extack);
	if (!ret) {
		cls = vsp_class_find(p->class);
		if (cls) {
			cls->resources++;	/* put by drop_class() */
		} else {
			NL_SET_ERR_MSG(extack, "no module serves this class: load it (modprobe partbus-vsp-class-1 for block, -2 for net)");
			ret = -EOPNOTSUPP;
		}
	}
	mutex_unlock(&vsp_lock);
	if (ret)
		goto out;

	/*
	 * Opening a backing does I/O, so not under vsp_lock; the configuration
	 * lock keeps others from taking the name meanwhile, and the class from
	 * going.
	 */
	ret = make(p, cls, &res, extack);
	if (ret) {
		drop_class(cls);
		goto out;
	}
	mutex_lock(&vsp_lock);
	insert(res);
	fill_info(res, info);
	mutex_unlock(&vsp_lock);

	send_event(PARTBUS_EVENT_KIND_RESOURCE_NEW, res, info->state, NULL);
	/* May probe a channel at once, which takes vsp_lock. */
	if (host)
		host->resource_ready(info);
out:
	kfree(info);
	return ret;
}

/* Has more been promised to clients than @set has in total? */
static int check_promises(const struct vsp_resource *res, const struct vsp_settings *set,
			  struct netlink_ext_ack *extack)
{
	static const int reserves[] = { PB_RESERVE_IOPS, PB_RESERVE_BPS };
	int i;

	for (i = 0; i < ARRAY_SIZE(reserves); i++) {
		if (vsp_admission_promised(res, NULL, reserves[i]) <=
		    vsp_admission_total(set, reserves[i]))
			continue;
		NL_SET_ERR_MSG(extack, "clients have been promised a larger reserve than that: lower their offers first");
		return -EBUSY;
	}
	return 0;
}

static int resource_set(const struct partbus_resource_params *p,
			struct netlink_ext_ack *extack)
{
	struct vsp_settings *set;
	struct vsp_resource *res;
	struct vsp_session *s;
	int ret;

	if (p->backing || p->serial) {
		NL_SET_ERR_MSG(extack, "the backing and the serial number of a resource cannot be changed: delete it and make it anew");
		return -EOPNOTSUPP;
	}
	set = kmalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;

	mutex_lock(&vsp_lock);
	res = find_by_name(p->name);
	if (res)
		*set = res->set;
	mutex_unlock(&vsp_lock);
	if (!res) {
		NL_SET_ERR_MSG(extack, "no resource of this name");
		ret = -ENOENT;
		goto out;
	}

	/* Stays: only the holder of the configuration lock takes it off the list. */
	ret = merge_settings(p, res->class, set, extack);
	if (!ret)
		ret = res->cls->ops->resource_check(res, set, extack);
	if (ret)
		goto out;

	mutex_lock(&vsp_lock);
	ret = check_promises(res, set, extack);
	if (!ret) {
		res->set = *set;
		list_for_each_entry(s, &res->sessions, node) {
			vsp_sched_update(s);
			partbus_channel_want(s->ch);
		}
	}
	mutex_unlock(&vsp_lock);
	if (!ret)
		send_event(PARTBUS_EVENT_KIND_RESOURCE_SET, res, U32_MAX, NULL);
out:
	kfree(set);
	return ret;
}

static void unlist(struct vsp_resource *res)
{
	lockdep_assert_held(&vsp_lock);
	list_del_init(&res->node);
	res->gone = true;
}

static int resource_del(const char *name, struct netlink_ext_ack *extack)
{
	const struct partbus_host_ops *host = partbus_host();
	struct vsp_resource *res;

	mutex_lock(&vsp_lock);
	res = find_by_name(name);
	if (res)
		unlist(res);
	mutex_unlock(&vsp_lock);
	if (!res) {
		NL_SET_ERR_MSG(extack, "no resource of this name");
		return -ENOENT;
	}
	/* Sessions whose offers were just deleted may be about to end. */
	if (host)
		host->resource_gone(res->name, PARTBUS_RESCIND_REMOVED);
	send_event(PARTBUS_EVENT_KIND_RESOURCE_DEL, res, U32_MAX, NULL);
	vsp_resource_put(res);		/* the registry's */
	return 0;
}

static int resource_get(const char *name, struct partbus_resource_info *info)
{
	struct vsp_resource *res;

	mutex_lock(&vsp_lock);
	res = find_by_name(name);
	if (res)
		fill_info(res, info);
	mutex_unlock(&vsp_lock);
	return res ? 0 : -ENOENT;
}

static int resource_next(const char *after, struct partbus_resource_info *info)
{
	struct vsp_resource *res;
	int ret = -ENOENT;

	mutex_lock(&vsp_lock);
	list_for_each_entry(res, &vsp_resources, node) {
		if (strcmp(res->name, after) <= 0)
			continue;
		fill_info(res, info);
		ret = 0;
		break;
	}
	mutex_unlock(&vsp_lock);
	return ret;
}

/* All resources of a class go: its module does. */
void vsp_resource_forget_class(struct vsp_class *cls)
{
	const struct partbus_host_ops *host = partbus_host();
	struct vsp_resource *res, *next;
	LIST_HEAD(going);

	partbus_config_assert_held();
	mutex_lock(&vsp_lock);
	cls->dying = true;
	list_for_each_entry_safe(res, next, &vsp_resources, node) {
		if (res->cls != cls)
			continue;
		unlist(res);
		list_add_tail(&res->node, &going);
	}
	mutex_unlock(&vsp_lock);

	/* @going is ours: what is unlisted is found by nobody. */
	list_for_each_entry_safe(res, next, &going, node) {
		list_del_init(&res->node);
		if (host)
			host->resource_gone(res->name, PARTBUS_RESCIND_PROVIDER);
		send_event(PARTBUS_EVENT_KIND_RESOURCE_DEL, res, U32_MAX,
			   "the provider's module is going");
		vsp_resource_put(res);	/* the registry's */
	}
}

void vsp_resource_changed(struct vsp_resource *res)
{
	struct pb_ranges facts = {};
	struct vsp_session *s;
	u32 state;

	mutex_lock(&vsp_lock);
	if (res->gone) {
		mutex_unlock(&vsp_lock);
		return;
	}
	state = res->cls->ops->facts(res, NULL, &facts) ?
		PARTBUS_RESOURCE_STATE_FAILED : PARTBUS_RESOURCE_STATE_READY;
	list_for_each_entry(s, &res->sessions, node)
		partbus_channel_want(s->ch);
	mutex_unlock(&vsp_lock);
	send_event(PARTBUS_EVENT_KIND_RESOURCE_SET, res, state, "the backing changed");
}
EXPORT_SYMBOL_GPL(vsp_resource_changed);

static const struct partbus_provider_ops provider_ops = {
	.owner		= THIS_MODULE,
	.resource_new	= resource_new,
	.resource_set	= resource_set,
	.resource_del	= resource_del,
	.resource_get	= resource_get,
	.resource_next	= resource_next,
};

int vsp_resource_init(void)
{
	return partbus_provider_register(&provider_ops);
}

/* Class modules use our symbols, so there is none any more, nor a resource. */
void vsp_resource_exit(void)
{
	partbus_provider_unregister(&provider_ops);
}
