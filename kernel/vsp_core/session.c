// SPDX-License-Identifier: GPL-2.0
/*
 * One session per channel end that is served: the channel's ops, in terms of
 * admission and of the class module's ops. The bus calls them one at a time.
 *
 *  probe -> (evaluate* -> start) -> (evaluate* -> pause -> start)* -> stop -> remove
 *
 * A session ends with remove(), which the class module keeps waiting until no
 * request of the channel is in flight; then the session is quiesced, its threads end,
 * and it is forgotten, and with it its reference to the resource.
 */
#include <linux/slab.h>

#include "vsp_internal.h"

static const struct vsp_class_ops *ops_of(const struct vsp_session *s)
{
	return s->res->cls->ops;
}

int vsp_session_probe(struct partbus_channel *ch)
{
	struct vsp_resource *res;
	struct vsp_session *s;
	int ret;

	res = vsp_resource_get_by_uuid(&ch->uuid, ch->class);
	if (!res) {
		/* Deleted since the offer was made; the host rescinds it. */
		partbus_ch_info(ch, "no such resource here (any more)\n");
		return -ENODEV;
	}
	s = kzalloc(sizeof(*s), GFP_NOIO);
	if (!s) {
		ret = -ENOMEM;
		goto err_put;
	}
	s->ch = ch;
	s->res = res;
	vsp_sched_init(s);
	ret = ops_of(s)->session_init(s);
	if (ret)
		goto err_free;

	/* Before the session is found by anyone who wants a renegotiation. */
	partbus_set_drvdata(ch, s);
	mutex_lock(&vsp_lock);
	list_add_tail(&s->node, &res->sessions);
	mutex_unlock(&vsp_lock);
	return 0;

err_free:
	kfree(s);
err_put:
	vsp_resource_put(res);
	return ret;
}

/*
 * In this order: wait for the requests, which need all there is; then nobody
 * finds the session through its resource (the last to ask it for a renegotiation
 * held vsp_lock); then nothing refers to it but the channel, whose ops are over.
 */
void vsp_session_remove(struct partbus_channel *ch)
{
	struct vsp_session *s = partbus_get_drvdata(ch);
	struct vsp_resource *res = s->res;

	ops_of(s)->session_exit(s);
	vsp_workers_end(s);

	mutex_lock(&vsp_lock);
	list_del(&s->node);
	mutex_unlock(&vsp_lock);

	partbus_set_drvdata(ch, NULL);
	kfree(s);
	vsp_resource_put(res);		/* taken in probe */
}

static int session_evaluate(struct partbus_channel *ch, const struct pb_ranges *wish,
			    struct pb_contract *contract, struct pb_ranges *offer,
			    struct pb_refusal *why)
{
	return vsp_admission_evaluate(partbus_get_drvdata(ch), wish, contract, offer, why);
}

static bool session_may_keep(struct partbus_channel *ch, const struct pb_contract *contract)
{
	return vsp_admission_may_keep(partbus_get_drvdata(ch), contract);
}

static void session_dropped(struct partbus_channel *ch)
{
	vsp_admission_commit(partbus_get_drvdata(ch), NULL);
}

/*
 * When this fails after a pause, the bus calls it again with what was in force.
 * Caps follow a moment after the first request may have been taken; what it
 * consumes under the former ones is a batch at most.
 */
static int session_start(struct partbus_channel *ch, const struct pb_contract *contract,
			 struct partbus_data *data)
{
	struct vsp_session *s = partbus_get_drvdata(ch);
	int ret;

	ret = vsp_admission_check(s, contract);
	if (ret) {
		partbus_ch_warn(ch, "a contract was started too late to keep its reserve\n");
		return ret;
	}
	ret = vsp_workers_grow(s, data->layout.queues);
	if (!ret)
		ret = ops_of(s)->session_start(s, contract, data);
	vsp_admission_commit(s, ret ? NULL : contract);
	return ret;
}

static int session_pause(struct partbus_channel *ch)
{
	struct vsp_session *s = partbus_get_drvdata(ch);

	return ops_of(s)->session_pause(s);
}

static void session_stop(struct partbus_channel *ch, u32 reason)
{
	struct vsp_session *s = partbus_get_drvdata(ch);

	ops_of(s)->session_stop(s);
	vsp_admission_stop(s);
}

static void session_device(struct partbus_channel *ch, char *buf, size_t size)
{
	struct vsp_session *s = partbus_get_drvdata(ch);

	if (ops_of(s)->device)
		ops_of(s)->device(s, buf, size);
	else
		strscpy(buf, s->res->backing, size);
}

const struct partbus_channel_ops vsp_session_ops = {
	.evaluate	= session_evaluate,
	.may_keep	= session_may_keep,
	.dropped	= session_dropped,
	.start		= session_start,
	.pause		= session_pause,
	.stop		= session_stop,
	.device		= session_device,
};
