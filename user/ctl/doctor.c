// SPDX-License-Identifier: GPL-2.0
/*
 * partbus doctor: is everything there that has to be, and if not, what to do.
 * The checks only look; none changes anything.
 */
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const results[] = { "ok", "warning", "failed", "skipped" };

void doctor_say(struct doctor *d, const char *check, enum doctor_result result,
		const char *remedy, const char *format, ...)
{
	struct out *o = &d->c->out;
	char text[384];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	o->ops->object_start(o, "check");
	o->ops->text(o, "name", check);
	o->ops->text(o, "result", results[result]);
	o->ops->text(o, "text", text);
	if (remedy) {
		o->ops->line(o);
		o->ops->text(o, "remedy", remedy);
	}
	o->ops->object_end(o);
	d->warnings += result == DOCTOR_WARNING;
	d->failures += result == DOCTOR_FAILED;
}

void doctor_say_error(struct doctor *d, const char *check, const struct pbl_error *err)
{
	if (err->exit == PBL_PERMISSION)
		doctor_say(d, check, DOCTOR_SKIPPED, "run this as root", "%.300s", err->text);
	else
		doctor_say(d, check, DOCTOR_FAILED,
			   err->exit == PBL_NO_KERNEL ? "load the modules, see above" :
			   "read the kernel's log", "%.300s", err->text);
}

static void check_netlink(struct doctor *d)
{
	struct ctl *c = d->c;
	struct pbl_error err = { 0 };

	/* In a batch there may be a connection from an earlier line. */
	if (!c->connected && c->open(&c->nl, &err)) {
		doctor_say_error(d, "netlink", &err);
		return;
	}
	c->connected = true;
	if (c->nl.version != PARTBUS_FAMILY_VERSION)
		doctor_say(d, "netlink", DOCTOR_WARNING,
			   "install modules and tools of the same version",
			   "the kernel speaks version %u of the interface, this tool version %u",
			   c->nl.version, PARTBUS_FAMILY_VERSION);
	else
		doctor_say(d, "netlink", DOCTOR_OK, NULL, "the kernel answers");
}

static int doctor(struct ctl *c, struct args *a)
{
	struct doctor d = { .c = c, .run_dir = "/run/partbus" };
	const char *key, *value;
	int ret;

	while ((ret = args_pair(c, a, &key, &value)) > 0) {
		if (strcmp(key, "run_dir"))
			return args_unknown(c, key);
		if (value[0] != '/' || strlen(value) > 64)
			return pbl_usage(&c->err, "run_dir: \"%.64s\" is not an absolute path, or "
					 "too long a one", value);
		d.run_dir = value;
	}
	if (ret)
		return ret;
	c->out.ops->list_start(&c->out, NULL);
	doctor_modules(&d);
	doctor_kernel(&d);
	check_netlink(&d);
	if (d.host) {
		doctor_device(&d);
		doctor_daemon(&d);
	}
	if (c->connected)
		doctor_objects(&d);
	doctor_disks(&d);
	c->out.ops->list_end(&c->out);
	c->out.ops->flush(&c->out);
	if (d.failures)
		return pbl_error_set(&c->err, PBL_OTHERWISE, 0, "%u of the checks failed",
				     d.failures);
	return 0;
}

static const struct ctl_command commands[] = {
	{ "", "[run_dir DIR]", "Look for what is missing or wrong, and say what helps.", doctor },
	{ 0 }
};

const struct ctl_object ctl_doctor = {
	"doctor", "what is missing or wrong", commands, "", true,
};
