// SPDX-License-Identifier: GPL-2.0
/*
 * A disk and its path: what the client core tells (the class's ops), and the
 * clock that runs while there is no path.
 */
#include "blk.h"

#include <linux/slab.h>

static const char * const state_names[] = {
	[PBD_NO_PATH] = "no-path",
	[PBD_RUNNING] = "running",
	[PBD_QUIESCED] = "quiesced",
	[PBD_FAILING] = "failing",
	[PBD_GONE] = "gone",
};

const char *pbd_path_state(enum pbd_state state)
{
	return state_names[state];
}

/* Head's lock held. The clock rings when the wait is over, or does not run. */
static void path_set_clock(struct pbd_disk *d)
{
	unsigned long until = d->lost_at + d->no_path_timeout * HZ;

	lockdep_assert_held(&d->head.lock);
	if (d->state != PBD_NO_PATH || !d->head.started || !d->no_path_timeout)
		cancel_delayed_work(&d->no_path);
	else
		mod_delayed_work(pbd_io_wq, &d->no_path,
				 time_after(until, jiffies) ? until - jiffies : 0);
}

static void path_no_path(struct work_struct *work)
{
	struct pbd_disk *d = container_of(to_delayed_work(work), struct pbd_disk, no_path);
	LIST_HEAD(over);

	mutex_lock(&d->head.lock);
	/* The clock may have rung just when a path came or the limit was changed. */
	if (d->state == PBD_NO_PATH && d->no_path_timeout &&
	    time_after_eq(jiffies, d->lost_at + d->no_path_timeout * HZ)) {
		d->state = PBD_FAILING;
		pr_warn("%s: no path for %u seconds, requests fail from now on\n",
			d->head.resource, d->no_path_timeout);
		pbd_lanes_fail(d, PBD_FAIL, BLK_STS_TRANSPORT, &over);
	}
	mutex_unlock(&d->head.lock);
	pbd_cmds_end(&over);
}

int pbd_path_set_timeout(struct pbd_disk *d, unsigned int seconds)
{
	if (seconds > INT_MAX / HZ)
		return -ERANGE;
	mutex_lock(&d->head.lock);
	d->no_path_timeout = seconds;
	path_set_clock(d);
	mutex_unlock(&d->head.lock);
	return 0;
}

static struct partbus_vsc_head *op_head_new(struct partbus_channel *ch)
{
	struct pbd_disk *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return ERR_PTR(-ENOMEM);
	d->state = PBD_NO_PATH;
	d->no_path_timeout = pbd_default_no_path_timeout();
	INIT_DELAYED_WORK(&d->no_path, path_no_path);
	d->index = -1;
	pbd_lanes_init(d);
	return &d->head;
}

static void op_head_free(struct partbus_vsc_head *head)
{
	/* A queue_rq() that has just dropped its pin may still be under way. */
	kfree_rcu(pbd_of_head(head), rcu);
}

static void op_defaults(struct partbus_vsc_head *head, struct pb_ranges *wish)
{
	pbd_terms_defaults(wish);
}

static int op_consider(struct partbus_vsc_head *head, const struct pb_contract *contract,
		       struct pb_refusal *why)
{
	struct pbd_disk *d = pbd_of_head(head);
	u64 block = pb_contract_get(contract, PB_LOGICAL_BLOCK, SECTOR_SIZE);
	u32 most = head->started ? d->terms.limits.logical_block : PAGE_SIZE;

	if (block <= most)
		return 0;
	/* Whatever is on the disk, and what waits, was made for smaller blocks. */
	why->type = PARTBUS_ATTR_LOGICAL_BLOCK;
	scnprintf(why->text, sizeof(why->text),
		  "logical_block: %llu bytes, but the disk can do with %u at most", block, most);
	return -EDOM;
}

static int op_start(struct partbus_vsc_head *head, struct partbus_vsc_path *path)
{
	struct pbd_disk *d = pbd_of_head(head);
	struct pbd_terms terms;
	int ret;

	pbd_terms_from_contract(&path->contract, &terms);
	/* The block size stays what it was at first, so that consider() can compare. */
	if (head->started)
		terms.limits.logical_block = d->terms.limits.logical_block;
	ret = pbd_lanes_attach(d, &terms, path->data);
	if (ret)
		return ret;
	d->contract = path->contract;
	d->terms = terms;
	d->state = PBD_RUNNING;
	path_set_clock(d);
	pbd_lanes_open(d);
	return 0;
}

static void op_quiesce(struct partbus_vsc_head *head, struct partbus_vsc_path *path)
{
	struct pbd_disk *d = pbd_of_head(head);

	d->state = PBD_QUIESCED;
	pbd_lanes_quiesce(d, path->ch);
}

static void op_resume(struct partbus_vsc_head *head, struct partbus_vsc_path *path)
{
	struct pbd_disk *d = pbd_of_head(head);

	d->state = PBD_RUNNING;
	pbd_lanes_open(d);
}

static void op_stop(struct partbus_vsc_head *head, struct partbus_vsc_path *path)
{
	struct pbd_disk *d = pbd_of_head(head);

	pbd_lanes_detach(d);
	d->state = PBD_NO_PATH;
	d->lost_at = jiffies;
	path_set_clock(d);
}

static void op_gone(struct partbus_vsc_head *head)
{
	struct pbd_disk *d = pbd_of_head(head);
	LIST_HEAD(over);

	mutex_lock(&head->lock);
	d->state = PBD_GONE;
	path_set_clock(d);
	pbd_lanes_fail(d, PBD_DEAD, BLK_STS_IOERR, &over);
	mutex_unlock(&head->lock);
	pbd_cmds_end(&over);
}

static void op_device(struct partbus_vsc_head *head, char *buf, size_t size)
{
	pbd_disk_name(pbd_of_head(head), buf, size);
}

const struct partbus_vsc_class_ops pbd_class_ops = {
	.head_new = op_head_new,
	.head_free = op_head_free,
	.defaults = op_defaults,
	.consider = op_consider,
	.start = op_start,
	.quiesce = op_quiesce,
	.resume = op_resume,
	.stop = op_stop,
	.gone = op_gone,
	.apply = pbd_disk_apply,
	.remove = pbd_disk_remove,
	.device = op_device,
};
