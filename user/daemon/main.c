// SPDX-License-Identifier: GPL-2.0
/* partbusd: options, signals, start and stop in mirrored order. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fds.h"
#include "log.h"
#include "reconcile.h"

struct daemon {
	struct pbd_loop loop;
	struct pbd_config config;
	struct pbd_store store;
	struct pbd_server server;
	struct pbd_reconcile reconcile;
	struct pbd_watch signals;
};

enum { OPT_OWNER = 256, OPT_GROUP, OPT_MODE, OPT_CHECK, OPT_HOLDER, OPT_NO_HOLDER };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "run-dir", required_argument, NULL, 'r' },
	{ "foreground", no_argument, NULL, 'f' },
	{ "owner", required_argument, NULL, OPT_OWNER },
	{ "group", required_argument, NULL, OPT_GROUP },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "check-config", no_argument, NULL, OPT_CHECK },
	{ "holder", required_argument, NULL, OPT_HOLDER },
	{ "no-holder", no_argument, NULL, OPT_NO_HOLDER },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static const char usage[] =
	"Usage: partbusd [-f] [-c FILE] [-r DIR] [--owner USER] [--group GROUP] [--mode MODE]\n"
	"                [--no-holder] [--check-config]\n\n"
	"  -f, --foreground    stay, and log to stderr\n"
	"  -c, --config FILE   default " PBD_CONFIG_PATH "\n"
	"  -r, --run-dir DIR   where sockets go, default /run/partbus\n"
	"  --owner, --group, --mode   of the sockets, default root, root, 0600\n"
	"  --no-holder         without systemd: do not keep sockets over a restart\n"
	"  --check-config      say whether the configuration is right, and end\n"
	"  -V, --version       -h, --help\n";

/* What the command line changes, to be put over the file again on reload. */
struct settings {
	const char *path;
	const char *key[8];
	const char *value[8];
	unsigned int count;
};

static int configure(struct pbd_config *config, const struct settings *s)
{
	char why[512];
	int ret;

	pbd_config_init(config);
	ret = pbd_config_load(config, s->path ? s->path : PBD_CONFIG_PATH, !!s->path, why,
			      sizeof(why));
	for (unsigned int i = 0; !ret && i < s->count; i++)
		ret = pbd_config_set(config, s->key[i], s->value[i], why, sizeof(why));
	if (!ret)
		ret = pbd_config_check(config, why, sizeof(why));
	if (ret) {
		pbd_log(LOG_ERR, "%s", why);
		pbd_config_free(config);
	}
	return ret;
}

static struct settings settings;

static void reload(struct daemon *d)
{
	struct pbd_config fresh;

	if (configure(&fresh, &settings)) {
		pbd_log(LOG_ERR, "the old configuration stays");
		return;
	}
	/* Paths are those that we began with; the others follow at once. */
	strcpy(fresh.run_dir, d->config.run_dir);
	strcpy(fresh.device, d->config.device);
	fresh.holder = d->config.holder;
	pbd_config_free(&d->config);
	d->config = fresh;
	pbd_server_access(&d->server);
	pbd_log(LOG_NOTICE, "configuration read again");
}

static void signal_ready(struct pbd_watch *watch, unsigned int events)
{
	struct daemon *d = watch->arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(watch->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload(d);
		else
			d->loop.stop = true;
	}
}

static int watch_signals(struct daemon *d)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	d->signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	d->signals.ready = signal_ready;
	d->signals.arg = d;
	if (d->signals.fd < 0)
		return -errno;
	return pbd_watch_add(&d->loop, &d->signals, EPOLLIN);
}

static void store_lost(struct pbd_store *store)
{
	pbd_server_store_all(store->arg);
}

static void open_store(struct daemon *d)
{
	int ret = 0;

	if (getenv("NOTIFY_SOCKET")) {
		pbd_store_systemd(&d->store);
		pbd_listen_fds(pbd_server_held, &d->server);
	} else if (d->config.holder) {
		ret = pbd_store_holder(&d->store, &d->loop, d->config.run_dir, pbd_holder_spawn,
				       pbd_server_held, &d->server);
		d->store.arg = &d->server;
		d->store.lost = store_lost;
	} else {
		pbd_store_none(&d->store);
	}
	if (ret) {
		pbd_log(LOG_ERR, "no holder process, sockets are lost when this daemon dies: %s",
			strerror(-ret));
		pbd_store_none(&d->store);
	}
}

