// SPDX-License-Identifier: GPL-2.0
/* The server's part of a negotiation, with one thing wrong. */
#include "provider.h"

#include <linux/slab.h>

struct attr {
	u16 type;
	u64 value;
};

/* Contracts: what those of all classes begin with, and what is a class's. */
static const struct attr any_contract[] = {
	{ PARTBUS_ATTR_RESERVE_IOPS, 0 },
	{ PARTBUS_ATTR_CAP_IOPS, PARTBUS_ATTR_ANY },
	{ PARTBUS_ATTR_RESERVE_BPS, 0 },
	{ PARTBUS_ATTR_CAP_BPS, PARTBUS_ATTR_ANY },
	{ PARTBUS_ATTR_BURST_IOS, 1 },
	{ PARTBUS_ATTR_BURST_BYTES, 1 },
	{ PARTBUS_ATTR_IO_UNIT, 8192 },
	{ PARTBUS_ATTR_WEIGHT, 100 },
	{ PARTBUS_ATTR_PRIORITY, 0 },
	{ PARTBUS_ATTR_QUEUES, PROVIDER_QUEUES },
	{ }
};

static const struct attr disk_contract[] = {
	{ PARTBUS_ATTR_DEPTH, PROVIDER_DEPTH },
	{ PARTBUS_ATTR_SLOT_SIZE, PROVIDER_SLOT_SIZE },
	{ PARTBUS_ATTR_CAPACITY, PROVIDER_SECTORS },
	{ PARTBUS_ATTR_WRITABLE, 1 },
	{ PARTBUS_ATTR_LOGICAL_BLOCK, 512 },
	{ PARTBUS_ATTR_PHYSICAL_BLOCK, 4096 },
	{ PARTBUS_ATTR_WRITE_CACHE, 1 },
	{ PARTBUS_ATTR_FUA, 1 },
	{ PARTBUS_ATTR_DISCARD_MAX, 0 },
	{ PARTBUS_ATTR_DISCARD_GRAIN, 0 },
	{ PARTBUS_ATTR_ZEROES_MAX, 0 },
	{ PARTBUS_ATTR_ROTATIONAL, 0 },
	{ }
};

static const struct attr nic_contract[] = {
	{ PARTBUS_ATTR_DEPTH, PROVIDER_NIC_DEPTH },
	{ PARTBUS_ATTR_SLOT_SIZE, PROVIDER_SLOT_SIZE },
	{ PARTBUS_ATTR_MAC, 0x525400ba5e01ULL },
	{ PARTBUS_ATTR_MTU, 1500 },
	{ PARTBUS_ATTR_SPEED, 1000 },
	{ PARTBUS_ATTR_VLAN, PARTBUS_VLAN_UNTAGGED },
	{ PARTBUS_ATTR_ANY_MAC, 0 },
	{ PARTBUS_ATTR_PRIORITY_MAP, 0xffffffff },
	{ PARTBUS_ATTR_CSUM, 1 },
	{ PARTBUS_ATTR_TSO, 1 },
	{ PARTBUS_ATTR_USO, 0 },
	{ PARTBUS_ATTR_RX_RESERVE_PPS, 0 },
	{ PARTBUS_ATTR_RX_CAP_PPS, PARTBUS_ATTR_ANY },
	{ PARTBUS_ATTR_RX_RESERVE_BPS, 0 },
	{ PARTBUS_ATTR_RX_CAP_BPS, PARTBUS_ATTR_ANY },
	{ PARTBUS_ATTR_RX_BURST_PACKETS, 1 },
	{ PARTBUS_ATTR_RX_BURST_BYTES, 1 },
	{ }
};

/* Adds attributes from @a on, and what the mode makes of them; where they end. */
static struct partbus_attr_range *add_attrs(const struct provider *p, const struct attr *c,
					    struct partbus_attr_range *a)
{
	const struct provider_mode *m = p->mode;

	for (; c->type; c++) {
		bool spoilt = m->attr == c->type;

		if (spoilt && m->trick == TRICK_ATTR_MISSING)
			continue;
		memset(a, 0, sizeof(*a));
		a->header.type = cpu_to_le16(c->type);
		a->header.length = cpu_to_le16(sizeof(*a));
		a->least = cpu_to_le64(c->value);
		a->like = a->least;
		if (spoilt && m->trick == TRICK_ATTR) {
			a->least = cpu_to_le64(m->value);
			a->like = a->least;
		} else if (spoilt && m->trick == TRICK_ATTR_RANGE) {
			a->like = cpu_to_le64(c->value + 1);
		} else if (spoilt && m->trick == TRICK_ATTR_LENGTH) {
			a->header.length = cpu_to_le16(m->value);
		} else if (spoilt && m->trick == TRICK_ATTR_TWICE) {
			a[1] = *a;
			a++;
		}
		a++;
	}
	return a;
}

