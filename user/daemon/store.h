/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where connected sockets are kept while no daemon runs: with the service
 * manager (its descriptor store), with a holder process of ours, or nowhere.
 * A QEMU cannot connect again, so a socket that is closed is lost for good.
 */
#ifndef PBD_STORE_H
#define PBD_STORE_H

#include <stddef.h>

#include "loop.h"

#define PBD_STORE_NAME_MAX	240

struct pbd_store;

/**
 * struct pbd_store_ops - a place to keep descriptors
 * @put: keeps a duplicate of @fd under @name; 0 or -errno, never blocks
 * @drop: forgets it; best effort, a socket that hung up is forgotten anyway
 * @free: the descriptors stay where they are
 */
struct pbd_store_ops {
	const char *name;
	int (*put)(struct pbd_store *store, const char *name, int fd);
	void (*drop)(struct pbd_store *store, const char *name);
	void (*free)(struct pbd_store *store);
};

struct pbd_store {
	const struct pbd_store_ops *ops;
	int socket;
	struct pbd_loop *loop;
	struct pbd_watch watch;
	struct pbd_timer retry;
	/* Called when the place has lost everything and wants it again. */
	void (*lost)(struct pbd_store *store);
	void *arg;
	int (*spawn)(int listener);
	char run_dir[64];
};

/* A descriptor that was kept; @fd is the receiver's. */
typedef void (*pbd_store_held)(void *arg, const char *name, int fd);

/* sdnotify.c: NOTIFY_SOCKET and LISTEN_FDS. */
int pbd_notify(const char *state);	/* 0 when there is nobody to tell, too */
int pbd_notify_fd(const char *state, int fd);
/* Takes what LISTEN_FDS names, and clears the environment. */
void pbd_listen_fds(pbd_store_held held, void *arg);
void pbd_store_systemd(struct pbd_store *store);

/* store_holder.c: our holder process. 0 or -errno. Hands over what it held. */
int pbd_store_holder(struct pbd_store *store, struct pbd_loop *loop, const char *run_dir,
		     int (*spawn)(int listener), pbd_store_held held, void *arg);
/* Starts the holder as a process of its own, out of our session; 0 or -errno. */
int pbd_holder_spawn(int listener);
void pbd_store_none(struct pbd_store *store);

/* holder.c: the holder process itself; returns its exit code. */
int pbd_holder_main(int listener);
/* Messages: "put NAME" with a descriptor, "drop NAME", "take", "held NAME", "end". */
#define PBD_HOLDER_MSG_MAX	(PBD_STORE_NAME_MAX + 8)
#define PBD_HOLDER_SOCKET	".holder"

/* encode.c: a partition's name as part of a file name or of a stored name. */
int pbd_encode_name(const char *name, char *text, size_t size);
int pbd_decode_name(const char *text, char *name, size_t size);

#endif
