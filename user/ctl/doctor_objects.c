// SPDX-License-Identifier: GPL-2.0
/* Checks of partitions, resources, offers and channels, as the kernel has them. */
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "names.h"

#define STATE_FILE	"/etc/partbus/state.json"

struct objects {
	struct pbl_list partitions, resources, offers, channels;
	bool resources_known;
};

static void check_partition(struct doctor *d, const struct pbl_partition *p)
{
	if (d->daemon)
		doctor_socket(d, p);
	if (p->state == PARTBUS_PARTITION_STATE_ATTACHED)
		doctor_say(d, "guest", DOCTOR_WARNING,
			   "load partbus_pci in the guest, or wait until it has started",
			   "partition %s is attached and its kernel has not said hello", p->name);
	if (PBL_HAS(p, PARTBUS_A_PARTITION_HEARTBEAT) &&
	    p->heartbeat == PARTBUS_HEARTBEAT_STATE_LOST)
		doctor_say(d, "guest", DOCTOR_WARNING, "look at the guest's console",
			   "partition %s has been silent for %u ms", p->name, p->heartbeat_age_msec);
	if (p->pid)
		doctor_qemu(d, p);
}

static void check_partitions(struct doctor *d, struct objects *o)
{
	struct pbl_error err = { 0 };
	const struct pbl_partition *p;
	bool guests = false, attached = false;

	if (pbl_partition_list(&d->c->nl, &o->partitions, &err))
		doctor_say_error(d, "partitions", &err);
	pbl_list_each(p, &o->partitions) {
		if (p->id == PARTBUS_ROOT_ID)
			continue;
		guests = true;
		attached = attached || p->pid;
		check_partition(d, p);
	}
	/* Of a QEMU that runs we know better. */
	if (guests && !attached && !ctl_file_exists(d->c, "/dev/kvm"))
		doctor_say(d, "kvm", DOCTOR_WARNING,
			   "modprobe kvm_intel or kvm_amd; the firmware may have it switched off",
			   "there is no /dev/kvm: guests would be emulated");
	doctor_libvirt(d, &o->partitions);
}

/* A name that goes to another device when one more is found at boot. */
static bool unstable(const char *backing)
{
	static const char *const names[] = { "sd", "vd", "xvd", "nvme", "dm-", "loop", "pbd" };

	if (strncmp(backing, "/dev/", 5))
		return false;
	backing += 5;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strncmp(backing, names[i], strlen(names[i])) && !strchr(backing, '/'))
			return true;
	}
	return false;
}

static __u64 defined(const struct pbl_resource *r, __u32 type)
{
	const struct pbl_attr *a = pbl_attrs_find(&r->defined, type);

	if (!a)
		return 0;
	return a->has_like ? a->like : a->least;
}

/*
 * Each client that comes is granted what is left, silently: an offer above the
 * total is a promise to somebody that will not be kept.
 */
static void check_reserve(struct doctor *d, const struct objects *o, const struct pbl_resource *r,
			  const char *name, __u32 reserve, __u32 cap)
{
	__u64 total = defined(r, reserve), sum = 0;
	const struct pbl_offer *offer;

	if (!total && defined(r, cap) != PARTBUS_ATTR_ANY)
		total = defined(r, cap);
	pbl_list_each(offer, &o->offers) {
		const struct pbl_attr *a = pbl_attrs_find(&offer->attrs, reserve);

		if (!a || !a->has_like || strcmp(offer->resource, r->name))
			continue;
		sum = a->like > PARTBUS_ATTR_ANY - sum ? PARTBUS_ATTR_ANY : sum + a->like;
	}
	if (sum > total)
		doctor_say(d, "reserve", DOCTOR_WARNING,
			   "give the resource a larger reserve (or a cap), or offer less",
			   "the offers of resource %s promise %s %llu in all, and it has %llu",
			   r->name, name, (unsigned long long)sum, (unsigned long long)total);
}

static void check_resource(struct doctor *d, const struct objects *o, const struct pbl_resource *r)
{
	if (r->state == PARTBUS_RESOURCE_STATE_FAILED)
		doctor_say(d, "resource", DOCTOR_FAILED,
			   "bring its backing device back, or delete the resource and make it anew",
			   "resource %s cannot be used: its backing %s is gone or broken",
			   r->name, r->backing);
	else if (r->state == PARTBUS_RESOURCE_STATE_OPENING)
		doctor_say(d, "resource", DOCTOR_WARNING,
			   "look whether that device answers at all",
			   "resource %s is not ready: its backing %s is still being opened",
			   r->name, r->backing);
	if (unstable(r->backing))
		doctor_say(d, "backing", DOCTOR_WARNING,
			   "make it anew by a name of /dev/disk/by-id/ or of its volume",
			   "resource %s: %s may be another device after a restart", r->name,
			   r->backing);
	/* Older kernels do not say what was set. */
	if (!PBL_HAS(r, PARTBUS_A_RESOURCE_DEFINED_SIZE_BYTES))
		return;
	check_reserve(d, o, r, "reserve_iops", PARTBUS_ATTR_RESERVE_IOPS, PARTBUS_ATTR_CAP_IOPS);
	check_reserve(d, o, r, "reserve_bps", PARTBUS_ATTR_RESERVE_BPS, PARTBUS_ATTR_CAP_BPS);
	check_reserve(d, o, r, "rx_reserve_pps", PARTBUS_ATTR_RX_RESERVE_PPS,
		      PARTBUS_ATTR_RX_CAP_PPS);
	check_reserve(d, o, r, "rx_reserve_bps", PARTBUS_ATTR_RX_RESERVE_BPS,
		      PARTBUS_ATTR_RX_CAP_BPS);
}

