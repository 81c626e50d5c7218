// SPDX-License-Identifier: GPL-2.0
/*
 * The netdev of a session: its name, its address, what it can do, its coming and
 * going. A port appears with the first contract and goes with the session; between
 * contracts, and after the last, its carrier is off.
 *
 * It can be moved to another network namespace, and comes back when that one ends. It
 * cannot be deleted: that is what the offer is for.
 */
#include <linux/completion.h>
#include <linux/etherdevice.h>
#include <linux/workqueue.h>
#include <net/rtnetlink.h>

#include "vsp_net.h"

/* For 'ip -d link', and for what happens at the end of a namespace. */
struct rtnl_link_ops port_link_ops = {
	.kind		= "partbus",
	.netns_refund	= true,
};

static int port_open(struct net_device *dev)
{
	struct net_port *p = netdev_priv(dev);

	WRITE_ONCE(p->up, true);
	netif_tx_start_all_queues(dev);
	answer_link(p);
	return 0;
}

static int port_stop(struct net_device *dev)
{
	struct net_port *p = netdev_priv(dev);
	unsigned int i;

	WRITE_ONCE(p->up, false);
	netif_tx_stop_all_queues(dev);
	/* As the queueing disciplines do: nothing of now is sent later, or elsewhere. */
	for (i = 0; i < PARTBUS_MAX_QUEUES; i++)
		fill_drop_kept(&p->queues[i]);
	answer_link(p);
	return 0;
}

static int port_phys_name(struct net_device *dev, char *name, size_t len)
{
	struct net_port *p = netdev_priv(dev);

	return snprintf(name, len, "p%u-%s", p->s->ch->peer, p->s->res->name) < len ?
	       0 : -EOPNOTSUPP;
}

static netdev_features_t port_features_check(struct sk_buff *skb, struct net_device *dev,
					     netdev_features_t features)
{
	struct net_port *p = netdev_priv(dev);
	/* All queues of a session are alike. */
	u32 room = READ_ONCE(p->room);

	return pb_frame_features_check(skb, features, room);
}

static int port_init(struct net_device *dev)
{
	/* Freed with the port; registering it may have been tried before. */
	if (!dev->tstats)
		dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	return dev->tstats ? 0 : -ENOMEM;
}

static const struct net_device_ops port_ops = {
	.ndo_init		= port_init,
	.ndo_open		= port_open,
	.ndo_stop		= port_stop,
	.ndo_start_xmit		= fill_xmit,
	.ndo_select_queue	= fill_select,
	.ndo_features_check	= port_features_check,
	.ndo_get_stats64	= dev_get_tstats64,
	.ndo_get_phys_port_name	= port_phys_name,
	.ndo_validate_addr	= eth_validate_addr,
};

static void queue_from_held(struct vsp_queue *vq)
{
	take_kick(container_of(vq, struct net_queue, from));
}

static void queue_to_held(struct vsp_queue *vq)
{
	take_kick(container_of(vq, struct net_queue, to));
}

struct net_port *port_new(struct vsp_session *s)
{
	struct net_device *dev;
	struct net_port *p;
	u32 i;

	dev = alloc_etherdev_mqs(sizeof(*p), PARTBUS_MAX_QUEUES, PARTBUS_MAX_QUEUES);
	if (!dev)
		return NULL;
	p = netdev_priv(dev);
	p->dev = dev;
	p->s = s;
	p->map = U32_MAX;
	p->filter.flags = PARTBUS_NET_F_PROMISC;
	seqcount_init(&p->filter_seq);
	for (i = 0; i < PARTBUS_MAX_QUEUES; i++) {
		struct net_queue *nq = &p->queues[i];

		nq->port = p;
		nq->index = i;
		nq->from.run = queue_from_held;
		nq->to.run = queue_to_held;
		init_irq_work(&nq->kick, take_kicked);
		kthread_init_work(&nq->run, take_run);
		spin_lock_init(&nq->answer_lock);
		__skb_queue_head_init(&nq->kept);
		netif_napi_add(dev, &nq->napi, take_poll);
	}
	dev->netdev_ops = &port_ops;
	dev->ethtool_ops = &port_ethtool_ops;
	dev->rtnl_link_ops = &port_link_ops;
	dev->features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA;
	/* A frame may be kept on a list. */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->min_mtu = ETH_MIN_MTU;
	SET_NETDEV_DEV(dev, &s->ch->dev);
	netif_carrier_off(dev);
	return p;
}

/* The client's address with another first byte: the two ends can be told apart. */
static void port_mac(u64 mac, u8 bytes[ETH_ALEN])
{
	pb_frame_mac(mac, bytes);
	bytes[0] = PARTBUS_NET_PEER_PREFIX;
}

