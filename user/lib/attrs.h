/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes of contracts: names, units, and lists of them in netlink
 * messages. Rules of negotiation are the kernel's.
 */
#ifndef PBL_ATTRS_H
#define PBL_ATTRS_H

#include <partbus/contract.h>

#include "error.h"
#include "value.h"

struct nl_msg;
struct nlattr;

/**
 * struct pbl_attr_info - a row of the table
 * @name: as in the CLI and in the kernel's table
 * @json: key in JSON, with the unit where @name does not say it
 * @type: PARTBUS_ATTR_*
 * @class: PARTBUS_CLASS_*, NONE for all
 * @unit: how values are written
 * @any: may it be "none"?
 */
struct pbl_attr_info {
	const char *name;
	const char *json;
	__u16 type;
	__u8 class;
	enum pbl_unit unit;
	bool any;
};

/* Ends with a row without a name. */
extern const struct pbl_attr_info pbl_attr_table[];

const struct pbl_attr_info *pbl_attr_by_type(__u32 type);
/* By the CLI's name or by the JSON key. */
const struct pbl_attr_info *pbl_attr_by_name(const char *name);

struct pbl_attr {
	__u32 type;
	bool has_least;
	bool has_like;
	__u64 least;
	__u64 like;
};

/* More than the protocol has types; what a kernel sends beyond is left out. */
#define PBL_ATTRS_MAX	64

struct pbl_attrs {
	unsigned int count;
	struct pbl_attr item[PBL_ATTRS_MAX];
};

const struct pbl_attr *pbl_attrs_find(const struct pbl_attrs *list, __u32 type);
/* Appends; a type that is there already is an error of the user. */
struct pbl_attr *pbl_attrs_add(struct pbl_attrs *list, const struct pbl_attr_info *info,
			       struct pbl_error *err);
/* Appends what a PARTBUS_A_*_ATTR nest holds. */
void pbl_attrs_decode(struct pbl_attrs *list, struct nlattr *nest);
/* Adds one nest of type @nest_type per attribute. */
int pbl_attrs_encode(const struct pbl_attrs *list, struct nl_msg *msg, int nest_type);
bool pbl_attrs_equal(const struct pbl_attrs *a, const struct pbl_attrs *b);

#endif
