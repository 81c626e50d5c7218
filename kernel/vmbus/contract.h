/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contracts, wishes and offers in memory, their rules, and their codec. Pure.
 * Providers and clients use this header, too.
 */
#ifndef _PB_CONTRACT_H
#define _PB_CONTRACT_H

#include <partbus/contract.h>

/* Index of an attribute in the arrays below; the table is pb_attr_table[]. */
enum pb_attr {
	PB_RESERVE_IOPS,
	PB_CAP_IOPS,
	PB_RESERVE_BPS,
	PB_CAP_BPS,
	PB_BURST_IOS,
	PB_BURST_BYTES,
	PB_IO_UNIT,
	PB_WEIGHT,
	PB_PRIORITY,
	PB_QUEUES,
	PB_DEPTH,
	PB_SLOT_SIZE,
	PB_CAPACITY,
	PB_WRITABLE,
	PB_LOGICAL_BLOCK,
	PB_PHYSICAL_BLOCK,
	PB_WRITE_CACHE,
	PB_FUA,
	PB_DISCARD_MAX,
	PB_DISCARD_GRAIN,
	PB_ZEROES_MAX,
	PB_ROTATIONAL,
	PB_MAC,
	PB_MTU,
	PB_SPEED,
	PB_VLAN,
	PB_ANY_MAC,
	PB_PRIORITY_MAP,
	PB_CSUM,
	PB_TSO,
	PB_USO,
	PB_RX_RESERVE_PPS,
	PB_RX_CAP_PPS,
	PB_RX_RESERVE_BPS,
	PB_RX_CAP_BPS,
	PB_RX_BURST_PACKETS,
	PB_RX_BURST_BYTES,
	PB_ATTR_COUNT
};

/* The table is in the order of classes: how many each has. */
#define PB_ATTRS_COMMON	(PB_SLOT_SIZE + 1)
#define PB_ATTRS_BLOCK	(PB_ROTATIONAL - PB_SLOT_SIZE)
#define PB_ATTRS_NET	(PB_RX_BURST_BYTES - PB_ROTATIONAL)

/*
 * How an attribute is agreed on.
 * FACT: the server states a value; the client can only say what it must at
 *	least be.
 * GIVEN: as FACT, but the value is the administrator's and not the backing's.
 * SHARE: the client gets what it likes, up to what is available.
 * POW2: as SHARE, rounded down to a power of two.
 */
enum pb_attr_rule { PB_RULE_FACT, PB_RULE_GIVEN, PB_RULE_SHARE, PB_RULE_POW2 };

struct pb_attr_info {
	const char *name;	/* as in the CLI: "cap_iops" */
	__u16 type;		/* PARTBUS_ATTR_* */
	__u8 class;		/* PARTBUS_CLASS_*, NONE for all */
	__u8 rule;		/* enum pb_attr_rule */
	__u64 min;		/* smallest legal value of a contract */
	__u64 max;		/* largest legal value other than PARTBUS_ATTR_ANY */
	bool any;		/* may a contract say PARTBUS_ATTR_ANY (no cap)? */
};

extern const struct pb_attr_info pb_attr_table[PB_ATTR_COUNT];

/* Index for a wire type, or -1. */
int pb_attr_index(__u16 type);
/* Does attribute @attr belong to @class (common ones belong to all)? */
bool pb_attr_of_class(int attr, __u32 class);
/* Does the server alone say what the value is? */
bool pb_attr_stated(int attr);

/*
 * What a class asks of values beyond each one's limits.
 * POW2: a power of two.
 * LEAST: at least @number.
 * FITS: with @number added, not above @other.
 * NOT: the bits of @mask are not @number.
 */
enum pb_attr_law_kind { PB_LAW_POW2, PB_LAW_LEAST, PB_LAW_FITS, PB_LAW_NOT };

struct pb_attr_law {
	__u8 class;		/* PARTBUS_CLASS_* */
	__u8 kind;		/* enum pb_attr_law_kind */
	__u8 attr;		/* enum pb_attr */
	__u8 other;		/* enum pb_attr */
	__u64 number;
	__u64 mask;
	const char *text;	/* what is wrong where it does not hold */
};

/* Up to one without a text. */
extern const struct pb_attr_law pb_attr_laws[];

/* What is promised, what limits it, and what may come at once. */
struct pb_attr_limit {
	int reserve;
	int cap;
	int burst;
};

#define PB_ATTR_LIMITS	4
/* The two of the common attributes first: requests, bytes. */
extern const struct pb_attr_limit pb_attr_limits[PB_ATTR_LIMITS];

/**
 * struct pb_contract - what holds on a channel
 * @epoch: its number, 0 for none
 * @present: bit i: value[i] is meant
 * @value: by enum pb_attr
 */
struct pb_contract {
	__u32 epoch;
	__u64 present;
	__u64 value[PB_ATTR_COUNT];
};

/**
 * struct pb_ranges - a wish (least, like) or an offer (least, most)
 * @present: bit i: least[i] and like[i] are meant
 * @least: by enum pb_attr
 * @like: by enum pb_attr
 */
