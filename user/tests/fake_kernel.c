// SPDX-License-Identifier: GPL-2.0
/* A kernel for tests. */
#include "fake_kernel.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>

struct fake_kernel fake;

#define QUEUE_MAX	64

struct connection {
	struct nl_msg *queue[QUEUE_MAX];
	unsigned int count;
	bool joined;
	struct connection *next;
};

static struct connection *connections;

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.outcome = PARTBUS_EVENT_KIND_CONTRACT_STARTED;
	fake.requests = UINT32_MAX - 1;
	fake.next_id = 1;
	fake.version = PARTBUS_FAMILY_VERSION;
}

static void enqueue(struct connection *c, struct nl_msg *msg)
{
	if (c->count == QUEUE_MAX)
		abort();
	c->queue[c->count++] = msg;
}

/* The kernel's own shape: header, number, the request's header, attributes. */
static void acknowledge(struct connection *c, const struct nlmsghdr *request, int number,
			const char *text, const void *offender)
{
	struct nl_msg *msg = nlmsg_alloc_size(4096);
	struct nlmsgerr e = { .error = -number, .msg = *request };
	struct nlmsghdr *h = nlmsg_put(msg, 0, request->nlmsg_seq, NLMSG_ERROR, sizeof(e), 0);

	memcpy(nlmsg_data(h), &e, sizeof(e));
	h->nlmsg_flags = NLM_F_CAPPED | (text ? NLM_F_ACK_TLVS : 0);
	if (text)
		nla_put_string(msg, NLMSGERR_ATTR_MSG, text);
	if (offender)
		nla_put_u32(msg, NLMSGERR_ATTR_OFFS,
			    (__u32)((const char *)offender - (const char *)request));
	enqueue(c, msg);
}

static struct nl_msg *reply(const struct nlmsghdr *request, int flags, int cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(16384);

	genlmsg_put(msg, 0, request ? request->nlmsg_seq : 0, FAKE_FAMILY, 0, flags, cmd, 1);
	return msg;
}

static void family(struct connection *c, const struct nlmsghdr *request)
{
	struct nl_msg *msg;
	struct nlattr *groups, *group;

	if (fake.absent) {
		acknowledge(c, request, ENOENT, NULL, NULL);
		return;
	}
	if (fake.family_refusal) {
		acknowledge(c, request, fake.family_refusal, "the kernel refuses", NULL);
		return;
	}
	msg = reply(request, 0, CTRL_CMD_NEWFAMILY);
	nlmsg_hdr(msg)->nlmsg_type = GENL_ID_CTRL;
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, FAKE_FAMILY);
	nla_put_u32(msg, CTRL_ATTR_VERSION, fake.version);
	groups = nla_nest_start(msg, CTRL_ATTR_MCAST_GROUPS);
	group = nla_nest_start(msg, 1);
	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, PARTBUS_MCGRP_EVENTS);
	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, FAKE_GROUP);
	nla_nest_end(msg, group);
	nla_nest_end(msg, groups);
	enqueue(c, msg);
	acknowledge(c, request, 0, NULL, NULL);
}

static void fill_partition(struct nl_msg *msg, const struct pbl_partition *p)
{
	nla_put_u32(msg, PARTBUS_A_PARTITION_ID, p->id);
	nla_put_string(msg, PARTBUS_A_PARTITION_NAME, p->name);
	nla_put(msg, PARTBUS_A_PARTITION_UUID, 16, p->uuid);
	nla_put_u32(msg, PARTBUS_A_PARTITION_STATE, p->state);
	nla_put_u64(msg, PARTBUS_A_PARTITION_GENERATION, p->generation);
	nla_put_u64(msg, PARTBUS_A_PARTITION_WINDOW_SIZE, p->window_size);
	nla_put_u64(msg, PARTBUS_A_PARTITION_WINDOW_USED, p->window_used);
	if (p->pid) {
		nla_put_u32(msg, PARTBUS_A_PARTITION_PID, p->pid);
		nla_put_u32(msg, PARTBUS_A_PARTITION_VERSION, p->version);
		nla_put_string(msg, PARTBUS_A_PARTITION_RELEASE, p->release);
		nla_put_u32(msg, PARTBUS_A_PARTITION_HEARTBEAT, p->heartbeat);
		nla_put_u32(msg, PARTBUS_A_PARTITION_HEARTBEAT_AGE_MSEC, p->heartbeat_age_msec);
	}
	nla_put_u32(msg, PARTBUS_A_PARTITION_CHANNELS, p->channels);
	nla_put_u32(msg, 200, 1);	/* from a newer kernel */
}

