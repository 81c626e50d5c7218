// SPDX-License-Identifier: GPL-2.0
/*
 * Heads: found by class and UUID, living from the first channel to a resource
 * until the resource is gone for good. What goes over a path is the class's
 * business, which path is used is path.c's.
 *
 * Lifetime: the class's list holds a reference to a head, and so do each of its
 * paths and each run of its work that is queued (device.c). Who takes a head off
 * the list hands the list's reference to that work, which puts it when all that was
 * made of the head is down.
 */
#include "core.h"

#include <linux/module.h>
#include <linux/wait_bit.h>

static struct partbus_vsc_head *head_find(struct partbus_vsc_class *class, const uuid_t *uuid)
{
	struct partbus_vsc_head *head;

	lockdep_assert_held(&class->lock);
	list_for_each_entry(head, &class->heads, node)
		if (uuid_equal(&head->uuid, uuid))
			return head;
	return NULL;
}

static struct partbus_vsc_head *head_make(struct partbus_vsc_class *class,
					  struct partbus_channel *ch)
{
	struct partbus_vsc_head *head = class->ops->head_new(ch);

	if (IS_ERR(head))
		return head;
	head->class = class;
	head->uuid = ch->uuid;
	mutex_init(&head->lock);
	INIT_LIST_HEAD(&head->paths);
	pb_device_init(head);
	kref_init(&head->ref);
	atomic_inc(&class->alive);
	list_add_tail(&head->node, &class->heads);
	return head;
}

int pb_head_attach(struct partbus_vsc_class *class, struct partbus_vsc_path *path)
{
	struct partbus_channel *ch = path->ch;
	struct partbus_vsc_head *head;
	int ret = 0;

	mutex_lock(&class->lock);
	head = head_find(class, &ch->uuid);
	if (!head)
		head = head_make(class, ch);
	if (IS_ERR(head)) {
		ret = PTR_ERR(head);
		goto out;
	}
	kref_get(&head->ref);	/* put by pb_head_detach() */
	path->head = head;
	mutex_lock(&head->lock);
	head->withdrawn = false;
	strscpy(head->resource, ch->resource, sizeof(head->resource));
	strscpy(head->serial, ch->serial, sizeof(head->serial));
	list_add_tail(&path->node, &head->paths);
	mutex_unlock(&head->lock);
out:
	mutex_unlock(&class->lock);
	return ret;
}

/* Both locks held. True: the caller calls head_gone() when it has dropped them. */
static bool head_unlink(struct partbus_vsc_head *head)
{
	lockdep_assert_held(&head->class->lock);
	lockdep_assert_held(&head->lock);
	if (list_empty(&head->node))
		return false;
	list_del_init(&head->node);
	return true;
}

/* Fails what is kept, and has what was made of the head taken down. */
static void head_gone(struct partbus_vsc_head *head)
{
	/* From @remove on the work may put the reference that was handed over. */
	partbus_vsc_head_get(head);
	head->class->ops->gone(head);
	mutex_lock(&head->lock);
	head->remove = true;
	mutex_unlock(&head->lock);
	pb_device_queue(head);
	partbus_vsc_head_put(head);
}

void pb_head_detach(struct partbus_vsc_path *path)
{
	struct partbus_vsc_head *head = path->head;
	struct partbus_vsc_class *class = head->class;
	bool gone = false;

	mutex_lock(&class->lock);
	mutex_lock(&head->lock);
	list_del(&path->node);
	pb_path_select(head);
	/* Nothing was made of a head that never had a contract. */
	if (list_empty(&head->paths) && (!head->started || head->withdrawn))
		gone = head_unlink(head);
	mutex_unlock(&head->lock);
	mutex_unlock(&class->lock);
	if (gone)
		head_gone(head);
	partbus_vsc_head_put(head);
}

void pb_head_withdrawn(struct partbus_vsc_path *path)
{
	struct partbus_vsc_head *head = path->head;
	struct partbus_vsc_class *class = head->class;
	bool gone = false;

	mutex_lock(&class->lock);
	mutex_lock(&head->lock);
	if (list_is_singular(&head->paths))
		gone = head_unlink(head);
	mutex_unlock(&head->lock);
	mutex_unlock(&class->lock);
	if (gone)
		head_gone(head);
}

