// SPDX-License-Identifier: GPL-2.0
/*
 * The host's side of a window's control rings: attaching of the guest's kernel,
 * HELLO, and what the guest says of its channels.
 */
#include "host.h"

#include <linux/ctype.h>
#include <linux/jiffies.h>
#include <linux/sched/mm.h>

#include <vmbus/inject.h>

/* While the guest has not taken a message, its line is rung again. */
#define RERING		msecs_to_jiffies(500)
#define CTRL_BATCH	32
#define RENEW_DELAY	(HZ / 10)

static void ctrl_queue(struct pb_attach *a, unsigned long delay)
{
	if (!READ_ONCE(a->stopping))
		mod_delayed_work(pb_host_wq, &a->work, delay);
}

static bool ctrl_heard(struct partbus_listener *l)
{
	ctrl_queue(container_of(l, struct pb_attach, heard), 0);
	return true;
}

static void ctrl_ring(struct pb_ctrl *c)
{
	struct pb_attach *a = container_of(c, struct pb_attach, ctrl);

	pb_bell_ring(&a->bells[PARTBUS_LINE_CTRL]);
	/* A doorbell may be lost: look whether it was heard. */
	if (!READ_ONCE(a->stopping))
		queue_delayed_work(pb_host_wq, &a->work, RERING);
}

static struct partbus_window_header *ctrl_header(struct pb_attach *a)
{
	return a->head->va;
}

/* A guest's kernel begins or lets go: nothing of the former one is left. */
static void ctrl_new_generation(struct pb_attach *a, u64 nonce)
{
	struct partbus_window_header *h = ctrl_header(a);
	struct partbus_ring_ctl *h2g = a->head->va + PB_HEAD_H2G;
	struct partbus_ring_ctl *g2h = a->head->va + PB_HEAD_G2H;

	partbus_inject(PARTBUS_INJECT_NONCE, NULL, 0);
	partbus_config_lock();
	a->nonce = nonce;
	a->broken = false;
	a->version = 0;
	a->compat = 0;
	a->release[0] = '\0';
	if (a->gone) {
		partbus_config_unlock();
		return;
	}
	pb_link_kill_all(a->id, NULL, PARTBUS_RESCIND_DETACHED, true);
	memset(a->head->va + PB_HEAD_DB, 0, PARTBUS_PAGE_SIZE);
	bitmap_zero(a->rows, PB_DB_ROWS);
	pb_ctrl_down(&a->ctrl);
	pb_ring_format(h2g);
	pb_ring_format(g2h);
	if (nonce) {
		a->generation = ++a->partition->generation;
		a->shown.generation = cpu_to_le64(a->generation);
		pb_ctrl_reset(&a->ctrl, a->generation, h2g, g2h, PARTBUS_CTRL_ENTRIES);
	}
	pb_attach_show(a);
	pb_partition_set_state(a->partition, PARTBUS_PARTITION_STATE_ATTACHED, NULL);
	partbus_config_unlock();
	/*
	 * Pairs with the guest's acquire of @hello_ack: it sees the cleared
	 * rings and the new generation, or it would read old messages as new.
	 */
	virt_store_release(&h->hello_ack, cpu_to_le64(nonce));
	pb_bell_ring(&a->bells[PARTBUS_LINE_CTRL]);
}

/* What a guest says goes into logs and onto terminals. */
static void ctrl_clean(char *to, const u8 *from, size_t size)
{
	size_t i;

	strscpy(to, from, size);
	for (i = 0; to[i]; i++)
		if (!isascii(to[i]) || !isprint(to[i]))
			to[i] = '?';
}

static void ctrl_hello(struct pb_attach *a, const struct partbus_ctrl_hello *m)
{
	struct partbus_ctrl_hello_ack ack = { .partition_id = cpu_to_le32(a->id) };
	u32 version = min(le32_to_cpu(m->version_max), PARTBUS_VERSION_MAX);
	char release[sizeof(a->release)];

	ctrl_clean(release, m->release, sizeof(release));
	if (version < le32_to_cpu(m->version_min) || version < PARTBUS_VERSION_MIN)
		ack.status = cpu_to_le32(PARTBUS_CTRL_BAD_VERSION);
	else if (le64_to_cpu(m->incompat) & ~PARTBUS_INCOMPAT_KNOWN)
		ack.status = cpu_to_le32(PARTBUS_CTRL_BAD_FEATURES);
	if (ack.status) {
		pr_warn_ratelimited("partbus: partition %u: kernel %s turned away: %s\n",
				    a->id, release,
				    ack.status == cpu_to_le32(PARTBUS_CTRL_BAD_VERSION) ?
				    "no common protocol version" : "unknown incompatible features");
		pb_ctrl_send(&a->ctrl, PARTBUS_CTRL_HELLO_ACK, &ack, sizeof(ack));
		return;
	}
	ack.version = cpu_to_le32(version);
	ack.compat = m->compat & cpu_to_le64(PARTBUS_COMPAT_KNOWN);
	a->ctrl.hello_done = true;
	pb_ctrl_send(&a->ctrl, PARTBUS_CTRL_HELLO_ACK, &ack, sizeof(ack));

	partbus_config_lock();
	a->version = version;
	a->compat = le64_to_cpu(ack.compat);
	strscpy(a->release, release, sizeof(a->release));
	if (!a->gone)
		pb_partition_set_state(a->partition, PARTBUS_PARTITION_STATE_ACTIVE, NULL);
	partbus_config_unlock();
	pb_offer_reconcile(true);
}

