// SPDX-License-Identifier: GPL-2.0
/* Start and end of the provider core. */
#include <linux/module.h>

#include "vsp_internal.h"

static int __init vsp_init(void)
{
	int ret = vsp_aside_init();

	if (ret)
		return ret;
	ret = vsp_provider_init();
	if (ret)
		vsp_aside_exit();
	return ret;
}

static void __exit vsp_exit(void)
{
	vsp_provider_exit();
	vsp_aside_exit();
}

module_init(vsp_init);
module_exit(vsp_exit);

MODULE_DESCRIPTION("partbus: core of providers");
MODULE_LICENSE("GPL");
