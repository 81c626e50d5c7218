// SPDX-License-Identifier: GPL-2.0
/*
 * Links: live channels from the root partition to a guest, or to itself.
 *
 * All that takes time is done by a link's own work: bringing up (make the ends,
 * tell the guest) and taking down (tell the guest, wait for the server to be
 * quiet, take the pages away). Whoever wants it down says so under the
 * configuration lock and goes on. Only when a link has left the list may the
 * same partition be offered the same resource again: by then nothing of it can
 * reach the disk any more.
 */
#include "host.h"

#include <linux/sched/mm.h>
#include <linux/slab.h>

#include <partbus/channel.h>
#include <vmbus/inject.h>
#include <vmbus/lines.h>
#include <vmbus/transport_local.h>

LIST_HEAD(pb_links);			/* configuration lock */
static DECLARE_WAIT_QUEUE_HEAD(links_wait);
static u32 last_channel;		/* configuration lock */
static unsigned int links_left;		/* how many have left; configuration lock */

/* The server's end of a link to a guest. */
struct host_transport {
	struct pb_transport base;
	struct pb_link *link;		/* a reference */
};

static struct pb_users host_users = {
	.count = REFCOUNT_INIT(1),
	.none = COMPLETION_INITIALIZER(host_users.none),
};

static void link_free(struct kref *ref)
{
	struct pb_link *link = container_of(ref, struct pb_link, ref);

	if (link->attach)
		pb_attach_put(link->attach);
	pb_channel_id_put(link->channel);
	kfree(link);
}

static void link_put(struct pb_link *link)
{
	kref_put(&link->ref, link_free);
}

static struct pb_link *link_of(struct pb_transport *t)
{
	return container_of(t, struct host_transport, base)->link;
}

static void host_ring(struct pb_transport *t, u32 line)
{
	pb_bell_ring(&link_of(t)->attach->bells[line]);
}

/* Takes one section out of the window. The lock: place_lock. */
static void link_unplace(struct pb_link *link, struct pb_placement *p)
{
	lockdep_assert_held(&link->attach->place_lock);
	if (!p->section)
		return;
	pb_window_unplace(link->attach->window, p->section, p->offset);
	pb_section_put(p->section);
	p->section = NULL;
}

static void link_unplace_all(struct pb_link *link)
{
	unsigned int i;

	mutex_lock(&link->attach->place_lock);
	for (i = 0; i < PB_PLACEMENTS; i++)
		link_unplace(link, &link->place[i]);
	mutex_unlock(&link->attach->place_lock);
}

/* Takes over the reference to @s where it succeeds. */
static int link_place(struct pb_link *link, struct pb_placement *p,
		      struct partbus_section *s, u32 data_id)
{
	int ret;

	ret = partbus_inject(PARTBUS_INJECT_PLACE, NULL, 0);
	if (ret)
		return ret;
	mutex_lock(&link->attach->place_lock);
	link_unplace(link, p);
	/* A kernel that came after the one for which this is must not see it. */
	ret = READ_ONCE(link->stale) ? -ESTALE :
	      pb_window_place(link->attach->window, s, &p->offset);
	if (!ret) {
		p->section = s;
		p->data_id = data_id;
	}
	mutex_unlock(&link->attach->place_lock);
	return ret;
}

/* To the guest's kernel that knows the link, and to no later one. */
static int link_send(struct pb_link *link, u16 type, const void *payload, size_t size)
{
	return pb_ctrl_send_in(&link->attach->ctrl, link->generation, type, payload, size);
}

static int host_data_make(struct pb_transport *t, u32 data_id, u64 size,
			  struct partbus_section **s)
{
	struct pb_link *link = link_of(t);
	struct pb_placement *p = &link->place[data_id & 1];
	struct partbus_ctrl_data_placed m = {
		.channel = cpu_to_le32(link->channel),
		.data_id = cpu_to_le32(data_id),
		.size = cpu_to_le64(size),
	};
	struct partbus_section *section = pb_section_alloc(size);
	int ret;

