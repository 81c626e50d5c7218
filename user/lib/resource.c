// SPDX-License-Identifier: GPL-2.0
/* Resources over netlink. */
#include <string.h>

#include "object.h"

void pbl_resource_decode(struct pbl_resource *r, struct nlattr *attrs, int length)
{
	struct nlattr *a;
	bool ok;
	int rest;

	nla_for_each_attr(a, attrs, length, rest) {
		switch (nla_type(a)) {
		case PARTBUS_A_RESOURCE_NAME:
			ok = pbl_get_text(a, r->name, sizeof(r->name));
			break;
		case PARTBUS_A_RESOURCE_UUID:
			ok = pbl_get_uuid(a, r->uuid);
			break;
		case PARTBUS_A_RESOURCE_CLASS:
			ok = pbl_get_u32(a, &r->class);
			break;
		case PARTBUS_A_RESOURCE_BACKING:
			ok = pbl_get_text(a, r->backing, sizeof(r->backing));
			break;
		case PARTBUS_A_RESOURCE_SERIAL:
			ok = pbl_get_text(a, r->serial, sizeof(r->serial));
			break;
		case PARTBUS_A_RESOURCE_PROVIDER:
			ok = pbl_get_u32(a, &r->provider);
			break;
		case PARTBUS_A_RESOURCE_STATE:
			ok = pbl_get_u32(a, &r->state);
			break;
		case PARTBUS_A_RESOURCE_OFFERS:
			ok = pbl_get_u32(a, &r->offers);
			break;
		case PARTBUS_A_RESOURCE_SIZE_BYTES:
			ok = pbl_get_u64(a, &r->size_bytes);
			break;
		case PARTBUS_A_RESOURCE_READ_ONLY:
			ok = nla_len(a) >= 1;
			r->read_only = ok && nla_get_u8(a);
			break;
		case PARTBUS_A_RESOURCE_ATTR:
			pbl_attrs_decode(&r->attrs, a);
			ok = true;
			break;
		case PARTBUS_A_RESOURCE_DEFINED_SIZE_BYTES:
			ok = pbl_get_u64(a, &r->defined_size_bytes);
			break;
		case PARTBUS_A_RESOURCE_DEFINED_ATTR:
			pbl_attrs_decode(&r->defined, a);
			ok = true;
			break;
		default:
			ok = false;
			break;
		}
		if (ok)
			PBL_SET(r, nla_type(a));
	}
}

static void decode(void *item, struct nlattr *attrs, int length)
{
	pbl_resource_decode(item, attrs, length);
}

static int one_reply(struct nlattr *attrs, int length, void *arg)
{
	pbl_resource_decode(arg, attrs, length);
	return 0;
}

int pbl_resource_list(struct pbl_nl *nl, struct pbl_list *list, struct pbl_error *err)
{
	struct pbl_collect c = { list, decode };

	return pbl_nl_dump(nl, PARTBUS_CMD_RESOURCE_GET, pbl_collect_reply, pbl_collect_restart,
			   &c, err);
}

static struct nl_msg *named(struct pbl_nl *nl, int cmd, const char *name, int *failed)
{
	struct nl_msg *msg = pbl_nl_request(nl, cmd);

	*failed = msg ? nla_put_string(msg, PARTBUS_A_RESOURCE_NAME, name) : 0;
	return msg;
}

int pbl_resource_get(struct pbl_nl *nl, const char *name, struct pbl_resource *r,
		     struct pbl_error *err)
{
	int failed;
	struct nl_msg *msg = named(nl, PARTBUS_CMD_RESOURCE_GET, name, &failed);

	memset(r, 0, sizeof(*r));
	return pbl_nl_do(nl, msg, failed, &pbl_set_resource, one_reply, r, err);
}

/* What may be changed later is the same in both requests. */
static int put_changeable(struct nl_msg *msg, const struct pbl_resource *r)
{
	if (PBL_HAS(r, PARTBUS_A_RESOURCE_SIZE_BYTES) &&
	    nla_put_u64(msg, PARTBUS_A_RESOURCE_SIZE_BYTES, r->size_bytes))
		return -1;
	if (PBL_HAS(r, PARTBUS_A_RESOURCE_READ_ONLY) &&
	    nla_put_u8(msg, PARTBUS_A_RESOURCE_READ_ONLY, r->read_only))
		return -1;
	return pbl_attrs_encode(&r->attrs, msg, PARTBUS_A_RESOURCE_ATTR);
}

const struct pbl_resource *pbl_resource_by_name(const struct pbl_list *list, const char *name)
{
	const struct pbl_resource *r;

	pbl_list_each(r, list) {
		if (!strcmp(r->name, name))
			return r;
	}
	return NULL;
}

int pbl_resource_new(struct pbl_nl *nl, const struct pbl_resource *r, struct pbl_error *err)
{
	int failed;
	struct nl_msg *msg = named(nl, PARTBUS_CMD_RESOURCE_NEW, r->name, &failed);

	if (msg && !failed) {
		if (PBL_HAS(r, PARTBUS_A_RESOURCE_UUID))
			failed |= nla_put(msg, PARTBUS_A_RESOURCE_UUID, sizeof(r->uuid), r->uuid);
		if (PBL_HAS(r, PARTBUS_A_RESOURCE_CLASS))
			failed |= nla_put_u32(msg, PARTBUS_A_RESOURCE_CLASS, r->class);
		if (PBL_HAS(r, PARTBUS_A_RESOURCE_BACKING))
			failed |= nla_put_string(msg, PARTBUS_A_RESOURCE_BACKING, r->backing);
		if (PBL_HAS(r, PARTBUS_A_RESOURCE_SERIAL))
			failed |= nla_put_string(msg, PARTBUS_A_RESOURCE_SERIAL, r->serial);
		failed |= put_changeable(msg, r);
	}
	return pbl_nl_do(nl, msg, failed, &pbl_set_resource, NULL, NULL, err);
}

int pbl_resource_set(struct pbl_nl *nl, const struct pbl_resource *r, struct pbl_error *err)
{
	int failed;
	struct nl_msg *msg = named(nl, PARTBUS_CMD_RESOURCE_SET, r->name, &failed);

	if (msg && !failed)
		failed = put_changeable(msg, r);
	return pbl_nl_do(nl, msg, failed, &pbl_set_resource, NULL, NULL, err);
}

int pbl_resource_del(struct pbl_nl *nl, const char *name, struct pbl_error *err)
{
	int failed;
	struct nl_msg *msg = named(nl, PARTBUS_CMD_RESOURCE_DEL, name, &failed);

	return pbl_nl_do(nl, msg, failed, &pbl_set_resource, NULL, NULL, err);
}
