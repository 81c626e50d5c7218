/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside partbus_vsc_net.
 *
 * A NIC is a netdev that outlives channels: without one its carrier is off. It has as
 * many lanes as a channel may have queues. Attached to a path, a lane is one queue of
 * it: half of its slots are for frames to be sent, the others wait for frames.
 *
 * A lane has two sides:
 *
 *  sending  ndo_start_xmit, and whoever else sends something with a tag of the sending
 *           half: under the netdev's lock of the transmit queue
 *  taking   one NAPI: completions, and with them everything that happens to slots of
 *           the receiving half
 *
 *  tag of the sending half:    tx_free --sending--> slot.op --taking--> tx_free
 *  tag of the receiving half:  posted, filled, posted again, all by the taking side
 *
 * slot.op says what a tag was sent with; it is stored, with release, when nothing of
 * the slot is touched any more: from then on the other end may answer, also one that
 * does so before it has seen the submission.
 *
 * A frame is copied into its slot, and is no concern of its sender's from then on. So
 * nobody waits for the answer, and no interrupt is asked for, but where the transmit
 * queue stops, and a few times in a round of the slots. The other way round posted slots
 * wait for the next doorbell that is rung for something else, as long as the server has
 * most of them.
 *
 * Modes of a lane, changed with the head's lock held:
 *
 *   CLOSED --attach--> OPEN --quiesce--> DRAINING --resume, start--> OPEN
 *     ^-----------------+--------detach-----+
 *
 * The taking side follows: it posts slots and opens the sending side (OPEN), or posts
 * nothing more, sends a DRAIN and waits for its answer (DRAINING).
 *
 * Locks: head.lock (mutex); the transmit queue's lock; lane->post_lock. No doorbell is
 * rung with the last held. drain_lock is taken inside the first only.
 */
#ifndef _PB_VSC_NET_H
#define _PB_VSC_NET_H

#include <linux/irq_work.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>

#include <frame/skb.h>
#include <partbus/net.h>
#include <vsc/vsc.h>

/* How often is looked for lost doorbells. */
#define PBN_WATCH_INTERVAL	(HZ / 2)

struct pbn_nic;

/**
 * struct pbn_slot - what a tag was sent with
 * @op: enum partbus_net_op, 0 for nothing; see above
 * @length: of the frame, with SEND
 */
struct pbn_slot {
	u8 op;
	u32 length;
};

enum pbn_mode { PBN_CLOSED, PBN_OPEN, PBN_DRAINING };

/* Counters of doorbells that ethtool shows; see struct partbus_queue_stats. */
struct pbn_bells {
	u64 sent;
	u64 received;
	u64 rearms;
};

/**
 * struct pbn_lane - see above
 * @nic: whose
 * @index: of the queue, and of the netdev's
 * @mode: see above
 * @enabled: @napi is; head's lock
 * @q: the queue; valid while @enabled
 * @limits: of the contract in force
 * @mask: of places in @tx_free
 * @slots: by tag
 * @tx_free: tags of the sending half that are free
 * @nr_tx: how many tags are the sending half, from 0 on
 * @kick: schedules @napi from contexts in which that cannot be done
 * @napi: the taking side
 * @free_head: written by the taking side, with release
 * @drained: taking: no tag is out
 * @drain_sent: taking: there is no answer to a DRAIN yet
 * @drain_owed: the lane counts in @nic->draining; @nic->drain_lock
 * @returned: taking: frames that came back for the DRAIN that is under way, in order
 * @received: taking: frames
 * @bad: taking: frames that did not go with their header
 * @got: taking: frames that came and are not in the queue's counters yet
 * @got_bytes: taking: of @got
 * @drain_answered: taking: @drained follows, with the next poll proper
 * @wake_owed: taking: tags came back, and the transmit queue was not looked at
 * @link_tag: taking, lane 0: of the LINK that is under way, if @link_out
 * @link_out: see above
 * @wrong: taking: the other end broke the protocol; nothing more of it is looked at
 * @open: sending: frames may be sent; written under the transmit queue's lock
 * @again: sending: frames that came back, and behind them those that could not be sent,
 *	to be sent before any other; nothing new is sent while there are some
 * @free_tail: sending
 * @sent: sending: frames
 * @kept: sending: of @sent, those that had to wait in @again
 * @post_lock: irq-safe, innermost; serialises producing submissions; guards the queue's
 *	counters, the coming and going of @q, and what follows
 * @loud: there is a submission that the server must not overlook
 * @bell_owed: the server wants a doorbell for what it has been shown
 * @quiet: slots posted since the last submission of another kind
 * @former: what is to be added to the counters of @q: those of the queues before it
 */
struct pbn_lane {
	struct pbn_nic *nic;
	u32 index;
	enum pbn_mode mode;
	bool enabled;
	struct partbus_queue *q;
	struct pb_frame_limits limits;
	u32 mask;
	struct pbn_slot *slots;
	u16 *tx_free;
	u32 nr_tx;
	struct irq_work kick;
	struct napi_struct napi;

	u32 free_head;
	bool drained;
	bool drain_sent;
	bool drain_owed;
	bool drain_answered;
	bool wake_owed;
	bool link_out;
	bool wrong;
	u16 link_tag;
	struct sk_buff_head returned;
	u64 received;
	u64 bad;
	u32 got;
	u64 got_bytes;

