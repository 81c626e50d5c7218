/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames between slots and skbs, the same at both ends of a channel of class net.
 * A slot is shared memory: what is in it is copied once, and only the copy is
 * looked at.
 */
#ifndef _PB_FRAME_SKB_H
#define _PB_FRAME_SKB_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include <frame/frame.h>
#include <vmbus/partbus.h>

/**
 * pb_frame_limits_from() - a contract as the data path needs it
 * @l: out
 * @c: of class net, checked
 * @q: a queue under it
 */
void pb_frame_limits_from(struct pb_frame_limits *l, const struct pb_contract *c,
			  const struct partbus_queue *q);

/* The longest frame under a contract. */
u32 pb_frame_room_from(const struct pb_contract *c);

/**
 * pb_frame_set_features() - what a NIC can do under a contract
 * @dev: the NIC; if it is registered the RTNL is held
 * @c: checked
 *
 * Who has switched something off finds it off.
 * Return: true if netdev_change_features() is to follow where @dev is registered: it
 * tells everybody who listens, so it is not to be called for nothing.
 */
bool pb_frame_set_features(struct net_device *dev, const struct pb_contract *c);

/**
 * pb_frame_set_gso_size() - how large what the stack has segmented may be
 * @dev: the client's NIC; if it is registered the RTNL is held. Not the port: a bridge
 *	takes the least of its ports for its own, and would follow a client's wish
 * @c: checked
 *
 * Return: as pb_frame_set_features().
 */
bool pb_frame_set_gso_size(struct net_device *dev, const struct pb_contract *c);

/* Does this kernel know of segments of UDP in a header? */
bool pb_frame_has_uso(void);

/* Takes what does not fit from @features; for ndo_features_check(). */
netdev_features_t pb_frame_features_check(struct sk_buff *skb, netdev_features_t features,
					  u32 room);

/**
 * pb_frame_read_header() - copy and check the header of a slot
 * @slot: address of the slot
 * @length: of the frame, checked already
 * @l: of the contract in force
 * @to_client: which way the frame goes
 * @info: out, when 0 is returned
 * @why: out, on -EPROTO
 *
 * Context: any. Return: 0 or -EPROTO.
 */
int pb_frame_read_header(const void *slot, u32 length, const struct pb_frame_limits *l,
			 bool to_client, struct pb_frame_info *info, const char **why);

/**
 * pb_frame_copy_out() - the frame of a slot as an skb
 * @napi: in whose poll this is called
 * @slot: address of the slot
 * @info: of the frame
 *
 * Its data begins with the link header. Nothing of the slot is used afterwards.
 * Return: the skb, or NULL when memory is short.
 */
struct sk_buff *pb_frame_copy_out(struct napi_struct *napi, const void *slot,
				  const struct pb_frame_info *info);

/**
 * pb_frame_apply() - let an skb of pb_frame_copy_out() be what its header says
 * @skb: gone on error
 * @info: of the frame
 *
 * Context: any. Return: 0, or -EINVAL when the frame does not go with its header.
 */
int pb_frame_apply(struct sk_buff *skb, const struct pb_frame_info *info);

/**
 * pb_frame_receive() - give an skb of pb_frame_copy_out() to the network
 * @napi: in whose poll this is called
 * @skb: gone afterwards
 * @info: of the frame
 * @queue: over which it came
 *
 * Return: 0, or -EINVAL when the frame does not go with its header; dropped then.
 */
int pb_frame_receive(struct napi_struct *napi, struct sk_buff *skb,
		     const struct pb_frame_info *info, u16 queue);

/**
 * pb_frame_describe() - the header for an skb that is to be sent
 * @skb: linear or not, its data begins with the link header
 * @l: of the contract in force
 * @to_client: which way it goes
 * @header: out
 * @info: out: the same, and what it stands for
 *
 * Return: 0, or -EINVAL when the other end would not take it, whatever made such an skb.
 */
int pb_frame_describe(const struct sk_buff *skb, const struct pb_frame_limits *l,
		      bool to_client, struct partbus_net_header *header,
		      struct pb_frame_info *info);

/* Writes header and frame into a slot that has room. 0 or -errno of the skb's. */
int pb_frame_copy_in(void *slot, const struct partbus_net_header *header,
		     const struct sk_buff *skb);

/* The queue for an skb by the contract's map; U32_MAX: any, see pb_frame_spread(). */
u32 pb_frame_queue(const struct sk_buff *skb, u32 map, u32 queues);
/* By flow, one of @queues that no priority names. */
u32 pb_frame_spread(struct sk_buff *skb, u32 map, u32 queues);

#endif /* _PB_FRAME_SKB_H */
