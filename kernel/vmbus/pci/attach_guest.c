// SPDX-License-Identifier: GPL-2.0
/*
 * How a guest's kernel attaches to the host (see <partbus/window.h>), and what
 * it does with control messages. Everything runs in one work; doorbells are
 * hints, so whatever waits for the host looks again by itself.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/utsname.h>

#include <vmbus/inject.h>

#include "guest.h"

#define ATTACH_FIRST	msecs_to_jiffies(10)
#define ATTACH_LAST	(2 * HZ)
#define RERING		msecs_to_jiffies(500)
#define HEARTBEAT	msecs_to_jiffies(400)
#define LET_GO_MSECS	2000
#define CTRL_BATCH	32

static void attach_queue(struct pb_guest *g)
{
	if (!READ_ONCE(g->stopping))
		mod_delayed_work(g->wq, &g->work, 0);
}

/* Never later than what a doorbell has queued meanwhile. */
static void attach_later(struct pb_guest *g, unsigned long delay)
{
	if (!READ_ONCE(g->stopping))
		queue_delayed_work(g->wq, &g->work, delay);
}

static bool attach_heard(struct partbus_listener *l)
{
	struct pb_guest *g = container_of(l, struct pb_guest, heard);
	bool reason;

	/*
	 * Before the work may take what is there. Pairs with the release in
	 * attach_done(): there is a ring to look at.
	 */
	reason = smp_load_acquire(&g->attached) && pb_ring_pending(&g->ctrl.in);
	attach_queue(g);
	return reason;
}

static void ctrl_ring(struct pb_ctrl *c)
{
	struct pb_guest *g = container_of(c, struct pb_guest, ctrl);

	pb_guest_ring(g, PARTBUS_LINE_CTRL);
	attach_later(g, RERING);
}

static void heartbeat(struct work_struct *work)
{
	struct pb_guest *g = container_of(to_delayed_work(work), struct pb_guest, heartbeat);
	__le64 *word = &g->header->heartbeat;

	/* A store into the window: costs no exit. */
	WRITE_ONCE(*word, cpu_to_le64(le64_to_cpu(READ_ONCE(*word)) + 1));
	if (!READ_ONCE(g->stopping))
		queue_delayed_work(g->wq, &g->heartbeat, HEARTBEAT);
}

static void attach_hello(struct pb_guest *g)
{
	struct partbus_ctrl_hello m = {
		.version_min = cpu_to_le32(PARTBUS_VERSION_MIN),
		.version_max = cpu_to_le32(PARTBUS_VERSION_MAX),
		.compat = cpu_to_le64(PARTBUS_COMPAT_KNOWN),
	};

	strscpy(m.release, init_utsname()->release, sizeof(m.release));
	pb_ctrl_send(&g->ctrl, PARTBUS_CTRL_HELLO, &m, sizeof(m));
}

/* True once the host has answered the nonce and the rings may be used. */
static bool attach_done(struct pb_guest *g)
{
	struct partbus_window_header *h = g->header;

	if (g->attached)
		return true;
	partbus_inject(PARTBUS_INJECT_NONCE, NULL, 0);
	WRITE_ONCE(h->hello_nonce, cpu_to_le64(g->nonce));
	/*
	 * Pairs with the host's release of @hello_ack: after it the rings are
	 * cleared and the generation is ours.
	 */
	if (le64_to_cpu(virt_load_acquire(&h->hello_ack)) != g->nonce) {
		pb_guest_ring(g, PARTBUS_LINE_CTRL);
		attach_later(g, g->attach_delay);
		g->attach_delay = min(g->attach_delay * 2, (unsigned long)ATTACH_LAST);
		return false;
	}
	pb_ctrl_reset(&g->ctrl, le64_to_cpu(READ_ONCE(h->generation)),
		      g->base + g->window.g2h_offset, g->base + g->window.h2g_offset,
		      PARTBUS_CTRL_ENTRIES);
	/* Pairs with the acquire in attach_heard(). */
	smp_store_release(&g->attached, true);
	attach_hello(g);
	return true;
}

