// SPDX-License-Identifier: GPL-2.0
/* Checks of modules, the kernel, the device file and the daemon. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "doctor.h"

/* QEMU's ivshmem device, the window of a guest. */
#define WINDOW_VENDOR	"0x1af4"
#define WINDOW_DEVICE	"0x1110"

static bool find_window(const struct doctor *d, char *address, size_t size)
{
	const struct dirent *entry;
	char path[256], vendor[16], device[16];
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices", d->c->root);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (!ctl_file_read(d->c, vendor, sizeof(vendor), "/sys/bus/pci/devices/%s/vendor",
				   entry->d_name) ||
		    !ctl_file_read(d->c, device, sizeof(device), "/sys/bus/pci/devices/%s/device",
				   entry->d_name))
			continue;
		found = !strcmp(vendor, WINDOW_VENDOR) && !strcmp(device, WINDOW_DEVICE);
		if (found)
			snprintf(address, size, "%s", entry->d_name);
	}
	closedir(dir);
	return found;
}

static void check_versions(struct doctor *d)
{
	static const char *const modules[] = {
		"partbus", "partbus_host", "partbus_pci", "partbus_vsp", "partbus_vsp_blk",
		"partbus_vsp_net", "partbus_vsc", "partbus_vsc_blk", "partbus_vsc_net",
		"partbus_redirect",
	};
	char first[64] = "", version[64];

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		if (!ctl_file_read(d->c, version, sizeof(version), "/sys/module/%s/version",
				   modules[i]))
			continue;
		if (!first[0])
			strcpy(first, version);
		if (!strcmp(first, version))
			continue;
		doctor_say(d, "versions", DOCTOR_FAILED,
			   "unload all modules of partbus and load those of one build",
			   "module %s is of version %s, others are of %s", modules[i], version, first);
		return;
	}
	if (!first[0])
		return;
	if (strcmp(first, PARTBUS_USER_VERSION))
		doctor_say(d, "versions", DOCTOR_WARNING,
			   "install modules and tools of the same version",
			   "the modules are of version %s, this tool of %s", first,
			   PARTBUS_USER_VERSION);
	else
		doctor_say(d, "versions", DOCTOR_OK, NULL, "modules and tool are of version %s",
			   first);
}

void doctor_modules(struct doctor *d)
{
	bool core = ctl_file_exists(d->c, "/sys/module/partbus");
	bool pci = ctl_file_exists(d->c, "/sys/module/partbus_pci");
	char address[256] = "", driver[300];
	bool window = find_window(d, address, sizeof(address));

	d->host = ctl_file_exists(d->c, "/sys/module/partbus_host");
	d->guest = window || pci;
	if (window && !pci)
		doctor_say(d, "modules", DOCTOR_FAILED, "modprobe partbus_pci",
			   "there is a window (PCI %s) and no driver for it", address);
	else if (pci && !window)
		doctor_say(d, "modules", DOCTOR_FAILED,
			   "give this machine an ivshmem-doorbell device, see partbusd(8)",
			   "partbus_pci is loaded and there is no window (PCI 1af4:1110)");
	else if (!core || (!d->host && !pci))
		doctor_say(d, "modules", DOCTOR_FAILED,
			   "modprobe partbus_host on a host, partbus_pci in a guest",
			   "the modules are not loaded");
	else
		doctor_say(d, "modules", DOCTOR_OK, NULL, "this is %s",
			   d->host && pci ? "a host, and a guest of another one" :
			   d->host ? "a host" : "a guest");
	snprintf(driver, sizeof(driver), "/sys/bus/pci/devices/%.255s/driver", address);
	if (window && pci && !ctl_file_exists(d->c, "%s", driver))
		doctor_say(d, "window", DOCTOR_FAILED, "look for partbus_pci in the kernel's log",
			   "no driver took the window (PCI %s)", address);
	check_versions(d);
}

void doctor_taint(struct doctor *d)
{
	static const struct {
		unsigned long bit;
		const char *text;
	} flags[] = {
		{ 1UL << 7, "it has oopsed" },
		{ 1UL << 5, "it found a bad page" },
		{ 1UL << 4, "it had a machine check" },
		{ 1UL << 14, "a CPU was locked up" },
		{ 1UL << 9, "it has warned" },
	};
	char text[32];
	unsigned long taint;

	if (!ctl_file_read(d->c, text, sizeof(text), "/proc/sys/kernel/tainted"))
		return;
	taint = strtoul(text, NULL, 10);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!(taint & flags[i].bit))
			continue;
		doctor_say(d, "kernel", DOCTOR_WARNING, "read the kernel's log and restart",
			   "the kernel is tainted (%lu): %s", taint, flags[i].text);
		return;
	}
	doctor_say(d, "kernel", DOCTOR_OK, NULL, "the kernel has not complained (taint %lu)", taint);
}

void doctor_device(struct doctor *d)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/dev/partbus", d->c->root);
	if (stat(path, &st))
		doctor_say(d, "device", DOCTOR_FAILED,
			   "look for a devtmpfs on /dev and for udev rules that remove it",
			   "there is no /dev/partbus");
	else if (!S_ISCHR(st.st_mode))
		doctor_say(d, "device", DOCTOR_FAILED, "remove it and load partbus_host again",
			   "/dev/partbus is no device");
	else if (st.st_mode & 0007)
		doctor_say(d, "device", DOCTOR_WARNING, "chmod o= /dev/partbus",
			   "everybody may open /dev/partbus (mode %04o)", st.st_mode & 07777);
	else
		doctor_say(d, "device", DOCTOR_OK, NULL, "/dev/partbus is there");
}

/* Its lock tells; taking it ourselves could turn a starting daemon away. */
static bool lock_held(const struct doctor *d, const struct stat *st)
{
	char path[300], line[256], inode[64];
	bool held = false;
	FILE *f;

	snprintf(inode, sizeof(inode), "%02x:%02x:%lu ", major(st->st_dev), minor(st->st_dev),
		 (unsigned long)st->st_ino);
	snprintf(path, sizeof(path), "%s/proc/locks", d->c->root);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (!held && fgets(line, sizeof(line), f))
		held = strstr(line, "FLOCK") && strstr(line, inode);
	fclose(f);
	return held;
}

void doctor_daemon(struct doctor *d)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s/.lock", d->c->root, d->run_dir);
	if (stat(path, &st))
		doctor_say(d, "daemon", DOCTOR_FAILED, "systemctl start partbusd",
			   "partbusd has not run here (no %s/.lock)", d->run_dir);
	else if (!lock_held(d, &st))
		doctor_say(d, "daemon", DOCTOR_FAILED, "systemctl start partbusd",
			   "partbusd does not run; running guests go on, none can start");
	else
		doctor_say(d, "daemon", DOCTOR_OK, NULL, "partbusd runs");
}
