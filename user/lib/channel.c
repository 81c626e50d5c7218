// SPDX-License-Identifier: GPL-2.0
/* Channels over netlink: ends in this kernel, their contracts and counters. */
#include <errno.h>
#include <string.h>

#include "object.h"

static void decode_queue(struct pbl_queue *q, struct nlattr *nest)
{
	struct nlattr *a;
	bool ok;
	int rest;

	memset(q, 0, sizeof(*q));
	nla_for_each_nested(a, nest, rest) {
		switch (nla_type(a)) {
		case PARTBUS_A_QUEUE_INDEX:
			ok = pbl_get_u32(a, &q->index);
			break;
		case PARTBUS_A_QUEUE_REQUESTS:
			ok = pbl_get_u64(a, &q->requests);
			break;
		case PARTBUS_A_QUEUE_BYTES:
			ok = pbl_get_u64(a, &q->bytes);
			break;
		case PARTBUS_A_QUEUE_ERRORS:
			ok = pbl_get_u64(a, &q->errors);
			break;
		case PARTBUS_A_QUEUE_DOORBELLS_SENT:
			ok = pbl_get_u64(a, &q->doorbells_sent);
			break;
		case PARTBUS_A_QUEUE_DOORBELLS_RECEIVED:
			ok = pbl_get_u64(a, &q->doorbells_received);
			break;
		case PARTBUS_A_QUEUE_IN_FLIGHT:
			ok = pbl_get_u32(a, &q->in_flight);
			break;
		case PARTBUS_A_QUEUE_THROTTLED:
			ok = pbl_get_u64(a, &q->throttled);
			break;
		case PARTBUS_A_QUEUE_REARMS:
			ok = pbl_get_u64(a, &q->rearms);
			break;
		default:
			ok = false;
			break;
		}
		if (ok)
			PBL_SET(q, nla_type(a));
	}
}

/* A newer kernel may count in more buckets than are known here. */
static bool decode_latency(struct pbl_latency *l, struct nlattr *a)
{
	size_t count = (size_t)nla_len(a) / sizeof(__u64);

	l->count = count < PBL_LATENCY_MAX ? (unsigned int)count : PBL_LATENCY_MAX;
	memcpy(l->bucket, nla_data(a), l->count * sizeof(__u64));
	return true;
}

static bool decode_one(struct pbl_channel *c, struct nlattr *a)
{
	switch (nla_type(a)) {
	case PARTBUS_A_CHANNEL_ID:
		return pbl_get_u32(a, &c->id);
	case PARTBUS_A_CHANNEL_ROLE:
		return pbl_get_u32(a, &c->role);
	case PARTBUS_A_CHANNEL_CLASS:
		return pbl_get_u32(a, &c->class);
	case PARTBUS_A_CHANNEL_PEER:
		return pbl_get_u32(a, &c->peer);
	case PARTBUS_A_CHANNEL_RESOURCE:
		return pbl_get_text(a, c->resource, sizeof(c->resource));
	case PARTBUS_A_CHANNEL_UUID:
		return pbl_get_uuid(a, c->uuid);
	case PARTBUS_A_CHANNEL_STATE:
		return pbl_get_u32(a, &c->state);
	case PARTBUS_A_CHANNEL_NEG_STATE:
		return pbl_get_u32(a, &c->neg_state);
	case PARTBUS_A_CHANNEL_EPOCH:
		return pbl_get_u32(a, &c->epoch);
	case PARTBUS_A_CHANNEL_DEVICE:
		return pbl_get_text(a, c->device, sizeof(c->device));
	case PARTBUS_A_CHANNEL_REASON:
		return pbl_get_text(a, c->reason, sizeof(c->reason));
	case PARTBUS_A_CHANNEL_LINE_IN:
		return pbl_get_u32(a, &c->line_in);
	case PARTBUS_A_CHANNEL_LINE_OUT:
		return pbl_get_u32(a, &c->line_out);
	case PARTBUS_A_CHANNEL_VIOLATIONS:
		return pbl_get_u64(a, &c->violations);
	case PARTBUS_A_CHANNEL_RENEGOTIATIONS:
		return pbl_get_u64(a, &c->renegotiations);
	case PARTBUS_A_CHANNEL_SECTION_BYTES:
		return pbl_get_u64(a, &c->section_bytes);
	case PARTBUS_A_CHANNEL_QUEUE:
		if (c->queue_count < PARTBUS_MAX_QUEUES)
			decode_queue(&c->queue[c->queue_count++], a);
		return true;
	case PARTBUS_A_CHANNEL_LATENCY:
		return decode_latency(&c->latency, a);
	case PARTBUS_A_CHANNEL_ATTR:
		pbl_attrs_decode(&c->attrs, a);
		return true;
	default:
		return false;
	}
}

void pbl_channel_decode(struct pbl_channel *c, struct nlattr *attrs, int length)
{
	struct nlattr *a;
	int rest;

	nla_for_each_attr(a, attrs, length, rest) {
		if (decode_one(c, a))
			PBL_SET(c, nla_type(a));
	}
}

static void decode(void *item, struct nlattr *attrs, int length)
{
	pbl_channel_decode(item, attrs, length);
}

int pbl_channel_list(struct pbl_nl *nl, struct pbl_list *list, struct pbl_error *err)
{
	struct pbl_collect c = { list, decode };

	return pbl_nl_dump(nl, PARTBUS_CMD_CHANNEL_GET, pbl_collect_reply, pbl_collect_restart,
			   &c, err);
}

bool pbl_channel_match(const struct pbl_channel *c, const char *text)
{
	__u32 id;

	if (pbl_all_digits(text))
		return !pbl_parse_u32("channel", text, &id, NULL) && c->id == id;
	if (!strncmp(text, "/dev/", 5))
		text += 5;
	return !strcmp(c->device, text) || !strcmp(c->resource, text);
}

int pbl_channel_find(const struct pbl_list *list, const char *text,
		     const struct pbl_channel **found, struct pbl_error *err)
{
	const struct pbl_channel *c;

	*found = NULL;
	pbl_list_each(c, list) {
		if (!pbl_channel_match(c, text))
			continue;
		if (*found && (*found)->id != c->id)
			return pbl_usage(err, "\"%s\" names channel %u as well as channel %u; "
					 "use the number", text, (*found)->id, c->id);
		/* Of a local channel both ends are listed; the client is the one to talk to. */
		if (!*found || c->role == PARTBUS_ROLE_CLIENT)
			*found = c;
	}
	if (!*found)
		return pbl_error_set(err, PBL_NOT_FOUND, ENOENT, "channel \"%s\"", text);
	return 0;
}
