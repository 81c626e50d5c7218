/* SPDX-License-Identifier: GPL-2.0 */
/* A window: the file that a guest's BAR 2 is mapped from. */
#ifndef _PB_WINDOW_H
#define _PB_WINDOW_H

#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/xarray.h>

#include <vmbus/section.h>

/**
 * struct pb_window - the memory that one attachment of a partition sees
 * @inode: of its file; its address space knows all mappings. One reference
 * @npages: size
 * @pages: what is placed where, by page number; absent: @scratch. Changed and
 *	looked up under its own lock, which is taken inside all others
 * @scratch: what the guest sees where nothing is placed
 * @lock: a mutex; guards @map and @used and serialises placing
 * @map: bit per page: taken
 * @used: pages taken
 * @released: called once, when the last descriptor and the last mapping are
 *	gone; any context that may sleep. May free the window
 * @priv: handed to it
 */
struct pb_window {
	struct inode *inode;
	unsigned long npages;
	struct xarray pages;
	struct page *scratch;
	struct mutex lock;
	unsigned long *map;
	unsigned long used;
	void (*released)(void *priv);
	void *priv;
};

/*
 * Makes a window and its file. The file is the caller's; the window must stay
 * until released() was called, and is then freed by pb_window_free(). ERR_PTR.
 */
struct pb_window *pb_window_new(u64 size, void (*released)(void *priv), void *priv,
				struct file **file);
void pb_window_free(struct pb_window *w);

/* Places a section; the caller keeps it alive until it is taken away. May sleep. */
int pb_window_place(struct pb_window *w, struct partbus_section *s, u64 *offset);
/* Nobody can reach the section through the window any more once this returns. */
void pb_window_unplace(struct pb_window *w, struct partbus_section *s, u64 offset);

#endif /* _PB_WINDOW_H */
