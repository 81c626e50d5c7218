// SPDX-License-Identifier: GPL-2.0
/*
 * What is to be known about every attribute: name, wire type, class, rule and
 * legal values. A new attribute is a row here, an index in contract.h and a
 * type in <partbus/contract.h>.
 */
#include <vmbus/contract.h>

/*
 * Far above any hardware, and far below where sums over all channels of a
 * host would wrap.
 */
#define MAX_IOPS	1000000000ULL
#define MAX_BPS		(1ULL << 44)

/* Bytes of a request fit into 32 bits, as in the block layer. */
#define MAX_SECTORS	(0xffffffffULL >> 9)

/* Byte offsets fit into a signed 64-bit number, as in loff_t. */
#define MAX_CAPACITY	(0x7fffffffffffffffULL >> 9)

#define ROW(index, row_name, row_class, row_rule, row_min, row_max, row_any) \
	[PB_##index] = {					\
		.name = row_name,				\
		.type = PARTBUS_ATTR_##index,			\
		.class = PARTBUS_CLASS_##row_class,		\
		.rule = PB_RULE_##row_rule,			\
		.min = row_min,					\
		.max = row_max,					\
		.any = row_any,					\
	}

const struct pb_attr_info pb_attr_table[PB_ATTR_COUNT] = {
	ROW(RESERVE_IOPS,	"reserve_iops",	  NONE, SHARE, 0, MAX_IOPS, false),
	ROW(CAP_IOPS,		"cap_iops",	  NONE, SHARE, 1, MAX_IOPS, true),
	ROW(RESERVE_BPS,	"reserve_bps",	  NONE, SHARE, 0, MAX_BPS, false),
	ROW(CAP_BPS,		"cap_bps",	  NONE, SHARE, 1, MAX_BPS, true),
	ROW(BURST_IOS,		"burst_ios",	  NONE, SHARE, 1, MAX_IOPS, false),
	ROW(BURST_BYTES,	"burst_bytes",	  NONE, SHARE, 1, MAX_BPS, false),
	ROW(IO_UNIT,		"io_unit",	  NONE, FACT, 512, 1 << 20, false),
	ROW(WEIGHT,		"weight",	  NONE, SHARE, 1, 1000, false),
	ROW(PRIORITY,		"priority",	  NONE, SHARE, 0, 7, false),
	ROW(QUEUES,		"queues",	  NONE, SHARE, 1, PARTBUS_MAX_QUEUES, false),
	ROW(DEPTH,		"depth",	  NONE, SHARE, PARTBUS_MIN_DEPTH,
	    PARTBUS_MAX_DEPTH, false),
	ROW(SLOT_SIZE,		"slot_size",	  NONE, POW2, PARTBUS_MIN_SLOT_SIZE,
	    PARTBUS_MAX_SLOT_SIZE, false),
	ROW(CAPACITY,		"capacity",	  BLOCK, FACT, 0, MAX_CAPACITY, false),
	ROW(WRITABLE,		"writable",	  BLOCK, FACT, 0, 1, false),
	ROW(LOGICAL_BLOCK,	"logical_block",  BLOCK, FACT, 512, PARTBUS_PAGE_SIZE, false),
	ROW(PHYSICAL_BLOCK,	"physical_block", BLOCK, FACT, 512, 1 << 20, false),
	ROW(WRITE_CACHE,	"write_cache",	  BLOCK, FACT, 0, 1, false),
	ROW(FUA,		"fua",		  BLOCK, FACT, 0, 1, false),
	ROW(DISCARD_MAX,	"discard_max",	  BLOCK, FACT, 0, MAX_SECTORS, false),
	ROW(DISCARD_GRAIN,	"discard_grain",  BLOCK, FACT, 0, 0xffffffffULL, false),
	ROW(ZEROES_MAX,		"zeroes_max",	  BLOCK, FACT, 0, MAX_SECTORS, false),
	ROW(ROTATIONAL,		"rotational",	  BLOCK, FACT, 0, 1, false),
};

/**
 * pb_attr_index() - which attribute is it?
 * @type: PARTBUS_ATTR_* from the wire or from netlink
 *
 * Return: enum pb_attr, or -1 for a type that is not known or is no range.
 */
int pb_attr_index(__u16 type)
{
	int i;

	for (i = 0; i < PB_ATTR_COUNT; i++)
		if (pb_attr_table[i].type == type)
			return i;
	return -1;
}

/**
 * pb_attr_of_class() - does a class have an attribute?
 * @attr: enum pb_attr
 * @class: PARTBUS_CLASS_*
 *
 * Return: true for the class's own and for those that all classes have.
 */
bool pb_attr_of_class(int attr, __u32 class)
{
	if (attr < 0 || attr >= PB_ATTR_COUNT)
		return false;
	return pb_attr_table[attr].class == PARTBUS_CLASS_NONE ||
	       pb_attr_table[attr].class == class;
}
