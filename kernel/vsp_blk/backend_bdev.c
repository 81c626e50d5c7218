// SPDX-License-Identifier: GPL-2.0
/*
 * Block devices as backings: opening them, what they are, and noticing when that
 * changes. Requests are request_exec.c's business.
 *
 * The device is held exclusively: nobody mounts it, puts it into an array or
 * serves it a second time while clients write to it.
 */
#include <linux/netlink.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "vsp_blk.h"

/*
 * Not every driver tells of a new size, and how a holder hears of a device that
 * is gone differs between kernels; looking costs nothing.
 */
#define WATCH_PERIOD	HZ

static struct blk_backing *backing_of(const struct vsp_resource *res)
{
	return res->priv;
}

static void explain_open(int error, bool read_only, struct netlink_ext_ack *extack)
{
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
		NL_SET_ERR_MSG(extack, "the backing does not exist: give the path of a block device");
		break;
	case -ENOTBLK:
		NL_SET_ERR_MSG(extack, "the backing is no block device (for a file, set up a loop device)");
		break;
	case -EBUSY:
		NL_SET_ERR_MSG(extack, "the backing is in use: mounted, in an array, served already, or busy with requests of a resource just deleted");
		break;
	case -EACCES:
	case -EPERM:
	case -EROFS:
		if (read_only)
			NL_SET_ERR_MSG(extack, "the backing may not be opened");
		else
			NL_SET_ERR_MSG(extack, "the backing cannot be written to: give read_only");
		break;
	case -ENXIO:
	case -ENODEV:
		NL_SET_ERR_MSG(extack, "there is no device (any more) behind the backing's path");
		break;
	case -ENOMEDIUM:
		NL_SET_ERR_MSG(extack, "there is no medium in the backing");
		break;
	default:
		NL_SET_ERR_MSG(extack, "the backing cannot be opened");
		break;
	}
}

static int check_device(struct block_device *bdev, struct netlink_ext_ack *extack)
{
	if (bdev_is_zoned(bdev)) {
		NL_SET_ERR_MSG(extack, "the backing is a zoned device, which clients could not write to as an ordinary disk");
		return -EOPNOTSUPP;
	}
	if (bdev_logical_block_size(bdev) > PARTBUS_PAGE_SIZE) {
		NL_SET_ERR_MSG(extack, "the backing's logical block size is larger than 4096 bytes");
		return -EOPNOTSUPP;
	}
	if (!bdev_nr_sectors(bdev)) {
		NL_SET_ERR_MSG(extack, "the backing has no capacity");
		return -ENOSPC;
	}
	return 0;
}

static void fact(struct pb_ranges *r, int attr, u64 value)
{
	const struct pb_attr_info *info = &pb_attr_table[attr];

	value = clamp(value, info->min, info->max);
	pb_ranges_set(r, attr, value, value);
}

/* What the device is, whatever the administrator made of it. */
static void device_facts(struct block_device *bdev, struct pb_ranges *r)
{
	u32 logical = bdev_logical_block_size(bdev);
	bool writable = !bdev_read_only(bdev);

	memset(r, 0, sizeof(*r));
	fact(r, PB_CAPACITY, bdev_nr_sectors(bdev));
	fact(r, PB_WRITABLE, writable);
	fact(r, PB_LOGICAL_BLOCK, logical);
	fact(r, PB_PHYSICAL_BLOCK, max(logical, bdev_physical_block_size(bdev)));
	fact(r, PB_WRITE_CACHE, bdev_write_cache(bdev));
	fact(r, PB_FUA, bdev_fua(bdev));
	fact(r, PB_DISCARD_MAX, bdev_max_discard_sectors(bdev));
	fact(r, PB_DISCARD_GRAIN, bdev_discard_granularity(bdev));
	fact(r, PB_ZEROES_MAX, bdev_write_zeroes_sectors(bdev));
	fact(r, PB_ROTATIONAL, !bdev_nonrot(bdev));
}

static void watch(struct work_struct *work)
{
	struct blk_backing *b = container_of(to_delayed_work(work), struct blk_backing, watch);
	struct pb_ranges now;

	/* Else with the next look. */
	blk_reserve_grow(&b->reserve, b->bdev);
	device_facts(b->bdev, &now);
	if (memcmp(&now, &b->seen, sizeof(now))) {
		b->seen = now;
		vsp_resource_changed(b->res);
	}
	queue_delayed_work(system_unbound_wq, &b->watch, WATCH_PERIOD);
}

int backend_open(struct vsp_resource *res, struct netlink_ext_ack *extack)
{
	struct blk_backing *b;
	int ret;

	/* A work opens it: there is no directory that it would be looked for in. */
	if (res->backing[0] != '/') {
		NL_SET_ERR_MSG(extack, "the backing of a disk is a path that begins with /");
		return -EINVAL;
	}
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	b->res = res;
	b->writable = !res->set.read_only;
	INIT_DELAYED_WORK(&b->watch, watch);
	ret = blk_reserve_init(&b->reserve);
	if (ret)
		goto err_free;
	b->bdev = pb_bdev_open(&b->handle, res->backing, b->writable, b);
	if (IS_ERR(b->bdev)) {
		ret = PTR_ERR(b->bdev);
		explain_open(ret, res->set.read_only, extack);
		goto err_reserve;
	}
	if (b->writable && bdev_read_only(b->bdev)) {
		ret = -EROFS;
		explain_open(ret, false, extack);
		goto err_close;
	}
	ret = check_device(b->bdev, extack);
	if (!ret)
		ret = blk_reserve_grow(&b->reserve, b->bdev);
	if (ret)
		goto err_close;

	res->priv = b;
	device_facts(b->bdev, &b->seen);
	queue_delayed_work(system_unbound_wq, &b->watch, WATCH_PERIOD);
	return 0;

err_close:
	pb_bdev_close(&b->handle);
err_reserve:
	blk_reserve_exit(&b->reserve);
err_free:
	kfree(b);
	return ret;
}

