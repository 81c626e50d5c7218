// SPDX-License-Identifier: GPL-2.0
/* partbus save: partitions, resources and offers into a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"
#include "saved.h"

static json_t *collect(struct ctl *c)
{
	struct pbl_list partitions = PBL_LIST(struct pbl_partition);
	struct pbl_list resources = PBL_LIST(struct pbl_resource);
	struct pbl_list offers = PBL_LIST(struct pbl_offer);
	const struct pbl_partition *p;
	const struct pbl_resource *r;
	const struct pbl_offer *o;
	json_t *all = NULL, *list;

	if (pbl_partition_list(&c->nl, &partitions, &c->err) ||
	    pbl_resource_list(&c->nl, &resources, &c->err) ||
	    pbl_offer_list(&c->nl, &offers, &c->err))
		goto out;
	all = json_object();
	json_object_set_new(all, "partbus", json_integer(SAVED_FORMAT));
	json_object_set_new(all, "partitions", list = json_array());
	pbl_list_each(p, &partitions) {
		if (p->id != PARTBUS_ROOT_ID)
			json_array_append_new(list, saved_partition(p));
	}
	json_object_set_new(all, "resources", list = json_array());
	pbl_list_each(r, &resources) {
		/* What another partition provides is saved there. */
		if (r->provider == PARTBUS_ROOT_ID)
			json_array_append_new(list, saved_resource(r));
	}
	json_object_set_new(all, "offers", list = json_array());
	pbl_list_each(o, &offers) {
		const char *name = pbl_partition_name(&partitions, o->partition);

		/* Gone between the two lists. */
		if (name)
			json_array_append_new(list, saved_offer(o, name));
	}
out:
	pbl_list_free(&partitions);
	pbl_list_free(&resources);
	pbl_list_free(&offers);
	return all;
}

/* The old file stays whole until the new one is on disk. */
static int write_file(struct ctl *c, const char *path, json_t *all)
{
	size_t size = strlen(path) + 8;
	char *temp = malloc(size);
	int fd, ret = 0;
	FILE *f;

	if (!temp)
		return pbl_error_set(&c->err, PBL_LOCAL, ENOMEM, "\"%.200s\"", path);
	snprintf(temp, size, "%s.XXXXXX", path);
	fd = mkstemp(temp);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		ret = -errno;
		if (fd >= 0) {
			close(fd);
			unlink(temp);
		}
		goto out;
	}
	if (json_dumpf(all, f, JSON_INDENT(4)) || putc('\n', f) == EOF || fflush(f) || fsync(fd))
		ret = errno ? -errno : -EIO;
	if (fclose(f) && !ret)
		ret = -errno;
	if (!ret && rename(temp, path))
		ret = -errno;
	if (ret)
		unlink(temp);
out:
	free(temp);
	return ret ? pbl_error_set(&c->err, PBL_LOCAL, -ret, "cannot write \"%.200s\"", path) : 0;
}

static int save(struct ctl *c, struct args *a)
{
	const char *path = args_next(a);
	int ret = args_end(c, a);
	json_t *all;

	if (!ret)
		ret = ctl_connect(c);
	if (ret)
		return ret;
	all = collect(c);
	if (!all)
		return -EIO;
	if (path && strcmp(path, "-")) {
		ret = write_file(c, path, all);
	} else {
		json_dumpf(all, c->out.file, c->json && !c->pretty ? JSON_COMPACT : JSON_INDENT(4));
		putc('\n', c->out.file);
	}
	json_decref(all);
	return ret;
}

static const struct ctl_command commands[] = {
	{ "", "[FILE]", "Write partitions, resources and offers as JSON.", save },
	{ 0 }
};

const struct ctl_object ctl_save = {
	"save", "the defined state into a file", commands, "", true,
};
