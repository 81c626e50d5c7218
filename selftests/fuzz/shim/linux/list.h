/* SPDX-License-Identifier: GPL-2.0 */
/* Doubly linked lists with the kernel's names, as far as they are used. */
#ifndef _SHIM_LINUX_LIST_H
#define _SHIM_LINUX_LIST_H

#include <linux/types.h>

struct list_head {
	struct list_head *next, *prev;
};

#define container_of(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void list_add_tail(struct list_head *entry, struct list_head *list)
{
	entry->prev = list->prev;
	entry->next = list;
	list->prev->next = entry;
	list->prev = entry;
}

static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	entry->next = entry->prev = NULL;
}

#define list_for_each_entry_safe(pos, n, list, member)			\
	for (pos = container_of((list)->next, typeof(*pos), member),	\
	     n = container_of(pos->member.next, typeof(*pos), member);	\
	     &pos->member != (list);					\
	     pos = n, n = container_of(n->member.next, typeof(*n), member))

#define list_for_each_entry_reverse(pos, list, member)			\
	for (pos = container_of((list)->prev, typeof(*pos), member);	\
	     &pos->member != (list);					\
	     pos = container_of(pos->member.prev, typeof(*pos), member))

#endif /* _SHIM_LINUX_LIST_H */
