// SPDX-License-Identifier: GPL-2.0
/*
 * The PCI driver of the window: QEMU's ivshmem-doorbell. BAR 0 has a doorbell
 * register, BAR 2 is the window, each line is an MSI-X vector.
 */
#include <linux/memremap.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "guest.h"

#define IVSHMEM_VENDOR		0x1af4
#define IVSHMEM_DEVICE		0x1110
#define IVSHMEM_BAR_REGS	0
#define IVSHMEM_BAR_WINDOW	2
#define IVSHMEM_DOORBELL	12	/* register: peer in the upper, vector in the lower half */

void pb_guest_ring(struct pb_guest *g, u32 line)
{
	/* Orders all stores before it, also those into the window. */
	writel(g->window.host_peer << 16 | line, g->regs + IVSHMEM_DOORBELL);
}

static int guest_map(struct pb_guest *g)
{
	struct pci_dev *pdev = g->pdev;
	struct dev_pagemap *pgmap;
	u64 bar_size = pci_resource_len(pdev, IVSHMEM_BAR_WINDOW);
	int ret;

	ret = pcim_iomap_regions(pdev, BIT(IVSHMEM_BAR_REGS), "partbus");
	if (ret)
		return ret;
	g->regs = pcim_iomap_table(pdev)[IVSHMEM_BAR_REGS];
	if (bar_size < PARTBUS_WINDOW_MIN_SIZE)
		return -ENODEV;
	pgmap = devm_kzalloc(&pdev->dev, sizeof(*pgmap), GFP_KERNEL);
	if (!pgmap)
		return -ENOMEM;
	/* With struct pages: a provider in this guest points bios at the slots. */
	pgmap->type = MEMORY_DEVICE_GENERIC;
	pgmap->range.start = pci_resource_start(pdev, IVSHMEM_BAR_WINDOW);
	pgmap->range.end = pci_resource_end(pdev, IVSHMEM_BAR_WINDOW);
	pgmap->nr_range = 1;
	g->base = devm_memremap_pages(&pdev->dev, pgmap);
	if (IS_ERR(g->base))
		return PTR_ERR(g->base);
	g->header = g->base;
	return pb_guest_window_check(g, bar_size);
}

static int guest_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct pb_guest *g;
	int ret;

	g = devm_kzalloc(&pdev->dev, sizeof(*g), GFP_KERNEL);
	if (!g)
		return -ENOMEM;
	g->pdev = pdev;
	mutex_init(&g->lock);
	INIT_LIST_HEAD(&g->channels);
	pb_lines_init(&g->lines);
	pb_users_init(&g->users);
	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	pci_set_master(pdev);
	ret = guest_map(g);
	if (ret)
		return ret;
	pb_guest_window_measure(g);
	g->wq = alloc_workqueue("partbus_pci", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!g->wq)
		return -ENOMEM;
	ret = pb_guest_vectors_init(g);
	if (ret)
		goto err_wq;
	pci_set_drvdata(pdev, g);
	pb_guest_attach_start(g);
	return 0;

err_wq:
	destroy_workqueue(g->wq);
	return ret;
}

static void guest_remove(struct pci_dev *pdev)
{
	struct pb_guest *g = pci_get_drvdata(pdev);

	/*
	 * The channels first: once the host is told, it takes their pages out of
	 * the window, and no driver may look at them any more.
	 */
	pb_guest_rescind_all(g, PARTBUS_RESCIND_DETACHED);
	pb_guest_attach_stop(g);
	pb_users_wait(&g->users);
	pb_guest_vectors_exit(g);
	destroy_workqueue(g->wq);
}

static const struct pci_device_id guest_ids[] = {
	{ PCI_DEVICE(IVSHMEM_VENDOR, IVSHMEM_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, guest_ids);

static struct pci_driver guest_driver = {
	.name = "partbus_pci",
	.id_table = guest_ids,
	.probe = guest_probe,
	.remove = guest_remove,
	/* No shutdown(): the next kernel's nonce ends what this one leaves behind. */
};
module_pci_driver(guest_driver);

MODULE_DESCRIPTION("partbus: a guest's window");
MODULE_LICENSE("GPL");
MODULE_VERSION(PARTBUS_MODULE_VERSION);
