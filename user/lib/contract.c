// SPDX-License-Identifier: GPL-2.0
/* Contracts over netlink: only asking. The outcome is an event. */
#include "object.h"

int pbl_contract_request(struct pbl_nl *nl, __u32 channel, const struct pbl_attrs *attrs,
			 struct pbl_error *err)
{
	struct nl_msg *msg = pbl_nl_request(nl, PARTBUS_CMD_CONTRACT_REQUEST);
	int failed = 0;

	if (msg)
		failed = nla_put_u32(msg, PARTBUS_A_CHANNEL_ID, channel) ||
			 pbl_attrs_encode(attrs, msg, PARTBUS_A_CHANNEL_ATTR);
	return pbl_nl_do(nl, msg, failed, &pbl_set_channel, NULL, NULL, err);
}
