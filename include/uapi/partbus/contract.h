/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Negotiation messages and typed attributes: what crosses the mailboxes of an
 * admin section.
 *
 *   client                                    server
 *     |         INITIALIZE (an ask)           |   only to begin a renegotiation
 *     |<--------------------------------------|
 *     |         INITIALIZE                    |
 *     |-------------------------------------->|
 *     |         INITIALIZE_COMPLETE           |
 *     |<--------------------------------------|
 *     |         REQUEST_BANDWIDTH             |   least and like, per attribute
 *     |-------------------------------------->|
 *     |         REQUEST_BANDWIDTH_COMPLETE    |   granted, offered or refused
 *     |<--------------------------------------|   offered: ask again, bounded
 *     |         START (epoch)                 |   the granted contract, or the old one
 *     |-------------------------------------->|
 *     |         START_COMPLETE (epoch)        |
 *     |<--------------------------------------|
 *
 * A contract has an epoch, given by the server, counting from 1 in the life of
 * a channel. While a renegotiation goes on the old contract stays in force and
 * I/O continues. START with a new epoch is sent only when nothing is in flight;
 * between START and START_COMPLETE there is no I/O. START with the old epoch
 * declines what was offered; no I/O has to stop for it.
 */
#ifndef _UAPI_PARTBUS_CONTRACT_H
#define _UAPI_PARTBUS_CONTRACT_H

#include <partbus/types.h>

enum partbus_neg_type {
	PARTBUS_NEG_INITIALIZE = 1,
	PARTBUS_NEG_INITIALIZE_COMPLETE = 2,
	PARTBUS_NEG_REQUEST_BANDWIDTH = 3,
	PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE = 4,
	PARTBUS_NEG_START = 5,
	PARTBUS_NEG_START_COMPLETE = 6,
	PARTBUS_NEG_TYPE_END		/* one past the last */
};

enum partbus_neg_status {
	PARTBUS_NEG_OK = 0,		/* of INITIALIZE_COMPLETE and START_COMPLETE */
	PARTBUS_NEG_GRANTED = 1,	/* the attributes are the contract */
	PARTBUS_NEG_OFFERED = 2,	/* the attributes are ranges to choose from */
	PARTBUS_NEG_REFUSED = 3,	/* the reason says why */
	PARTBUS_NEG_WITHDRAWN = 4,	/* not even the old contract can go on */
	PARTBUS_NEG_STATUS_END		/* one past the last */
};

#define PARTBUS_NEG_MAX_ROUNDS	8u

/**
 * struct partbus_neg_header - in front of every negotiation message
 * @type: enum partbus_neg_type
 * @length: bytes used, this header and the attributes included
 * @seq: counts the messages of this direction from 1 on
 * @negotiation: number of the negotiation, given by the client and echoed; 0 in
 *	the server's INITIALIZE
 * @round: of REQUEST_BANDWIDTH and its answer, from 1 to PARTBUS_NEG_MAX_ROUNDS
 * @status: enum partbus_neg_status in the three answers
 * @epoch: granted (REQUEST_BANDWIDTH_COMPLETE), wanted (START), in force
 *	(START_COMPLETE)
 * @data_id: START_COMPLETE: number of the data section that this epoch uses
 * @version_min: INITIALIZE: oldest protocol version
 * @version_max: INITIALIZE: newest; INITIALIZE_COMPLETE: the chosen one
 * @class: INITIALIZE: PARTBUS_CLASS_* that the sender expects
 */
struct partbus_neg_header {
	__le16 type;
	__le16 length;
	__le32 seq;
	__le32 negotiation;
	__le16 round;
	__le16 status;
	__le32 epoch;
	__le32 data_id;
	__le32 version_min;
	__le32 version_max;
	__le32 class;
	__u8 reserved[28];
};
PARTBUS_ASSERT_SIZE(partbus_neg_header, 64);

/**
 * struct partbus_attr_header - in front of every attribute
 * @type: PARTBUS_ATTR_*; an unknown one is skipped by its length
 * @length: bytes, this header included, a multiple of 8
 * @reserved: 0
 */
struct partbus_attr_header {
	__le16 type;
	__le16 length;
	__le32 reserved;
};
PARTBUS_ASSERT_SIZE(partbus_attr_header, 8);

/**
 * struct partbus_attr_range - every attribute but the reason
 * @header: type and length
 * @least: request: the least that the client can live with; offer: the least
 *	that can be had; contract: the value
 * @like: request: what it would like, PARTBUS_ATTR_ANY for as much as there
 *	is; offer: the most that can be had; contract: the value again
 */
struct partbus_attr_range {
	struct partbus_attr_header header;
	__le64 least;
	__le64 like;
};
PARTBUS_ASSERT_SIZE(partbus_attr_range, 24);

/**
 * struct partbus_attr_reason - a sentence that goes with a refusal
 * @header: type and length
 * @attr: the attribute that it is about, or 0
 * @reserved: 0
 * @text: terminated
 */
