// SPDX-License-Identifier: GPL-2.0
/* Typed attributes of contracts in netlink messages. */
#include "netlink.h"

#include <vmbus/contract.h>

static int read_attr(const struct nlattr *nest, u32 class, bool wish, struct pb_ranges *r,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[PARTBUS_A_ATTR_MAX + 1];
	u64 least = 0, like = 0;
	int attr, ret;

	ret = nla_parse_nested(tb, PARTBUS_A_ATTR_MAX, nest, partbus_attr_nl_policy, extack);
	if (ret)
		return ret;
	if (!tb[PARTBUS_A_ATTR_TYPE]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "attribute without a type");
		return -EINVAL;
	}
	if (!tb[PARTBUS_A_ATTR_LEAST] && !tb[PARTBUS_A_ATTR_LIKE]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "attribute without a value");
		return -EINVAL;
	}
	attr = pb_attr_index(nla_get_u32(tb[PARTBUS_A_ATTR_TYPE]));
	if (attr < 0) {
		NL_SET_ERR_MSG_ATTR(extack, tb[PARTBUS_A_ATTR_TYPE], "unknown type of attribute");
		return -EINVAL;
	}
	if (class != PARTBUS_CLASS_NONE && !pb_attr_of_class(attr, class)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[PARTBUS_A_ATTR_TYPE],
				    "resources of this class have no such attribute");
		return -EINVAL;
	}
	if (r->present & BIT_ULL(attr)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[PARTBUS_A_ATTR_TYPE], "attribute given twice");
		return -EINVAL;
	}
	if (tb[PARTBUS_A_ATTR_LEAST])
		least = nla_get_u64(tb[PARTBUS_A_ATTR_LEAST]);
	like = tb[PARTBUS_A_ATTR_LIKE] ? nla_get_u64(tb[PARTBUS_A_ATTR_LIKE]) : least;
	if (least > like) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "the least is above what is wanted");
		return -EINVAL;
	}
	if (like == PARTBUS_ATTR_ANY ? !wish && !pb_attr_table[attr].any :
	    like < pb_attr_table[attr].min || like > pb_attr_table[attr].max) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "value outside the limits of this attribute");
		return -ERANGE;
	}
	pb_ranges_set(r, attr, least, like);
	return 0;
}

int pb_netlink_read_attrs(struct genl_info *info, int nest, u32 class, bool wish,
			  struct pb_ranges *r)
{
	const struct nlattr *nla;
	int rem, ret;

	memset(r, 0, sizeof(*r));
	nlmsg_for_each_attr(nla, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(nla) != nest)
			continue;
		ret = read_attr(nla, class, wish, r, info->extack);
		if (ret)
			return ret;
	}
	return 0;
}

static int put_attr(struct sk_buff *skb, int nest, int attr, u64 least, u64 like)
{
	struct nlattr *nla = nla_nest_start(skb, nest);

	if (!nla)
		return -EMSGSIZE;
	if (nla_put_u32(skb, PARTBUS_A_ATTR_TYPE, pb_attr_table[attr].type) ||
	    nla_put_u64_64bit(skb, PARTBUS_A_ATTR_LEAST, least, PARTBUS_A_ATTR_PAD) ||
	    nla_put_u64_64bit(skb, PARTBUS_A_ATTR_LIKE, like, PARTBUS_A_ATTR_PAD)) {
		nla_nest_cancel(skb, nla);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nla);
	return 0;
}

int pb_netlink_put_ranges(struct sk_buff *skb, int nest, const struct pb_ranges *r)
{
	int attr, ret;

	for (attr = 0; attr < PB_ATTR_COUNT; attr++) {
		if (!(r->present & BIT_ULL(attr)))
			continue;
		ret = put_attr(skb, nest, attr, r->least[attr], r->like[attr]);
		if (ret)
			return ret;
	}
	return 0;
}

int pb_netlink_put_contract(struct sk_buff *skb, int nest, const struct pb_contract *c)
{
	int attr, ret;

	for (attr = 0; attr < PB_ATTR_COUNT; attr++) {
		if (!(c->present & BIT_ULL(attr)))
			continue;
		ret = put_attr(skb, nest, attr, c->value[attr], c->value[attr]);
		if (ret)
			return ret;
	}
	return 0;
}
