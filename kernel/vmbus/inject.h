/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Injection points: places in the code where a test may stop a thread, delay it,
 * lose or spoil what is about to be sent, or fail what is about to be done. They
 * exist when the modules are built with INJECT=1; otherwise the calls below are
 * empty and inject.c is not built.
 *
 * What a point does is set by debugfs, see Documentation/testing.rst.
 */
#ifndef _PB_INJECT_H
#define _PB_INJECT_H

#include <linux/types.h>

struct partbus_channel;

/**
 * enum partbus_inject_point - where
 * @PARTBUS_INJECT_STATE: a channel's end has changed its state; the type is the
 *	new state, offered before anything else is done
 * @PARTBUS_INJECT_NEG_SEND: before a negotiation message goes into the mailbox
 * @PARTBUS_INJECT_NEG_SENT: after that
 * @PARTBUS_INJECT_NEG_RECEIVE: a negotiation message was taken from the mailbox
 * @PARTBUS_INJECT_NEG_HANDLED: what it causes is done
 * @PARTBUS_INJECT_DECIDE: before the driver is asked what to answer
 * @PARTBUS_INJECT_START: before a contract is started by the driver
 * @PARTBUS_INJECT_CTRL_SEND: before a control message is sent
 * @PARTBUS_INJECT_CTRL_RECEIVE: a control message was taken and is in order
 * @PARTBUS_INJECT_NONCE: a guest is about to write its nonce; a host, to answer it
 * @PARTBUS_INJECT_SECTION: before the memory of a section is allocated
 * @PARTBUS_INJECT_PLACE: before a section is placed into a window
 * @PARTBUS_INJECT_PLACED: it is placed, and the peer has not been told
 * @PARTBUS_INJECT_TAKE: before the provider takes submissions of a queue
 * @PARTBUS_INJECT_ENTRY: before an entry goes into a data ring
 * @PARTBUS_INJECT_BELL: before a doorbell is rung
 *
 * ENTRY and BELL are in any context: nothing can be stopped there.
 */
enum partbus_inject_point {
	PARTBUS_INJECT_STATE,
	PARTBUS_INJECT_NEG_SEND,
	PARTBUS_INJECT_NEG_SENT,
	PARTBUS_INJECT_NEG_RECEIVE,
	PARTBUS_INJECT_NEG_HANDLED,
	PARTBUS_INJECT_DECIDE,
	PARTBUS_INJECT_START,
	PARTBUS_INJECT_CTRL_SEND,
	PARTBUS_INJECT_CTRL_RECEIVE,
	PARTBUS_INJECT_NONCE,
	PARTBUS_INJECT_SECTION,
	PARTBUS_INJECT_PLACE,
	PARTBUS_INJECT_PLACED,
	PARTBUS_INJECT_TAKE,
	PARTBUS_INJECT_ENTRY,
	PARTBUS_INJECT_BELL,
	PARTBUS_INJECT_POINTS
};

/* Types of PARTBUS_INJECT_DECIDE: which of the driver's ops. */
enum {
	PARTBUS_INJECT_DECIDE_WISH,
	PARTBUS_INJECT_DECIDE_CONSIDER,
	PARTBUS_INJECT_DECIDE_EVALUATE,
	PARTBUS_INJECT_DECIDE_QUIESCE,
};

/* Types of PARTBUS_INJECT_PLACED: which section. */
enum {
	PARTBUS_INJECT_PLACED_ADMIN,
	PARTBUS_INJECT_PLACED_DATA,
};

#ifdef PARTBUS_INJECT

/*
 * A point where nothing is sent. 0, or -errno that is to be taken for the result of
 * what was to be done. @ch: NULL if there is none; @type: of the message, or the
 * state, or 0. May sleep unless the point is in any context.
 */
int partbus_inject(enum partbus_inject_point point, const struct partbus_channel *ch, u32 type);

/*
 * A point where @size bytes at @data are about to be sent, which may be spoilt here.
 * True: do not send them, and say that they were sent.
 */
bool partbus_inject_send(enum partbus_inject_point point, const struct partbus_channel *ch,
			 u32 type, void *data, size_t size);

/* The same for *@entry, which is not ours: what is spoilt is a copy in @room. */
bool partbus_inject_entry(const struct partbus_channel *ch, const void **entry, void *room,
			  size_t size);

void pb_inject_init(void);
void pb_inject_exit(void);

#else

static inline int partbus_inject(enum partbus_inject_point point,
				 const struct partbus_channel *ch, u32 type)
{
	return 0;
}

static inline bool partbus_inject_send(enum partbus_inject_point point,
				       const struct partbus_channel *ch, u32 type,
				       void *data, size_t size)
{
	return false;
}

static inline bool partbus_inject_entry(const struct partbus_channel *ch, const void **entry,
					void *room, size_t size)
{
	return false;
}

static inline void pb_inject_init(void)
{
}

static inline void pb_inject_exit(void)
{
}

#endif

#endif /* _PB_INJECT_H */
