// SPDX-License-Identifier: GPL-2.0
/* What ethtool tells of a port. */
#include <linux/ethtool.h>

#include <frame/netdev.h>
#include "vsp_net.h"

static const char names[][ETH_GSTRING_LEN] = {
	"rx_refused",		/* frames of the client that its contract does not allow */
	"tx_unwanted",		/* frames that the client does not want */
	"tx_starved",		/* frames dropped because the client posts too few slots */
	"throttled",		/* times that a cap held something up, both ways */
	"doorbells_sent",
	"doorbells_received",
};

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct net_port *p = netdev_priv(dev);

	strscpy(info->driver, "partbus_vsp_net", sizeof(info->driver));
	strscpy(info->version, PARTBUS_MODULE_VERSION, sizeof(info->version));
	strscpy(info->bus_info, dev_name(&p->s->ch->dev), sizeof(info->bus_info));
}

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? ARRAY_SIZE(names) : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	if (set == ETH_SS_STATS)
		memcpy(data, names, sizeof(names));
}

/* Queues go with contracts: forgotten first, freed after the RTNL was taken. It is held. */
static void get_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct net_port *p = netdev_priv(dev);
	unsigned int i;

	memset(data, 0, sizeof(*data) * ARRAY_SIZE(names));
	for (i = 0; i < dev->real_num_tx_queues; i++) {
		const struct net_queue *nq = &p->queues[i];
		const struct partbus_queue *q = READ_ONCE(nq->q);

		data[0] += READ_ONCE(nq->refused);
		data[1] += READ_ONCE(nq->unwanted);
		data[2] += READ_ONCE(nq->starved);
		if (!q)
			continue;
		/* Its only writer does not wait for readers, who are people. */
		data[3] += data_race(q->stats.throttled);
		data[4] += atomic64_read(&q->stats.doorbells_sent);
		data[5] += atomic64_read(&q->stats.doorbells_received);
	}
}

static int get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *k)
{
	struct net_port *p = netdev_priv(dev);

	pb_frame_link_settings(k, READ_ONCE(p->speed));
	return 0;
}

const struct ethtool_ops port_ethtool_ops = {
	.get_drvinfo		= get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_sset_count		= get_sset_count,
	.get_strings		= get_strings,
	.get_ethtool_stats	= get_stats,
	.get_link_ksettings	= get_link_ksettings,
};
