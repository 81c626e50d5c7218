/* SPDX-License-Identifier: GPL-2.0 */
/* A partition's window and its doorbell lines, got from the kernel by ioctl. */
#ifndef PBD_ATTACH_H
#define PBD_ATTACH_H

#include <linux/types.h>
#include <partbus/dev.h>

#include "peer.h"

/* Ivshmem ids: the guest's own, and that of its only peer, the host. */
#define PBD_OWN_ID	0
#define PBD_HOST_ID	1

struct pbd_attachment {
	int window;
	__u64 window_size;
	int line_in[PARTBUS_LINES];	/* interrupt the guest */
	int line_out[PARTBUS_LINES];	/* the guest rings */
};

/* What attaches; tests put something else than the kernel here. */
struct pbd_attach_ops {
	/* 0, or -errno with nothing left open; -EBUSY when it is attached already. */
	int (*attach)(void *ctx, __u32 partition, const struct pbd_peer *peer,
		      struct pbd_attachment *a);
	void *ctx;
};

/* @ctx of these is the path of the device. */
int pbd_attach_kernel(void *ctx, __u32 partition, const struct pbd_peer *peer,
		      struct pbd_attachment *a);
int pbd_attach_eventfds(struct pbd_attachment *a);
void pbd_attachment_close(struct pbd_attachment *a);

#endif