struct pb_ranges {
	__u64 present;
	__u64 least[PB_ATTR_COUNT];
	__u64 like[PB_ATTR_COUNT];
};

/**
 * struct pb_refusal - why something was refused
 * @type: PARTBUS_ATTR_* that it is about, or 0
 * @text: a sentence
 */
struct pb_refusal {
	__u16 type;
	char text[PARTBUS_REASON_MAX];
};

static inline void pb_contract_set(struct pb_contract *c, int attr, __u64 value)
{
	c->present |= 1ULL << attr;
	c->value[attr] = value;
}

static inline __u64 pb_contract_get(const struct pb_contract *c, int attr, __u64 absent)
{
	return c->present & (1ULL << attr) ? c->value[attr] : absent;
}

static inline void pb_ranges_set(struct pb_ranges *r, int attr, __u64 least, __u64 like)
{
	r->present |= 1ULL << attr;
	r->least[attr] = least;
	r->like[attr] = like;
}

/* @value, or what @limits has as the most of @attr, if that is less. @limits may be NULL. */
static inline __u64 pb_ranges_at_most(const struct pb_ranges *limits, int attr, __u64 value)
{
	if (!limits || !(limits->present & (1ULL << attr)))
		return value;
	return limits->like[attr] < value ? limits->like[attr] : value;
}

/**
 * pb_ranges_uncap() - a cap that is taken away takes its burst along
 * @r: what was asked for or set so far
 * @given: what is asked for or set now; like PARTBUS_ATTR_ANY takes a cap away
 *
 * A burst means nothing without its cap; left behind it would come back with the
 * next one. A burst that is given now stays.
 */
void pb_ranges_uncap(struct pb_ranges *r, const struct pb_ranges *given);

/**
 * pb_contract_answer() - what a server says to a wish
 * @class: class of the channel
 * @available: what can be had: for a FACT both ends of the range are the fact
 * @wish: what the client asks for; attributes that it leaves out are taken as
 *	least 0 (or the table's minimum), like PARTBUS_ATTR_ANY
 * @contract: out, when granted: every attribute of @available; epoch untouched
 * @why: out, when refused
 *
 * Granted when everything liked can be had (PARTBUS_ATTR_ANY is content with
 * all there is); offered when only the least of everything can; refused when
 * some least cannot, or when a wish contradicts itself (least above like).
 * Return: enum partbus_neg_status GRANTED, OFFERED or REFUSED.
 */
int pb_contract_answer(__u32 class, const struct pb_ranges *available,
		       const struct pb_ranges *wish, struct pb_contract *contract,
		       struct pb_refusal *why);

/**
 * pb_contract_choose() - what a client asks for after an offer
 * @offer: ranges that the server named
 * @wish: in: what was asked for; out: every like that is a number cut down to the offer
 * @why: out, on -EDOM
 *
 * Return: 0, or -EDOM when some least lies above the offer.
 */
int pb_contract_choose(const struct pb_ranges *offer, struct pb_ranges *wish,
		       struct pb_refusal *why);

/**
 * pb_contract_check() - may a client live under a contract it was granted?
 * @class: class of the channel
 * @contract: as decoded from the server
 * @wish: what was asked for
 * @why: out, on error
 *
 * Every attribute of the class must be present, within the table's limits, and
 * not below the wish's least; and all together must make sense, see below.
 * Return: 0 or -EDOM.
 */
int pb_contract_check(__u32 class, const struct pb_contract *contract,
		      const struct pb_ranges *wish, struct pb_refusal *why);

/**
 * pb_contract_sane() - do the attributes of a contract go together?
 * @class: class of the channel
 * @contract: each attribute is legal by itself
 * @why: out, on error
 *
 * Block sizes must be powers of two, the logical not above the physical. A MAC
 * address must be one of a single station and leave the prefix fe to the
 * provider's end; a frame of the MTU must fit into a slot.
 * Return: 0 or -EDOM.
 */
int pb_contract_sane(__u32 class, const struct pb_contract *contract, struct pb_refusal *why);

/* Same queues, depth and slot size? Then the data section can stay. */
bool pb_contract_same_geometry(const struct pb_contract *a, const struct pb_contract *b);

/*
 * Codec. Encoders append to @buf of PARTBUS_MBOX_ENTRY_SIZE bytes behind a
 * struct partbus_neg_header and return the new length or -EMSGSIZE. Decoders
 * take a private copy, reject a bad length, a type that comes twice, a reserved
 * field that is not zero and an unterminated text with -EPROTO, and skip types
 * that they do not know.
 */
int pb_contract_encode(void *buf, int length, const struct pb_contract *c);
int pb_ranges_encode(void *buf, int length, const struct pb_ranges *r);
int pb_refusal_encode(void *buf, int length, const struct pb_refusal *why);
int pb_contract_decode(const void *buf, int length, struct pb_contract *c);
int pb_ranges_decode(const void *buf, int length, struct pb_ranges *r);
int pb_refusal_decode(const void *buf, int length, struct pb_refusal *why);

#endif /* _PB_CONTRACT_H */
