// SPDX-License-Identifier: GPL-2.0
/* The window as a guest finds it: is it ours, where may things be, is it cached. */
#include <linux/ktime.h>
#include <linux/slab.h>

#include "guest.h"

/* Uncached reads are some hundred times slower; cached ones about as fast as memory. */
#define SLOW_FACTOR	16
#define MEASURE_SIZE	(8 * PARTBUS_PAGE_SIZE)

bool pb_guest_range_ok(struct pb_guest *g, u64 offset, u64 size)
{
	u64 end;

	return size && IS_ALIGNED(offset, PARTBUS_PAGE_SIZE) && offset >= g->head_size &&
	       !check_add_overflow(offset, size, &end) && end <= g->size;
}

static bool ring_fits(u64 offset, u64 size, u32 entries)
{
	u64 need = sizeof(struct partbus_ring_ctl) + (u64)entries * PARTBUS_CTRL_MSG_SIZE;

	return IS_ALIGNED(offset, PARTBUS_CACHE_LINE) && offset >= PARTBUS_PAGE_SIZE &&
	       offset < size && need <= size - offset;
}

int pb_guest_window_check(struct pb_guest *g, u64 bar_size)
{
	const struct partbus_window_header *h = g->header;
	struct device *dev = &g->pdev->dev;
	u64 db_offset, db_size;
	u32 entries;

	/* Another use of ivshmem is none of our business, and nothing to complain of. */
	if (le64_to_cpu(READ_ONCE(h->magic)) != PARTBUS_WINDOW_MAGIC)
		return -ENODEV;
	g->size = le64_to_cpu(READ_ONCE(h->window_size));
	g->host_peer = le32_to_cpu(READ_ONCE(h->host_peer));
	g->h2g_offset = le64_to_cpu(READ_ONCE(h->ctrl_h2g_offset));
	g->g2h_offset = le64_to_cpu(READ_ONCE(h->ctrl_g2h_offset));
	db_offset = le64_to_cpu(READ_ONCE(h->db_offset));
	db_size = le64_to_cpu(READ_ONCE(h->db_size));
	entries = le32_to_cpu(READ_ONCE(h->ctrl_entries));
	if (le32_to_cpu(h->version_min) > PARTBUS_VERSION_MAX ||
	    le32_to_cpu(h->version_max) < PARTBUS_VERSION_MIN) {
		dev_err(dev, "host speaks versions %#x to %#x, this driver %#x to %#x\n",
			le32_to_cpu(h->version_min), le32_to_cpu(h->version_max),
			PARTBUS_VERSION_MIN, PARTBUS_VERSION_MAX);
		return -EPROTO;
	}
	if (le32_to_cpu(h->lines) != PARTBUS_LINES) {
		dev_err(dev, "host has %u lines, this driver %u\n", le32_to_cpu(h->lines),
			PARTBUS_LINES);
		return -EPROTO;
	}
	if (g->size > bar_size || entries != PARTBUS_CTRL_ENTRIES || g->host_peer > U16_MAX ||
	    !ring_fits(g->h2g_offset, g->size, entries) ||
	    !ring_fits(g->g2h_offset, g->size, entries) ||
	    check_add_overflow(db_offset, db_size, &g->head_size) || g->head_size > g->size) {
		dev_err(dev, "the header of the window makes no sense\n");
		return -EPROTO;
	}
	return 0;
}

static u64 measure(void *to, const void *from)
{
	u64 best = U64_MAX;
	int i;

	/* The first pass takes the faults; the best of the others counts. */
	for (i = 0; i < 5; i++) {
		u64 start = ktime_get_ns();

		memcpy(to, from, MEASURE_SIZE);
		if (i)
			best = min(best, ktime_get_ns() - start);
	}
	return max(best, 1ULL);
}

void pb_guest_window_measure(struct pb_guest *g)
{
	void *a = kmalloc(MEASURE_SIZE, GFP_KERNEL);
	void *b = kzalloc(MEASURE_SIZE, GFP_KERNEL);
	u64 window, memory;

	if (a && b) {
		window = measure(a, g->base);
		memory = measure(a, b);
		if (window / memory >= SLOW_FACTOR)
			dev_warn(&g->pdev->dev,
				 "the window is %llu times slower than memory: it is mapped uncached. Give the guest firmware that leaves BARs above 4 GiB write-back (SeaBIOS), or expect little throughput\n",
				 window / memory);
	}
	kfree(a);
	kfree(b);
}
