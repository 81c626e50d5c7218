// SPDX-License-Identifier: GPL-2.0
/* Events for whoever listens to the netlink group. */
#include <vmbus/mgmt.h>

#include <linux/export.h>

#include "netlink.h"

static atomic_t event_count = ATOMIC_INIT(1);

unsigned int pb_netlink_seq(void)
{
	return (unsigned int)atomic_read(&event_count) ?: 1;
}

static int event_fill(struct sk_buff *skb, const struct partbus_event *ev)
{
	if (nla_put_u32(skb, PARTBUS_A_EVENT_KIND, ev->kind))
		return -EMSGSIZE;
	if (ev->partition != U32_MAX &&
	    nla_put_u32(skb, PARTBUS_A_EVENT_PARTITION, ev->partition))
		return -EMSGSIZE;
	if (ev->channel && (nla_put_u32(skb, PARTBUS_A_EVENT_CHANNEL, ev->channel) ||
			    nla_put_u32(skb, PARTBUS_A_EVENT_ROLE, ev->role)))
		return -EMSGSIZE;
	if (ev->name && nla_put_string(skb, PARTBUS_A_EVENT_NAME, ev->name))
		return -EMSGSIZE;
	if (ev->state != U32_MAX && nla_put_u32(skb, PARTBUS_A_EVENT_STATE, ev->state))
		return -EMSGSIZE;
	if (ev->old_state != U32_MAX &&
	    nla_put_u32(skb, PARTBUS_A_EVENT_OLD_STATE, ev->old_state))
		return -EMSGSIZE;
	if (ev->epoch && nla_put_u32(skb, PARTBUS_A_EVENT_EPOCH, ev->epoch))
		return -EMSGSIZE;
	if (ev->reason && ev->reason[0] &&
	    nla_put_string(skb, PARTBUS_A_EVENT_REASON, ev->reason))
		return -EMSGSIZE;
	if (ev->request && nla_put_u32(skb, PARTBUS_A_EVENT_REQUEST, ev->request))
		return -EMSGSIZE;
	return 0;
}

void partbus_event_send(const struct partbus_event *ev)
{
	struct sk_buff *skb;
	void *hdr;

	/* Before anybody looks: a dump that sees the change sees the count, too. */
	atomic_inc(&event_count);
	if (!genl_has_listeners(&pb_netlink_family, &init_net, PARTBUS_NLGRP_EVENTS))
		return;
	skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	if (!skb)
		return;
	hdr = genlmsg_put(skb, 0, 0, &pb_netlink_family, 0, PARTBUS_CMD_EVENT_NTF);
	if (!hdr || event_fill(skb, ev)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast(&pb_netlink_family, skb, 0, PARTBUS_NLGRP_EVENTS, GFP_ATOMIC);
}
EXPORT_SYMBOL_GPL(partbus_event_send);
