// SPDX-License-Identifier: GPL-2.0
/* Events. */
#include "names.h"
#include "object.h"

void pbl_event_decode(struct pbl_event *e, struct nlattr *attrs, int length)
{
	struct nlattr *a;
	bool ok;
	int rest;

	nla_for_each_attr(a, attrs, length, rest) {
		switch (nla_type(a)) {
		case PARTBUS_A_EVENT_KIND:
			ok = pbl_get_u32(a, &e->kind);
			break;
		case PARTBUS_A_EVENT_PARTITION:
			ok = pbl_get_u32(a, &e->partition);
			break;
		case PARTBUS_A_EVENT_CHANNEL:
			ok = pbl_get_u32(a, &e->channel);
			break;
		case PARTBUS_A_EVENT_NAME:
			ok = pbl_get_text(a, e->name, sizeof(e->name));
			break;
		case PARTBUS_A_EVENT_STATE:
			ok = pbl_get_u32(a, &e->state);
			break;
		case PARTBUS_A_EVENT_OLD_STATE:
			ok = pbl_get_u32(a, &e->old_state);
			break;
		case PARTBUS_A_EVENT_EPOCH:
			ok = pbl_get_u32(a, &e->epoch);
			break;
		case PARTBUS_A_EVENT_REASON:
			ok = pbl_get_text(a, e->reason, sizeof(e->reason));
			break;
		case PARTBUS_A_EVENT_ROLE:
			ok = pbl_get_u32(a, &e->role);
			break;
		case PARTBUS_A_EVENT_REQUEST:
			ok = pbl_get_u32(a, &e->request);
			break;
		default:
			ok = false;
			break;
		}
		if (ok)
			PBL_SET(e, nla_type(a));
	}
}

const char *pbl_event_state_name(const struct pbl_event *e, __u32 state)
{
	switch (e->kind) {
	case PARTBUS_EVENT_KIND_PARTITION_NEW:
	case PARTBUS_EVENT_KIND_PARTITION_DEL:
	case PARTBUS_EVENT_KIND_PARTITION_STATE:
		return pbl_partition_state_name(state);
	case PARTBUS_EVENT_KIND_RESOURCE_NEW:
	case PARTBUS_EVENT_KIND_RESOURCE_DEL:
	case PARTBUS_EVENT_KIND_RESOURCE_SET:
		return pbl_resource_state_name(state);
	case PARTBUS_EVENT_KIND_CONTRACT_STARTED:
	case PARTBUS_EVENT_KIND_CONTRACT_REFUSED:
	case PARTBUS_EVENT_KIND_CONTRACT_KEPT:
		return pbl_neg_state_name(state);
	default:
		return pbl_channel_state_name(state);
	}
}
