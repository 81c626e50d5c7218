// SPDX-License-Identifier: GPL-2.0
/* Netlink: partitions. */
#include "netlink.h"

#include <linux/ctype.h>
#include <linux/log2.h>

#include <vmbus/mgmt.h>

static const struct partbus_host_ops *need_host(struct netlink_ext_ack *extack)
{
	const struct partbus_host_ops *host = partbus_host();

	if (!host)
		NL_SET_ERR_MSG(extack, "this kernel is no partbus host: load partbus_host");
	return host;
}

bool pb_netlink_name_ok(const char *name)
{
	const char *c;

	/* Names become parts of paths and of commands. */
	if (!name[0] || name[0] == '.' || name[0] == '-')
		return false;
	for (c = name; *c; c++)
		if (!isalnum(*c) && !strchr("._-", *c))
			return false;
	return true;
}

int partbus_nl_partition_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct partbus_host_ops *host;
	u64 size = PARTBUS_WINDOW_DEFAULT_SIZE;
	struct sk_buff *reply;
	const char *name;
	uuid_t uuid;
	void *hdr;
	u32 id = 0;
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, PARTBUS_A_PARTITION_NAME))
		return -EINVAL;
	name = nla_data(info->attrs[PARTBUS_A_PARTITION_NAME]);
	if (!pb_netlink_name_ok(name)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PARTBUS_A_PARTITION_NAME],
				    PB_NETLINK_NAME_RULE);
		return -EINVAL;
	}
	if (info->attrs[PARTBUS_A_PARTITION_UUID])
		import_uuid(&uuid, nla_data(info->attrs[PARTBUS_A_PARTITION_UUID]));
	else
		uuid_gen(&uuid);
	if (info->attrs[PARTBUS_A_PARTITION_WINDOW_SIZE])
		size = nla_get_u64(info->attrs[PARTBUS_A_PARTITION_WINDOW_SIZE]);
	if (size < PARTBUS_WINDOW_MIN_SIZE || size > PARTBUS_WINDOW_MAX_SIZE ||
	    !is_power_of_2(size)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PARTBUS_A_PARTITION_WINDOW_SIZE],
				    "the size of a window is a power of two from 2 MiB to 64 GiB");
		return -EINVAL;
	}
	if (info->attrs[PARTBUS_A_PARTITION_ID]) {
		id = nla_get_u32(info->attrs[PARTBUS_A_PARTITION_ID]);
		if (!id || id > PARTBUS_PARTITION_ID_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PARTBUS_A_PARTITION_ID],
					    "the id of a partition is from 1 to 2147483647");
			return -EINVAL;
		}
	}
	reply = pb_netlink_reply(info, &hdr);
	if (!reply)
		return -ENOMEM;

	partbus_config_lock();
	host = need_host(info->extack);
	ret = host ? host->partition_new(name, &uuid, size, &id, info->extack) : -EOPNOTSUPP;
	partbus_config_unlock();
	if (!ret)
		ret = nla_put_u32(reply, PARTBUS_A_PARTITION_ID, id);
	return pb_netlink_finish(info, reply, hdr, ret);
}

/* The partition that a request names by id or by name. */
static int find_partition(const struct partbus_host_ops *host, struct genl_info *info, u32 *id)
{
	struct nlattr *by_id = info->attrs[PARTBUS_A_PARTITION_ID];
	struct nlattr *by_name = info->attrs[PARTBUS_A_PARTITION_NAME];
	int ret = 0;

	if (!by_id && !by_name) {
		NL_SET_ERR_MSG(info->extack, "say which partition, by id or by name");
		return -EINVAL;
	}
	if (by_id)
		*id = nla_get_u32(by_id);
	else
		ret = host->partition_find(nla_data(by_name), id);
	if (ret)
		NL_SET_ERR_MSG_ATTR(info->extack, by_name, "no partition of this name");
	return ret;
}

int partbus_nl_partition_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct partbus_host_ops *host;
	int ret = -EOPNOTSUPP;
	u32 id;

	partbus_config_lock();
	host = need_host(info->extack);
	if (host) {
		ret = find_partition(host, info, &id);
		if (!ret)
			ret = host->partition_del(id, info->extack);
	}
	partbus_config_unlock();
	return ret;
}

static int partition_fill(struct sk_buff *skb, const struct partbus_partition_info *p)
{
	if (nla_put_u32(skb, PARTBUS_A_PARTITION_ID, p->id) ||
	    nla_put_string(skb, PARTBUS_A_PARTITION_NAME, p->name) ||
	    nla_put(skb, PARTBUS_A_PARTITION_UUID, sizeof(p->uuid), &p->uuid) ||
	    nla_put_u32(skb, PARTBUS_A_PARTITION_STATE, p->state) ||
	    nla_put_u64_64bit(skb, PARTBUS_A_PARTITION_GENERATION, p->generation,
			      PARTBUS_A_PARTITION_PAD) ||
	    nla_put_u64_64bit(skb, PARTBUS_A_PARTITION_WINDOW_SIZE, p->window_size,
			      PARTBUS_A_PARTITION_PAD) ||
	    nla_put_u64_64bit(skb, PARTBUS_A_PARTITION_WINDOW_USED, p->window_used,
			      PARTBUS_A_PARTITION_PAD) ||
	    nla_put_u32(skb, PARTBUS_A_PARTITION_CHANNELS, p->channels))
		return -EMSGSIZE;
	if (p->pid && nla_put_u32(skb, PARTBUS_A_PARTITION_PID, p->pid))
		return -EMSGSIZE;
	if (p->version && nla_put_u32(skb, PARTBUS_A_PARTITION_VERSION, p->version))
		return -EMSGSIZE;
	if (p->release[0] && nla_put_string(skb, PARTBUS_A_PARTITION_RELEASE, p->release))
		return -EMSGSIZE;
	if (p->has_heartbeat &&
	    (nla_put_u32(skb, PARTBUS_A_PARTITION_HEARTBEAT, p->heartbeat) ||
	     nla_put_u32(skb, PARTBUS_A_PARTITION_HEARTBEAT_AGE_MSEC, p->heartbeat_age_msec)))
		return -EMSGSIZE;
	return 0;
}

int partbus_nl_partition_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct partbus_host_ops *host;
	struct partbus_partition_info p;
	struct sk_buff *reply;
	int ret = -EOPNOTSUPP;
	void *hdr;
	u32 id;

	reply = pb_netlink_reply(info, &hdr);
	if (!reply)
		return -ENOMEM;
	partbus_config_lock();
	host = need_host(info->extack);
	if (host) {
		ret = find_partition(host, info, &id);
		if (!ret && (host->partition_next(id, &p) || p.id != id)) {
			NL_SET_ERR_MSG(info->extack, "no partition with this id");
			ret = -ENOENT;
		}
	}
	partbus_config_unlock();
	if (!ret)
		ret = partition_fill(reply, &p);
	return pb_netlink_finish(info, reply, hdr, ret);
}

int partbus_nl_partition_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct partbus_host_ops *host;
	struct partbus_partition_info p;
	u32 id = cb->args[0];
	void *hdr;

	cb->seq = pb_netlink_seq();
	partbus_config_lock();
	host = partbus_host();
	while (host && !host->partition_next(id, &p)) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &pb_netlink_family, NLM_F_MULTI, PARTBUS_CMD_PARTITION_GET);
		if (!hdr)
			break;
		if (partition_fill(skb, &p)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
		id = p.id + 1;
	}
	partbus_config_unlock();
	cb->args[0] = id;
	return skb->len;
}