static const struct pbl_partition *find_partition(const struct objects *o, __u32 id)
{
	const struct pbl_partition *p;

	pbl_list_each(p, &o->partitions) {
		if (p->id == id)
			return p;
	}
	return NULL;
}

/* Why has an offer no channel? What is missing first decides what helps. */
static void check_pending(struct doctor *d, const struct objects *o, const struct pbl_offer *offer)
{
	const struct pbl_partition *p = find_partition(o, offer->partition);
	const struct pbl_resource *r = pbl_resource_by_name(&o->resources, offer->resource);
	const char *name = offer->partition == PARTBUS_ROOT_ID ? "root" :
			   p ? p->name : "(unknown)";

	if (o->resources_known && !r)
		doctor_say(d, "offer", DOCTOR_WARNING,
			   "partbus resource add, or partbus restore; else delete the offer",
			   "partition %s is offered resource %s, which there is not", name,
			   offer->resource);
	else if (p && p->state != PARTBUS_PARTITION_STATE_ACTIVE)
		doctor_say(d, "offer", DOCTOR_WARNING, "start the partition",
			   "resource %s waits for partition %s to become active",
			   offer->resource, name);
	/* One whose resource is not ready is told of there. */
	else if (r && r->state == PARTBUS_RESOURCE_STATE_READY)
		doctor_say(d, "offer", DOCTOR_WARNING,
			   "read the kernel's log; a window that is full must be made larger",
			   "resource %s has no channel to partition %s, though both are there",
			   offer->resource, name);
}

static void check_channel(struct doctor *d, const struct pbl_channel *ch)
{
	if (ch->state == PARTBUS_CHANNEL_STATE_BROKEN)
		doctor_say(d, "channel", DOCTOR_FAILED,
			   "take the offer back and make it anew",
			   "channel %u to resource %s is broken: %s", ch->id, ch->resource,
			   ch->reason[0] ? ch->reason : "no reason was given");
	else if (ch->neg_state == PARTBUS_NEG_STATE_DEAD_END)
		doctor_say(d, "contract", DOCTOR_FAILED,
			   "change the limits of the resource or of the offer",
			   "no contract for channel %u to resource %s: %s", ch->id,
			   ch->resource, ch->reason[0] ? ch->reason : "no reason was given");
	if (ch->violations)
		doctor_say(d, "violations", DOCTOR_WARNING, "read the kernel's log",
			   "the peer of channel %u broke the protocol %llu times", ch->id,
			   (unsigned long long)ch->violations);
	doctor_client(d, ch);
}

/* Nothing is there after a reboot until somebody restores it. */
static void check_state(struct doctor *d, const struct objects *o)
{
	const struct pbl_partition *p;

	pbl_list_each(p, &o->partitions) {
		if (p->id != PARTBUS_ROOT_ID)
			return;
	}
	if (o->resources_known && !o->resources.count && !o->offers.count &&
	    ctl_file_exists(d->c, STATE_FILE))
		doctor_say(d, "state", DOCTOR_WARNING, "partbus restore " STATE_FILE,
			   "nothing is defined, and what was saved has not been restored");
}

void doctor_objects(struct doctor *d)
{
	struct objects o = {
		.partitions = PBL_LIST(struct pbl_partition),
		.resources = PBL_LIST(struct pbl_resource),
		.offers = PBL_LIST(struct pbl_offer),
		.channels = PBL_LIST(struct pbl_channel),
	};
	struct pbl_nl *nl = &d->c->nl;
	const struct pbl_resource *r;
	const struct pbl_offer *offer;
	const struct pbl_channel *ch;
	struct pbl_error err = { 0 };

	if (d->host)
		check_partitions(d, &o);
	/* Some of a list may have come before it failed. */
	o.resources_known = !pbl_resource_list(nl, &o.resources, &err);
	if (!o.resources_known)
		doctor_say_error(d, "resources", &err);
	if (d->host && pbl_offer_list(nl, &o.offers, &err))
		doctor_say_error(d, "offers", &err);
	if (pbl_channel_list(nl, &o.channels, &err))
		doctor_say_error(d, "channels", &err);
	pbl_list_each(r, &o.resources)
		check_resource(d, &o, r);
	pbl_list_each(offer, &o.offers) {
		if (offer->pending)
			check_pending(d, &o, offer);
	}
	pbl_list_each(ch, &o.channels)
		check_channel(d, ch);
	if (d->host)
		check_state(d, &o);
	pbl_list_free(&o.channels);
	pbl_list_free(&o.offers);
	pbl_list_free(&o.resources);
	pbl_list_free(&o.partitions);
}
