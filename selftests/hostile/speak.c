// SPDX-License-Identifier: GPL-2.0
/* The protocol as it should be spoken, by polling and without any distrust. */
#include "hostile.h"

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/slab.h>

#define PATIENCE	(10 * HZ)

static void *entry_of(struct hostile_ring *r, u32 index)
{
	return (void *)(r->ctl + 1) + (size_t)(index & (r->entries - 1)) * r->entry_size;
}

static void ring_begin(struct hostile_ring *r, void *at, u32 entries, u32 entry_size)
{
	r->ctl = at;
	r->entries = entries;
	r->entry_size = entry_size;
	r->index = 0;
}

void hostile_ring_put(struct hostile_ring *r, const void *entry)
{
	memcpy(entry_of(r, r->index), entry, r->entry_size);
	r->index++;
	/* Pairs with the acquire of @prod in pb_ring_consume(). */
	smp_store_release(&r->ctl->prod, cpu_to_le32(r->index));
}

bool hostile_ring_get(struct hostile_ring *r, void *entry)
{
	/* Pairs with the release of @prod in pb_ring_publish(). */
	if (le32_to_cpu(smp_load_acquire(&r->ctl->prod)) == r->index)
		return false;
	memcpy(entry, entry_of(r, r->index), r->entry_size);
	r->index++;
	/* Pairs with the acquire of @cons in pb_ring_produce(). */
	smp_store_release(&r->ctl->cons, cpu_to_le32(r->index));
	return true;
}

static void bell(struct hostile *h, u32 line)
{
	hostile_bell(h, le32_to_cpu(READ_ONCE(h->header->host_peer)), line);
}

static int renew(struct hostile *h, u64 nonce)
{
	unsigned long end = jiffies + PATIENCE;

	WRITE_ONCE(h->header->hello_nonce, cpu_to_le64(nonce));
	/* Pairs with the host's release of @hello_ack. */
	while (le64_to_cpu(smp_load_acquire(&h->header->hello_ack)) != nonce) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		bell(h, PARTBUS_LINE_CTRL);
		usleep_range(2000, 4000);
	}
	return 0;
}

int hostile_attach(struct hostile *h)
{
	struct partbus_window_header *w = h->header;
	int ret = renew(h, get_random_u64() | 1);

	if (ret)
		return ret;
	ring_begin(&h->to_host, h->base + le64_to_cpu(w->ctrl_g2h_offset),
		   PARTBUS_CTRL_ENTRIES, PARTBUS_CTRL_MSG_SIZE);
	ring_begin(&h->from_host, h->base + le64_to_cpu(w->ctrl_h2g_offset),
		   PARTBUS_CTRL_ENTRIES, PARTBUS_CTRL_MSG_SIZE);
	h->generation = le64_to_cpu(READ_ONCE(w->generation));
	h->seq = 0;
	h->rescinded = 0;
	memset(&h->offer, 0, sizeof(h->offer));
	memset(&h->placed, 0, sizeof(h->placed));
	return 0;
}

void hostile_detach(struct hostile *h)
{
	renew(h, 0);
}

void hostile_ctrl_fill(struct hostile *h, struct partbus_ctrl_msg *m, u16 type, size_t payload)
{
	memset(m, 0, sizeof(*m));
	m->header.type = cpu_to_le16(type);
	m->header.length = cpu_to_le16(sizeof(m->header) + payload);
	m->header.seq = cpu_to_le32(++h->seq);
	m->header.generation = cpu_to_le64(h->generation);
}

void hostile_ctrl_put(struct hostile *h, const struct partbus_ctrl_msg *m)
{
	hostile_ring_put(&h->to_host, m);
	bell(h, PARTBUS_LINE_CTRL);
}

int hostile_ctrl_read(struct hostile *h)
{
	unsigned long end = jiffies + PATIENCE;

	while (le32_to_cpu(READ_ONCE(h->to_host.ctl->cons)) != h->to_host.index) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		bell(h, PARTBUS_LINE_CTRL);
		usleep_range(1000, 2000);
	}
	return 0;
}

static void note(struct hostile *h, const struct partbus_ctrl_msg *m)
{
	switch (le16_to_cpu(m->header.type)) {
	case PARTBUS_CTRL_OFFER:
		h->offer = m->offer;
		break;
	case PARTBUS_CTRL_DATA_PLACED:
		h->placed = m->data_placed;
		break;
	case PARTBUS_CTRL_RESCIND:
		if (m->rescind.channel == h->offer.channel)
			h->rescinded = le32_to_cpu(m->rescind.reason);
		break;
	}
}

int hostile_ctrl_wait(struct hostile *h, u16 type, struct partbus_ctrl_msg *m)
{
	unsigned long end = jiffies + PATIENCE;

	for (;;) {
		while (hostile_ring_get(&h->from_host, m)) {
			note(h, m);
			if (type && le16_to_cpu(m->header.type) == type)
				return 0;
		}
		if (!type)
			return 0;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(1000, 2000);
	}
}

void hostile_hello_fill(struct hostile *h, struct partbus_ctrl_msg *m)
{
	hostile_ctrl_fill(h, m, PARTBUS_CTRL_HELLO, sizeof(m->hello));
	m->hello.version_min = cpu_to_le32(PARTBUS_VERSION_MIN);
	m->hello.version_max = cpu_to_le32(PARTBUS_VERSION_MAX);
	strscpy(m->hello.release, "hostile", sizeof(m->hello.release));
}

