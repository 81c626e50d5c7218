// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host VM's end of a guest: runs commands through the guest's agent and
 * passes JSON to QEMU's monitor. C, because starting an interpreter under
 * emulation takes longer than most of the commands it would run.
 *
 *   labctl run DIR TIMEOUT [-i] COMMAND   exit code of the command
 *   labctl wait DIR TIMEOUT               0: the agent answers
 *   labctl qmp SOCKET TIMEOUT JSON [EVENT]  prints the answer; 1: it is an error;
 *                                         returns when EVENT has happened
 *
 * DIR holds the sockets agent.N. QEMU serves one client per socket, so a lock
 * file beside each says which are free. 124: time is over, 125: no guest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../guest/wire.h"

#define EXIT_TIMEOUT	124
#define EXIT_NO_GUEST	125

static double deadline;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int ms_left(void)
{
	double left = deadline - now();

	return left > 0 ? (int)(left * 1000) + 1 : 0;
}

static void give_up(int code, const char *why)
{
	fprintf(stderr, "labctl: %s\n", why);
	exit(code);
}

static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(addr.sun_path))
		give_up(EXIT_NO_GUEST, "socket path too long");
	strcpy(addr.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		give_up(EXIT_NO_GUEST, "guest is not running");
	return fd;
}

/* The lock lives as long as this process. */
static int connect_free_port(const char *dir)
{
	char path[200];

	while (ms_left()) {
		for (int i = 0; i < LAB_PORTS; i++) {
			int lock;

			snprintf(path, sizeof(path), "%s/agent.%d.lock", dir, i);
			lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
			if (lock < 0)
				give_up(EXIT_NO_GUEST, "no such guest");
			if (!flock(lock, LOCK_EX | LOCK_NB)) {
				snprintf(path, sizeof(path), "%s/agent.%d", dir, i);
				return connect_to(path);
			}
			close(lock);
		}
		usleep(20000);
	}
	give_up(EXIT_TIMEOUT, "all ports of the agent are busy");
	return -1;
}

static void write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t done = write(fd, at, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			give_up(EXIT_NO_GUEST, "guest is gone");
		at += done;
		len -= (size_t)done;
	}
}

static void send_frame(int fd, enum lab_frame_type type, const void *data, uint32_t len)
{
	struct lab_head head = lab_make_head(type, len);
	char frame[sizeof(head) + LAB_PAYLOAD_MAX];

	memcpy(frame, &head, sizeof(head));
	if (len)
		memcpy(frame + sizeof(head), data, len);
	write_all(fd, frame, sizeof(head) + len);
}

/* Answers are matched with the nonce; everything before it is an older talk. */
static void say_hello(int fd, const uint8_t *nonce)
{
	struct lab_head head = lab_make_head(LAB_HELLO, LAB_NONCE);
	uint8_t want[sizeof(head) + LAB_NONCE];
	size_t matched = 0;
	double next = 0;

	memcpy(want, &head, sizeof(head));
	memcpy(want + sizeof(head), nonce, LAB_NONCE);
	while (ms_left()) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		uint8_t byte;

		if (now() >= next) {
			send_frame(fd, LAB_HELLO, nonce, LAB_NONCE);
			next = now() + 0.5;
		}
		if (poll(&pfd, 1, 50) <= 0)
			continue;
		if (read(fd, &byte, 1) <= 0)
			give_up(EXIT_NO_GUEST, "guest is gone");
		if (byte == want[matched])
			matched++;
		else
			matched = byte == want[0];
		if (matched == sizeof(want))
			return;
	}
	give_up(EXIT_TIMEOUT, "the agent does not answer");
}

static void read_all(int fd, void *data, size_t len)
{
	char *at = data;

	while (len) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&pfd, 1, ms_left()) == 0)
			give_up(EXIT_TIMEOUT, "the command took too long");
		got = read(fd, at, len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			give_up(EXIT_NO_GUEST, "guest is gone");
		at += got;
		len -= (size_t)got;
	}
}

static void one_frame(int fd, const uint8_t *nonce)
{
	static uint8_t data[LAB_PAYLOAD_MAX];
	struct lab_head head;
	uint32_t code;

	read_all(fd, &head, sizeof(head));
	if (!lab_head_sane(&head))
		give_up(EXIT_NO_GUEST, "guest was reset");
	read_all(fd, data, head.len);
	switch (head.type) {
	case LAB_HELLO:		/* ours again, or that of an agent just born */
		if (head.len != LAB_NONCE || memcmp(data, nonce, LAB_NONCE))
			give_up(EXIT_NO_GUEST, "guest was reset");
		break;
	case LAB_OUT:
		write_all(STDOUT_FILENO, data, head.len);
		break;
	case LAB_ERR:
		write_all(STDERR_FILENO, data, head.len);
		break;
	case LAB_EXIT:
		memcpy(&code, data, sizeof(code));
		exit((int)code);
	}
}

