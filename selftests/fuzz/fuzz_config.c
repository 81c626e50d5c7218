// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon's configuration file: any bytes. It is taken as a whole, and then
 * says nothing impossible; or it is refused with the line that is wrong.
 */
#include "fuzz.h"

#include "config.h"
#include "outside.h"

static void check(const struct pbd_config *config)
{
	struct pbd_access access;

	must(config->run_dir[0] == '/' && memchr(config->run_dir, 0, sizeof(config->run_dir)) &&
	     config->device[0] == '/' && memchr(config->device, 0, sizeof(config->device)),
	     "a path that is none");
	must(config->fd_percent <= 100 && config->busy_wait_msec <= 10000, "a number beyond its limit");
	must(config->access.mode <= 0777 && config->access.allow_count <= PBD_ALLOW_MAX,
	     "an access that there is not");
	for (const struct pbd_override *o = config->overrides; o; o = o->next) {
		must(o->name[0] && memchr(o->name, 0, sizeof(o->name)), "a partition without a name");
		for (const struct pbd_override *p = o->next; p; p = p->next)
			must(strcmp(o->name, p->name), "two sections for one partition");
		access = pbd_config_access(config, o->name);
		must(access.mode <= 0777 && access.allow_count <= PBD_ALLOW_MAX,
		     "an access that there is not");
		must(pbd_access_allowed(&access, 0) && pbd_access_allowed(&access, access.owner),
		     "root or the owner is turned away");
		REACHED_IF(o->set == 15, "a section with everything");
	}
	REACHED_IF(config->access.allow_count > 2, "a list of users");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pbd_config config;
	char why[512] = "";
	int ret;

	memset(&outside, 0, sizeof(outside));
	outside.file = data;
	outside.size = size;
	pbd_config_init(&config);
	ret = pbd_config_load(&config, "f", true, why, sizeof(why));
	if (ret) {
		must(strstr(why, "f, line "), "an error without its line");
		REACHED("refused");
	} else {
		must(!why[0], "a sentence without an error");
		check(&config);
	}
	pbd_config_free(&config);
	return 0;
}

void fuzz_seeds(fuzz_emit emit)
{
	static const char all[] =
		"# everything\n"
		"run_dir = /run/partbus\ndevice = /dev/partbus\nbusy_wait_msec = 500\n"
		"fd_percent=70\nholder = off\nowner = qemu\ngroup = 36\nmode = 0660\n"
		"allow = 1000, qemu 7\n\n"
		"[partition web]\n owner = 12\n group = kvm\nmode = 600\nallow = qemu\n"
		"[partition db ]\n; nothing\n";

	emit("all", all, sizeof(all) - 1);
}
