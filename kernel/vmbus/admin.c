// SPDX-License-Identifier: GPL-2.0
/*
 * The admin work of a channel end: when it runs, what wakes it, and how it
 * begins and ends with the driver. What it says to the peer is in negotiate.c.
 *
 * Contexts that can be inside when pb_admin_stop() begins, and why they end:
 * the listener (unlisten waits for it), @work (cancelled; what queues it looks at
 * @dead under the lock first), callers of pb_admin_flag() (they only set a bit).
 */
#include <vmbus/admin.h>

#include <linux/jiffies.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include <vmbus/channel.h>
#include <vmbus/data.h>
#include <vmbus/inject.h>
#include <vmbus/line.h>
#include <vmbus/transport.h>

static struct workqueue_struct *admin_wq;

/* A message that is not taken is a doorbell lost, or a peer that is not there. */
#define RERING_FIRST	msecs_to_jiffies(20)
#define RERING_LAST	msecs_to_jiffies(2000)
/* A flood of messages must not keep a worker for ever. */
#define ADMIN_BATCH	16
/* To look again whether requests of a broken channel are over; jiffies. */
#define TELL_AGAIN	(HZ / 10)
/* A step of the machine sends two messages at most. */
#define ADMIN_ROOM	2

static void admin_queue(struct pb_admin *a, unsigned long delay)
{
	unsigned long flags;

	spin_lock_irqsave(&a->lock, flags);
	if (!a->dead)
		mod_delayed_work(admin_wq, &a->work, delay);
	spin_unlock_irqrestore(&a->lock, flags);
}

void pb_admin_kick(struct pb_admin *a)
{
	admin_queue(a, 0);
}

void pb_admin_flag(struct pb_admin *a, int flag)
{
	/* Pairs with test_and_clear_bit() in the work: the bit is seen by the run
	 * that this queues, or by one that is under way already.
	 */
	set_bit(flag, &a->flags);
	admin_queue(a, 0);
}

static bool admin_heard(struct partbus_listener *l)
{
	struct pb_admin *a = container_of(l, struct pb_admin, listener);

	if (!pb_ring_pending(&a->in))
		return false;
	admin_queue(a, 0);
	return true;
}

/* Is there room to answer? An index of the peer that cannot be ends the channel. */
static bool admin_room(struct pb_admin *a)
{
	int unread = pb_ring_unread(&a->out);

	if (unread < 0) {
		partbus_channel_break(a->ch, "impossible index in the mailbox");
		return false;
	}
	return a->out.size - unread >= ADMIN_ROOM;
}

static bool admin_take_flag(struct pb_admin *a, int flag)
{
	return test_and_clear_bit(flag, &a->flags);
}

static void admin_break(struct pb_admin *a)
{
	struct partbus_channel *ch = a->ch;

	partbus_inject(PARTBUS_INJECT_STATE, ch, PARTBUS_CHANNEL_STATE_BROKEN);
	pb_channel_ops(ch)->stop(ch, PARTBUS_RESCIND_BROKEN);
	a->untold = true;
}

/*
 * A client that hears of it may send elsewhere what it has sent here, and more to the same
 * place afterwards: nothing of this channel may come later. False: something still can.
 */
static bool admin_tell(struct pb_admin *a)
{
	struct partbus_channel *ch = a->ch;

	if (ch->role == PARTBUS_ROLE_SERVER && a->data && pb_channel_ops(ch)->pause(ch))
		return false;
	a->untold = false;
	ch->transport->ops->broken(ch->transport, ch->reason);
	return true;
}

static bool admin_over(struct pb_admin *a)
{
	enum partbus_channel_state state = READ_ONCE(a->ch->state);

	return state == PARTBUS_CHANNEL_STATE_BROKEN ||
	       state == PARTBUS_CHANNEL_STATE_CLOSING ||
	       state == PARTBUS_CHANNEL_STATE_CLOSED;
}

/* Is the time of the negotiation over? */
static bool admin_late(const struct pb_admin *a)
{
	return a->armed && time_after_eq(jiffies, a->deadline);
}

/* Does @retry_at count? */
static bool admin_retries(const struct pb_admin *a)
{
	if (a->ch->role == PARTBUS_ROLE_CLIENT)
		return a->neg.state == PARTBUS_NEG_STATE_DEAD_END;
	return a->ask_again;
}

