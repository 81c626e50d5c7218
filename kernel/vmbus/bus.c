// SPDX-License-Identifier: GPL-2.0
/* The bus type "partbus": which driver gets which channel end, and modalias. */
#include "bus.h"

#include <linux/module.h>
#include <linux/sched/mm.h>

#include <compat/device.h>
#include <vmbus/admin.h>
#include <vmbus/channel.h>
#include <vmbus/partbus.h>
#include <vmbus/transport.h>

static int bus_match(struct device *dev, PB_MATCH_DRIVER *driver)
{
	const struct partbus_driver *drv = to_partbus_driver(driver);
	const struct partbus_channel *ch = to_partbus_channel(dev);

	return drv->role == ch->role && drv->class == ch->class;
}

static int bus_uevent(PB_UEVENT_DEVICE *dev, struct kobj_uevent_env *env)
{
	const struct partbus_channel *ch = to_partbus_channel(dev);

	return add_uevent_var(env, "MODALIAS=partbus:r%uc%u", ch->role, ch->class) ?:
	       add_uevent_var(env, "PARTBUS_RESOURCE=%s", ch->resource) ?:
	       add_uevent_var(env, "PARTBUS_UUID=%pUb", &ch->uuid);
}

/* The driver core holds the device lock in both. */
static int bus_probe(struct device *dev)
{
	struct partbus_driver *drv = to_partbus_driver(dev->driver);
	struct partbus_channel *ch = to_partbus_channel(dev);
	unsigned int noio;
	int ret;

	if (ch->admin->used) {
		/*
		 * What a former driver left in the rings belongs to nobody. The
		 * host replaces this channel by a fresh one.
		 */
		ch->transport->ops->reopen(ch->transport);
		return -ENODEV;
	}
	/* What a driver locks, the way out of a dead provider may need. */
	noio = memalloc_noio_save();
	ret = drv->probe(ch);
	memalloc_noio_restore(noio);
	if (ret)
		return ret;
	pb_admin_start(ch->admin);
	return 0;
}

static void bus_remove(struct device *dev)
{
	struct partbus_driver *drv = to_partbus_driver(dev->driver);
	struct partbus_channel *ch = to_partbus_channel(dev);

	pb_admin_stop(ch->admin);
	drv->remove(ch);
	pb_admin_release(ch->admin);
	/* Unbound by hand, and not because the channel goes: its client must not hang. */
	if (ch->role == PARTBUS_ROLE_SERVER && !READ_ONCE(ch->admin->end_reason))
		ch->transport->ops->reopen(ch->transport);
}

struct bus_type pb_bus_type = {
	.name = "partbus",
	.match = bus_match,
	.uevent = bus_uevent,
	.probe = bus_probe,
	.remove = bus_remove,
};

int partbus_driver_register(struct partbus_driver *drv)
{
	drv->driver.bus = &pb_bus_type;
	return driver_register(&drv->driver);
}
EXPORT_SYMBOL_GPL(partbus_driver_register);

void partbus_driver_unregister(struct partbus_driver *drv)
{
	driver_unregister(&drv->driver);
}
EXPORT_SYMBOL_GPL(partbus_driver_unregister);

struct withdrawal {
	u32 class;
	const uuid_t *uuid;
};

static int tell_withdrawn(struct device_driver *driver, void *data)
{
	struct partbus_driver *drv = to_partbus_driver(driver);
	const struct withdrawal *w = data;

	if (drv->role == PARTBUS_ROLE_CLIENT && drv->class == w->class && drv->withdrawn)
		drv->withdrawn(drv, w->uuid);
	return 0;
}

/* A driver that is being unregistered waits until it was told. */
void pb_bus_withdrawn(u32 class, const uuid_t *uuid)
{
	struct withdrawal w = { class, uuid };

	bus_for_each_drv(&pb_bus_type, NULL, &w, tell_withdrawn);
}
EXPORT_SYMBOL_GPL(pb_bus_withdrawn);

int pb_bus_init(void)
{
	return bus_register(&pb_bus_type);
}

void pb_bus_exit(void)
{
	bus_unregister(&pb_bus_type);
}
