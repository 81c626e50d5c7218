// SPDX-License-Identifier: GPL-2.0
/*
 * partbus disk: what this partition has made of the resources offered to it. Read
 * from sysfs, where a disk is also when it has no channel.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

#define SYSFS		"/sys/block/%s/"

struct disk {
	char name[256];
	char resource[PARTBUS_NAME_MAX];
	char state[32];
};

static __u64 number(const struct ctl *c, const char *disk, const char *file)
{
	char text[32];

	if (!ctl_file_read(c, text, sizeof(text), SYSFS "%s", disk, file))
		return 0;
	return strtoull(text, NULL, 10);
}

static void print_disk(struct ctl *c, const struct disk *d)
{
	struct out *o = &c->out;
	__u64 channel = number(c, d->name, "partbus/channel");
	char text[64];

	o->ops->object_start(o, "disk");
	o->ops->text(o, "name", d->name);
	o->ops->text(o, "resource", d->resource);
	o->ops->text(o, "state", d->state);
	if (channel)
		out_count(o, "channel", channel);
	o->ops->line(o);
	if (ctl_file_read(c, text, sizeof(text), SYSFS "partbus/uuid", d->name))
		o->ops->text(o, "uuid", text);
	if (ctl_file_read(c, text, sizeof(text), SYSFS "serial", d->name) && text[0])
		o->ops->text(o, "serial", text);
	out_number(o, "size_bytes", number(c, d->name, "size") << 9, PBL_UNIT_BYTES);
	out_switch(o, "read_only", number(c, d->name, "ro"));
	o->ops->number(o, "no_path_timeout", "no_path_timeout_sec",
		       number(c, d->name, "partbus/no_path_timeout"), PBL_UNIT_COUNT);
	o->ops->object_end(o);
}

static int is_disk(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "pbd", 3);
}

static bool read_disk(const struct ctl *c, const char *name, struct disk *d)
{
	memset(d, 0, sizeof(*d));
	snprintf(d->name, sizeof(d->name), "%s", name);
	/* One that is just coming or going is left out. */
	return ctl_file_read(c, d->resource, sizeof(d->resource), SYSFS "partbus/resource", name) &&
	       ctl_file_read(c, d->state, sizeof(d->state), SYSFS "partbus/state", name);
}

/* By the name of the device, with its path or without, or of the resource. */
static bool matches(const struct disk *d, const char *which)
{
	const char *name = !strncmp(which, "/dev/", 5) ? which + 5 : which;

	return !strcmp(d->name, name) || !strcmp(d->resource, which);
}

/* Calls @use for all disks, or for those that are meant; how many, or negative. */
static int each_disk(struct ctl *c, const char *which, void (*use)(struct ctl *c,
								    const struct disk *d,
								    void *arg), void *arg)
{
	struct dirent **entries;
	char path[512];
	int count, found = 0;

	snprintf(path, sizeof(path), "%s/sys/block", c->root);
	count = scandir(path, &entries, is_disk, versionsort);
	if (count < 0)
		return pbl_error_set(&c->err, PBL_LOCAL, errno, "cannot read /sys/block");
	for (int i = 0; i < count; i++) {
		struct disk d;

		if (read_disk(c, entries[i]->d_name, &d) && (!which || matches(&d, which))) {
			use(c, &d, arg);
			found++;
		}
		free(entries[i]);
	}
	free(entries);
	if (which && !found)
		return pbl_error_set(&c->err, PBL_NOT_FOUND, ENOENT, "disk \"%.64s\"", which);
	return found;
}

static void show_one(struct ctl *c, const struct disk *d, void *arg)
{
	(void)arg;
	print_disk(c, d);
}

static int disk_show(struct ctl *c, struct args *a)
{
	const char *which = args_next(a);
	int ret = args_end(c, a);

	if (ret)
		return ret;
	c->out.ops->list_start(&c->out, NULL);
	ret = each_disk(c, which, show_one, NULL);
	c->out.ops->list_end(&c->out);
	return ret < 0 ? ret : 0;
}

static void remember(struct ctl *c, const struct disk *d, void *arg)
{
	(void)c;
	*(struct disk *)arg = *d;
}

/* The one disk that is meant. */
static int find_disk(struct ctl *c, const char *which, struct disk *d)
{
	int found = each_disk(c, which, remember, d);

	if (found > 1)
		return pbl_usage(&c->err, "\"%.64s\" is more than one disk: give the device", which);
	return found < 0 ? found : 0;
}

static int disk_set(struct ctl *c, struct args *a)
{
	const char *key, *value, *which = args_need(c, a, "the disk");
	unsigned int seen = 0;
	struct disk d;
	__u32 seconds = 0;
	char text[16];
	int ret;

	if (!which)
		return -1;
	while ((ret = args_pair(c, a, &key, &value)) > 0) {
		if (strcmp(key, "no_path_timeout") && strcmp(key, "no_path_timeout_sec"))
			return args_unknown(c, key);
		if (args_once(c, &seen, 0, key) || pbl_parse_u32(key, value, &seconds, &c->err))
			return -1;
	}
	if (!ret && !seen)
		return pbl_usage(&c->err, "nothing to change is given");
	if (!ret)
		ret = find_disk(c, which, &d);
	if (ret)
		return ret;
	snprintf(text, sizeof(text), "%u", seconds);
	ret = ctl_file_write(c, text, SYSFS "partbus/no_path_timeout", d.name);
	return ret ? pbl_error_set(&c->err, pbl_exit_of_errno(-ret), -ret,
				   "no_path_timeout of %s", d.name) : 0;
}

static int disk_del(struct ctl *c, struct args *a)
{
	const char *which = args_need(c, a, "the disk");
	struct disk d;
	int ret = which ? args_end(c, a) : -1;

	if (!ret)
		ret = find_disk(c, which, &d);
	if (ret)
		return ret;
	ret = ctl_file_write(c, "1", SYSFS "partbus/delete", d.name);
	switch (ret) {
	case 0:
		return 0;
	case -EBUSY:
		return pbl_error_set(&c->err, PBL_REFUSED, EBUSY,
				     "%s has a channel: it goes when its offer is deleted (partbus "
				     "offer del, where it is provided)", d.name);
	case -ENODEV:
	case -ENOENT:
		return pbl_error_set(&c->err, PBL_NOT_FOUND, -ret, "%s is going already", d.name);
	default:
		return pbl_error_set(&c->err, pbl_exit_of_errno(-ret), -ret, "%s", d.name);
	}
}

static const struct ctl_command commands[] = {
	{ "show", "[DISK | RESOURCE]", "Print the disks of this partition.", disk_show },
	{ "set", "DISK|RESOURCE no_path_timeout SECONDS",
	  "Let requests fail that wait longer for a path; 0: they wait for ever.", disk_set },
	{ "del", "DISK|RESOURCE",
	  "Give up a disk that has no channel any more. What waits for one fails.", disk_del },
	{ 0 }
};

const struct ctl_object ctl_disk = {
	"disk", "what clients have made of resources", commands, "show", false,
};
