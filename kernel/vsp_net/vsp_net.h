/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the net provider share.
 *
 * A session has a port, an ordinary netdev of the provider's partition: what the
 * client sends is received there, and what is sent there the client receives. Queue
 * i of the channel is queue i of the port. It has two sides, which share no lock but
 * the one for its completions:
 *
 *  taking   one NAPI: takes submissions, gives frames to the network. The only
 *           consumer of the ring; owns what is called "taken" below
 *  filling  under the port's lock of that transmit queue: fills slots that the client
 *           has posted. ndo_start_xmit; and the NAPI for frames that had to wait
 *
 * Every frame is copied before anything about it is decided; nothing of a slot is
 * used after its completion, so nothing is in flight when both sides are quiet.
 */
#ifndef _VSP_NET_H
#define _VSP_NET_H

#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/netdevice.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>

#include <frame/skb.h>
#include <partbus/net.h>
#include <vsp_core/vsp.h>
#include <vsp_net/stall.h>
#include <vsp_net/stream.h>

struct net_port;

/**
 * struct net_send - a frame or a FILTER that was taken and is not over yet
 * @length: of the frame, or of the addresses
 * @tag: its slot
 * @op: which of both
 * @flags: it came with
 */
struct net_send {
	u32 length;
	u16 tag;
	u8 op;
	u8 flags;
};

/**
 * struct net_rings - memory of a queue while a geometry lasts
 * @in_flight: a bit per tag; set when taken, cleared before the completion can be seen
 * @sends: what the cap decides about, in the order in which it came; as many places as
 *	the ring has
 * @posted: tags of slots to be filled, the same
 */
struct net_rings {
	unsigned long *in_flight;
	struct net_send *sends;
	u16 *posted;
};

/**
 * struct net_queue - one queue of a session
 * @from: the core's part, for caps of what the client sends
 * @to: the same for what it receives
 * @port: whose queue
 * @index: its number
 * @q: the channel's queue, NULL while there is none
 * @limits: what the contract allows; constant while the queue is open
 * @mask: of places in @rings
 * @rings: see above
 * @napi: the taking side
 * @kick: schedules @napi from contexts in which that cannot be done
 * @run: runs @napi in the queue's thread
 * @taking: may take submissions; cleared once, before @napi is disabled
 * @enabled: @napi is; touched by the session's ops only
 * @send_head: taken: of @rings.sends, so far
 * @send_tail: taken: of them, over so far
 * @held: taken: what the one at @send_tail is, if @holding
 * @holding: taken: it was checked, and waits for the cap
 * @stream: taken: what goes which way
 * @streams: taken: the client streams; read by take_kick() anywhere
 * @taken: taken: frames, as weights of stream.h; read by the taking sides of all queues
 * @draining: taken: the client wants everything back, with @drain_tag
 * @drain_tag: see above
 * @giving_back: taken: the cap holds up a frame of a drain, so that and all behind it
 *	go back
 * @posted_head: written by the taking side, with release
 * @open: slots may be filled; written under the transmit queue's lock
 * @posted_tail: filling: slots used so far
 * @filled: filling: as @taken
 * @stall: filling: the client posts too few slots; times are jiffies
 * @answer_lock: irq-safe, only locks of the bus inside; serialises producing
 *	completions; guards what follows
 * @answering: completions may still be produced
 * @tell: there is a completion that the client waits for
 * @bell_owed: the client wants a doorbell for what it has been shown
 * @link_said: what the client takes the link for, if @link_waits
 * @link_waits: it is to be told when that is wrong, with @link_tag
 * @link_tag: see above
 * @refused: frames of the client that its contract does not allow
 * @kept: filling: frames that wait for a slot, the cap or a contract; the transmit queue
 *	is stopped while there are some
 * @filling_held: filling: the first of them is held up by the cap, and was counted
 * @unwanted: frames that its filter keeps away
 * @starved: frames dropped because it posts too few
 */
struct net_queue {
	struct vsp_queue from;
	struct vsp_queue to;
	struct net_port *port;
	u32 index;
	struct partbus_queue *q;
	struct pb_frame_limits limits;
	u32 mask;
	struct net_rings rings;
	struct napi_struct napi;
	struct irq_work kick;
	struct kthread_work run;
	bool taking;
	bool enabled;

	struct net_stream stream;
	bool streams;
	u32 taken;
	u32 send_head;
	u32 send_tail;
	struct pb_frame_info held;
	bool holding;
	bool draining;
	bool giving_back;
	u16 drain_tag;
	u64 refused;
	u32 posted_head;

	bool open ____cacheline_aligned_in_smp;
	u32 posted_tail;
	u32 filled;
	struct net_stall stall;
	struct sk_buff_head kept;
	bool filling_held;
	u64 unwanted;
	u64 starved;

