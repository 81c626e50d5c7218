/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the netlink family knows, as plain structs. @present has bit N set when
 * the kernel sent attribute N, so that "absent" and "zero" stay different.
 * Every function returns 0 or -errno with @err filled in.
 */
#ifndef PBL_OBJECT_H
#define PBL_OBJECT_H

#include <partbus/genl.h>
#include <partbus/types.h>

#include "attrs.h"
#include "list.h"
#include "nl.h"

#define PBL_HAS(object, attr)	(!!((object)->present & (1ULL << (attr))))
#define PBL_SET(object, attr)	((object)->present |= 1ULL << (attr))
#define PBL_UNSET(object, attr)	((object)->present &= ~(1ULL << (attr)))

#define PBL_TEXT_MAX	256

struct pbl_partition {
	__u64 present;
	__u32 id;
	char name[PARTBUS_NAME_MAX];
	__u8 uuid[PARTBUS_UUID_SIZE];
	__u32 state;
	__u64 generation;
	__u64 window_size;
	__u64 window_used;
	__u32 pid;
	__u32 version;
	char release[PBL_TEXT_MAX];
	__u32 heartbeat;
	__u32 heartbeat_age_msec;
	__u32 channels;
};

/* partition.c */
void pbl_partition_decode(struct pbl_partition *p, struct nlattr *attrs, int length);
int pbl_partition_list(struct pbl_nl *nl, struct pbl_list *list, struct pbl_error *err);
/* By name, or by id when @name is NULL. */
int pbl_partition_get(struct pbl_nl *nl, const char *name, __u32 id, struct pbl_partition *p,
		      struct pbl_error *err);
/* Name, uuid and window_size as far as present; stores the id. */
int pbl_partition_new(struct pbl_nl *nl, struct pbl_partition *p, struct pbl_error *err);
int pbl_partition_del(struct pbl_nl *nl, const char *name, struct pbl_error *err);
/* "root", an id or a name to an id. */
int pbl_partition_id(struct pbl_nl *nl, const char *text, __u32 *id, struct pbl_error *err);
/* Name of @id in @list; "root" for 0, NULL when unknown. */
const char *pbl_partition_name(const struct pbl_list *list, __u32 id);
/* Is this kernel a host? One lists its own partition, too. */
bool pbl_is_host(const struct pbl_list *list);

struct pbl_resource {
	__u64 present;
	char name[PARTBUS_NAME_MAX];
	__u8 uuid[PARTBUS_UUID_SIZE];
	__u32 class;
	char backing[PBL_TEXT_MAX];
	char serial[PBL_TEXT_MAX];
	__u32 provider;
	__u32 state;
	__u32 offers;
	__u64 size_bytes;
	bool read_only;
	struct pbl_attrs attrs;
	__u64 defined_size_bytes;
	struct pbl_attrs defined;	/* meant if the size is there */
};

/* resource.c */
void pbl_resource_decode(struct pbl_resource *r, struct nlattr *attrs, int length);
int pbl_resource_list(struct pbl_nl *nl, struct pbl_list *list, struct pbl_error *err);
int pbl_resource_get(struct pbl_nl *nl, const char *name, struct pbl_resource *r,
		     struct pbl_error *err);
const struct pbl_resource *pbl_resource_by_name(const struct pbl_list *list, const char *name);
int pbl_resource_new(struct pbl_nl *nl, const struct pbl_resource *r, struct pbl_error *err);
int pbl_resource_set(struct pbl_nl *nl, const struct pbl_resource *r, struct pbl_error *err);
int pbl_resource_del(struct pbl_nl *nl, const char *name, struct pbl_error *err);

struct pbl_offer {
	__u64 present;
	__u32 partition;
	char resource[PARTBUS_NAME_MAX];
	__u32 channel;
	bool pending;
	char place[PARTBUS_NAME_MAX];
	struct pbl_attrs attrs;
};

/* offer.c */
void pbl_offer_decode(struct pbl_offer *o, struct nlattr *attrs, int length);
int pbl_offer_list(struct pbl_nl *nl, struct pbl_list *list, struct pbl_error *err);
int pbl_offer_get(struct pbl_nl *nl, __u32 partition, const char *resource, struct pbl_offer *o,
		  struct pbl_error *err);
/* Stores the channel's id. */
int pbl_offer_new(struct pbl_nl *nl, struct pbl_offer *o, struct pbl_error *err);
int pbl_offer_del(struct pbl_nl *nl, __u32 partition, const char *resource,
		  struct pbl_error *err);

/* Buckets of a histogram of latencies; see the netlink specification. */
#define PBL_LATENCY_MAX	64

struct pbl_latency {
	unsigned int count;
	__u64 bucket[PBL_LATENCY_MAX];
};

struct pbl_queue {
	__u64 present;
	__u32 index;
	__u64 requests;
	__u64 bytes;
	__u64 errors;
	__u64 doorbells_sent;
	__u64 doorbells_received;
	__u32 in_flight;
	__u64 throttled;
	__u64 rearms;
};

struct pbl_channel {
	__u64 present;
	__u32 id;
	__u32 role;
	__u32 class;
	__u32 peer;
	char resource[PARTBUS_NAME_MAX];
	__u8 uuid[PARTBUS_UUID_SIZE];
	__u32 state;
	__u32 neg_state;
	__u32 epoch;
	char device[PBL_TEXT_MAX];
	char reason[PBL_TEXT_MAX];
	__u32 line_in;
	__u32 line_out;
	__u64 violations;
	__u64 renegotiations;
	__u64 section_bytes;
	unsigned int queue_count;
	struct pbl_queue queue[PARTBUS_MAX_QUEUES];
	struct pbl_latency latency;
	struct pbl_attrs attrs;
};

/* channel.c */
void pbl_channel_decode(struct pbl_channel *c, struct nlattr *attrs, int length);
int pbl_channel_list(struct pbl_nl *nl, struct pbl_list *list, struct pbl_error *err);
/* An id, or the name of a device or a resource, to the channel's client end or only end. */
int pbl_channel_find(const struct pbl_list *list, const char *text, const struct pbl_channel **c,
		     struct pbl_error *err);
/* Does @text name the channel? */
bool pbl_channel_match(const struct pbl_channel *c, const char *text);

/*
 * contract.c. @request: out: the outcome's event has this number or a later one, counted
 * around; 0 of a kernel that does not say so.
 */
int pbl_contract_request(struct pbl_nl *nl, __u32 channel, const struct pbl_attrs *attrs,
			 __u32 *request, struct pbl_error *err);

struct pbl_event {
	__u64 present;
	__u32 kind;
	__u32 partition;
	__u32 channel;
	char name[PBL_TEXT_MAX];
	__u32 state;
	__u32 old_state;
	__u32 epoch;
	char reason[PBL_TEXT_MAX];
	__u32 role;
	__u32 request;
};

/* event.c */
void pbl_event_decode(struct pbl_event *e, struct nlattr *attrs, int length);
/* Name of a state in the enum that fits the kind of the event, or NULL. */
const char *pbl_event_state_name(const struct pbl_event *e, __u32 state);

/* Shared by the files above: appends a decoded object to a pbl_list. */
struct pbl_collect {
	struct pbl_list *list;
	void (*decode)(void *item, struct nlattr *attrs, int length);
};
int pbl_collect_reply(struct nlattr *attrs, int length, void *arg);
void pbl_collect_restart(void *arg);

#endif