static void fill_resource(struct nl_msg *msg, const struct pbl_resource *r)
{
	nla_put_string(msg, PARTBUS_A_RESOURCE_NAME, r->name);
	nla_put(msg, PARTBUS_A_RESOURCE_UUID, 16, r->uuid);
	nla_put_u32(msg, PARTBUS_A_RESOURCE_CLASS, r->class);
	nla_put_string(msg, PARTBUS_A_RESOURCE_BACKING, r->backing);
	nla_put_string(msg, PARTBUS_A_RESOURCE_SERIAL, r->serial);
	nla_put_u32(msg, PARTBUS_A_RESOURCE_PROVIDER, r->provider);
	nla_put_u32(msg, PARTBUS_A_RESOURCE_STATE, r->state);
	nla_put_u32(msg, PARTBUS_A_RESOURCE_OFFERS, r->offers);
	nla_put_u64(msg, PARTBUS_A_RESOURCE_SIZE_BYTES, r->size_bytes);
	nla_put_u8(msg, PARTBUS_A_RESOURCE_READ_ONLY, r->read_only);
	pbl_attrs_encode(&r->attrs, msg, PARTBUS_A_RESOURCE_ATTR);
	if (fake.older)
		return;
	nla_put_u64(msg, PARTBUS_A_RESOURCE_DEFINED_SIZE_BYTES, r->defined_size_bytes);
	pbl_attrs_encode(&r->defined, msg, PARTBUS_A_RESOURCE_DEFINED_ATTR);
}

static void fill_offer(struct nl_msg *msg, const struct pbl_offer *o)
{
	nla_put_u32(msg, PARTBUS_A_OFFER_PARTITION, o->partition);
	nla_put_string(msg, PARTBUS_A_OFFER_RESOURCE, o->resource);
	if (o->channel)
		nla_put_u32(msg, PARTBUS_A_OFFER_CHANNEL, o->channel);
	else
		nla_put_flag(msg, PARTBUS_A_OFFER_PENDING);
	if (o->place[0])
		nla_put_string(msg, PARTBUS_A_OFFER_PLACE, o->place);
	pbl_attrs_encode(&o->attrs, msg, PARTBUS_A_OFFER_ATTR);
}

