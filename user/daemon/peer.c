// SPDX-License-Identifier: GPL-2.0
/*
 * The process at the other end. A QEMU that runs out of descriptors takes a
 * connect message for a disconnect and later frees twice, hence the budget.
 */
#include "peer.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

int pbd_peer_gone(int socket)
{
	struct pollfd p = { .fd = socket, .events = POLLRDHUP };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

int pbd_peer_of(int socket, struct pbd_peer *peer)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);

	peer->pidfd = -1;
	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &cred, &size))
		return -errno;
	peer->pid = cred.pid;
	peer->uid = cred.uid;
	if (cred.pid <= 0)
		return -ESRCH;
	/* The first cannot hit a process that inherited the number; kernels before 6.5 lack it. */
	size = sizeof(peer->pidfd);
	if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &peer->pidfd, &size)) {
		peer->pidfd = syscall(SYS_pidfd_open, cred.pid, 0);
		if (peer->pidfd < 0)
			return -errno;
	}
	/* Had the process died before pidfd_open, its end would be closed now. */
	if (pbd_peer_gone(socket)) {
		close(peer->pidfd);
		peer->pidfd = -1;
		return -ESRCH;
	}
	return 0;
}

static long count_fds(pid_t pid)
{
	const struct dirent *entry;
	char path[64];
	long count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

int pbd_peer_budget(pid_t pid, unsigned int more, unsigned int percent, struct pbd_budget *budget)
{
	long used = count_fds(pid);
	struct rlimit limit;

	if (used < 0)
		return used;
	if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit))
		return -errno;
	if ((used + more) * 100UL > limit.rlim_cur * percent && limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = { limit.rlim_max, limit.rlim_max };

		if (!prlimit(pid, RLIMIT_NOFILE, &raised, NULL))
			limit = raised;
	}
	budget->used = used;
	budget->limit = limit.rlim_cur;
	return (used + more) * 100UL <= limit.rlim_cur * percent;
}
