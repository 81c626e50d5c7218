// SPDX-License-Identifier: GPL-2.0
/*
 * The disk as the block layer sees it. To add one reads its partition table, and to
 * change its limits waits for all requests under way, both of which need the channel
 * to be served. The data path does not wait for that: it takes requests that were built
 * under other limits as they are.
 */
#include "blk.h"

#include <linux/idr.h>
#include <linux/module.h>
#include <linux/sched/mm.h>

/* Chunks that one submitter sends itself before the pump takes over. */
#define SUBMIT_CHUNKS	64u
#define REQUEST_TIMEOUT	(30 * HZ)

static DEFINE_IDA(disk_ida);

static blk_status_t disk_queue_rq(struct blk_mq_hw_ctx *hctx,
				  const struct blk_mq_queue_data *bd)
{
	struct pbd_disk *d = hctx->queue->queuedata;
	struct request *rq = bd->rq;
	struct pbd_cmd *cmd = blk_mq_rq_to_pdu(rq);
	struct pbd_lane *lane;
	unsigned long flags;
	u8 op = pbd_wire_op(rq);

	if (!op)
		return BLK_STS_NOTSUPP;
	lane = pbd_lanes_lock(d, hctx->queue_num, &flags);
	switch (lane->mode) {
	case PBD_DEAD:
		spin_unlock_irqrestore(&lane->lock, flags);
		return BLK_STS_IOERR;
	case PBD_FAIL:
		spin_unlock_irqrestore(&lane->lock, flags);
		return BLK_STS_TRANSPORT;
	case PBD_OPEN:
		if (op == PARTBUS_BLK_FLUSH && !lane->terms.write_cache) {
			/* What was acknowledged is on the medium already. */
			blk_mq_start_request(rq);
			pbd_lane_issue(lane, flags, 0, bd->last);
			blk_mq_end_request(rq, BLK_STS_OK);
			return BLK_STS_OK;
		}
		if (lane->nr_free && list_empty(&lane->waiting))
			break;
		/*
		 * Back to the block layer, which may merge it meanwhile. The pump
		 * runs the queues when there is room; that this is not the "device"
		 * kind of want makes the block layer try again by itself as well.
		 */
		lane->starved = true;
		pbd_lane_issue(lane, flags, 0, true);
		return BLK_STS_RESOURCE;
	case PBD_HOLD:
		break;
	}
	blk_mq_start_request(rq);
	pbd_cmd_init(cmd, op, rq->cmd_flags & REQ_FUA);
	list_add_tail(&cmd->node, &lane->waiting);
	pbd_lane_issue(lane, flags, SUBMIT_CHUNKS, bd->last);
	return BLK_STS_OK;
}

static void disk_commit_rqs(struct blk_mq_hw_ctx *hctx)
{
	unsigned long flags;
	struct pbd_lane *lane = pbd_lanes_lock(hctx->queue->queuedata, hctx->queue_num, &flags);

	pbd_lane_issue(lane, flags, 0, true);
}

static void disk_complete(struct request *rq)
{
	struct pbd_cmd *cmd = blk_mq_rq_to_pdu(rq);

	blk_mq_end_request(rq, cmd->status);
}

/*
 * A request is never given up for taking long: who waits for a provider decides
 * how long, by no_path_timeout. Only make sure that no doorbell was lost.
 */
static enum blk_eh_timer_return disk_timeout(struct request *rq)
{
	unsigned long flags;
	struct pbd_lane *lane = pbd_lanes_lock(rq->q->queuedata, rq->mq_hctx->queue_num, &flags);

	if (lane->watched)
		mod_delayed_work(pbd_io_wq, &lane->watch, 0);
	spin_unlock_irqrestore(&lane->lock, flags);
	return BLK_EH_RESET_TIMER;
}

static const struct blk_mq_ops disk_mq_ops = {
	.queue_rq = disk_queue_rq,
	.commit_rqs = disk_commit_rqs,
	.complete = disk_complete,
	.timeout = disk_timeout,
};

static void disk_free(struct gendisk *disk)
{
	struct pbd_disk *d = disk->private_data;

	ida_free(&disk_ida, d->index);
	partbus_vsc_head_put(&d->head);	/* taken by disk_make() */
}

static const struct block_device_operations disk_fops = {
	.owner = THIS_MODULE,
	.free_disk = disk_free,
};

void pbd_disk_name(const struct pbd_disk *d, char *buf, size_t size)
{
	int index = READ_ONCE(d->index);

	if (index < 0)
		strscpy(buf, "", size);
	else
		scnprintf(buf, size, "pbd%d", index);
}

