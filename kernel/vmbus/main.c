// SPDX-License-Identifier: GPL-2.0
/* Start and end of partbus.ko. */
#include <linux/module.h>

#include <vmbus/admin.h>
#include <vmbus/inject.h>
#include "bus.h"
#include "netlink.h"

static int __init partbus_init(void)
{
	int ret;

	ret = pb_admin_init();
	if (ret)
		return ret;
	ret = pb_bus_init();
	if (ret)
		goto err_admin;
	ret = pb_netlink_init();
	if (ret)
		goto err_bus;
	pb_inject_init();
	return 0;

err_bus:
	pb_bus_exit();
err_admin:
	pb_admin_exit();
	return ret;
}

static void __exit partbus_exit(void)
{
	pb_inject_exit();
	pb_netlink_exit();
	pb_bus_exit();
	pb_admin_exit();
}

module_init(partbus_init);
module_exit(partbus_exit);
MODULE_DESCRIPTION("partbus: the partition bus");
MODULE_LICENSE("GPL");
MODULE_VERSION(PARTBUS_MODULE_VERSION);
