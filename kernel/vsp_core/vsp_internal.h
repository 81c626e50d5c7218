/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the provider core share. Class modules see vsp.h only.
 *
 * vsp_lock, the registry lock, is a mutex below the configuration lock and the
 * device lock: probe() of a channel end runs without the configuration lock, so
 * lookups cannot rely on that. vsp_lock guards
 *   - the table of classes, and vsp_class.dying and .resources
 *   - the list of resources, and vsp_resource.set, .opening, .gone and .sessions
 *   - vsp_session.contract and .grant
 * No allocation that may reclaim happens under it: a block resource may be what
 * reclaim writes to.
 */
#ifndef _VSP_INTERNAL_H
#define _VSP_INTERNAL_H

#include <linux/mutex.h>
#include <linux/wait.h>

#include <vmbus/mgmt.h>
#include <vmbus/partbus.h>
#include <vsp_core/vsp.h>

extern struct mutex vsp_lock;

/**
 * struct vsp_class - a class that is served
 * @ops: the class module's
 * @driver: binds the server ends of its channels
 * @dying: no new resources; registry lock
 * @resources: how many exist, deleted ones with sessions included; registry lock
 * @drained: woken when @resources becomes 0
 */
struct vsp_class {
	const struct vsp_class_ops *ops;
	struct partbus_driver driver;
	bool dying;
	unsigned int resources;
	wait_queue_head_t drained;
};

/* aside.c; its fn may sleep for as long as it likes, and holds what it needs */
typedef int vsp_aside_fn(struct vsp_resource *res, struct netlink_ext_ack *extack);
struct vsp_aside;
/* NULL when memory is short. Goes with vsp_aside_drop() or vsp_aside_run(). */
struct vsp_aside *vsp_aside_new(void);
void vsp_aside_drop(struct vsp_aside *a);
/*
 * Has @fn done. What it returns, with its sentence in @extack, which may be NULL; or
 * -EINPROGRESS where that takes too long: it goes on. May sleep, for some seconds.
 */
int vsp_aside_run(struct vsp_aside *a, vsp_aside_fn *fn, struct vsp_resource *res,
		  struct netlink_ext_ack *extack);
int vsp_aside_init(void);
void vsp_aside_exit(void);

/* class.c */
struct vsp_class *vsp_class_find(u32 class);

/* resource.c; those of the first group with vsp_lock held */
struct vsp_resource *vsp_resource_find(const char *name);
struct vsp_resource *vsp_resource_find_uuid(const uuid_t *uuid);
/* The first whose name sorts after @name. */
struct vsp_resource *vsp_resource_after(const char *name);
/* From here on the registry has a reference; whoever unlists it puts that. */
void vsp_resource_enlist(struct vsp_resource *new);
void vsp_resource_unlist(struct vsp_resource *res);
u32 vsp_resource_state(struct vsp_resource *res);

struct vsp_resource *vsp_resource_get_by_uuid(const uuid_t *uuid, u32 class);
void vsp_resource_put(struct vsp_resource *res);
void vsp_resource_event(u32 kind, const struct vsp_resource *res, u32 state,
			const char *reason);
void vsp_resource_forget_class(struct vsp_class *cls);

/* provider.c */
int vsp_provider_init(void);
void vsp_provider_exit(void);

/* settings.c */
int vsp_settings_merge(const struct partbus_resource_params *p, u32 class,
		       struct vsp_settings *set, struct netlink_ext_ack *extack);
/* vsp_lock held. */
int vsp_settings_keep_promises(const struct vsp_resource *res,
			       const struct vsp_settings *set, struct netlink_ext_ack *extack);

/* session.c */
extern const struct partbus_channel_ops vsp_session_ops;
int vsp_session_probe(struct partbus_channel *ch);
void vsp_session_remove(struct partbus_channel *ch);

/* admission.c */
int vsp_admission_evaluate(struct vsp_session *s, const struct pb_ranges *wish,
			   struct pb_contract *contract, struct pb_ranges *offer,
			   struct pb_refusal *why);
bool vsp_admission_may_keep(struct vsp_session *s, const struct pb_contract *contract);
int vsp_admission_check(struct vsp_session *s, const struct pb_contract *contract);
void vsp_admission_commit(struct vsp_session *s, const struct pb_contract *contract);
void vsp_admission_stop(struct vsp_session *s);
int vsp_admission_available(struct vsp_resource *res, const struct pb_ranges *limits,
			    const struct vsp_session *self, struct pb_ranges *available);
const struct pb_attr_limit *vsp_reserve_of(int attr);
u64 vsp_admission_total(const struct vsp_settings *set, int attr);
u64 vsp_admission_promised(const struct vsp_resource *res,
			   const struct vsp_session *self, int attr);

/* worker.c */
/* May sleep. Those that exist are kept if it fails. */
int vsp_workers_grow(struct vsp_session *s, unsigned int nr);
/* Nothing is left that could queue anything. */
void vsp_workers_end(struct vsp_session *s);

/* scheduler.c */
void vsp_sched_init(struct vsp_session *s);
void vsp_sched_update(struct vsp_session *s);

#endif /* _VSP_INTERNAL_H */
