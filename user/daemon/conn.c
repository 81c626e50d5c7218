// SPDX-License-Identifier: GPL-2.0
/*
 * One connection: checked, attached, told its burst, kept. Nothing here waits:
 * a partition that is still busy and a socket that is full are looked at again
 * by timer and by the loop, for a bounded time.
 */
#include "conn.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fds.h"
#include "log.h"

#define BUSY_RETRY_MSEC		50
#define SEND_TIMEOUT_MSEC	5000

static void conn_ready(struct pbd_watch *watch, unsigned int events);
static void conn_timer(struct pbd_timer *timer);

static struct pbd_conn *conn_new(struct pbd_port *port, int fd)
{
	struct pbd_conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return NULL;
	conn->port = port;
	conn->watch.fd = fd;
	conn->watch.ready = conn_ready;
	conn->watch.arg = conn;
	conn->timer.expired = conn_timer;
	conn->timer.arg = conn;
	conn->peer.pidfd = -1;
	conn->since_msec = pbd_now_msec();
	conn->attachment.window = -1;
	for (unsigned int i = 0; i < PARTBUS_LINES; i++)
		conn->attachment.line_in[i] = conn->attachment.line_out[i] = -1;
	conn->next = port->conns;
	port->conns = conn;
	return conn;
}

void pbd_conn_close(struct pbd_conn *conn, const char *why)
{
	struct pbd_server *server = conn->port->server;
	struct pbd_conn **p = &conn->port->conns;

	if (why)
		pbd_log_limited(LOG_NOTICE, "partition %s: process %d: %s", conn->port->name,
				(int)conn->peer.pid, why);
	while (*p != conn)
		p = &(*p)->next;
	*p = conn->next;
	pbd_timer_cancel(server->loop, &conn->timer);
	pbd_watch_remove(server->loop, &conn->watch);
	if (conn->stored[0])
		server->store->ops->drop(server->store, conn->stored);
	pbd_attachment_close(&conn->attachment);
	pbd_fd_close(&conn->peer.pidfd);
	pbd_fd_close(&conn->watch.fd);
	free(conn);
}

static void keep(struct pbd_conn *conn)
{
	struct pbd_server *server = conn->port->server;
	char name[3 * PARTBUS_NAME_MAX];
	int ret;

	if (pbd_encode_name(conn->port->name, name, sizeof(name)))
		return;
	snprintf(conn->stored, sizeof(conn->stored), "%d-%s", (int)conn->peer.pid, name);
	ret = server->store->ops->put(server->store, conn->stored, conn->watch.fd);
	if (ret)
		pbd_log(LOG_WARNING, "partition %s: the socket is not kept over a restart (%s): %s",
			conn->port->name, server->store->ops->name, strerror(-ret));
}

static void wired(struct pbd_conn *conn)
{
	struct pbd_server *server = conn->port->server;

	pbd_timer_cancel(server->loop, &conn->timer);
	/* The window is released in the kernel only when we have let go, too. */
	pbd_attachment_close(&conn->attachment);
	pbd_fd_close(&conn->peer.pidfd);
	conn->state = PBD_CONN_WIRED;
	/* Only now: a half-told QEMU must see the end of file when we die, and give up. */
	keep(conn);
	pbd_watch_change(server->loop, &conn->watch, EPOLLIN | EPOLLRDHUP);
	pbd_log(LOG_INFO, "partition %s: attached to process %d", conn->port->name,
		(int)conn->peer.pid);
}

/* 1 done, 0 to be continued, -errno. */
static int send_burst(struct pbd_conn *conn)
{
	while (conn->sent < PBD_BURST_MAX) {
		__s64 value = htole64(pbd_burst_value(conn->sent));
		int ret = pbd_fd_send(conn->watch.fd, &value, sizeof(value),
				      pbd_burst_fd(&conn->attachment, conn->sent));

		if (ret == -EAGAIN)
			return 0;
		if (ret)
			return ret;
		conn->sent++;
	}
	return 1;
}

static void go_on_sending(struct pbd_conn *conn)
{
	struct pbd_server *server = conn->port->server;
	int ret = send_burst(conn);

	if (ret < 0) {
		pbd_conn_close(conn, "went away while its window was set up");
	} else if (ret) {
		wired(conn);
	} else if (!conn->timer.armed) {
		pbd_watch_change(server->loop, &conn->watch, EPOLLOUT | EPOLLRDHUP);
		pbd_timer_set(server->loop, &conn->timer, SEND_TIMEOUT_MSEC);
	}
}

static void try_attach(struct pbd_conn *conn)
{
	struct pbd_server *server = conn->port->server;
	char why[160];
	int ret = server->attach.attach(server->attach.ctx, conn->port->id, &conn->peer,
					&conn->attachment);

	if (ret == -EBUSY &&
	    pbd_now_msec() - conn->since_msec < (long long)server->config->busy_wait_msec) {
		/* The former process may be on its way out: its memory goes last. */
		conn->state = PBD_CONN_WAITING;
		pbd_timer_set(server->loop, &conn->timer, BUSY_RETRY_MSEC);
		return;
	}
	if (ret) {
		if (ret == -EBUSY)
			snprintf(why, sizeof(why), "refused, the partition is attached already");
		else
			snprintf(why, sizeof(why), "refused, the kernel does not attach it: %s",
				 strerror(-ret));
		pbd_conn_close(conn, why);
		return;
	}
	conn->state = PBD_CONN_SENDING;
	go_on_sending(conn);
}