	if (IS_ERR(section))
		return PTR_ERR(section);
	*s = pb_section_get(section);
	ret = link_place(link, p, section, data_id);
	if (ret)
		goto err_put;
	m.offset = cpu_to_le64(p->offset);
	partbus_inject(PARTBUS_INJECT_PLACED, link->server, PARTBUS_INJECT_PLACED_DATA);
	ret = link_send(link, PARTBUS_CTRL_DATA_PLACED, &m, sizeof(m));
	if (ret) {
		pb_section_put(*s);
		return ret;
	}
	return 0;

err_put:
	pb_section_put(section);
	pb_section_put(section);
	return ret;
}

static void link_rescind(struct pb_link *link, u32 reason)
{
	struct partbus_ctrl_rescind m = {
		.channel = cpu_to_le32(link->channel),
		.reason = cpu_to_le32(reason),
	};

	link_send(link, PARTBUS_CTRL_RESCIND, &m, sizeof(m));
}

/* The server gave the channel up: the link stays, broken, for people to see. */
static void host_broken(struct pb_transport *t, const char *reason)
{
	link_rescind(link_of(t), PARTBUS_RESCIND_BROKEN);
}

static void link_again(struct pb_link *link)
{
	partbus_config_lock();
	pb_link_kill(link, PARTBUS_RESCIND_DETACHED, false);
	partbus_config_unlock();
}

static void host_reopen(struct pb_transport *t)
{
	link_again(link_of(t));
}

static void host_release(struct pb_transport *t)
{
	struct host_transport *ht = container_of(t, struct host_transport, base);

	link_put(ht->link);
	kfree(ht);
}

static const struct pb_transport_ops host_transport_ops = {
	.ring = host_ring,
	.data_make = host_data_make,
	.broken = host_broken,
	.reopen = host_reopen,
};

static void link_row_write(struct pb_link *link, bool valid)
{
	struct partbus_db_row *row = link->attach->head->va + PB_HEAD_DB;

	row += link->row;
	memset(row, 0, sizeof(*row));
	if (!valid)
		return;
	export_uuid(row->uuid, &link->info.uuid);
	strscpy(row->name, link->info.name, sizeof(row->name));
	row->class = cpu_to_le32(link->info.class);
	row->channel = cpu_to_le32(link->channel);
	row->generation = cpu_to_le64(link->generation);
}

/* The guest's copy of the resource database: what it may know, for people and tools. */
static void link_row(struct pb_link *link, bool valid)
{
	partbus_config_lock();
	if (valid && link->row < 0 && !link->stale) {
		unsigned long row = find_first_zero_bit(link->attach->rows, PB_DB_ROWS);

		if (row < PB_DB_ROWS) {
			link->row = row;
			__set_bit(row, link->attach->rows);
			link_row_write(link, true);
		}
	} else if (!valid && link->row >= 0 && !link->stale) {
		__clear_bit(link->row, link->attach->rows);
		link_row_write(link, false);
		link->row = -1;
	}
	partbus_config_unlock();
}

static int link_offer(struct pb_link *link, u64 admin_offset)
{
	struct partbus_ctrl_offer m = {
		.channel = cpu_to_le32(link->channel),
		.class = cpu_to_le32(link->info.class),
		.role = cpu_to_le32(PARTBUS_ROLE_CLIENT),
		.peer = cpu_to_le32(PARTBUS_ROOT_ID),
		.admin_offset = cpu_to_le64(admin_offset),
		.admin_size = cpu_to_le32(PARTBUS_ADMIN_SIZE),
		.line_in = cpu_to_le16(link->line),
		.line_out = cpu_to_le16(link->line),
	};

	export_uuid(m.resource_uuid, &link->info.uuid);
	strscpy(m.resource_name, link->info.name, sizeof(m.resource_name));
	strscpy(m.serial, link->info.serial, sizeof(m.serial));
	return link_send(link, PARTBUS_CTRL_OFFER, &m, sizeof(m));
}