	spinlock_t answer_lock ____cacheline_aligned_in_smp;
	bool answering;
	bool tell;
	bool bell_owed;
	bool link_said;
	bool link_waits;
	u16 link_tag;
};

/**
 * struct net_port - a session's netdev, in its private part
 * @dev: the netdev
 * @s: the session
 * @registered: the world knows @dev; touched by the session's ops only
 * @up: the administrator has brought @dev up; written under the RTNL
 * @stopped: the channel was stopped since it was started last; the same
 * @nr: queues that have rings; the same
 * @data: for which they have them, NULL when they fit none that may come; only compared
 * @queues: all there may be
 * @filter: what the client wants to receive; written by the NAPI of queue 0
 * @filter_seq: whether @filter was written while it was read. A client may change its
 *	filter as often as it likes: nothing is allocated for that
 * @map: the contract's priority map
 * @speed: the contract's, Mbit/s
 * @room: the longest frame that its slots hold
 */
struct net_port {
	struct net_device *dev;
	struct vsp_session *s;
	bool registered;
	bool up;
	bool stopped;
	unsigned int nr;
	const struct partbus_data *data;
	struct net_queue queues[PARTBUS_MAX_QUEUES];
	struct pb_frame_filter filter;
	seqcount_t filter_seq;
	u32 map;
	u32 speed;
	u32 room;
};

/* main.c: takes ports down */
extern struct workqueue_struct *net_wq;

/* backend.c */
int backend_open(struct vsp_resource *res, struct netlink_ext_ack *extack);
int backend_check(struct vsp_resource *res, const struct vsp_settings *set,
		  struct netlink_ext_ack *extack);
void backend_close(struct vsp_resource *res);
int backend_facts(struct vsp_resource *res, const struct partbus_channel *ch,
		  const struct pb_ranges *limits, struct pb_ranges *available);
bool backend_may_keep(const struct pb_contract *contract, const struct pb_ranges *now);
/* With the RTNL held: the bridge (or the like) for ports of @res; NULL for none. */
int backend_place_check(const char *place, struct netlink_ext_ack *extack);
/* The bridge that a session's port belongs to, NULL for none; it need not exist. */
const char *backend_upper_name(const struct vsp_session *s);
/* RTNL held; NULL when there is none, or nothing that takes ports. */
struct net_device *backend_upper(const char *name);

/* session.c */
int net_session_init(struct vsp_session *s);
int net_session_start(struct vsp_session *s, const struct pb_contract *contract,
		      struct partbus_data *data);
int net_session_pause(struct vsp_session *s);
void net_session_stop(struct vsp_session *s);
void net_session_exit(struct vsp_session *s);
void net_session_device(struct vsp_session *s, char *buf, size_t size);

/* port.c */
extern struct rtnl_link_ops port_link_ops;
struct net_port *port_new(struct vsp_session *s);
/* Makes the netdev what the contract says; registers it at the first time. May sleep. */
int port_apply(struct net_port *p, const struct pb_contract *c);
void port_free(struct net_port *p);

/* ethtool.c */
extern const struct ethtool_ops port_ethtool_ops;

/* take.c: the taking side */
int take_poll(struct napi_struct *napi, int budget);
/* Any context: look at the queue. */
void take_kick(struct net_queue *nq);
/* What was learnt of the queue is forgotten; it is about to be opened. */
void take_begin(struct net_queue *nq);
/* What take_kick() queues. */
void take_kicked(struct irq_work *work);
void take_run(struct kthread_work *work);

/* fill.c: the filling side */
netdev_tx_t fill_xmit(struct sk_buff *skb, struct net_device *dev);
u16 fill_select(struct net_device *dev, struct sk_buff *skb, struct net_device *sb_dev);
/* The taking side: slots were posted, or a cap lets more pass. BH off. */
void fill_go_on(struct net_queue *nq);
/* What is kept is not sent any more. Process context. */
void fill_drop_kept(struct net_queue *nq);
/* The taking side: gives back every slot that waits to be filled. BH off. */
void fill_return(struct net_queue *nq);

/* answer.c: completions, from both sides */
/* Any context. Not visible before answer_publish(). */
void answer_push(struct net_queue *nq, u16 tag, u16 status, u32 length);
/* The same for frames of @bytes, which are counted. */
void answer_received(struct net_queue *nq, u16 tag, u32 bytes);
void answer_sent(struct net_queue *nq, const struct net_send *send, u16 status, u32 bytes);
void answer_throttled(struct net_queue *nq);
/* Shows the client what was pushed, and rings if there is something that it waits for. */
void answer_publish(struct net_queue *nq);
/* The client waits for word of the link; false when it does already. */
bool answer_link_wait(struct net_queue *nq, u16 tag, bool said);
/* Gives the tag back, if there is one. */
void answer_link_return(struct net_queue *nq);
/* The link may have changed. Process context. */
void answer_link(struct net_port *p);

#endif /* _VSP_NET_H */
