// SPDX-License-Identifier: GPL-2.0
/*
 * Extended acknowledgements: the sentence, and the name of the attribute that
 * the kernel points at by its offset in our request.
 */
#include <errno.h>
#include <partbus/genl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include "attrs.h"
#include "nl.h"

/* Newer than the headers of some systems that we build on. */
#define MISS_TYPE	5
#define MISS_NEST	6

static const char *attr_name(const struct pbl_attr_set *set, unsigned int type)
{
	return set && type <= set->max ? set->names[type] : NULL;
}

static void append(char *text, size_t size, const struct pbl_attr_set *set, struct nlattr *attr,
		   unsigned int type)
{
	size_t used = strlen(text);
	const char *name = attr_name(set, type);
	struct nlattr *inner;
	int rest;

	/* A contract attribute is known to people by its own name. */
	if (set && attr && set->nested && type <= set->max && set->nested[type] == &pbl_set_attr) {
		nla_for_each_nested(inner, attr, rest) {
			const struct pbl_attr_info *info;

			if (nla_type(inner) != PARTBUS_A_ATTR_TYPE || nla_len(inner) < 4)
				continue;
			info = pbl_attr_by_type(nla_get_u32(inner));
			if (info)
				name = info->name;
		}
	}
	if (name)
		snprintf(text + used, size - used, "%s%s", used ? " " : "", name);
	else
		snprintf(text + used, size - used, "%s%u", used ? " " : "", type);
}

/* Walks down to the attribute at @offset, collecting names. */
static bool locate(char *text, size_t size, const struct pbl_attr_set *set, struct nlattr *head,
		   int length, const unsigned char *base, uint32_t offset)
{
	struct nlattr *attr;
	int rest;

	nla_for_each_attr(attr, head, length, rest) {
		uint32_t start = (const unsigned char *)attr - base;
		uint32_t end = start + attr->nla_len;
		unsigned int type = nla_type(attr);
		const struct pbl_attr_set *nested;

		if (offset < start || offset >= end)
			continue;
		append(text, size, set, attr, type);
		nested = set && set->nested && type <= set->max ? set->nested[type] : NULL;
		if (offset > start && nested)
			locate(text, size, nested, nla_data(attr), nla_len(attr), base, offset);
		return true;
	}
	return false;
}

static void name_offender(struct pbl_error *err, const struct pbl_attr_set *set,
			  const struct nlmsghdr *request, struct nlattr *offs,
			  struct nlattr *miss, struct nlattr *nest)
{
	struct nlmsghdr *req = (struct nlmsghdr *)request;
	int header = NLMSG_HDRLEN + GENL_HDRLEN;
	struct nlattr *head = (struct nlattr *)((char *)req + header);
	int length = (int)req->nlmsg_len - header;
	uint32_t value;

	err->attr[0] = '\0';
	if (length < 0)
		return;
	if (offs && pbl_get_u32(offs, &value)) {
		locate(err->attr, sizeof(err->attr), set, head, length, (void *)req, value);
	} else if (miss && pbl_get_u32(miss, &value)) {
		uint32_t where;

		if (nest && pbl_get_u32(nest, &where)) {
			locate(err->attr, sizeof(err->attr), set, head, length, (void *)req, where);
			append(err->attr, sizeof(err->attr), &pbl_set_attr, NULL, value);
		} else {
			append(err->attr, sizeof(err->attr), set, NULL, value);
		}
		strncat(err->attr, " is missing", sizeof(err->attr) - strlen(err->attr) - 1);
	}
}

int pbl_extack_parse(const struct nlmsghdr *answer, const struct nlmsghdr *request,
		     const struct pbl_attr_set *set, struct pbl_error *err)
{
	struct nlattr *attr, *text = NULL, *offs = NULL, *miss = NULL, *nest = NULL;
	unsigned int payload = answer->nlmsg_len - NLMSG_HDRLEN, skip = sizeof(int);
	char *data = NLMSG_DATA(answer);
	int number, rest;

	if (answer->nlmsg_len < NLMSG_HDRLEN + sizeof(int)) {
		/* Old kernels end a dump without a number. */
		if (answer->nlmsg_type == NLMSG_DONE)
			return 0;
		return pbl_error_set(err, PBL_REFUSED, EPROTO, "the kernel's answer is cut short");
	}
	memcpy(&number, data, sizeof(number));
	if (number >= 0)
		return 0;
	number = number < -4095 ? EPROTO : -number;

	if (answer->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = (const void *)data;

		skip = sizeof(*e);
		if (payload >= skip && !(answer->nlmsg_flags & NLM_F_CAPPED) &&
		    e->msg.nlmsg_len >= NLMSG_HDRLEN)
			skip += e->msg.nlmsg_len - NLMSG_HDRLEN;
	}
	skip = NLMSG_ALIGN(skip);
	pbl_error_set(err, pbl_exit_of_errno(number), number, "the kernel refused");
	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS) || skip >= payload || skip < sizeof(int))
		return -number;

	nla_for_each_attr(attr, (struct nlattr *)(data + skip), (int)(payload - skip), rest) {
		switch (nla_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			text = attr;
			break;
		case NLMSGERR_ATTR_OFFS:
			offs = attr;
			break;
		case MISS_TYPE:
			miss = attr;
			break;
		case MISS_NEST:
			nest = attr;
			break;
		}
	}
	if (err) {
		if (text)
			pbl_get_text(text, err->text, sizeof(err->text));
		name_offender(err, set, request, offs, miss, nest);
	}
	return -number;
}