static void fill_channel(struct nl_msg *msg, const struct pbl_channel *ch)
{
	nla_put_u32(msg, PARTBUS_A_CHANNEL_ID, ch->id);
	nla_put_u32(msg, PARTBUS_A_CHANNEL_ROLE, ch->role);
	nla_put_u32(msg, PARTBUS_A_CHANNEL_CLASS, ch->class);
	nla_put_u32(msg, PARTBUS_A_CHANNEL_PEER, ch->peer);
	nla_put_string(msg, PARTBUS_A_CHANNEL_RESOURCE, ch->resource);
	nla_put(msg, PARTBUS_A_CHANNEL_UUID, 16, ch->uuid);
	nla_put_u32(msg, PARTBUS_A_CHANNEL_STATE, ch->state);
	nla_put_u32(msg, PARTBUS_A_CHANNEL_NEG_STATE, ch->neg_state);
	nla_put_u32(msg, PARTBUS_A_CHANNEL_EPOCH, ch->epoch);
	nla_put_string(msg, PARTBUS_A_CHANNEL_DEVICE, ch->device);
	nla_put_string(msg, PARTBUS_A_CHANNEL_REASON, ch->reason);
	nla_put_u32(msg, PARTBUS_A_CHANNEL_LINE_IN, ch->line_in);
	nla_put_u32(msg, PARTBUS_A_CHANNEL_LINE_OUT, ch->line_out);
	nla_put_u64(msg, PARTBUS_A_CHANNEL_VIOLATIONS, ch->violations);
	nla_put_u64(msg, PARTBUS_A_CHANNEL_RENEGOTIATIONS, ch->renegotiations);
	nla_put_u64(msg, PARTBUS_A_CHANNEL_SECTION_BYTES, ch->section_bytes);
	nla_put(msg, PARTBUS_A_CHANNEL_LATENCY, (int)(ch->latency.count * sizeof(__u64)),
		ch->latency.bucket);
	for (unsigned int i = 0; i < ch->queue_count; i++) {
		struct nlattr *nest = nla_nest_start(msg, PARTBUS_A_CHANNEL_QUEUE);

		nla_put_u32(msg, PARTBUS_A_QUEUE_INDEX, ch->queue[i].index);
		nla_put_u64(msg, PARTBUS_A_QUEUE_REQUESTS, ch->queue[i].requests);
		nla_put_u64(msg, PARTBUS_A_QUEUE_BYTES, ch->queue[i].bytes);
		nla_put_u64(msg, PARTBUS_A_QUEUE_ERRORS, ch->queue[i].errors);
		nla_put_u32(msg, PARTBUS_A_QUEUE_IN_FLIGHT, ch->queue[i].in_flight);
		nla_put_u64(msg, PARTBUS_A_QUEUE_THROTTLED, ch->queue[i].throttled);
		nla_nest_end(msg, nest);
	}
	pbl_attrs_encode(&ch->attrs, msg, PARTBUS_A_CHANNEL_ATTR);
}

static const struct pbl_partition root_partition = {
	.id = PARTBUS_ROOT_ID,
	.name = "root",
	.state = PARTBUS_PARTITION_STATE_ACTIVE,
};

static void dump(struct connection *c, const struct nlmsghdr *request, int cmd)
{
	unsigned int count = cmd == PARTBUS_CMD_PARTITION_GET ? fake.partitions :
			     cmd == PARTBUS_CMD_RESOURCE_GET ? fake.resources :
			     cmd == PARTBUS_CMD_OFFER_GET ? fake.offers : fake.channels;
	int flags = NLM_F_MULTI, zero = 0;
	struct nl_msg *msg;

	if (fake.interrupt) {
		fake.interrupt--;
		flags |= NLM_F_DUMP_INTR;
	}
	if (cmd == PARTBUS_CMD_PARTITION_GET && !fake.guest) {
		msg = reply(request, flags, cmd);
		fill_partition(msg, &root_partition);
		enqueue(c, msg);
	}
	for (unsigned int i = 0; i < count; i++) {
		msg = reply(request, flags, cmd);
		if (cmd == PARTBUS_CMD_PARTITION_GET)
			fill_partition(msg, &fake.partition[i]);
		else if (cmd == PARTBUS_CMD_RESOURCE_GET)
			fill_resource(msg, &fake.resource[i]);
		else if (cmd == PARTBUS_CMD_OFFER_GET)
			fill_offer(msg, &fake.offer[i]);
		else
			fill_channel(msg, &fake.channel[i]);
		enqueue(c, msg);
	}
	msg = nlmsg_alloc_size(64);
	nlmsg_put(msg, 0, request->nlmsg_seq, NLMSG_DONE, sizeof(zero), flags);
	memcpy(nlmsg_data(nlmsg_hdr(msg)), &zero, sizeof(zero));
	enqueue(c, msg);
}

static struct nlattr *find(struct nlattr *attrs, int length, int type)
{
	return nla_find(attrs, length, type);
}

static void partition_do(struct connection *c, const struct nlmsghdr *request, int cmd,
			 struct nlattr *attrs, int length)
{
	struct pbl_partition p = { 0 };
	struct nl_msg *msg;
	unsigned int i;

