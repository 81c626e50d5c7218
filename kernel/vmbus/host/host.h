/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects of the host and how they hold one another.
 *
 *   partition  --attach-->  attachment  <--- link (a live channel) ---  offer
 *
 * A partition lives until it is deleted. An attachment is one life of one QEMU
 * with the window: references from its detach work (from the beginning on), from
 * the window's file, and from every link that goes through it. An offer says
 * that a partition may use a resource; a link is the channel that comes of it,
 * and there is a fresh one after every reset, reload and rescind. A link that
 * goes down outlives its offer until its server is quiet.
 *
 * Lock order: configuration lock, then pb_attach.place_lock, then window and
 * control ring locks (leaves).
 */
#ifndef _PB_HOST_H
#define _PB_HOST_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/uuid.h>
#include <linux/workqueue.h>

#include <partbus/dev.h>
#include <partbus/window.h>
#include <vmbus/channel.h>
#include <vmbus/ctrl.h>
#include <vmbus/mgmt.h>
#include "bell.h"
#include "window.h"


/**
 * struct pb_partition - a guest known to the host
 * @node: in the list of partitions
 * @id: never used again in the life of the module
 * @name: unique
 * @uuid: unique
 * @window_size: bytes
 * @generation: of the last attachment of its guest's kernel
 * @state: enum partbus_partition_state
 * @attach: the present attachment, or NULL
 *
 * All under the configuration lock.
 */
struct pb_partition {
	struct list_head node;
	u32 id;
	char name[PARTBUS_NAME_MAX];
	uuid_t uuid;
	u64 window_size;
	u64 generation;
	u32 state;
	struct pb_attach *attach;
};

/*
 * The head of a window: header, two control rings, rows, whole pages each. The
 * guest can write to all of it: what the header says of offsets is for the guest
 * to read, never for the host.
 */
#define PB_CTRL_RING_SIZE \
	ALIGN(sizeof(struct partbus_ring_ctl) + PARTBUS_CTRL_ENTRIES * PARTBUS_CTRL_MSG_SIZE, \
	      PARTBUS_PAGE_SIZE)
#define PB_HEAD_H2G	PARTBUS_PAGE_SIZE
#define PB_HEAD_G2H	(PB_HEAD_H2G + PB_CTRL_RING_SIZE)
#define PB_HEAD_DB	(PB_HEAD_G2H + PB_CTRL_RING_SIZE)
#define PB_HEAD_SIZE	(PB_HEAD_DB + PARTBUS_PAGE_SIZE)

#define PB_DB_ROWS	(PARTBUS_PAGE_SIZE / sizeof(struct partbus_db_row))

/**
 * struct pb_watch - what is watched of an attachment
 * @work: looks at heartbeat, header and process once a second, and when the
 *	latter is said to have changed
 * @beat: the last value seen; under the configuration lock, as are the next two
 * @beat_at: when it had changed, in jiffies
 * @lost: it has not for too long
 * @exit_wait: hears the pidfd
 * @exit_wqh: of the pidfd
 * @exit_table: registers @exit_wait
 */
struct pb_watch {
	struct delayed_work work;
	u64 beat;
	unsigned long beat_at;
	bool lost;
	wait_queue_entry_t exit_wait;
	wait_queue_head_t *exit_wqh;
	poll_table exit_table;
};

/**
 * struct pb_attach - one QEMU with the window
 * @ref: see above
 * @partition: whose; valid while @gone is false, under the configuration lock
 * @id: the partition's
 * @gone: the process has ended or the window's file is closed; under the
 *	configuration lock
 * @window: the window
 * @pidfd: of the process that attached
 * @pid: its number, for people
 * @lines: what the guest rings
 * @bells: the same as eventfds
 * @heard: listener of the control line
 * @head: section with header, control rings and rows
 * @shown: what the host says in the header, up to and with the generation;
 *	configuration lock
 * @ctrl: control rings
 * @work: reads the nonce and the control ring; nothing of it runs in parallel
 * @stopping: @work is not queued any more
 * @nonce: the last one that was answered; of @work
 * @renewed_at: when the last nonce was answered, in jiffies; of @work
 * @broken: the guest broke the control protocol; ignored until its next HELLO
 * @generation: of the guest's kernel; of @work, read under the configuration lock
 * @version: protocol version agreed on; 0 before HELLO; as above
 * @compat: compatible features that both have; as above
 * @release: the guest's kernel release; as above
 * @watch: heartbeat and process
 * @rows: used rows of the copy of the resource database; configuration lock
 * @place_lock: a mutex; guards the placements of all links of this attachment
 * @released: the window's file is closed
 * @down: @detach_work was queued; it runs once
 * @detach_work: takes everything down
 */
