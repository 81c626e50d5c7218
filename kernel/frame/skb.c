// SPDX-License-Identifier: GPL-2.0
/* Frames between slots and skbs. What may be believed of them is frame.c's. */
#include <frame/skb.h>

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/virtio_byteorder.h>
#include <linux/virtio_net.h>

#include <compat/net.h>

static_assert(offsetof(struct virtio_net_hdr, csum_offset) ==
	      offsetof(struct partbus_net_header, csum_offset));
static_assert(sizeof(struct virtio_net_hdr) <= sizeof(struct partbus_net_header));
static_assert(PARTBUS_NET_GSO_TCPV4 == VIRTIO_NET_HDR_GSO_TCPV4 &&
	      PARTBUS_NET_GSO_TCPV6 == VIRTIO_NET_HDR_GSO_TCPV6 &&
	      PARTBUS_NET_GSO_ECN == VIRTIO_NET_HDR_GSO_ECN &&
	      PARTBUS_NET_HDR_NEEDS_CSUM == VIRTIO_NET_HDR_F_NEEDS_CSUM &&
	      PARTBUS_NET_HDR_DATA_VALID == VIRTIO_NET_HDR_F_DATA_VALID);

/* Up to here a frame is copied into one piece, so that GRO may merge it. */
#define LINEAR_MOST	2048u
/* Of a longer one the headers, whatever they are. */
#define LINEAR_HEAD	256u
/* Pages of the rest are tried for in pieces of this order. */
#define PIECE_ORDER	3

void pb_frame_limits_from(struct pb_frame_limits *l, const struct pb_contract *c,
			  const struct partbus_queue *q)
{
	l->mac = pb_contract_get(c, PB_MAC, 0);
	l->depth = q->depth;
	l->slot_size = q->slot_size;
	l->mtu = pb_contract_get(c, PB_MTU, ETH_DATA_LEN);
	l->vlan = pb_contract_get(c, PB_VLAN, PARTBUS_VLAN_UNTAGGED);
	l->any_mac = pb_contract_get(c, PB_ANY_MAC, 0);
	l->csum = pb_contract_get(c, PB_CSUM, 0);
	l->tso = l->csum && pb_contract_get(c, PB_TSO, 0);
	l->uso = l->csum && pb_contract_get(c, PB_USO, 0);
}
EXPORT_SYMBOL_GPL(pb_frame_limits_from);

bool pb_frame_has_uso(void)
{
	return PB_NET_HAS_USO;
}
EXPORT_SYMBOL_GPL(pb_frame_has_uso);

#define FEATURES_TSO	(NETIF_F_TSO | NETIF_F_TSO_ECN | NETIF_F_TSO6)
#define FEATURES_USO	(PB_NET_HAS_USO ? NETIF_F_GSO_UDP_L4 : 0)

static netdev_features_t features_of(const struct pb_contract *c)
{
	netdev_features_t features = NETIF_F_HW_CSUM;

	if (!pb_contract_get(c, PB_CSUM, 0))
		return 0;
	if (pb_contract_get(c, PB_TSO, 0))
		features |= FEATURES_TSO;
	if (pb_contract_get(c, PB_USO, 0))
		features |= FEATURES_USO;
	return features;
}

u32 pb_frame_room_from(const struct pb_contract *c)
{
	const struct pb_frame_limits l = {
		.slot_size = pb_contract_get(c, PB_SLOT_SIZE, PARTBUS_MIN_SLOT_SIZE),
	};

	return pb_frame_room(&l);
}
EXPORT_SYMBOL_GPL(pb_frame_room_from);

/* What a contract decides; the other features are the stack's own. */
#define FEATURES_OURS	(NETIF_F_HW_CSUM | FEATURES_TSO | FEATURES_USO)

bool pb_frame_set_gso_size(struct net_device *dev, const struct pb_contract *c)
{
	u32 size = min_t(u32, pb_frame_room_from(c) - PARTBUS_NET_LINK_SIZE, GSO_MAX_SIZE);
	unsigned int former = dev->tso_max_size, former_gso = dev->gso_max_size;
	bool follows = dev->gso_max_size == min_t(u32, dev->tso_max_size, GSO_LEGACY_MAX_SIZE);

	netif_set_tso_max_size(dev, size);
	/* That lowers it only; who lowered it by hand keeps it. */
	if (follows)
		pb_net_set_gso_max_size(dev, min_t(u32, size, GSO_LEGACY_MAX_SIZE));
	return dev->tso_max_size != former || dev->gso_max_size != former_gso;
}
EXPORT_SYMBOL_GPL(pb_frame_set_gso_size);

