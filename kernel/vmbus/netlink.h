/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family, for the files that serve its objects. */
#ifndef _PB_NETLINK_H
#define _PB_NETLINK_H

#include <net/genetlink.h>

#include <vmbus/contract.h>
#include "netlink_gen.h"

/* The family's only multicast group. */
#define PARTBUS_NLGRP_EVENTS	0

extern struct genl_family pb_netlink_family;

/* Counts what dumps show: moves with every event. Never 0. */
unsigned int pb_netlink_seq(void);

int pb_netlink_init(void);
void pb_netlink_exit(void);

/* netlink_attr.c: typed attributes in nests. */

/*
 * Reads all nests of type @nest of a request for objects of class @class
 * (PARTBUS_CLASS_NONE: any). An absent least is 0, an absent like is the least. In
 * a @wish every attribute may be liked as PARTBUS_ATTR_ANY, as much as there is.
 * -EINVAL or -ERANGE with a sentence.
 */
int pb_netlink_read_attrs(struct genl_info *info, int nest, u32 class, bool wish,
			  struct pb_ranges *r);
int pb_netlink_put_ranges(struct sk_buff *skb, int nest, const struct pb_ranges *r);
int pb_netlink_put_contract(struct sk_buff *skb, int nest, const struct pb_contract *c);

/* netlink_partition.c: names become parts of paths and of commands. */
bool pb_netlink_name_ok(const char *name);
#define PB_NETLINK_NAME_RULE \
	"a name consists of letters, digits, '.', '_' and '-' and begins with neither '.' nor '-'"

/* An answer with one message: begins it. NULL when memory is short. */
struct sk_buff *pb_netlink_reply(struct genl_info *info, void **hdr);
/* Sends it, or, on an error of the caller's, frees it (NULL is fine) and passes that on. */
int pb_netlink_finish(struct genl_info *info, struct sk_buff *reply, void *hdr, int ret);

#endif /* _PB_NETLINK_H */
