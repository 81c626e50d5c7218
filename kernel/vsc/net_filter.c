// SPDX-License-Identifier: GPL-2.0
/* Tells the server which frames are to be received. */
#include "net.h"

#include <linux/etherdevice.h>
#include <linux/slab.h>

/* The lists are locked. */
static void read_lists(struct net_device *dev, struct pb_frame_filter *f)
{
	struct netdev_hw_addr *ha;

	if (dev->flags & IFF_PROMISC)
		f->flags |= PARTBUS_NET_F_PROMISC;
	if (dev->flags & IFF_ALLMULTI)
		f->flags |= PARTBUS_NET_F_ALLMULTI;
	if (netdev_uc_count(dev) > PARTBUS_NET_FILTER_MAX)
		f->flags |= PARTBUS_NET_F_PROMISC;
	else
		netdev_for_each_uc_addr(ha, dev)
			memcpy(f->addr[f->count++], ha->addr, ETH_ALEN);
	if (netdev_mc_count(dev) > PARTBUS_NET_FILTER_MAX - f->count)
		f->flags |= PARTBUS_NET_F_ALLMULTI;
	else
		netdev_for_each_mc_addr(ha, dev)
			memcpy(f->addr[f->count++], ha->addr, ETH_ALEN);
}

/* False when there was no slot for it. */
static bool send_filter(struct pbn_lane *lane, const struct pb_frame_filter *f)
{
	u32 length = f->count * ETH_ALEN;
	int tag;

	tag = pbn_send_tag(lane);
	if (tag < 0)
		return false;
	memcpy(partbus_queue_slot(lane->q, tag) + PARTBUS_NET_HEADER_SIZE, f->addr, length);
	WRITE_ONCE(lane->nic->filter_out, true);
	pbn_send_op(lane, tag, PARTBUS_NET_FILTER, f->flags, length);
	pbn_send_publish(lane);
	return true;
}

void pbn_filter_work(struct work_struct *work)
{
	struct pbn_nic *nic = container_of(work, struct pbn_nic, filter);
	struct pbn_lane *lane = &nic->lanes[0];
	struct pb_frame_filter *f;

	/* There are no lists before; to be brought up sends what is in them. */
	if (!READ_ONCE(nic->registered))
		return;
	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f) {
		WRITE_ONCE(nic->filter_owed, true);
		return;
	}
	netif_addr_lock_bh(nic->dev);
	read_lists(nic->dev, f);
	netif_addr_unlock_bh(nic->dev);

	__netif_tx_lock_bh(pbn_txq(lane));
	/* Without a path: it is sent when there is one. */
	WRITE_ONCE(nic->filter_owed, lane->open);
	/* Pairs with the barrier in take_freed(): this or that sees that it is owed. */
	smp_mb();
	if (lane->open && !READ_ONCE(nic->filter_out) && send_filter(lane, f))
		WRITE_ONCE(nic->filter_owed, false);
	__netif_tx_unlock_bh(pbn_txq(lane));
	kfree(f);
}
