// SPDX-License-Identifier: GPL-2.0
/* Start and end of the net provider. */
#include <linux/module.h>
#include <linux/workqueue.h>
#include <net/rtnetlink.h>

#include "vsp_net.h"

static const struct vsp_class_ops net_class = {
	.class		= PARTBUS_CLASS_NET,
	.name		= "partbus_vsp_net",
	.owner		= THIS_MODULE,
	.resource_open	= backend_open,
	.resource_check	= backend_check,
	.resource_close	= backend_close,
	.facts		= backend_facts,
	.place_check	= backend_place_check,
	.device		= net_session_device,
	.session_init	= net_session_init,
	.session_start	= net_session_start,
	.session_pause	= net_session_pause,
	.session_stop	= net_session_stop,
	.session_exit	= net_session_exit,
	.may_keep	= backend_may_keep,
};

struct workqueue_struct *net_wq;

static int __init vsp_net_init(void)
{
	int ret;

	net_wq = alloc_workqueue("partbus_vsp_net", WQ_UNBOUND, 0);
	if (!net_wq)
		return -ENOMEM;
	ret = rtnl_link_register(&port_link_ops);
	if (ret)
		goto err_wq;
	ret = vsp_class_register(&net_class);
	if (ret)
		goto err_link;
	return 0;

err_link:
	rtnl_link_unregister(&port_link_ops);
err_wq:
	destroy_workqueue(net_wq);
	return ret;
}

static void __exit vsp_net_exit(void)
{
	/* Returns when the last session is over and its port is gone. */
	vsp_class_unregister(&net_class);
	rtnl_link_unregister(&port_link_ops);
	destroy_workqueue(net_wq);
}

module_init(vsp_net_init);
module_exit(vsp_net_exit);

MODULE_DESCRIPTION("partbus: provider of networks");
MODULE_LICENSE("GPL");
MODULE_VERSION(PARTBUS_MODULE_VERSION);
/* The numbers are PARTBUS_ROLE_SERVER and PARTBUS_CLASS_NET. */
MODULE_ALIAS_PARTBUS(1, 2);
MODULE_ALIAS("partbus-vsp-class-2");