static void port_describe(struct net_port *p)
{
	const struct vsp_session *s = p->s;
	char alias[IFALIASZ];
	int n;

	n = scnprintf(alias, sizeof(alias), "partbus: %s of partition %u", s->res->name,
		      s->ch->peer);
	dev_set_alias(p->dev, alias, n);
}

/* "pb1-lan": the partition and the resource, as far as a name of a netdev goes. */
static void port_name(struct net_port *p)
{
	char whole[PARTBUS_NAME_MAX + 16], *name = p->dev->name;

	snprintf(whole, sizeof(whole), "pb%u-%s", p->s->ch->peer, p->s->res->name);
	strscpy(name, whole, IFNAMSIZ);
	p->dev->name_assign_type = NET_NAME_PREDICTABLE;
	if (dev_valid_name(name) && !strchr(name, '%') && !__dev_get_by_name(&init_net, name))
		return;
	strscpy(name, "pbp%d", IFNAMSIZ);
	p->dev->name_assign_type = NET_NAME_ENUM;
}

/* The port is no less a port for want of its bridge: people see it and can help. */
static void port_attach(struct net_port *p)
{
	const char *name = backend_upper_name(p->s);
	struct net_device *upper;
	int ret;

	if (!name)
		return;
	upper = backend_upper(name);
	ret = upper ? upper->netdev_ops->ndo_add_slave(upper, p->dev, NULL) : -ENODEV;
	if (!ret)
		ret = dev_open(p->dev, NULL);
	if (ret)
		partbus_ch_warn(p->s->ch, "cannot attach %s to %s: error %d\n", p->dev->name,
				name, ret);
}

static int port_register(struct net_port *p)
{
	int ret;

	ASSERT_RTNL();
	/* It cannot be tried again where that failed late. */
	if (p->dev->reg_state != NETREG_UNINITIALIZED)
		return -ENODEV;
	port_name(p);
	ret = register_netdevice(p->dev);
	if (ret)
		return ret;
	p->registered = true;
	port_describe(p);
	port_attach(p);
	return 0;
}

/*
 * @mtu: the provider's own. A client may have asked for less, down to what no IPv6 can
 * use; a bridge, and with it the host, would follow the least of its ports.
 */
static int port_change(struct net_port *p, const struct pb_contract *c, unsigned int queues,
		       u32 mtu)
{
	struct net_device *dev = p->dev;
	u8 mac[ETH_ALEN];
	bool follows = dev->mtu == dev->max_mtu || !p->registered;
	bool changed;
	int ret;

	ASSERT_RTNL();
	ret = netif_set_real_num_queues(dev, queues, queues);
	if (ret)
		return ret;
	port_mac(pb_contract_get(c, PB_MAC, 0), mac);
	if (!ether_addr_equal(dev->dev_addr, mac)) {
		eth_hw_addr_set(dev, mac);
		if (p->registered)
			call_netdevice_notifiers(NETDEV_CHANGEADDR, dev);
	}
	changed = pb_frame_set_features(dev, c);

	/* Who lowered it by hand keeps it as far as it may be. */
	dev->max_mtu = mtu;
	if (p->registered) {
		if (changed)
			netdev_change_features(dev);
		if (follows || dev->mtu > mtu)
			dev_set_mtu(dev, mtu);
		return 0;
	}
	dev->mtu = mtu;
	return port_register(p);
}

int port_apply(struct net_port *p, const struct pb_contract *c)
{
	unsigned int queues = pb_contract_get(c, PB_QUEUES, 1);
	u32 mtu = vsp_session_most(p->s, PB_MTU, pb_contract_get(c, PB_MTU, ETH_DATA_LEN));
	int ret;

	WRITE_ONCE(p->room, pb_frame_room_from(c));
	WRITE_ONCE(p->map, pb_contract_get(c, PB_PRIORITY_MAP, U32_MAX));
	WRITE_ONCE(p->speed, pb_contract_get(c, PB_SPEED, 0));
	rtnl_lock();
	ret = port_change(p, c, queues, mtu);
	rtnl_unlock();
	return ret;
}

struct port_end {
	struct work_struct work;
	struct completion done;
	struct net_device *dev;
};

static void port_end(struct work_struct *work)
{
	struct port_end *end = container_of(work, struct port_end, work);

	/* Waits until nobody refers to it any more: not for a client. */
	unregister_netdev(end->dev);
	complete(&end->done);
}

/*
 * Sessions end in a worker that exists for memory reclaim, which may not flush what
 * does not; to take a netdev down does.
 */
static void port_unregister(struct net_port *p)
{
	struct port_end end = { .dev = p->dev };

	init_completion(&end.done);
	INIT_WORK_ONSTACK(&end.work, port_end);
	queue_work(net_wq, &end.work);
	wait_for_completion(&end.done);
	destroy_work_on_stack(&end.work);
}

void port_free(struct net_port *p)
{
	if (p->registered)
		port_unregister(p);
	free_percpu(p->dev->tstats);
	free_netdev(p->dev);
}
