// SPDX-License-Identifier: GPL-2.0
/* Start and end of partbus_host.ko. */
#include <linux/module.h>

#include "host.h"

struct workqueue_struct *pb_host_wq;
struct workqueue_struct *pb_link_wq;

static void host_resource_ready(void)
{
	pb_offer_reconcile(true);
}

static void host_resource_gone(const char *name, u32 reason)
{
	pb_link_kill_all(U32_MAX, name, reason, false);
}

static const struct partbus_host_ops host_ops = {
	.owner = THIS_MODULE,
	.partition_new = pb_partition_new,
	.partition_del = pb_partition_del,
	.partition_find = pb_partition_find_name,
	.partition_next = pb_partition_next,
	.offer_new = pb_offer_new,
	.offer_del = pb_offer_del,
	.offer_next = pb_offer_next,
	.resource_ready = host_resource_ready,
	.resource_gone = host_resource_gone,
	.resource_offers = pb_offer_count,
};

static int __init partbus_host_init(void)
{
	int ret;

	/* Taking a channel down is part of a client's way out of a dead provider. */
	pb_host_wq = alloc_workqueue("partbus_host", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	pb_link_wq = alloc_workqueue("partbus_link", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!pb_host_wq || !pb_link_wq) {
		ret = -ENOMEM;
		goto err_wq;
	}
	/* Whoever opens it now finds no partition. */
	ret = pb_chardev_init();
	if (ret)
		goto err_wq;
	/* The last step: from here on there may be partitions, offers and their works. */
	ret = partbus_host_register(&host_ops);
	if (ret)
		goto err_chardev;
	return 0;

err_chardev:
	pb_chardev_exit();
err_wq:
	if (pb_link_wq)
		destroy_workqueue(pb_link_wq);
	if (pb_host_wq)
		destroy_workqueue(pb_host_wq);
	return ret;
}

/* No window is open: its file would hold this module. */
static void __exit partbus_host_exit(void)
{
	pb_chardev_exit();
	partbus_host_unregister(&host_ops);
	pb_offer_exit();
	pb_link_wait_none();
	pb_offer_exit();	/* once more: the last links asked for another look */
	pb_partition_exit();
	destroy_workqueue(pb_link_wq);
	destroy_workqueue(pb_host_wq);
}

module_init(partbus_host_init);
module_exit(partbus_host_exit);
MODULE_DESCRIPTION("partbus: partitions, windows and offers of a KVM host");
MODULE_LICENSE("GPL");
MODULE_VERSION(PARTBUS_MODULE_VERSION);
