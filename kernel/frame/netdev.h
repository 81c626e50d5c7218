/* SPDX-License-Identifier: GPL-2.0 */
/* What the netdevs of both ends do alike. */
#ifndef _PB_FRAME_NETDEV_H
#define _PB_FRAME_NETDEV_H

#include <linux/types.h>

struct ethtool_link_ksettings;
struct irq_work;
struct napi_struct;

/* Any context: runs @napi soon; @kick is to schedule it where that cannot be done. */
void pb_frame_kick(struct napi_struct *napi, struct irq_work *kick);

/* @speed: the contract's, Mbit/s, 0 for unknown */
void pb_frame_link_settings(struct ethtool_link_ksettings *k, u32 speed);

#endif /* _PB_FRAME_NETDEV_H */
