/* SPDX-License-Identifier: GPL-2.0 */
/* Who is at the other end of a connection: a QEMU, and what it can take. */
#ifndef PBD_PEER_H
#define PBD_PEER_H

#include <sys/types.h>

struct pbd_peer {
	pid_t pid;
	uid_t uid;
	int pidfd;
};

/* 0, or -errno. -ESRCH: it is gone, or in a pid namespace that we cannot see. */
int pbd_peer_of(int socket, struct pbd_peer *peer);
/* Has the other end hung up? */
int pbd_peer_gone(int socket);

struct pbd_budget {
	unsigned long used;
	unsigned long limit;	/* soft RLIMIT_NOFILE, after we have raised it */
};

/*
 * Would @more descriptors leave the process below @percent of its limit? The
 * soft limit is raised to the hard one first. 1 yes, 0 no, -errno: cannot tell.
 */
int pbd_peer_budget(pid_t pid, unsigned int more, unsigned int percent, struct pbd_budget *budget);

#endif
