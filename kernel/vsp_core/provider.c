// SPDX-License-Identifier: GPL-2.0
/*
 * What the netlink family asks of the provider core: making, changing, deleting
 * and showing resources. Their lives are resource.c's.
 */
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vsp_internal.h"

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
	info->set_size_bytes = res->set.size_bytes;
	info->set_limits = res->set.limits;
	info->state = vsp_resource_state(res);
	if (info->state == PARTBUS_RESOURCE_STATE_OPENING)
		return;
	if (res->cls->ops->size)
		info->size_bytes = res->cls->ops->size(res);
	/* Empty as far as the backing cannot tell. */
	vsp_admission_available(res, NULL, NULL, &info->available);
}

static int check_params(const struct partbus_resource_params *p,
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
	return 0;
}

static int check_free(const struct partbus_resource_params *p, struct netlink_ext_ack *extack)
{
	if (vsp_resource_find(p->name)) {
		NL_SET_ERR_MSG(extack, "a resource of this name exists");
		return -EEXIST;
	}
	if (p->has_uuid && vsp_resource_find_uuid(&p->uuid)) {
		NL_SET_ERR_MSG(extack, "a resource of this UUID exists");
		return -EEXIST;
	}
	return 0;
}

static struct vsp_resource *alloc(const struct partbus_resource_params *p,
				  struct netlink_ext_ack *extack)
{
	struct vsp_resource *res = kzalloc(sizeof(*res), GFP_KERNEL);
	int ret;

	if (!res)
		return ERR_PTR(-ENOMEM);
	kref_init(&res->ref);
	INIT_LIST_HEAD(&res->node);
	INIT_LIST_HEAD(&res->sessions);
	res->class = p->class;
	res->opening = true;
	strscpy(res->name, p->name, sizeof(res->name));
	strscpy(res->backing, p->backing, sizeof(res->backing));
	if (p->serial)
		strscpy(res->serial, p->serial, sizeof(res->serial));
	if (p->has_uuid)
		res->uuid = p->uuid;
	else
		uuid_gen(&res->uuid);
	ret = vsp_settings_merge(p, p->class, &res->set, extack);
	if (ret) {
		kfree(res);
		return ERR_PTR(ret);
	}
	return res;
}

/*
 * Takes the name and the UUID. The class's module is held while the backing is
 * opened, so that its removal is refused and not kept waiting.
 */
static int reserve(const struct partbus_resource_params *p, struct vsp_resource *res,
		   struct netlink_ext_ack *extack)
{
	int ret;

	mutex_lock(&vsp_lock);
	ret = check_free(p, extack);
	if (ret)
		goto out;
	res->cls = vsp_class_find(p->class);
	if (res->cls && try_module_get(res->cls->ops->owner)) {
		vsp_resource_enlist(res);
	} else {
		NL_SET_ERR_MSG(extack, "no module serves this class: load it (modprobe partbus-vsp-class-1 for block, -2 for net)");
		ret = -EOPNOTSUPP;
	}
out:
	mutex_unlock(&vsp_lock);
	return ret;
}

static int open_backing(struct vsp_resource *res, struct netlink_ext_ack *extack)
{
	const struct vsp_class_ops *ops = res->cls->ops;
	int ret = ops->resource_open(res, extack);

	if (ret)
		return ret;
	res->opened = true;
	return ops->resource_check(res, &res->set, extack);
}

/* The backing is open, or could not be; meanwhile somebody may have deleted @res. */
static int settle(struct vsp_resource *res, int ret, struct netlink_ext_ack *extack)
{
	const struct partbus_host_ops *host;
	bool forget = false;
	u32 state = 0;

	partbus_config_lock();
	mutex_lock(&vsp_lock);
	res->opening = false;
	if (res->gone) {
		NL_SET_ERR_MSG(extack, "the resource was deleted while its backing was being opened");
		ret = -ECANCELED;
	} else if (ret) {
		vsp_resource_unlist(res);
		forget = true;
	} else {
		/* What became of it up to here was reported to nobody. */
		state = vsp_resource_state(res);
	}
	mutex_unlock(&vsp_lock);
	if (forget)
		vsp_resource_event(PARTBUS_EVENT_KIND_RESOURCE_DEL, res, U32_MAX,
				   extack->_msg ?: "the backing cannot be served");
	if (!ret) {
		vsp_resource_event(PARTBUS_EVENT_KIND_RESOURCE_SET, res, state,
				   "the backing is open");
		/* Offers may have been made already. */
		host = partbus_host();
		if (host)
			host->resource_ready();
	}
	partbus_config_unlock();
	if (forget)
		vsp_resource_put(res);	/* the registry's */
	return ret;
}

