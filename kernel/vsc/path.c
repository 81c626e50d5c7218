// SPDX-License-Identifier: GPL-2.0
/*
 * A path is one channel of a head. This file has the ops of such a channel and
 * says which path of a head is live.
 *
 * Another path becomes live only when the one before has been removed, not when
 * it stopped: the bus takes a channel away when the peer can no longer execute
 * what it was given, and only then may the same requests go elsewhere.
 */
#include "core.h"

#include <linux/sched/mm.h>
#include <linux/slab.h>

static const struct partbus_vsc_class_ops *ops_of(struct partbus_vsc_head *head)
{
	return head->class->ops;
}

int pb_path_probe(struct partbus_channel *ch)
{
	struct partbus_vsc_path *path = kzalloc(sizeof(*path), GFP_KERNEL);
	int ret;

	if (!path)
		return -ENOMEM;
	path->ch = ch;
	path->state = PARTBUS_VSC_NEGOTIATING;
	ret = pb_head_attach(pb_vsc_class_of(ch), path);
	if (ret) {
		kfree(path);
		return ret;
	}
	partbus_set_drvdata(ch, path);
	return 0;
}

/* Head's lock held. */
static void path_stop(struct partbus_vsc_path *path)
{
	struct partbus_vsc_head *head = path->head;

	lockdep_assert_held(&head->lock);
	path->state = PARTBUS_VSC_NEGOTIATING;
	if (head->live != path)
		return;
	ops_of(head)->stop(head, path);
	head->live = NULL;
	path->unquiet = true;
}

/*
 * May @path become the live one? Not while another may still execute requests
 * that would be replayed. The same path may: the bus starts a contract on it
 * again only when its server has said that nothing is in flight.
 */
static bool path_may_go_live(struct partbus_vsc_path *path)
{
	struct partbus_vsc_path *other;

	lockdep_assert_held(&path->head->lock);
	if (path->head->live)
		return path->head->live == path;
	list_for_each_entry(other, &path->head->paths, node)
		if (other != path && other->unquiet)
			return false;
	return true;
}

static void path_goes_live(struct partbus_vsc_path *path)
{
	path->head->live = path;
	path->unquiet = false;
}

void pb_path_remove(struct partbus_channel *ch)
{
	struct partbus_vsc_path *path = partbus_get_drvdata(ch);

	/* The bus has called stop() if there was a contract; do not depend on it. */
	mutex_lock(&path->head->lock);
	path_stop(path);
	mutex_unlock(&path->head->lock);
	partbus_set_drvdata(ch, NULL);
	pb_head_detach(path);
	kfree(path);
}

/*
 * @path is used from now on, and the device is brought up to date with its contract.
 * Contracts start and stop in the writeback path: what is allocated meanwhile must not
 * wait for the very disk that is to be started.
 */
static int path_start(struct partbus_vsc_head *head, struct partbus_vsc_path *path)
{
	unsigned int noio;
	int ret;

	if (pb_head_is_gone(head))
		return -ENODEV;
	noio = memalloc_noio_save();
	ret = ops_of(head)->start(head, path);
	memalloc_noio_restore(noio);
	if (ret)
		return ret;
	head->version++;
	pb_device_queue(head);
	return 0;
}

void pb_path_select(struct partbus_vsc_head *head)
{
	struct partbus_vsc_path *path;
	int ret;

	lockdep_assert_held(&head->lock);
	if (head->live)
		return;
	list_for_each_entry(path, &head->paths, node) {
		if (path->state != PARTBUS_VSC_RUNNING || !path_may_go_live(path))
			continue;
		ret = path_start(head, path);
		if (!ret) {
			path_goes_live(path);
			return;
		}
		path->state = PARTBUS_VSC_NEGOTIATING;
		partbus_channel_break(path->ch, "cannot take over: error %d", ret);
	}
}

static int path_op_start(struct partbus_channel *ch, const struct pb_contract *contract,
			 struct partbus_data *data)
{
	struct partbus_vsc_path *path = partbus_get_drvdata(ch);
	struct partbus_vsc_head *head = path->head;
	bool live;
	int ret = 0;

	mutex_lock(&head->lock);
	path->contract = *contract;
	path->data = data;
	live = path_may_go_live(path);
	if (live)
		ret = path_start(head, path);
	if (!ret) {
		pb_negotiate_settle(head, true);
		path->state = PARTBUS_VSC_RUNNING;
		if (live)
			path_goes_live(path);
		head->started = true;
	}
	mutex_unlock(&head->lock);
	return ret;
}

static void path_op_quiesce(struct partbus_channel *ch)
{
	struct partbus_vsc_path *path = partbus_get_drvdata(ch);
	struct partbus_vsc_head *head = path->head;

	mutex_lock(&head->lock);
	path->state = PARTBUS_VSC_QUIESCED;
	if (head->live == path)
		ops_of(head)->quiesce(head, path);
	else
		partbus_channel_quiesced(ch);
	mutex_unlock(&head->lock);
}

static void path_op_resume(struct partbus_channel *ch)
{
	struct partbus_vsc_path *path = partbus_get_drvdata(ch);
	struct partbus_vsc_head *head = path->head;

	mutex_lock(&head->lock);
	path->state = PARTBUS_VSC_RUNNING;
	if (head->live == path)
		ops_of(head)->resume(head, path);
	else
		pb_path_select(head);	/* its turn may have come meanwhile */
	mutex_unlock(&head->lock);
}

/*
 * With the old contract kept resume() has been called where quiesce() was; without
 * it stop() was called, and the bus tries again or takes the channel away.
 */
static void path_op_ended(struct partbus_channel *ch, bool kept, const struct pb_refusal *why)
{
	struct partbus_vsc_path *path = partbus_get_drvdata(ch);

	mutex_lock(&path->head->lock);
	pb_negotiate_settle(path->head, false);
	mutex_unlock(&path->head->lock);
}

static void path_op_stop(struct partbus_channel *ch, u32 reason)
{
	struct partbus_vsc_path *path = partbus_get_drvdata(ch);
	struct partbus_vsc_head *head = path->head;

	mutex_lock(&head->lock);
	path_stop(path);
	mutex_unlock(&head->lock);
	if (reason == PARTBUS_RESCIND_REMOVED)
		pb_head_withdrawn(path);
}

static void path_op_device(struct partbus_channel *ch, char *buf, size_t size)
{
	struct partbus_vsc_path *path = partbus_get_drvdata(ch);
	struct partbus_vsc_head *head = path->head;

	mutex_lock(&head->lock);
	ops_of(head)->device(head, buf, size);
	mutex_unlock(&head->lock);
}

const struct partbus_channel_ops pb_path_ops = {
	.wish = pb_negotiate_wish,
	.consider = pb_negotiate_consider,
	.quiesce = path_op_quiesce,
	.resume = path_op_resume,
	.ended = path_op_ended,
	.request = partbus_vsc_request,
	.start = path_op_start,
	.stop = path_op_stop,
	.device = path_op_device,
};
