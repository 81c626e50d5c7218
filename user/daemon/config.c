// SPDX-License-Identifier: GPL-2.0
/* The configuration file. Every mistake is an error with its line number. */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pbd_config_init(struct pbd_config *config)
{
	memset(config, 0, sizeof(*config));
	strcpy(config->run_dir, "/run/partbus");
	strcpy(config->device, "/dev/partbus");
	config->busy_wait_msec = 1000;
	config->fd_percent = 80;
	config->holder = true;
	config->access.mode = 0600;
}

static int parse_number(const char *text, unsigned int base, unsigned long max,
			unsigned long *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	*value = strtoul(text, &end, base);
	return errno || *end || *value > max ? -1 : 0;
}

static int parse_user(const char *text, uid_t *uid)
{
	const struct passwd *p;
	unsigned long number;

	if (!parse_number(text, 10, 0xfffffffeUL, &number)) {
		*uid = number;
		return 0;
	}
	p = getpwnam(text);
	if (!p)
		return -1;
	*uid = p->pw_uid;
	return 0;
}

static int parse_group(const char *text, gid_t *gid)
{
	const struct group *g;
	unsigned long number;

	if (!parse_number(text, 10, 0xfffffffeUL, &number)) {
		*gid = number;
		return 0;
	}
	g = getgrnam(text);
	if (!g)
		return -1;
	*gid = g->gr_gid;
	return 0;
}

static int set_allow(struct pbd_access *access, const char *value, char *why, size_t size)
{
	char list[512], *save, *word;

	if (strlen(value) >= sizeof(list)) {
		snprintf(why, size, "allow: the list is too long");
		return -1;
	}
	strcpy(list, value);
	access->allow_count = 0;
	for (word = strtok_r(list, " \t,", &save); word; word = strtok_r(NULL, " \t,", &save)) {
		if (access->allow_count == PBD_ALLOW_MAX) {
			snprintf(why, size, "allow: more than %d users", PBD_ALLOW_MAX);
			return -1;
		}
		if (parse_user(word, &access->allow[access->allow_count])) {
			snprintf(why, size, "allow: there is no user \"%.64s\"", word);
			return -1;
		}
		access->allow_count++;
	}
	return 0;
}

/* 0 done, 1 not a key of access, -1 wrong. */
static int set_access(struct pbd_access *access, unsigned int *set, const char *key,
		      const char *value, char *why, size_t size)
{
	unsigned long number;

	if (!strcmp(key, "owner")) {
		*set |= PBD_SET_OWNER;
		if (!parse_user(value, &access->owner))
			return 0;
		snprintf(why, size, "owner: there is no user \"%.64s\"", value);
		return -1;
	}
	if (!strcmp(key, "group")) {
		*set |= PBD_SET_GROUP;
		if (!parse_group(value, &access->group))
			return 0;
		snprintf(why, size, "group: there is no group \"%.64s\"", value);
		return -1;
	}
	if (!strcmp(key, "mode")) {
		if (parse_number(value, 8, 0777, &number)) {
			snprintf(why, size, "mode: \"%.64s\" is not an octal mode up to 0777", value);
			return -1;
		}
		access->mode = number;
		*set |= PBD_SET_MODE;
		return 0;
	}
	if (!strcmp(key, "allow")) {
		*set |= PBD_SET_ALLOW;
		return set_allow(access, value, why, size);
	}
	return 1;
}

static int set_path(char *field, const char *key, const char *value, char *why, size_t size)
{
	if (value[0] != '/') {
		snprintf(why, size, "%s: \"%.64s\" is not an absolute path", key, value);
		return -1;
	}
	if (strlen(value) >= PBD_RUN_DIR_MAX) {
		snprintf(why, size, "%s: longer than %d characters", key, PBD_RUN_DIR_MAX - 1);
		return -1;
	}
	strcpy(field, value);
	return 0;
}

static int set_number(unsigned int *field, const char *key, const char *value, unsigned long max,
		      char *why, size_t size)
{
	unsigned long number;

	if (parse_number(value, 10, max, &number)) {
		snprintf(why, size, "%s: \"%.64s\" is not a number up to %lu", key, value, max);
		return -1;
	}
	*field = number;
	return 0;
}

int pbd_config_set(struct pbd_config *config, const char *key, const char *value, char *why,
		   size_t size)
{
	unsigned int set = 0;
	int ret = set_access(&config->access, &set, key, value, why, size);

	if (ret <= 0)
		return ret;
	if (!strcmp(key, "run_dir"))
		return set_path(config->run_dir, key, value, why, size);
	if (!strcmp(key, "device"))
		return set_path(config->device, key, value, why, size);
	if (!strcmp(key, "busy_wait_msec"))
		return set_number(&config->busy_wait_msec, key, value, 10000, why, size);
	if (!strcmp(key, "fd_percent"))
		return set_number(&config->fd_percent, key, value, 100, why, size);
	if (!strcmp(key, "holder")) {
		config->holder = !strcmp(value, "on");
		if (config->holder || !strcmp(value, "off"))
			return 0;
		snprintf(why, size, "holder: \"%.64s\" is neither on nor off", value);
		return -1;
	}
	snprintf(why, size, "unknown key \"%.64s\"", key);
	return -1;
}

