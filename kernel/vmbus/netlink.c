// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: registration, the configuration lock, and the
 * places into which the host and the provider core hang themselves. Objects are
 * served by netlink_*.c.
 */
#include "netlink.h"

#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>

#include <vmbus/mgmt.h>

/*
 * The configuration lock. Guards: partitions, offers and links of the host,
 * resources of the provider core, and the two pointers below. Taken in process
 * context; only the device lock of a channel end may be held by then. Nothing
 * under it waits for a peer, for I/O, or for a device to join or leave the bus.
 */
static DEFINE_MUTEX(config_lock);
/*
 * Whoever waits for this lock may be the one for whom a disk waits: its holder
 * does not wait for I/O to get memory. Belongs to the holder.
 */
static unsigned int config_noio;
static const struct partbus_host_ops *host_ops;
static const struct partbus_provider_ops *provider_ops;

void partbus_config_lock(void)
{
	mutex_lock(&config_lock);
	config_noio = memalloc_noio_save();
}
EXPORT_SYMBOL_GPL(partbus_config_lock);

void partbus_config_unlock(void)
{
	unsigned int noio = config_noio;

	memalloc_noio_restore(noio);
	mutex_unlock(&config_lock);
}
EXPORT_SYMBOL_GPL(partbus_config_unlock);

void partbus_config_assert_held(void)
{
	lockdep_assert_held(&config_lock);
}
EXPORT_SYMBOL_GPL(partbus_config_assert_held);

int partbus_host_register(const struct partbus_host_ops *ops)
{
	int ret = 0;

	mutex_lock(&config_lock);
	if (host_ops)
		ret = -EBUSY;
	else
		host_ops = ops;
	mutex_unlock(&config_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(partbus_host_register);

void partbus_host_unregister(const struct partbus_host_ops *ops)
{
	mutex_lock(&config_lock);
	if (host_ops == ops)
		host_ops = NULL;
	mutex_unlock(&config_lock);
}
EXPORT_SYMBOL_GPL(partbus_host_unregister);

int partbus_provider_register(const struct partbus_provider_ops *ops)
{
	int ret = 0;

	mutex_lock(&config_lock);
	if (provider_ops)
		ret = -EBUSY;
	else
		provider_ops = ops;
	mutex_unlock(&config_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(partbus_provider_register);

void partbus_provider_unregister(const struct partbus_provider_ops *ops)
{
	mutex_lock(&config_lock);
	if (provider_ops == ops)
		provider_ops = NULL;
	mutex_unlock(&config_lock);
}
EXPORT_SYMBOL_GPL(partbus_provider_unregister);

const struct partbus_host_ops *partbus_host(void)
{
	lockdep_assert_held(&config_lock);
	return host_ops;
}
EXPORT_SYMBOL_GPL(partbus_host);

const struct partbus_provider_ops *partbus_provider(void)
{
	lockdep_assert_held(&config_lock);
	return provider_ops;
}
EXPORT_SYMBOL_GPL(partbus_provider);

struct sk_buff *pb_netlink_reply(struct genl_info *info, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE * 2, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &pb_netlink_family, 0, info->genlhdr->cmd);
	if (!*hdr) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

int pb_netlink_finish(struct genl_info *info, struct sk_buff *reply, void *hdr, int ret)
{
	if (ret) {
		nlmsg_free(reply);
		return ret;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

static const struct genl_multicast_group groups[] = {
	[PARTBUS_NLGRP_EVENTS] = { .name = PARTBUS_MCGRP_EVENTS },
};

struct genl_family pb_netlink_family __ro_after_init = {
	.name = PARTBUS_FAMILY_NAME,
	.version = PARTBUS_FAMILY_VERSION,
	.netnsok = false,
	/* The configuration lock serialises; dumps need not wait for one another. */
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = partbus_nl_ops,
	.n_ops = ARRAY_SIZE(partbus_nl_ops),
	.resv_start_op = PARTBUS_CMD_CONTRACT_REQUEST + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int pb_netlink_init(void)
{
	return genl_register_family(&pb_netlink_family);
}

void pb_netlink_exit(void)
{
	genl_unregister_family(&pb_netlink_family);
}
