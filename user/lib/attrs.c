// SPDX-License-Identifier: GPL-2.0
/*
 * The table of contract attributes and its use in netlink messages. The names
 * are those of the kernel's table; a unit test compares the two.
 */
#include "attrs.h"

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <partbus/genl.h>
#include <string.h>

#define ROW(name_, json_, type_, class_, unit_, any_) \
	{ name_, json_, PARTBUS_ATTR_##type_, PARTBUS_CLASS_##class_, PBL_UNIT_##unit_, any_ }

const struct pbl_attr_info pbl_attr_table[] = {
	ROW("reserve_iops", "reserve_iops", RESERVE_IOPS, NONE, PER_SEC, false),
	ROW("cap_iops", "cap_iops", CAP_IOPS, NONE, PER_SEC, true),
	ROW("reserve_bps", "reserve_bytes_per_sec", RESERVE_BPS, NONE, BYTES_SEC, false),
	ROW("cap_bps", "cap_bytes_per_sec", CAP_BPS, NONE, BYTES_SEC, true),
	ROW("burst_ios", "burst_ios", BURST_IOS, NONE, COUNT, false),
	ROW("burst_bytes", "burst_bytes", BURST_BYTES, NONE, BYTES, false),
	ROW("io_unit", "io_unit_bytes", IO_UNIT, NONE, BYTES, false),
	ROW("weight", "weight", WEIGHT, NONE, COUNT, false),
	ROW("priority", "priority", PRIORITY, NONE, COUNT, false),
	ROW("queues", "queues", QUEUES, NONE, COUNT, false),
	ROW("depth", "depth", DEPTH, NONE, COUNT, false),
	ROW("slot_size", "slot_size_bytes", SLOT_SIZE, NONE, BYTES, false),
	ROW("capacity", "capacity_sectors", CAPACITY, BLOCK, SECTORS, false),
	ROW("writable", "writable", WRITABLE, BLOCK, SWITCH, false),
	ROW("logical_block", "logical_block_bytes", LOGICAL_BLOCK, BLOCK, BYTES, false),
	ROW("physical_block", "physical_block_bytes", PHYSICAL_BLOCK, BLOCK, BYTES, false),
	ROW("write_cache", "write_cache", WRITE_CACHE, BLOCK, SWITCH, false),
	ROW("fua", "fua", FUA, BLOCK, SWITCH, false),
	ROW("discard_max", "discard_max_sectors", DISCARD_MAX, BLOCK, SECTORS, false),
	ROW("discard_grain", "discard_grain_bytes", DISCARD_GRAIN, BLOCK, BYTES, false),
	ROW("zeroes_max", "zeroes_max_sectors", ZEROES_MAX, BLOCK, SECTORS, false),
	ROW("rotational", "rotational", ROTATIONAL, BLOCK, SWITCH, false),
	ROW("mac", "mac", MAC, NET, MAC, false),
	ROW("mtu", "mtu_bytes", MTU, NET, COUNT, false),
	ROW("speed", "speed_mbit_per_sec", SPEED, NET, COUNT, false),
	ROW("vlan", "vlan", VLAN, NET, COUNT, false),
	ROW("any_mac", "any_mac", ANY_MAC, NET, SWITCH, false),
	ROW("priority_map", "priority_map", PRIORITY_MAP, NET, HEX, false),
	ROW("csum", "csum", CSUM, NET, SWITCH, false),
	ROW("tso", "tso", TSO, NET, SWITCH, false),
	ROW("uso", "uso", USO, NET, SWITCH, false),
	ROW("rx_reserve_pps", "rx_reserve_packets_per_sec", RX_RESERVE_PPS, NET, PER_SEC, false),
	ROW("rx_cap_pps", "rx_cap_packets_per_sec", RX_CAP_PPS, NET, PER_SEC, true),
	ROW("rx_reserve_bps", "rx_reserve_bytes_per_sec", RX_RESERVE_BPS, NET, BYTES_SEC, false),
	ROW("rx_cap_bps", "rx_cap_bytes_per_sec", RX_CAP_BPS, NET, BYTES_SEC, true),
	ROW("rx_burst_packets", "rx_burst_packets", RX_BURST_PACKETS, NET, COUNT, false),
	ROW("rx_burst_bytes", "rx_burst_bytes", RX_BURST_BYTES, NET, BYTES, false),
	{ 0 }
};

const struct pbl_attr_info *pbl_attr_by_type(__u32 type)
{
	for (const struct pbl_attr_info *row = pbl_attr_table; row->name; row++) {
		if (row->type == type)
			return row;
	}
	return NULL;
}

const struct pbl_attr_info *pbl_attr_by_name(const char *name)
{
	for (const struct pbl_attr_info *row = pbl_attr_table; row->name; row++) {
		if (!strcmp(row->name, name) || !strcmp(row->json, name))
			return row;
	}
	return NULL;
}

const struct pbl_attr *pbl_attrs_find(const struct pbl_attrs *list, __u32 type)
{
	for (unsigned int i = 0; i < list->count; i++) {
		if (list->item[i].type == type)
			return &list->item[i];
	}
	return NULL;
}

struct pbl_attr *pbl_attrs_add(struct pbl_attrs *list, const struct pbl_attr_info *info,
			       struct pbl_error *err)
{
	struct pbl_attr *attr;

	if (pbl_attrs_find(list, info->type)) {
		pbl_usage(err, "%s is given twice", info->name);
		return NULL;
	}
	if (list->count == PBL_ATTRS_MAX) {
		pbl_usage(err, "too many attributes");
		return NULL;
	}
	attr = &list->item[list->count++];
	memset(attr, 0, sizeof(*attr));
	attr->type = info->type;
	return attr;
}

void pbl_attrs_decode(struct pbl_attrs *list, struct nlattr *nest)
{
	struct pbl_attr attr = { 0 };
	struct nlattr *a;
	bool typed = false;
	int rest;

	nla_for_each_nested(a, nest, rest) {
		switch (nla_type(a)) {
		case PARTBUS_A_ATTR_TYPE:
			if (nla_len(a) < 4)
				break;
			attr.type = nla_get_u32(a);
			typed = true;
			break;
		case PARTBUS_A_ATTR_LEAST:
			if (nla_len(a) < 8)
				break;
			attr.least = nla_get_u64(a);
			attr.has_least = true;
			break;
		case PARTBUS_A_ATTR_LIKE:
			if (nla_len(a) < 8)
				break;
			attr.like = nla_get_u64(a);
			attr.has_like = true;
			break;
		}
	}
	if (typed && list->count < PBL_ATTRS_MAX && !pbl_attrs_find(list, attr.type))
		list->item[list->count++] = attr;
}

int pbl_attrs_encode(const struct pbl_attrs *list, struct nl_msg *msg, int nest_type)
{
	for (unsigned int i = 0; i < list->count; i++) {
		const struct pbl_attr *attr = &list->item[i];
		struct nlattr *nest = nla_nest_start(msg, nest_type | NLA_F_NESTED);

		if (!nest || nla_put_u32(msg, PARTBUS_A_ATTR_TYPE, attr->type) ||
		    (attr->has_least && nla_put_u64(msg, PARTBUS_A_ATTR_LEAST, attr->least)) ||
		    (attr->has_like && nla_put_u64(msg, PARTBUS_A_ATTR_LIKE, attr->like)))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

bool pbl_attrs_equal(const struct pbl_attrs *a, const struct pbl_attrs *b)
{
	if (a->count != b->count)
		return false;
	for (unsigned int i = 0; i < a->count; i++) {
		const struct pbl_attr *x = &a->item[i], *y = pbl_attrs_find(b, x->type);

		if (!y || x->has_like != y->has_like || x->like != y->like)
			return false;
	}
	return true;
}
