// SPDX-License-Identifier: GPL-2.0
/*
 * The registry of resources and their lives. What netlink asks of them is in
 * provider.c. A resource joins and leaves the list with the configuration lock
 * held or while nobody else knows it; the list itself is guarded by vsp_lock,
 * since probe() of a channel end looks a resource up without the other.
 *
 * Life of a resource: opening (its name and UUID are taken, its backing is not
 * there yet) -> ready -> gone (not found any more, name and UUID are free) ->
 * closed by the last reference. The backing stays open until then: requests may
 * still be in flight into it.
 *
 * Opening and closing a backing does I/O and may take for ever. Both happen with
 * no lock of ours held.
 */
#include <linux/completion.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vsp_internal.h"

DEFINE_MUTEX(vsp_lock);		/* see vsp_internal.h */

/* By name, in the order of strcmp(). Guarded by vsp_lock. */
static LIST_HEAD(vsp_resources);
static u64 births;		/* of resources, vsp_lock */

struct vsp_resource *vsp_resource_find(const char *name)
{
	struct vsp_resource *res;

	lockdep_assert_held(&vsp_lock);
	list_for_each_entry(res, &vsp_resources, node)
		if (!strcmp(res->name, name))
			return res;
	return NULL;
}

struct vsp_resource *vsp_resource_find_uuid(const uuid_t *uuid)
{
	struct vsp_resource *res;

	lockdep_assert_held(&vsp_lock);
	list_for_each_entry(res, &vsp_resources, node)
		if (uuid_equal(&res->uuid, uuid))
			return res;
	return NULL;
}

struct vsp_resource *vsp_resource_after(const char *name)
{
	struct vsp_resource *res;

	lockdep_assert_held(&vsp_lock);
	list_for_each_entry(res, &vsp_resources, node)
		if (strcmp(res->name, name) > 0)
			return res;
	return NULL;
}

void vsp_resource_enlist(struct vsp_resource *new)
{
	struct vsp_resource *res;

	lockdep_assert_held(&vsp_lock);
	list_for_each_entry(res, &vsp_resources, node)
		if (strcmp(res->name, new->name) > 0)
			break;
	/* Before the first that sorts after it, or at the end. */
	list_add_tail(&new->node, &res->node);
	kref_get(&new->ref);		/* put by whoever calls vsp_resource_unlist() */
	new->cls->resources++;		/* put by drop_class() */
	new->birth = ++births;
}

void vsp_resource_unlist(struct vsp_resource *res)
{
	lockdep_assert_held(&vsp_lock);
	list_del_init(&res->node);
	res->gone = true;
}

/* The reference is put by vsp_resource_put(); NULL when there is none. */
struct vsp_resource *vsp_resource_get_by_uuid(const uuid_t *uuid, u32 class)
{
	struct vsp_resource *res;

	mutex_lock(&vsp_lock);
	res = vsp_resource_find_uuid(uuid);
	if (res && res->class == class && !res->opening)
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

	if (res->opened)
		res->cls->ops->resource_close(res);
	/* Set before the reference was put that kept this from happening. */
	if (res->closed)
		complete(res->closed);
	drop_class(res->cls);
	kfree(res);
}

/* May close the backing: no lock of the core or of the bus may be held. */
void vsp_resource_put(struct vsp_resource *res)
{
	kref_put(&res->ref, release);
}

u32 vsp_resource_state(struct vsp_resource *res)
{
	struct pb_ranges facts = {};

	lockdep_assert_held(&vsp_lock);
	if (res->opening)
		return PARTBUS_RESOURCE_STATE_OPENING;
	return res->cls->ops->facts(res, NULL, NULL, &facts) ? PARTBUS_RESOURCE_STATE_FAILED :
							 PARTBUS_RESOURCE_STATE_READY;
}

void vsp_resource_event(u32 kind, const struct vsp_resource *res, u32 state,
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

/* The youngest of a class that is listed, or NULL. */
static struct vsp_resource *youngest(const struct vsp_class *cls)
{
	struct vsp_resource *res, *found = NULL;

	lockdep_assert_held(&vsp_lock);
	list_for_each_entry(res, &vsp_resources, node)
		if (res->cls == cls && (!found || res->birth > found->birth))
			found = res;
	return found;
}

/* One resource of a class that goes; false when there is none left. */
static bool forget_youngest(struct vsp_class *cls)
{
	DECLARE_COMPLETION_ONSTACK(closed);
	const struct partbus_host_ops *host;
	char name[PARTBUS_NAME_MAX];
	struct vsp_resource *res;

	partbus_config_lock();
	host = partbus_host();
	mutex_lock(&vsp_lock);
	cls->dying = true;
	res = youngest(cls);
	if (res) {
		vsp_resource_unlist(res);
		res->closed = &closed;
	}
	mutex_unlock(&vsp_lock);
	if (res) {
		if (host)
			host->resource_gone(res->name, PARTBUS_RESCIND_PROVIDER);
		vsp_resource_event(PARTBUS_EVENT_KIND_RESOURCE_DEL, res, U32_MAX,
				   "the provider's module is going");
	}
	partbus_config_unlock();
	if (!res)
		return false;
	strscpy(name, res->name, sizeof(name));
	vsp_resource_put(res);		/* the registry's */
	while (!wait_for_completion_timeout(&closed, 10 * HZ))
		pr_warn("partbus: still waiting for the backing of resource %s\n", name);
	return true;
}

/*
 * All resources of a class go: its module does. One by one, the youngest first,
 * each only when the one before is closed: the backing of a resource may be a disk
 * of the bus that an older one serves, and its requests need that to end.
 *
 * Sessions end by the host's doing, so this waits for nobody else. No lock may be
 * held.
 */
void vsp_resource_forget_class(struct vsp_class *cls)
{
	while (forget_youngest(cls))
		;
}

/* Offers that could not be served may be served now. */
static void wake_offers(void)
{
	const struct partbus_host_ops *host;

	partbus_config_lock();
	host = partbus_host();
	if (host)
		host->resource_ready();
	partbus_config_unlock();
}

void vsp_resource_changed(struct vsp_resource *res)
{
	struct vsp_session *s;
	u32 state;

	mutex_lock(&vsp_lock);
	if (res->gone || res->opening) {
		mutex_unlock(&vsp_lock);
		return;
	}
	state = vsp_resource_state(res);
	list_for_each_entry(s, &res->sessions, node)
		partbus_channel_want(s->ch);
	mutex_unlock(&vsp_lock);
	vsp_resource_event(PARTBUS_EVENT_KIND_RESOURCE_SET, res, state, "the backing changed");
	if (state == PARTBUS_RESOURCE_STATE_READY)
		wake_offers();
}
EXPORT_SYMBOL_GPL(vsp_resource_changed);
