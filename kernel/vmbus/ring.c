// SPDX-License-Identifier: GPL-2.0
/*
 * A ring with one producer and one consumer that do not trust each other.
 *
 * Every shared word is read at most once per call, into a private variable that
 * is checked before it is used. An index of the peer that cannot be is never
 * worked around: from then on the ring answers -EPROTO.
 *
 * Event indices need no check. A wrong one costs its writer a doorbell that it
 * waits for, or rings one that nobody waits for.
 */
#include <vmbus/ring.h>

#include <linux/errno.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include <vmbus/ring_barrier.h>

/*
 * Did an index pass @event on its way from @old to @now? The subtractions are
 * modulo 2^32, as the indices are (virtio 1.1, section 2.6.7.2).
 */
static bool need_event(__u32 event, __u32 now, __u32 old)
{
	return (__u32)(now - event - 1) < (__u32)(now - old);
}

static __u8 *entry_at(const struct pb_ring *r, __u32 index)
{
	return r->entries + (size_t)(index & (r->size - 1)) * r->entry_size;
}

/**
 * pb_ring_format() - clear the shared control words
 * @ctl: in memory that neither end uses yet
 *
 * Zeroed memory is a formatted ring, too.
 */
void pb_ring_format(struct partbus_ring_ctl *ctl)
{
	memset(ctl, 0, sizeof(*ctl));
}

/**
 * pb_ring_init() - begin with one end of a freshly formatted ring
 * @r: this end's private state
 * @ctl: the shared control words
 * @entries: the shared entries
 * @size: number of entries, a power of two
 * @entry_size: bytes in an entry
 */
void pb_ring_init(struct pb_ring *r, struct partbus_ring_ctl *ctl, void *entries,
		  __u32 size, __u32 entry_size)
{
	r->ctl = ctl;
	r->entries = entries;
	r->size = size;
	r->entry_size = entry_size;
	r->own = 0;
	r->told = 0;
	r->seen = 0;
	r->broken = false;
}

/**
 * pb_ring_produce() - put an entry into the ring, not yet visible
 * @r: the producer's end
 * @entry: what to copy
 *
 * Return: 0, -ENOSPC when the ring is full, -EPROTO on an impossible index.
 */
int pb_ring_produce(struct pb_ring *r, const void *entry)
{
	__u32 cons;

	if (r->broken)
		return -EPROTO;

	if (r->own - r->seen == r->size) {
		/*
		 * Pairs with the release of @cons in pb_ring_release(). Without
		 * it the copy below could overtake the consumer's copy of the
		 * entry that is in its place.
		 */
		cons = le32_to_cpu(pb_load_acquire(&r->ctl->cons));
		/* Between what it had consumed and what it was told of. */
		if (cons - r->seen > r->told - r->seen) {
			r->broken = true;
			return -EPROTO;
		}
		r->seen = cons;
		if (r->own - cons == r->size)
			return -ENOSPC;
	}

	memcpy(entry_at(r, r->own), entry, r->entry_size);
	r->own++;
	return 0;
}

/**
 * pb_ring_publish() - show the consumer what was produced
 * @r: the producer's end
 *
 * Return: true when the consumer wants a doorbell.
 */
bool pb_ring_publish(struct pb_ring *r)
{
	__u32 old = r->told;
	__u32 event;

	if (r->own == old)
		return false;

	r->told = r->own;
	/*
	 * Pairs with the acquire of @prod in pb_ring_consume(). Without it the
	 * consumer could see the index before the entries and copy old ones.
	 */
	pb_store_release(&r->ctl->prod, cpu_to_le32(r->own));
	/*
	 * Pairs with the full barrier in pb_ring_arm(): either this end sees the
	 * new @prod_event or the consumer sees the new @prod. Without it both
	 * may miss, and an entry waits for a doorbell that never comes.
	 */
	pb_full_barrier();
	event = le32_to_cpu(pb_read_once(&r->ctl->prod_event));
	return need_event(event, r->own, old);
}

/**
 * pb_ring_want_room() - ask for a doorbell when the consumer makes room
 * @r: the producer's end, after pb_ring_produce() said -ENOSPC
 *
 * Return: true when there is room already, or an index to be refused: then
 * pb_ring_produce() is to be tried again at once.
 */
bool pb_ring_want_room(struct pb_ring *r)
{
	__u32 cons;

	pb_write_once(&r->ctl->cons_event, cpu_to_le32(r->seen));
	/*
	 * Pairs with the full barrier in pb_ring_release(): either the consumer
	 * sees the new @cons_event or this end sees the new @cons. Without it
	 * the producer may wait for room that is there.
	 */
	pb_full_barrier();
	cons = le32_to_cpu(pb_read_once(&r->ctl->cons));
	return cons != r->seen || r->own - r->seen != r->size;
}

