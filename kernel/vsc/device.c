// SPDX-License-Identifier: GPL-2.0
/*
 * What a class makes of a head for the world to see: made when the first contract
 * starts, kept up to date with the contract, taken down when the resource is gone.
 *
 * All three happen in one work of the head, so that they do not meet, and never in a
 * channel's ops: to add a disk reads its partition table, to change its limits waits
 * for all requests under way, and a netdev needs the RTNL. The data path does not wait
 * for this work.
 */
#include "core.h"

/* Until it is tried again to make what wants memory. */
#define MAKE_AGAIN	HZ

static void device_try_again(struct partbus_vsc_head *head)
{
	partbus_vsc_head_get(head);	/* as pb_device_queue() */
	if (!queue_delayed_work(head->class->wq, &head->work, MAKE_AGAIN))
		partbus_vsc_head_put(head);
}

static void device_run(struct partbus_vsc_head *head)
{
	const struct partbus_vsc_class_ops *ops = head->class->ops;

	while (!head->removed) {
		bool gone, remove;
		u64 version;
		int ret;

		mutex_lock(&head->lock);
		gone = pb_head_is_gone(head);
		remove = head->remove;
		version = head->version;
		mutex_unlock(&head->lock);

		if (remove) {
			head->removed = true;
			ops->remove(head);
			partbus_vsc_head_put(head);	/* the list's, see head_gone() */
			return;
		}
		/* Nothing is made of what is gone; the run that removes it is to come. */
		if (gone || version == head->applied)
			return;
		/* It may be newer than @version by now: then it is applied twice. */
		ret = ops->apply(head);
		if (ret == -ENOMEM) {
			pr_warn_ratelimited("%s: no memory for its device yet\n", head->resource);
			device_try_again(head);
			return;
		}
		if (ret)
			pr_err("%s: cannot make or change its device: error %d\n",
			       head->resource, ret);
		head->applied = version;
	}
}

static void device_work(struct work_struct *work)
{
	struct partbus_vsc_head *head = container_of(to_delayed_work(work),
						     struct partbus_vsc_head, work);

	device_run(head);
	partbus_vsc_head_put(head);	/* may free @head, and with it this work */
}

void pb_device_init(struct partbus_vsc_head *head)
{
	INIT_DELAYED_WORK(&head->work, device_work);
}

/*
 * Each run that is queued holds a reference of its own: one that is under way may find
 * that the device is to go, and the one that was queued for that comes after. The put
 * below is never the last.
 */
void pb_device_queue(struct partbus_vsc_head *head)
{
	partbus_vsc_head_get(head);
	if (mod_delayed_work(head->class->wq, &head->work, 0))
		partbus_vsc_head_put(head);
}