	pbl_partition_decode(&p, attrs, length);
	for (i = 0; i < fake.partitions; i++) {
		if (PBL_HAS(&p, PARTBUS_A_PARTITION_NAME) ?
		    !strcmp(fake.partition[i].name, p.name) : fake.partition[i].id == p.id)
			break;
	}
	if (cmd == PARTBUS_CMD_PARTITION_NEW) {
		if (i < fake.partitions) {
			acknowledge(c, request, EEXIST, "a partition has this name already",
				    find(attrs, length, PARTBUS_A_PARTITION_NAME));
			return;
		}
		if (!PBL_HAS(&p, PARTBUS_A_PARTITION_WINDOW_SIZE))
			p.window_size = PARTBUS_WINDOW_DEFAULT_SIZE;
		if (!p.window_size || fake.partitions == FAKE_MAX) {
			acknowledge(c, request, ERANGE, NULL,
				    find(attrs, length, PARTBUS_A_PARTITION_WINDOW_SIZE));
			return;
		}
		if (!PBL_HAS(&p, PARTBUS_A_PARTITION_ID))
			p.id = fake.next_id;
		if (p.id >= fake.next_id)
			fake.next_id = p.id + 1;
		fake.partition[fake.partitions++] = p;
		msg = reply(request, 0, cmd);
		nla_put_u32(msg, PARTBUS_A_PARTITION_ID, p.id);
		enqueue(c, msg);
		acknowledge(c, request, 0, NULL, NULL);
		return;
	}
	if (i == fake.partitions) {
		acknowledge(c, request, ENOENT, "no partition of this name",
			    find(attrs, length, PARTBUS_A_PARTITION_NAME));
		return;
	}
	if (cmd == PARTBUS_CMD_PARTITION_GET) {
		msg = reply(request, 0, cmd);
		fill_partition(msg, &fake.partition[i]);
		enqueue(c, msg);
	} else {
		fake.partition[i] = fake.partition[--fake.partitions];
	}
	acknowledge(c, request, 0, NULL, NULL);
}

static void resource_do(struct connection *c, const struct nlmsghdr *request, int cmd,
			struct nlattr *attrs, int length)
{
	struct pbl_resource r = { 0 };
	struct nl_msg *msg;
	unsigned int i;

	pbl_resource_decode(&r, attrs, length);
	for (i = 0; i < fake.resources; i++) {
		if (!strcmp(fake.resource[i].name, r.name))
			break;
	}
	if (cmd == PARTBUS_CMD_RESOURCE_NEW) {
		const struct pbl_attr *weight = pbl_attrs_find(&r.attrs, PARTBUS_ATTR_WEIGHT);

		if (weight && weight->like > 1000) {
			struct nlattr *nest = find(attrs, length, PARTBUS_A_RESOURCE_ATTR);

			acknowledge(c, request, ERANGE, "value outside the limits of this attribute",
				    find(nla_data(nest), nla_len(nest), PARTBUS_A_ATTR_LIKE));
			return;
		}
		if (i < fake.resources || fake.resources == FAKE_MAX) {
			acknowledge(c, request, EEXIST, NULL, NULL);
			return;
		}
		r.defined = r.attrs;
		r.defined_size_bytes = r.size_bytes;
		/* The device behind it is of 1 GiB. */
		if (!r.size_bytes)
			r.size_bytes = 1 << 30;
		fake.resource[fake.resources++] = r;
	} else if (i == fake.resources) {
		acknowledge(c, request, ENOENT, "no resource of this name", NULL);
		return;
	} else if (cmd == PARTBUS_CMD_RESOURCE_GET) {
		msg = reply(request, 0, cmd);
		fill_resource(msg, &fake.resource[i]);
		enqueue(c, msg);
	} else if (cmd == PARTBUS_CMD_RESOURCE_SET) {
		if (PBL_HAS(&r, PARTBUS_A_RESOURCE_SIZE_BYTES))
			fake.resource[i].size_bytes = fake.resource[i].defined_size_bytes =
				r.size_bytes;
		if (r.attrs.count)
			fake.resource[i].attrs = fake.resource[i].defined = r.attrs;
	} else {
		fake.resource[i] = fake.resource[--fake.resources];
	}
	acknowledge(c, request, 0, NULL, NULL);
}

