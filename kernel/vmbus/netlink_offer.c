// SPDX-License-Identifier: GPL-2.0
/* Netlink: offers. */
#include "netlink.h"

#include <vmbus/mgmt.h>

static const struct partbus_host_ops *need_host(struct netlink_ext_ack *extack)
{
	const struct partbus_host_ops *host = partbus_host();

	if (!host)
		NL_SET_ERR_MSG(extack, "offers are made by the host: load partbus_host");
	return host;
}

static bool names_offer(struct genl_info *info)
{
	return !GENL_REQ_ATTR_CHECK(info, PARTBUS_A_OFFER_PARTITION) &&
	       !GENL_REQ_ATTR_CHECK(info, PARTBUS_A_OFFER_RESOURCE);
}

static int offer_new(struct genl_info *info, struct partbus_resource_info *r, u32 *channel)
{
	const struct partbus_provider_ops *provider = partbus_provider();
	const struct partbus_host_ops *host = need_host(info->extack);
	struct nlattr *name = info->attrs[PARTBUS_A_OFFER_RESOURCE];
	struct nlattr *place = info->attrs[PARTBUS_A_OFFER_PLACE];
	struct pb_ranges limits;
	int ret;

	if (!host)
		return -EOPNOTSUPP;
	if (!provider || provider->resource_get(nla_data(name), r)) {
		NL_SET_ERR_MSG_ATTR(info->extack, name, "no resource of this name");
		return -ENOENT;
	}
	ret = pb_netlink_read_attrs(info, PARTBUS_A_OFFER_ATTR, r->class, false, &limits);
	if (!ret && place)
		ret = provider->place_check(r->name, nla_data(place), info->extack);
	if (ret)
		return ret;
	return host->offer_new(nla_get_u32(info->attrs[PARTBUS_A_OFFER_PARTITION]), r, &limits,
			       place ? nla_data(place) : "", channel, info->extack);
}

int partbus_nl_offer_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct partbus_resource_info *r;
	struct sk_buff *reply;
	u32 channel = 0;
	int ret = -ENOMEM;
	void *hdr;

	if (!names_offer(info))
		return -EINVAL;
	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	reply = pb_netlink_reply(info, &hdr);
	if (reply) {
		partbus_config_lock();
		ret = offer_new(info, r, &channel);
		partbus_config_unlock();
	}
	kfree(r);
	if (!ret)
		ret = nla_put_u32(reply, PARTBUS_A_OFFER_CHANNEL, channel);
	return pb_netlink_finish(info, reply, hdr, ret);
}

int partbus_nl_offer_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct partbus_host_ops *host;
	int ret;

	if (!names_offer(info))
		return -EINVAL;
	partbus_config_lock();
	host = need_host(info->extack);
	ret = host ? host->offer_del(nla_get_u32(info->attrs[PARTBUS_A_OFFER_PARTITION]),
				     nla_data(info->attrs[PARTBUS_A_OFFER_RESOURCE]),
				     info->extack) : -EOPNOTSUPP;
	partbus_config_unlock();
	return ret;
}

static int offer_fill(struct sk_buff *skb, const struct partbus_offer_info *o)
{
	if (nla_put_u32(skb, PARTBUS_A_OFFER_PARTITION, o->partition) ||
	    nla_put_string(skb, PARTBUS_A_OFFER_RESOURCE, o->resource))
		return -EMSGSIZE;
	if (o->channel ? nla_put_u32(skb, PARTBUS_A_OFFER_CHANNEL, o->channel) :
			 nla_put_flag(skb, PARTBUS_A_OFFER_PENDING))
		return -EMSGSIZE;
	if (o->place[0] && nla_put_string(skb, PARTBUS_A_OFFER_PLACE, o->place))
		return -EMSGSIZE;
	return pb_netlink_put_ranges(skb, PARTBUS_A_OFFER_ATTR, &o->limits);
}

static int find_offer(const struct partbus_host_ops *host, u32 partition, const char *resource,
		      struct partbus_offer_info *o)
{
	unsigned int i;

	for (i = 0; !host->offer_next(i, o); i++)
		if (o->partition == partition && !strcmp(o->resource, resource))
			return 0;
	return -ENOENT;
}

int partbus_nl_offer_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct partbus_host_ops *host;
	struct partbus_offer_info *o;
	struct sk_buff *reply;
	int ret = -EOPNOTSUPP;
	void *hdr;

	if (!names_offer(info))
		return -EINVAL;
	o = kzalloc(sizeof(*o), GFP_KERNEL);
	if (!o)
		return -ENOMEM;
	reply = pb_netlink_reply(info, &hdr);
	if (!reply) {
		kfree(o);
		return -ENOMEM;
	}
	partbus_config_lock();
	host = need_host(info->extack);
	if (host) {
		ret = find_offer(host, nla_get_u32(info->attrs[PARTBUS_A_OFFER_PARTITION]),
				 nla_data(info->attrs[PARTBUS_A_OFFER_RESOURCE]), o);
		if (ret)
			NL_SET_ERR_MSG(info->extack, "this partition has no such offer");
	}
	partbus_config_unlock();
	if (!ret)
		ret = offer_fill(reply, o);
	kfree(o);
	return pb_netlink_finish(info, reply, hdr, ret);
}

int partbus_nl_offer_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct partbus_host_ops *host;
	struct partbus_offer_info *o = kzalloc(sizeof(*o), GFP_KERNEL);
	void *hdr;

	if (!o)
		return -ENOMEM;
	cb->seq = pb_netlink_seq();
	partbus_config_lock();
	host = partbus_host();
	while (host && !host->offer_next(cb->args[0], o)) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &pb_netlink_family, NLM_F_MULTI, PARTBUS_CMD_OFFER_GET);
		if (!hdr)
			break;
		if (offer_fill(skb, o)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
		cb->args[0]++;
	}
	partbus_config_unlock();
	kfree(o);
	return skb->len;
}
