// SPDX-License-Identifier: GPL-2.0
/* Netlink: ends of channels in this kernel, and what a client wants of its contract. */
#include "netlink.h"

#include <vmbus/admin.h>
#include <vmbus/channel.h>

static int count_fill(struct sk_buff *skb, int attr, u64 count)
{
	return nla_put_u64_64bit(skb, attr, count, PARTBUS_A_QUEUE_PAD);
}

static u64 moment_ago(const u64 *count)
{
	/* Nobody waits for whoever counts; each counter is right by itself. */
	return data_race(*count);
}

static int queue_fill(struct sk_buff *skb, const struct partbus_queue *q)
{
	const struct partbus_queue_stats *s = &q->stats;
	struct nlattr *nest = nla_nest_start(skb, PARTBUS_A_CHANNEL_QUEUE);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, PARTBUS_A_QUEUE_INDEX, q->index) ||
	    count_fill(skb, PARTBUS_A_QUEUE_REQUESTS, moment_ago(&s->requests)) ||
	    count_fill(skb, PARTBUS_A_QUEUE_BYTES, moment_ago(&s->bytes)) ||
	    count_fill(skb, PARTBUS_A_QUEUE_ERRORS, moment_ago(&s->errors)) ||
	    count_fill(skb, PARTBUS_A_QUEUE_DOORBELLS_SENT, atomic64_read(&s->doorbells_sent)) ||
	    count_fill(skb, PARTBUS_A_QUEUE_DOORBELLS_RECEIVED,
		       atomic64_read(&s->doorbells_received)) ||
	    nla_put_u32(skb, PARTBUS_A_QUEUE_IN_FLIGHT, READ_ONCE(s->in_flight)) ||
	    count_fill(skb, PARTBUS_A_QUEUE_THROTTLED, moment_ago(&s->throttled)) ||
	    count_fill(skb, PARTBUS_A_QUEUE_REARMS, moment_ago(&s->rearms))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* Of all queues together. */
static int latency_fill(struct sk_buff *skb, const struct partbus_data *data)
{
	struct pb_latency sum = { 0 };
	u32 i, n;

	for (i = 0; i < data->layout.queues; i++)
		for (n = 0; n < PB_LATENCY_BUCKETS; n++)
			sum.count[n] += moment_ago(&data->queues[i].stats.latency.count[n]);
	return nla_put(skb, PARTBUS_A_CHANNEL_LATENCY, sizeof(sum), &sum);
}

/* What the admin work may change meanwhile. */
static int contract_fill(struct sk_buff *skb, struct pb_admin *a)
{
	u64 bytes = pb_section_size(a->ch->admin_section);
	int ret = 0;
	u32 i;

	mutex_lock(&a->contract_lock);
	if (nla_put_u32(skb, PARTBUS_A_CHANNEL_NEG_STATE, a->neg.state) ||
	    nla_put_u32(skb, PARTBUS_A_CHANNEL_EPOCH, a->current_contract.epoch) ||
	    nla_put_u64_64bit(skb, PARTBUS_A_CHANNEL_RENEGOTIATIONS,
			      a->contracts ? a->contracts - 1 : 0, PARTBUS_A_CHANNEL_PAD))
		ret = -EMSGSIZE;
	if (!ret && a->data) {
		bytes += pb_section_size(a->data->section);
		for (i = 0; !ret && i < a->data->layout.queues; i++)
			ret = queue_fill(skb, &a->data->queues[i]);
		if (!ret)
			ret = latency_fill(skb, a->data);
	}
	if (!ret && a->current_contract.epoch)
		ret = pb_netlink_put_contract(skb, PARTBUS_A_CHANNEL_ATTR, &a->current_contract);
	mutex_unlock(&a->contract_lock);
	if (!ret)
		ret = nla_put_u64_64bit(skb, PARTBUS_A_CHANNEL_SECTION_BYTES, bytes,
					PARTBUS_A_CHANNEL_PAD);
	return ret;
}

static int device_fill(struct sk_buff *skb, struct partbus_channel *ch)
{
	char name[32] = "";

	/* A driver that is just going or coming has no name to show. */
	if (!device_trylock(&ch->dev))
		return 0;
	if (ch->dev.driver && pb_channel_ops(ch)->device)
		pb_channel_ops(ch)->device(ch, name, sizeof(name));
	device_unlock(&ch->dev);
	return name[0] ? nla_put_string(skb, PARTBUS_A_CHANNEL_DEVICE, name) : 0;
}

static int channel_fill(struct sk_buff *skb, struct partbus_channel *ch)
{
	char reason[PARTBUS_REASON_MAX];
	u64 violations;
	u32 state;

	spin_lock_irq(&ch->state_lock);
	state = ch->state;
	violations = ch->violations;
	strscpy(reason, ch->reason, sizeof(reason));
	spin_unlock_irq(&ch->state_lock);

	if (nla_put_u32(skb, PARTBUS_A_CHANNEL_ID, ch->id) ||
	    nla_put_u32(skb, PARTBUS_A_CHANNEL_ROLE, ch->role) ||
	    nla_put_u32(skb, PARTBUS_A_CHANNEL_CLASS, ch->class) ||
	    nla_put_u32(skb, PARTBUS_A_CHANNEL_PEER, ch->peer) ||
	    nla_put_string(skb, PARTBUS_A_CHANNEL_RESOURCE, ch->resource) ||
	    nla_put(skb, PARTBUS_A_CHANNEL_UUID, sizeof(ch->uuid), &ch->uuid) ||
	    nla_put_u32(skb, PARTBUS_A_CHANNEL_STATE, state) ||
	    nla_put_u32(skb, PARTBUS_A_CHANNEL_LINE_IN, ch->line_in) ||
	    nla_put_u32(skb, PARTBUS_A_CHANNEL_LINE_OUT, ch->line_out) ||
	    nla_put_u64_64bit(skb, PARTBUS_A_CHANNEL_VIOLATIONS, violations,
			      PARTBUS_A_CHANNEL_PAD))
		return -EMSGSIZE;
	if (reason[0] && nla_put_string(skb, PARTBUS_A_CHANNEL_REASON, reason))
		return -EMSGSIZE;
	return device_fill(skb, ch) ?: contract_fill(skb, ch->admin);
}

