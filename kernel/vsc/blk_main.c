// SPDX-License-Identifier: GPL-2.0
/* partbus_vsc_blk: settings, start and stop. */
#include "blk.h"

#include <linux/module.h>

static unsigned int queues;
module_param(queues, uint, 0644);
MODULE_PARM_DESC(queues, "queues to ask for (default 0: one per CPU, at most 4)");

static unsigned int depth = 64;
module_param(depth, uint, 0644);
MODULE_PARM_DESC(depth, "slots per queue to ask for (default 64)");

static unsigned int slot_size = 64 << 10;
module_param(slot_size, uint, 0644);
MODULE_PARM_DESC(slot_size, "bytes per slot to ask for, a power of two (default 65536)");

static unsigned int no_path_timeout;
module_param(no_path_timeout, uint, 0644);
MODULE_PARM_DESC(no_path_timeout,
		 "seconds that requests of new disks wait for a path before they fail (default 0: for ever)");

int pbd_major;
struct workqueue_struct *pbd_io_wq;

unsigned int pbd_default_no_path_timeout(void)
{
	return min_t(unsigned int, READ_ONCE(no_path_timeout), INT_MAX / HZ);
}

void pbd_wanted_geometry(u32 *q, u32 *d, u32 *s)
{
	*q = READ_ONCE(queues);
	if (!*q)
		*q = min(num_online_cpus(), 4u);
	*q = clamp(*q, 1u, PARTBUS_MAX_QUEUES);
	*d = clamp(READ_ONCE(depth), PARTBUS_MIN_DEPTH, PARTBUS_MAX_DEPTH);
	*s = clamp(READ_ONCE(slot_size), PARTBUS_MIN_SLOT_SIZE, PARTBUS_MAX_SLOT_SIZE);
	*s = rounddown_pow_of_two(*s);
}

static struct partbus_vsc_class pbd_class = {
	.driver = {
		.driver = {
			.name = "partbus_vsc_blk",
			.owner = THIS_MODULE,
		},
		.class = PARTBUS_CLASS_BLOCK,
	},
	.ops = &pbd_class_ops,
};

static int __init pbd_init(void)
{
	int ret;

	/* Both are in the path of writeback. */
	pbd_io_wq = alloc_workqueue("partbus_vsc_blk", WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	if (!pbd_io_wq)
		return -ENOMEM;
	pbd_class.wq = alloc_workqueue("partbus_vsc_blk_disk", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!pbd_class.wq) {
		ret = -ENOMEM;
		goto err_destroy_io;
	}
	ret = register_blkdev(0, "pbd");
	if (ret < 0)
		goto err_destroy_disk;
	pbd_major = ret;
	ret = partbus_vsc_register(&pbd_class);
	if (ret)
		goto err_unregister_blkdev;
	return 0;

err_unregister_blkdev:
	unregister_blkdev(pbd_major, "pbd");
err_destroy_disk:
	destroy_workqueue(pbd_class.wq);
err_destroy_io:
	destroy_workqueue(pbd_io_wq);
	return ret;
}

static void __exit pbd_exit(void)
{
	partbus_vsc_unregister(&pbd_class);
	unregister_blkdev(pbd_major, "pbd");
	destroy_workqueue(pbd_class.wq);
	destroy_workqueue(pbd_io_wq);
	/* Disks are freed after a grace period, by the kernel's own code. */
	rcu_barrier();
}

module_init(pbd_init);
module_exit(pbd_exit);

MODULE_DESCRIPTION("partbus: disks");
MODULE_LICENSE("GPL");
MODULE_VERSION(PARTBUS_MODULE_VERSION);
/* PARTBUS_ROLE_CLIENT, PARTBUS_CLASS_BLOCK */
MODULE_ALIAS_PARTBUS(0, 1);
