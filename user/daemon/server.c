// SPDX-License-Identifier: GPL-2.0
/*
 * Listening sockets: one per partition that the kernel has, made and removed
 * as partitions come and go.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "conn.h"
#include "fds.h"
#include "log.h"

#define ACCEPT_BATCH	16
#define ACCEPT_PAUSE_MSEC	1000
#define BACKLOG		8

int pbd_server_open(struct pbd_server *server)
{
	const char *dir = server->config->run_dir;
	char path[PBD_RUN_DIR_MAX + 8];

	server->lock = -1;
	/* Others must be able to reach the sockets in it, whose modes decide. */
	if (!mkdir(dir, 0755)) {
		/* Whatever our umask is. */
		chmod(dir, 0755);
	} else if (errno != EEXIST) {
		pbd_log(LOG_ERR, "cannot make %s: %s", dir, strerror(errno));
		return -1;
	}
	snprintf(path, sizeof(path), "%s/.lock", dir);
	server->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (server->lock < 0) {
		pbd_log(LOG_ERR, "cannot open %s: %s", path, strerror(errno));
		return -1;
	}
	if (flock(server->lock, LOCK_EX | LOCK_NB)) {
		pbd_log(LOG_ERR, errno == EWOULDBLOCK ? "another daemon serves %s" :
			"cannot lock %s", dir);
		pbd_fd_close(&server->lock);
		return -1;
	}
	return 0;
}

static void accept_pause(struct pbd_port *port)
{
	/* Out of descriptors: the loop would spin, for the socket stays readable. */
	pbd_log_limited(LOG_ERR, "partition %s: cannot accept: %s", port->name, strerror(errno));
	pbd_watch_change(port->server->loop, &port->watch, 0);
	pbd_timer_set(port->server->loop, &port->resume, ACCEPT_PAUSE_MSEC);
}

static void accept_resume(struct pbd_timer *timer)
{
	struct pbd_port *port = timer->arg;

	pbd_watch_change(port->server->loop, &port->watch, EPOLLIN);
}

static void port_ready(struct pbd_watch *watch, unsigned int events)
{
	struct pbd_port *port = watch->arg;

	(void)events;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			pbd_conn_accept(port, fd);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN)
			accept_pause(port);
		return;
	}
}

static int apply_access(struct pbd_port *port)
{
	port->access = pbd_config_access(port->server->config, port->name);
	/* Narrow first: between the two calls nobody may get in who should not. */
	if (chmod(port->path, 0) || lchown(port->path, port->access.owner, port->access.group) ||
	    chmod(port->path, port->access.mode))
		return -errno;
	return 0;
}

static void port_unlisten(struct pbd_port *port)
{
	pbd_timer_cancel(port->server->loop, &port->resume);
	pbd_watch_remove(port->server->loop, &port->watch);
	pbd_fd_close(&port->watch.fd);
	if (port->bound)
		unlink(port->path);
	port->bound = false;
}

static int listen_at(struct pbd_port *port)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	mode_t mask;
	int ret;

	port->watch.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (port->watch.fd < 0)
		return -errno;
	/* A daemon that died left it; that none lives is what the lock tells. */
	if (unlink(port->path) && errno != ENOENT)
		return -errno;
	strcpy(addr.sun_path, port->path);
	mask = umask(0777);
	ret = bind(port->watch.fd, (void *)&addr, sizeof(addr)) ? -errno : 0;
	umask(mask);
	if (ret)
		return ret;
	port->bound = true;
	ret = apply_access(port);
	if (ret)
		return ret;
	/* Until here a connect is refused, so no one waits at a socket without an answer. */
	if (listen(port->watch.fd, BACKLOG))
		return -errno;
	return pbd_watch_add(port->server->loop, &port->watch, EPOLLIN);
}

static void port_listen(struct pbd_port *port)
{
	char name[3 * PARTBUS_NAME_MAX];
	int ret = pbd_encode_name(port->name, name, sizeof(name)), length;

	if (!ret) {
		length = snprintf(port->path, sizeof(port->path), "%s/%s.sock",
				  port->server->config->run_dir, name);
		/* The address of a socket holds no more. */
		ret = length < (int)sizeof(port->path) ? listen_at(port) : -ENAMETOOLONG;
	}
	if (ret) {
		pbd_log_limited(LOG_ERR, "partition %s: no socket: %s", port->name, strerror(-ret));
		port_unlisten(port);
	} else {
		pbd_log(LOG_INFO, "partition %s: listening at %s", port->name, port->path);
	}
}

