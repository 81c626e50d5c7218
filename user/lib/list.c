// SPDX-License-Identifier: GPL-2.0
/* A growing array. */
#include "list.h"

#include <stdlib.h>
#include <string.h>

void *pbl_list_add(struct pbl_list *list)
{
	void *item;

	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 8;
		void *items = reallocarray(list->items, room, list->item_size);

		if (!items)
			return NULL;
		list->items = items;
		list->room = room;
	}
	item = (char *)list->items + list->count++ * list->item_size;
	memset(item, 0, list->item_size);
	return item;
}

void pbl_list_clear(struct pbl_list *list)
{
	list->count = 0;
}

void pbl_list_free(struct pbl_list *list)
{
	free(list->items);
	list->items = NULL;
	list->count = 0;
	list->room = 0;
}