static void offer_do(struct connection *c, const struct nlmsghdr *request, int cmd,
		     struct nlattr *attrs, int length)
{
	struct pbl_offer o = { 0 };
	struct nl_msg *msg;
	unsigned int i;

	pbl_offer_decode(&o, attrs, length);
	for (i = 0; i < fake.offers; i++) {
		if (fake.offer[i].partition == o.partition &&
		    !strcmp(fake.offer[i].resource, o.resource))
			break;
	}
	if (cmd == PARTBUS_CMD_OFFER_NEW) {
		if (i < fake.offers || fake.offers == FAKE_MAX) {
			acknowledge(c, request, EEXIST, NULL, NULL);
			return;
		}
		fake.offer[fake.offers++] = o;
		msg = reply(request, 0, cmd);
		nla_put_u32(msg, PARTBUS_A_OFFER_CHANNEL, 0);
		enqueue(c, msg);
	} else if (i == fake.offers) {
		acknowledge(c, request, ENOENT, "this partition has no such offer", NULL);
		return;
	} else {
		fake.offer[i] = fake.offer[--fake.offers];
	}
	acknowledge(c, request, 0, NULL, NULL);
}

/* What was under way before ends otherwise than what is asked for. */
static void former_outcome(struct pbl_event e)
{
	e.kind = e.kind == PARTBUS_EVENT_KIND_CONTRACT_STARTED ?
		 PARTBUS_EVENT_KIND_CONTRACT_KEPT : PARTBUS_EVENT_KIND_CONTRACT_STARTED;
	strcpy(e.reason, "of another request");
	e.request--;
	fake_event(&e);
}

static void contract_do(struct connection *c, const struct nlmsghdr *request,
			struct nlattr *attrs, int length)
{
	struct pbl_channel want = { 0 };
	struct pbl_event e = { .kind = fake.outcome, .role = PARTBUS_ROLE_CLIENT };
	struct nl_msg *msg;

	pbl_channel_decode(&want, attrs, length);
	e.channel = want.id;
	for (unsigned int i = 0; i < fake.channels; i++) {
		struct pbl_channel *ch = &fake.channel[i];

		if (ch->id != want.id || ch->role != PARTBUS_ROLE_CLIENT)
			continue;
		/* Around the turn, where what is later is less. */
		if (!++fake.requests)
			fake.requests++;
		if (!fake.unnumbered) {
			e.request = fake.requests;
			msg = reply(request, 0, PARTBUS_CMD_CONTRACT_REQUEST);
			nla_put_u32(msg, PARTBUS_A_CHANNEL_REQUEST, e.request);
			enqueue(c, msg);
			former_outcome(e);
		}
		acknowledge(c, request, 0, NULL, NULL);
		if (e.kind == PARTBUS_EVENT_KIND_CONTRACT_STARTED) {
			ch->attrs = want.attrs;
			ch->epoch++;
		} else if (e.kind == PARTBUS_EVENT_KIND_CHANNEL_STATE) {
			e.old_state = PARTBUS_CHANNEL_STATE_OPEN;
			e.state = PARTBUS_CHANNEL_STATE_BROKEN;
			strcpy(e.reason, "cannot start under contract 2: error -12");
		} else {
			strcpy(e.reason, "cap_iops: there is no more than 1000");
		}
		e.epoch = ch->epoch;
		if (!fake.silent)
			fake_event(&e);
		return;
	}
	acknowledge(c, request, ENOENT, "no client's end of such a channel in this partition",
		    find(attrs, length, PARTBUS_A_CHANNEL_ID));
}

