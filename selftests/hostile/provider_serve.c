// SPDX-License-Identifier: GPL-2.0
/*
 * Serves a disk in memory, at first as it should be. What is wrong from some
 * request on is never the data: that a provider can always do.
 */
#include "provider.h"

#include <linux/prandom.h>

static u8 *slot(struct provider *p, u16 tag)
{
	return p->data->va + 2 * PAGE_SIZE + (size_t)tag * PROVIDER_SLOT_SIZE;
}

static void execute(struct provider *p, const struct partbus_blk_req *r)
{
	size_t bytes = (size_t)le32_to_cpu(r->sectors) << SECTOR_SHIFT;
	u64 sector = le64_to_cpu(r->sector);
	u16 tag = le16_to_cpu(r->tag);

	/* The client keeps the rules; this only keeps the test's own kernel whole. */
	if (tag >= PROVIDER_DEPTH || bytes > PROVIDER_SLOT_SIZE ||
	    sector + le32_to_cpu(r->sectors) > PROVIDER_SECTORS)
		return;
	if (r->op == PARTBUS_BLK_READ)
		memcpy(slot(p, tag), p->store + (sector << SECTOR_SHIFT), bytes);
	else if (r->op == PARTBUS_BLK_WRITE)
		memcpy(p->store + (sector << SECTOR_SHIFT), slot(p, tag), bytes);
}

/* Over what a server writes: completions, and its words of the other ring. */
static void scribble(struct provider *p)
{
	u32 *words = (u32 *)p->cq.ctl;
	unsigned int i;

	for (i = 0; i < 64; i++)
		WRITE_ONCE(words[get_random_u32() % (PAGE_SIZE / sizeof(u32))],
			   get_random_u32());
	WRITE_ONCE(p->sq.ctl->prod_event, cpu_to_le32(get_random_u32()));
	WRITE_ONCE(p->sq.ctl->cons, cpu_to_le32(get_random_u32()));
}

void provider_afterwards(struct provider *p)
{
	switch (p->mode->trick) {
	case TRICK_AHEAD:
		WRITE_ONCE(p->cq.ctl->prod, cpu_to_le32(p->cq.index + 1000));
		break;
	case TRICK_BACK:
		WRITE_ONCE(p->cq.ctl->prod, cpu_to_le32(p->cq.index - 1000));
		break;
	case TRICK_TAKEN_AHEAD:
		WRITE_ONCE(p->sq.ctl->cons, cpu_to_le32(p->sq.index + 1000));
		break;
	case TRICK_SCRIBBLE:
		scribble(p);
		break;
	case TRICK_UNASKED:
		provider_say(p, p->mode->value, p->mode->attr);
		break;
	default:
		break;
	}
}

static void complete_request(struct provider *p, const struct partbus_blk_req *r)
{
	const struct provider_mode *m = p->mode;
	bool spoilt = ++p->served > PROVIDER_GOOD, twice;
	struct partbus_blk_done e = { .tag = r->tag, .sectors = r->sectors };
	__le64 value = cpu_to_le64(m->value);

	if (spoilt && m->trick == TRICK_ERRORS) {
		e.status = cpu_to_le16(1 + p->served % (PARTBUS_BLK_S_END - 1));
		e.sectors = 0;
	}
	if (spoilt && !m->type && m->size)
		memcpy((void *)&e + m->offset, &value, min_t(size_t, m->size, sizeof(value)));
	/*
	 * At once: between the two the client could use the tag again. And not more
	 * than the ring holds, which would be another trick: so nothing follows.
	 */
	twice = spoilt && m->trick == TRICK_TWICE &&
		p->cq.index - le32_to_cpu(READ_ONCE(p->cq.ctl->cons)) + 2 <= PROVIDER_DEPTH;
	provider_put(&p->cq, &e, twice ? 2 : 1);
	p->silent = twice;
	if (spoilt)
		provider_afterwards(p);
	if (m->trick == TRICK_ASKS && !(p->served % 50))
		provider_say(p, PARTBUS_NEG_INITIALIZE, PARTBUS_NEG_OK);
}

bool provider_serve(struct provider *p)
{
	struct partbus_blk_req r;
	bool any = false;

	if (!p->data || !p->sq.ctl)
		return false;
	while (!p->silent && provider_get(&p->sq, &r)) {
		if (!provider_tricks(p, TRICK_NOT_TAKEN) || p->served < PROVIDER_GOOD)
			/* Pairs with the acquire of @cons in pb_ring_produce(). */
			smp_store_release(&p->sq.ctl->cons, cpu_to_le32(p->sq.index));
		execute(p, &r);
		complete_request(p, &r);
		any = true;
	}
	if (any)
		provider_ring_client(p);
	return provider_storms(p) || any;
}

bool provider_storms(struct provider *p)
{
	if (!provider_tricks(p, TRICK_STORM))
		return false;
	provider_ring_client(p);
	return true;
}