static void attach_ack(struct pb_guest *g, const struct partbus_ctrl_hello_ack *m)
{
	struct device *dev = &g->pdev->dev;
	u32 version = le32_to_cpu(m->version);

	if (m->status || version < PARTBUS_VERSION_MIN || version > PARTBUS_VERSION_MAX) {
		dev_err(dev, "the host turned this kernel away: status %u, version %#x\n",
			le32_to_cpu(m->status), version);
		g->refused = true;
		return;
	}
	g->ctrl.hello_done = true;
	dev_info(dev, "attached as partition %u, protocol %u.%u\n",
		 le32_to_cpu(m->partition_id), version >> 16, version & 0xffff);
}

static void attach_handle(struct pb_guest *g, const struct partbus_ctrl_msg *m)
{
	switch (le16_to_cpu(m->header.type)) {
	case PARTBUS_CTRL_HELLO_ACK:
		attach_ack(g, &m->hello_ack);
		break;
	case PARTBUS_CTRL_OFFER:
		pb_guest_offer(g, &m->offer);
		break;
	case PARTBUS_CTRL_RESCIND:
		pb_guest_rescind(g, le32_to_cpu(m->rescind.channel),
				 le32_to_cpu(m->rescind.reason));
		break;
	case PARTBUS_CTRL_WITHDRAWN:
		pb_guest_withdrawn(&m->withdrawn);
		break;
	case PARTBUS_CTRL_DATA_PLACED:
		pb_guest_data_placed(g, &m->data_placed);
		break;
	}
}

static void attach_work(struct work_struct *work)
{
	struct pb_guest *g = container_of(to_delayed_work(work), struct pb_guest, work);
	struct partbus_ctrl_msg m;
	const char *why = "";
	int n, unread, ret = 0;

	if (g->refused || !attach_done(g))
		return;
	pb_ctrl_flush(&g->ctrl);
	for (n = 0; n < CTRL_BATCH; n++) {
		ret = pb_ctrl_receive(&g->ctrl, &m, &why);
		if (ret <= 0)
			break;
		attach_handle(g, &m);
	}
	unread = pb_ctrl_unread(&g->ctrl, &why);
	if (ret < 0 || unread < 0) {
		dev_err(&g->pdev->dev, "the host broke the control protocol: %s\n", why);
		g->refused = true;
		return;
	}
	if (ret > 0 || pb_ring_arm(&g->ctrl.in))
		attach_queue(g);
	else if (unread)
		ctrl_ring(&g->ctrl);
}

void pb_guest_attach_start(struct pb_guest *g)
{
	pb_ctrl_init(&g->ctrl, PB_CTRL_TO_GUEST, ctrl_ring);
	INIT_DELAYED_WORK(&g->work, attach_work);
	INIT_DELAYED_WORK(&g->heartbeat, heartbeat);
	g->heard.notify = attach_heard;
	g->attach_delay = ATTACH_FIRST;
	/* Never 0, never that of a kernel before this one. */
	g->nonce = get_random_u64() | 1;
	pb_line_listen(&g->lines.line[PARTBUS_LINE_CTRL], &g->heard);
	attach_queue(g);
	queue_delayed_work(g->wq, &g->heartbeat, 0);
}

void pb_guest_attach_stop(struct pb_guest *g)
{
	int i;

	pb_line_unlisten(&g->lines.line[PARTBUS_LINE_CTRL], &g->heard);
	WRITE_ONCE(g->stopping, true);
	cancel_delayed_work_sync(&g->work);
	cancel_delayed_work_sync(&g->heartbeat);
	pb_ctrl_down(&g->ctrl);
	WRITE_ONCE(g->header->hello_nonce, 0);
	pb_guest_ring(g, PARTBUS_LINE_CTRL);
	/* So that a driver that comes next finds nothing under way. */
	for (i = 0; i < LET_GO_MSECS && READ_ONCE(g->header->hello_ack); i++)
		usleep_range(1000, 2000);
}
