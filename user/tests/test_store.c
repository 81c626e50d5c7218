// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets over a restart: the holder process, killed daemons and killed
 * holders included, and the service manager's protocol.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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
#include "store.h"

static char dir[64];
static struct pbd_loop loop;
static pid_t holder;

static struct {
	char name[8][PBD_STORE_NAME_MAX];
	int fd[8];
	int count;
} got;

static void held(void *arg, const char *name, int fd)
{
	(void)arg;
	assert_true(got.count < 8);
	strcpy(got.name[got.count], name);
	got.fd[got.count++] = fd;
}

static void forget_got(void)
{
	while (got.count)
		close(got.fd[--got.count]);
}

/* A child of ours instead of a process of its own, so that it can be watched. */
static int spawn(int listener)
{
	holder = fork();
	if (!holder) {
		/* As after an exec: nothing of ours stays open there. */
		dup2(listener, 3);
		close_range(4, ~0U, 0);
		_exit(pbd_holder_main(3));
	}
	return holder < 0 ? -errno : 0;
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/partbusd-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(pbd_loop_init(&loop), 0);
	got.count = 0;
	holder = 0;
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	forget_got();
	if (holder > 0) {
		kill(holder, SIGKILL);
		waitpid(holder, NULL, 0);
	}
	pbd_loop_free(&loop);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static ino_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

static void run(int msec)
{
	long long end = pbd_now_msec() + msec;

	do {
		assert_int_equal(pbd_loop_once(&loop, 10), 0);
	} while (pbd_now_msec() < end);
}

static void test_round_trip(void **state)
{
	struct pbd_store store;
	int a[2], b[2];
	ino_t ia, ib;
	char byte;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b), 0);
	ia = inode_of(a[0]);
	ib = inode_of(b[0]);
	assert_int_equal(pbd_store_holder(&store, &loop, dir, spawn, held, NULL), 0);
	assert_int_equal(got.count, 0);
	assert_int_equal(store.ops->put(&store, "1-a", a[0]), 0);
	assert_int_equal(store.ops->put(&store, "2-b", b[0]), 0);
	/* Twice is as good as once. */
	assert_int_equal(store.ops->put(&store, "2-b", b[0]), 0);
	run(20);
	/* The daemon dies: only its descriptors matter for that. */
	store.ops->free(&store);
	close(a[0]);
	close(b[0]);
	usleep(50000);
	assert_int_equal(recv(a[1], &byte, 1, MSG_DONTWAIT), -1);

	assert_int_equal(pbd_store_holder(&store, &loop, dir, spawn, held, NULL), 0);
	assert_int_equal(got.count, 2);
	assert_string_equal(got.name[0], "1-a");
	assert_string_equal(got.name[1], "2-b");
	assert_int_equal(inode_of(got.fd[0]), ia);
	assert_int_equal(inode_of(got.fd[1]), ib);
	/* One QEMU ends, the other is dropped by the daemon. */
	store.ops->drop(&store, "2-b");
	forget_got();
	close(a[1]);
	usleep(50000);
	assert_int_equal(recv(b[1], &byte, 1, MSG_DONTWAIT), 0);
	store.ops->free(&store);
	assert_int_equal(pbd_store_holder(&store, &loop, dir, spawn, held, NULL), 0);
	assert_int_equal(got.count, 0);
	store.ops->free(&store);
	close(b[1]);
	/* It holds nothing, and nobody is there: it ends by itself. */
	for (int i = 0; i < 80 && waitpid(holder, NULL, WNOHANG) == 0; i++)
		usleep(100000);
	assert_int_equal(kill(holder, 0), -1);
	holder = 0;
}

static int lost_count;

static void lost(struct pbd_store *store)
{
	lost_count++;
	assert_int_equal(store->ops->put(store, "1-a", *(int *)store->arg), 0);
}

static void test_holder_killed(void **state)
{
	struct pbd_store store;
	int a[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a), 0);
	assert_int_equal(pbd_store_holder(&store, &loop, dir, spawn, held, NULL), 0);
	store.lost = lost;
	store.arg = &a[0];
	assert_int_equal(store.ops->put(&store, "1-a", a[0]), 0);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	run(1300);
	assert_int_equal(lost_count, 1);
	store.ops->free(&store);
	assert_int_equal(pbd_store_holder(&store, &loop, dir, spawn, held, NULL), 0);
	assert_int_equal(got.count, 1);
	store.ops->free(&store);
	close(a[0]);
	close(a[1]);
}