static size_t add_contract(const struct provider *p, void *at)
{
	struct partbus_attr_range *a = add_attrs(p, any_contract, at);

	a = add_attrs(p, p->class == PARTBUS_CLASS_NET ? nic_contract : disk_contract, a);
	return (void *)a - at;
}

void provider_say(struct provider *p, u16 type, u16 status)
{
	const struct provider_mode *m = p->mode;
	u8 *raw = kzalloc(PARTBUS_MBOX_ENTRY_SIZE, GFP_KERNEL);
	struct partbus_neg_header *h = (void *)raw;
	size_t length = sizeof(*h);
	__le64 value = cpu_to_le64(m->value);

	/* What would overrun the mailbox is another trick. */
	if (!raw || p->answers.index - le32_to_cpu(READ_ONCE(p->answers.ctl->cons)) >=
	    PARTBUS_MBOX_ENTRIES) {
		kfree(raw);
		return;
	}
	h->type = cpu_to_le16(type);
	h->status = cpu_to_le16(status);
	h->seq = cpu_to_le32(++p->seq);
	if (type != PARTBUS_NEG_INITIALIZE)
		h->negotiation = cpu_to_le32(p->negotiation);
	switch (type) {
	case PARTBUS_NEG_INITIALIZE:
	case PARTBUS_NEG_INITIALIZE_COMPLETE:
		h->version_min = cpu_to_le32(PARTBUS_VERSION_MIN);
		h->version_max = cpu_to_le32(PARTBUS_VERSION_MAX);
		h->class = cpu_to_le32(p->class);
		break;
	case PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE:
		h->round = cpu_to_le16(p->round);
		if (status == PARTBUS_NEG_GRANTED)
			h->epoch = cpu_to_le32(p->epoch);
		if (status != PARTBUS_NEG_REFUSED)
			length += add_contract(p, h + 1);
		break;
	case PARTBUS_NEG_START_COMPLETE:
		h->epoch = cpu_to_le32(p->epoch);
		h->data_id = cpu_to_le32(p->data_id);
		break;
	}
	h->length = cpu_to_le16(length);
	if (m->size && m->type == type)
		memcpy(raw + m->offset, &value, min_t(size_t, m->size, sizeof(value)));
	provider_put(&p->answers, raw, 1);
	if (provider_tricks(p, TRICK_SEQ_JUMP) && m->type == type)
		WRITE_ONCE(p->answers.ctl->prod, cpu_to_le32(p->answers.index + 1000));
	provider_ring_client(p);
	kfree(raw);
}

/* The section that START_COMPLETE names; the client finds it by its number. */
static void place(struct provider *p)
{
	struct partbus_section *s;
	u64 size = provider_tricks(p, TRICK_SMALL) ? PAGE_SIZE :
		   2 * PAGE_SIZE + p->depth * PROVIDER_SLOT_SIZE;

	if (p->data)
		return;
	s = pb_section_alloc(size);
	if (IS_ERR(s))
		return;
	p->data_id++;
	if (!provider_tricks(p, TRICK_SMALL)) {
		provider_begin(&p->sq, s->va, p->depth, PARTBUS_SQE_SIZE);
		provider_begin(&p->cq, s->va + PAGE_SIZE, p->depth, PARTBUS_CQE_SIZE);
	}
	/* Pairs with nobody: the client asks after it was told. */
	smp_store_release(&p->data, s);
}

static void answer(struct provider *p, const struct partbus_neg_header *h)
{
	switch (le16_to_cpu(h->type)) {
	case PARTBUS_NEG_INITIALIZE:
		p->negotiation = le32_to_cpu(h->negotiation);
		provider_say(p, PARTBUS_NEG_INITIALIZE_COMPLETE, PARTBUS_NEG_OK);
		break;
	case PARTBUS_NEG_REQUEST_BANDWIDTH:
		p->round = le16_to_cpu(h->round);
		if (provider_tricks(p, TRICK_OFFERS)) {
			provider_say(p, PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE,
				     PARTBUS_NEG_OFFERED);
			break;
		}
		p->epoch++;
		provider_say(p, PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE, PARTBUS_NEG_GRANTED);
		break;
	case PARTBUS_NEG_START:
		place(p);
		provider_say(p, PARTBUS_NEG_START_COMPLETE, PARTBUS_NEG_OK);
		break;
	}
}

bool provider_speak(struct provider *p)
{
	u8 *raw = kmalloc(PARTBUS_MBOX_ENTRY_SIZE, GFP_KERNEL);
	bool any = false;

	while (raw && provider_get(&p->requests, raw)) {
		/* Pairs with the acquire of @cons in pb_ring_produce(). */
		smp_store_release(&p->requests.ctl->cons, cpu_to_le32(p->requests.index));
		answer(p, (void *)raw);
		any = true;
	}
	kfree(raw);
	return any;
}