struct pb_attach {
	struct kref ref;
	struct pb_partition *partition;
	u32 id;
	bool gone;
	struct pb_window *window;
	struct file *pidfd;
	u32 pid;
	struct pb_lines lines;
	struct pb_bell bells[PARTBUS_LINES];
	struct partbus_listener heard;
	struct partbus_section *head;
	struct partbus_window_header shown;
	struct pb_ctrl ctrl;
	struct delayed_work work;
	bool stopping;
	u64 nonce;
	unsigned long renewed_at;
	bool broken;
	u64 generation;
	u32 version;
	u64 compat;
	char release[64];
	struct pb_watch watch;
	DECLARE_BITMAP(rows, PB_DB_ROWS);
	struct mutex place_lock;
	bool released;
	atomic_t down;
	struct work_struct detach_work;
};

/* One section in a window. */
struct pb_placement {
	struct partbus_section *section;	/* a reference, or NULL */
	u64 offset;
	u32 data_id;
};

/* The admin section, the present data section and the one before. */
#define PB_PLACE_ADMIN	2
#define PB_PLACEMENTS	3

/**
 * struct pb_link - a live channel from the root partition to a partition
 * @ref: from the list, from the transport of the server's end, and from every run
 *	of @work that is queued
 * @node: in the list of links; configuration lock
 * @offer: where it comes from, NULL once that is gone; configuration lock
 * @partition: id
 * @resource: name
 * @info: what the resource was when the link was made
 * @limits: of the offer
 * @place_name: the place of the offer
 * @channel: id, never used again
 * @line: first line
 * @attach: a reference; NULL for a local channel
 * @generation: of the guest's kernel for which it was made
 * @work: brings it up, takes it down; never runs twice at once
 * @up: the channel ends are on the bus; of @work
 * @dying: it is to be taken down; configuration lock
 * @reason: why; configuration lock
 * @stale: the guest's kernel that knew it is gone; configuration lock
 * @server: the server's end, or NULL; changed by @work, for a guest under the
 *	configuration lock, and valid while the link is up and not dying
 * @client: the client's end of a local channel, or NULL; of @work
 * @let_go: the guest said that it no longer uses it; configuration lock
 * @left: it is leaving the list; configuration lock
 * @row: of the copy of the resource database, or -1; configuration lock
 * @place: what is placed; place_lock of @attach
 */
struct pb_link {
	struct kref ref;
	struct list_head node;
	struct pb_offer *offer;
	u32 partition;
	struct partbus_resource_info info;
	struct pb_ranges limits;
	char place_name[PARTBUS_NAME_MAX];
	u32 channel;
	u32 line;
	struct pb_attach *attach;
	u64 generation;
	struct work_struct work;
	bool up;
	bool offered;
	bool dying;
	u32 reason;
	bool stale;
	struct partbus_channel *server;
	struct partbus_channel *client;
	bool let_go;
	bool left;
	int row;
	struct pb_placement place[PB_PLACEMENTS];
};

/**
 * struct pb_offer - a partition may use a resource
 * @node: in the list of offers
 * @partition: id
 * @resource: name; there need be no such resource now
 * @class: of the resource
 * @uuid: of the resource, as it was when it was last there
 * @limits: of this client
 * @place: as in struct partbus_channel
 * @link: the live channel, or NULL
 * @failed: the link could not be brought up; tried again when something changes
 *
 * All under the configuration lock.
 */
struct pb_offer {
	struct list_head node;
	u32 partition;
	char resource[PARTBUS_NAME_MAX];
	u32 class;
	uuid_t uuid;
	struct pb_ranges limits;
	char place[PARTBUS_NAME_MAX];
	struct pb_link *link;
	bool failed;
};

