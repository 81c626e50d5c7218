// SPDX-License-Identifier: GPL-2.0
/* Offers over netlink: which partition may use which resource. */
#include <string.h>

#include "object.h"

void pbl_offer_decode(struct pbl_offer *o, struct nlattr *attrs, int length)
{
	struct nlattr *a;
	bool ok;
	int rest;

	nla_for_each_attr(a, attrs, length, rest) {
		switch (nla_type(a)) {
		case PARTBUS_A_OFFER_PARTITION:
			ok = pbl_get_u32(a, &o->partition);
			break;
		case PARTBUS_A_OFFER_RESOURCE:
			ok = pbl_get_text(a, o->resource, sizeof(o->resource));
			break;
		case PARTBUS_A_OFFER_CHANNEL:
			ok = pbl_get_u32(a, &o->channel);
			break;
		case PARTBUS_A_OFFER_ATTR:
			pbl_attrs_decode(&o->attrs, a);
			ok = true;
			break;
		case PARTBUS_A_OFFER_PLACE:
			ok = pbl_get_text(a, o->place, sizeof(o->place));
			break;
		case PARTBUS_A_OFFER_PENDING:
			o->pending = true;
			ok = true;
			break;
		default:
			ok = false;
			break;
		}
		if (ok)
			PBL_SET(o, nla_type(a));
	}
}

static void decode(void *item, struct nlattr *attrs, int length)
{
	pbl_offer_decode(item, attrs, length);
}

static int one_reply(struct nlattr *attrs, int length, void *arg)
{
	pbl_offer_decode(arg, attrs, length);
	return 0;
}

int pbl_offer_list(struct pbl_nl *nl, struct pbl_list *list, struct pbl_error *err)
{
	struct pbl_collect c = { list, decode };

	return pbl_nl_dump(nl, PARTBUS_CMD_OFFER_GET, pbl_collect_reply, pbl_collect_restart,
			   &c, err);
}

static struct nl_msg *keyed(struct pbl_nl *nl, int cmd, __u32 partition, const char *resource,
			    int *failed)
{
	struct nl_msg *msg = pbl_nl_request(nl, cmd);

	*failed = 0;
	if (msg)
		*failed = nla_put_u32(msg, PARTBUS_A_OFFER_PARTITION, partition) ||
			  nla_put_string(msg, PARTBUS_A_OFFER_RESOURCE, resource);
	return msg;
}

int pbl_offer_get(struct pbl_nl *nl, __u32 partition, const char *resource, struct pbl_offer *o,
		  struct pbl_error *err)
{
	int failed;
	struct nl_msg *msg = keyed(nl, PARTBUS_CMD_OFFER_GET, partition, resource, &failed);

	memset(o, 0, sizeof(*o));
	return pbl_nl_do(nl, msg, failed, &pbl_set_offer, one_reply, o, err);
}

int pbl_offer_new(struct pbl_nl *nl, struct pbl_offer *o, struct pbl_error *err)
{
	int failed;
	struct nl_msg *msg = keyed(nl, PARTBUS_CMD_OFFER_NEW, o->partition, o->resource, &failed);

	if (msg && !failed)
		failed = pbl_attrs_encode(&o->attrs, msg, PARTBUS_A_OFFER_ATTR);
	if (msg && !failed && o->place[0])
		failed = nla_put_string(msg, PARTBUS_A_OFFER_PLACE, o->place);
	return pbl_nl_do(nl, msg, failed, &pbl_set_offer, one_reply, o, err);
}

int pbl_offer_del(struct pbl_nl *nl, __u32 partition, const char *resource,
		  struct pbl_error *err)
{
	int failed;
	struct nl_msg *msg = keyed(nl, PARTBUS_CMD_OFFER_DEL, partition, resource, &failed);

	return pbl_nl_do(nl, msg, failed, &pbl_set_offer, NULL, NULL, err);
}
