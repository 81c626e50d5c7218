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

/*
 * A module that is not loaded has nothing to list, which is no error: what cannot be
 * seen must not be saved as if it did not exist.
 */
static int check_whole(struct ctl *c, const struct pbl_list *partitions,
		       const struct pbl_list *resources, const struct pbl_list *offers)
{
	const struct pbl_offer *o;

	if (!pbl_is_host(partitions))
		return pbl_error_set(&c->err, PBL_NO_KERNEL, 0,
				     "this kernel is no partbus host, so that its partitions cannot be saved: load partbus_host");
	pbl_list_each(o, offers) {
		if (!pbl_resource_by_name(resources, o->resource))
			return pbl_error_set(&c->err, PBL_NOT_FOUND, 0,
					     "resource \"%.64s\" is offered and not there: load the module that provides it, or delete its offers",
					     o->resource);
	}
	return 0;
}

static json_t *collect(struct ctl *c)
{
	struct pbl_list partitions = PBL_LIST(struct pbl_partition);
	struct pbl_list resources = PBL_LIST(struct pbl_resource);
	struct pbl_list offers = PBL_LIST(struct pbl_offer);
	const struct pbl_partition *p;
	const struct pbl_resource *r;
	const struct pbl_offer *o;
	json_t *all = NULL, *list;

	/* Offers first: what they name goes after they do. */
	if (pbl_offer_list(&c->nl, &offers, &c->err) ||
	    pbl_partition_list(&c->nl, &partitions, &c->err) ||
	    pbl_resource_list(&c->nl, &resources, &c->err) ||
	    check_whole(c, &partitions, &resources, &offers))
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

static int write_json(FILE *f, json_t *all)
{
	errno = 0;
	if (json_dumpf(all, f, JSON_INDENT(4)) || putc('\n', f) == EOF || fflush(f))
		return errno ? -errno : -EIO;
	return 0;
}

/* A terminal, a pipe, a device: nothing that could be replaced. */
static int write_into(const char *path, json_t *all)
{
	FILE *f = fopen(path, "we");
	int ret;

	if (!f)
		return -errno;
	ret = write_json(f, all);
	if (fclose(f) && !ret)
		ret = -errno;
	return ret;
}

/*
 * The old file stays whole until the new one is on disk.
 * @old: its owner and mode are the new one's; NULL if there is none.
 */
static int replace_file(const char *path, const struct stat *old, json_t *all)
{
	size_t size = strlen(path) + 8;
	char *temp = malloc(size);
	int fd, ret = 0;
	FILE *f;

	if (!temp)
		return -ENOMEM;
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
	if (old && (fchown(fd, old->st_uid, old->st_gid) || fchmod(fd, old->st_mode & 07777)))
		ret = -errno;
	if (!ret)
		ret = write_json(f, all);
	if (!ret && fsync(fd))
		ret = -errno;
	if (fclose(f) && !ret)
		ret = -errno;
	if (!ret && rename(temp, path))
		ret = -errno;
	if (ret)
		unlink(temp);
out:
	free(temp);
	return ret;
}

static int write_file(struct ctl *c, const char *path, json_t *all)
{
	struct stat old;
	char *target;
	int ret;

	if (stat(path, &old)) {
		ret = errno != ENOENT ? -errno :
		      /* A link to what is not there yet is to lead there afterwards. */
		      lstat(path, &old) ? replace_file(path, NULL, all) : write_into(path, all);
	} else if (!S_ISREG(old.st_mode)) {
		ret = write_into(path, all);
	} else {
		/* The file that a link leads to, not the link. */
		target = realpath(path, NULL);
		ret = target ? replace_file(target, &old, all) : -errno;
		free(target);
	}
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
