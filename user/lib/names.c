// SPDX-License-Identifier: GPL-2.0
/*
 * Names of enum values as the specification writes them, and the names of
 * netlink attributes for error messages.
 */
#include "names.h"

#include <partbus/genl.h>
#include <partbus/types.h>
#include <string.h>

#include "nl.h"

#define NAME_OF(table, value) \
	((value) < sizeof(table) / sizeof((table)[0]) ? (table)[value] : NULL)

static const char *const partition_states[] = { "defined", "attached", "active" };
static const char *const heartbeat_states[] = { "beating", "lost" };
static const char *const resource_states[] = { "ready", "failed", "opening" };
static const char *const channel_states[] = {
	"offered", "opening", "open", "closing", "closed", "broken",
};
static const char *const neg_states[] = {
	"start", "protocol-uninitialized", "protocol-initialized", "features-not-negotiated",
	"starting", "running", "dead-end",
};
static const char *const event_kinds[] = {
	"partition-new", "partition-del", "partition-state", "resource-new", "resource-del",
	"resource-set", "offer-new", "offer-del", "channel-new", "channel-del", "channel-state",
	"contract-started", "contract-refused", "contract-kept", "heartbeat-lost",
	"heartbeat-returned",
};
static const char *const classes[] = { NULL, "block", "net" };
static const char *const roles[] = { "client", "server" };

const char *pbl_partition_state_name(__u32 state)
{
	return NAME_OF(partition_states, state);
}

const char *pbl_heartbeat_name(__u32 state)
{
	return NAME_OF(heartbeat_states, state);
}

const char *pbl_resource_state_name(__u32 state)
{
	return NAME_OF(resource_states, state);
}

const char *pbl_channel_state_name(__u32 state)
{
	return NAME_OF(channel_states, state);
}

const char *pbl_neg_state_name(__u32 state)
{
	return NAME_OF(neg_states, state);
}

const char *pbl_event_kind_name(__u32 kind)
{
	return NAME_OF(event_kinds, kind);
}

const char *pbl_class_name(__u32 class)
{
	return NAME_OF(classes, class);
}

const char *pbl_role_name(__u32 role)
{
	return NAME_OF(roles, role);
}

__u32 pbl_class_by_name(const char *name)
{
	for (__u32 c = 1; c <= PARTBUS_CLASS_MAX; c++) {
		if (!strcmp(classes[c], name))
			return c;
	}
	return PARTBUS_CLASS_NONE;
}

static const char *const attr_names[] = {
	[PARTBUS_A_ATTR_TYPE] = "type",
	[PARTBUS_A_ATTR_LEAST] = "least",
	[PARTBUS_A_ATTR_LIKE] = "like",
	[PARTBUS_A_ATTR_PAD] = "pad",
};
const struct pbl_attr_set pbl_set_attr = { attr_names, PARTBUS_A_ATTR_MAX, NULL };

static const char *const partition_names[] = {
	[PARTBUS_A_PARTITION_ID] = "id",
	[PARTBUS_A_PARTITION_NAME] = "name",
	[PARTBUS_A_PARTITION_UUID] = "uuid",
	[PARTBUS_A_PARTITION_WINDOW_SIZE] = "window",
	[PARTBUS_A_PARTITION_MAX] = NULL,
};
const struct pbl_attr_set pbl_set_partition = { partition_names, PARTBUS_A_PARTITION_MAX, NULL };

static const char *const resource_names[] = {
	[PARTBUS_A_RESOURCE_NAME] = "name",
	[PARTBUS_A_RESOURCE_UUID] = "uuid",
	[PARTBUS_A_RESOURCE_CLASS] = "class",
	[PARTBUS_A_RESOURCE_BACKING] = "backing",
	[PARTBUS_A_RESOURCE_SERIAL] = "serial",
	[PARTBUS_A_RESOURCE_ATTR] = "attr",
	[PARTBUS_A_RESOURCE_SIZE_BYTES] = "size",
	[PARTBUS_A_RESOURCE_READ_ONLY] = "read_only",
	[PARTBUS_A_RESOURCE_MAX] = NULL,
};
static const struct pbl_attr_set *const resource_nested[] = {
	[PARTBUS_A_RESOURCE_ATTR] = &pbl_set_attr,
	[PARTBUS_A_RESOURCE_MAX] = NULL,
};
const struct pbl_attr_set pbl_set_resource = {
	resource_names, PARTBUS_A_RESOURCE_MAX, resource_nested,
};

static const char *const offer_names[] = {
	[PARTBUS_A_OFFER_PARTITION] = "partition",
	[PARTBUS_A_OFFER_RESOURCE] = "resource",
	[PARTBUS_A_OFFER_CHANNEL] = "channel",
	[PARTBUS_A_OFFER_ATTR] = "attr",
	[PARTBUS_A_OFFER_PLACE] = "place",
};
static const struct pbl_attr_set *const offer_nested[] = {
	[PARTBUS_A_OFFER_ATTR] = &pbl_set_attr,
	[PARTBUS_A_OFFER_MAX] = NULL,
};
const struct pbl_attr_set pbl_set_offer = { offer_names, PARTBUS_A_OFFER_MAX, offer_nested };

static const char *const channel_names[] = {
	[PARTBUS_A_CHANNEL_ID] = "id",
	[PARTBUS_A_CHANNEL_ROLE] = "role",
	[PARTBUS_A_CHANNEL_ATTR] = "attr",
	[PARTBUS_A_CHANNEL_MAX] = NULL,
};
static const struct pbl_attr_set *const channel_nested[] = {
	[PARTBUS_A_CHANNEL_ATTR] = &pbl_set_attr,
	[PARTBUS_A_CHANNEL_MAX] = NULL,
};
const struct pbl_attr_set pbl_set_channel = {
	channel_names, PARTBUS_A_CHANNEL_MAX, channel_nested,
};