bool pb_frame_set_features(struct net_device *dev, const struct pb_contract *c)
{
	netdev_features_t now = features_of(c), fresh = now & ~dev->hw_features;
	bool changed = (dev->hw_features & FEATURES_OURS) != now;

	dev->hw_features = (dev->hw_features & ~FEATURES_OURS) | now;
	dev->vlan_features = (dev->vlan_features & ~FEATURES_OURS) | now | NETIF_F_SG;
	/* What is gone is gone at once, what is new is wanted. */
	dev->features &= now | ~FEATURES_OURS;
	dev->wanted_features = (dev->wanted_features & (now | ~FEATURES_OURS)) | fresh;
	if (dev->reg_state == NETREG_UNINITIALIZED)
		dev->features |= now;
	return changed;
}
EXPORT_SYMBOL_GPL(pb_frame_set_features);

/*
 * Segments whose checksums are done already, such as do not fit into a slot as a whole,
 * and such as are too short for the other end, are made by the stack.
 */
netdev_features_t pb_frame_features_check(struct sk_buff *skb, netdev_features_t features,
					  u32 room)
{
	features = vlan_features_check(skb, features);
	if (skb_is_gso(skb) &&
	    (skb->ip_summed != CHECKSUM_PARTIAL ||
	     skb_shinfo(skb)->gso_size < PB_FRAME_SEGMENT_MIN ||
	     skb->len + (skb_vlan_tag_present(skb) ? VLAN_HLEN : 0) > room))
		features &= ~NETIF_F_GSO_MASK;
	return features;
}
EXPORT_SYMBOL_GPL(pb_frame_features_check);

int pb_frame_read_header(const void *slot, u32 length, const struct pb_frame_limits *l,
			 bool to_client, struct pb_frame_info *info, const char **why)
{
	struct partbus_net_header header;

	memcpy(&header, slot, sizeof(header));
	/* The peer may write to the slot: what is checked must be what is used. */
	barrier();
	return pb_frame_header(&header, length, l, to_client, info, why);
}
EXPORT_SYMBOL_GPL(pb_frame_read_header);

/* Adds what is behind the linear part, in pieces as large as there are. */
static bool copy_pieces(struct sk_buff *skb, const void *from, u32 length)
{
	unsigned int order, i = 0;
	struct page *page;
	u32 n;

	while (length) {
		if (i == MAX_SKB_FRAGS)
			return false;
		order = min_t(unsigned int, get_order(length), PIECE_ORDER);
		page = NULL;
		if (order)
			page = dev_alloc_pages(order);
		if (!page) {
			order = 0;
			page = dev_alloc_page();
		}
		if (!page)
			return false;
		n = min_t(u32, length, PAGE_SIZE << order);
		memcpy(page_address(page), from, n);
		skb_add_rx_frag(skb, i++, page, 0, n, PAGE_SIZE << order);
		from += n;
		length -= n;
	}
	return true;
}

struct sk_buff *pb_frame_copy_out(struct napi_struct *napi, const void *slot,
				  const struct pb_frame_info *info)
{
	const void *frame = slot + PARTBUS_NET_HEADER_SIZE;
	u32 head = info->length <= LINEAR_MOST ? info->length : LINEAR_HEAD;
	struct sk_buff *skb = napi_alloc_skb(napi, head);

	if (!skb)
		return NULL;
	skb_put_data(skb, frame, head);
	if (copy_pieces(skb, frame + head, info->length - head))
		return skb;
	kfree_skb(skb);
	return NULL;
}
EXPORT_SYMBOL_GPL(pb_frame_copy_out);

/*
 * Where the headers of an skb that stands for segments end, by what its transport's says
 * itself; 0 when there is none at @start.
 */
static u32 headers_end(const struct sk_buff *skb, u32 start, u8 gso_type)
{
	const struct tcphdr *tcp;
	struct tcphdr buffer;

	if (gso_type == PARTBUS_NET_GSO_UDP_L4)
		return start + sizeof(struct udphdr);
	tcp = skb_header_pointer(skb, start, sizeof(buffer), &buffer);
	return tcp ? start + __tcp_hdrlen(tcp) : 0;
}

