/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A section: pages that belong to one channel, mapped in one piece in this
 * kernel. Where they come from (allocated here, or part of a guest's window) is
 * known to the maker only.
 */
#ifndef _PB_SECTION_H
#define _PB_SECTION_H

#include <linux/kref.h>
#include <linux/mm_types.h>

/* More than the largest geometry that <partbus/types.h> allows is no use: 16 GiB. */
#define PARTBUS_SECTION_MAX	(1ULL << 34)

/**
 * struct partbus_section - pages of a channel
 * @ref: one for every user: the queues or the mailboxes of an end, a window in
 *	which it is placed. The pages are freed with the last one
 * @va: kernel address of the first byte
 * @npages: number of pages
 * @pages: each of them
 * @release: frees the pages and the struct
 */
struct partbus_section {
	struct kref ref;
	void *va;
	unsigned int npages;
	struct page **pages;
	void (*release)(struct partbus_section *s);
};

/* Zeroed pages of this kernel, at least @size bytes. May sleep. ERR_PTR. */
struct partbus_section *pb_section_alloc(u64 size);
/*
 * A view of a linear mapping that has struct pages (a guest's window); the
 * mapping must outlive it. May sleep. ERR_PTR.
 */
struct partbus_section *pb_section_view(void *va, u64 size);
struct partbus_section *pb_section_get(struct partbus_section *s);
/* May sleep. NULL is fine. */
void pb_section_put(struct partbus_section *s);

static inline u64 pb_section_size(const struct partbus_section *s)
{
	return (u64)s->npages << PAGE_SHIFT;
}

#endif /* _PB_SECTION_H */