static char *trim(char *text)
{
	char *end;

	text += strspn(text, " \t\r\n");
	end = text + strlen(text);
	while (end > text && strchr(" \t\r\n", end[-1]))
		*--end = '\0';
	return text;
}

/* "[partition NAME]" */
static struct pbd_override *section(struct pbd_config *config, char *line, char *why, size_t size)
{
	struct pbd_override *o, **last = &config->overrides;
	char *end = strchr(line, ']'), *name;

	if (!end || *trim(end + 1) || strncmp(line, "[partition", 10) || !strchr(" \t", line[10])) {
		snprintf(why, size, "a section is [partition NAME]");
		return NULL;
	}
	*end = '\0';
	name = trim(line + 10);
	if (!*name || strlen(name) >= sizeof(o->name)) {
		snprintf(why, size, "the section's partition name is empty or too long");
		return NULL;
	}
	for (; *last; last = &(*last)->next) {
		if (!strcmp((*last)->name, name)) {
			snprintf(why, size, "partition \"%.64s\" has a section already", name);
			return NULL;
		}
	}
	o = calloc(1, sizeof(*o));
	if (!o) {
		snprintf(why, size, "out of memory");
		return NULL;
	}
	strcpy(o->name, name);
	*last = o;
	return o;
}

static int load_line(struct pbd_config *config, struct pbd_override **current, char *text,
		     char *why, size_t size)
{
	char *line = trim(text), *value, *key;
	int ret;

	if (!*line || *line == '#' || *line == ';')
		return 0;
	if (*line == '[') {
		*current = section(config, line, why, size);
		return *current ? 0 : -1;
	}
	value = strchr(line, '=');
	if (!value) {
		snprintf(why, size, "neither a section nor KEY = VALUE");
		return -1;
	}
	*value++ = '\0';
	key = trim(line);
	value = trim(value);
	if (!*current)
		return pbd_config_set(config, key, value, why, size);
	ret = set_access(&(*current)->access, &(*current)->set, key, value, why, size);
	if (ret > 0)
		snprintf(why, size, "\"%.64s\" is no key of a partition", key);
	return ret ? -1 : 0;
}

int pbd_config_load(struct pbd_config *config, const char *path, bool must_exist, char *why,
		    size_t size)
{
	struct pbd_override *current = NULL;
	FILE *f = fopen(path, "re");
	char line[1024], what[256];
	unsigned int number = 0;
	int ret = 0;

	if (!f) {
		if (errno == ENOENT && !must_exist)
			return 0;
		snprintf(why, size, "%s: %s", path, strerror(errno));
		return -1;
	}
	while (!ret && fgets(line, sizeof(line), f)) {
		number++;
		if (strlen(line) == sizeof(line) - 1) {
			snprintf(what, sizeof(what), "the line is too long");
			ret = -1;
		} else {
			ret = load_line(config, &current, line, what, sizeof(what));
		}
	}
	if (ret)
		snprintf(why, size, "%s, line %u: %s", path, number, what);
	else if (ferror(f))
		ret = (snprintf(why, size, "%s: cannot be read", path), -1);
	fclose(f);
	return ret;
}

struct pbd_access pbd_config_access(const struct pbd_config *config, const char *name)
{
	struct pbd_access access = config->access;

	for (const struct pbd_override *o = config->overrides; o; o = o->next) {
		if (strcmp(o->name, name))
			continue;
		if (o->set & PBD_SET_OWNER)
			access.owner = o->access.owner;
		if (o->set & PBD_SET_GROUP)
			access.group = o->access.group;
		if (o->set & PBD_SET_MODE)
			access.mode = o->access.mode;
		if (o->set & PBD_SET_ALLOW) {
			memcpy(access.allow, o->access.allow, sizeof(access.allow));
			access.allow_count = o->access.allow_count;
		}
	}
	return access;
}

/* Whom "allow" names must get as far as the daemon, too. */
static int check_access(const struct pbd_access *access, const char *where, char *why,
			size_t size)
{
	if (access->mode & 0022)
		return 0;
	for (unsigned int i = 0; i < access->allow_count; i++) {
		if (!access->allow[i] || access->allow[i] == access->owner)
			continue;
		snprintf(why, size,
			 "%s: allow: with mode %04o user %u cannot reach the socket: say mode = 0660 and a group of that user, or mode = 0666",
			 where, access->mode, access->allow[i]);
		return -1;
	}
	return 0;
}

int pbd_config_check(const struct pbd_config *config, char *why, size_t size)
{
	int ret = check_access(&config->access, "all partitions", why, size);

	for (const struct pbd_override *o = config->overrides; o && !ret; o = o->next) {
		struct pbd_access access = pbd_config_access(config, o->name);

		/* A mode that shuts out whom all others allow is meant so. */
		if (o->set & PBD_SET_ALLOW)
			ret = check_access(&access, o->name, why, size);
	}
	return ret;
}

bool pbd_access_allowed(const struct pbd_access *access, uid_t uid)
{
	if (!uid || uid == access->owner)
		return true;
	for (unsigned int i = 0; i < access->allow_count; i++) {
		if (access->allow[i] == uid)
			return true;
	}
	return false;
}

void pbd_config_free(struct pbd_config *config)
{
	while (config->overrides) {
		struct pbd_override *o = config->overrides;

		config->overrides = o->next;
		free(o);
	}
}