void fake_event(const struct pbl_event *e)
{
	for (struct connection *c = connections; c; c = c->next) {
		struct nl_msg *msg;

		if (!c->joined)
			continue;
		msg = reply(NULL, 0, PARTBUS_CMD_EVENT_NTF);
		nla_put_u32(msg, PARTBUS_A_EVENT_KIND, e->kind);
		if (e->partition)
			nla_put_u32(msg, PARTBUS_A_EVENT_PARTITION, e->partition);
		if (e->channel) {
			nla_put_u32(msg, PARTBUS_A_EVENT_CHANNEL, e->channel);
			nla_put_u32(msg, PARTBUS_A_EVENT_ROLE, e->role);
		}
		if (e->name[0])
			nla_put_string(msg, PARTBUS_A_EVENT_NAME, e->name);
		nla_put_u32(msg, PARTBUS_A_EVENT_STATE, e->state);
		nla_put_u32(msg, PARTBUS_A_EVENT_OLD_STATE, e->old_state);
		if (e->epoch)
			nla_put_u32(msg, PARTBUS_A_EVENT_EPOCH, e->epoch);
		if (e->reason[0])
			nla_put_string(msg, PARTBUS_A_EVENT_REASON, e->reason);
		if (e->request)
			nla_put_u32(msg, PARTBUS_A_EVENT_REQUEST, e->request);
		enqueue(c, msg);
	}
}

static int fake_send(void *ctx, const void *data, size_t size)
{
	const struct nlmsghdr *request = data;
	const struct genlmsghdr *g = NLMSG_DATA(request);
	struct nlattr *attrs = (struct nlattr *)((char *)data + NLMSG_HDRLEN + GENL_HDRLEN);
	int length = (int)request->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;

	if (size != request->nlmsg_len)
		abort();
	if (request->nlmsg_type == GENL_ID_CTRL) {
		family(ctx, request);
	} else if (fake.refusal && g->cmd == fake.refused) {
		acknowledge(ctx, request, fake.refusal, "the kernel refuses", NULL);
	} else if ((request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) {
		dump(ctx, request, g->cmd);
	} else {
		switch (g->cmd) {
		case PARTBUS_CMD_PARTITION_NEW:
		case PARTBUS_CMD_PARTITION_DEL:
		case PARTBUS_CMD_PARTITION_GET:
			partition_do(ctx, request, g->cmd, attrs, length);
			break;
		case PARTBUS_CMD_RESOURCE_NEW:
		case PARTBUS_CMD_RESOURCE_SET:
		case PARTBUS_CMD_RESOURCE_DEL:
		case PARTBUS_CMD_RESOURCE_GET:
			resource_do(ctx, request, g->cmd, attrs, length);
			break;
		case PARTBUS_CMD_OFFER_NEW:
		case PARTBUS_CMD_OFFER_DEL:
			offer_do(ctx, request, g->cmd, attrs, length);
			break;
		case PARTBUS_CMD_CONTRACT_REQUEST:
			contract_do(ctx, request, attrs, length);
			break;
		default:
			acknowledge(ctx, request, EOPNOTSUPP, NULL, NULL);
			break;
		}
	}
	return 0;
}

static ssize_t fake_recv(void *ctx, void *data, size_t size, int timeout_msec)
{
	struct connection *c = ctx;
	struct nl_msg *msg;
	size_t length;

	(void)timeout_msec;
	if (!c->count)
		return -ETIMEDOUT;
	msg = c->queue[0];
	memmove(c->queue, c->queue + 1, --c->count * sizeof(c->queue[0]));
	length = nlmsg_hdr(msg)->nlmsg_len;
	if (length > size)
		abort();
	memcpy(data, nlmsg_hdr(msg), length);
	nlmsg_free(msg);
	return length;
}

static int fake_join(void *ctx, __u32 group)
{
	((struct connection *)ctx)->joined = group == FAKE_GROUP;
	return group == FAKE_GROUP ? 0 : -ENOENT;
}

static void fake_close(void *ctx)
{
	struct connection *c = ctx, **p = &connections;

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	for (unsigned int i = 0; i < c->count; i++)
		nlmsg_free(c->queue[i]);
	free(c);
}

static const struct pbl_nl_ops fake_ops = {
	.send = fake_send,
	.recv = fake_recv,
	.join = fake_join,
	.close = fake_close,
};

int fake_open(struct pbl_nl *nl, struct pbl_error *err)
{
	struct connection *c = calloc(1, sizeof(*c));

	c->next = connections;
	connections = c;
	return pbl_nl_open_ops(nl, &fake_ops, c, err);
}
