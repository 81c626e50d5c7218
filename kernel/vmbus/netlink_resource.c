// SPDX-License-Identifier: GPL-2.0
/* Netlink: resources. */
#include "netlink.h"

#include <linux/kmod.h>
#include <linux/module.h>

#include <vmbus/mgmt.h>

static const struct partbus_provider_ops *need_provider(struct netlink_ext_ack *extack)
{
	const struct partbus_provider_ops *provider = partbus_provider();

	if (!provider)
		NL_SET_ERR_MSG(extack, "nothing provides resources here: load partbus_vsp");
	return provider;
}

/*
 * For what is called without the configuration lock: its module stays. Put by
 * module_put().
 */
static const struct partbus_provider_ops *provider_get(struct netlink_ext_ack *extack)
{
	const struct partbus_provider_ops *provider;

	partbus_config_lock();
	provider = need_provider(extack);
	if (provider && !try_module_get(provider->owner)) {
		NL_SET_ERR_MSG(extack, "the provider's module is being unloaded");
		provider = NULL;
	}
	partbus_config_unlock();
	return provider;
}

static const char *attr_string(struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_data(info->attrs[attr]) : NULL;
}

static int read_params(struct genl_info *info, struct partbus_resource_params *p)
{
	struct nlattr **attrs = info->attrs;

	memset(p, 0, sizeof(*p));
	if (GENL_REQ_ATTR_CHECK(info, PARTBUS_A_RESOURCE_NAME))
		return -EINVAL;
	p->name = nla_data(attrs[PARTBUS_A_RESOURCE_NAME]);
	if (!pb_netlink_name_ok(p->name)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[PARTBUS_A_RESOURCE_NAME],
				    PB_NETLINK_NAME_RULE);
		return -EINVAL;
	}
	if (attrs[PARTBUS_A_RESOURCE_CLASS])
		p->class = nla_get_u32(attrs[PARTBUS_A_RESOURCE_CLASS]);
	p->has_size = attrs[PARTBUS_A_RESOURCE_SIZE_BYTES];
	if (p->has_size)
		p->size_bytes = nla_get_u64(attrs[PARTBUS_A_RESOURCE_SIZE_BYTES]);
	p->has_read_only = attrs[PARTBUS_A_RESOURCE_READ_ONLY];
	if (p->has_read_only)
		p->read_only = nla_get_u8(attrs[PARTBUS_A_RESOURCE_READ_ONLY]);
	return pb_netlink_read_attrs(info, PARTBUS_A_RESOURCE_ATTR, p->class, false, &p->limits);
}

int partbus_nl_resource_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct partbus_provider_ops *provider;
	struct partbus_resource_params p;
	int ret;

	ret = read_params(info, &p);
	if (ret)
		return ret;
	if (GENL_REQ_ATTR_CHECK(info, PARTBUS_A_RESOURCE_CLASS) ||
	    GENL_REQ_ATTR_CHECK(info, PARTBUS_A_RESOURCE_BACKING))
		return -EINVAL;
	p.backing = attr_string(info, PARTBUS_A_RESOURCE_BACKING);
	p.serial = attr_string(info, PARTBUS_A_RESOURCE_SERIAL);
	p.has_uuid = info->attrs[PARTBUS_A_RESOURCE_UUID];
	if (p.has_uuid)
		import_uuid(&p.uuid, nla_data(info->attrs[PARTBUS_A_RESOURCE_UUID]));

	/* Before the lock: the module that comes takes it. */
	request_module("partbus-vsp-class-%u", p.class);

	provider = provider_get(info->extack);
	if (!provider)
		return -EOPNOTSUPP;
	ret = provider->resource_new(&p, info->extack);
	module_put(provider->owner);
	return ret;
}

int partbus_nl_resource_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct partbus_provider_ops *provider;
	struct partbus_resource_params p;
	int ret;

	ret = read_params(info, &p);
	if (ret)
		return ret;
	partbus_config_lock();
	provider = need_provider(info->extack);
	ret = provider ? provider->resource_set(&p, info->extack) : -EOPNOTSUPP;
	partbus_config_unlock();
	return ret;
}

