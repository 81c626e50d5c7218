// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon's side of the holder process: found by its socket in the run
 * directory, or started. Only the first exchange waits, at start and bounded.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fds.h"
#include "log.h"
#include "store.h"

#define ANSWER_MSEC	2000
#define RETRY_MSEC	1000
#define HELD_MAX	4096

static void address(const struct pbd_store *store, struct sockaddr_un *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	snprintf(addr->sun_path, sizeof(addr->sun_path), "%s/" PBD_HOLDER_SOCKET, store->run_dir);
}

int pbd_holder_spawn(int listener)
{
	char number[] = "3";
	char *argv[] = { (char *)"partbusd", (char *)"--holder", number, NULL };
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid) {
		sigset_t none;
		int null;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		/* Of our own, so that whatever kills the daemon's session spares it. */
		setsid();
		if (fork())
			_exit(0);
		null = open("/dev/null", O_RDWR);
		if (dup2(listener, 3) != 3 || null < 0)
			_exit(1);
		if (listener == 3)
			fcntl(3, F_SETFD, 0);
		/* A pipe that someone reads until its end must end with the daemon. */
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		if (chdir("/"))
			_exit(1);
		execv("/proc/self/exe", argv);
		_exit(1);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return 0;
}

static int start_one(struct pbd_store *store)
{
	struct sockaddr_un addr;
	mode_t mask;
	int fd, ret;

	address(store, &addr);
	if (unlink(addr.sun_path) && errno != ENOENT)
		return -errno;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	mask = umask(0177);
	ret = bind(fd, (void *)&addr, sizeof(addr)) ? -errno : 0;
	umask(mask);
	if (!ret && listen(fd, 4))
		ret = -errno;
	if (!ret)
		ret = store->spawn(fd);
	close(fd);
	return ret;
}

static int connect_one(struct pbd_store *store)
{
	struct sockaddr_un addr;
	struct ucred cred;
	socklen_t size = sizeof(cred);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	address(store, &addr);
	if (!connect(fd, (void *)&addr, sizeof(addr))) {
		if (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) &&
		    cred.uid == geteuid()) {
			store->socket = fd;
			return 0;
		}
		errno = EPERM;
	}
	error = errno;
	close(fd);
	return -error;
}

/* Asks for what is held. Each message is waited for, the whole is bounded. */
static int take(struct pbd_store *store, pbd_store_held held, void *arg)
{
	char message[PBD_HOLDER_MSG_MAX + 1];
	int ret = pbd_fd_send(store->socket, "take", 4, -1);

	for (int i = 0; !ret && i < HELD_MAX; i++) {
		struct pollfd p = { .fd = store->socket, .events = POLLIN };
		ssize_t n;
		int fd;

		if (poll(&p, 1, ANSWER_MSEC) <= 0)
			return -ETIMEDOUT;
		n = pbd_fd_recv(store->socket, message, sizeof(message) - 1, &fd);
		if (n <= 0)
			return n ? n : -EPIPE;
		message[n] = '\0';
		if (!strcmp(message, "end"))
			return 0;
		if (!strncmp(message, "held ", 5) && fd >= 0)
			held(arg, message + 5, fd);
		else
			pbd_fd_close(&fd);
	}
	return ret ? ret : -E2BIG;
}

static void disconnect(struct pbd_store *store)
{
	pbd_watch_remove(store->loop, &store->watch);
	pbd_fd_close(&store->socket);
}

static void ignore(void *arg, const char *name, int fd)
{
	(void)arg;
	(void)name;
	close(fd);
}

static int begin(struct pbd_store *store, pbd_store_held held, void *arg)
{
	int ret = connect_one(store);

	if (ret == -ENOENT || ret == -ECONNREFUSED) {
		ret = start_one(store);
		if (!ret)
			ret = connect_one(store);
	}
	if (!ret)
		ret = take(store, held, arg);
	if (!ret) {
		store->watch.fd = store->socket;
		ret = pbd_watch_add(store->loop, &store->watch, EPOLLIN | EPOLLRDHUP);
	}
	if (ret)
		disconnect(store);
	return ret;
}

/* The holder died, or did not keep up: begin again and hand everything over anew. */
static void again(struct pbd_timer *timer)
{
	struct pbd_store *store = timer->arg;
	int ret = store->socket < 0 ? begin(store, ignore, NULL) : 0;

	if (ret) {
		pbd_log_limited(LOG_ERR, "no holder process: %s", strerror(-ret));
		pbd_timer_set(store->loop, &store->retry, 10 * RETRY_MSEC);
		return;
	}
	if (store->lost)
		store->lost(store);
}

static void holder_ready(struct pbd_watch *watch, unsigned int events)
{
	struct pbd_store *store = watch->arg;
	char bytes[64];
	int fd;

	(void)events;
	/* It says nothing unasked; only its end is of interest. */
	if (pbd_fd_recv(store->socket, bytes, sizeof(bytes), &fd) > 0) {
		pbd_fd_close(&fd);
		return;
	}
	pbd_log_limited(LOG_WARNING, "the holder process went away; starting another");
	disconnect(store);
	pbd_timer_set(store->loop, &store->retry, RETRY_MSEC);
}

static int say(struct pbd_store *store, const char *verb, const char *name, int fd)
{
	char message[PBD_HOLDER_MSG_MAX];
	int length = snprintf(message, sizeof(message), "%s %s", verb, name);
	int ret;

	if (length >= (int)sizeof(message))
		return -ENAMETOOLONG;
	ret = store->socket < 0 ? -ENOTCONN : pbd_fd_send(store->socket, message, length, fd);
	if (ret && !store->retry.armed)
		pbd_timer_set(store->loop, &store->retry, RETRY_MSEC);
	return ret;
}

static int holder_put(struct pbd_store *store, const char *name, int fd)
{
	return say(store, "put", name, fd);
}

static void holder_drop(struct pbd_store *store, const char *name)
{
	if (store->socket >= 0)
		say(store, "drop", name, -1);
}

static void holder_free(struct pbd_store *store)
{
	pbd_timer_cancel(store->loop, &store->retry);
	disconnect(store);
}

static const struct pbd_store_ops holder_ops = {
	.name = "the holder process",
	.put = holder_put,
	.drop = holder_drop,
	.free = holder_free,
};

int pbd_store_holder(struct pbd_store *store, struct pbd_loop *loop, const char *run_dir,
		     int (*spawn)(int listener), pbd_store_held held, void *arg)
{
	memset(store, 0, sizeof(*store));
	store->ops = &holder_ops;
	store->socket = -1;
	store->loop = loop;
	store->spawn = spawn;
	store->watch.ready = holder_ready;
	store->watch.arg = store;
	store->retry.expired = again;
	store->retry.arg = store;
	snprintf(store->run_dir, sizeof(store->run_dir), "%s", run_dir);
	return begin(store, held, arg);
}
