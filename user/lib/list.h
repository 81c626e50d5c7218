/* SPDX-License-Identifier: GPL-2.0 */
/* A growing array: what a dump collects. */
#ifndef PBL_LIST_H
#define PBL_LIST_H

#include <stddef.h>

struct pbl_list {
	void *items;
	size_t count;
	size_t item_size;
	size_t room;
};

#define PBL_LIST(type)	{ .item_size = sizeof(type) }
#define pbl_list_each(item, list) \
	for ((item) = (list)->items; \
	     (size_t)((char *)(item) - (char *)(list)->items) < (list)->count * (list)->item_size; \
	     (item)++)

/* A new zeroed item at the end, or NULL. Moves all items. */
void *pbl_list_add(struct pbl_list *list);
void pbl_list_clear(struct pbl_list *list);	/* keeps the memory */
void pbl_list_free(struct pbl_list *list);

#endif
