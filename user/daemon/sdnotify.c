// SPDX-License-Identifier: GPL-2.0
/*
 * The service manager's two protocols that we need, spoken directly: state
 * and descriptors to NOTIFY_SOCKET, descriptors back by LISTEN_FDS.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fds.h"
#include "store.h"

#define LISTEN_FDS_START	3
#define LISTEN_FDS_MAX		65536

int pbd_notify_fd(const char *state, int fd)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t length = path ? strlen(path) : 0;
	int s, ret = 0;

	if (!length)
		return 0;
	if ((path[0] != '/' && path[0] != '@') || length >= sizeof(addr.sun_path))
		return -EINVAL;
	memcpy(addr.sun_path, path, length);
	if (path[0] == '@')
		addr.sun_path[0] = '\0';
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return -errno;
	if (connect(s, (void *)&addr, offsetof(struct sockaddr_un, sun_path) + length))
		ret = -errno;
	else
		ret = pbd_fd_send(s, state, strlen(state), fd);
	close(s);
	return ret;
}

int pbd_notify(const char *state)
{
	return pbd_notify_fd(state, -1);
}

void pbd_listen_fds(pbd_store_held held, void *arg)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	char *copy = strdup(names ? names : ""), *rest = copy;
	long count = fds ? strtol(fds, NULL, 10) : 0;

	/* Meant for another process when the number differs: leave those alone. */
	if (!copy || !pid || strtol(pid, NULL, 10) != (long)getpid() || count > LISTEN_FDS_MAX)
		count = 0;
	for (long i = 0; i < count; i++) {
		int fd = LISTEN_FDS_START + (int)i;
		const char *name = rest ? strsep(&rest, ":") : "";

		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			continue;
		held(arg, name, fd);
	}
	free(copy);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

static int systemd_put(struct pbd_store *store, const char *name, int fd)
{
	char state[PBD_STORE_NAME_MAX + 32];

	(void)store;
	snprintf(state, sizeof(state), "FDSTORE=1\nFDNAME=%s", name);
	return pbd_notify_fd(state, fd);
}

static void systemd_drop(struct pbd_store *store, const char *name)
{
	char state[PBD_STORE_NAME_MAX + 32];

	(void)store;
	snprintf(state, sizeof(state), "FDSTOREREMOVE=1\nFDNAME=%s", name);
	pbd_notify(state);
}

static void nothing(struct pbd_store *store)
{
	(void)store;
}

static const struct pbd_store_ops systemd_ops = {
	.name = "the service manager",
	.put = systemd_put,
	.drop = systemd_drop,
	.free = nothing,
};

void pbd_store_systemd(struct pbd_store *store)
{
	memset(store, 0, sizeof(*store));
	store->socket = -1;
	store->ops = &systemd_ops;
}

static int none_put(struct pbd_store *store, const char *name, int fd)
{
	(void)store;
	(void)name;
	(void)fd;
	return 0;
}

static void none_drop(struct pbd_store *store, const char *name)
{
	(void)store;
	(void)name;
}

static const struct pbd_store_ops none_ops = {
	.name = "nobody",
	.put = none_put,
	.drop = none_drop,
	.free = nothing,
};

void pbd_store_none(struct pbd_store *store)
{
	memset(store, 0, sizeof(*store));
	store->socket = -1;
	store->ops = &none_ops;
}