static int disk_make(struct pbd_disk *d, const struct pbd_terms *terms)
{
	struct gendisk *disk;
	int index, ret;

	index = ida_alloc_max(&disk_ida, (1 << (MINORBITS - PBD_MINOR_BITS)) - 1, GFP_KERNEL);
	if (index < 0)
		return index;

	memset(&d->set, 0, sizeof(d->set));
	d->set.ops = &disk_mq_ops;
	d->set.nr_hw_queues = min_t(u32, terms->queues, nr_cpu_ids);
	d->set.queue_depth = PBD_TAGS;
	d->set.numa_node = NUMA_NO_NODE;
	d->set.cmd_size = sizeof(struct pbd_cmd);
	/*
	 * Stacking: a CPU that goes offline does not wait for requests of its queue, which
	 * may wait for a path themselves.
	 */
	d->set.flags = PB_BLK_MQ_F_MERGE | BLK_MQ_F_STACKING;
	d->set.timeout = REQUEST_TIMEOUT;
	ret = blk_mq_alloc_tag_set(&d->set);
	if (ret)
		goto err_free_index;

	disk = pb_blk_alloc_disk(&d->set, &terms->limits, d);
	if (IS_ERR(disk)) {
		ret = PTR_ERR(disk);
		goto err_free_tags;
	}
	disk->major = pbd_major;
	disk->first_minor = index << PBD_MINOR_BITS;
	disk->minors = 1 << PBD_MINOR_BITS;
	disk->fops = &disk_fops;
	disk->private_data = d;
	snprintf(disk->disk_name, sizeof(disk->disk_name), "pbd%d", index);
	set_capacity(disk, terms->capacity);
	set_disk_ro(disk, !terms->writable);
	d->disk = disk;
	WRITE_ONCE(d->index, index);

	partbus_vsc_head_get(&d->head);	/* put by disk_free() */
	ret = device_add_disk(NULL, disk, pbd_disk_groups);
	if (ret)
		goto err_put_disk;
	pr_info("pbd%d: resource %s, %llu sectors\n", index, d->head.resource, terms->capacity);
	return 0;

err_put_disk:
	WRITE_ONCE(d->index, -1);
	d->disk = NULL;
	put_disk(disk);		/* without disk_free(): it was never added */
	partbus_vsc_head_put(&d->head);
err_free_tags:
	blk_mq_free_tag_set(&d->set);
err_free_index:
	ida_free(&disk_ida, index);
	return ret;
}

/*
 * The terms are in force already. What waits for requests under way may wait
 * long: a path may be lost meanwhile.
 */
static int disk_update(struct pbd_disk *d, const struct pbd_terms *terms)
{
	struct gendisk *disk = d->disk;
	int ret;

	blk_mq_update_nr_hw_queues(&d->set, min_t(u32, terms->queues, nr_cpu_ids));
	ret = pb_blk_update_limits(disk, &terms->limits);
	if (ret)
		return ret;
	set_disk_ro(disk, !terms->writable);
	if (get_capacity(disk) != terms->capacity)
		pr_info("%s: %llu sectors, were %llu\n", disk->disk_name, terms->capacity,
			get_capacity(disk));
	set_capacity_and_notify(disk, terms->capacity);
	return 0;
}

/*
 * A queue is its CPUs': what completes elsewhere contends with who submits, and a virtual
 * CPU that waits for a lock of one that is not running has the scheduler to wait for.
 */
static void disk_affine(struct pbd_disk *d)
{
	struct blk_mq_hw_ctx *hctx;
	unsigned long i;

	mutex_lock(&d->head.lock);
	/*
	 * Once for new queues: afterwards people may place their interrupts elsewhere. Lanes
	 * may be newer than what the block layer was told: then this is for the next run.
	 */
	if (d->astray && d->set.nr_hw_queues == min_t(u32, d->nr_lanes, nr_cpu_ids)) {
		queue_for_each_hw_ctx(d->disk->queue, hctx, i)
			if (d->lanes[i].attached)
				partbus_queue_affine(d->lanes[i].q, hctx->cpumask);
		d->astray = false;
	}
	mutex_unlock(&d->head.lock);
}

int pbd_disk_apply(struct partbus_vsc_head *head)
{
	struct pbd_disk *d = pbd_of_head(head);
	struct pbd_terms terms;
	unsigned int noio;
	int ret;

	mutex_lock(&head->lock);
	terms = d->terms;
	mutex_unlock(&head->lock);
	/* It allocates while the disk is frozen, which reclaim may write to. */
	noio = memalloc_noio_save();
	ret = d->disk ? disk_update(d, &terms) : disk_make(d, &terms);
	if (d->disk)
		disk_affine(d);
	memalloc_noio_restore(noio);
	return ret;
}

/* The lanes fail everything by now, so nothing here waits for a path. */
void pbd_disk_remove(struct partbus_vsc_head *head)
{
	struct pbd_disk *d = pbd_of_head(head);

	if (d->disk) {
		blk_mark_disk_dead(d->disk);
		del_gendisk(d->disk);
	}
	pbd_lanes_exit(d);
	cancel_delayed_work_sync(&d->no_path);
	if (d->disk) {
		blk_mq_free_tag_set(&d->set);
		put_disk(d->disk);
	}
}
