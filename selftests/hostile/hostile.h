/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that means harm: it has the window in its hands, and none of the code
 * that keeps the rules. Beside partbus_pci it can scribble; without, it speaks for
 * itself.
 *
 *   guest.c        finds and maps the window; what it is told to do
 *   scribble.c     random bytes and doorbells
 *   drip.c         a NIC that takes a frame now and then
 *   flood.c        a NIC that asks without an end
 *   speak.c        attaching, messages, negotiation as they should be
 *   queue.c        a channel that runs
 *   *_cases.c      the same with one thing wrong, and what must come of it
 */
#ifndef _HOSTILE_H
#define _HOSTILE_H

#include <linux/pci.h>

#include <partbus/channel.h>
#include <partbus/contract.h>
#include <partbus/ctrl.h>
#include <partbus/window.h>

#define hostile_say(fmt, ...) pr_info("partbus_hostile: " fmt "\n", ##__VA_ARGS__)

/* One end of a ring, as careless as can be. */
struct hostile_ring {
	struct partbus_ring_ctl *ctl;
	u32 entries;
	u32 entry_size;
	u32 index;
};

/**
 * struct hostile - the window and the present conversation
 * @pdev: the PCI device
 * @regs: BAR 0
 * @base: BAR 2
 * @size: bytes of it
 * @header: the window's
 * @to_host: control ring
 * @from_host: control ring
 * @seq: of the last control message sent
 * @generation: of this conversation
 * @offer: the last one received
 * @placed: the last data section announced
 * @rescinded: the channel of @offer was taken back, with this reason
 * @ask: mailbox to the server
 * @answer: mailbox from the server
 * @neg_seq: of the last negotiation message sent
 * @negotiation: its number
 * @epoch: what was granted
 */
struct hostile {
	struct pci_dev *pdev;
	void __iomem *regs;
	void *base;
	u64 size;
	struct partbus_window_header *header;

	struct hostile_ring to_host;
	struct hostile_ring from_host;
	u32 seq;
	u64 generation;

	struct partbus_ctrl_offer offer;
	struct partbus_ctrl_data_placed placed;
	u32 rescinded;

	struct hostile_ring ask;
	struct hostile_ring answer;
	u32 neg_seq;
	u32 negotiation;
	u32 epoch;
};

/* Of the wish in speak.c: the fewest that a class can do with. */
#define HOSTILE_BLK_DEPTH	4
#define HOSTILE_NET_DEPTH	8
#define HOSTILE_SLOT_SIZE	4096

/* The queue of a channel that runs. */
struct hostile_queue {
	struct hostile_ring sq;
	struct hostile_ring cq;
	void *slots;
};

/* One field of a message, and what is written into it. */
struct hostile_field {
	u16 offset;
	u8 size;
	u64 value;
};

#define FIELD(type, member, v) \
	{ offsetof(struct type, member), sizeof(((struct type *)0)->member), v }

void hostile_set(void *message, const struct hostile_field *f);

/* guest.c */
void hostile_bell(struct hostile *h, u32 peer, u32 line);

/* scribble.c: "SECONDS FROM TO SEED", numbers of bytes within the window. */
int hostile_scribble(struct hostile *h, const char *args);

/* drip.c: "SECONDS MILLISECONDS", how long, and how often a slot is posted at most. */
int hostile_drip(struct hostile *h, const char *args);

/* flood.c: "SECONDS requests" or "SECONDS contracts": of which there is no end. */
int hostile_flood(struct hostile *h, const char *args);

/* speak.c. All wait a bounded time; 0 or -ETIMEDOUT where nothing else is said. */
int hostile_attach(struct hostile *h);
void hostile_detach(struct hostile *h);
void hostile_ctrl_fill(struct hostile *h, struct partbus_ctrl_msg *m, u16 type, size_t payload);
void hostile_ctrl_put(struct hostile *h, const struct partbus_ctrl_msg *m);
void hostile_hello_fill(struct hostile *h, struct partbus_ctrl_msg *m);
/* Sends a good HELLO; the answer's status. */
int hostile_hello(struct hostile *h);
/* Takes control messages until there is one of @type (0: all that are there). */
int hostile_ctrl_wait(struct hostile *h, u16 type, struct partbus_ctrl_msg *m);
/* Attached, greeted, and a channel was offered. */
int hostile_open(struct hostile *h);
/* The host has read all that was sent. */
int hostile_ctrl_read(struct hostile *h);
/* A message of the negotiation as it should be: PARTBUS_NEG_*, its bytes used. */
void hostile_neg_fill(struct hostile *h, void *raw, u16 type);
void hostile_neg_put(struct hostile *h, const void *raw);
/* The next answer: its type << 8 | status; or negative. -ECONNRESET: rescinded. */
int hostile_neg_wait(struct hostile *h, void *raw);
/* All good messages before @type, with their answers. */
int hostile_neg_until(struct hostile *h, u16 type);
void hostile_ring_put(struct hostile_ring *r, const void *entry);
bool hostile_ring_get(struct hostile_ring *r, void *entry);

/* queue.c. Negotiated to the end, with one queue. */
int hostile_running(struct hostile *h, struct hostile_queue *q);
u32 hostile_depth(const struct hostile *h);
#define HOSTILE_PAUSE 1000
/* The next completion, looked for every so many microseconds; -ECONNRESET when the channel
 * was taken back.
 */
int hostile_done(struct hostile *h, struct hostile_queue *q, void *entry, unsigned int pause);
/* Was it broken for this reason, or else answered with this status? */
int hostile_end(const char *name, int ret, const char *reason, u16 status);

/* What is sent wrongly, each in a conversation of its own; how many went wrong. */
int hostile_ctrl_cases(struct hostile *h);
int hostile_neg_cases(struct hostile *h);
int hostile_req_cases(struct hostile *h);
int hostile_frame_cases(struct hostile *h);

/*
 * Says what a case has come to, for the test to read: "NAME: broke REASON",
 * "NAME: answered" or "NAME: FAILED ...". What stands behind "broke" must be in
 * the host's event.
 */
void hostile_result(const char *name, bool good, const char *what);

#endif /* _HOSTILE_H */