/**
 * pb_ring_unread() - how much has the consumer not taken yet?
 * @r: the producer's end
 *
 * Return: published entries that it has not given back, or -EPROTO on an
 * impossible index.
 */
int pb_ring_unread(struct pb_ring *r)
{
	__u32 cons;

	if (r->broken)
		return -EPROTO;

	/* Pairs with the release of @cons, as in pb_ring_produce(). */
	cons = le32_to_cpu(pb_load_acquire(&r->ctl->cons));
	if (cons - r->seen > r->told - r->seen) {
		r->broken = true;
		return -EPROTO;
	}
	r->seen = cons;
	return r->told - cons;
}

/**
 * pb_ring_consume() - take the next entry out of the ring
 * @r: the consumer's end
 * @entry: out: a private copy
 *
 * Return: 1 when an entry was copied, 0 when there is none, -EPROTO on an
 * impossible index.
 */
int pb_ring_consume(struct pb_ring *r, void *entry)
{
	__u32 prod;

	if (r->broken)
		return -EPROTO;

	if (r->own == r->seen) {
		/*
		 * Pairs with the release of @prod in pb_ring_publish(). Without
		 * it the copy below could be made before the entry was written.
		 */
		prod = le32_to_cpu(pb_load_acquire(&r->ctl->prod));
		/* Not behind what was seen, and only into places given back. */
		if (prod - r->own > r->size - (r->own - r->told)) {
			r->broken = true;
			return -EPROTO;
		}
		pb_own_write(&r->seen, prod);
		if (prod == r->own)
			return 0;
	}

	memcpy(entry, entry_at(r, r->own), r->entry_size);
	/*
	 * Pairs with nothing on the other side: it keeps the compiler from
	 * reading the shared entry again where the caller reads its copy, which
	 * would let the peer change what was checked already.
	 */
	pb_compiler_barrier();
	pb_own_write(&r->own, r->own + 1);
	return 1;
}

/**
 * pb_ring_release() - give back the places of what was consumed
 * @r: the consumer's end
 *
 * Return: true when the producer wants a doorbell.
 */
bool pb_ring_release(struct pb_ring *r)
{
	__u32 old = r->told;
	__u32 event;

	if (r->own == old)
		return false;

	r->told = r->own;
	/*
	 * Pairs with the acquire of @cons in pb_ring_produce(). Without it the
	 * producer could overwrite an entry that is still being copied.
	 */
	pb_store_release(&r->ctl->cons, cpu_to_le32(r->own));
	/*
	 * Pairs with the full barrier in pb_ring_want_room(): either this end
	 * sees the new @cons_event or the producer sees the new @cons. Without
	 * it a producer that found the ring full may sleep for ever.
	 */
	pb_full_barrier();
	event = le32_to_cpu(pb_read_once(&r->ctl->cons_event));
	return need_event(event, r->own, old);
}

/**
 * pb_ring_give_back() - as pb_ring_release(), for a producer that never waits
 * @r: the consumer's end
 *
 * Where the protocol bounds what is outstanding the producer finds room without
 * asking, so that the full barrier of pb_ring_release() can be saved.
 */
void pb_ring_give_back(struct pb_ring *r)
{
	r->told = r->own;
	/* Pairs with the acquire of @cons in pb_ring_produce(), as above. */
	pb_store_release(&r->ctl->cons, cpu_to_le32(r->own));
}

/**
 * pb_ring_arm() - ask for a doorbell when the next entry comes
 * @r: the consumer's end, after pb_ring_consume() said 0
 *
 * Return: true when there is an entry already, or an index to be refused: then
 * pb_ring_consume() is to be tried again at once.
 */
bool pb_ring_arm(struct pb_ring *r)
{
	pb_write_once(&r->ctl->prod_event, cpu_to_le32(r->own));
	/*
	 * Pairs with the full barrier in pb_ring_publish(): either the producer
	 * sees the new @prod_event or this end sees the new @prod. Without it
	 * both may miss, and the consumer sleeps on an entry that is there.
	 */
	pb_full_barrier();
	return pb_ring_pending(r);
}

/**
 * pb_ring_pending() - is there something to consume?
 * @r: the consumer's end; it may be at work meanwhile
 *
 * Return: a hint; only pb_ring_consume() knows.
 */
bool pb_ring_pending(const struct pb_ring *r)
{
	__u32 own = pb_own_read(&r->own);

	return own != pb_own_read(&r->seen) ||
	       pb_ring_produced(r) != own;
}

/**
 * pb_ring_produced() - how much does the other end say that it has produced?
 * @r: the consumer's end; it may be at work meanwhile
 *
 * Return: entries so far, free-running. Its own word: good for a comparison of two.
 */
__u32 pb_ring_produced(const struct pb_ring *r)
{
	return le32_to_cpu(pb_read_once(&r->ctl->prod));
}
