// SPDX-License-Identifier: GPL-2.0
/*
 * What a resource of class net is: a place where ports go. Its backing is "none", and
 * whoever administers the provider's partition does with ports as he likes; or the
 * name of a bridge (any netdev that takes others), to which each port is attached,
 * unless its offer names another.
 */
#include <linux/etherdevice.h>
#include <linux/jhash.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "vsp_net.h"

#define NO_BACKING	"none"

static bool has_upper(const struct vsp_resource *res)
{
	return strcmp(res->backing, NO_BACKING);
}

const char *backend_upper_name(const struct vsp_session *s)
{
	if (s->ch->place[0])
		return s->ch->place;
	return has_upper(s->res) ? s->res->backing : NULL;
}

struct net_device *backend_upper(const char *name)
{
	struct net_device *dev;

	ASSERT_RTNL();
	dev = __dev_get_by_name(&init_net, name);
	return dev && dev->netdev_ops->ndo_add_slave ? dev : NULL;
}

/*
 * Where the registry lock is held, below which the RTNL must not be taken: it may be
 * gone, or have come, by the time that a port is attached.
 */
static int upper_hint(const char *name)
{
	struct net_device *dev;
	int ret = -ENODEV;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(&init_net, name);
	if (dev)
		ret = dev->netdev_ops->ndo_add_slave ? 0 : -EOPNOTSUPP;
	rcu_read_unlock();
	return ret;
}

int backend_place_check(const char *place, struct netlink_ext_ack *extack)
{
	int ret = upper_hint(place);

	if (ret == -ENODEV)
		NL_SET_ERR_MSG(extack, "the bridge of the offer does not exist");
	else if (ret)
		NL_SET_ERR_MSG(extack, "what the offer names as its bridge takes no ports");
	return ret;
}

int backend_open(struct vsp_resource *res, struct netlink_ext_ack *extack)
{
	int ret = 0;

	if (!has_upper(res))
		return 0;
	rtnl_lock();
	if (!__dev_get_by_name(&init_net, res->backing)) {
		NL_SET_ERR_MSG(extack, "the backing does not exist: give the name of a bridge, or none");
		ret = -ENODEV;
	} else if (!backend_upper(res->backing)) {
		NL_SET_ERR_MSG(extack, "the backing takes no ports: give the name of a bridge, or none");
		ret = -EOPNOTSUPP;
	}
	rtnl_unlock();
	return ret;
}

void backend_close(struct vsp_resource *res)
{
}

int backend_check(struct vsp_resource *res, const struct vsp_settings *set,
		  struct netlink_ext_ack *extack)
{
	u8 first;

	if (set->size_bytes || set->read_only) {
		NL_SET_ERR_MSG(extack, "a network has no size and is not read-only");
		return -EINVAL;
	}
	if (!(set->limits.present & BIT_ULL(PB_MAC)))
		return 0;
	first = set->limits.like[PB_MAC] >> 40;
	if (first & 1 || first == PARTBUS_NET_PEER_PREFIX) {
		NL_SET_ERR_MSG(extack, "this MAC address cannot be a client's: it is that of a group, or begins with fe");
		return -EINVAL;
	}
	return 0;
}

/*
 * The same for each channel between a resource and a partition, and so for every
 * provider of that resource: a locally administered address.
 */
static u64 derived_mac(const struct vsp_resource *res, const struct partbus_channel *ch)
{
	u32 low = jhash(&res->uuid, sizeof(res->uuid), ch->peer);
	u32 high = jhash(&res->uuid, sizeof(res->uuid), ~ch->peer);

	return 0x020000000000ULL | (u64)(high & 0xff) << 32 | low;
}

struct said {
	const struct pb_ranges *set;
	const struct pb_ranges *limits;
};

static bool has(const struct pb_ranges *r, int attr)
{
	return r && r->present & BIT_ULL(attr);
}

/* What an administrator gave: to this client, or of the resource. */
static void given(struct pb_ranges *r, const struct said *said, int attr, u64 otherwise)
{
	u64 value = otherwise;

	if (has(said->limits, attr))
		value = said->limits->like[attr];
	else if (has(said->set, attr))
		value = said->set->like[attr];
	pb_ranges_set(r, attr, value, value);
}

/* What there is, cut by both. */
static void shared(struct pb_ranges *r, const struct said *said, int attr, u64 most)
{
	u64 least = pb_attr_table[attr].min;

	if (has(said->set, attr))
		most = said->set->like[attr];
	if (has(said->limits, attr))
		most = min(most, said->limits->like[attr]);
	most = max(most, least);
	pb_ranges_set(r, attr, least, most);
}

int backend_facts(struct vsp_resource *res, const struct partbus_channel *ch,
		  const struct pb_ranges *limits, struct pb_ranges *r)
{
	const struct said said = { &res->set.limits, limits };

	if (has_upper(res) && upper_hint(res->backing) == -ENODEV)
		return -ENODEV;
	/* Of no client in particular there is no address. */
	if (ch)
		given(r, &said, PB_MAC, derived_mac(res, ch));
	else if (has(said.set, PB_MAC))
		given(r, &said, PB_MAC, 0);
	given(r, &said, PB_SPEED, 0);
	given(r, &said, PB_VLAN, PARTBUS_VLAN_UNTAGGED);
	given(r, &said, PB_ANY_MAC, 0);
	given(r, &said, PB_PRIORITY_MAP, U32_MAX);
	shared(r, &said, PB_MTU, ETH_DATA_LEN);
	shared(r, &said, PB_CSUM, 1);
	shared(r, &said, PB_TSO, 1);
	shared(r, &said, PB_USO, 1);
	if (!r->like[PB_CSUM])
		pb_ranges_set(r, PB_TSO, 0, 0);
	if (!r->like[PB_CSUM] || !pb_frame_has_uso())
		pb_ranges_set(r, PB_USO, 0, 0);
	return 0;
}

/* What the client may no longer be is not to be gone on with. */
bool backend_may_keep(const struct pb_contract *c, const struct pb_ranges *now)
{
	return pb_contract_get(c, PB_MAC, 0) == now->like[PB_MAC] &&
	       pb_contract_get(c, PB_VLAN, 0) == now->like[PB_VLAN] &&
	       pb_contract_get(c, PB_ANY_MAC, 0) <= now->like[PB_ANY_MAC];
}
