/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Control messages between the host and a partition, over the two control
 * rings of the window. All have the same size; what a type does not use is
 * zero, and a receiver rejects it otherwise.
 */
#ifndef _UAPI_PARTBUS_CTRL_H
#define _UAPI_PARTBUS_CTRL_H

#include <partbus/types.h>

#define PARTBUS_CTRL_MSG_SIZE	256u
#define PARTBUS_CTRL_ENTRIES	64u

enum partbus_ctrl_type {
	PARTBUS_CTRL_HELLO = 1,		/* guest to host */
	PARTBUS_CTRL_HELLO_ACK = 2,	/* host to guest */
	PARTBUS_CTRL_OFFER = 3,		/* host to guest */
	PARTBUS_CTRL_RESCIND = 4,	/* host to guest */
	PARTBUS_CTRL_RELEASED = 5,	/* guest to host: answer to RESCIND */
	PARTBUS_CTRL_DATA_PLACED = 6,	/* host to guest */
	PARTBUS_CTRL_BROKEN = 7,	/* guest to host */
	PARTBUS_CTRL_WITHDRAWN = 8,	/* host to guest, if it has the feature */
	PARTBUS_CTRL_TYPE_END		/* one past the last */
};

/**
 * struct partbus_ctrl_header - in front of every control message
 * @type: enum partbus_ctrl_type
 * @length: bytes used, this header included
 * @seq: counts the messages of this direction in this generation from 1 on
 * @generation: of the attachment that the message belongs to
 */
struct partbus_ctrl_header {
	__le16 type;
	__le16 length;
	__le32 seq;
	__le64 generation;
};
PARTBUS_ASSERT_SIZE(partbus_ctrl_header, 16);

/**
 * struct partbus_ctrl_hello - what the guest is
 * @version_min: oldest protocol version it speaks
 * @version_max: newest protocol version it speaks
 * @compat: compatible features it has
 * @incompat: incompatible features it needs
 * @release: its kernel's release, terminated, for people to read
 */
struct partbus_ctrl_hello {
	__le32 version_min;
	__le32 version_max;
	__le64 compat;
	__le64 incompat;
	__u8 release[64];
	__u8 reserved[40];
};
PARTBUS_ASSERT_SIZE(partbus_ctrl_hello, 128);

/**
 * struct partbus_ctrl_hello_ack - the host's answer to HELLO
 * @status: 0, or enum partbus_ctrl_status why this guest is turned away
 * @version: the version that both ends use from now on
 * @compat: the compatible features that both have
 * @partition_id: the guest's own partition
 */
struct partbus_ctrl_hello_ack {
	__le32 status;
	__le32 version;
	__le64 compat;
	__le32 partition_id;
	__u8 reserved[12];
};
PARTBUS_ASSERT_SIZE(partbus_ctrl_hello_ack, 32);

enum partbus_ctrl_status {
	PARTBUS_CTRL_OK = 0,
	PARTBUS_CTRL_BAD_VERSION = 1,
	PARTBUS_CTRL_BAD_FEATURES = 2,
};

/**
 * struct partbus_ctrl_offer - a channel that the guest may open
 * @channel: its id, never used again in the life of the host's modules
 * @class: PARTBUS_CLASS_*
 * @role: the guest's end, PARTBUS_ROLE_*
 * @peer: partition at the other end
 * @admin_offset: where the admin section is in the window, in bytes
 * @admin_size: bytes of it
 * @line_in: first line on which the guest is told about this channel
 * @line_out: first line on which the guest rings for this channel
 * @resource_uuid: what is at the other end
 * @resource_name: its name, terminated
 * @serial: its serial number, terminated, may be empty
 */
struct partbus_ctrl_offer {
	__le32 channel;
	__le32 class;
	__le32 role;
	__le32 peer;
	__le64 admin_offset;
	__le32 admin_size;
	__le16 line_in;
	__le16 line_out;
	__u8 resource_uuid[PARTBUS_UUID_SIZE];
	__u8 resource_name[PARTBUS_NAME_MAX];
	__u8 serial[32];
	__u8 reserved[32];
};
PARTBUS_ASSERT_SIZE(partbus_ctrl_offer, 176);

/**
 * struct partbus_ctrl_rescind - a channel is taken back
 * @channel: which
 * @reason: PARTBUS_RESCIND_*
 *
 * The guest lets go of the channel's sections and answers RELEASED. The host has
 * stopped to use them already and waits for nothing: the pages just stay in the
 * window until the guest answers, is reset or goes.
 */
struct partbus_ctrl_rescind {
	__le32 channel;
	__le32 reason;
	__u8 reserved[8];
};
PARTBUS_ASSERT_SIZE(partbus_ctrl_rescind, 16);

/**
 * struct partbus_ctrl_released - the guest no longer uses a channel
 * @channel: which
 */
struct partbus_ctrl_released {
	__le32 channel;
	__u8 reserved[12];
};
PARTBUS_ASSERT_SIZE(partbus_ctrl_released, 16);

/**
 * struct partbus_ctrl_data_placed - rings and slots of a channel are mapped
 * @channel: which
 * @data_id: number of this data section; START_COMPLETE names the same
 * @offset: where it is in the window, in bytes
 * @size: bytes of it
 *
 * Sent before START_COMPLETE. The data section placed before stays mapped until
 * the guest has answered with its next START or let go of the channel.
 */
struct partbus_ctrl_data_placed {
	__le32 channel;
	__le32 data_id;
	__le64 offset;
	__le64 size;
	__u8 reserved[8];
};
PARTBUS_ASSERT_SIZE(partbus_ctrl_data_placed, 32);

/**
 * struct partbus_ctrl_broken - the guest's end gave a channel up
 * @channel: which
 * @reason: a sentence, terminated, for people to read
 */
struct partbus_ctrl_broken {
	__le32 channel;
	__u8 reserved[12];
	__u8 reason[PARTBUS_REASON_MAX];
};
PARTBUS_ASSERT_SIZE(partbus_ctrl_broken, 144);

/**
 * struct partbus_ctrl_withdrawn - the guest may not use a resource any more
 * @class: PARTBUS_CLASS_*
 * @resource_uuid: which
 *
 * Sent only to a guest whose HELLO had PARTBUS_COMPAT_WITHDRAWN, when an offer is
 * deleted, be there a channel or not: a client without one would wait for ever for
 * the next. RESCIND is sent for the channel all the same, before or after.
 */
struct partbus_ctrl_withdrawn {
	__le32 class;
	__u8 reserved[12];
	__u8 resource_uuid[PARTBUS_UUID_SIZE];
};
PARTBUS_ASSERT_SIZE(partbus_ctrl_withdrawn, 32);

/**
 * struct partbus_ctrl_msg - one entry of a control ring
 * @header: type, length, sequence number, generation
 * @raw: the payload as bytes
 */
struct partbus_ctrl_msg {
	struct partbus_ctrl_header header;
	union {
		struct partbus_ctrl_hello hello;
		struct partbus_ctrl_hello_ack hello_ack;
		struct partbus_ctrl_offer offer;
		struct partbus_ctrl_rescind rescind;
		struct partbus_ctrl_released released;
		struct partbus_ctrl_data_placed data_placed;
		struct partbus_ctrl_broken broken;
		struct partbus_ctrl_withdrawn withdrawn;
		__u8 raw[PARTBUS_CTRL_MSG_SIZE - sizeof(struct partbus_ctrl_header)];
	};
};
PARTBUS_ASSERT_SIZE(partbus_ctrl_msg, PARTBUS_CTRL_MSG_SIZE);

#endif /* _UAPI_PARTBUS_CTRL_H */
