// SPDX-License-Identifier: GPL-2.0
/* The window as a guest finds it: is it ours, is it cached. */
#include <linux/ktime.h>
#include <linux/slab.h>

#include "guest.h"

/* Uncached reads are some hundred times slower; cached ones about as fast as memory. */
#define SLOW_FACTOR	16
#define MEASURE_SIZE	(8 * PARTBUS_PAGE_SIZE)

int pb_guest_window_check(struct pb_guest *g, u64 bar_size)
{
	struct partbus_window_header h;
	const char *why;
	int ret;

	memcpy(&h, g->header, sizeof(h));
	/* From here on it is the copy that is looked at. */
	barrier();
	ret = pb_guest_window_parse(&g->window, &h, bar_size, &why);
	if (ret == -EPROTO)
		dev_err(&g->pdev->dev,
			"the header of the window has %s (it has versions %#x to %#x and %u lines)\n",
			why, le32_to_cpu(h.version_min), le32_to_cpu(h.version_max),
			le32_to_cpu(h.lines));
	return ret;
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
