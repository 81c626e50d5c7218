// SPDX-License-Identifier: GPL-2.0
/*
 * The NIC as the network sees it: registered when the first contract starts, kept up to
 * date with the contract, taken down when the resource is gone.
 *
 * All three need the RTNL, and happen in one work of the NIC: a channel's ops must not
 * wait for whoever holds it, and no op of a netdev waits for a channel.
 */
#include "net.h"

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

/* Until it is tried again to make a NIC that wants memory. */
#define MAKE_AGAIN	HZ
#define NIC_NAME	"pbn%d"

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

static int nic_change(struct pbn_nic *nic, const struct pb_contract *c)
{
	u32 mtu = pb_contract_get(c, PB_MTU, ETH_DATA_LEN);
	u32 queues = pb_contract_get(c, PB_QUEUES, 1);
	struct net_device *dev = nic->dev;
	bool follows = dev->mtu == dev->max_mtu;
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
	pb_frame_set_features(dev, c);
	dev->max_mtu = mtu;
	if (nic->registered) {
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

/* No path is left, and none will come. */
static void nic_remove(struct pbn_nic *nic)
{
	if (nic->registered)
		unregister_netdev(nic->dev);
	WRITE_ONCE(nic->registered, false);
	cancel_work_sync(&nic->filter);
	partbus_vsc_head_put(&nic->head);	/* the reference that gone() took over */
}

static void nic_try_again(struct pbn_nic *nic)
{
	partbus_vsc_head_get(&nic->head);	/* as pbn_nic_queue() */
	if (!queue_delayed_work(pbn_wq, &nic->work, MAKE_AGAIN))
		partbus_vsc_head_put(&nic->head);
}

static void nic_run(struct pbn_nic *nic)
{
	while (!nic->removed) {
		struct pb_contract c;
		bool remove, gone;
		u64 version;
		int ret;

		mutex_lock(&nic->head.lock);
		remove = nic->remove;
		gone = nic->state == PBN_GONE;
		version = nic->version;
		c = nic->contract;
		mutex_unlock(&nic->head.lock);

		if (remove) {
			nic->removed = true;
			nic_remove(nic);
			return;
		}
		/* Nothing is made of what is gone; the run that removes it is to come. */
		if (gone || version == nic->applied)
			return;
		rtnl_lock();
		ret = nic_change(nic, &c);
		rtnl_unlock();
		if (ret == -ENOMEM && nic_may_be_made(nic)) {
			pr_warn_ratelimited("%s: no memory for its NIC yet\n",
					    nic->head.resource);
			nic_try_again(nic);
			return;
		}
		if (ret)
			pr_err("%s: cannot make a NIC of its contract: error %d%s\n",
			       nic->head.resource, ret,
			       nic_may_be_made(nic) ? "" : "; it takes a new offer");
		nic->applied = version;
	}
}

static void nic_work(struct work_struct *work)
{
	struct pbn_nic *nic = container_of(to_delayed_work(work), struct pbn_nic, work);

	nic_run(nic);
	partbus_vsc_head_put(&nic->head);	/* may free @nic, and with it this work */
}

/*
 * Each run that is queued holds a reference of its own: one that is under way may find
 * that the NIC is to go, and the one that was queued for that comes after.
 */
void pbn_nic_queue(struct pbn_nic *nic)
{
	partbus_vsc_head_get(&nic->head);
	if (mod_delayed_work(pbn_wq, &nic->work, 0))
		partbus_vsc_head_put(&nic->head);
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
	nic->state = PBN_NO_PATH;
	nic->map = U32_MAX;
	nic->room = PARTBUS_MIN_SLOT_SIZE - PARTBUS_NET_HEADER_SIZE;
	INIT_DELAYED_WORK(&nic->work, nic_work);
	INIT_WORK(&nic->filter, pbn_filter_work);
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
