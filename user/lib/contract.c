// SPDX-License-Identifier: GPL-2.0
/* Contracts over netlink: only asking. The outcome is an event. */
#include "object.h"

static int one_reply(struct nlattr *attrs, int length, void *arg)
{
	struct nlattr *a = nla_find(attrs, length, PARTBUS_A_CHANNEL_REQUEST);

	if (a)
		pbl_get_u32(a, arg);
	return 0;
}

int pbl_contract_request(struct pbl_nl *nl, __u32 channel, const struct pbl_attrs *attrs,
			 __u32 *request, struct pbl_error *err)
{
	struct nl_msg *msg = pbl_nl_request(nl, PARTBUS_CMD_CONTRACT_REQUEST);
	int failed = 0;

	if (msg)
		failed = nla_put_u32(msg, PARTBUS_A_CHANNEL_ID, channel) ||
			 pbl_attrs_encode(attrs, msg, PARTBUS_A_CHANNEL_ATTR);
	*request = 0;
	return pbl_nl_do(nl, msg, failed, &pbl_set_channel, one_reply, request, err);
}