int hostile_hello(struct hostile *h)
{
	struct partbus_ctrl_msg m;
	int ret;

	hostile_hello_fill(h, &m);
	hostile_ctrl_put(h, &m);
	ret = hostile_ctrl_wait(h, PARTBUS_CTRL_HELLO_ACK, &m);
	return ret ?: le32_to_cpu(m.hello_ack.status);
}

int hostile_open(struct hostile *h)
{
	struct partbus_ctrl_msg m;
	void *admin;
	int ret;

	ret = hostile_attach(h) ?: hostile_hello(h) ?:
	      hostile_ctrl_wait(h, PARTBUS_CTRL_OFFER, &m);
	if (ret)
		return ret;
	admin = h->base + le64_to_cpu(h->offer.admin_offset);
	ring_begin(&h->ask, admin + PARTBUS_MBOX_C2S_OFFSET, PARTBUS_MBOX_ENTRIES,
		   PARTBUS_MBOX_ENTRY_SIZE);
	ring_begin(&h->answer, admin + PARTBUS_MBOX_S2C_OFFSET, PARTBUS_MBOX_ENTRIES,
		   PARTBUS_MBOX_ENTRY_SIZE);
	h->neg_seq = 0;
	h->negotiation = 1;
	h->epoch = 0;
	return 0;
}

/* The smallest geometry there is, and everything else as the server likes. */
static size_t wish(const struct hostile *h, void *at)
{
	const struct {
		u16 type;
		u64 value;
	} wants[] = {
		{ PARTBUS_ATTR_QUEUES, 1 },
		{ PARTBUS_ATTR_DEPTH, hostile_depth(h) },
		{ PARTBUS_ATTR_SLOT_SIZE, HOSTILE_SLOT_SIZE },
	};
	struct partbus_attr_range *a = at;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wants); i++) {
		a[i].header.type = cpu_to_le16(wants[i].type);
		a[i].header.length = cpu_to_le16(sizeof(*a));
		a[i].least = cpu_to_le64(wants[i].value);
		a[i].like = cpu_to_le64(wants[i].value);
	}
	return sizeof(*a) * ARRAY_SIZE(wants);
}

void hostile_neg_fill(struct hostile *h, void *raw, u16 type)
{
	struct partbus_neg_header *m = raw;
	size_t length = sizeof(*m);

	memset(raw, 0, PARTBUS_MBOX_ENTRY_SIZE);
	m->type = cpu_to_le16(type);
	m->seq = cpu_to_le32(++h->neg_seq);
	m->negotiation = cpu_to_le32(h->negotiation);
	switch (type) {
	case PARTBUS_NEG_INITIALIZE:
		m->version_min = cpu_to_le32(PARTBUS_VERSION_MIN);
		m->version_max = cpu_to_le32(PARTBUS_VERSION_MAX);
		m->class = h->offer.class;
		break;
	case PARTBUS_NEG_REQUEST_BANDWIDTH:
		m->round = cpu_to_le16(1);
		length += wish(h, m + 1);
		break;
	case PARTBUS_NEG_START:
		m->epoch = cpu_to_le32(h->epoch);
		break;
	}
	m->length = cpu_to_le16(length);
}

void hostile_neg_put(struct hostile *h, const void *raw)
{
	hostile_ring_put(&h->ask, raw);
	bell(h, le16_to_cpu(h->offer.line_out));
}

int hostile_neg_wait(struct hostile *h, void *raw)
{
	const struct partbus_neg_header *m = raw;
	unsigned long end = jiffies + PATIENCE;
	struct partbus_ctrl_msg c;

	while (!hostile_ring_get(&h->answer, raw)) {
		hostile_ctrl_wait(h, 0, &c);
		if (h->rescinded)
			return -ECONNRESET;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		bell(h, le16_to_cpu(h->offer.line_out));
		usleep_range(1000, 2000);
	}
	if (le16_to_cpu(m->type) == PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE)
		h->epoch = le32_to_cpu(m->epoch);
	return le16_to_cpu(m->type) << 8 | le16_to_cpu(m->status);
}

int hostile_neg_until(struct hostile *h, u16 type)
{
	static const struct {
		u16 type;
		int answer;
	} steps[] = {
		{ PARTBUS_NEG_INITIALIZE,
		  PARTBUS_NEG_INITIALIZE_COMPLETE << 8 | PARTBUS_NEG_OK },
		{ PARTBUS_NEG_REQUEST_BANDWIDTH,
		  PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE << 8 | PARTBUS_NEG_GRANTED },
		{ PARTBUS_NEG_START, PARTBUS_NEG_START_COMPLETE << 8 | PARTBUS_NEG_OK },
	};
	u8 *raw = kmalloc(PARTBUS_MBOX_ENTRY_SIZE, GFP_KERNEL);
	unsigned int i;
	int ret = 0;

	if (!raw)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(steps) && steps[i].type < type; i++) {
		hostile_neg_fill(h, raw, steps[i].type);
		hostile_neg_put(h, raw);
		ret = hostile_neg_wait(h, raw);
		if (ret != steps[i].answer) {
			ret = ret < 0 ? ret : -EPROTO;
			break;
		}
		ret = 0;
	}
	kfree(raw);
	return ret;
}
