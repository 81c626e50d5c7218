// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lab's agent: process 1 of a guest. Runs shell commands that arrive over
 * virtio-serial ports, one process per port, so that a stuck command blocks
 * nothing but its own port.
 *
 * A client that goes away takes its command with it: the process group is
 * killed. Jobs that shall outlive their client use setsid (see guest/lab-bg).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "setup.h"
#include "wire.h"

static int port;
static int port_events;		/* epoll, edge triggered: a port nobody has opened polls as ready */

struct command {
	pid_t pid;
	int pidfd;
	int in, out, err;
};

static struct command cmd;
static uint8_t nonce[LAB_NONCE];
static int greeted;		/* the client, if any, knows this life of the agent */
static uint8_t inbuf[sizeof(struct lab_head) + LAB_PAYLOAD_MAX];
static size_t inlen;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void forget_command(void)
{
	if (cmd.pid > 0) {
		kill(-cmd.pid, SIGKILL);
		waitpid(cmd.pid, NULL, 0);
	}
	cmd.pid = 0;
	close_fd(&cmd.pidfd);
	close_fd(&cmd.in);
	close_fd(&cmd.out);
	close_fd(&cmd.err);
}

static void wait_port(void)
{
	struct epoll_event event;

	epoll_wait(port_events, &event, 1, -1);
}

/* False: the client is gone. */
static int port_write(const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t done = write(port, at, len);

		if (done > 0) {
			at += done;
			len -= (size_t)done;
			continue;
		}
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno != EAGAIN)
			return 0;
		/* Full, or nobody there: only a read can tell which. */
		struct pollfd fd = { .fd = port, .events = POLLOUT };

		poll(&fd, 1, 20);
		if (fd.revents & POLLHUP)
			return 0;
	}
	return 1;
}

static int send_frame(enum lab_frame_type type, const void *data, uint32_t len)
{
	uint8_t frame[sizeof(struct lab_head) + 16384];
	struct lab_head head = lab_make_head(type, len);

	memcpy(frame, &head, sizeof(head));
	if (len)
		memcpy(frame + sizeof(head), data, len);
	return port_write(frame, sizeof(head) + len);
}

