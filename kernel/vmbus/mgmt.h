/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the parts that own partitions, offers and resources hang themselves into
 * the netlink family, and tell one another of changes, without depending on
 * one another: partbus_host registers host ops, partbus_vsp provider ops.
 *
 * All ops but two are called with the configuration lock held, may sleep, and must
 * not wait for a peer or for I/O: what takes long goes on in the background. The
 * two, which make and delete a resource, open and close a backing: nobody but
 * their caller waits for that.
 */
#ifndef _PB_MGMT_H
#define _PB_MGMT_H

#include <linux/uuid.h>
#include <partbus/types.h>
#include <uapi/partbus/genl.h>
#include <vmbus/contract.h>

struct netlink_ext_ack;
struct module;

/*
 * The configuration lock: a mutex, outermost of all locks of partbus but the device
 * lock of a channel end, under which a driver is probed.
 */
void partbus_config_lock(void);
void partbus_config_unlock(void);
void partbus_config_assert_held(void);

/**
 * struct partbus_resource_params - what netlink asks for
 * @name: of the resource
 * @class: PARTBUS_CLASS_*
 * @uuid: of the resource; has_uuid says whether it was given
 * @backing: path, NULL if not given
 * @serial: NULL if not given
 * @size_bytes: if has_size
 * @read_only: if has_read_only
 * @limits: what of the attributes was given; least for a reserve's total, like
 *	for a limit
 */
struct partbus_resource_params {
	const char *name;
	u32 class;
	uuid_t uuid;
	const char *backing;
	const char *serial;
	u64 size_bytes;
	bool has_uuid;
	bool has_size;
	bool has_read_only;
	bool read_only;
	struct pb_ranges limits;
};

/**
 * struct partbus_resource_info - what netlink and the host may know of one
 * @name: of the resource
 * @uuid: of the resource
 * @class: PARTBUS_CLASS_*
 * @backing: path
 * @serial: may be empty
 * @state: enum partbus_resource_state
 * @size_bytes: in effect
 * @read_only: in effect
 * @available: what a client could be granted
 * @set_size_bytes: as it was set, 0 for all of the backing
 * @set_limits: as they were set
 */
struct partbus_resource_info {
	char name[PARTBUS_NAME_MAX];
	uuid_t uuid;
	u32 class;
	char backing[256];
	char serial[32];
	u32 state;
	u64 size_bytes;
	bool read_only;
	struct pb_ranges available;
	u64 set_size_bytes;
	struct pb_ranges set_limits;
};

/**
 * struct partbus_provider_ops - registered by the provider core
 * @owner: held by whoever calls an op without the configuration lock
 * @resource_new: 0 or -errno with a sentence in extack; -EINPROGRESS: the backing is
 *	still being opened. Called without the configuration lock, which it takes itself
 * @resource_set: renegotiates with the clients
 * @resource_del: refused while an offer names it; -EINPROGRESS: it is gone, and the
 *	backing still being closed. Called without the configuration lock, which it
 *	takes itself
 * @resource_get: fills @info; -ENOENT
 * @place_check: may this resource be offered at this place? 0, or -errno with a
 *	sentence in extack. Configuration lock held
 * @resource_next: fills @info with the first resource whose name sorts after
 *	@after ("" for the first); -ENOENT at the end
 */
struct partbus_provider_ops {
	struct module *owner;
	int (*resource_new)(const struct partbus_resource_params *p,
			    struct netlink_ext_ack *extack);
	int (*resource_set)(const struct partbus_resource_params *p,
			    struct netlink_ext_ack *extack);
	int (*resource_del)(const char *name, struct netlink_ext_ack *extack);
	int (*resource_get)(const char *name, struct partbus_resource_info *info);
	int (*resource_next)(const char *after, struct partbus_resource_info *info);
	int (*place_check)(const char *name, const char *place, struct netlink_ext_ack *extack);
};