/* Jiffies until a client that has its contract made anew all the time is heard again. */
static unsigned long admin_pause(const struct pb_admin *a)
{
	/* What belongs to a negotiation under way is heard at once. */
	if (a->ch->role == PARTBUS_ROLE_CLIENT ||
	    a->neg.state != PARTBUS_NEG_STATE_RUNNING)
		return 0;
	return pb_restraint_wait(&a->restraint, get_jiffies_64(), PB_ADMIN_CONTRACT_COST);
}

/* One thing to do, if there is any; false when there is none (or no room to answer). */
static bool admin_step(struct pb_admin *a)
{
	int ret;

	if (admin_over(a) || !admin_room(a))
		return false;

	/* A server's time does not wait behind what its client sends meanwhile. */
	if (a->ch->role == PARTBUS_ROLE_SERVER && admin_late(a)) {
		pb_negotiate_timeout(a);
		return true;
	}

	if (admin_take_flag(a, PB_ADMIN_OPEN)) {
		partbus_inject(PARTBUS_INJECT_STATE, a->ch, PARTBUS_CHANNEL_STATE_OFFERED);
		pb_channel_set_state(a->ch, PARTBUS_CHANNEL_STATE_OPENING, NULL);
		partbus_inject(PARTBUS_INJECT_STATE, a->ch, PARTBUS_CHANNEL_STATE_OPENING);
		if (a->ch->role == PARTBUS_ROLE_CLIENT)
			pb_negotiate_feed(a, PB_NEG_OPEN);
		return true;
	}
	ret = admin_pause(a) ? 0 : pb_ring_consume(&a->in, a->msg);
	if (ret < 0) {
		partbus_channel_break(a->ch, "impossible index in the mailbox");
		return false;
	}
	if (ret) {
		pb_negotiate_receive(a);
		if (pb_ring_release(&a->in))
			a->ch->transport->ops->ring(a->ch->transport, a->ch->line_out);
		return true;
	}
	if (a->start_waits) {
		pb_negotiate_started(a);
		if (!a->start_waits)
			return true;
	}
	if (admin_take_flag(a, PB_ADMIN_QUIESCED)) {
		/* One that comes after the negotiation gave up waiting means nothing. */
		if (a->quiescing && a->neg.wait == PB_NEG_WAIT_QUIET)
			pb_negotiate_feed(a, PB_NEG_QUIESCED);
		return true;
	}
	if (admin_take_flag(a, PB_ADMIN_WANT)) {
		pb_negotiate_feed(a, PB_NEG_WANT);
		return true;
	}
	if (admin_late(a)) {
		pb_negotiate_timeout(a);
		return true;
	}
	if (admin_retries(a) && time_after_eq(jiffies, a->retry_at)) {
		a->ask_again = false;
		pb_negotiate_feed(a, PB_NEG_WANT);
		return true;
	}
	return false;
}

/* Rings again for what the peer has not taken; jiffies until the next look. */
static unsigned long admin_rering(struct pb_admin *a)
{
	if (pb_ring_unread(&a->out) <= 0) {
		a->rering_delay = RERING_FIRST;
		a->rering_at = jiffies + a->rering_delay;
		return MAX_JIFFY_OFFSET;
	}
	if (time_after_eq(jiffies, a->rering_at)) {
		a->ch->transport->ops->ring(a->ch->transport, a->ch->line_out);
		a->rering_delay = min(a->rering_delay * 2, RERING_LAST);
		a->rering_at = jiffies + a->rering_delay;
	}
	return a->rering_at - jiffies;
}

static unsigned long admin_until(unsigned long when)
{
	return time_after(when, jiffies) ? when - jiffies : 0;
}

/* Never later than what somebody else queued meanwhile. */
static void admin_queue_later(struct pb_admin *a, unsigned long delay)
{
	unsigned long flags;

	spin_lock_irqsave(&a->lock, flags);
	if (!a->dead)
		queue_delayed_work(admin_wq, &a->work, max(delay, 1UL));
	spin_unlock_irqrestore(&a->lock, flags);
}