static void link_params(struct pb_link *link, struct pb_channel_params *p)
{
	memset(p, 0, sizeof(*p));
	p->id = link->channel;
	p->class = link->info.class;
	p->role = PARTBUS_ROLE_SERVER;
	p->peer = link->partition;
	p->uuid = &link->info.uuid;
	p->resource = link->info.name;
	p->serial = link->info.serial;
	p->limits = &link->limits;
	p->place = link->place_name;
}

static int link_up_guest(struct pb_link *link)
{
	struct pb_placement *place = &link->place[PB_PLACE_ADMIN];
	struct partbus_section *admin;
	struct partbus_channel *server;
	struct pb_channel_params p;
	struct host_transport *ht;
	int ret;

	admin = pb_section_alloc(PARTBUS_ADMIN_SIZE);
	if (IS_ERR(admin))
		return PTR_ERR(admin);
	pb_channel_format(admin, link->channel, link->info.class);
	ht = kzalloc(sizeof(*ht), GFP_KERNEL);
	if (!ht) {
		ret = -ENOMEM;
		goto err_admin;
	}
	ht->base.ops = &host_transport_ops;
	ht->base.lines = &link->attach->lines;
	ht->base.users = &host_users;
	ht->base.release = host_release;
	ht->link = link;
	kref_get(&link->ref);

	link_params(link, &p);
	p.line_in = link->line;
	p.line_out = link->line;
	p.admin = admin;
	p.transport = &ht->base;
	server = pb_channel_new(&p);
	if (IS_ERR(server)) {
		ret = PTR_ERR(server);
		goto err_admin;
	}
	ret = link_place(link, place, admin, 0);
	if (ret)
		goto err_server;
	ret = pb_channel_add(server);
	if (ret)
		goto err_unplace;
	/* From now on pb_link_broken() may find it. */
	partbus_config_lock();
	link->server = server;
	partbus_config_unlock();
	link->up = true;
	link_row(link, true);
	partbus_inject(PARTBUS_INJECT_PLACED, server, PARTBUS_INJECT_PLACED_ADMIN);
	ret = link_offer(link, place->offset);
	link->offered = !ret;
	return ret;

err_unplace:
	link_unplace_all(link);
	admin = NULL;
err_server:
	pb_channel_put(server);
err_admin:
	pb_section_put(admin);
	return ret;
}

/* An end of a local channel broke: so does the other. */
static void local_gave_up(void *owner, const char *reason)
{
	struct pb_link *link = owner;

	partbus_channel_break(link->server, "the client gave up: %s", reason);
	partbus_channel_break(link->client, "the server gave up: %s", reason);
}

static void local_reopen(void *owner)
{
	link_again(owner);
}

static int link_up_local(struct pb_link *link)
{
	struct pb_local_params p = {
		.gave_up = local_gave_up,
		.reopen = local_reopen,
		.owner = link,
	};
	int ret;

	link_params(link, &p.channel);
	ret = pb_local_new(&p, &link->server, &link->client);
	if (ret) {
		link->server = NULL;
		link->client = NULL;
		return ret;
	}
	ret = pb_channel_add(link->server);
	if (ret)
		goto err_put;
	ret = pb_channel_add(link->client);
	if (ret)
		goto err_del;
	link->up = true;
	return 0;

err_del:
	pb_channel_del(link->server, PARTBUS_RESCIND_DETACHED);
err_put:
	pb_channel_put(link->server);
	pb_channel_put(link->client);
	link->server = NULL;
	link->client = NULL;
	return ret;
}

/* Each run of the work that is queued holds a reference of its own. */
static void link_queue(struct pb_link *link)
{
	kref_get(&link->ref);
	if (!queue_work(pb_link_wq, &link->work))
		link_put(link);
}

