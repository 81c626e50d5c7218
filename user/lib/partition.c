// SPDX-License-Identifier: GPL-2.0
/* Partitions over netlink. */
#include <errno.h>
#include <string.h>

#include "object.h"

void pbl_partition_decode(struct pbl_partition *p, struct nlattr *attrs, int length)
{
	struct nlattr *a;
	bool ok;
	int rest;

	nla_for_each_attr(a, attrs, length, rest) {
		switch (nla_type(a)) {
		case PARTBUS_A_PARTITION_ID:
			ok = pbl_get_u32(a, &p->id);
			break;
		case PARTBUS_A_PARTITION_NAME:
			ok = pbl_get_text(a, p->name, sizeof(p->name));
			break;
		case PARTBUS_A_PARTITION_UUID:
			ok = pbl_get_uuid(a, p->uuid);
			break;
		case PARTBUS_A_PARTITION_STATE:
			ok = pbl_get_u32(a, &p->state);
			break;
		case PARTBUS_A_PARTITION_GENERATION:
			ok = pbl_get_u64(a, &p->generation);
			break;
		case PARTBUS_A_PARTITION_WINDOW_SIZE:
			ok = pbl_get_u64(a, &p->window_size);
			break;
		case PARTBUS_A_PARTITION_WINDOW_USED:
			ok = pbl_get_u64(a, &p->window_used);
			break;
		case PARTBUS_A_PARTITION_PID:
			ok = pbl_get_u32(a, &p->pid);
			break;
		case PARTBUS_A_PARTITION_VERSION:
			ok = pbl_get_u32(a, &p->version);
			break;
		case PARTBUS_A_PARTITION_RELEASE:
			ok = pbl_get_text(a, p->release, sizeof(p->release));
			break;
		case PARTBUS_A_PARTITION_HEARTBEAT_AGE_MSEC:
			ok = pbl_get_u32(a, &p->heartbeat_age_msec);
			break;
		case PARTBUS_A_PARTITION_HEARTBEAT:
			ok = pbl_get_u32(a, &p->heartbeat);
			break;
		case PARTBUS_A_PARTITION_CHANNELS:
			ok = pbl_get_u32(a, &p->channels);
			break;
		default:
			ok = false;
			break;
		}
		if (ok)
			PBL_SET(p, nla_type(a));
	}
}

static void decode(void *item, struct nlattr *attrs, int length)
{
	pbl_partition_decode(item, attrs, length);
}

static int one_reply(struct nlattr *attrs, int length, void *arg)
{
	pbl_partition_decode(arg, attrs, length);
	return 0;
}

int pbl_partition_list(struct pbl_nl *nl, struct pbl_list *list, struct pbl_error *err)
{
	struct pbl_collect c = { list, decode };

	return pbl_nl_dump(nl, PARTBUS_CMD_PARTITION_GET, pbl_collect_reply, pbl_collect_restart,
			   &c, err);
}

int pbl_partition_get(struct pbl_nl *nl, const char *name, __u32 id, struct pbl_partition *p,
		      struct pbl_error *err)
{
	struct nl_msg *msg = pbl_nl_request(nl, PARTBUS_CMD_PARTITION_GET);
	int failed = 0;

	memset(p, 0, sizeof(*p));
	if (msg)
		failed = name ? nla_put_string(msg, PARTBUS_A_PARTITION_NAME, name)
			      : nla_put_u32(msg, PARTBUS_A_PARTITION_ID, id);
	return pbl_nl_do(nl, msg, failed, &pbl_set_partition, one_reply, p, err);
}

int pbl_partition_new(struct pbl_nl *nl, struct pbl_partition *p, struct pbl_error *err)
{
	struct nl_msg *msg = pbl_nl_request(nl, PARTBUS_CMD_PARTITION_NEW);
	int failed = 0;

	if (msg) {
		failed = nla_put_string(msg, PARTBUS_A_PARTITION_NAME, p->name);
		if (!failed && PBL_HAS(p, PARTBUS_A_PARTITION_ID))
			failed = nla_put_u32(msg, PARTBUS_A_PARTITION_ID, p->id);
		if (!failed && PBL_HAS(p, PARTBUS_A_PARTITION_UUID))
			failed = nla_put(msg, PARTBUS_A_PARTITION_UUID, sizeof(p->uuid), p->uuid);
		if (!failed && PBL_HAS(p, PARTBUS_A_PARTITION_WINDOW_SIZE))
			failed = nla_put_u64(msg, PARTBUS_A_PARTITION_WINDOW_SIZE, p->window_size);
	}
	return pbl_nl_do(nl, msg, failed, &pbl_set_partition, one_reply, p, err);
}

int pbl_partition_del(struct pbl_nl *nl, const char *name, struct pbl_error *err)
{
	struct nl_msg *msg = pbl_nl_request(nl, PARTBUS_CMD_PARTITION_DEL);
	int failed = msg ? nla_put_string(msg, PARTBUS_A_PARTITION_NAME, name) : 0;

	return pbl_nl_do(nl, msg, failed, &pbl_set_partition, NULL, NULL, err);
}

int pbl_partition_id(struct pbl_nl *nl, const char *text, __u32 *id, struct pbl_error *err)
{
	struct pbl_partition p;
	int ret;

	if (!strcmp(text, "root")) {
		*id = PARTBUS_ROOT_ID;
		return 0;
	}
	if (pbl_all_digits(text))
		return pbl_parse_u32("partition", text, id, err);
	ret = pbl_partition_get(nl, text, 0, &p, err);
	if (ret)
		return ret;
	if (!PBL_HAS(&p, PARTBUS_A_PARTITION_ID))
		return pbl_error_set(err, PBL_NOT_FOUND, ENOENT, "partition \"%s\"", text);
	*id = p.id;
	return 0;
}

bool pbl_is_host(const struct pbl_list *list)
{
	const struct pbl_partition *p;

	pbl_list_each(p, list) {
		if (p->id == PARTBUS_ROOT_ID)
			return true;
	}
	return false;
}

const char *pbl_partition_name(const struct pbl_list *list, __u32 id)
{
	const struct pbl_partition *p;

	if (id == PARTBUS_ROOT_ID)
		return "root";
	pbl_list_each(p, list) {
		if (p->id == id)
			return p->name;
	}
	return NULL;
}
