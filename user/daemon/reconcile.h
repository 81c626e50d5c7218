/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Following the kernel's partitions: the list at start, then events, and the
 * list again whenever an event says that it changed, events were lost, or some
 * time has passed. The kernel's list is the truth; events only say when to look.
 */
#ifndef PBD_RECONCILE_H
#define PBD_RECONCILE_H

#include "nl.h"
#include "server.h"

struct pbd_reconcile {
	struct pbd_loop *loop;
	struct pbd_server *server;
	struct pbl_nl query;
	struct pbl_nl events;
	bool connected;
	bool complained;
	struct pbd_watch watch;
	struct pbd_timer timer;
};

/* First look at once. Missing modules are waited for. */
void pbd_reconcile_start(struct pbd_reconcile *r, struct pbd_loop *loop,
			 struct pbd_server *server);
void pbd_reconcile_stop(struct pbd_reconcile *r);

#endif
