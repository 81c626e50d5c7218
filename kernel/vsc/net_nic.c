// SPDX-License-Identifier: GPL-2.0
/*
 * The NIC as the network sees it. To register it, to change it and to take it down need
 * the RTNL: a channel's ops must not wait for whoever holds it, and no op of a netdev
 * waits for a channel.
 */
#include "net.h"

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <net/sch_generic.h>

#define NIC_NAME	"pbn%d"
/* What the link watch takes, and then some; jiffies. */
#define ANNOUNCE_DELAY	(HZ / 10)

static int nic_open(struct net_device *dev)
{
	struct pbn_nic *nic = netdev_priv(dev);

	WRITE_ONCE(nic->up, true);
	netif_tx_start_all_queues(dev);
	return 0;
}

static int nic_stop(struct net_device *dev)
{
	struct pbn_nic *nic = netdev_priv(dev);
	struct sk_buff_head list;
	unsigned int i;

	WRITE_ONCE(nic->up, false);
	netif_tx_stop_all_queues(dev);
	/* As the queueing disciplines do: nothing of now is sent later, or elsewhere. */
	__skb_queue_head_init(&list);
	for (i = 0; i < PARTBUS_MAX_QUEUES; i++)
		pbn_send_take_again(&nic->lanes[i], &list);
	pbn_send_drop(nic, &list);
	return 0;
}

/* Softirqs are off: what may sleep is done by the work. */
static void nic_set_rx_mode(struct net_device *dev)
{
	struct pbn_nic *nic = netdev_priv(dev);

	queue_work(pbn_wq, &nic->filter);
}

static netdev_features_t nic_features_check(struct sk_buff *skb, struct net_device *dev,
					    netdev_features_t features)
{
	struct pbn_nic *nic = netdev_priv(dev);

	return pb_frame_features_check(skb, features, READ_ONCE(nic->room));
}

static int nic_init(struct net_device *dev)
{
	/* Freed with the NIC; registering it may have been tried before. */
	if (!dev->tstats)
		dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	return dev->tstats ? 0 : -ENOMEM;
}

static const struct net_device_ops nic_ops = {
	.ndo_init		= nic_init,
	.ndo_open		= nic_open,
	.ndo_stop		= nic_stop,
	.ndo_start_xmit		= pbn_send_xmit,
	.ndo_select_queue	= pbn_send_select,
	.ndo_features_check	= nic_features_check,
	.ndo_set_rx_mode	= nic_set_rx_mode,
	.ndo_get_stats64	= dev_get_tstats64,
	.ndo_validate_addr	= eth_validate_addr,
};

/* Or is there one? Where it failed late to register a netdev it cannot be tried again. */
static bool nic_may_be_made(const struct pbn_nic *nic)
{
	return nic->registered || nic->dev->reg_state == NETREG_UNINITIALIZED;
}

/*
 * Another provider may be behind another port of some switch, which would send frames to
 * the former one until it forgets.
 */
static void nic_announce(struct work_struct *work)
{
	struct pbn_nic *nic = container_of(to_delayed_work(work), struct pbn_nic, announce);

	if (!READ_ONCE(nic->registered) || !netif_carrier_ok(nic->dev))
		return;
	/* Until the link watch has seen the carrier, what is sent is thrown away. */
	if (netif_running(nic->dev) && qdisc_tx_is_noop(nic->dev))
		queue_delayed_work(pbn_wq, &nic->announce, ANNOUNCE_DELAY);
	else
		netdev_notify_peers(nic->dev);
}

void pbn_nic_carrier(struct pbn_nic *nic, bool on)
{
	/* Of one that is registered by half: the event would outlive it. */
	if (READ_ONCE(nic->dev->reg_state) > NETREG_REGISTERED)
		return;
	if (!on) {
		netif_carrier_off(nic->dev);
	} else if (!netif_carrier_ok(nic->dev)) {
		netif_carrier_on(nic->dev);
		queue_delayed_work(pbn_wq, &nic->announce, ANNOUNCE_DELAY);
	}
}

