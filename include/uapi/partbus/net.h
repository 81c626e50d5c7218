/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Requests and completions of class net: the entries of its submission and
 * completion rings, and what is in a slot. Frames of both directions use the slots
 * of the client: SEND has one filled, RECEIVE has one to be filled.
 *
 *   slot:  struct partbus_net_header, the frame from its link header on
 *
 * The server answers SENDs of one queue in the order in which they came, and fills
 * the RECEIVEs of one queue in the order of its frames; between the two, and
 * between queues, there is no order.
 */
#ifndef _UAPI_PARTBUS_NET_H
#define _UAPI_PARTBUS_NET_H

#include <partbus/channel.h>

enum partbus_net_op {
	PARTBUS_NET_SEND = 1,		/* take the frame in the slot */
	PARTBUS_NET_RECEIVE = 2,	/* put the next frame into the slot */
	PARTBUS_NET_LINK = 3,		/* answer when the link is not as said */
	PARTBUS_NET_FILTER = 4,		/* what the client wants to receive */
	PARTBUS_NET_DRAIN = 5,		/* give everything of this queue back */
	PARTBUS_NET_OP_END		/* one past the last */
};

#define PARTBUS_NET_F_TELL	(1u << 0)	/* SEND: ring when it is over; else whenever */
#define PARTBUS_NET_F_UP	(1u << 0)	/* LINK: the client takes it for up */
#define PARTBUS_NET_F_PROMISC	(1u << 0)	/* FILTER: every frame */
#define PARTBUS_NET_F_ALLMULTI	(1u << 1)	/* FILTER: every frame to a group */

enum partbus_net_status {
	PARTBUS_NET_S_OK = 0,
	PARTBUS_NET_S_RETURNED = 1,	/* not used: of RECEIVE, LINK and SEND before a DRAIN */
	PARTBUS_NET_S_DROPPED = 2,	/* SEND: not allowed by the contract, or malformed */
	PARTBUS_NET_S_END		/* one past the last */
};

/* In the slot, in front of the frame. */
#define PARTBUS_NET_HEADER_SIZE	16u
/* Link header with a VLAN tag. */
#define PARTBUS_NET_LINK_SIZE	18u
/* What a slot needs beside the MTU. */
#define PARTBUS_NET_OVERHEAD	(PARTBUS_NET_HEADER_SIZE + PARTBUS_NET_LINK_SIZE)
/* No frame is longer, whatever a slot could hold. */
#define PARTBUS_NET_FRAME_MAX	(65535u + PARTBUS_NET_LINK_SIZE)
#define PARTBUS_NET_FRAME_MIN	14u
/* Addresses in the slot of a FILTER, 6 bytes each. */
#define PARTBUS_NET_FILTER_MAX	64u
/* Slots that a queue must have for both directions. */
#define PARTBUS_NET_MIN_DEPTH	8u
/* First byte of the address of the provider's end; the others are the client's. */
#define PARTBUS_NET_PEER_PREFIX	0xfeu

/* Bits of @flags and values of @gso_type, as those of virtio 1.1, section 5.1.6. */
#define PARTBUS_NET_HDR_NEEDS_CSUM	1u	/* the checksum is to be completed */
#define PARTBUS_NET_HDR_DATA_VALID	2u	/* to the client: it was found right */
#define PARTBUS_NET_GSO_NONE		0u
#define PARTBUS_NET_GSO_TCPV4		1u
#define PARTBUS_NET_GSO_TCPV6		4u
#define PARTBUS_NET_GSO_UDP_L4		5u
#define PARTBUS_NET_GSO_ECN		0x80u

/**
 * struct partbus_net_header - what is to be known of a frame's offloads
 * @flags: PARTBUS_NET_HDR_*
 * @gso_type: PARTBUS_NET_GSO_*
 * @hdr_len: with GSO how much of the frame is headers, exactly; else 0
 * @gso_size: payload of a segment, 0 without GSO
 * @csum_start: of the frame, from where on it is summed up
 * @csum_offset: from there, where the sum goes
 * @reserved: 0
 *
 * The first 10 bytes are those of a struct virtio_net_hdr.
 */
struct partbus_net_header {
	__u8 flags;
	__u8 gso_type;
	__le16 hdr_len;
	__le16 gso_size;
	__le16 csum_start;
	__le16 csum_offset;
	__u8 reserved[6];
};
PARTBUS_ASSERT_SIZE(partbus_net_header, PARTBUS_NET_HEADER_SIZE);
PARTBUS_ASSERT_OFFSET(partbus_net_header, csum_offset, 8);

/**
 * struct partbus_net_req - a submission
 * @op: enum partbus_net_op
 * @flags: PARTBUS_NET_F_*
 * @tag: the slot, below the depth
 * @length: SEND: bytes of the frame; FILTER: bytes of the addresses behind where a
 *	header would be; otherwise 0
 * @reserved: 0
 *
 * LINK and FILTER go over queue 0.
 */
struct partbus_net_req {
	__u8 op;
	__u8 flags;
	__le16 tag;
	__le32 length;
	__u8 reserved[24];
};
PARTBUS_ASSERT_SIZE(partbus_net_req, PARTBUS_SQE_SIZE);

/**
 * struct partbus_net_done - a completion
 * @tag: of the request that is over
 * @status: enum partbus_net_status
 * @length: RECEIVE: bytes of the frame; LINK: 1 for up, 0 for down; otherwise 0,
 *	and 0 with another status than OK
 * @reserved: 0
 */
struct partbus_net_done {
	__le16 tag;
	__le16 status;
	__le32 length;
	__u8 reserved[8];
};
PARTBUS_ASSERT_SIZE(partbus_net_done, PARTBUS_CQE_SIZE);

#endif /* _UAPI_PARTBUS_NET_H */
