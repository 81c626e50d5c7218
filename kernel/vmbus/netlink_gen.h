/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Remake with Documentation/netlink/regen.sh KERNEL_SOURCE */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/partbus.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_PARTBUS_GEN_H
#define _LINUX_PARTBUS_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/partbus/genl.h>

/* Common nested types */
extern const struct nla_policy partbus_attr_nl_policy[PARTBUS_A_ATTR_PAD + 1];

extern const struct nla_policy partbus_partition_new_nl_policy[PARTBUS_A_PARTITION_WINDOW_SIZE + 1];

extern const struct nla_policy partbus_partition_del_nl_policy[PARTBUS_A_PARTITION_NAME + 1];

extern const struct nla_policy partbus_partition_get_nl_policy[PARTBUS_A_PARTITION_NAME + 1];

extern const struct nla_policy partbus_resource_new_nl_policy[PARTBUS_A_RESOURCE_READ_ONLY + 1];

extern const struct nla_policy partbus_resource_set_nl_policy[PARTBUS_A_RESOURCE_READ_ONLY + 1];

extern const struct nla_policy partbus_resource_del_nl_policy[PARTBUS_A_RESOURCE_NAME + 1];

extern const struct nla_policy partbus_resource_get_nl_policy[PARTBUS_A_RESOURCE_NAME + 1];

extern const struct nla_policy partbus_offer_new_nl_policy[PARTBUS_A_OFFER_PLACE + 1];

extern const struct nla_policy partbus_offer_del_nl_policy[PARTBUS_A_OFFER_RESOURCE + 1];

extern const struct nla_policy partbus_offer_get_nl_policy[PARTBUS_A_OFFER_RESOURCE + 1];

extern const struct nla_policy partbus_channel_get_nl_policy[PARTBUS_A_CHANNEL_ROLE + 1];

extern const struct nla_policy partbus_contract_request_nl_policy[PARTBUS_A_CHANNEL_ATTR + 1];

/* Ops table for partbus */
extern const struct genl_ops partbus_nl_ops[12];

int partbus_nl_partition_new_doit(struct sk_buff *skb, struct genl_info *info);
int partbus_nl_partition_del_doit(struct sk_buff *skb, struct genl_info *info);
int partbus_nl_partition_get_doit(struct sk_buff *skb, struct genl_info *info);
int partbus_nl_partition_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb);
int partbus_nl_resource_new_doit(struct sk_buff *skb, struct genl_info *info);
int partbus_nl_resource_set_doit(struct sk_buff *skb, struct genl_info *info);
int partbus_nl_resource_del_doit(struct sk_buff *skb, struct genl_info *info);
int partbus_nl_resource_get_doit(struct sk_buff *skb, struct genl_info *info);
int partbus_nl_resource_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb);
int partbus_nl_offer_new_doit(struct sk_buff *skb, struct genl_info *info);
int partbus_nl_offer_del_doit(struct sk_buff *skb, struct genl_info *info);
int partbus_nl_offer_get_doit(struct sk_buff *skb, struct genl_info *info);
int partbus_nl_offer_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int partbus_nl_channel_get_doit(struct sk_buff *skb, struct genl_info *info);
int partbus_nl_channel_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int partbus_nl_contract_request_doit(struct sk_buff *skb,
				     struct genl_info *info);

#endif /* _LINUX_PARTBUS_GEN_H */