struct partbus_attr_reason {
	struct partbus_attr_header header;
	__le32 attr;
	__le32 reserved;
	__u8 text[PARTBUS_REASON_MAX];
};
PARTBUS_ASSERT_SIZE(partbus_attr_reason, 144);

#define PARTBUS_ATTR_ANY	(~0ULL)	/* as a cap: none */

/* Types: class in the upper byte, 0 for what all classes have. */
#define PARTBUS_ATTR_REASON		0x0001u

#define PARTBUS_ATTR_RESERVE_IOPS	0x0010u	/* normalised requests per second */
#define PARTBUS_ATTR_CAP_IOPS		0x0011u	/* normalised requests per second */
#define PARTBUS_ATTR_RESERVE_BPS	0x0012u	/* bytes per second */
#define PARTBUS_ATTR_CAP_BPS		0x0013u	/* bytes per second */
#define PARTBUS_ATTR_BURST_IOS		0x0014u	/* normalised requests */
#define PARTBUS_ATTR_BURST_BYTES	0x0015u	/* bytes */
#define PARTBUS_ATTR_IO_UNIT		0x0016u	/* bytes that count as one request */
#define PARTBUS_ATTR_WEIGHT		0x0017u	/* 1 to 1000 */
#define PARTBUS_ATTR_PRIORITY		0x0018u	/* 0 (lowest) to 7 */
#define PARTBUS_ATTR_QUEUES		0x0020u
#define PARTBUS_ATTR_DEPTH		0x0021u	/* slots per queue */
#define PARTBUS_ATTR_SLOT_SIZE		0x0022u	/* bytes, a power of two */

#define PARTBUS_ATTR_CAPACITY		0x0101u	/* sectors of 512 bytes */
#define PARTBUS_ATTR_WRITABLE		0x0102u	/* 0 or 1 */
#define PARTBUS_ATTR_LOGICAL_BLOCK	0x0103u	/* bytes */
#define PARTBUS_ATTR_PHYSICAL_BLOCK	0x0104u	/* bytes */
#define PARTBUS_ATTR_WRITE_CACHE	0x0105u	/* 0 or 1: a flush does something */
#define PARTBUS_ATTR_FUA		0x0106u	/* 0 or 1 */
#define PARTBUS_ATTR_DISCARD_MAX	0x0107u	/* sectors per request, 0 for none */
#define PARTBUS_ATTR_DISCARD_GRAIN	0x0108u	/* bytes */
#define PARTBUS_ATTR_ZEROES_MAX		0x0109u	/* sectors per request, 0 for none */
#define PARTBUS_ATTR_ROTATIONAL		0x010au	/* 0 or 1 */

/*
 * Class net. The common caps, reserves and bursts hold for what the client sends,
 * where a request is a packet; these of the class for what it receives.
 */
#define PARTBUS_ATTR_MAC		0x0201u	/* first byte in bits 47 to 40 */
#define PARTBUS_ATTR_MTU		0x0202u	/* bytes, without link headers */
#define PARTBUS_ATTR_SPEED		0x0203u	/* Mbit/s that is reported, 0 for unknown */
#define PARTBUS_ATTR_VLAN		0x0204u	/* PARTBUS_VLAN_*, or the only tag allowed */
#define PARTBUS_ATTR_ANY_MAC		0x0205u	/* 0 or 1: may send from any address */
#define PARTBUS_ATTR_PRIORITY_MAP	0x0206u	/* 4 bits per priority, see below */
#define PARTBUS_ATTR_CSUM		0x0207u	/* 0 or 1: checksums may be left to the peer */
#define PARTBUS_ATTR_TSO		0x0208u	/* 0 or 1: TCP segments, too */
#define PARTBUS_ATTR_USO		0x0209u	/* 0 or 1: UDP segments, too */
#define PARTBUS_ATTR_RX_RESERVE_PPS	0x0210u	/* packets per second */
#define PARTBUS_ATTR_RX_CAP_PPS		0x0211u	/* packets per second */
#define PARTBUS_ATTR_RX_RESERVE_BPS	0x0212u	/* bytes per second */
#define PARTBUS_ATTR_RX_CAP_BPS		0x0213u	/* bytes per second */
#define PARTBUS_ATTR_RX_BURST_PACKETS	0x0214u	/* packets */
#define PARTBUS_ATTR_RX_BURST_BYTES	0x0215u	/* bytes */

#define PARTBUS_VLAN_UNTAGGED	0u	/* frames without a tag only */
#define PARTBUS_VLAN_ALL	4095u	/* frames with any tag, and without */

/*
 * A priority map: bits 4p to 4p+3 name the queue that frames of 802.1p priority p
 * use, modulo the number of queues; PARTBUS_PRIORITY_SPREAD: any of those that no
 * priority names, by flow.
 */
#define PARTBUS_PRIORITY_SPREAD	15u

#endif /* _UAPI_PARTBUS_CONTRACT_H */
