// SPDX-License-Identifier: GPL-2.0
/* Memory of sections: allocation, views, lifetime. Not: where they are placed. */
#include <vmbus/section.h>

#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/vmalloc.h>

#include <vmbus/inject.h>

static atomic64_t section_bytes = ATOMIC64_INIT(0);

static int section_bytes_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%lld\n", atomic64_read(&section_bytes));
}

static const struct kernel_param_ops section_bytes_ops = {
	.get = section_bytes_get,
};
module_param_cb(section_bytes, &section_bytes_ops, NULL, 0444);
MODULE_PARM_DESC(section_bytes, "bytes in sections that are allocated now");

/* Runs of this many pages are tried first, so that a slot is one segment of a bio. */
#define SECTION_ORDER	4

static void section_free_pages(struct partbus_section *s, unsigned int n)
{
	while (n)
		__free_page(s->pages[--n]);
}

static void section_release_alloc(struct partbus_section *s)
{
	atomic64_sub(pb_section_size(s), &section_bytes);
	vunmap(s->va);
	/* A window may still map a page; its own reference keeps that page. */
	section_free_pages(s, s->npages);
	kvfree(s->pages);
	kfree(s);
}

static void section_release_view(struct partbus_section *s)
{
	kvfree(s->pages);
	kfree(s);
}

static struct partbus_section *section_new(u64 size,
					   void (*release)(struct partbus_section *s))
{
	struct partbus_section *s;

	if (!size || size > PARTBUS_SECTION_MAX)
		return ERR_PTR(-EINVAL);
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return ERR_PTR(-ENOMEM);
	kref_init(&s->ref);
	s->release = release;
	s->npages = DIV_ROUND_UP_ULL(size, PAGE_SIZE);
	s->pages = kvcalloc(s->npages, sizeof(*s->pages), GFP_KERNEL);
	if (!s->pages) {
		kfree(s);
		return ERR_PTR(-ENOMEM);
	}
	return s;
}

static int section_fill(struct partbus_section *s)
{
	unsigned int n = 0;

	while (n < s->npages) {
		unsigned int order = SECTION_ORDER, i;
		struct page *page = NULL;

		/* Slots are naturally aligned in the section, and so are these runs. */
		if (IS_ALIGNED(n, 1u << order) && s->npages - n >= 1u << order)
			page = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NORETRY |
					   __GFP_NOWARN, order);
		if (page) {
			/* Each page gets a reference of its own: windows map them singly. */
			split_page(page, order);
		} else {
			order = 0;
			page = alloc_page(GFP_KERNEL | __GFP_ZERO);
			if (!page) {
				section_free_pages(s, n);
				return -ENOMEM;
			}
		}
		for (i = 0; i < 1u << order; i++)
			s->pages[n++] = page + i;
	}
	return 0;
}

struct partbus_section *pb_section_alloc(u64 size)
{
	struct partbus_section *s;
	int ret;

	ret = partbus_inject(PARTBUS_INJECT_SECTION, NULL, 0);
	if (ret)
		return ERR_PTR(ret);
	s = section_new(size, section_release_alloc);
	if (IS_ERR(s))
		return s;
	ret = section_fill(s);
	if (ret)
		goto err_free;
	s->va = vmap(s->pages, s->npages, VM_MAP, PAGE_KERNEL);
	if (!s->va) {
		ret = -ENOMEM;
		goto err_free_pages;
	}
	atomic64_add(pb_section_size(s), &section_bytes);
	return s;

err_free_pages:
	section_free_pages(s, s->npages);
err_free:
	section_release_view(s);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(pb_section_alloc);

struct partbus_section *pb_section_view(void *va, u64 size)
{
	struct partbus_section *s = section_new(size, section_release_view);
	unsigned int i;

	if (IS_ERR(s))
		return s;
	s->va = va;
	for (i = 0; i < s->npages; i++) {
		s->pages[i] = virt_to_page(va + ((u64)i << PAGE_SHIFT));
		/* The host fills a window page by page: take the faults here, not under load. */
		(void)READ_ONCE(*(u8 *)(va + ((u64)i << PAGE_SHIFT)));
	}
	return s;
}
EXPORT_SYMBOL_GPL(pb_section_view);

struct partbus_section *pb_section_get(struct partbus_section *s)
{
	kref_get(&s->ref);
	return s;
}
EXPORT_SYMBOL_GPL(pb_section_get);

static void section_release(struct kref *ref)
{
	struct partbus_section *s = container_of(ref, struct partbus_section, ref);

	s->release(s);
}

void pb_section_put(struct partbus_section *s)
{
	if (s)
		kref_put(&s->ref, section_release);
}
EXPORT_SYMBOL_GPL(pb_section_put);