/* @ready is told once everything stands: the parent then goes. */
static int serve(struct daemon *d, int ready)
{
	struct rlimit limit;
	int ret;

	/* Each attachment passes through us with 33 descriptors. */
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	ret = pbd_loop_init(&d->loop);
	if (ret) {
		pbd_log(LOG_ERR, "no epoll: %s", strerror(-ret));
		return 1;
	}
	d->server.loop = &d->loop;
	d->server.config = &d->config;
	d->server.store = &d->store;
	d->server.attach.attach = pbd_attach_kernel;
	d->server.attach.ctx = d->config.device;
	if (pbd_server_open(&d->server))
		goto err_loop;
	ret = watch_signals(d);
	if (ret) {
		pbd_log(LOG_ERR, "no signals: %s", strerror(-ret));
		goto err_server;
	}
	open_store(d);
	pbd_reconcile_start(&d->reconcile, &d->loop, &d->server);
	pbd_notify("READY=1");
	if (ready >= 0 && write(ready, "", 1) != 1)
		pbd_log(LOG_WARNING, "nobody waits for the start");
	pbd_fd_close(&ready);

	ret = pbd_loop_run(&d->loop);
	if (ret)
		pbd_log(LOG_ERR, "the loop ends: %s", strerror(-ret));
	pbd_notify("STOPPING=1");
	pbd_reconcile_stop(&d->reconcile);
	/* The store comes first: closing a connection must not drop it there. */
	d->store.ops->free(&d->store);
	pbd_server_close(&d->server);
	pbd_watch_remove(&d->loop, &d->signals);
	pbd_fd_close(&d->signals.fd);
	pbd_loop_free(&d->loop);
	return ret ? 1 : 0;

err_server:
	pbd_fd_close(&d->signals.fd);
	pbd_server_close(&d->server);
err_loop:
	pbd_loop_free(&d->loop);
	return 1;
}

/* Into the background; the parent ends with 0 when the child is ready. */
static int background(struct daemon *d)
{
	int p[2], null;
	pid_t pid;
	char byte;

	if (pipe2(p, O_CLOEXEC)) {
		pbd_log(LOG_ERR, "no pipe: %s", strerror(errno));
		return 1;
	}
	pid = fork();
	if (pid < 0) {
		pbd_log(LOG_ERR, "cannot fork: %s", strerror(errno));
		return 1;
	}
	if (pid) {
		close(p[1]);
		return read(p[0], &byte, 1) == 1 ? 0 : 1;
	}
	close(p[0]);
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || chdir("/"))
		return 1;
	pbd_log_open(true);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	close(null);
	return serve(d, p[1]);
}

static void add_setting(const char *key, const char *value)
{
	if (settings.count < sizeof(settings.key) / sizeof(settings.key[0])) {
		settings.key[settings.count] = key;
		settings.value[settings.count++] = value;
	}
}

int main(int argc, char **argv)
{
	static struct daemon d;
	bool foreground = false, check = false;
	int option, ret;

	while ((option = getopt_long(argc, argv, "c:r:fVh", options, NULL)) >= 0) {
		switch (option) {
		case 'c':
			/* Absolute: it is read again from another directory. */
			settings.path = realpath(optarg, NULL);
			if (!settings.path) {
				fprintf(stderr, "partbusd: %s: %s\n", optarg, strerror(errno));
				return 2;
			}
			break;
		case 'r':
			add_setting("run_dir", optarg);
			break;
		case 'f':
			foreground = true;
			break;
		case OPT_OWNER:
			add_setting("owner", optarg);
			break;
		case OPT_GROUP:
			add_setting("group", optarg);
			break;
		case OPT_MODE:
			add_setting("mode", optarg);
			break;
		case OPT_NO_HOLDER:
			add_setting("holder", "off");
			break;
		case OPT_CHECK:
			check = true;
			break;
		case OPT_HOLDER:
			return pbd_holder_main(atoi(optarg));
		case 'V':
			printf("partbusd %s\n", PARTBUS_USER_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs("See partbusd --help.\n", stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "partbusd: unknown word \"%s\"\nSee partbusd --help.\n",
			argv[optind]);
		return 2;
	}
	if (configure(&d.config, &settings))
		return 2;
	if (check) {
		printf("the configuration is right\n");
		pbd_config_free(&d.config);
		return 0;
	}
	/* A service manager keeps us in the foreground and reads stderr. */
	if (foreground || getenv("NOTIFY_SOCKET"))
		ret = serve(&d, -1);
	else
		ret = background(&d);
	pbd_config_free(&d.config);
	return ret;
}