int pb_frame_apply(struct sk_buff *skb, const struct pb_frame_info *info)
{
	const struct virtio_net_hdr header = {
		.flags = info->flags,
		.gso_type = info->gso_type,
		.hdr_len = __cpu_to_virtio16(true, info->hdr_len),
		.gso_size = __cpu_to_virtio16(true, info->gso_size),
		.csum_start = __cpu_to_virtio16(true, info->csum_start),
		.csum_offset = __cpu_to_virtio16(true, info->csum_offset),
	};

	if (info->flags & PARTBUS_NET_HDR_DATA_VALID)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	/* What was charged for each segment is what each will have. */
	if (info->gso_size &&
	    headers_end(skb, info->csum_start, info->gso_type) != info->hdr_len)
		goto drop;
	if (!virtio_net_hdr_to_skb(skb, &header, true))
		return 0;
drop:
	kfree_skb(skb);
	return -EINVAL;
}
EXPORT_SYMBOL_GPL(pb_frame_apply);

int pb_frame_receive(struct napi_struct *napi, struct sk_buff *skb,
		     const struct pb_frame_info *info, u16 queue)
{
	if (pb_frame_apply(skb, info))
		return -EINVAL;
	/* The netdev may not have the queues of its contract yet. */
	if (queue < READ_ONCE(napi->dev->real_num_rx_queues))
		skb_record_rx_queue(skb, queue);
	skb->protocol = eth_type_trans(skb, napi->dev);
	napi_gro_receive(napi, skb);
	return 0;
}
EXPORT_SYMBOL_GPL(pb_frame_receive);

int pb_frame_describe(const struct sk_buff *skb, const struct pb_frame_limits *l,
		      bool to_client, struct partbus_net_header *header,
		      struct pb_frame_info *info)
{
	struct virtio_net_hdr vh;
	const char *why;

	if (skb->len < PARTBUS_NET_FRAME_MIN || skb->len > pb_frame_room(l) ||
	    virtio_net_hdr_from_skb(skb, &vh, true, to_client, 0))
		return -EINVAL;
	memset(header, 0, sizeof(*header));
	memcpy(header, &vh, sizeof(vh));
	/* There it is a hint. */
	header->hdr_len = 0;
	if (header->gso_type)
		header->hdr_len = cpu_to_le16(headers_end(skb, le16_to_cpu(header->csum_start),
							  header->gso_type));
	return pb_frame_header(header, skb->len, l, to_client, info, &why) ? -EINVAL : 0;
}
EXPORT_SYMBOL_GPL(pb_frame_describe);

int pb_frame_copy_in(void *slot, const struct partbus_net_header *header,
		     const struct sk_buff *skb)
{
	memcpy(slot, header, sizeof(*header));
	return skb_copy_bits(skb, 0, slot + sizeof(*header), skb->len);
}
EXPORT_SYMBOL_GPL(pb_frame_copy_in);

static u32 map_entry(u32 map, u32 priority)
{
	return map >> (4 * priority) & 15;
}

u32 pb_frame_queue(const struct sk_buff *skb, u32 map, u32 queues)
{
	u32 priority = skb->priority & 7, entry;
	struct vlan_ethhdr *link;

	if (map == U32_MAX)
		return U32_MAX;
	if (skb_vlan_tag_present(skb)) {
		priority = skb_vlan_tag_get_prio(skb);
	} else if (skb_headlen(skb) >= VLAN_ETH_HLEN) {
		link = (struct vlan_ethhdr *)skb->data;
		if (eth_type_vlan(link->h_vlan_proto))
			priority = ntohs(link->h_vlan_TCI) >> VLAN_PRIO_SHIFT;
	}
	entry = map_entry(map, priority);
	return entry == PARTBUS_PRIORITY_SPREAD ? U32_MAX : entry % queues;
}
EXPORT_SYMBOL_GPL(pb_frame_queue);

u32 pb_frame_spread(struct sk_buff *skb, u32 map, u32 queues)
{
	u32 all = GENMASK(queues - 1, 0), named = 0, p, n;

	for (p = 0; p < 8; p++)
		if (map_entry(map, p) != PARTBUS_PRIORITY_SPREAD)
			named |= BIT(map_entry(map, p) % queues);
	all = all & ~named ?: all;
	n = reciprocal_scale(skb_get_hash(skb), hweight32(all));
	while (n--)
		all &= all - 1;
	return __ffs(all);
}
EXPORT_SYMBOL_GPL(pb_frame_spread);

MODULE_DESCRIPTION("partbus: frames, for both ends of a NIC");
MODULE_LICENSE("GPL");
MODULE_VERSION(PARTBUS_MODULE_VERSION);
