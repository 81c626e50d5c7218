// SPDX-License-Identifier: GPL-2.0
/*
 * Executing requests: bios straight onto the pages of the slot, never through
 * the page cache.
 *
 * One allocation per request, the bio with its context in front of it, from a
 * set with a reserve: with workers being the only ones that allocate, and nothing
 * of an unsubmitted request held while one waits, some bio in flight will always
 * come back. Each backing has a reserve of its own, for one backing's requests may
 * wait for another's: a disk of the bus can be served once more.
 */
#include <linux/ktime.h>
#include <linux/sched/mm.h>

#include "trace.h"
#include "vsp_blk.h"

#define RESERVE_BIOS	16
/* One largest request: see copy_slot(). */
#define RESERVE_PAGES	(PARTBUS_MAX_SLOT_SIZE / PAGE_SIZE)

static struct blk_io *io_alloc(struct blk_queue *bq, const struct pb_blk_request *rq,
			       unsigned short pages, blk_opf_t opf)
{
	struct bio *bio = bio_alloc_bioset(bq->bdev, pages, opf, GFP_NOIO,
					   &bq->reserve->bios);
	struct blk_io *io = container_of(bio, struct blk_io, bio);

	io->bq = bq;
	io->begun = ktime_get_ns();
	io->sectors = rq->sectors;
	io->tag = rq->tag;
	io->op = rq->op;
	io->flush = false;
	io->copied = false;
	bio->bi_iter.bi_sector = rq->sector;
	bio->bi_end_io = request_done_bio;
	return io;
}

static void copy_free(struct blk_io *io)
{
	struct bvec_iter_all iter;
	struct bio_vec *bv;

	bio_for_each_segment_all(bv, &io->bio, iter)
		mempool_free(bv->bv_page, &io->bq->reserve->pages);
}

/* Gives back all that a request has but its place in the queue's count. */
void request_exec_free(struct blk_io *io)
{
	if (io->copied)
		copy_free(io);
	bio_put(&io->bio);
}

static bool add_slot(struct blk_queue *bq, struct bio *bio, u32 tag, u32 bytes)
{
	u32 offset, len;

	/* Pages that are neighbours in memory become one segment here. */
	for (offset = 0; offset < bytes; offset += len) {
		len = min_t(u32, bytes - offset, PAGE_SIZE);
		if (bio_add_page(bio, partbus_queue_slot_page(bq->q, tag, offset), len, 0) != len)
			return false;
	}
	return true;
}

static bool copy_pages(struct blk_queue *bq, struct bio *bio, u32 tag, u32 bytes, gfp_t gfp)
{
	u32 offset = bio->bi_iter.bi_size;
	struct page *page;
	u32 len;

	for (; offset < bytes; offset += len) {
		page = mempool_alloc(&bq->reserve->pages, gfp);
		if (!page)
			return false;
		len = min_t(u32, bytes - offset, PAGE_SIZE);
		memcpy(page_address(page), partbus_queue_slot(bq->q, tag) + offset, len);
		/* Room for every page was allocated with the bio. */
		__bio_add_page(bio, page, len, 0);
	}
	return true;
}

/*
 * A client can write to a slot while the device reads it. Where that would break
 * what the device makes of it (checksums, parity), it gets a copy.
 *
 * First without waiting; if pages are short, one request at a time waits for
 * them, and those that queue up behind it have given back what they had. The
 * reserve is as large as the largest request, and whoever else has pages of it is
 * in flight and will give them back: so the wait ends. That it is so large is seen to
 * within a second of the moment when the device wants copies.
 */
static void copy_slot(struct blk_queue *bq, struct blk_io *io, u32 bytes)
{
	io->copied = true;
	if (copy_pages(bq, &io->bio, io->tag, bytes, GFP_NOWAIT | __GFP_NOWARN))
		return;
	copy_free(io);
	io->bio.bi_vcnt = 0;
	io->bio.bi_iter.bi_size = 0;
	mutex_lock(&bq->reserve->copy_lock);
	copy_pages(bq, &io->bio, io->tag, bytes, GFP_NOIO);
	mutex_unlock(&bq->reserve->copy_lock);
}

/*
 * A backing may have got a cache that the contract does not know of yet: nobody would
 * flush what is acknowledged until then. Without a cache this costs nothing.
 */
static bool durable(const struct blk_queue *bq, const struct pb_blk_request *rq)
{
	return rq->flags & PARTBUS_BLK_F_FUA || !bq->limits.write_cache;
}

