// SPDX-License-Identifier: GPL-2.0
/*
 * The window server against clients that behave as QEMU does, and others that
 * do not. What the kernel would do is done by a fake attach.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fds.h"
#include "server.h"

static struct {
	char dir[64];
	struct pbd_loop loop;
	struct pbd_config config;
	struct pbd_store store;
	struct pbd_server server;
	int busy;		/* attempts that are answered with -EBUSY */
	int error;
	int attached;
	__u32 partition;
	pid_t pid;
	ino_t inode[1 + 2 * PARTBUS_LINES];
	char put[PBD_STORE_NAME_MAX];
	char dropped[PBD_STORE_NAME_MAX];
} t;

static ino_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

/* Eventfds share an inode, so files of their own stand for them here. */
static int numbered(void)
{
	return memfd_create("test", MFD_CLOEXEC);
}

static int fake_attach(void *ctx, __u32 partition, const struct pbd_peer *peer,
		       struct pbd_attachment *a)
{
	(void)ctx;
	assert_true(peer->pidfd >= 0);
	assert_true(peer->pid > 0);
	t.partition = partition;
	if (t.error)
		return -t.error;
	if (t.busy) {
		t.busy--;
		return -EBUSY;
	}
	t.attached++;
	a->window = numbered();
	t.inode[0] = inode_of(a->window);
	for (unsigned int i = 0; i < PARTBUS_LINES; i++) {
		a->line_in[i] = numbered();
		a->line_out[i] = numbered();
		t.inode[1 + i] = inode_of(a->line_in[i]);
		t.inode[1 + PARTBUS_LINES + i] = inode_of(a->line_out[i]);
	}
	return 0;
}

static int kept_put(struct pbd_store *store, const char *name, int fd)
{
	(void)store;
	(void)fd;
	strcpy(t.put, name);
	return 0;
}

static void kept_drop(struct pbd_store *store, const char *name)
{
	(void)store;
	strcpy(t.dropped, name);
}

static void kept_free(struct pbd_store *store)
{
	(void)store;
}

static const struct pbd_store_ops store_ops = {
	.name = "the test", .put = kept_put, .drop = kept_drop, .free = kept_free,
};

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	strcpy(t.dir, "/tmp/partbusd-test-XXXXXX");
	assert_non_null(mkdtemp(t.dir));
	assert_int_equal(pbd_loop_init(&t.loop), 0);
	pbd_config_init(&t.config);
	t.config.access.owner = getuid();
	t.config.access.group = getgid();
	strcpy(t.config.run_dir, t.dir);
	t.config.busy_wait_msec = 300;
	t.store.ops = &store_ops;
	t.server.loop = &t.loop;
	t.server.config = &t.config;
	t.server.store = &t.store;
	t.server.attach.attach = fake_attach;
	assert_int_equal(pbd_server_open(&t.server), 0);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	pbd_server_close(&t.server);
	pbd_loop_free(&t.loop);
	snprintf(command, sizeof(command), "rm -rf %s", t.dir);
	return system(command);
}

static void partitions(const char *a, __u32 a_id, const char *b, __u32 b_id)
{
	pbd_server_list_begin(&t.server);
	if (a)
		pbd_server_list_one(&t.server, a, a_id);
	if (b)
		pbd_server_list_one(&t.server, b, b_id);
	pbd_server_list_end(&t.server);
}