static void ctrl_handle(struct pb_attach *a, const struct partbus_ctrl_msg *m)
{
	char reason[PARTBUS_REASON_MAX];

	switch (le16_to_cpu(m->header.type)) {
	case PARTBUS_CTRL_HELLO:
		ctrl_hello(a, &m->hello);
		break;
	case PARTBUS_CTRL_RELEASED:
		pb_link_released(a->id, le32_to_cpu(m->released.channel));
		break;
	case PARTBUS_CTRL_BROKEN:
		ctrl_clean(reason, m->broken.reason, sizeof(reason));
		pb_link_broken(a->id, le32_to_cpu(m->broken.channel), reason);
		break;
	}
}

static void ctrl_run(struct pb_attach *a)
{
	u64 nonce = le64_to_cpu(READ_ONCE(ctrl_header(a)->hello_nonce));
	struct partbus_ctrl_msg m;
	int n, unread, ret = 0;
	const char *why = "";

	if (nonce != a->nonce) {
		/* Each costs the host a rebuild: not more often than a kernel can boot. */
		if (nonce && time_before(jiffies, a->renewed_at + RENEW_DELAY)) {
			ctrl_queue(a, RENEW_DELAY);
			return;
		}
		a->renewed_at = jiffies;
		ctrl_new_generation(a, nonce);
	}
	if (!a->nonce || a->broken)
		return;
	pb_ctrl_flush(&a->ctrl);
	for (n = 0; n < CTRL_BATCH; n++) {
		ret = pb_ctrl_receive(&a->ctrl, &m, &why);
		if (ret <= 0)
			break;
		ctrl_handle(a, &m);
	}
	unread = pb_ctrl_unread(&a->ctrl, &why);
	if (ret < 0 || unread < 0) {
		pr_err_ratelimited("partbus: partition %u broke the control protocol: %s\n",
				   a->id, why);
		a->broken = true;
		partbus_config_lock();
		pb_link_kill_all(a->id, NULL, PARTBUS_RESCIND_BROKEN, true);
		if (!a->gone)
			pb_partition_set_state(a->partition, PARTBUS_PARTITION_STATE_ATTACHED,
					       why);
		partbus_config_unlock();
		return;
	}
	if (ret > 0 || pb_ring_arm(&a->ctrl.in))
		ctrl_queue(a, 0);
	else if (unread)
		ctrl_ring(&a->ctrl);
}

static void ctrl_work(struct work_struct *work)
{
	unsigned int noio = memalloc_noio_save();	/* the way back for a guest's disks */

	ctrl_run(container_of(to_delayed_work(work), struct pb_attach, work));
	memalloc_noio_restore(noio);
}

void pb_ctrl_host_init(struct pb_attach *a)
{
	a->renewed_at = jiffies - RENEW_DELAY;
	pb_ctrl_init(&a->ctrl, PB_CTRL_TO_HOST, ctrl_ring);
	INIT_DELAYED_WORK(&a->work, ctrl_work);
	a->heard.notify = ctrl_heard;
}

void pb_ctrl_host_start(struct pb_attach *a)
{
	pb_line_listen(&a->lines.line[PARTBUS_LINE_CTRL], &a->heard);
	ctrl_queue(a, 0);
}

void pb_ctrl_host_stop(struct pb_attach *a)
{
	/* The bells are deaf already: only the work queues itself now. */
	WRITE_ONCE(a->stopping, true);
	cancel_delayed_work_sync(&a->work);
	pb_line_unlisten(&a->lines.line[PARTBUS_LINE_CTRL], &a->heard);
	pb_ctrl_down(&a->ctrl);
	/* A message sent between the first two may have queued it once more. */
	cancel_delayed_work_sync(&a->work);
}