	bool open ____cacheline_aligned_in_smp;
	struct sk_buff_head again;
	u32 free_tail;
	u64 sent;
	u64 kept;

	spinlock_t post_lock ____cacheline_aligned_in_smp;
	bool loud;
	bool bell_owed;
	u32 quiet;
	struct pbn_bells former;
};

/**
 * struct pbn_nic - a NIC, in the private part of its netdev; what the class makes of a
 *	head
 * @head: the head; its lock guards @contract and @attached
 * @contract: the last that was in force
 * @attached: lanes that are
 * @dev: the netdev
 * @drain_lock: guards who owes a drain: once resume has returned, nobody says any more
 *	that all are drained. Softirqs are off; pb_admin.lock is taken inside
 * @draining: lanes that owe one
 * @up: the administrator has brought @dev up; written under the RTNL
 * @map: the contract's priority map
 * @room: the longest frame that a slot holds
 * @speed: the contract's, Mbit/s
 * @depth: slots of a queue
 * @registered: the world knows @dev; the head's work's
 * @filter: tells the server what is to be received
 * @filter_owed: it could not, for want of a slot or since one is under way
 * @filter_out: a FILTER is under way; set under lock of the transmit queue of lane 0
 * @watch: the look for lost doorbells, while lanes are attached
 * @announce: tells the network where the NIC is now
 * @lanes: all there may be
 */
struct pbn_nic {
	struct partbus_vsc_head head;
	struct pb_contract contract;
	u32 attached;
	struct net_device *dev;
	spinlock_t drain_lock;
	u32 draining;
	bool up;
	u32 map;
	u32 room;
	u32 speed;
	u32 depth;
	bool registered;
	struct work_struct filter;
	bool filter_owed;
	bool filter_out;
	struct delayed_work watch;
	struct delayed_work announce;
	struct pbn_lane lanes[PARTBUS_MAX_QUEUES];
};

static inline struct pbn_nic *pbn_of_head(struct partbus_vsc_head *head)
{
	return container_of(head, struct pbn_nic, head);
}

static inline struct netdev_queue *pbn_txq(const struct pbn_lane *lane)
{
	return netdev_get_tx_queue(lane->nic->dev, lane->index);
}

/* net_main.c */
extern struct workqueue_struct *pbn_wq;
void pbn_wanted_geometry(u32 *queues, u32 *depth, u32 *slot_size);

/* net_path.c: the class's ops */
extern const struct partbus_vsc_class_ops pbn_class_ops;

/* net_nic.c: the netdev */
struct pbn_nic *pbn_nic_new(void);
void pbn_nic_free(struct pbn_nic *nic);
/* Registers the netdev, or makes it what the contract says. */
int pbn_nic_apply(struct partbus_vsc_head *head);
void pbn_nic_remove(struct partbus_vsc_head *head);
/* Any context. */
void pbn_nic_carrier(struct pbn_nic *nic, bool on);

/* net_ethtool.c */
extern const struct ethtool_ops pbn_ethtool_ops;

/* net_lanes.c: all lanes; the head's lock held */
void pbn_lanes_init(struct pbn_nic *nic);
/* Lets lanes and @data's queues find each other, and opens them. May sleep. */
int pbn_lanes_attach(struct pbn_nic *nic, const struct pb_contract *c,
		     struct partbus_data *data);
/* Takes back what is in flight and lets go of the queues. May sleep. */
void pbn_lanes_detach(struct pbn_nic *nic);
/* Nothing more is sent; the bus is told when nothing is in flight. */
void pbn_lanes_quiesce(struct pbn_nic *nic, struct partbus_channel *ch);
void pbn_lanes_resume(struct pbn_nic *nic);
/* All that a lane has counted; its post_lock held. */
void pbn_lane_bells(const struct pbn_lane *lane, struct pbn_bells *bells);

/* net_take.c: the taking side */
int pbn_take_poll(struct napi_struct *napi, int budget);
/* Any context: look at the lane. */
void pbn_take_kick(struct pbn_lane *lane);

/* net_send.c: the sending side; the transmit queue's lock held but for the first four */
netdev_tx_t pbn_send_xmit(struct sk_buff *skb, struct net_device *dev);
u16 pbn_send_select(struct net_device *dev, struct sk_buff *skb, struct net_device *sb_dev);
/* Any context: shows the other end what was submitted, and rings if it is to look. */
void pbn_send_publish(struct pbn_lane *lane);
/* Rings again for what the other end should have seen. Process context. */
void pbn_send_watch(struct pbn_lane *lane);
/* A free tag of the sending half, or -ENOSPC. */
int pbn_send_tag(struct pbn_lane *lane);
/* Submits @tag with @op. Any context for tags of the receiving half. */
void pbn_send_op(struct pbn_lane *lane, u16 tag, u8 op, u8 flags, u32 length);
/* Sends what waits, as far as there are slots; true if there are some for more. */
bool pbn_send_again(struct pbn_lane *lane);
/* Takes what waits away, to the end of @list. The lock is not held; process context. */
void pbn_send_take_again(struct pbn_lane *lane, struct sk_buff_head *list);
/* Drops them, and counts. Any context. */
void pbn_send_drop(struct pbn_nic *nic, struct sk_buff_head *list);

/* net_filter.c */
void pbn_filter_work(struct work_struct *work);

#endif /* _PB_VSC_NET_H */
