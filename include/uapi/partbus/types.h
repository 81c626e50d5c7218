/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Limits, versions and small types that partitions, kernel and user space
 * share. Needs <linux/types.h> and nothing else.
 */
#ifndef _UAPI_PARTBUS_TYPES_H
#define _UAPI_PARTBUS_TYPES_H

#include <linux/types.h>

/* static_assert is a keyword of C11's <assert.h> and of the kernel's build_bug.h */
#define PARTBUS_ASSERT_SIZE(type, size) \
	_Static_assert(sizeof(struct type) == (size), "size of struct " #type)
#define PARTBUS_ASSERT_OFFSET(type, field, offset) \
	_Static_assert(__builtin_offsetof(struct type, field) == (offset), \
		       "offset of " #field " in struct " #type)

/* Protocol versions: major in the upper, minor in the lower 16 bits. */
#define PARTBUS_VERSION(major, minor)	(((__u32)(major) << 16) | (minor))
#define PARTBUS_VERSION_1_0		PARTBUS_VERSION(1, 0)
#define PARTBUS_VERSION_MIN		PARTBUS_VERSION_1_0
#define PARTBUS_VERSION_MAX		PARTBUS_VERSION_1_0

/*
 * Feature bits of HELLO. A compatible feature may be ignored by an end that
 * does not know it; an unknown incompatible one makes that end refuse.
 */
#define PARTBUS_COMPAT_HEARTBEAT	(1ULL << 0)
#define PARTBUS_COMPAT_WITHDRAWN	(1ULL << 1)
#define PARTBUS_COMPAT_KNOWN		(PARTBUS_COMPAT_HEARTBEAT | PARTBUS_COMPAT_WITHDRAWN)
#define PARTBUS_INCOMPAT_KNOWN		0ULL

#define PARTBUS_ROOT_ID			0	/* partition id of the host */
#define PARTBUS_PARTITION_ID_MAX	0x7fffffffu
#define PARTBUS_NAME_MAX		64	/* with its terminator */
#define PARTBUS_UUID_SIZE		16
#define PARTBUS_REASON_MAX		128	/* sentence in a refusal, with terminator */

#define PARTBUS_PAGE_SIZE		4096u	/* unit of windows and sections */
#define PARTBUS_CACHE_LINE		64u

/*
 * Doorbell lines of a window, and so vectors= of ivshmem-doorbell: a constant
 * of the project. Line 0 carries the control rings, the others channels.
 */
#define PARTBUS_LINES			16u
#define PARTBUS_LINE_CTRL		0u

#define PARTBUS_MAX_QUEUES		16u
#define PARTBUS_MIN_DEPTH		1u
#define PARTBUS_MAX_DEPTH		1024u
#define PARTBUS_MIN_SLOT_SIZE		PARTBUS_PAGE_SIZE
#define PARTBUS_MAX_SLOT_SIZE		(1u << 20)

#define PARTBUS_WINDOW_MIN_SIZE		(2u << 20)	/* what a guest can map */
#define PARTBUS_WINDOW_MAX_SIZE		(1ULL << 36)
#define PARTBUS_WINDOW_DEFAULT_SIZE	(256u << 20)

/* Classes of resources. */
#define PARTBUS_CLASS_NONE		0u
#define PARTBUS_CLASS_BLOCK		1u
#define PARTBUS_CLASS_NET		2u
#define PARTBUS_CLASS_MAX		2u

/* What an end of a channel is. */
#define PARTBUS_ROLE_CLIENT		0u
#define PARTBUS_ROLE_SERVER		1u

/* Why a channel was rescinded. Wire values and netlink values. */
#define PARTBUS_RESCIND_REMOVED		1u	/* the offer is gone for good */
#define PARTBUS_RESCIND_PROVIDER	2u	/* the provider went away, an offer may follow */
#define PARTBUS_RESCIND_BROKEN		3u	/* the peer violated the protocol */
#define PARTBUS_RESCIND_DETACHED	4u	/* the partition was reset or detached */
#define PARTBUS_RESCIND_REFUSED		5u	/* no contract could be agreed on */

#endif /* _UAPI_PARTBUS_TYPES_H */