static int open_aside(struct vsp_resource *res, struct netlink_ext_ack *extack)
{
	struct module *owner = res->cls->ops->owner;
	int ret = settle(res, open_backing(res, extack), extack);

	vsp_resource_put(res);		/* of alloc() */
	module_put(owner);		/* of reserve() */
	return ret;
}

static int resource_new(const struct partbus_resource_params *p,
			struct netlink_ext_ack *extack)
{
	const struct vsp_class_ops *ops;
	struct vsp_resource *res;
	struct vsp_aside *aside;
	int ret;

	ret = check_params(p, extack);
	if (ret)
		return ret;
	res = alloc(p, extack);
	if (IS_ERR(res))
		return PTR_ERR(res);
	aside = vsp_aside_new();
	ret = aside ? reserve(p, res, extack) : -ENOMEM;
	if (ret)
		goto err;
	vsp_resource_event(PARTBUS_EVENT_KIND_RESOURCE_NEW, res,
			   PARTBUS_RESOURCE_STATE_OPENING, NULL);
	/* @res may be gone afterwards, and the sentence in @extack may be its class's. */
	ops = res->cls->ops;
	__module_get(ops->owner);
	ret = vsp_aside_run(aside, open_aside, res, extack);
	module_put(ops->owner);
	if (ret == -EINPROGRESS)
		NL_SET_ERR_MSG(extack, "the backing does not answer: the resource stays opening until it does, or is deleted");
	return ret;

err:
	if (aside)
		vsp_aside_drop(aside);
	kfree(res);
	return ret;
}

static int resource_set(const struct partbus_resource_params *p,
			struct netlink_ext_ack *extack)
{
	struct vsp_settings *set;
	struct vsp_resource *res;
	struct vsp_session *s;
	bool opening = false;
	int ret;

	if (p->backing || p->serial) {
		NL_SET_ERR_MSG(extack, "the backing and the serial number of a resource cannot be changed: delete it and make it anew");
		return -EOPNOTSUPP;
	}
	set = kmalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return -ENOMEM;

	mutex_lock(&vsp_lock);
	res = vsp_resource_find(p->name);
	if (res) {
		*set = res->set;
		opening = res->opening;
	}
	mutex_unlock(&vsp_lock);
	if (!res) {
		NL_SET_ERR_MSG(extack, "no resource of this name");
		ret = -ENOENT;
		goto out;
	}
	if (opening) {
		NL_SET_ERR_MSG(extack, "the backing of the resource is still being opened");
		ret = -EBUSY;
		goto out;
	}

	/* Stays: only the holder of the configuration lock takes it off the list. */
	ret = vsp_settings_merge(p, res->class, set, extack);
	if (!ret)
		ret = res->cls->ops->resource_check(res, set, extack);
	if (ret)
		goto out;

	mutex_lock(&vsp_lock);
	ret = vsp_settings_keep_promises(res, set, extack);
	if (!ret) {
		res->set = *set;
		list_for_each_entry(s, &res->sessions, node) {
			vsp_sched_update(s);
			partbus_channel_want(s->ch);
		}
	}
	mutex_unlock(&vsp_lock);
	if (!ret)
		vsp_resource_event(PARTBUS_EVENT_KIND_RESOURCE_SET, res, U32_MAX, NULL);
out:
	kfree(set);
	return ret;
}