int partbus_nl_resource_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct partbus_provider_ops *provider;
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, PARTBUS_A_RESOURCE_NAME))
		return -EINVAL;
	provider = provider_get(info->extack);
	if (!provider)
		return -EOPNOTSUPP;
	ret = provider->resource_del(nla_data(info->attrs[PARTBUS_A_RESOURCE_NAME]),
				     info->extack);
	module_put(provider->owner);
	return ret;
}

static int resource_fill(struct sk_buff *skb, const struct partbus_resource_info *r,
			 unsigned int offers)
{
	if (nla_put_string(skb, PARTBUS_A_RESOURCE_NAME, r->name) ||
	    nla_put(skb, PARTBUS_A_RESOURCE_UUID, sizeof(r->uuid), &r->uuid) ||
	    nla_put_u32(skb, PARTBUS_A_RESOURCE_CLASS, r->class) ||
	    nla_put_string(skb, PARTBUS_A_RESOURCE_BACKING, r->backing) ||
	    nla_put_string(skb, PARTBUS_A_RESOURCE_SERIAL, r->serial) ||
	    nla_put_u32(skb, PARTBUS_A_RESOURCE_PROVIDER, PARTBUS_ROOT_ID) ||
	    nla_put_u32(skb, PARTBUS_A_RESOURCE_STATE, r->state) ||
	    nla_put_u32(skb, PARTBUS_A_RESOURCE_OFFERS, offers) ||
	    nla_put_u64_64bit(skb, PARTBUS_A_RESOURCE_SIZE_BYTES, r->size_bytes,
			      PARTBUS_A_RESOURCE_PAD) ||
	    nla_put_u8(skb, PARTBUS_A_RESOURCE_READ_ONLY, r->read_only))
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, PARTBUS_A_RESOURCE_DEFINED_SIZE_BYTES, r->set_size_bytes,
			      PARTBUS_A_RESOURCE_PAD))
		return -EMSGSIZE;
	return pb_netlink_put_ranges(skb, PARTBUS_A_RESOURCE_ATTR, &r->available) ?:
	       pb_netlink_put_ranges(skb, PARTBUS_A_RESOURCE_DEFINED_ATTR, &r->set_limits);
}

static unsigned int offers_of(const char *name)
{
	const struct partbus_host_ops *host = partbus_host();

	return host ? host->resource_offers(name) : 0;
}

int partbus_nl_resource_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct partbus_provider_ops *provider;
	struct partbus_resource_info *r;
	struct sk_buff *reply;
	int ret = -EOPNOTSUPP;
	void *hdr;

	if (GENL_REQ_ATTR_CHECK(info, PARTBUS_A_RESOURCE_NAME))
		return -EINVAL;
	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	reply = pb_netlink_reply(info, &hdr);
	if (!reply) {
		kfree(r);
		return -ENOMEM;
	}
	partbus_config_lock();
	provider = need_provider(info->extack);
	if (provider) {
		ret = provider->resource_get(nla_data(info->attrs[PARTBUS_A_RESOURCE_NAME]), r);
		if (ret)
			NL_SET_ERR_MSG(info->extack, "no resource of this name");
		else
			ret = resource_fill(reply, r, offers_of(r->name));
	}
	partbus_config_unlock();
	kfree(r);
	return pb_netlink_finish(info, reply, hdr, ret);
}

/* The @n'th resource by name. */
static int nth_resource(const struct partbus_provider_ops *provider, unsigned long n,
			struct partbus_resource_info *r)
{
	int ret;

	r->name[0] = '\0';
	do {
		char after[PARTBUS_NAME_MAX];

		strscpy(after, r->name, sizeof(after));
		ret = provider->resource_next(after, r);
	} while (!ret && n--);
	return ret;
}

int partbus_nl_resource_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct partbus_provider_ops *provider;
	struct partbus_resource_info *r;
	void *hdr;

	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	cb->seq = pb_netlink_seq();
	partbus_config_lock();
	provider = partbus_provider();
	while (provider && !nth_resource(provider, cb->args[0], r)) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &pb_netlink_family, NLM_F_MULTI, PARTBUS_CMD_RESOURCE_GET);
		if (!hdr)
			break;
		if (resource_fill(skb, r, offers_of(r->name))) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
		cb->args[0]++;
	}
	partbus_config_unlock();
	kfree(r);
	return skb->len;
}
