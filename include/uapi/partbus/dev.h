/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/partbus: descriptors between partbusd and the host module. Everything
 * else is asked for by netlink.
 */
#ifndef _UAPI_PARTBUS_DEV_H
#define _UAPI_PARTBUS_DEV_H

#include <linux/ioctl.h>
#include <partbus/types.h>

/**
 * struct partbus_attach - give a partition its window
 * @partition_id: in: which partition
 * @pidfd: in: pidfd of the process that will map the window (QEMU)
 * @lines: in: must be PARTBUS_LINES
 * @flags: in: must be 0
 * @line_in: in: eventfds that interrupt the guest, one a line
 * @line_out: in: eventfds that the guest rings, one a line
 * @host_peer: in: the ivshmem id under which the guest rings
 * @window_fd: out: a new descriptor of the window, close-on-exec
 * @window_size: out: bytes
 * @pid: in: that process's number, for people to read
 * @reserved: in: must be 0
 *
 * The partition counts as attached until that process has ended, whoever else maps
 * the window, or until the last descriptor and the last mapping of it are gone. One
 * that is still attached answers -EBUSY, one that does not exist -ENOENT.
 */
struct partbus_attach {
	__u32 partition_id;
	__s32 pidfd;
	__u32 lines;
	__u32 flags;
	__s32 line_in[PARTBUS_LINES];
	__s32 line_out[PARTBUS_LINES];
	__u32 host_peer;
	__s32 window_fd;
	__u64 window_size;
	__u32 pid;
	__u32 reserved;
};
PARTBUS_ASSERT_SIZE(partbus_attach, 168);

/* Numbers 1 and 2 belong to the VFS (FIBMAP, FIGETBSZ). */
#define PARTBUS_IOC_ATTACH	_IOWR(0xb5, 0x10, struct partbus_attach)

#endif /* _UAPI_PARTBUS_DEV_H */
