// SPDX-License-Identifier: GPL-2.0
/* What the provider can do wrongly to a NIC, and what the client must say. */
#include "provider.h"

#define FIELD(type, member, v)						\
	.offset = offsetof(struct type, member),			\
	.size = sizeof(((struct type *)0)->member), .value = v
#define SENT(member, v)		.trick = TRICK_SENT, FIELD(partbus_net_done, member, v)
#define RECEIVED(member, v)	.trick = TRICK_RECEIVED, FIELD(partbus_net_done, member, v)
#define LINK(member, v)		.trick = TRICK_LINK, FIELD(partbus_net_done, member, v)
#define FRAME(member, v)	.trick = TRICK_FRAME, FIELD(partbus_net_header, member, v)
#define A(row_attr, row_trick, v)					\
	.type = PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE, .trick = TRICK_##row_trick,	\
	.attr = PARTBUS_ATTR_##row_attr, .value = v

#define ILLEGAL	": has a value in the contract that is not legal"
#define COMPLETION "completion on queue 0: "
#define ROOM	(PROVIDER_SLOT_SIZE - PARTBUS_NET_HEADER_SIZE)

const struct provider_mode provider_nic_modes[] = {
	{ "nic: good", .reason = NULL },

	{ "nic: mac missing", A(MAC, ATTR_MISSING, 0),
	  .reason = "mac: is missing in the contract" },
	{ "nic: mac 0", A(MAC, ATTR, 0), .reason = "mac" ILLEGAL },
	{ "nic: mac of 49 bits", A(MAC, ATTR, 1ULL << 48), .reason = "mac" ILLEGAL },
	{ "nic: mac of a group", A(MAC, ATTR, 0x010000000001ULL),
	  .reason = "mac: is the address of a group" },
	{ "nic: mac of a port", A(MAC, ATTR, 0xfe0000000001ULL), .reason = "mac: begins with fe" },
	{ "nic: mtu 67", A(MTU, ATTR, 67), .reason = "mtu" ILLEGAL },
	{ "nic: mtu beyond the slot", A(MTU, ATTR, PROVIDER_SLOT_SIZE),
	  .reason = "mtu: a frame of this size does not fit into slot_size" },
	{ "nic: depth 4", A(DEPTH, ATTR, 4), .reason = "depth" },
	{ "nic: vlan 4096", A(VLAN, ATTR, 4096), .reason = "vlan" ILLEGAL },
	{ "nic: csum 2", A(CSUM, ATTR, 2), .reason = "csum" ILLEGAL },
	{ "nic: map of 33 bits", A(PRIORITY_MAP, ATTR, 1ULL << 32),
	  .reason = "priority_map" ILLEGAL },

	{ "nic: sent, tag of the depth", SENT(tag, PROVIDER_NIC_DEPTH),
	  .reason = COMPLETION "a tag beyond the depth" },
	{ "nic: sent, tag ffff", SENT(tag, 0xffff),
	  .reason = COMPLETION "a tag beyond the depth" },
	{ "nic: sent twice", .trick = TRICK_TWICE,
	  .reason = COMPLETION "a tag that is not in flight" },
	{ "nic: sent, status 3", SENT(status, 3),
	  .reason = COMPLETION "a status that the operation does not have" },
	{ "nic: sent, length 1", SENT(length, 1), .reason = COMPLETION "a length that cannot be" },
	{ "nic: sent, reserved", SENT(reserved, 1ULL << 63),
	  .reason = COMPLETION "reserved bytes that are not zero" },
	{ "nic: comes back unasked", .trick = TRICK_RETURNED,
	  .reason = COMPLETION "something that comes back without a DRAIN" },
	{ "nic: received, dropped", RECEIVED(status, PARTBUS_NET_S_DROPPED),
	  .reason = COMPLETION "a status that the operation does not have" },
	{ "nic: received, returned", RECEIVED(status, PARTBUS_NET_S_RETURNED),
	  .reason = COMPLETION "something that comes back without a DRAIN" },
	{ "nic: received, length 0", RECEIVED(length, 0),
	  .reason = COMPLETION "a length that cannot be" },
	{ "nic: received, length 13", RECEIVED(length, 13),
	  .reason = COMPLETION "a length that cannot be" },
	{ "nic: received, beyond the slot", RECEIVED(length, ROOM + 1),
	  .reason = COMPLETION "a length that cannot be" },
	{ "nic: received, length ffffffff", RECEIVED(length, 0xffffffff),
	  .reason = COMPLETION "a length that cannot be" },
	{ "nic: link 2", LINK(length, 2), .reason = COMPLETION "a length that cannot be" },
	{ "nic: link dropped", LINK(status, PARTBUS_NET_S_DROPPED),
	  .reason = COMPLETION "a status that the operation does not have" },
	{ "nic: drained at once", .trick = TRICK_EARLY,
	  .reason = COMPLETION "a DRAIN is answered, and not everything came back" },

	{ "nic: frame, unknown flag", FRAME(flags, 0x80),
	  .reason = COMPLETION "flags that are unknown or contradict each other" },
	{ "nic: frame, sum open and right", FRAME(flags, 3),
	  .reason = COMPLETION "flags that are unknown or contradict each other" },
	{ "nic: frame, sum of the link header", FRAME(flags, PARTBUS_NET_HDR_NEEDS_CSUM),
	  .reason = COMPLETION "a checksum outside the frame" },
	{ "nic: frame, place without a sum", FRAME(csum_offset, 16),
	  .reason = COMPLETION "a place for a checksum that is not open" },
	{ "nic: frame, fragments", FRAME(gso_type, 3),
	  .reason = COMPLETION "segments of a kind that is unknown or not agreed on" },
	{ "nic: frame, segments of UDP", FRAME(gso_type, PARTBUS_NET_GSO_UDP_L4),
	  .reason = COMPLETION "segments of a kind that is unknown or not agreed on" },
	{ "nic: frame, segments without sums", FRAME(gso_type, PARTBUS_NET_GSO_TCPV4),
	  .reason = COMPLETION "segments without checksums to be completed" },
	{ "nic: frame, size of no segments", FRAME(gso_size, 1448),
	  .reason = COMPLETION "a size of segments without segments" },
	{ "nic: frame, headers of no segments", FRAME(hdr_len, 54),
	  .reason = COMPLETION "headers of segments without segments" },
	{ "nic: frame, reserved", FRAME(reserved, 1),
	  .reason = COMPLETION "reserved bytes in a header that are not zero" },
	{ "nic: frame, found right", FRAME(flags, PARTBUS_NET_HDR_DATA_VALID) },

	{ "nic: completions far ahead", .trick = TRICK_AHEAD,
	  .reason = COMPLETION "an impossible index" },
	{ "nic: completions backwards", .trick = TRICK_BACK,
	  .reason = COMPLETION "an impossible index" },
	{ "nic: answered and not taken", .trick = TRICK_NOT_TAKEN,
	  .reason = "submission ring of queue 0: error -28" },
	{ "nic: taken far ahead", .trick = TRICK_TAKEN_AHEAD,
	  .reason = "submission ring of queue 0: error -71" },
	{ "nic: random words over the rings", .trick = TRICK_SCRIBBLE, .reason = "" },

	{ "nic: interrupts without an end", .trick = TRICK_STORM },
	{ "nic: asks without an end", .trick = TRICK_ASKS },
	{ }
};
