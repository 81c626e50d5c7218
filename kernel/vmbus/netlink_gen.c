// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Remake with Documentation/netlink/regen.sh KERNEL_SOURCE */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/partbus.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/partbus/genl.h>

/* Common nested types */
const struct nla_policy partbus_attr_nl_policy[PARTBUS_A_ATTR_PAD + 1] = {
	[PARTBUS_A_ATTR_TYPE] = NLA_POLICY_MAX(NLA_U32, 32767),
	[PARTBUS_A_ATTR_LEAST] = { .type = NLA_U64, },
	[PARTBUS_A_ATTR_LIKE] = { .type = NLA_U64, },
};

/* PARTBUS_CMD_PARTITION_NEW - do */
const struct nla_policy partbus_partition_new_nl_policy[PARTBUS_A_PARTITION_WINDOW_SIZE + 1] = {
	[PARTBUS_A_PARTITION_ID] = { .type = NLA_U32, },
	[PARTBUS_A_PARTITION_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
	[PARTBUS_A_PARTITION_UUID] = NLA_POLICY_EXACT_LEN(16),
	[PARTBUS_A_PARTITION_WINDOW_SIZE] = { .type = NLA_U64, },
};

/* PARTBUS_CMD_PARTITION_DEL - do */
const struct nla_policy partbus_partition_del_nl_policy[PARTBUS_A_PARTITION_NAME + 1] = {
	[PARTBUS_A_PARTITION_ID] = { .type = NLA_U32, },
	[PARTBUS_A_PARTITION_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* PARTBUS_CMD_PARTITION_GET - do */
const struct nla_policy partbus_partition_get_nl_policy[PARTBUS_A_PARTITION_NAME + 1] = {
	[PARTBUS_A_PARTITION_ID] = { .type = NLA_U32, },
	[PARTBUS_A_PARTITION_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* PARTBUS_CMD_RESOURCE_NEW - do */
const struct nla_policy partbus_resource_new_nl_policy[PARTBUS_A_RESOURCE_READ_ONLY + 1] = {
	[PARTBUS_A_RESOURCE_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
	[PARTBUS_A_RESOURCE_UUID] = NLA_POLICY_EXACT_LEN(16),
	[PARTBUS_A_RESOURCE_CLASS] = NLA_POLICY_RANGE(NLA_U32, 1, 2),
	[PARTBUS_A_RESOURCE_BACKING] = { .type = NLA_NUL_STRING, .len = 255, },
	[PARTBUS_A_RESOURCE_SERIAL] = { .type = NLA_NUL_STRING, .len = 31, },
	[PARTBUS_A_RESOURCE_SIZE_BYTES] = { .type = NLA_U64, },
	[PARTBUS_A_RESOURCE_READ_ONLY] = NLA_POLICY_MAX(NLA_U8, 1),
	[PARTBUS_A_RESOURCE_ATTR] = NLA_POLICY_NESTED(partbus_attr_nl_policy),
};

/* PARTBUS_CMD_RESOURCE_SET - do */
const struct nla_policy partbus_resource_set_nl_policy[PARTBUS_A_RESOURCE_READ_ONLY + 1] = {
	[PARTBUS_A_RESOURCE_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
	[PARTBUS_A_RESOURCE_SIZE_BYTES] = { .type = NLA_U64, },
	[PARTBUS_A_RESOURCE_READ_ONLY] = NLA_POLICY_MAX(NLA_U8, 1),
	[PARTBUS_A_RESOURCE_ATTR] = NLA_POLICY_NESTED(partbus_attr_nl_policy),
};

/* PARTBUS_CMD_RESOURCE_DEL - do */
const struct nla_policy partbus_resource_del_nl_policy[PARTBUS_A_RESOURCE_NAME + 1] = {
	[PARTBUS_A_RESOURCE_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* PARTBUS_CMD_RESOURCE_GET - do */
const struct nla_policy partbus_resource_get_nl_policy[PARTBUS_A_RESOURCE_NAME + 1] = {
	[PARTBUS_A_RESOURCE_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* PARTBUS_CMD_OFFER_NEW - do */
const struct nla_policy partbus_offer_new_nl_policy[PARTBUS_A_OFFER_PLACE + 1] = {
	[PARTBUS_A_OFFER_PARTITION] = { .type = NLA_U32, },
	[PARTBUS_A_OFFER_RESOURCE] = { .type = NLA_NUL_STRING, .len = 63, },
	[PARTBUS_A_OFFER_ATTR] = NLA_POLICY_NESTED(partbus_attr_nl_policy),
	[PARTBUS_A_OFFER_PLACE] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* PARTBUS_CMD_OFFER_DEL - do */
const struct nla_policy partbus_offer_del_nl_policy[PARTBUS_A_OFFER_RESOURCE + 1] = {
	[PARTBUS_A_OFFER_PARTITION] = { .type = NLA_U32, },
	[PARTBUS_A_OFFER_RESOURCE] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* PARTBUS_CMD_OFFER_GET - do */
const struct nla_policy partbus_offer_get_nl_policy[PARTBUS_A_OFFER_RESOURCE + 1] = {
	[PARTBUS_A_OFFER_PARTITION] = { .type = NLA_U32, },
	[PARTBUS_A_OFFER_RESOURCE] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* PARTBUS_CMD_CHANNEL_GET - do */
const struct nla_policy partbus_channel_get_nl_policy[PARTBUS_A_CHANNEL_ROLE + 1] = {
	[PARTBUS_A_CHANNEL_ID] = { .type = NLA_U32, },
	[PARTBUS_A_CHANNEL_ROLE] = { .type = NLA_U32, },
};

/* PARTBUS_CMD_CONTRACT_REQUEST - do */
const struct nla_policy partbus_contract_request_nl_policy[PARTBUS_A_CHANNEL_ATTR + 1] = {
	[PARTBUS_A_CHANNEL_ID] = { .type = NLA_U32, },
	[PARTBUS_A_CHANNEL_ATTR] = NLA_POLICY_NESTED(partbus_attr_nl_policy),
};

/* Ops table for partbus */
const struct genl_ops partbus_nl_ops[12] = {
	{
		.cmd		= PARTBUS_CMD_PARTITION_NEW,
		.doit		= partbus_nl_partition_new_doit,
		.policy		= partbus_partition_new_nl_policy,
		.maxattr	= PARTBUS_A_PARTITION_WINDOW_SIZE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= PARTBUS_CMD_PARTITION_DEL,
		.doit		= partbus_nl_partition_del_doit,
		.policy		= partbus_partition_del_nl_policy,
		.maxattr	= PARTBUS_A_PARTITION_NAME,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= PARTBUS_CMD_PARTITION_GET,
		.doit		= partbus_nl_partition_get_doit,
		.dumpit		= partbus_nl_partition_get_dumpit,
		.policy		= partbus_partition_get_nl_policy,
		.maxattr	= PARTBUS_A_PARTITION_NAME,
	},
	{
		.cmd		= PARTBUS_CMD_RESOURCE_NEW,
		.doit		= partbus_nl_resource_new_doit,
		.policy		= partbus_resource_new_nl_policy,
		.maxattr	= PARTBUS_A_RESOURCE_READ_ONLY,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= PARTBUS_CMD_RESOURCE_SET,
		.doit		= partbus_nl_resource_set_doit,
		.policy		= partbus_resource_set_nl_policy,
		.maxattr	= PARTBUS_A_RESOURCE_READ_ONLY,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= PARTBUS_CMD_RESOURCE_DEL,
		.doit		= partbus_nl_resource_del_doit,
		.policy		= partbus_resource_del_nl_policy,
		.maxattr	= PARTBUS_A_RESOURCE_NAME,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= PARTBUS_CMD_RESOURCE_GET,
		.doit		= partbus_nl_resource_get_doit,
		.dumpit		= partbus_nl_resource_get_dumpit,
		.policy		= partbus_resource_get_nl_policy,
		.maxattr	= PARTBUS_A_RESOURCE_NAME,
	},
	{
		.cmd		= PARTBUS_CMD_OFFER_NEW,
		.doit		= partbus_nl_offer_new_doit,
		.policy		= partbus_offer_new_nl_policy,
		.maxattr	= PARTBUS_A_OFFER_PLACE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= PARTBUS_CMD_OFFER_DEL,
		.doit		= partbus_nl_offer_del_doit,
		.policy		= partbus_offer_del_nl_policy,
		.maxattr	= PARTBUS_A_OFFER_RESOURCE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= PARTBUS_CMD_OFFER_GET,
		.doit		= partbus_nl_offer_get_doit,
		.dumpit		= partbus_nl_offer_get_dumpit,
		.policy		= partbus_offer_get_nl_policy,
		.maxattr	= PARTBUS_A_OFFER_RESOURCE,
	},
	{
		.cmd		= PARTBUS_CMD_CHANNEL_GET,
		.doit		= partbus_nl_channel_get_doit,
		.dumpit		= partbus_nl_channel_get_dumpit,
		.policy		= partbus_channel_get_nl_policy,
		.maxattr	= PARTBUS_A_CHANNEL_ROLE,
	},
	{
		.cmd		= PARTBUS_CMD_CONTRACT_REQUEST,
		.doit		= partbus_nl_contract_request_doit,
		.policy		= partbus_contract_request_nl_policy,
		.maxattr	= PARTBUS_A_CHANNEL_ATTR,
		.flags		= GENL_ADMIN_PERM,
	},
};