/* Control rings, offers and detaching: nothing on it waits for a guest or for I/O. */
extern struct workqueue_struct *pb_host_wq;
/* Links: a backing that hangs may hold up their works, and nothing else. */
extern struct workqueue_struct *pb_link_wq;

/* partition.c */
struct pb_partition *pb_partition_find(u32 id);
/* @reason: for who listens; said also when the state stays as it is. May be NULL. */
void pb_partition_set_state(struct pb_partition *p, u32 state, const char *reason);
int pb_partition_new(const char *name, const uuid_t *uuid, u64 window_size, u32 *id,
		     struct netlink_ext_ack *extack);
int pb_partition_del(u32 id, struct netlink_ext_ack *extack);
int pb_partition_find_name(const char *name, u32 *id);
int pb_partition_next(u32 id, struct partbus_partition_info *info);
void pb_partition_exit(void);

/* attach.c */
/* The window's descriptor, not installed yet, in @file. Process context. */
int pb_attach_new(const struct partbus_attach *arg, struct file **file);
struct pb_attach *pb_attach_get(struct pb_attach *a);
void pb_attach_put(struct pb_attach *a);
/* Bytes taken in the window. */
u64 pb_attach_used(struct pb_attach *a);
/* Puts the host's part of the header right where the guest wrote over it. */
void pb_attach_show(struct pb_attach *a);
/* The guest is gone: takes everything down, once. Process context. */
void pb_attach_down(struct pb_attach *a);

/* watch.c */
/* From here on pb_attach_down() may be called. Configuration lock held. */
void pb_watch_start(struct pb_attach *a);
/* Nothing of it runs any more once this returns. May sleep. */
void pb_watch_stop(struct pb_attach *a);
/* enum partbus_heartbeat_state, and since when; false: none is expected. */
bool pb_watch_heartbeat(struct pb_attach *a, u32 *state, u32 *age_msec);

/* ctrl_host.c */
void pb_ctrl_host_init(struct pb_attach *a);
/* Begins to listen; rings once unasked. */
void pb_ctrl_host_start(struct pb_attach *a);
/* Nothing of it runs any more once this returns. May sleep. */
void pb_ctrl_host_stop(struct pb_attach *a);

/* link.c */
extern struct list_head pb_links;
struct pb_link *pb_link_new(struct pb_offer *offer, struct pb_partition *p,
			    const struct partbus_resource_info *info);
void pb_link_kill(struct pb_link *link, u32 reason, bool stale);
/* Live links and dying ones of a partition (all: U32_MAX) or resource (NULL: all). */
unsigned int pb_link_count(u32 partition, const char *resource);
void pb_link_kill_all(u32 partition, const char *resource, u32 reason, bool stale);
/* From the guest: it let go of, or gave up, a channel. */
void pb_link_released(u32 partition, u32 channel);
void pb_link_broken(u32 partition, u32 channel, const char *reason);
/* No link as pb_link_count() counts them is left. The configuration lock is not held. */
void pb_link_wait(u32 partition, const char *resource);
/* No link is left, nor anything that one was part of. As above. */
void pb_link_wait_none(void);

/* offer.c */
int pb_offer_new(u32 partition, const struct partbus_resource_info *resource,
		 const struct pb_ranges *limits, const char *place, u32 *channel,
		 struct netlink_ext_ack *extack);
int pb_offer_del(u32 partition, const char *resource, struct netlink_ext_ack *extack);
int pb_offer_next(unsigned int index, struct partbus_offer_info *info);
unsigned int pb_offer_count(const char *resource);
unsigned int pb_offer_count_partition(u32 partition);
/* Something changed: make links for offers that can have one now. Any context. */
void pb_offer_reconcile(bool retry_failed);
/* The same after a moment: a guest that lets go again and again costs little. */
void pb_offer_reconcile_soon(void);
void pb_offer_exit(void);

/* chardev.c */
int pb_chardev_init(void);
void pb_chardev_exit(void);

#endif /* _PB_HOST_H */
