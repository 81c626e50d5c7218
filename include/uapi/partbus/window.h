/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The first pages of a window, and how a guest attaches to it.
 *
 *   page 0      struct partbus_window_header
 *   then        control ring host to guest, control ring guest to host
 *   then        the partition's own rows of the resource database (a copy)
 *   then        sections, placed by the host
 *
 * The head ends, and sections may begin, at @db_offset + @db_size. The control
 * rings lie in it, behind page 0 and apart from one another; a guest refuses a
 * window of which that is not so.
 *
 * Attaching: the rings of a window cannot be trusted after a reset, since
 * nobody knows how far the former guest came. So the guest first writes a
 * fresh non-zero number into @hello_nonce and rings line 0 until the host
 * answers with the same number in @hello_ack. By then the host has taken
 * everything of the old generation down, cleared both rings and written a
 * new @generation. Only then does the guest touch the rings; the first message
 * is HELLO. A guest that lets go writes 0 into @hello_nonce and waits for 0.
 */
#ifndef _UAPI_PARTBUS_WINDOW_H
#define _UAPI_PARTBUS_WINDOW_H

#include <partbus/types.h>

#define PARTBUS_WINDOW_MAGIC	0x5355425452415021ULL	/* bytes "!PARTBUS" */

/**
 * struct partbus_window_header - page 0 of a window
 * @magic: PARTBUS_WINDOW_MAGIC
 * @version_min: oldest protocol version the host speaks
 * @version_max: newest protocol version the host speaks
 * @window_size: bytes in the window
 * @partition_id: id of the partition that the window belongs to
 * @lines: lines wired in each direction; the guest may not enable more vectors
 * @host_peer: ivshmem peer id to which the guest rings
 * @ctrl_entries: entries in each control ring, a power of two
 * @ctrl_h2g_offset: where the ring from host to guest is, in bytes
 * @ctrl_g2h_offset: where the ring from guest to host is, in bytes
 * @db_offset: where the copy of the resource rows is, in bytes
 * @db_size: bytes of it
 * @uuid: the partition's UUID
 * @name: the partition's name, terminated
 * @generation: number of the present attachment; written by the host
 * @hello_ack: the nonce that the host has answered; written by the host
 * @hello_nonce: see above; written by the guest
 * @heartbeat: a counter that the guest moves at least twice a second while it
 *	runs, never moved by the host
 */
struct partbus_window_header {
	__le64 magic;
	__le32 version_min;
	__le32 version_max;
	__le64 window_size;
	__le32 partition_id;
	__le32 lines;
	__le32 host_peer;
	__le32 ctrl_entries;
	__le64 ctrl_h2g_offset;
	__le64 ctrl_g2h_offset;
	__le64 db_offset;
	__le64 db_size;
	__u8 uuid[PARTBUS_UUID_SIZE];
	__u8 name[PARTBUS_NAME_MAX];
	__u8 pad0[40];
	/* offset 192 */
	__le64 generation;
	__le64 hello_ack;
	__u8 pad1[48];
	/* offset 256 */
	__le64 hello_nonce;
	__u8 pad2[56];
	/* offset 320 */
	__le64 heartbeat;
	__u8 pad3[56];
};
PARTBUS_ASSERT_SIZE(partbus_window_header, 384);
PARTBUS_ASSERT_OFFSET(partbus_window_header, uuid, 72);
PARTBUS_ASSERT_OFFSET(partbus_window_header, generation, 192);
PARTBUS_ASSERT_OFFSET(partbus_window_header, hello_nonce, 256);
PARTBUS_ASSERT_OFFSET(partbus_window_header, heartbeat, 320);

/**
 * struct partbus_db_row - what a partition may know of one resource
 * @uuid: the resource
 * @name: its name, terminated
 * @class: PARTBUS_CLASS_*
 * @channel: the partition's channel to it, or 0
 * @generation: of the row, 0 for an unused row
 */
struct partbus_db_row {
	__u8 uuid[PARTBUS_UUID_SIZE];
	__u8 name[PARTBUS_NAME_MAX];
	__le32 class;
	__le32 channel;
	__le64 generation;
	__u8 reserved[32];
};
PARTBUS_ASSERT_SIZE(partbus_db_row, 128);

#endif /* _UAPI_PARTBUS_WINDOW_H */
