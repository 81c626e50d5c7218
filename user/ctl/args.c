// SPDX-License-Identifier: GPL-2.0
/* Words of the command line. Full words only; unknown ones are quoted back. */
#include <string.h>

#include "ctl.h"

const char *args_peek(const struct args *a)
{
	return a->at < a->count ? a->word[a->at] : NULL;
}

const char *args_next(struct args *a)
{
	return a->at < a->count ? a->word[a->at++] : NULL;
}

const char *args_need(struct ctl *c, struct args *a, const char *what)
{
	const char *word = args_next(a);

	if (!word)
		pbl_usage(&c->err, "%s is missing", what);
	return word;
}

int args_pair(struct ctl *c, struct args *a, const char **key, const char **value)
{
	*key = args_next(a);
	if (!*key)
		return 0;
	*value = args_next(a);
	if (!*value)
		return pbl_usage(&c->err, "\"%s\" needs a value, or is unknown", *key);
	return 1;
}

int args_end(struct ctl *c, struct args *a)
{
	return args_peek(a) ? args_unknown(c, args_peek(a)) : 0;
}

int args_unknown(struct ctl *c, const char *word)
{
	return pbl_usage(&c->err, "unknown word \"%.64s\"", word);
}

int args_once(struct ctl *c, unsigned int *seen, unsigned int n, const char *key)
{
	if (*seen & (1u << n))
		return pbl_usage(&c->err, "%s is given twice", key);
	*seen |= 1u << n;
	return 0;
}

int args_text(struct ctl *c, const char *key, const char *value, char *field, size_t size)
{
	if (!*value)
		return pbl_usage(&c->err, "%s is empty", key);
	if (strlen(value) >= size)
		return pbl_usage(&c->err, "%s is longer than %zu characters", key, size - 1);
	strcpy(field, value);
	return 0;
}

int args_name(struct ctl *c, const char *key, const char *value, char *field, size_t size)
{
	/*
	 * Names become file names (NAME.sock) and words of this grammar: what
	 * would be misread there never gets into the kernel by our hand.
	 */
	if (strspn(value, "abcdefghijklmnopqrstuvwxyz"
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
	    strlen(value) || value[0] == '.' || value[0] == '-')
		return pbl_usage(&c->err, "%s: \"%.64s\" is no name: letters, digits and ._- only, "
				 "and no dot or dash in front", key, value);
	if (pbl_all_digits(value))
		return pbl_usage(&c->err, "%s: \"%.64s\" would be taken for a number", key, value);
	if (!strcmp(value, "root"))
		return pbl_usage(&c->err, "%s: \"root\" is the host itself", key);
	return args_text(c, key, value, field, size);
}

int args_attr(struct ctl *c, const char *key, const char *value, struct pbl_attrs *attrs)
{
	const struct pbl_attr_info *info = pbl_attr_by_name(key);
	struct pbl_attr *attr;
	__u64 v;

	if (!info)
		return 0;
	if (pbl_parse_unit(info->unit, info->any, info->name, value, &v, &c->err))
		return -1;
	attr = pbl_attrs_add(attrs, info, &c->err);
	if (!attr)
		return -1;
	attr->like = v;
	attr->has_like = true;
	return 1;
}