static int nic_change(struct pbn_nic *nic, const struct pb_contract *c)
{
	u32 mtu = pb_contract_get(c, PB_MTU, ETH_DATA_LEN);
	u32 queues = pb_contract_get(c, PB_QUEUES, 1);
	struct net_device *dev = nic->dev;
	bool follows = dev->mtu == dev->max_mtu, changed;
	u8 mac[ETH_ALEN];
	int ret;

	ASSERT_RTNL();
	ret = netif_set_real_num_queues(dev, queues, queues);
	if (ret)
		return ret;
	pb_frame_mac(pb_contract_get(c, PB_MAC, 0), mac);
	if (!ether_addr_equal(dev->dev_addr, mac)) {
		eth_hw_addr_set(dev, mac);
		if (nic->registered)
			call_netdevice_notifiers(NETDEV_CHANGEADDR, dev);
	}
	changed = pb_frame_set_features(dev, c);
	changed |= pb_frame_set_gso_size(dev, c);
	dev->max_mtu = mtu;
	if (nic->registered) {
		if (changed)
			netdev_change_features(dev);
		/* Who lowered it by hand keeps it as far as it may be. */
		if (follows || dev->mtu > mtu)
			dev_set_mtu(dev, mtu);
		return 0;
	}
	if (!nic_may_be_made(nic))
		return -ENODEV;
	dev->mtu = mtu;
	/* An attempt that failed has left the name that it would have got. */
	strscpy(dev->name, NIC_NAME, IFNAMSIZ);
	ret = register_netdevice(dev);
	if (ret)
		return ret;
	WRITE_ONCE(nic->registered, true);
	netdev_info(dev, "resource %s, address %pM\n", nic->head.resource, dev->dev_addr);
	return 0;
}

int pbn_nic_apply(struct partbus_vsc_head *head)
{
	struct pbn_nic *nic = pbn_of_head(head);
	struct pb_contract c;
	int ret;

	mutex_lock(&head->lock);
	c = nic->contract;
	mutex_unlock(&head->lock);
	rtnl_lock();
	ret = nic_change(nic, &c);
	rtnl_unlock();
	if (!ret || nic_may_be_made(nic))
		return ret;
	/* Not to be tried again, whatever was wanting. */
	pr_err("%s: error %d: its netdev is registered by half, it takes a new offer\n",
	       head->resource, ret);
	return 0;
}

/* No path is left, and none will come. */
void pbn_nic_remove(struct partbus_vsc_head *head)
{
	struct pbn_nic *nic = pbn_of_head(head);

	/* No lane is attached that could have the carrier come again. */
	cancel_delayed_work_sync(&nic->announce);
	if (nic->registered)
		unregister_netdev(nic->dev);
	WRITE_ONCE(nic->registered, false);
	cancel_work_sync(&nic->filter);
}

struct pbn_nic *pbn_nic_new(void)
{
	struct net_device *dev;
	struct pbn_nic *nic;

	dev = alloc_netdev_mqs(sizeof(*nic), NIC_NAME, NET_NAME_ENUM, ether_setup,
			       PARTBUS_MAX_QUEUES, PARTBUS_MAX_QUEUES);
	if (!dev)
		return NULL;
	nic = netdev_priv(dev);
	nic->dev = dev;
	nic->map = U32_MAX;
	nic->room = PARTBUS_MIN_SLOT_SIZE - PARTBUS_NET_HEADER_SIZE;
	INIT_WORK(&nic->filter, pbn_filter_work);
	INIT_DELAYED_WORK(&nic->announce, nic_announce);
	pbn_lanes_init(nic);
	dev->netdev_ops = &nic_ops;
	dev->ethtool_ops = &pbn_ethtool_ops;
	dev->features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA;
	dev->priv_flags |= IFF_UNICAST_FLT;
	/* A frame may be kept on a list. */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->min_mtu = ETH_MIN_MTU;
	netif_carrier_off(dev);
	return nic;
}

void pbn_nic_free(struct pbn_nic *nic)
{
	free_percpu(nic->dev->tstats);
	free_netdev(nic->dev);
}
