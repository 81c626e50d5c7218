// SPDX-License-Identifier: GPL-2.0
/* A NIC that takes a frame now and then, for as long as it likes. */
#include "hostile.h"

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>

#include <partbus/net.h>

static int post(struct hostile *h, struct hostile_queue *q, u32 n)
{
	struct partbus_net_req req = {
		.op = PARTBUS_NET_RECEIVE,
		.tag = cpu_to_le16(n % HOSTILE_NET_DEPTH),
	};
	struct partbus_ctrl_msg m;

	hostile_ring_put(&q->sq, &req);
	hostile_bell(h, le32_to_cpu(h->header->host_peer), le16_to_cpu(h->offer.line_out));
	/* What the host says is heard, and that is all. */
	hostile_ctrl_wait(h, 0, &m);
	return h->rescinded ? -ECONNRESET : 0;
}

int hostile_drip(struct hostile *h, const char *args)
{
	unsigned int seconds, pause, posted = 0, got = 0;
	struct partbus_net_done done;
	struct hostile_queue q;
	unsigned long end;
	int ret;

	if (sscanf(args, "%u %u", &seconds, &pause) != 2)
		return -EINVAL;
	ret = hostile_running(h, &q);
	end = jiffies + seconds * HZ;
	while (!ret && time_before(jiffies, end) && !signal_pending(current)) {
		if (posted == got)
			ret = post(h, &q, posted++);
		msleep_interruptible(pause);
		while (hostile_ring_get(&q.cq, &done))
			got++;
	}
	hostile_detach(h);
	hostile_say("drip: %u slots, %u frames, %d", posted, got, ret);
	return ret;
}