static void exec_rw(struct blk_queue *bq, const struct pb_blk_request *rq)
{
	bool write = rq->op == PARTBUS_BLK_WRITE;
	blk_opf_t opf = REQ_OP_READ;
	struct blk_io *io;

	if (write) {
		/* Somebody waits for it, as for a direct write. */
		opf = REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;
		if (durable(bq, rq))
			opf |= REQ_FUA;
	}
	io = io_alloc(bq, rq, DIV_ROUND_UP(rq->bytes, PAGE_SIZE), opf);
	if (write && bdev_stable_writes(bq->bdev)) {
		copy_slot(bq, io, rq->bytes);
	} else if (!add_slot(bq, &io->bio, rq->tag, rq->bytes)) {
		bio_io_error(&io->bio);
		return;
	}
	submit_bio(&io->bio);
}

static void exec_flush(struct blk_queue *bq, const struct pb_blk_request *rq)
{
	struct blk_io *io = io_alloc(bq, rq, 0, REQ_OP_WRITE | REQ_PREFLUSH);

	/* Without a write cache the block layer ends it at once. */
	submit_bio(&io->bio);
}

/*
 * No data, but a range. One bio, however large: what the device takes at a time is the
 * block layer's affair, and what it does not take at all is answered with NOTSUPP.
 */
static void exec_range(struct blk_queue *bq, const struct pb_blk_request *rq, blk_opf_t opf)
{
	struct blk_io *io = io_alloc(bq, rq, 0, opf);

	/* The contract's limits are below 4 GiB. */
	io->bio.bi_iter.bi_size = rq->sectors << SECTOR_SHIFT;
	/* The block layer has no FUA for zeroes; see request_done.c. */
	io->flush = opf != REQ_OP_DISCARD && durable(bq, rq) && bdev_write_cache(bq->bdev);
	submit_bio(&io->bio);
}

static void exec_zeroes(struct blk_queue *bq, const struct pb_blk_request *rq)
{
	blk_opf_t opf = REQ_OP_WRITE_ZEROES;

	if (rq->flags & PARTBUS_BLK_F_NOUNMAP)
		opf |= REQ_NOUNMAP;
	exec_range(bq, rq, opf);
}

/*
 * The tag is marked and vsp_io_begin() was called. From here on request_done.c
 * answers, maybe before this returns.
 */
void request_exec(struct blk_queue *bq, const struct pb_blk_request *rq)
{
	trace_partbus_blk_request(bq, rq);
	switch (rq->op) {
	case PARTBUS_BLK_READ:
	case PARTBUS_BLK_WRITE:
		exec_rw(bq, rq);
		break;
	case PARTBUS_BLK_FLUSH:
		exec_flush(bq, rq);
		break;
	case PARTBUS_BLK_DISCARD:
		exec_range(bq, rq, REQ_OP_DISCARD);
		break;
	case PARTBUS_BLK_WRITE_ZEROES:
		exec_zeroes(bq, rq);
		break;
	default:
		/* Known to the checks, but not to us. */
		request_done_status(bq, rq->tag, PARTBUS_BLK_S_NOTSUPP);
		vsp_io_end(&bq->vq);
		break;
	}
}

/* The second half of zeroes with FUA; also for a queue that takes nothing more. */
void request_exec_flush_after(struct blk_queue *bq)
{
	struct llist_node *first = llist_del_all(&bq->zeroed);
	struct blk_io *io, *next;

	llist_for_each_entry_safe(io, next, first, zeroed) {
		bio_reset(&io->bio, bq->bdev, REQ_OP_WRITE | REQ_PREFLUSH);
		io->bio.bi_end_io = request_done_bio;
		submit_bio(&io->bio);
	}
}

/**
 * blk_reserve_grow() - have enough in reserve for what the device wants now
 * @r: the reserve
 * @bdev: of its backing
 *
 * Whether writes must be copied may change while the device is open, as when a
 * mapping gets another table; a megabyte is held for those only. Until it is there
 * copies are made of what memory there is.
 *
 * Context: process context, may sleep; not twice at a time
 * Return: 0 or -ENOMEM
 */
int blk_reserve_grow(struct blk_reserve *r, struct block_device *bdev)
{
	unsigned int noio;
	int ret;

	if (!bdev_stable_writes(bdev) || r->pages.min_nr == RESERVE_PAGES)
		return 0;
	/* What reclaim would write may wait for just these pages. */
	noio = memalloc_noio_save();
	ret = mempool_resize(&r->pages, RESERVE_PAGES);
	memalloc_noio_restore(noio);
	return ret;
}

int blk_reserve_init(struct blk_reserve *r)
{
	int ret;

	mutex_init(&r->copy_lock);
	ret = bioset_init(&r->bios, RESERVE_BIOS, offsetof(struct blk_io, bio),
			  BIOSET_NEED_BVECS);
	if (ret)
		return ret;
	ret = mempool_init_page_pool(&r->pages, 1, 0);
	if (ret)
		bioset_exit(&r->bios);
	return ret;
}

/* No request of the backing is left. */
void blk_reserve_exit(struct blk_reserve *r)
{
	mempool_exit(&r->pages);
	bioset_exit(&r->bios);
}
