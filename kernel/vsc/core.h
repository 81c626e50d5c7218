/* SPDX-License-Identifier: GPL-2.0 */
/* Inside partbus_vsc. */
#ifndef _PB_VSC_CORE_H
#define _PB_VSC_CORE_H

#include <vsc/vsc.h>

static inline struct partbus_vsc_class *pb_vsc_class_of(struct partbus_channel *ch)
{
	return container_of(to_partbus_driver(ch->dev.driver), struct partbus_vsc_class, driver);
}

/* head.c */
/* Finds or makes the head of @path->ch and makes @path one of its paths. */
int pb_head_attach(struct partbus_vsc_class *class, struct partbus_vsc_path *path);
/* The path is not used any more; puts its reference. */
void pb_head_detach(struct partbus_vsc_path *path);
/* The offer behind @path is gone for good; so is the head unless it has another. */
void pb_head_withdrawn(struct partbus_vsc_path *path);
/* The same, said of a resource: its head goes with its last path, or now. */
void pb_head_withdrawn_uuid(struct partbus_driver *drv, const uuid_t *uuid);

/* Off the class's list: no path will start any more. Head's lock held. */
static inline bool pb_head_is_gone(struct partbus_vsc_head *head)
{
	lockdep_assert_held(&head->lock);
	return list_empty(&head->node);
}

/* path.c */
extern const struct partbus_channel_ops pb_path_ops;
int pb_path_probe(struct partbus_channel *ch);
void pb_path_remove(struct partbus_channel *ch);
/* No path is live: take another that runs, if there is one. Head's lock held. */
void pb_path_select(struct partbus_vsc_head *head);

/* device.c */
void pb_device_init(struct partbus_vsc_head *head);
/* Runs the head's work; who calls this has a reference. Any context. */
void pb_device_queue(struct partbus_vsc_head *head);

/* negotiate.c: ops of a channel */
int pb_negotiate_wish(struct partbus_channel *ch, const struct pb_ranges *offer,
		      struct pb_ranges *wish, struct pb_refusal *why);
/* Head's lock held. */
void pb_negotiate_settle(struct partbus_vsc_head *head, bool granted);
int pb_negotiate_consider(struct partbus_channel *ch, const struct pb_contract *contract,
			  struct pb_refusal *why);
int partbus_vsc_request(struct partbus_channel *ch, const struct pb_ranges *wish,
			struct netlink_ext_ack *extack);

#endif /* _PB_VSC_CORE_H */
