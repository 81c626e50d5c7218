// SPDX-License-Identifier: GPL-2.0
/*
 * A NIC and its path: what the client core tells (the class's ops).
 *
 * A network may lose frames, so nothing is kept for the next path: what was under way
 * when a path is lost is dropped, and the carrier is off until there is another. From
 * one contract to the next nothing is lost but for want of memory: the sender is quiet
 * first, and frames that come back are sent again.
 */
#include "net.h"

static struct partbus_vsc_head *op_head_new(struct partbus_channel *ch)
{
	struct pbn_nic *nic = pbn_nic_new();

	return nic ? &nic->head : ERR_PTR(-ENOMEM);
}

static void op_head_free(struct partbus_vsc_head *head)
{
	pbn_nic_free(pbn_of_head(head));
}

static void op_defaults(struct partbus_vsc_head *head, struct pb_ranges *wish)
{
	u32 queues, depth, slot_size;
	int i;

	for (i = 0; i < PB_ATTR_COUNT; i++)
		if (pb_attr_of_class(i, PARTBUS_CLASS_NET))
			pb_ranges_set(wish, i, 0, PARTBUS_ATTR_ANY);

	pbn_wanted_geometry(&queues, &depth, &slot_size);
	pb_ranges_set(wish, PB_QUEUES, 1, queues);
	pb_ranges_set(wish, PB_DEPTH, PARTBUS_NET_MIN_DEPTH, depth);
	pb_ranges_set(wish, PB_SLOT_SIZE, PARTBUS_MIN_SLOT_SIZE, slot_size);
	/* No longer frames than these slots hold. */
	pb_ranges_set(wish, PB_MTU, 0, slot_size - PARTBUS_NET_OVERHEAD);
	if (!pb_frame_has_uso())
		pb_ranges_set(wish, PB_USO, 0, 0);
}

static int op_consider(struct partbus_vsc_head *head, const struct pb_contract *contract,
		       struct pb_refusal *why)
{
	return 0;
}

static int op_start(struct partbus_vsc_head *head, struct partbus_vsc_path *path)
{
	struct pbn_nic *nic = pbn_of_head(head);
	int ret;

	ret = pbn_lanes_attach(nic, &path->contract, path->data);
	if (ret)
		return ret;
	nic->contract = path->contract;
	return 0;
}

static void op_quiesce(struct partbus_vsc_head *head, struct partbus_vsc_path *path)
{
	pbn_lanes_quiesce(pbn_of_head(head), path->ch);
}

static void op_resume(struct partbus_vsc_head *head, struct partbus_vsc_path *path)
{
	pbn_lanes_resume(pbn_of_head(head));
}

static void op_stop(struct partbus_vsc_head *head, struct partbus_vsc_path *path)
{
	pbn_lanes_detach(pbn_of_head(head));
}

static void op_gone(struct partbus_vsc_head *head)
{
	mutex_lock(&head->lock);
	pbn_lanes_detach(pbn_of_head(head));
	mutex_unlock(&head->lock);
}

static void op_device(struct partbus_vsc_head *head, char *buf, size_t size)
{
	struct pbn_nic *nic = pbn_of_head(head);

	/* The name may be changed meanwhile; it is for people. */
	strscpy(buf, READ_ONCE(nic->registered) ? nic->dev->name : "", size);
}

const struct partbus_vsc_class_ops pbn_class_ops = {
	.head_new = op_head_new,
	.head_free = op_head_free,
	.defaults = op_defaults,
	.consider = op_consider,
	.start = op_start,
	.quiesce = op_quiesce,
	.resume = op_resume,
	.stop = op_stop,
	.gone = op_gone,
	.apply = pbn_nic_apply,
	.remove = pbn_nic_remove,
	.device = op_device,
};