static struct pbd_port *port_find(struct pbd_server *server, const char *name)
{
	for (struct pbd_port *port = server->ports; port; port = port->next) {
		if (!strcmp(port->name, name))
			return port;
	}
	return NULL;
}

static struct pbd_port *port_new(struct pbd_server *server, const char *name)
{
	struct pbd_port *port = calloc(1, sizeof(*port));

	if (!port)
		return NULL;
	port->server = server;
	snprintf(port->name, sizeof(port->name), "%s", name);
	port->watch.fd = -1;
	port->watch.ready = port_ready;
	port->watch.arg = port;
	port->resume.expired = accept_resume;
	port->resume.arg = port;
	port->next = server->ports;
	server->ports = port;
	return port;
}

static void port_free(struct pbd_server *server, struct pbd_port *port)
{
	struct pbd_port **p = &server->ports;

	while (*p != port)
		p = &(*p)->next;
	*p = port->next;
	port_unlisten(port);
	free(port);
}

void pbd_server_held(void *arg, const char *stored, int fd)
{
	struct pbd_server *server = arg;
	const char *dash = strchr(stored, '-');
	char name[PARTBUS_NAME_MAX];
	struct pbd_port *port;

	if (!dash || pbd_decode_name(dash + 1, name, sizeof(name))) {
		pbd_log(LOG_WARNING, "a kept socket has the odd name \"%.64s\"", stored);
		close(fd);
		return;
	}
	if (pbd_peer_gone(fd)) {
		close(fd);
		return;
	}
	port = port_find(server, name);
	if (!port)
		port = port_new(server, name);
	if (!port) {
		close(fd);
		return;
	}
	pbd_conn_held(port, stored, fd);
}

void pbd_server_store_all(struct pbd_server *server)
{
	for (struct pbd_port *port = server->ports; port; port = port->next) {
		for (struct pbd_conn *conn = port->conns; conn; conn = conn->next) {
			if (conn->state == PBD_CONN_WIRED && conn->stored[0])
				server->store->ops->put(server->store, conn->stored,
							conn->watch.fd);
		}
	}
}

void pbd_server_list_begin(struct pbd_server *server)
{
	for (struct pbd_port *port = server->ports; port; port = port->next)
		port->seen = false;
}

void pbd_server_list_one(struct pbd_server *server, const char *name, __u32 id)
{
	struct pbd_port *port;

	if (id == PARTBUS_ROOT_ID)
		return;
	port = port_find(server, name);
	if (!port)
		port = port_new(server, name);
	if (!port)
		return;
	/* Same name, another partition: connections of the old one end. */
	if (port->known && port->id != id) {
		while (port->conns)
			pbd_conn_close(port->conns, "its partition is gone");
	}
	port->id = id;
	port->known = true;
	port->seen = true;
	/* Also a second attempt where the first one failed. */
	if (port->watch.fd < 0)
		port_listen(port);
}

void pbd_server_list_end(struct pbd_server *server)
{
	struct pbd_port *port, *next;

	for (port = server->ports; port; port = next) {
		next = port->next;
		if (port->seen)
			continue;
		if (port->watch.fd >= 0)
			pbd_log(LOG_INFO, "partition %s: gone", port->name);
		while (port->conns)
			pbd_conn_close(port->conns, "its partition is gone");
		port_free(server, port);
	}
}

void pbd_server_access(struct pbd_server *server)
{
	for (struct pbd_port *port = server->ports; port; port = port->next) {
		int ret = port->bound ? apply_access(port) : 0;

		if (ret)
			pbd_log(LOG_ERR, "partition %s: %s: %s", port->name, port->path,
				strerror(-ret));
	}
}

void pbd_server_close(struct pbd_server *server)
{
	struct pbd_port *port;

	while ((port = server->ports)) {
		while (port->conns) {
			/* Not dropped from the store: the next daemon shall find it there. */
			port->conns->stored[0] = '\0';
			pbd_conn_close(port->conns, NULL);
		}
		port_free(server, port);
	}
	pbd_fd_close(&server->lock);
}