/*
 * The server first: when the client hears of it, or is taken off the bus, nothing
 * that it has sent can reach the disk any more, and it may send it elsewhere.
 */
static void link_down(struct pb_link *link, u32 reason)
{
	if (link->server)
		pb_channel_del(link->server, reason);
	if (link->offered)
		link_rescind(link, reason);
	if (link->client)
		pb_channel_del(link->client, reason);
	/* Either may have named the other until both were off the bus. */
	if (link->server)
		pb_channel_put(link->server);
	if (link->client)
		pb_channel_put(link->client);
	link->up = false;
}

static void link_leave(struct pb_link *link)
{
	if (link->attach) {
		link_unplace_all(link);
		link_row(link, false);
	}
	partbus_config_lock();
	list_del(&link->node);
	if (link->offer)
		link->offer->link = NULL;
	WRITE_ONCE(links_left, links_left + 1);
	partbus_config_unlock();
	wake_up_all(&links_wait);
	pb_offer_reconcile_soon();
	link_put(link);
}

/* Could not be brought up: down it goes, and the offer waits for a change. */
static void link_failed(struct pb_link *link, int error)
{
	pr_warn("partbus: no channel from resource %s to partition %u: error %d\n",
		link->info.name, link->partition, error);
	partbus_config_lock();
	/* Killed meanwhile is no failure of the offer's. */
	if (link->offer && !link->dying)
		link->offer->failed = true;
	/* The offer to the guest is the last step: it knows nothing to let go of. */
	link->let_go = true;
	pb_link_kill(link, PARTBUS_RESCIND_PROVIDER, false);
	partbus_config_unlock();
}

/*
 * Up when it is new, down when it is dying, and off the list when the guest has
 * let go of it, or is gone: until then the pages stay where they are. A guest
 * that went on to use the channel would otherwise find its own words where the
 * server's were, and might take them for completions.
 */
static void link_run(struct pb_link *link)
{
	bool dying, leave;
	u32 reason;
	int ret;

	partbus_config_lock();
	dying = link->dying;
	reason = link->reason;
	partbus_config_unlock();
	if (!dying) {
		if (link->up)
			return;
		ret = link->attach ? link_up_guest(link) : link_up_local(link);
		if (ret)
			link_failed(link, ret);
		return;
	}
	if (link->up)
		link_down(link, reason);

	partbus_config_lock();
	leave = !link->left && (!link->attach || link->let_go || link->stale);
	link->left |= leave;
	partbus_config_unlock();
	if (leave)
		link_leave(link);
}

static void link_work(struct work_struct *work)
{
	struct pb_link *link = container_of(work, struct pb_link, work);
	unsigned int noio = memalloc_noio_save();	/* a disk may wait for this link */

	link_run(link);
	link_put(link);
	memalloc_noio_restore(noio);
}

/* How many queues its client may come to have. */
static u32 link_queues(const struct pb_link *link)
{
	u64 most = pb_ranges_at_most(&link->info.available, PB_QUEUES, PARTBUS_MAX_QUEUES);

	return pb_ranges_at_most(&link->limits, PB_QUEUES, most);
}

static u32 link_choose_line(const struct pb_link *link)
{
	u32 load[PARTBUS_LINES] = { 0 };
	const struct pb_link *other;

	partbus_config_assert_held();
	list_for_each_entry(other, &pb_links, node)
		if (other->attach == link->attach)
			pb_lines_load(load, other->line, link_queues(other));
	return pb_lines_choose(load, link_queues(link));
}

