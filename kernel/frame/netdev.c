// SPDX-License-Identifier: GPL-2.0
/* What the netdevs of both ends do alike. */
#include <frame/netdev.h>

#include <linux/ethtool.h>
#include <linux/export.h>
#include <linux/irq_work.h>
#include <linux/netdevice.h>
#include <linux/preempt.h>

void pb_frame_kick(struct napi_struct *napi, struct irq_work *kick)
{
	/*
	 * A bell may ring in the exit of a VCPU, and a watch look, with no interrupt
	 * that would end and run what is raised here.
	 */
	if (in_hardirq() || in_serving_softirq())
		napi_schedule(napi);
	else
		irq_work_queue(kick);
}
EXPORT_SYMBOL_GPL(pb_frame_kick);

void pb_frame_link_settings(struct ethtool_link_ksettings *k, u32 speed)
{
	ethtool_link_ksettings_zero_link_mode(k, supported);
	ethtool_link_ksettings_zero_link_mode(k, advertising);
	k->base.speed = speed ?: SPEED_UNKNOWN;
	k->base.duplex = DUPLEX_FULL;
	k->base.port = PORT_OTHER;
	k->base.autoneg = AUTONEG_DISABLE;
}
EXPORT_SYMBOL_GPL(pb_frame_link_settings);