/*
 * One that clients are offered stays, unless its backing is gone for good: then it may
 * go, as it does with its module. Offers and disks wait for the next of its name
 * and UUID, of the same backing that has come back or of another one.
 */
static int check_del(const char *name, unsigned int offers, struct netlink_ext_ack *extack)
{
	struct vsp_resource *res = vsp_resource_find(name);

	if (!res) {
		NL_SET_ERR_MSG(extack, "no resource of this name");
		return -ENOENT;
	}
	if (offers && vsp_resource_state(res) != PARTBUS_RESOURCE_STATE_FAILED) {
		NL_SET_ERR_MSG(extack, "the resource is offered: delete its offers first (partbus offer del)");
		return -EBUSY;
	}
	return 0;
}

/* Closes the backing unless sessions are left. */
static int put_aside(struct vsp_resource *res, struct netlink_ext_ack *extack)
{
	vsp_resource_put(res);		/* the registry's */
	return 0;
}

static int resource_del(const char *name, struct netlink_ext_ack *extack)
{
	struct vsp_aside *aside = vsp_aside_new();
	const struct partbus_host_ops *host;
	struct vsp_resource *res = NULL;
	unsigned int offers;
	int ret;

	if (!aside)
		return -ENOMEM;
	partbus_config_lock();
	host = partbus_host();
	offers = host ? host->resource_offers(name) : 0;
	mutex_lock(&vsp_lock);
	ret = check_del(name, offers, extack);
	if (!ret) {
		res = vsp_resource_find(name);
		vsp_resource_unlist(res);
	}
	mutex_unlock(&vsp_lock);
	if (ret)
		goto out;
	/* Sessions whose offers were just deleted may be about to end. */
	if (host)
		host->resource_gone(res->name, offers ? PARTBUS_RESCIND_PROVIDER :
							PARTBUS_RESCIND_REMOVED);
	vsp_resource_event(PARTBUS_EVENT_KIND_RESOURCE_DEL, res, U32_MAX, NULL);
out:
	partbus_config_unlock();
	if (ret) {
		vsp_aside_drop(aside);
		return ret;
	}
	ret = vsp_aside_run(aside, put_aside, res, NULL);
	if (ret == -EINPROGRESS)
		NL_SET_ERR_MSG(extack, "the resource is gone, and its backing takes its time to be closed");
	return ret;
}

static int resource_get(const char *name, struct partbus_resource_info *info)
{
	struct vsp_resource *res;

	mutex_lock(&vsp_lock);
	res = vsp_resource_find(name);
	if (res)
		fill_info(res, info);
	mutex_unlock(&vsp_lock);
	return res ? 0 : -ENOENT;
}

static int resource_next(const char *after, struct partbus_resource_info *info)
{
	struct vsp_resource *res;

	mutex_lock(&vsp_lock);
	res = vsp_resource_after(after);
	if (res)
		fill_info(res, info);
	mutex_unlock(&vsp_lock);
	return res ? 0 : -ENOENT;
}

static int place_check(const char *name, const char *place, struct netlink_ext_ack *extack)
{
	struct vsp_resource *res;
	int ret = -ENOENT;

	partbus_config_assert_held();
	mutex_lock(&vsp_lock);
	res = vsp_resource_find(name);
	if (res && res->cls->ops->place_check) {
		ret = res->cls->ops->place_check(place, extack);
	} else if (res) {
		NL_SET_ERR_MSG(extack, "resources of this class are offered at no place");
		ret = -EOPNOTSUPP;
	}
	mutex_unlock(&vsp_lock);
	return ret;
}

static const struct partbus_provider_ops provider_ops = {
	.owner		= THIS_MODULE,
	.resource_new	= resource_new,
	.resource_set	= resource_set,
	.resource_del	= resource_del,
	.resource_get	= resource_get,
	.resource_next	= resource_next,
	.place_check	= place_check,
};

int vsp_provider_init(void)
{
	return partbus_provider_register(&provider_ops);
}

/* Class modules use our symbols, so there is none any more, nor a resource. */
void vsp_provider_exit(void)
{
	partbus_provider_unregister(&provider_ops);
}
