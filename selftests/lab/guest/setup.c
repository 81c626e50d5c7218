// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an init script would do, without the forks: they cost tens of
 * milliseconds each under two levels of emulation. File systems, the modules
 * that are needed before /usr is there, /usr itself (9p from the host VM),
 * loopback, host name.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "setup.h"

#define SYSLOG_ACTION_CONSOLE_LEVEL	8
#define CONSOLE_WARNINGS		5

static void mount_or_say(const char *type, const char *source, const char *target,
			 unsigned long flags, const char *options)
{
	mkdir(target, 0755);
	if (mount(source, target, type, flags, options))
		perror(target);
}

/* In the order of the list; the lab has put dependencies first. */
static void load_modules(void)
{
	FILE *list = fopen("/modules/order", "re");
	char name[128], path[160];

	while (list && fgets(name, sizeof(name), list)) {
		int fd;

		name[strcspn(name, "\n")] = 0;
		snprintf(path, sizeof(path), "/modules/%s", name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (syscall(SYS_finit_module, fd, "", 0))
			perror(path);
		close(fd);
	}
	if (list)
		fclose(list);
}

static void name_the_host(void)
{
	static const char key[] = "lab.name=";
	FILE *file = fopen("/proc/cmdline", "re");
	char line[4096] = "";

	if (file && fgets(line, sizeof(line), file)) {
		for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
			if (!strncmp(word, key, sizeof(key) - 1))
				sethostname(word + sizeof(key) - 1, strlen(word) - sizeof(key) + 1);
		}
	}
	if (file)
		fclose(file);
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		perror("lo");
	close(fd);
}

void guest_setup(void)
{
	mount_or_say("proc", "proc", "/proc", 0, NULL);
	mount_or_say("sysfs", "sysfs", "/sys", 0, NULL);
	mount_or_say("devtmpfs", "devtmpfs", "/dev", 0, NULL);
	load_modules();
	mount_or_say("9p", "usr", "/usr", MS_RDONLY,
		     "trans=virtio,version=9p2000.L,cache=loose,msize=512000");
	mount_or_say("devpts", "devpts", "/dev/pts", 0, "ptmxmode=666");
	mount_or_say("tmpfs", "shm", "/dev/shm", 0, "mode=1777");
	mount_or_say("debugfs", "debugfs", "/sys/kernel/debug", 0, NULL);
	if (symlink("/proc/self/fd", "/dev/fd"))
		perror("/dev/fd");
	name_the_host();
	loopback_up();
	/*
	 * From here on warnings go to the console, where the lab looks for
	 * them; 'quiet' hid those of the boot, which are the emulator's.
	 */
	klogctl(SYSLOG_ACTION_CONSOLE_LEVEL, NULL, CONSOLE_WARNINGS);
	setenv("PATH", "/usr/local/bin:/usr/sbin:/usr/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("TERM", "dumb", 1);
	if (chdir("/root"))
		perror("/root");
}