static void start_command(const char *text)
{
	int in[2], out[2], err[2];

	forget_command();
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		_exit(1);
	cmd.pid = fork();
	if (cmd.pid < 0)
		_exit(1);
	if (!cmd.pid) {
		setsid();
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		signal(SIGPIPE, SIG_DFL);
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	cmd.in = in[1];
	cmd.out = out[0];
	cmd.err = err[0];
	fcntl(cmd.in, F_SETFL, O_NONBLOCK);
	fcntl(cmd.out, F_SETFL, O_NONBLOCK);
	fcntl(cmd.err, F_SETFL, O_NONBLOCK);
	cmd.pidfd = (int)syscall(SYS_pidfd_open, cmd.pid, 0);
}

static void relay(int *fd, enum lab_frame_type type)
{
	uint8_t data[16384];
	ssize_t got = read(*fd, data, sizeof(data));

	if (got > 0) {
		if (!send_frame(type, data, (uint32_t)got))
			forget_command();
	} else if (got == 0 || errno != EAGAIN) {
		close_fd(fd);
	}
}

static int client_gone(void)
{
	struct pollfd fd = { .fd = port };

	wait_port();
	poll(&fd, 1, 0);
	return fd.revents & POLLHUP;
}

/* The command may want to be read from before it reads on. */
static void feed_stdin(const uint8_t *data, size_t len)
{
	if (!len)
		close_fd(&cmd.in);
	while (len && cmd.in >= 0) {
		struct pollfd fds[] = {
			{ .fd = cmd.in, .events = POLLOUT },
			{ .fd = cmd.out, .events = POLLIN },
			{ .fd = cmd.err, .events = POLLIN },
			{ .fd = port_events, .events = POLLIN },
		};
		ssize_t done = write(cmd.in, data, len);

		if (done > 0) {
			data += done;
			len -= (size_t)done;
			continue;
		}
		if (done < 0 && errno != EAGAIN) {
			close_fd(&cmd.in);
			return;
		}
		poll(fds, 4, -1);
		if (fds[1].revents)
			relay(&cmd.out, LAB_OUT);
		if (fds[2].revents && cmd.err >= 0)
			relay(&cmd.err, LAB_ERR);
		if (fds[3].revents && client_gone())
			forget_command();
	}
}

static void handle(const struct lab_head *head, uint8_t *data)
{
	switch (head->type) {
	case LAB_HELLO:
		if (head->len != LAB_NONCE)
			break;
		forget_command();
		/* Data may overtake the news that a client has come. */
		greeted = 1;
		memcpy(nonce, data, LAB_NONCE);
		send_frame(LAB_HELLO, nonce, LAB_NONCE);
		break;
	case LAB_RUN:
		if (head->len < LAB_NONCE)
			break;
		if (memcmp(data + head->len - LAB_NONCE, nonce, LAB_NONCE))
			break;
		data[head->len - LAB_NONCE] = 0;
		start_command((char *)data);
		break;
	case LAB_STDIN:
		feed_stdin(data, head->len);
		break;
	}
}

/* Handle whole frames in inbuf; a byte that starts none is skipped. */
static void parse(void)
{
	size_t at = 0;

	while (inlen - at >= sizeof(struct lab_head)) {
		struct lab_head head;

		memcpy(&head, inbuf + at, sizeof(head));
		if (!lab_head_sane(&head)) {
			at++;
			continue;
		}
		if (inlen - at < sizeof(head) + head.len)
			break;
		handle(&head, inbuf + at + sizeof(head));
		at += sizeof(head) + head.len;
	}
	memmove(inbuf, inbuf + at, inlen - at);
	inlen -= at;
}

static void read_port(void)
{
	for (;;) {
		ssize_t got = read(port, inbuf + inlen, sizeof(inbuf) - inlen);

		if (got > 0) {
			inlen += (size_t)got;
			parse();
			continue;
		}
		if (got == 0) {		/* no client */
			forget_command();
			inlen = 0;
		}
		return;
	}
}

static void finish_command(void)
{
	int status;
	uint32_t code;

	/* What the command itself wrote is in the pipes; heirs do not count. */
	for (int tries = 0; tries < 1024 && cmd.out >= 0; tries++) {
		struct pollfd fd = { .fd = cmd.out, .events = POLLIN };

		if (poll(&fd, 1, 0) <= 0)
			break;
		relay(&cmd.out, LAB_OUT);
	}
	for (int tries = 0; tries < 1024 && cmd.err >= 0; tries++) {
		struct pollfd fd = { .fd = cmd.err, .events = POLLIN };

		if (poll(&fd, 1, 0) <= 0)
			break;
		relay(&cmd.err, LAB_ERR);
	}
	if (cmd.pid <= 0)
		return;
	waitpid(cmd.pid, &status, 0);
	cmd.pid = 0;
	code = (uint32_t)(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	send_frame(LAB_EXIT, &code, sizeof(code));
	forget_command();
}

/*
 * The first thing each life of the agent says. A client that waits for a
 * command of the life before learns from it that the guest was reset.
 */
static void greet(void)
{
	static const uint8_t nobody[LAB_NONCE];
	struct pollfd fd = { .fd = port };

	if (greeted)
		return;
	poll(&fd, 1, 0);
	if (!(fd.revents & POLLHUP))
		greeted = send_frame(LAB_HELLO, nobody, LAB_NONCE);
}

static void serve(const char *path)
{
	struct epoll_event interest = { .events = EPOLLIN | EPOLLOUT | EPOLLET };

	signal(SIGPIPE, SIG_IGN);
	cmd = (struct command){ .pidfd = -1, .in = -1, .out = -1, .err = -1 };
	port = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	port_events = epoll_create1(EPOLL_CLOEXEC);
	if (port < 0 || epoll_ctl(port_events, EPOLL_CTL_ADD, port, &interest))
		_exit(1);
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = port_events, .events = POLLIN },
			{ .fd = cmd.out, .events = POLLIN },
			{ .fd = cmd.err, .events = POLLIN },
			{ .fd = cmd.pidfd, .events = POLLIN },
		};

		if (poll(fds, 4, -1) < 0)
			continue;
		if (fds[0].revents) {
			wait_port();
			greet();
			read_port();
			continue;	/* the command's descriptors may have changed */
		}
		if (fds[1].revents)
			relay(&cmd.out, LAB_OUT);
		if (fds[2].revents && cmd.err >= 0)
			relay(&cmd.err, LAB_ERR);
		if (fds[3].revents && cmd.pidfd >= 0)
			finish_command();
	}
}

/* Start a server for each of our ports; returns how many there are. */
static int serve_ports(pid_t *pids)
{
	static const char dir[] = "/sys/class/virtio-ports";
	struct dirent *entry;
	DIR *ports = opendir(dir);
	int found = 0;

	while (ports && (entry = readdir(ports))) {
		char path[512], name[64] = "";
		unsigned int index;
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s/name", dir, entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (!fgets(name, sizeof(name), file))
			name[0] = 0;
		fclose(file);
		if (sscanf(name, LAB_PORT_PREFIX "%u", &index) != 1 || index >= LAB_PORTS)
			continue;
		found++;
		if (pids[index] > 0)
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		pids[index] = fork();
		if (!pids[index])
			serve(path);
	}
	if (ports)
		closedir(ports);
	return found;
}

int main(void)
{
	pid_t pids[LAB_PORTS] = { 0 };

	guest_setup();
	/* Ports appear one by one while the driver talks to the device. */
	while (serve_ports(pids) < LAB_PORTS)
		usleep(10000);
	for (;;) {
		pid_t gone = wait(NULL);

		for (int i = 0; i < LAB_PORTS; i++) {
			if (gone > 0 && pids[i] == gone) {
				pids[i] = 0;
				serve_ports(pids);
			}
		}
		if (gone < 0)
			usleep(100000);
	}
}
