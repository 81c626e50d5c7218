/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The window server: a listening socket per partition, and for each QEMU that
 * connects one burst of messages that wires its window for good. After it
 * nothing is ever sent: peers that come and go are what QEMU's device gets
 * wrong.
 */
#ifndef PBD_SERVER_H
#define PBD_SERVER_H

#include "attach.h"
#include "config.h"
#include "loop.h"
#include "peer.h"
#include "store.h"

/* Version, own id, memory, own vectors, the host's lines. */
#define PBD_BURST_MAX	(3 + 2 * PARTBUS_LINES)

struct pbd_port;

enum pbd_conn_state { PBD_CONN_WAITING, PBD_CONN_SENDING, PBD_CONN_WIRED };

struct pbd_conn {
	struct pbd_port *port;
	enum pbd_conn_state state;
	struct pbd_watch watch;
	struct pbd_timer timer;
	struct pbd_peer peer;
	char stored[PBD_STORE_NAME_MAX];	/* its name in the store */
	long long since_msec;
	struct pbd_attachment attachment;
	unsigned int sent;
	struct pbd_conn *next;
};

/* A partition: its listening socket and its connections, of which one is wired. */
struct pbd_port {
	struct pbd_server *server;
	char name[PARTBUS_NAME_MAX];
	__u32 id;
	bool known;		/* the kernel has it; else only a held socket names it */
	bool seen;		/* in the present pass over the kernel's list */
	char path[108];
	bool bound;
	struct pbd_watch watch;
	struct pbd_timer resume;
	struct pbd_access access;
	struct pbd_conn *conns;
	struct pbd_port *next;
};

struct pbd_server {
	struct pbd_loop *loop;
	const struct pbd_config *config;
	struct pbd_attach_ops attach;
	struct pbd_store *store;
	struct pbd_port *ports;
	int lock;
};

/* Locks the run directory against a second daemon. 0 or -1, logged. */
int pbd_server_open(struct pbd_server *server);
/* A socket that an earlier daemon had; takes over @fd. */
void pbd_server_held(void *server, const char *name, int fd);
/* All held sockets go into the store again. */
void pbd_server_store_all(struct pbd_server *server);
/* The kernel's list: begin, each partition, end; what was not named goes. */
void pbd_server_list_begin(struct pbd_server *server);
void pbd_server_list_one(struct pbd_server *server, const char *name, __u32 id);
void pbd_server_list_end(struct pbd_server *server);
/* Owner, group, mode and allowed users anew, after a change of the configuration. */
void pbd_server_access(struct pbd_server *server);
/* Removes the listening sockets. Connected ones live on in the store. */
void pbd_server_close(struct pbd_server *server);

/* Message @n of the burst. */
__s64 pbd_burst_value(unsigned int n);
int pbd_burst_fd(const struct pbd_attachment *a, unsigned int n);

#endif
