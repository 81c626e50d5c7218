/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What is in the sections of a channel, and who writes which word.
 *
 * The admin section exists from the offer on:
 *
 *   0                              struct partbus_admin_header
 *   PARTBUS_MBOX_C2S_OFFSET        ring control, mailbox client to server
 *   PARTBUS_MBOX_S2C_OFFSET        ring control, mailbox server to client
 *
 * The data section is made when a contract starts and made anew when a later
 * contract has another geometry (queues, depth, slot size). Its layout follows
 * from the contract alone, so that nothing in it has to be believed:
 *
 *   queue 0: submission ring, completion ring   (each starts on a page)
 *   queue 1: ...
 *   slots of queue 0: depth x slot_size          (page aligned)
 *   slots of queue 1: ...
 *
 * A ring has as many entries as the depth rounded up to a power of two. The
 * tag of a request is the number of its slot within its queue.
 *
 * Lines: mailboxes use the channel's first line. Queue q uses line
 * 1 + (first - 1 + q) mod (lines - 1), in each direction.
 */
#ifndef _UAPI_PARTBUS_CHANNEL_H
#define _UAPI_PARTBUS_CHANNEL_H

#include <partbus/ring.h>

#define PARTBUS_ADMIN_MAGIC		0x4e494d44415f4250ULL	/* bytes "PB_ADMIN" */
#define PARTBUS_MBOX_ENTRY_SIZE		1024u
#define PARTBUS_MBOX_ENTRIES		4u
#define PARTBUS_MBOX_SIZE \
	(sizeof(struct partbus_ring_ctl) + PARTBUS_MBOX_ENTRIES * PARTBUS_MBOX_ENTRY_SIZE)
#define PARTBUS_MBOX_C2S_OFFSET		256u
#define PARTBUS_MBOX_S2C_OFFSET		(PARTBUS_MBOX_C2S_OFFSET + PARTBUS_MBOX_SIZE)
#define PARTBUS_ADMIN_SIZE		(3 * PARTBUS_PAGE_SIZE)

#define PARTBUS_SQE_SIZE		32u
#define PARTBUS_CQE_SIZE		16u

/**
 * struct partbus_admin_header - start of an admin section
 * @magic: PARTBUS_ADMIN_MAGIC, written by the host before the offer
 * @channel: id of the channel, written by the host before the offer
 * @class: PARTBUS_CLASS_*
 */
struct partbus_admin_header {
	__le64 magic;
	__le32 channel;
	__le32 class;
	__u8 reserved[240];
};
PARTBUS_ASSERT_SIZE(partbus_admin_header, 256);
_Static_assert(PARTBUS_MBOX_S2C_OFFSET + PARTBUS_MBOX_SIZE <= PARTBUS_ADMIN_SIZE,
	       "both mailboxes fit");

#endif /* _UAPI_PARTBUS_CHANNEL_H */
