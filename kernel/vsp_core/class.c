// SPDX-License-Identifier: GPL-2.0
/*
 * The classes that are served, and their coming and going. A class module is
 * loaded by whoever asks for one of its resources, before the configuration
 * lock is taken (its init takes locks of the driver core and its exit the
 * configuration lock), so nothing here requests modules.
 */
#include <linux/slab.h>

#include "vsp_internal.h"

/* Guarded by vsp_lock. */
static struct vsp_class *vsp_classes[PARTBUS_CLASS_MAX + 1];

/* NULL when the class is not served, or about not to be. */
struct vsp_class *vsp_class_find(u32 class)
{
	struct vsp_class *cls;

	lockdep_assert_held(&vsp_lock);
	if (class > PARTBUS_CLASS_MAX)
		return NULL;
	cls = vsp_classes[class];
	return cls && !cls->dying ? cls : NULL;
}

int vsp_class_register(const struct vsp_class_ops *ops)
{
	struct vsp_class *cls;
	int ret;

	if (!ops->class || ops->class > PARTBUS_CLASS_MAX)
		return -EINVAL;
	cls = kzalloc(sizeof(*cls), GFP_KERNEL);
	if (!cls)
		return -ENOMEM;
	cls->ops = ops;
	init_waitqueue_head(&cls->drained);
	cls->driver.driver.name = ops->name;
	cls->driver.driver.owner = ops->owner;
	cls->driver.role = PARTBUS_ROLE_SERVER;
	cls->driver.class = ops->class;
	cls->driver.ops = &vsp_session_ops;
	cls->driver.probe = vsp_session_probe;
	cls->driver.remove = vsp_session_remove;

	mutex_lock(&vsp_lock);
	if (vsp_classes[ops->class]) {
		mutex_unlock(&vsp_lock);
		ret = -EBUSY;
		goto err_free;
	}
	vsp_classes[ops->class] = cls;
	mutex_unlock(&vsp_lock);

	ret = partbus_driver_register(&cls->driver);
	if (ret)
		goto err_unlist;
	return 0;

err_unlist:
	/* A resource may have been made meanwhile. */
	vsp_resource_forget_class(cls);
	wait_event(cls->drained, !READ_ONCE(cls->resources));
	mutex_lock(&vsp_lock);
	vsp_classes[ops->class] = NULL;
	mutex_unlock(&vsp_lock);
err_free:
	kfree(cls);
	return ret;
}
EXPORT_SYMBOL_GPL(vsp_class_register);

void vsp_class_unregister(const struct vsp_class_ops *ops)
{
	struct vsp_class *cls;

	mutex_lock(&vsp_lock);
	cls = vsp_classes[ops->class];
	mutex_unlock(&vsp_lock);
	if (!cls || cls->ops != ops)
		return;

	/*
	 * In this order: no new resources; the host takes the channels of each away,
	 * and it is closed; then the driver goes, with whatever session is left of one
	 * that was deleted before. After that only a resource that somebody looks up
	 * at this moment has a reference.
	 */
	vsp_resource_forget_class(cls);

	partbus_driver_unregister(&cls->driver);
	wait_event(cls->drained, !READ_ONCE(cls->resources));

	/* The waker of the last resource held the lock; it is out when we get it. */
	mutex_lock(&vsp_lock);
	vsp_classes[ops->class] = NULL;
	mutex_unlock(&vsp_lock);
	kfree(cls);
}
EXPORT_SYMBOL_GPL(vsp_class_unregister);