static void test_holder_hears_rubbish(void **state)
{
	static char big[4000];
	struct pbd_store store;
	int a[2];

	(void)state;
	memset(big, 'x', sizeof(big));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a), 0);
	assert_int_equal(pbd_store_holder(&store, &loop, dir, spawn, held, NULL), 0);
	pbd_fd_send(store.socket, "put", 3, a[0]);
	pbd_fd_send(store.socket, "put ", 4, -1);
	pbd_fd_send(store.socket, "drop nothing", 12, a[0]);
	pbd_fd_send(store.socket, "put a\0b", 7, a[0]);
	pbd_fd_send(store.socket, big, sizeof(big), a[0]);
	memcpy(big, "put ", 4);
	pbd_fd_send(store.socket, big, sizeof(big), a[0]);
	assert_int_equal(store.ops->put(&store, "1-a", a[0]), 0);
	store.ops->free(&store);
	assert_int_equal(pbd_store_holder(&store, &loop, dir, spawn, held, NULL), 0);
	assert_int_equal(got.count, 2);
	assert_string_equal(got.name[0], "a");
	assert_string_equal(got.name[1], "1-a");
	store.ops->free(&store);
	close(a[0]);
	close(a[1]);
}

static int notify_socket(char *path, size_t size)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(path, size, "%s/notify", dir);
	strcpy(addr.sun_path, path);
	assert_int_equal(bind(fd, (void *)&addr, sizeof(addr)), 0);
	return fd;
}

static void test_notify(void **state)
{
	struct pbd_store store;
	char path[128], text[512];
	int s, fd, file = memfd_create("x", MFD_CLOEXEC);
	ssize_t n;

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(pbd_notify("READY=1"), 0);
	s = notify_socket(path, sizeof(path));
	setenv("NOTIFY_SOCKET", path, 1);
	assert_int_equal(pbd_notify("READY=1"), 0);
	n = pbd_fd_recv(s, text, sizeof(text) - 1, &fd);
	text[n] = '\0';
	assert_string_equal(text, "READY=1");
	assert_int_equal(fd, -1);

	pbd_store_systemd(&store);
	assert_int_equal(store.ops->put(&store, "42-web", file), 0);
	n = pbd_fd_recv(s, text, sizeof(text) - 1, &fd);
	text[n] = '\0';
	assert_string_equal(text, "FDSTORE=1\nFDNAME=42-web");
	assert_int_equal(inode_of(fd), inode_of(file));
	close(fd);
	store.ops->drop(&store, "42-web");
	n = pbd_fd_recv(s, text, sizeof(text) - 1, &fd);
	text[n] = '\0';
	assert_string_equal(text, "FDSTOREREMOVE=1\nFDNAME=42-web");

	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_int_equal(pbd_notify("READY=1"), -EINVAL);
	unsetenv("NOTIFY_SOCKET");
	close(file);
	close(s);
}

static void test_listen_fds(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	/* In a child: the numbers from 3 on must be free for it. */
	pid = fork();
	if (!pid) {
		char number[16];
		int a = memfd_create("a", 0), b = memfd_create("b", 0);
		ino_t ia = inode_of(a), ib = inode_of(b);
		int ca = fcntl(a, F_DUPFD, 20), cb = fcntl(b, F_DUPFD, 20);
		bool ok;

		dup2(ca, 3);
		dup2(cb, 4);
		snprintf(number, sizeof(number), "%d", (int)getpid());
		setenv("LISTEN_PID", "1", 1);
		setenv("LISTEN_FDS", "2", 1);
		setenv("LISTEN_FDNAMES", "5-web:6-db%2fx", 1);
		pbd_listen_fds(held, NULL);
		ok = got.count == 0 && !getenv("LISTEN_FDS");
		setenv("LISTEN_PID", number, 1);
		setenv("LISTEN_FDS", "2", 1);
		setenv("LISTEN_FDNAMES", "5-web:6-db%2fx", 1);
		pbd_listen_fds(held, NULL);
		ok = ok && got.count == 2 && !strcmp(got.name[0], "5-web") &&
		     !strcmp(got.name[1], "6-db%2fx") && inode_of(got.fd[0]) == ia &&
		     inode_of(got.fd[1]) == ib && (fcntl(3, F_GETFD) & FD_CLOEXEC);
		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_holder_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_holder_hears_rubbish, setup, teardown),
		cmocka_unit_test_setup_teardown(test_notify, setup, teardown),
		cmocka_unit_test_setup_teardown(test_listen_fds, setup, teardown),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