static void admin_work(struct work_struct *work)
{
	struct pb_admin *a = container_of(to_delayed_work(work), struct pb_admin, work);
	unsigned int noio = memalloc_noio_save();	/* swap may be behind this channel */
	unsigned long delay, pause;
	bool room;
	int n = 0;

	while (n < ADMIN_BATCH && admin_step(a))
		n++;
	if (admin_take_flag(a, PB_ADMIN_BROKEN))
		admin_break(a);
	if (a->untold && !admin_tell(a))
		admin_queue_later(a, TELL_AGAIN);
	if (admin_over(a))
		goto out;
	/* Without room to answer nothing can be done: the next ring decides. */
	room = admin_room(a);
	pause = admin_pause(a);
	if ((n == ADMIN_BATCH || (!pause && pb_ring_arm(&a->in))) && room) {
		admin_queue(a, 0);
		goto out;
	}
	delay = admin_rering(a);
	if (pause && room)
		delay = min(delay, pause);
	if (a->armed && room)
		delay = min(delay, admin_until(a->deadline));
	if (admin_retries(a) && room)
		delay = min(delay, admin_until(a->retry_at));
	if (delay != MAX_JIFFY_OFFSET)
		admin_queue_later(a, delay);
out:
	memalloc_noio_restore(noio);
}

struct pb_admin *pb_admin_new(struct partbus_channel *ch)
{
	struct pb_admin *a = kzalloc(sizeof(*a), GFP_KERNEL);
	void *c2s = ch->admin_section ? ch->admin_section->va + PARTBUS_MBOX_C2S_OFFSET : NULL;
	void *s2c = ch->admin_section ? ch->admin_section->va + PARTBUS_MBOX_S2C_OFFSET : NULL;
	bool client = ch->role == PARTBUS_ROLE_CLIENT;
	struct partbus_ring_ctl *out = client ? c2s : s2c;
	struct partbus_ring_ctl *in = client ? s2c : c2s;

	if (!a)
		return NULL;
	a->ch = ch;
	a->dead = true;
	spin_lock_init(&a->lock);
	mutex_init(&a->contract_lock);
	INIT_DELAYED_WORK(&a->work, admin_work);
	pb_ring_init(&a->out, out, out + 1, PARTBUS_MBOX_ENTRIES, PARTBUS_MBOX_ENTRY_SIZE);
	pb_ring_init(&a->in, in, in + 1, PARTBUS_MBOX_ENTRIES, PARTBUS_MBOX_ENTRY_SIZE);
	pb_neg_init(&a->neg, ch->role);
	a->rering_delay = RERING_FIRST;
	return a;
}

void pb_admin_free(struct pb_admin *a)
{
	kfree(a);
}

void pb_admin_start(struct pb_admin *a)
{
	struct partbus_channel *ch = a->ch;

	a->used = true;
	a->dead = false;
	a->listener.notify = admin_heard;
	pb_line_listen(&ch->transport->lines->line[ch->line_in], &a->listener);
	pb_admin_flag(a, PB_ADMIN_OPEN);
}

u32 pb_admin_requested(struct pb_admin *a)
{
	u32 number;

	device_lock_assert(&a->ch->dev);
	/* Pairs with the acquire in hear(). 0 stands for none. */
	do
		number = atomic_inc_return(&a->requests);
	while (!number);
	return number;
}

void pb_admin_stop(struct pb_admin *a)
{
	struct partbus_channel *ch = a->ch;

	pb_line_unlisten(&ch->transport->lines->line[ch->line_in], &a->listener);
	spin_lock_irq(&a->lock);
	a->dead = true;
	spin_unlock_irq(&a->lock);
	cancel_delayed_work_sync(&a->work);
	pb_channel_ops(ch)->stop(ch, a->end_reason ?: PARTBUS_RESCIND_DETACHED);
}

void pb_admin_release(struct pb_admin *a)
{
	struct partbus_data *data, *granted;

	mutex_lock(&a->contract_lock);
	data = a->data;
	granted = a->granted_data;
	a->data = NULL;
	a->granted_data = NULL;
	a->granted.epoch = 0;
	a->current_contract.epoch = 0;
	mutex_unlock(&a->contract_lock);
	if (granted != data)
		pb_data_free(granted);
	pb_data_free(data);
}

int pb_admin_init(void)
{
	/* Clients' writeback may wait for a negotiation to end. */
	admin_wq = alloc_workqueue("partbus_admin", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return admin_wq ? 0 : -ENOMEM;
}

void pb_admin_exit(void)
{
	destroy_workqueue(admin_wq);
}
