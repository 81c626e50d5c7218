// SPDX-License-Identifier: GPL-2.0
/*
 * The holder: a process that keeps connected sockets while the daemon dies
 * and comes back, for systems without systemd. It knows nothing of partitions,
 * and ends when it holds nothing and nobody is there who might bring something.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fds.h"
#include "loop.h"
#include "store.h"

#define HELD_MAX	1024
#define GRACE_MSEC	5000
#define SEND_MSEC	2000

struct held {
	char name[PBD_STORE_NAME_MAX];
	int fd;
};

struct holder {
	int listener;
	int client;
	struct held held[HELD_MAX];
	unsigned int count;
};

static void forget(struct holder *h, unsigned int i)
{
	close(h->held[i].fd);
	h->held[i] = h->held[--h->count];
}

static void drop(struct holder *h, const char *name)
{
	for (unsigned int i = 0; i < h->count; i++) {
		if (!strcmp(h->held[i].name, name)) {
			forget(h, i);
			return;
		}
	}
}

static void put(struct holder *h, const char *name, int fd)
{
	drop(h, name);
	if (h->count == HELD_MAX || strlen(name) >= sizeof(h->held[0].name)) {
		close(fd);
		return;
	}
	strcpy(h->held[h->count].name, name);
	h->held[h->count++].fd = fd;
}

static bool say(struct holder *h, const char *message, int fd)
{
	int ret;

	while ((ret = pbd_fd_send(h->client, message, strlen(message), fd)) == -EAGAIN) {
		struct pollfd p = { .fd = h->client, .events = POLLOUT };

		if (poll(&p, 1, SEND_MSEC) <= 0)
			return false;
	}
	return !ret;
}

static void take(struct holder *h)
{
	char message[PBD_HOLDER_MSG_MAX];

	for (unsigned int i = 0; i < h->count; i++) {
		snprintf(message, sizeof(message), "held %s", h->held[i].name);
		if (!say(h, message, h->held[i].fd)) {
			pbd_fd_close(&h->client);
			return;
		}
	}
	if (!say(h, "end", -1))
		pbd_fd_close(&h->client);
}

/* One message; false when there is none. */
static bool hear(struct holder *h)
{
	char message[PBD_HOLDER_MSG_MAX + 1];
	int fd;
	ssize_t n = pbd_fd_recv(h->client, message, sizeof(message) - 1, &fd);

	if (n == -EAGAIN)
		return false;
	if (n <= 0) {
		pbd_fd_close(&h->client);
		return false;
	}
	message[n] = '\0';
	if (!strncmp(message, "put ", 4) && fd >= 0) {
		put(h, message + 4, fd);
		return true;
	}
	pbd_fd_close(&fd);
	if (!strncmp(message, "drop ", 5))
		drop(h, message + 5);
	else if (!strcmp(message, "take"))
		take(h);
	return true;
}

static void greet(struct holder *h)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);
	int fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) || cred.uid != geteuid()) {
		close(fd);
		return;
	}
	/*
	 * There is one daemon; its lock sees to that. An older connection is
	 * dead, but what it said last must not get lost.
	 */
	while (h->client >= 0 && hear(h))
		;
	pbd_fd_close(&h->client);
	h->client = fd;
}

int pbd_holder_main(int listener)
{
	static struct holder h;
	static struct pollfd p[HELD_MAX + 2];
	struct rlimit limit;
	long long alone = pbd_now_msec();

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_NAME, "partbus-holder");
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	fcntl(listener, F_SETFD, FD_CLOEXEC);
	fcntl(listener, F_SETFL, O_NONBLOCK);
	h.listener = listener;
	h.client = -1;
	h.count = 0;
	for (;;) {
		bool idle = h.client < 0 && !h.count;
		long long left = alone + GRACE_MSEC - pbd_now_msec();
		unsigned int count = h.count;

		if (!idle)
			alone = pbd_now_msec();
		else if (left <= 0)
			return 0;
		p[0] = (struct pollfd){ .fd = h.listener, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = h.client, .events = POLLIN };
		for (unsigned int i = 0; i < count; i++)
			p[i + 2] = (struct pollfd){ .fd = h.held[i].fd, .events = POLLRDHUP };
		if (poll(p, count + 2, idle ? (int)left : -1) < 0) {
			if (errno == EINTR)
				continue;
			return 1;
		}
		/* From the end: forgetting moves the last one into the gap. */
		for (unsigned int i = count; i-- > 0;) {
			if (p[i + 2].revents)
				forget(&h, i);
		}
		if (p[1].revents)
			hear(&h);
		if (p[0].revents)
			greet(&h);
	}
}
