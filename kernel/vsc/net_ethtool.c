// SPDX-License-Identifier: GPL-2.0
/*
 * What ethtool tells of a NIC. The RTNL is held, so nothing here waits for a channel,
 * whose lock an op may keep for long.
 */
#include "net.h"

#include <linux/ethtool.h>

#include <frame/netdev.h>

static const char names[][ETH_GSTRING_LEN] = {
	"tx_frames",
	"tx_kept",		/* of tx_frames, those that waited for a slot or a contract */
	"rx_frames",
	"rx_bad_header",	/* frames that did not go with their header */
	"doorbells_sent",
	"doorbells_received",
	"rearms",		/* times that a doorbell seemed lost */
};

#define NAMES	ARRAY_SIZE(names)

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct pbn_nic *nic = netdev_priv(dev);
	struct pbn_lane *lane = &nic->lanes[0];

	strscpy(info->driver, "partbus_vsc_net", sizeof(info->driver));
	strscpy(info->version, PARTBUS_MODULE_VERSION, sizeof(info->version));
	spin_lock_irq(&lane->post_lock);
	if (lane->q)
		strscpy(info->bus_info, dev_name(&lane->q->channel->dev),
			sizeof(info->bus_info));
	spin_unlock_irq(&lane->post_lock);
}

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? NAMES * dev->real_num_tx_queues : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	unsigned int i, n;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < dev->real_num_tx_queues; i++)
		for (n = 0; n < NAMES; n++)
			ethtool_sprintf(&data, "queue%u_%s", i, names[n]);
}

static void get_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct pbn_nic *nic = netdev_priv(dev);
	unsigned int i;

	for (i = 0; i < dev->real_num_tx_queues; i++, data += NAMES) {
		struct pbn_lane *lane = &nic->lanes[i];
		struct pbn_bells bells;

		spin_lock_irq(&lane->post_lock);
		pbn_lane_bells(lane, &bells);
		spin_unlock_irq(&lane->post_lock);
		data[0] = READ_ONCE(lane->sent);
		data[1] = READ_ONCE(lane->kept);
		data[2] = READ_ONCE(lane->received);
		data[3] = READ_ONCE(lane->bad);
		data[4] = bells.sent;
		data[5] = bells.received;
		data[6] = bells.rearms;
	}
}

/* Fixed by the contract: 'partbus contract request' changes it. */
static void get_ringparam(struct net_device *dev, struct ethtool_ringparam *ring,
			  struct kernel_ethtool_ringparam *kernel_ring,
			  struct netlink_ext_ack *extack)
{
	struct pbn_nic *nic = netdev_priv(dev);
	u32 depth = READ_ONCE(nic->depth);

	ring->tx_max_pending = PARTBUS_MAX_DEPTH / 2;
	ring->rx_max_pending = PARTBUS_MAX_DEPTH / 2;
	ring->tx_pending = depth / 2;
	ring->rx_pending = depth - depth / 2;
}

static void get_channels(struct net_device *dev, struct ethtool_channels *ch)
{
	ch->max_combined = PARTBUS_MAX_QUEUES;
	ch->combined_count = dev->real_num_tx_queues;
}

static int get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *k)
{
	struct pbn_nic *nic = netdev_priv(dev);

	pb_frame_link_settings(k, READ_ONCE(nic->speed));
	return 0;
}

const struct ethtool_ops pbn_ethtool_ops = {
	.get_drvinfo		= get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_sset_count		= get_sset_count,
	.get_strings		= get_strings,
	.get_ethtool_stats	= get_stats,
	.get_ringparam		= get_ringparam,
	.get_channels		= get_channels,
	.get_link_ksettings	= get_link_ksettings,
	.get_ts_info		= ethtool_op_get_ts_info,
};