void pb_head_withdrawn_uuid(struct partbus_driver *drv, const uuid_t *uuid)
{
	struct partbus_vsc_class *class = container_of(drv, struct partbus_vsc_class, driver);
	struct partbus_vsc_head *head;
	bool gone = false;

	mutex_lock(&class->lock);
	head = head_find(class, uuid);
	if (head) {
		mutex_lock(&head->lock);
		/* A path that is about to be rescinded takes the head along. */
		head->withdrawn = true;
		if (list_empty(&head->paths))
			gone = head_unlink(head);
		mutex_unlock(&head->lock);
	}
	mutex_unlock(&class->lock);
	if (gone)
		head_gone(head);
}

/* Head's lock held. A broken path will never run again, whatever becomes of it. */
static bool head_hopeless(struct partbus_vsc_head *head)
{
	struct partbus_vsc_path *path;

	lockdep_assert_held(&head->lock);
	if (head->live)
		return false;
	list_for_each_entry(path, &head->paths, node)
		if (!partbus_channel_broken(path->ch))
			return false;
	return true;
}

int partbus_vsc_head_forget(struct partbus_vsc_head *head)
{
	struct partbus_vsc_class *class = head->class;
	int ret = -EBUSY;

	mutex_lock(&class->lock);
	mutex_lock(&head->lock);
	if (head_hopeless(head))
		ret = head_unlink(head) ? 0 : -ENODEV;
	mutex_unlock(&head->lock);
	mutex_unlock(&class->lock);
	if (!ret)
		head_gone(head);
	return ret;
}
EXPORT_SYMBOL_GPL(partbus_vsc_head_forget);

void partbus_vsc_head_get(struct partbus_vsc_head *head)
{
	kref_get(&head->ref);
}
EXPORT_SYMBOL_GPL(partbus_vsc_head_get);

static void head_release(struct kref *ref)
{
	struct partbus_vsc_head *head = container_of(ref, struct partbus_vsc_head, ref);
	struct partbus_vsc_class *class = head->class;

	mutex_destroy(&head->lock);
	class->ops->head_free(head);
	/* Pairs with the wait in partbus_vsc_unregister(). */
	if (atomic_dec_and_test(&class->alive))
		wake_up_var(&class->alive);
}

void partbus_vsc_head_put(struct partbus_vsc_head *head)
{
	kref_put(&head->ref, head_release);
}
EXPORT_SYMBOL_GPL(partbus_vsc_head_put);

int partbus_vsc_register(struct partbus_vsc_class *class)
{
	mutex_init(&class->lock);
	INIT_LIST_HEAD(&class->heads);
	atomic_set(&class->alive, 0);
	class->driver.role = PARTBUS_ROLE_CLIENT;
	class->driver.ops = &pb_path_ops;
	class->driver.probe = pb_path_probe;
	class->driver.remove = pb_path_remove;
	class->driver.withdrawn = pb_head_withdrawn_uuid;
	return partbus_driver_register(&class->driver);
}
EXPORT_SYMBOL_GPL(partbus_vsc_register);

void partbus_vsc_unregister(struct partbus_vsc_class *class)
{
	struct partbus_vsc_head *head;

	/* Paths go first: from here on no head is made, and none is live. */
	partbus_driver_unregister(&class->driver);
	for (;;) {
		mutex_lock(&class->lock);
		head = list_first_entry_or_null(&class->heads, struct partbus_vsc_head, node);
		if (head) {
			mutex_lock(&head->lock);
			head_unlink(head);
			mutex_unlock(&head->lock);
		}
		mutex_unlock(&class->lock);
		if (!head)
			break;
		head_gone(head);
	}
	wait_var_event(&class->alive, !atomic_read(&class->alive));
	mutex_destroy(&class->lock);
}
EXPORT_SYMBOL_GPL(partbus_vsc_unregister);

MODULE_DESCRIPTION("partbus: core of the clients");
MODULE_LICENSE("GPL");
MODULE_VERSION(PARTBUS_MODULE_VERSION);