/**
 * struct partbus_partition_info - what netlink may know of a partition
 * @heartbeat: enum partbus_heartbeat_state; it and its age only if @has_heartbeat
 */
struct partbus_partition_info {
	u32 id;
	char name[PARTBUS_NAME_MAX];
	uuid_t uuid;
	u32 state;
	u64 generation;
	u64 window_size;
	u64 window_used;
	u32 pid;
	u32 version;
	char release[64];
	bool has_heartbeat;
	u32 heartbeat;
	u32 heartbeat_age_msec;
	u32 channels;
};

/**
 * struct partbus_offer_info - what netlink may know of an offer
 * @channel: id, 0 while pending
 * @limits: of this client
 * @place: as in struct partbus_channel
 */
struct partbus_offer_info {
	u32 partition;
	char resource[PARTBUS_NAME_MAX];
	u32 channel;
	struct pb_ranges limits;
	char place[PARTBUS_NAME_MAX];
};

/**
 * struct partbus_host_ops - registered by the host
 * @partition_new: makes one; @id in, 0 for the next that is free, and out
 * @partition_find: id of a name, -ENOENT
 * @partition_next: fills @info with the first partition whose id is not below
 *	@id; -ENOENT at the end. The root partition is listed, too
 * @offer_next: fills @info with the @index'th offer; -ENOENT at the end
 * @resource_ready: a resource can be offered from now on
 * @resource_gone: rescind all channels to it with @reason; offers stay, pending
 * @resource_offers: how many offers name it
 */
struct partbus_host_ops {
	struct module *owner;
	int (*partition_new)(const char *name, const uuid_t *uuid, u64 window_size,
			     u32 *id, struct netlink_ext_ack *extack);
	int (*partition_del)(u32 id, struct netlink_ext_ack *extack);
	int (*partition_find)(const char *name, u32 *id);
	int (*partition_next)(u32 id, struct partbus_partition_info *info);
	int (*offer_new)(u32 partition, const struct partbus_resource_info *resource,
			 const struct pb_ranges *limits, const char *place, u32 *channel,
			 struct netlink_ext_ack *extack);
	int (*offer_del)(u32 partition, const char *resource,
			 struct netlink_ext_ack *extack);
	int (*offer_next)(unsigned int index, struct partbus_offer_info *info);
	void (*resource_ready)(void);
	void (*resource_gone)(const char *name, u32 reason);
	unsigned int (*resource_offers)(const char *name);
};

int partbus_host_register(const struct partbus_host_ops *ops);
void partbus_host_unregister(const struct partbus_host_ops *ops);
int partbus_provider_register(const struct partbus_provider_ops *ops);
void partbus_provider_unregister(const struct partbus_provider_ops *ops);

/* With the configuration lock held; NULL when that part is not loaded. */
const struct partbus_host_ops *partbus_host(void);
const struct partbus_provider_ops *partbus_provider(void);

/**
 * struct partbus_event - one event for whoever listens
 * @kind: enum partbus_event_kind
 * @partition: concerned, or U32_MAX
 * @channel: concerned, or 0
 * @role: of the channel's end
 * @name: of the partition or resource, or NULL
 * @state: new state, or U32_MAX
 * @old_state: former state, or U32_MAX
 * @epoch: of the contract, or 0
 * @reason: a sentence, or NULL
 * @request: the last request for a contract that this is the outcome of, or 0
 */
struct partbus_event {
	u32 kind;
	u32 partition;
	u32 channel;
	u32 role;
	const char *name;
	u32 state;
	u32 old_state;
	u32 epoch;
	const char *reason;
	u32 request;
};

#define PARTBUS_EVENT(k) { .kind = PARTBUS_EVENT_KIND_##k, .partition = U32_MAX, \
			   .state = U32_MAX, .old_state = U32_MAX }

/* Any context; dropped when nobody listens or memory is short. */
void partbus_event_send(const struct partbus_event *ev);

#endif /* _PB_MGMT_H */