static void __attribute__((noreturn)) run(int fd, const char *text, int with_stdin)
{
	uint8_t nonce[LAB_NONCE];
	char command[LAB_PAYLOAD_MAX];
	size_t len = strlen(text);
	int input = with_stdin ? STDIN_FILENO : -1;

	if (len + LAB_NONCE > sizeof(command))
		give_up(2, "command too long");
	if (getrandom(nonce, sizeof(nonce), 0) != sizeof(nonce))
		give_up(2, "no random numbers");
	say_hello(fd, nonce);
	memcpy(command, text, len);
	memcpy(command + len, nonce, LAB_NONCE);
	send_frame(fd, LAB_RUN, command, (uint32_t)(len + LAB_NONCE));
	if (!with_stdin)
		send_frame(fd, LAB_STDIN, NULL, 0);
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = fd, .events = POLLIN },
			{ .fd = input, .events = POLLIN },
		};

		if (poll(fds, 2, ms_left()) == 0)
			give_up(EXIT_TIMEOUT, "the command took too long");
		if (fds[0].revents)
			one_frame(fd, nonce);
		if (fds[1].revents) {
			char data[16384];
			ssize_t got = read(input, data, sizeof(data));

			send_frame(fd, LAB_STDIN, data, got > 0 ? (uint32_t)got : 0);
			if (got <= 0)
				input = -1;
		}
	}
}

struct monitor {
	FILE *in;
	const char *event;	/* waited for, or NULL */
	int seen;
	char line[1 << 20];
};

/* Reads a line that is no event; events are counted on the way. */
static void read_answer(struct monitor *mon, int until_event)
{
	while (fgets(mon->line, sizeof(mon->line), mon->in)) {
		if (!strstr(mon->line, "\"event\":") || !strstr(mon->line, "\"timestamp\":"))
			return;
		if (mon->event && strstr(mon->line, mon->event))
			mon->seen = 1;
		if (until_event && mon->seen)
			return;
	}
	give_up(EXIT_NO_GUEST, "monitor closed the connection");
}

static int qmp(const char *path, const char *json, const char *event)
{
	static const char hello[] = "{\"execute\":\"qmp_capabilities\"}\n";
	static struct monitor mon;
	int fd = connect_to(path);

	/* Blocking reads bounded as a whole: a hung QEMU answers nobody. */
	alarm((unsigned int)(ms_left() / 1000) + 1);
	mon.in = fdopen(fd, "r");
	mon.event = event;
	read_answer(&mon, 0);
	write_all(fd, hello, sizeof(hello) - 1);
	read_answer(&mon, 0);
	write_all(fd, json, strlen(json));
	write_all(fd, "\n", 1);
	read_answer(&mon, 0);
	fputs(mon.line, stdout);
	if (!strncmp(mon.line, "{\"error\"", 8))
		return 1;
	while (event && !mon.seen)
		read_answer(&mon, 1);
	return 0;
}

static void on_alarm(int signal)
{
	(void)signal;
	_exit(EXIT_TIMEOUT);
}

int main(int argc, char **argv)
{
	static const char usage[] = "usage: labctl run|wait|qmp WHERE TIMEOUT [-i] [TEXT]\n";
	uint8_t nonce[LAB_NONCE];
	int with_stdin;

	if (argc < 4) {
		fputs(usage, stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, on_alarm);
	deadline = now() + atof(argv[3]);
	with_stdin = argc > 5 && !strcmp(argv[4], "-i");
	if (!strcmp(argv[1], "run") && argc == 5 + with_stdin)
		run(connect_free_port(argv[2]), argv[4 + with_stdin], with_stdin);
	if (!strcmp(argv[1], "qmp") && (argc == 5 || argc == 6))
		return qmp(argv[2], argv[4], argc == 6 ? argv[5] : NULL);
	if (!strcmp(argv[1], "wait") && argc == 4) {
		if (getrandom(nonce, sizeof(nonce), 0) != sizeof(nonce))
			return 2;
		say_hello(connect_free_port(argv[2]), nonce);
		return 0;
	}
	fputs(usage, stderr);
	return 2;
}
