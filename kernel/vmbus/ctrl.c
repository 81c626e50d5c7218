// SPDX-License-Identifier: GPL-2.0
/* Sends and receives control messages. What they mean is known to host and pci. */
#include <vmbus/ctrl.h>

#include <linux/export.h>
#include <linux/slab.h>

#include <vmbus/inject.h>
#include <vmbus/trace.h>

/*
 * A peer that does not read must not make this end keep more than this, but for what
 * must_arrive().
 */
#define PENDING_MAX	256

/* Kept until there is room in the ring. */
struct ctrl_pending {
	struct list_head node;
	struct partbus_ctrl_msg msg;
};

void pb_ctrl_init(struct pb_ctrl *c, enum pb_ctrl_direction receives,
		  void (*ring)(struct pb_ctrl *c))
{
	mutex_init(&c->lock);
	INIT_LIST_HEAD(&c->pending);
	c->receives = receives;
	c->ring = ring;
}
EXPORT_SYMBOL_GPL(pb_ctrl_init);

static void ctrl_drop_pending(struct pb_ctrl *c)
{
	struct ctrl_pending *p, *next;

	lockdep_assert_held(&c->lock);
	list_for_each_entry_safe(p, next, &c->pending, node) {
		list_del(&p->node);
		kfree(p);
	}
	c->npending = 0;
}

void pb_ctrl_reset(struct pb_ctrl *c, u64 generation, struct partbus_ring_ctl *out,
		   struct partbus_ring_ctl *in, u32 entries)
{
	mutex_lock(&c->lock);
	ctrl_drop_pending(c);
	pb_ring_init(&c->out, out, out + 1, entries, PARTBUS_CTRL_MSG_SIZE);
	pb_ring_init(&c->in, in, in + 1, entries, PARTBUS_CTRL_MSG_SIZE);
	c->generation = generation;
	c->tx_seq = 0;
	c->rx_seq = 0;
	c->hello_done = false;
	c->up = true;
	mutex_unlock(&c->lock);
}
EXPORT_SYMBOL_GPL(pb_ctrl_reset);

void pb_ctrl_down(struct pb_ctrl *c)
{
	mutex_lock(&c->lock);
	ctrl_drop_pending(c);
	c->up = false;
	mutex_unlock(&c->lock);
}
EXPORT_SYMBOL_GPL(pb_ctrl_down);

static void ctrl_push_pending(struct pb_ctrl *c)
{
	struct ctrl_pending *p, *next;

	lockdep_assert_held(&c->lock);
	list_for_each_entry_safe(p, next, &c->pending, node) {
		/* Nothing is sent over a hostile index; pb_ctrl_unread() finds it, too. */
		if (pb_ring_produce(&c->out, &p->msg) &&
		    !(pb_ring_want_room(&c->out) && !pb_ring_produce(&c->out, &p->msg)))
			break;
		list_del(&p->node);
		c->npending--;
		kfree(p);
	}
	if (pb_ring_publish(&c->out))
		c->ring(c);
}

/*
 * What a host would not say again: without it a channel, or a disk, stays for ever. There
 * is one for each channel that was offered, and WITHDRAWN is not repeated.
 */
static bool must_arrive(u16 type)
{
	return type == PARTBUS_CTRL_RESCIND || type == PARTBUS_CTRL_WITHDRAWN;
}

/* A guest that stands still need not be told twice: what it will read says so already. */
static bool said_already(const struct pb_ctrl *c, const struct partbus_ctrl_msg *msg,
			 size_t size)
{
	const struct ctrl_pending *p;

	lockdep_assert_held(&c->lock);
	if (msg->header.type != cpu_to_le16(PARTBUS_CTRL_WITHDRAWN))
		return false;
	list_for_each_entry_reverse(p, &c->pending, node) {
		if (p->msg.header.type == cpu_to_le16(PARTBUS_CTRL_OFFER))
			return false;
		if (p->msg.header.type == msg->header.type &&
		    !memcmp(p->msg.raw, msg->raw, size))
			return true;
	}
	return false;
}

int pb_ctrl_send_in(struct pb_ctrl *c, u64 generation, u16 type, const void *payload,
		    size_t size)
{
	bool must = must_arrive(type);
	struct ctrl_pending *p = kzalloc(sizeof(*p), GFP_NOIO | (must ? __GFP_NOFAIL : 0));
	int ret = 0;

	if (!p)
		return -ENOMEM;
	p->msg.header.type = cpu_to_le16(type);
	p->msg.header.length = cpu_to_le16(sizeof(p->msg.header) + size);
	memcpy(p->msg.raw, payload, size);
	if (partbus_inject_send(PARTBUS_INJECT_CTRL_SEND, NULL, type, &p->msg,
				sizeof(p->msg.header) + size)) {
		kfree(p);
		return 0;
	}

	mutex_lock(&c->lock);
	if (!c->up || (generation && generation != c->generation)) {
		ret = -ENOTCONN;
	} else if (!must && c->npending >= PENDING_MAX) {
		ret = -ENOBUFS;
	} else if (said_already(c, &p->msg, size)) {
		kfree(p);
	} else {
		p->msg.header.seq = cpu_to_le32(++c->tx_seq);
		p->msg.header.generation = cpu_to_le64(c->generation);
		trace_partbus_control_sent(&p->msg.header);
		list_add_tail(&p->node, &c->pending);
		c->npending++;
		ctrl_push_pending(c);
	}
	mutex_unlock(&c->lock);
	if (ret)
		kfree(p);
	return ret;
}
EXPORT_SYMBOL_GPL(pb_ctrl_send_in);

void pb_ctrl_flush(struct pb_ctrl *c)
{
	mutex_lock(&c->lock);
	if (c->up)
		ctrl_push_pending(c);
	mutex_unlock(&c->lock);
}
EXPORT_SYMBOL_GPL(pb_ctrl_flush);

int pb_ctrl_unread(struct pb_ctrl *c, const char **why)
{
	int unread = 0;

	mutex_lock(&c->lock);
	if (c->up)
		unread = pb_ring_unread(&c->out);
	mutex_unlock(&c->lock);
	if (unread < 0)
		*why = "impossible index in the control ring";
	return unread;
}
EXPORT_SYMBOL_GPL(pb_ctrl_unread);

int pb_ctrl_receive(struct pb_ctrl *c, struct partbus_ctrl_msg *m, const char **why)
{
	int ret = pb_ring_consume(&c->in, m);

	if (ret < 0)
		*why = "impossible index in the control ring";
	if (ret <= 0)
		return ret;
	trace_partbus_control_received(&m->header);
	if (pb_ring_release(&c->in))
		c->ring(c);
	ret = pb_ctrl_check(m, c->receives, c->hello_done, c->rx_seq + 1, c->generation, why);
	if (ret == -ESTALE) {
		/*
		 * Means nothing, but counts: a peer that sends nothing else must not
		 * keep the receiver for ever.
		 */
		m->header.type = 0;
		return 1;
	}
	if (ret)
		return ret;
	c->rx_seq++;
	partbus_inject(PARTBUS_INJECT_CTRL_RECEIVE, NULL, le16_to_cpu(m->header.type));
	return 1;
}
EXPORT_SYMBOL_GPL(pb_ctrl_receive);
