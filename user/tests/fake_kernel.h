/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel for tests: answers the netlink requests of the library out of a
 * few arrays, with the refusals, interrupted dumps and events that a test
 * asks for.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include "object.h"

#define FAKE_FAMILY	0x1234
#define FAKE_GROUP	7
#define FAKE_MAX	32

struct fake_kernel {
	bool absent;			/* there is no such family */
	bool guest;			/* no partitions, not even the root */
	__u32 version;			/* of the family */
	int family_refusal;		/* error when asked for it, if any */
	__u8 refused;			/* command that ends with */
	int refusal;			/* this error, if any */
	unsigned int interrupt;		/* dumps that are interrupted */
	bool silent;			/* no contract events */
	bool unnumbered;		/* does not say which request an outcome is of */
	__u32 requests;			/* number of the last one */
	bool older;			/* does not say what was set */
	__u32 outcome;			/* event kind after a contract request */
	struct pbl_partition partition[FAKE_MAX];
	unsigned int partitions;
	struct pbl_resource resource[FAKE_MAX];
	unsigned int resources;
	struct pbl_offer offer[FAKE_MAX];
	unsigned int offers;
	struct pbl_channel channel[FAKE_MAX];
	unsigned int channels;
	__u32 next_id;
};

extern struct fake_kernel fake;

void fake_reset(void);
/* A struct ctl's open function. */
int fake_open(struct pbl_nl *nl, struct pbl_error *err);
/* An event to everybody who listens. */
void fake_event(const struct pbl_event *e);

#endif
