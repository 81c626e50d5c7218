// SPDX-License-Identifier: GPL-2.0
/*
 * Serves a NIC: what it sends comes back to it from another address. What is wrong from
 * some frame on is never its payload: that a network can always change.
 */
#include "provider.h"

#include <linux/etherdevice.h>

/* Frames that are answered well before something is done wrongly. */
#define NIC_GOOD	20u

static void *slot(struct provider *p, u16 tag)
{
	return p->data->va + 2 * PAGE_SIZE + (size_t)tag * PROVIDER_SLOT_SIZE;
}

static bool spoils(const struct provider *p, enum provider_trick trick)
{
	return provider_tricks(p, trick) && (p->served > NIC_GOOD || trick == TRICK_LINK);
}

/* @object: with the field that the mode spoils, if it is @trick */
static void spoil(const struct provider *p, enum provider_trick trick, void *object)
{
	const struct provider_mode *m = p->mode;
	__le64 value = cpu_to_le64(m->value);

	if (m->size && spoils(p, trick))
		memcpy(object + m->offset, &value, min_t(size_t, m->size, sizeof(value)));
}

static void complete_op(struct provider *p, u16 tag, u16 status, u32 length,
			enum provider_trick trick)
{
	struct partbus_net_done e = {
		.tag = cpu_to_le16(tag),
		.status = cpu_to_le16(status),
		.length = cpu_to_le32(length),
	};

	spoil(p, trick, &e);
	provider_put(&p->cq, &e, trick == TRICK_SENT && spoils(p, TRICK_TWICE) ? 2 : 1);
}

/* Into the next slot that waits, as if somebody else had sent it. */
static void reflect(struct provider *p, u16 tag, u32 length)
{
	static const u8 somebody[ETH_ALEN] = { 0x52, 0x54, 0x00, 0xba, 0x5e, 0x02 };
	struct partbus_net_header header = {};
	struct ethhdr *eth;
	u16 to;

	if (!p->nr_posted || length < ETH_HLEN ||
	    length > PROVIDER_SLOT_SIZE - PARTBUS_NET_HEADER_SIZE)
		return;
	to = p->posted[--p->nr_posted];
	spoil(p, TRICK_FRAME, &header);
	memcpy(slot(p, to), &header, sizeof(header));
	eth = slot(p, to) + sizeof(header);
	memcpy(eth, slot(p, tag) + sizeof(header), length);
	ether_addr_copy(eth->h_dest, eth->h_source);
	ether_addr_copy(eth->h_source, somebody);
	complete_op(p, to, PARTBUS_NET_S_OK, length, TRICK_RECEIVED);
}

static void drain(struct provider *p, u16 tag)
{
	if (!provider_tricks(p, TRICK_EARLY)) {
		while (p->nr_posted)
			complete_op(p, p->posted[--p->nr_posted], PARTBUS_NET_S_RETURNED, 0,
				    TRICK_NONE);
		if (p->link >= 0)
			complete_op(p, p->link, PARTBUS_NET_S_RETURNED, 0, TRICK_NONE);
		p->link = -1;
	}
	complete_op(p, tag, PARTBUS_NET_S_OK, 0, TRICK_NONE);
}

static void sent(struct provider *p, u16 tag, u32 length)
{
	p->served++;
	reflect(p, tag, length);
	complete_op(p, tag, spoils(p, TRICK_RETURNED) ? PARTBUS_NET_S_RETURNED : PARTBUS_NET_S_OK,
		    0, TRICK_SENT);
	if (p->served > NIC_GOOD)
		provider_afterwards(p);
	if (provider_tricks(p, TRICK_ASKS) && !(p->served % 50))
		provider_say(p, PARTBUS_NEG_INITIALIZE, PARTBUS_NEG_OK);
	/* Which makes the client drain. */
	if (provider_tricks(p, TRICK_EARLY) && p->served == NIC_GOOD)
		provider_say(p, PARTBUS_NEG_INITIALIZE, PARTBUS_NEG_OK);
}

static void execute(struct provider *p, const struct partbus_net_req *r)
{
	u16 tag = le16_to_cpu(r->tag);

	/* The client keeps the rules; this only keeps the test's own kernel whole. */
	if (tag >= p->depth)
		return;
	switch (r->op) {
	case PARTBUS_NET_SEND:
		sent(p, tag, le32_to_cpu(r->length));
		break;
	case PARTBUS_NET_RECEIVE:
		if (p->nr_posted < ARRAY_SIZE(p->posted))
			p->posted[p->nr_posted++] = tag;
		break;
	case PARTBUS_NET_LINK:
		if (r->flags & PARTBUS_NET_F_UP)
			p->link = tag;
		else
			complete_op(p, tag, PARTBUS_NET_S_OK, 1, TRICK_LINK);
		break;
	case PARTBUS_NET_FILTER:
		complete_op(p, tag, PARTBUS_NET_S_OK, 0, TRICK_NONE);
		break;
	case PARTBUS_NET_DRAIN:
		drain(p, tag);
		break;
	}
}

bool provider_serve_nic(struct provider *p)
{
	struct partbus_net_req r;
	bool any = false;

	if (!p->data || !p->sq.ctl)
		return false;
	while (provider_get(&p->sq, &r)) {
		if (!spoils(p, TRICK_NOT_TAKEN))
			/* Pairs with the acquire of @cons in pb_ring_produce(). */
			smp_store_release(&p->sq.ctl->cons, cpu_to_le32(p->sq.index));
		execute(p, &r);
		any = true;
	}
	if (any)
		provider_ring_client(p);
	return provider_storms(p) || any;
}
