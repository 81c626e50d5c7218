/* SPDX-License-Identifier: GPL-2.0 */
/* Networking: what differs between kernels. */
#ifndef _COMPAT_NET_H
#define _COMPAT_NET_H

#include <linux/netdevice.h>
#include <linux/version.h>

/*
 * 6.2, commit 860b7f27b8f7: the helpers for headers of virtio know segments of UDP
 * (VIRTIO_NET_HDR_GSO_UDP_L4).
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define PB_NET_HAS_USO	1
#else
#define PB_NET_HAS_USO	0
#endif

/* 6.3, commit 9eefedd58ae1: IPv4 has a limit of its own. The RTNL is held. */
static inline void pb_net_set_gso_max_size(struct net_device *dev, unsigned int size)
{
	WRITE_ONCE(dev->gso_max_size, size);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	WRITE_ONCE(dev->gso_ipv4_max_size, size);
#endif
}

#endif /* _COMPAT_NET_H */
