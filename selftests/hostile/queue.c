// SPDX-License-Identifier: GPL-2.0
/* The one queue of a channel that has come to run, and what becomes of a case. */
#include "hostile.h"

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

/* So few slots: a page for the submission ring, one for completions, then slots. */
#define CQ_OFFSET	PARTBUS_PAGE_SIZE
#define SLOTS_OFFSET	(2 * PARTBUS_PAGE_SIZE)

u32 hostile_depth(const struct hostile *h)
{
	return le32_to_cpu(h->offer.class) == PARTBUS_CLASS_NET ? HOSTILE_NET_DEPTH :
								  HOSTILE_BLK_DEPTH;
}

int hostile_running(struct hostile *h, struct hostile_queue *q)
{
	int ret = hostile_open(h) ?: hostile_neg_until(h, PARTBUS_NEG_TYPE_END);
	struct partbus_ctrl_msg m;
	void *data;

	if (!ret && !h->placed.size)
		ret = hostile_ctrl_wait(h, PARTBUS_CTRL_DATA_PLACED, &m);
	if (ret)
		return ret;
	data = h->base + le64_to_cpu(h->placed.offset);
	q->sq = (struct hostile_ring){ data, hostile_depth(h), PARTBUS_SQE_SIZE, 0 };
	q->cq = (struct hostile_ring){ data + CQ_OFFSET, hostile_depth(h), PARTBUS_CQE_SIZE, 0 };
	q->slots = data + SLOTS_OFFSET;
	return 0;
}

int hostile_done(struct hostile *h, struct hostile_queue *q, void *entry, unsigned int pause)
{
	unsigned long end = jiffies + 10 * HZ;
	struct partbus_ctrl_msg m;

	while (!hostile_ring_get(&q->cq, entry)) {
		hostile_ctrl_wait(h, 0, &m);
		if (h->rescinded)
			return -ECONNRESET;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		hostile_bell(h, le32_to_cpu(h->header->host_peer),
			     le16_to_cpu(h->offer.line_out));
		if (pause)
			usleep_range(pause, 2 * pause);
		else
			cond_resched();
	}
	return 0;
}

int hostile_end(const char *name, int ret, const char *reason, u16 status)
{
	char text[128] = "answered";

	if (reason && ret == -ECONNRESET) {
		snprintf(text, sizeof(text), "broke queue 0: %s", reason);
		ret = 0;
	} else if (reason || ret != status) {
		snprintf(text, sizeof(text), "status or error %d", ret);
		ret = -EPROTO;
	} else {
		ret = 0;
	}
	hostile_result(name, !ret, text);
	return ret;
}
