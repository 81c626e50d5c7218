// SPDX-License-Identifier: GPL-2.0
/* partbus_vsc_net: settings, start and stop. */
#include "net.h"

#include <linux/log2.h>
#include <linux/module.h>

static unsigned int queues;
module_param(queues, uint, 0644);
MODULE_PARM_DESC(queues, "queues to ask for (default 0: one per CPU, at most 4)");

static unsigned int depth = 64;
module_param(depth, uint, 0644);
MODULE_PARM_DESC(depth, "slots per queue to ask for, half of them for each direction (default 64)");

static unsigned int slot_size = 64 << 10;
module_param(slot_size, uint, 0644);
MODULE_PARM_DESC(slot_size, "bytes per slot to ask for, a power of two (default 65536)");

struct workqueue_struct *pbn_wq;

void pbn_wanted_geometry(u32 *q, u32 *d, u32 *s)
{
	*q = READ_ONCE(queues);
	if (!*q)
		*q = min(num_online_cpus(), 4u);
	*q = clamp(*q, 1u, PARTBUS_MAX_QUEUES);
	*d = clamp(READ_ONCE(depth), PARTBUS_NET_MIN_DEPTH, PARTBUS_MAX_DEPTH);
	*s = clamp(READ_ONCE(slot_size), PARTBUS_MIN_SLOT_SIZE, PARTBUS_MAX_SLOT_SIZE);
	*s = rounddown_pow_of_two(*s);
}

static struct partbus_vsc_class pbn_class = {
	.driver = {
		.driver = {
			.name = "partbus_vsc_net",
			.owner = THIS_MODULE,
		},
		.class = PARTBUS_CLASS_NET,
	},
	.ops = &pbn_class_ops,
};

static int __init pbn_init(void)
{
	int ret;

	/* Not for memory reclaim: a netdev is taken down with the help of other queues. */
	pbn_wq = alloc_workqueue("partbus_vsc_net", WQ_UNBOUND, 0);
	if (!pbn_wq)
		return -ENOMEM;
	pbn_class.wq = pbn_wq;
	ret = partbus_vsc_register(&pbn_class);
	if (ret)
		destroy_workqueue(pbn_wq);
	return ret;
}

static void __exit pbn_exit(void)
{
	partbus_vsc_unregister(&pbn_class);
	destroy_workqueue(pbn_wq);
}

module_init(pbn_init);
module_exit(pbn_exit);

MODULE_DESCRIPTION("partbus: NICs");
MODULE_LICENSE("GPL");
MODULE_VERSION(PARTBUS_MODULE_VERSION);
/* PARTBUS_ROLE_CLIENT, PARTBUS_CLASS_NET */
MODULE_ALIAS_PARTBUS(0, 2);
