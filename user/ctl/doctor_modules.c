// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of the modules: is what this machine needs loaded; if not, could it
 * be; are all of one build; and does the window of a guest have its driver?
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"

/* QEMU's ivshmem device, the window of a guest. */
#define WINDOW_VENDOR	"0x1af4"
#define WINDOW_DEVICE	"0x1110"
#define DEVICES		"/sys/bus/pci/devices"
#define DRIVER		"/sys/bus/pci/drivers/partbus_pci"

struct window {
	bool found;
	bool driven;		/* by partbus_pci */
	char address[64];	/* of that, or of the first */
};

static bool is_window(const struct ctl *c, const char *address)
{
	char vendor[16], device[16];

	return ctl_file_read(c, vendor, sizeof(vendor), DEVICES "/%s/vendor", address) &&
	       ctl_file_read(c, device, sizeof(device), DEVICES "/%s/device", address) &&
	       !strcmp(vendor, WINDOW_VENDOR) && !strcmp(device, WINDOW_DEVICE) &&
	       /* ivshmem-plain has no vectors, hence no table of them in BAR 1. */
	       ctl_file_exists(c, DEVICES "/%s/resource1", address);
}

/* There may be ivshmem devices of others; one that is driven is ours for sure. */
static struct window find_window(const struct doctor *d)
{
	struct window w = { 0 };
	const struct dirent *entry;
	char path[256];
	DIR *dir;

	snprintf(path, sizeof(path), "%s" DEVICES, d->c->root);
	dir = opendir(path);
	if (!dir)
		return w;
	while (!w.driven && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(w.address) ||
		    !is_window(d->c, entry->d_name))
			continue;
		w.driven = ctl_file_exists(d->c, DRIVER "/%s", entry->d_name);
		if (w.driven || !w.found || strcmp(entry->d_name, w.address) < 0)
			strcpy(w.address, entry->d_name);
		w.found = true;
	}
	closedir(dir);
	return w;
}

static bool installed(const struct doctor *d, const char *release, const char *module)
{
	char path[300], line[512], name[64];
	bool found = false;
	FILE *f;

	snprintf(name, sizeof(name), "/%s.ko", module);
	snprintf(path, sizeof(path), "%s/lib/modules/%s/modules.dep", d->c->root, release);
	f = fopen(path, "re");
	if (!f)
		return false;
	/* "extra/partbus_host.ko.xz: what it depends on" */
	while (!found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, ":")] = '\0';
		found = strstr(line, name) != NULL;
	}
	fclose(f);
	return found;
}

/* Why modprobe would not help. */
static void check_loadable(struct doctor *d, const char *module)
{
	char release[128], text[64], *level;

	if (ctl_file_read(d->c, release, sizeof(release), "/proc/sys/kernel/osrelease") &&
	    !installed(d, release, module))
		doctor_say(d, "install", DOCTOR_FAILED,
			   "build and install the modules for this kernel: make install, depmod",
			   "%s is not installed for the running kernel %s", module, release);
	if (ctl_file_read(d->c, text, sizeof(text), "/sys/kernel/security/lockdown")) {
		/* "none [integrity] confidentiality" */
		level = strchr(text, '[');
		if (level && strncmp(level, "[none]", 6)) {
			level[strcspn(level, "]")] = '\0';
			doctor_say(d, "signature", DOCTOR_WARNING,
				   "sign the modules with a key that the machine trusts (mokutil)",
				   "the kernel is locked down (%s): it takes signed modules only",
				   level + 1);
			return;
		}
	}
	if (ctl_file_read(d->c, text, sizeof(text), "/sys/module/module/parameters/sig_enforce") &&
	    text[0] == 'Y')
		doctor_say(d, "signature", DOCTOR_WARNING,
			   "sign the modules with a key that the machine trusts (mokutil)",
			   "the kernel takes signed modules only (module.sig_enforce)");
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
	struct window w = find_window(d);
	const char *missing = NULL;

	d->host = ctl_file_exists(d->c, "/sys/module/partbus_host");
	if (w.found && !pci) {
		missing = "partbus_pci";
		doctor_say(d, "modules", DOCTOR_FAILED, "modprobe partbus_pci",
			   "there is a window (PCI %s) and no driver for it", w.address);
	} else if (!core || (!d->host && !pci)) {
		missing = "partbus_host";
		doctor_say(d, "modules", DOCTOR_FAILED,
			   "modprobe partbus_host on a host, partbus_pci in a guest",
			   "the modules are not loaded");
	} else if (!w.found && !d->host) {
		doctor_say(d, "modules", DOCTOR_FAILED,
			   "give this machine an ivshmem-doorbell device, see partbusd(8)",
			   "partbus_pci is loaded and there is no window (PCI 1af4:1110)");
	} else {
		doctor_say(d, "modules", DOCTOR_OK, NULL, "this is %s",
			   d->host && w.found ? "a host, and a guest of another one" :
			   d->host ? "a host" : "a guest");
	}
	if (missing)
		check_loadable(d, missing);
	if (w.driven)
		doctor_say(d, "window", DOCTOR_OK, NULL, "partbus_pci has the window (PCI %s)",
			   w.address);
	else if (w.found && pci && ctl_file_exists(d->c, DEVICES "/%s/driver", w.address))
		doctor_say(d, "window", DOCTOR_FAILED,
			   "unbind that driver, and bind partbus_pci",
			   "another driver took the window (PCI %s)", w.address);
	else if (w.found && pci)
		doctor_say(d, "window", DOCTOR_FAILED,
			   "look for partbus_pci in the kernel's log; the device needs vectors=16",
			   "partbus_pci did not take the window (PCI %s)", w.address);
	check_versions(d);
}