static int connect_to(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/%s.sock", t.dir, name);
	if (connect(fd, (void *)&addr, sizeof(addr))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void run(int msec)
{
	long long end = pbd_now_msec() + msec;

	do {
		assert_int_equal(pbd_loop_once(&t.loop, 10), 0);
	} while (pbd_now_msec() < end);
}

static bool closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

/* Reads as QEMU does: eight bytes at a time, each with what came along. */
static void expect_burst(int fd)
{
	for (unsigned int i = 0; i < 3 + 2 * PARTBUS_LINES; i++) {
		static const int64_t head[] = { 0, 0, -1 };
		int64_t raw, value;
		int got;

		assert_int_equal(pbd_fd_recv(fd, &raw, sizeof(raw), &got), 8);
		value = le64toh(raw);
		if (i < 3)
			assert_int_equal(value, head[i]);
		else
			assert_int_equal(value, i < 3 + PARTBUS_LINES ? 0 : 1);
		if (i < 2) {
			assert_int_equal(got, -1);
			continue;
		}
		assert_true(got >= 0);
		assert_int_equal(inode_of(got), t.inode[i - 2]);
		close(got);
	}
}

static void test_burst(void **state)
{
	char byte;
	int fd;

	(void)state;
	partitions("web", 7, NULL, 0);
	fd = connect_to("web");
	assert_true(fd >= 0);
	run(20);
	assert_int_equal(t.attached, 1);
	assert_int_equal(t.partition, 7);
	expect_burst(fd);
	/* And nothing after it. */
	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	assert_non_null(strstr(t.put, "-web"));
	assert_int_equal(atoi(t.put), getpid());
	/* Descriptors of the window are gone from the daemon: only the listener, */
	/* the connection, the epoll and the lock are left. */
	assert_int_equal(t.server.ports->conns->attachment.window, -1);
	assert_int_equal(t.server.ports->conns->attachment.line_out[PARTBUS_LINES - 1], -1);
	assert_int_equal(t.server.ports->conns->peer.pidfd, -1);
	close(fd);
	run(20);
	assert_null(t.server.ports->conns);
	assert_string_equal(t.dropped, t.put);
}

static void test_second(void **state)
{
	int one, two;

	(void)state;
	partitions("web", 7, NULL, 0);
	one = connect_to("web");
	run(20);
	two = connect_to("web");
	run(20);
	assert_int_equal(t.attached, 1);
	assert_true(closed(two));
	assert_false(closed(one));
	close(one);
	close(two);
	/* The first has hung up, even though the loop has not seen it yet. */
	two = connect_to("web");
	run(20);
	assert_int_equal(t.attached, 2);
	expect_burst(two);
	close(two);
}

static void test_busy(void **state)
{
	int fd;

	(void)state;
	partitions("web", 7, NULL, 0);
	/* The former QEMU needs a moment to go. */
	t.busy = 2;
	fd = connect_to("web");
	run(200);
	expect_burst(fd);
	close(fd);
	run(20);
	t.busy = 1000;
	fd = connect_to("web");
	run(100);
	assert_false(closed(fd));
	run(400);
	assert_true(closed(fd));
	close(fd);
	t.error = ENODEV;
	fd = connect_to("web");
	run(20);
	assert_true(closed(fd));
	close(fd);
}

static void test_come_and_go(void **state)
{
	struct stat st;
	char path[128];
	int fd;

	(void)state;
	partitions("web", 1, "db", 2);
	snprintf(path, sizeof(path), "%s/db.sock", t.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fd = connect_to("db");
	run(20);
	partitions("web", 1, NULL, 0);
	run(20);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(connect_to("db"), -1);
	close(fd);
	/* The same name, another partition. */
	fd = connect_to("web");
	run(20);
	partitions("web", 9, NULL, 0);
	run(20);
	expect_burst(fd);
	assert_true(closed(fd));
	close(fd);
	t.config.access.mode = 0660;
	pbd_server_access(&t.server);
	snprintf(path, sizeof(path), "%s/web.sock", t.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void test_stale(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct pbd_server other = { .config = &t.config, .lock = -1 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	/* Left by a daemon that died. */
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/web.sock", t.dir);
	assert_int_equal(bind(fd, (void *)&addr, sizeof(addr)), 0);
	close(fd);
	partitions("web", 1, NULL, 0);
	fd = connect_to("web");
	assert_true(fd >= 0);
	run(20);
	expect_burst(fd);
	close(fd);
	/* A second daemon stays away. */
	assert_int_equal(pbd_server_open(&other), -1);
}

static void test_chatter(void **state)
{
	int fd;

	(void)state;
	partitions("web", 1, NULL, 0);
	fd = connect_to("web");
	run(20);
	expect_burst(fd);
	/* Not part of the protocol; ignored, and no reason to spin. */
	assert_int_equal(pbd_fd_send(fd, "hello", 5, 0), 0);
	run(20);
	assert_non_null(t.server.ports->conns);
	close(fd);
	run(20);
	assert_null(t.server.ports->conns);
}

static void test_slow(void **state)
{
	int fd, size = 1, n = 0;

	(void)state;
	partitions("web", 1, NULL, 0);
	fd = connect_to("web");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* A socket that takes little: the burst comes in parts. */
	assert_int_equal(pbd_loop_once(&t.loop, 100), 0);
	while (n < 20) {
		run(1);
		n++;
	}
	expect_burst(fd);
	close(fd);
}

static void test_held(void **state)
{
	int pair[2], dead[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, dead), 0);
	close(dead[1]);
	pbd_server_held(&t.server, "99-gone", dead[0]);
	pbd_server_held(&t.server, "4242-web", pair[0]);
	pbd_server_held(&t.server, "rubbish", dup(0));
	assert_non_null(t.server.ports);
	assert_null(t.server.ports->next);
	assert_string_equal(t.server.ports->name, "web");
	/* The partition is still there: the connection lives, and nothing is sent. */
	partitions("web", 3, NULL, 0);
	run(20);
	assert_non_null(t.server.ports->conns);
	assert_int_equal(t.server.ports->conns->peer.pid, 4242);
	assert_int_equal(t.attached, 0);
	pbd_server_store_all(&t.server);
	assert_string_equal(t.put, "4242-web");
	/* Another QEMU is refused while that one lives. */
	dead[0] = connect_to("web");
	run(20);
	assert_true(closed(dead[0]));
	close(dead[0]);
	close(pair[1]);
	run(20);
	assert_null(t.server.ports->conns);
	assert_string_equal(t.dropped, "4242-web");
}

static void test_user(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	if (getuid())
		skip();
	t.config.access.mode = 0666;
	assert_int_equal(chmod(t.dir, 0755), 0);
	partitions("web", 1, NULL, 0);
	pid = fork();
	if (!pid) {
		char byte;
		int fd;

		if (setgid(65534) || setuid(65534))
			_exit(2);
		fd = connect_to("web");
		/* Refused, by the file's mode or by the daemon. */
		_exit(fd < 0 || recv(fd, &byte, 1, 0) == 0 ? 0 : 1);
	}
	run(200);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(t.attached, 0);
	t.config.access.allow[0] = 65534;
	t.config.access.allow_count = 1;
	pbd_server_access(&t.server);
	pid = fork();
	if (!pid) {
		char byte;
		int fd;

		if (setgid(65534) || setuid(65534))
			_exit(2);
		fd = connect_to("web");
		_exit(fd >= 0 && recv(fd, &byte, 1, 0) == 1 ? 0 : 1);
	}
	run(200);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(t.attached, 1);
}

static void test_eventfds(void **state)
{
	struct pbd_peer peer = { .pid = 1, .pidfd = -1 };
	struct pbd_attachment a;

	(void)state;
	assert_int_equal(pbd_attach_eventfds(&a), 0);
	for (unsigned int i = 0; i < PARTBUS_LINES; i++) {
		assert_true(fcntl(a.line_in[i], F_GETFL) & O_NONBLOCK);
		assert_true(fcntl(a.line_out[i], F_GETFD) & FD_CLOEXEC);
	}
	pbd_attachment_close(&a);
	assert_int_equal(a.line_in[0], -1);
	/* No such device: nothing is left open. */
	assert_int_equal(pbd_attach_kernel((char *)"/no/such/device", 1, &peer, &a), -ENOENT);
	assert_int_equal(a.line_in[0], -1);
	assert_int_equal(pbd_attach_kernel((char *)"/dev/null", 1, &peer, &a), -ENOTTY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_burst, setup, teardown),
		cmocka_unit_test_setup_teardown(test_second, setup, teardown),
		cmocka_unit_test_setup_teardown(test_busy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_come_and_go, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stale, setup, teardown),
		cmocka_unit_test_setup_teardown(test_chatter, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_held, setup, teardown),
		cmocka_unit_test_setup_teardown(test_user, setup, teardown),
		cmocka_unit_test(test_eventfds),
	};

	return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