/* With a reference, or NULL. @role U32_MAX: the client's end if there are both. */
static struct partbus_channel *channel_find(u32 id, u32 role)
{
	struct partbus_channel *ch, *found = NULL;

	mutex_lock(&pb_channels_lock);
	list_for_each_entry(ch, &pb_channels, node) {
		if (ch->id != id || (role != U32_MAX && ch->role != role))
			continue;
		if (!found || ch->role == PARTBUS_ROLE_CLIENT)
			found = ch;
	}
	if (found)
		pb_channel_get(found);
	mutex_unlock(&pb_channels_lock);
	return found;
}

int partbus_nl_channel_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *role = info->attrs[PARTBUS_A_CHANNEL_ROLE];
	struct partbus_channel *ch;
	struct sk_buff *reply;
	void *hdr;
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, PARTBUS_A_CHANNEL_ID))
		return -EINVAL;
	ch = channel_find(nla_get_u32(info->attrs[PARTBUS_A_CHANNEL_ID]),
			  role ? nla_get_u32(role) : U32_MAX);
	if (!ch) {
		NL_SET_ERR_MSG(info->extack, "no such channel end in this partition");
		return -ENOENT;
	}
	reply = pb_netlink_reply(info, &hdr);
	ret = reply ? channel_fill(reply, ch) : -ENOMEM;
	pb_channel_put(ch);
	return pb_netlink_finish(info, reply, hdr, ret);
}

/* The @n'th channel end, with a reference, or NULL. */
static struct partbus_channel *channel_nth(unsigned long n)
{
	struct partbus_channel *ch, *found = NULL;

	mutex_lock(&pb_channels_lock);
	list_for_each_entry(ch, &pb_channels, node) {
		if (!n--) {
			found = pb_channel_get(ch);
			break;
		}
	}
	mutex_unlock(&pb_channels_lock);
	return found;
}

int partbus_nl_channel_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct partbus_channel *ch;
	void *hdr;
	int ret = 0;

	cb->seq = pb_netlink_seq();
	for (; (ch = channel_nth(cb->args[0])); cb->args[0]++) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &pb_netlink_family, NLM_F_MULTI, PARTBUS_CMD_CHANNEL_GET);
		ret = hdr ? channel_fill(skb, ch) : -EMSGSIZE;
		pb_channel_put(ch);
		if (ret) {
			if (hdr)
				genlmsg_cancel(skb, hdr);
			break;
		}
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
	}
	/* One that fits into no message must not end the dump as if it were not there. */
	return skb->len ?: ret;
}

int partbus_nl_contract_request_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct partbus_channel *ch;
	struct pb_ranges wish;
	struct sk_buff *reply;
	u32 request = 0;
	void *hdr;
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, PARTBUS_A_CHANNEL_ID))
		return -EINVAL;
	ch = channel_find(nla_get_u32(info->attrs[PARTBUS_A_CHANNEL_ID]), PARTBUS_ROLE_CLIENT);
	if (!ch) {
		NL_SET_ERR_MSG(info->extack,
			       "no client's end of such a channel in this partition");
		return -ENOENT;
	}
	ret = pb_netlink_read_attrs(info, PARTBUS_A_CHANNEL_ATTR, ch->class, true, &wish);
	if (!ret && !wish.present) {
		NL_SET_ERR_MSG(info->extack, "say which attributes of the contract are wanted");
		ret = -EINVAL;
	}
	if (ret)
		goto out;
	/* Before anything begins that could not be told of. */
	reply = pb_netlink_reply(info, &hdr);
	if (!reply) {
		ret = -ENOMEM;
		goto out;
	}

	device_lock(&ch->dev);
	if (!ch->dev.driver || !pb_channel_ops(ch)->request) {
		NL_SET_ERR_MSG(info->extack, "no driver serves this channel");
		ret = -ENODEV;
	} else if (READ_ONCE(ch->state) == PARTBUS_CHANNEL_STATE_BROKEN) {
		NL_SET_ERR_MSG(info->extack, "the channel is broken");
		ret = -EPIPE;
	} else {
		ret = pb_channel_ops(ch)->request(ch, &wish, info->extack);
		if (!ret) {
			request = pb_admin_requested(ch->admin);
			partbus_channel_want(ch);
		}
	}
	device_unlock(&ch->dev);
	if (!ret)
		ret = nla_put_u32(reply, PARTBUS_A_CHANNEL_REQUEST, request);
	ret = pb_netlink_finish(info, reply, hdr, ret);
out:
	pb_channel_put(ch);
	return ret;
}
