// SPDX-License-Identifier: GPL-2.0
/* Start and end of the block provider. */
#include <linux/module.h>

#include "vsp_blk.h"

static const struct vsp_class_ops blk_class = {
	.class		= PARTBUS_CLASS_BLOCK,
	.name		= "partbus_vsp_blk",
	.owner		= THIS_MODULE,
	.resource_open	= backend_open,
	.resource_check	= backend_check,
	.resource_close	= backend_close,
	.facts		= backend_facts,
	.size		= backend_size,
	.device		= backend_device,
	.session_init	= blk_session_init,
	.session_start	= blk_session_start,
	.session_pause	= blk_session_pause,
	.session_stop	= blk_session_stop,
	.session_exit	= blk_session_exit,
	.may_keep	= backend_may_keep,
};

static int __init vsp_blk_init(void)
{
	return vsp_class_register(&blk_class);
}

static void __exit vsp_blk_exit(void)
{
	/* Returns when the last request is over and the last backing is closed. */
	vsp_class_unregister(&blk_class);
}

module_init(vsp_blk_init);
module_exit(vsp_blk_exit);

MODULE_DESCRIPTION("partbus: provider of block devices");
MODULE_LICENSE("GPL");
MODULE_VERSION(PARTBUS_MODULE_VERSION);
/* The numbers are PARTBUS_ROLE_SERVER and PARTBUS_CLASS_BLOCK. */
MODULE_ALIAS_PARTBUS(1, 1);
MODULE_ALIAS("partbus-vsp-class-1");
