// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the window, maps it beside whoever else has it, and does what is written
 * to the parameter "run", as long as it takes: "scribble SECONDS FROM TO SEED",
 * "drip SECONDS MILLISECONDS", "flood SECONDS WHAT", "ctrl", "negotiate", "requests",
 * "frames". Results are in the kernel log.
 */
#include "hostile.h"

#include <linux/io.h>
#include <linux/module.h>
#include <linux/string.h>

static struct hostile hostile;
static DEFINE_MUTEX(hostile_lock);	/* one order at a time */

void hostile_bell(struct hostile *h, u32 peer, u32 line)
{
	writel(peer << 16 | line, h->regs + 12);
}

void hostile_set(void *message, const struct hostile_field *f)
{
	__le64 v = cpu_to_le64(f->value);

	memcpy(message + f->offset, &v, min_t(size_t, f->size, sizeof(v)));
}

void hostile_result(const char *name, bool good, const char *what)
{
	hostile_say("%s: %s%s", name, good ? "" : "FAILED ", what);
}

static const struct {
	const char *name;
	int (*cases)(struct hostile *h);
} orders[] = {
	{ "ctrl", hostile_ctrl_cases },
	{ "negotiate", hostile_neg_cases },
	{ "requests", hostile_req_cases },
	{ "frames", hostile_frame_cases },
};

static int order(struct hostile *h, const char *text)
{
	unsigned int i;
	int failed;

	if (strstarts(text, "scribble "))
		return hostile_scribble(h, text + strlen("scribble "));
	if (strstarts(text, "drip "))
		return hostile_drip(h, text + strlen("drip "));
	if (strstarts(text, "flood "))
		return hostile_flood(h, text + strlen("flood "));
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		if (!sysfs_streq(text, orders[i].name))
			continue;
		failed = orders[i].cases(h);
		hostile_detach(h);
		hostile_say("%s done, %d failed", orders[i].name, failed);
		return failed ? -EIO : 0;
	}
	return -EINVAL;
}

static int run_set(const char *text, const struct kernel_param *kp)
{
	int ret;

	if (!hostile.base)
		return -ENODEV;
	mutex_lock(&hostile_lock);
	ret = order(&hostile, text);
	mutex_unlock(&hostile_lock);
	return ret;
}

static const struct kernel_param_ops run_ops = {
	.set = run_set,
};
module_param_cb(run, &run_ops, NULL, 0200);
MODULE_PARM_DESC(run, "what to do, see the source");

static int __init hostile_init(void)
{
	struct hostile *h = &hostile;
	int ret = -ENOMEM;

	h->pdev = pci_get_device(0x1af4, 0x1110, NULL);
	if (!h->pdev)
		return -ENODEV;
	if (pci_enable_device(h->pdev)) {
		ret = -EIO;
		goto err_put;
	}
	h->regs = ioremap(pci_resource_start(h->pdev, 0), pci_resource_len(h->pdev, 0));
	if (!h->regs)
		goto err_disable;
	h->size = pci_resource_len(h->pdev, 2);
	h->base = memremap(pci_resource_start(h->pdev, 2), h->size, MEMREMAP_WB);
	if (!h->base)
		goto err_unmap;
	h->header = h->base;
	return 0;

err_unmap:
	iounmap(h->regs);
err_disable:
	pci_disable_device(h->pdev);
err_put:
	pci_dev_put(h->pdev);
	return ret;
}

static void __exit hostile_exit(void)
{
	memunmap(hostile.base);
	iounmap(hostile.regs);
	pci_disable_device(hostile.pdev);
	pci_dev_put(hostile.pdev);
}

module_init(hostile_init);
module_exit(hostile_exit);

MODULE_DESCRIPTION("partbus tests: a guest that breaks the rules");
MODULE_LICENSE("GPL");