void backend_close(struct vsp_resource *res)
{
	struct blk_backing *b = backing_of(res);

	cancel_delayed_work_sync(&b->watch);
	pb_bdev_close(&b->handle);
	blk_reserve_exit(&b->reserve);
	res->priv = NULL;
	kfree(b);
}

int backend_check(struct vsp_resource *res, const struct vsp_settings *set,
		  struct netlink_ext_ack *extack)
{
	struct blk_backing *b = backing_of(res);
	u32 block = bdev_logical_block_size(b->bdev);

	if (set->size_bytes % block) {
		NL_SET_ERR_MSG(extack, "size_bytes is not a multiple of the backing's logical block size");
		return -EINVAL;
	}
	if (set->size_bytes > bdev_nr_bytes(b->bdev)) {
		NL_SET_ERR_MSG(extack, "size_bytes is more than the backing has; give 0 for all of it");
		return -ENOSPC;
	}
	if (!set->read_only && !b->writable) {
		NL_SET_ERR_MSG(extack, "the backing was opened read-only: delete the resource and make it anew");
		return -EROFS;
	}
	if (!set->read_only && bdev_read_only(b->bdev)) {
		NL_SET_ERR_MSG(extack, "the backing has become read-only: give read_only, or make it writable again");
		return -EROFS;
	}
	return 0;
}

u64 backend_size(struct vsp_resource *res)
{
	u64 size = bdev_nr_bytes(backing_of(res)->bdev);

	return res->set.size_bytes ? min(size, res->set.size_bytes) : size;
}

static void lower(struct pb_ranges *r, const struct pb_ranges *limits, int attr, u64 most)
{
	u64 value = pb_ranges_at_most(limits, attr, min(r->like[attr], most));

	pb_ranges_set(r, attr, value, value);
}

/*
 * The most that one request may discard or zero, in sectors. One that is larger than a
 * burst is let through when the burst is whole and worked off afterwards, while
 * all others of its client wait: so no request may be large. The second also keeps
 * what it costs within the numbers of rate.c.
 */
#define DISCARD_MOST	(SZ_256M >> SECTOR_SHIFT)
#define ZEROES_MOST	(SZ_4M >> SECTOR_SHIFT)

/* A device that discards in larger pieces gets one of them at a time. */
static u64 discard_most(const struct pb_ranges *r)
{
	return max_t(u64, DISCARD_MOST, r->like[PB_DISCARD_GRAIN] >> SECTOR_SHIFT);
}

/*
 * What the administrator and an offer may lower is what a client has less of
 * then: capacity, the right to write, the size of a discard. Block sizes and
 * caches are as they are.
 */
int backend_facts(struct vsp_resource *res, const struct partbus_channel *ch,
		  const struct pb_ranges *limits, struct pb_ranges *available)
{
	struct block_device *bdev = backing_of(res)->bdev;
	struct pb_ranges r;
	u64 capacity;
	int i;

	device_facts(bdev, &r);
	/* A device that was removed has no capacity any more. */
	if (!r.like[PB_CAPACITY])
		return -ENODEV;
	lower(&r, limits, PB_CAPACITY, backend_size(res) >> SECTOR_SHIFT);
	capacity = round_down(r.like[PB_CAPACITY], r.like[PB_LOGICAL_BLOCK] >> SECTOR_SHIFT);
	pb_ranges_set(&r, PB_CAPACITY, capacity, capacity);
	lower(&r, limits, PB_WRITABLE, !res->set.read_only);
	lower(&r, limits, PB_DISCARD_MAX, r.like[PB_WRITABLE] ? discard_most(&r) : 0);
	lower(&r, limits, PB_ZEROES_MAX, r.like[PB_WRITABLE] ? ZEROES_MOST : 0);

	for (i = 0; i < PB_ATTR_COUNT; i++)
		if (r.present & (1ULL << i))
			pb_ranges_set(available, i, r.least[i], r.like[i]);
	return 0;
}

/*
 * What would be wrong to go on with: promised sectors or writes that can no longer
 * be had, another block size, and a write cache that the client does not know of
 * and so would not flush. Discard and write zeroes that are gone are answered with
 * NOTSUPP; FUA without the device's help is a flush, done by the block layer.
 */
bool backend_may_keep(const struct pb_contract *c, const struct pb_ranges *now)
{
	return pb_contract_get(c, PB_CAPACITY, 0) <= now->like[PB_CAPACITY] &&
	       pb_contract_get(c, PB_WRITABLE, 0) <= now->like[PB_WRITABLE] &&
	       pb_contract_get(c, PB_LOGICAL_BLOCK, 0) == now->like[PB_LOGICAL_BLOCK] &&
	       pb_contract_get(c, PB_WRITE_CACHE, 0) >= now->like[PB_WRITE_CACHE];
}

void backend_device(struct vsp_session *s, char *buf, size_t size)
{
	snprintf(buf, size, "%pg", backing_of(s->res)->bdev);
}