static void conn_timer(struct pbd_timer *timer)
{
	struct pbd_conn *conn = timer->arg;

	if (conn->state == PBD_CONN_WAITING)
		try_attach(conn);
	else
		pbd_conn_close(conn, "does not read what it is sent");
}

static void conn_ready(struct pbd_watch *watch, unsigned int events)
{
	struct pbd_conn *conn = watch->arg;
	char bytes[64];

	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
		pbd_conn_close(conn, conn->state == PBD_CONN_WIRED ? "closed its window's socket" :
				     "went away before its window was set up");
		return;
	}
	if (conn->state == PBD_CONN_SENDING && (events & EPOLLOUT)) {
		go_on_sending(conn);
		return;
	}
	if (events & EPOLLIN) {
		int fd;
		ssize_t n = pbd_fd_recv(watch->fd, bytes, sizeof(bytes), &fd);

		pbd_fd_close(&fd);
		if (n == 0 || (n < 0 && n != -EAGAIN)) {
			pbd_conn_close(conn, "closed its window's socket");
			return;
		}
		/* A QEMU never says anything. Listen for its end only from now on. */
		if (n > 0) {
			pbd_log_limited(LOG_NOTICE, "partition %s: process %d sent something, "
					"which is no part of the protocol", conn->port->name,
					(int)conn->peer.pid);
			pbd_watch_change(conn->port->server->loop, watch, EPOLLRDHUP);
		}
	}
}

/* Is some connection of the port alive? Those that have hung up are closed. */
static struct pbd_conn *living(struct pbd_port *port)
{
	struct pbd_conn *conn, *next, *alive = NULL;

	for (conn = port->conns; conn; conn = next) {
		next = conn->next;
		if (pbd_peer_gone(conn->watch.fd))
			pbd_conn_close(conn, "closed its window's socket");
		else
			alive = conn;
	}
	return alive;
}

/* May this process have the window? A sentence when not. */
static const char *check_peer(struct pbd_port *port, struct pbd_peer *peer, int fd, char *text,
			      size_t size)
{
	const struct pbd_config *config = port->server->config;
	struct pbd_budget budget;
	struct pbd_conn *other;
	int ret = pbd_peer_of(fd, peer);

	if (ret) {
		snprintf(text, size, "refused, its process cannot be told: %s", strerror(-ret));
		return text;
	}
	if (!pbd_access_allowed(&port->access, peer->uid)) {
		snprintf(text, size, "refused, user %u may not have this partition",
			 (unsigned int)peer->uid);
		return text;
	}
	other = living(port);
	if (other) {
		snprintf(text, size, "refused, the partition is attached to process %d",
			 (int)other->peer.pid);
		return text;
	}
	ret = pbd_peer_budget(peer->pid, 1 + 2 * PARTBUS_LINES, config->fd_percent, &budget);
	if (!ret) {
		snprintf(text, size, "refused, with %lu of %lu descriptors open it would run out "
			 "of them (raise RLIMIT_NOFILE)", budget.used, budget.limit);
		return text;
	}
	if (ret < 0)
		pbd_log_limited(LOG_WARNING, "partition %s: the descriptors of process %d cannot "
				"be counted: %s", port->name, (int)peer->pid, strerror(-ret));
	return NULL;
}

void pbd_conn_accept(struct pbd_port *port, int fd)
{
	struct pbd_peer peer = { .pidfd = -1 };
	struct pbd_conn *conn;
	char text[160];
	const char *why = check_peer(port, &peer, fd, text, sizeof(text));

	if (why) {
		pbd_log_limited(LOG_WARNING, "partition %s: process %d: %s", port->name,
				(int)peer.pid, why);
		goto err_close;
	}
	conn = conn_new(port, fd);
	if (!conn)
		goto err_close;
	conn->peer = peer;
	if (pbd_watch_add(port->server->loop, &conn->watch, EPOLLRDHUP)) {
		pbd_conn_close(conn, "refused, it cannot be watched");
		return;
	}
	try_attach(conn);
	return;

err_close:
	pbd_fd_close(&peer.pidfd);
	close(fd);
}

void pbd_conn_held(struct pbd_port *port, const char *stored, int fd)
{
	struct pbd_conn *conn = conn_new(port, fd);

	if (!conn) {
		close(fd);
		return;
	}
	conn->state = PBD_CONN_WIRED;
	snprintf(conn->stored, sizeof(conn->stored), "%s", stored);
	conn->peer.pid = atoi(stored);
	if (pbd_watch_add(port->server->loop, &conn->watch, EPOLLIN | EPOLLRDHUP)) {
		pbd_conn_close(conn, "its socket cannot be watched");
		return;
	}
	pbd_log(LOG_INFO, "partition %s: still attached to process %d", port->name,
		(int)conn->peer.pid);
}
