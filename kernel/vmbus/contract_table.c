// SPDX-License-Identifier: GPL-2.0
/*
 * What is to be known about every attribute: name, wire type, class, rule and
 * legal values, and what its class asks of it besides. A new attribute is a row
 * here, an index in contract.h and a type in <partbus/contract.h>.
 */
#include <vmbus/contract.h>

#include <partbus/net.h>

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

#define MAX_MAC		((1ULL << 48) - 1)

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
	ROW(MAC,		"mac",		  NET, GIVEN, 1, MAX_MAC, false),
	ROW(MTU,		"mtu",		  NET, SHARE, 68, 65535, false),
	ROW(SPEED,		"speed",	  NET, GIVEN, 0, 10000000, false),
	ROW(VLAN,		"vlan",		  NET, GIVEN, PARTBUS_VLAN_UNTAGGED,
	    PARTBUS_VLAN_ALL, false),
	ROW(ANY_MAC,		"any_mac",	  NET, GIVEN, 0, 1, false),
	ROW(PRIORITY_MAP,	"priority_map",	  NET, GIVEN, 0, 0xffffffffULL, false),
	ROW(CSUM,		"csum",		  NET, SHARE, 0, 1, false),
	ROW(TSO,		"tso",		  NET, SHARE, 0, 1, false),
	ROW(USO,		"uso",		  NET, SHARE, 0, 1, false),
	ROW(RX_RESERVE_PPS,	"rx_reserve_pps", NET, SHARE, 0, MAX_IOPS, false),
	ROW(RX_CAP_PPS,		"rx_cap_pps",	  NET, SHARE, 1, MAX_IOPS, true),
	ROW(RX_RESERVE_BPS,	"rx_reserve_bps", NET, SHARE, 0, MAX_BPS, false),
	ROW(RX_CAP_BPS,		"rx_cap_bps",	  NET, SHARE, 1, MAX_BPS, true),
	ROW(RX_BURST_PACKETS,	"rx_burst_packets", NET, SHARE, 1, MAX_IOPS, false),
	ROW(RX_BURST_BYTES,	"rx_burst_bytes", NET, SHARE, 1, MAX_BPS, false),
};

const struct pb_attr_limit pb_attr_limits[PB_ATTR_LIMITS] = {
	{ PB_RESERVE_IOPS, PB_CAP_IOPS, PB_BURST_IOS },
	{ PB_RESERVE_BPS, PB_CAP_BPS, PB_BURST_BYTES },
	{ PB_RX_RESERVE_PPS, PB_RX_CAP_PPS, PB_RX_BURST_PACKETS },
	{ PB_RX_RESERVE_BPS, PB_RX_CAP_BPS, PB_RX_BURST_BYTES },
};

#define MAC_FIRST(byte)	((__u64)(byte) << 40)

const struct pb_attr_law pb_attr_laws[] = {
	{ PARTBUS_CLASS_BLOCK, PB_LAW_POW2, .attr = PB_LOGICAL_BLOCK,
	  .text = "is not a power of two" },
	{ PARTBUS_CLASS_BLOCK, PB_LAW_POW2, .attr = PB_PHYSICAL_BLOCK,
	  .text = "is not a power of two" },
	{ PARTBUS_CLASS_BLOCK, PB_LAW_FITS, .attr = PB_LOGICAL_BLOCK, .other = PB_PHYSICAL_BLOCK,
	  .text = "is above the physical block size" },
	{ PARTBUS_CLASS_NET, PB_LAW_NOT, .attr = PB_MAC,
	  .mask = MAC_FIRST(1), .number = MAC_FIRST(1),
	  .text = "is the address of a group" },
	{ PARTBUS_CLASS_NET, PB_LAW_NOT, .attr = PB_MAC,
	  .mask = MAC_FIRST(0xff), .number = MAC_FIRST(PARTBUS_NET_PEER_PREFIX),
	  .text = "begins with fe, which is for the provider's end" },
	{ PARTBUS_CLASS_NET, PB_LAW_FITS, .attr = PB_MTU, .other = PB_SLOT_SIZE,
	  .number = PARTBUS_NET_OVERHEAD,
	  .text = "a frame of this size does not fit into slot_size" },
	{ PARTBUS_CLASS_NET, PB_LAW_LEAST, .attr = PB_DEPTH, .number = PARTBUS_NET_MIN_DEPTH,
	  .text = "is too little for frames in both directions" },
	{ }
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

/**
 * pb_attr_stated() - does the server alone say what the value is?
 * @attr: enum pb_attr
 *
 * Return: true for facts and for what an administrator gives.
 */
bool pb_attr_stated(int attr)
{
	return pb_attr_table[attr].rule == PB_RULE_FACT ||
	       pb_attr_table[attr].rule == PB_RULE_GIVEN;
}