struct pb_link *pb_link_new(struct pb_offer *offer, struct pb_partition *p,
			    const struct partbus_resource_info *info)
{
	struct pb_link *link = kzalloc(sizeof(*link), GFP_KERNEL);
	int id;

	partbus_config_assert_held();
	if (!link)
		return ERR_PTR(-ENOMEM);
	id = pb_channel_id_next(last_channel);
	if (id < 0) {
		kfree(link);
		return ERR_PTR(id);
	}
	last_channel = id;
	link->channel = id;
	kref_init(&link->ref);
	INIT_WORK(&link->work, link_work);
	link->offer = offer;
	link->partition = offer->partition;
	link->info = *info;
	link->limits = offer->limits;
	strscpy(link->place_name, offer->place, sizeof(link->place_name));
	link->row = -1;
	if (p) {
		link->attach = pb_attach_get(p->attach);
		link->generation = p->attach->generation;
		link->line = link_choose_line(link);
	}
	list_add_tail(&link->node, &pb_links);
	offer->link = link;
	link_queue(link);
	return link;
}

void pb_link_kill(struct pb_link *link, u32 reason, bool stale)
{
	partbus_config_assert_held();
	if (stale && link->attach && !link->stale) {
		WRITE_ONCE(link->stale, true);
		/* At once, not when the server is quiet: the next kernel must not see it. */
		link_unplace_all(link);
		link_queue(link);
	}
	if (link->dying)
		return;
	link->dying = true;
	link->reason = reason;
	link_queue(link);
}

static bool link_matches(const struct pb_link *link, u32 partition, const char *resource)
{
	return (partition == U32_MAX || link->partition == partition) &&
	       (!resource || !strcmp(link->info.name, resource));
}

unsigned int pb_link_count(u32 partition, const char *resource)
{
	struct pb_link *link;
	unsigned int n = 0;

	partbus_config_assert_held();
	list_for_each_entry(link, &pb_links, node)
		n += link_matches(link, partition, resource);
	return n;
}

void pb_link_kill_all(u32 partition, const char *resource, u32 reason, bool stale)
{
	struct pb_link *link;

	partbus_config_assert_held();
	list_for_each_entry(link, &pb_links, node)
		if (link_matches(link, partition, resource))
			pb_link_kill(link, reason, stale);
}

static struct pb_link *link_find(u32 partition, u32 channel)
{
	struct pb_link *link;

	partbus_config_assert_held();
	list_for_each_entry(link, &pb_links, node)
		if (link->channel == channel && link->partition == partition)
			return link;
	return NULL;
}

void pb_link_released(u32 partition, u32 channel)
{
	struct pb_link *link;

	partbus_config_lock();
	link = link_find(partition, channel);
	if (link && !link->let_go) {
		link->let_go = true;
		/*
		 * Unasked: the guest's driver was bound again and wants a fresh
		 * channel. A broken one stays for people to see, and is not made
		 * anew: a guest could go on like that for ever.
		 */
		if (!link->dying && !(link->server && READ_ONCE(link->server->state) ==
				      PARTBUS_CHANNEL_STATE_BROKEN))
			pb_link_kill(link, PARTBUS_RESCIND_DETACHED, false);
		else
			link_queue(link);
	}
	partbus_config_unlock();
}

void pb_link_broken(u32 partition, u32 channel, const char *reason)
{
	struct partbus_channel *server = NULL;
	struct pb_link *link;

	partbus_config_lock();
	link = link_find(partition, channel);
	if (link && !link->dying && link->server)
		server = pb_channel_get(link->server);
	partbus_config_unlock();
	if (!server)
		return;
	partbus_channel_break(server, "the client gave up: %s", reason);
	pb_channel_put(server);
}

void pb_link_wait(u32 partition, const char *resource)
{
	unsigned int left;

	partbus_config_lock();
	while (pb_link_count(partition, resource)) {
		left = links_left;
		partbus_config_unlock();
		wait_event(links_wait, READ_ONCE(links_left) != left);
		partbus_config_lock();
	}
	partbus_config_unlock();
}

void pb_link_wait_none(void)
{
	pb_link_wait(U32_MAX, NULL);
	flush_workqueue(pb_link_wq);
	flush_workqueue(pb_host_wq);
	pb_users_wait(&host_users);
}
