// SPDX-License-Identifier: GPL-2.0
/* A NIC that asks, rightly, for what carries no frame, as fast as it is answered. */
#include "hostile.h"

#include <linux/jiffies.h>
#include <linux/sched/signal.h>

#include <partbus/net.h>

/* A LINK that says "down" of one that is up is answered at once; a DRAIN must be the last. */
static const u8 burst[] = {
	PARTBUS_NET_FILTER, PARTBUS_NET_FILTER, PARTBUS_NET_FILTER, PARTBUS_NET_FILTER,
	PARTBUS_NET_FILTER, PARTBUS_NET_LINK, PARTBUS_NET_DRAIN,
};

static int answered(struct hostile *h, struct hostile_queue *q)
{
	struct partbus_net_done done;

	return hostile_done(h, q, &done, 0) ?:
	       le16_to_cpu(done.status) == PARTBUS_NET_S_OK ? 0 : -EPROTO;
}

static int ask(struct hostile *h, struct hostile_queue *q)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(burst); i++) {
		struct partbus_net_req req = { .op = burst[i], .tag = cpu_to_le16(i) };

		hostile_ring_put(&q->sq, &req);
	}
	for (i = 0; i < ARRAY_SIZE(burst) && !ret; i++)
		ret = answered(h, q);
	return ret;
}

static int renew(struct hostile *h)
{
	struct partbus_ctrl_msg m;

	h->negotiation++;
	/* Its ring must not be full of what nobody has heard. */
	hostile_ctrl_wait(h, 0, &m);
	return hostile_neg_until(h, PARTBUS_NEG_TYPE_END);
}

int hostile_flood(struct hostile *h, const char *args)
{
	unsigned int seconds, asked = 0, contracts = 0;
	struct hostile_queue q;
	unsigned long end;
	char what[16];
	int ret;

	if (sscanf(args, "%u %15s", &seconds, what) != 2)
		return -EINVAL;
	ret = hostile_running(h, &q);
	end = jiffies + seconds * HZ;
	while (!ret && time_before(jiffies, end) && !signal_pending(current)) {
		if (!strcmp(what, "contracts")) {
			ret = renew(h);
			contracts += !ret;
		} else {
			ret = ask(h, &q);
			asked += ret ? 0 : ARRAY_SIZE(burst);
		}
	}
	hostile_detach(h);
	hostile_say("flood: %u requests, %u contracts, %d", asked, contracts, ret);
	return ret;
}
