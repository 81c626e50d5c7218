/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A negotiation between two ends. The machine is not modelled: it is
 * kernel/vmbus/negotiate_table.c itself, called at every step. What is modelled
 * is the glue around it, two mailboxes, timers that may fire at any moment,
 * verdicts of any kind, I/O, and the bus that takes a channel away.
 *
 * Checked: no honest end is found in violation; no request is served under
 * another contract than it was submitted under; both ends never run under
 * different contracts; everything comes to rest; and then both ends agree.
 *
 * NO_QUIET, NO_NUMBERS and NO_BREAK are glue that does it wrong; verification
 * must fail then. So it must with a wrong table; models/check makes some. NO_IO
 * leaves I/O out: then there may be no cycle at all.
 */

c_decl {
\#include <vmbus/negotiate_table.h>
}
c_state "struct pb_neg client" "Global"
c_state "struct pb_neg server" "Global"

/* How often each may happen, so that the state space is finite. */
#ifndef WANTS
#define WANTS		1
#endif
#ifndef TIMEOUTS
#define TIMEOUTS	2
#endif
#ifndef OFFERS
#define OFFERS		1
#endif

#define MAILBOX		6

/* Messages and statuses; an ask is an INITIALIZE of the server. */
#define INITIALIZE	1
#define REQUEST		2
#define START		3
#define INIT_OK		1
#define INIT_REFUSED	2
#define GRANTED		3
#define OFFERED		4
#define REFUSED		5
#define STARTED		6
#define START_REFUSED	7
#define WITHDRAWN	8
#define ASK		9

/* To the server: kind, does it fit, number, epoch. To the client: kind, number, epoch. */
chan c2s = [MAILBOX] of { byte, bool, byte, byte };
chan s2c = [MAILBOX] of { byte, byte, byte };

/* Events that a machine waits for, or 0: the event, since OPEN and WANT are never pending. */
byte client_pending, server_pending;
bool client_timer, server_timer;
byte client_epoch, client_granted, server_epoch, server_granted, last_epoch;
byte ev;
int did;

byte client_wants = WANTS, server_wants = WANTS;
byte timeouts = TIMEOUTS, offers = OFFERS;

bool in_flight;
byte in_flight_epoch;
bool rescinded, broken, over;

/* May I/O be submitted, may it be taken? Asked after every step. */
bool client_io, server_io;

#define DID(action)		c_expr { now.did & PB_NEG_##action }
#define SET(event)		c_code { now.ev = PB_NEG_##event; }
#define REST(end) \
	c_expr { now.end.state == PARTBUS_NEG_STATE_START || \
		 now.end.state == PARTBUS_NEG_STATE_RUNNING || \
		 now.end.state == PARTBUS_NEG_STATE_DEAD_END }

byte number;		/* of the message being answered, or of the client's negotiation */

inline same_contract()
{
	c_code {
		now.client_io = pb_neg_io_allowed(&now.client);
		now.server_io = pb_neg_io_allowed(&now.server);
	};
	assert(!(client_io && server_io) || client_epoch == server_epoch)
}

/* Feeds @ev to the client and carries out what it says, in order. */
inline client_step()
{
	c_code {
		if (pb_neg_step(&now.client, now.ev, (__u32 *)&now.did))
			now.did = -1;
		now.number = now.client.negotiation;
	};
	assert(did != -1);
	if :: DID(STOP_TIMER) -> client_timer = false :: else fi;
	if :: DID(STOP_IO) -> in_flight = false; in_flight_epoch = 0; client_pending = 0 :: else fi;
	if :: DID(RUN_NEW) -> client_epoch = client_granted; client_granted = 0 :: else fi;
	if :: DID(RUN_OLD) || DID(KEEP_OLD) || DID(FAIL) -> client_pending = 0 :: else fi;
	if :: DID(SEND_REQUEST) -> assert(nfull(c2s)); c2s!REQUEST, true, number, 0 :: else fi;
	if
	:: DID(SEND_START_NEW) ->
		assert(nfull(c2s));
		c2s!START, true, number, client_granted
	:: else
	fi;
	if
	:: DID(SEND_START_OLD) ->
		assert(nfull(c2s));
		c2s!START, true, number, client_epoch
	:: else
	fi;
	if
	:: DID(SEND_INITIALIZE) ->
		client_granted = 0;
		assert(nfull(c2s));
		if
		:: c2s!INITIALIZE, true, number, 0
		:: offers > 0 -> offers--; c2s!INITIALIZE, false, number, 0
		fi
	:: else
	fi;
	if :: DID(ARM_TIMER) -> client_timer = true :: else fi;
	if
	:: DID(CHOOSE) ->
		if
		:: c_code { now.client_pending = PB_NEG_COUNTER; }
		:: c_code { now.client_pending = PB_NEG_DECLINE; }
		fi
	:: DID(CONSIDER) ->
		if
		:: c_code { now.client_pending = PB_NEG_ACCEPT; }
		:: c_code { now.client_pending = PB_NEG_DECLINE; }
		fi
	:: DID(QUIESCE) -> c_code { now.client_pending = PB_NEG_QUIESCED; }
	:: else
	fi;
#ifndef NO_BREAK
	if :: DID(BREAK) -> broken = true :: else fi;
#endif
	did = 0; ev = 0; number = 0;
	same_contract()
}

/* As above; answers carry @number. */
inline server_step()
{
	c_code {
		if (pb_neg_step(&now.server, now.ev, (__u32 *)&now.did))
			now.did = -1;
	};
	assert(did != -1);
	if :: DID(STOP_TIMER) -> server_timer = false :: else fi;
	if :: DID(DROP_GRANT) -> server_granted = 0 :: else fi;
	if
	:: DID(ADOPT) ->
		/* Nobody's request may live through a change of contracts. */
		assert(!in_flight && server_granted);
		server_epoch = server_granted;
		server_granted = 0
	:: else
	fi;
	assert(nfull(s2c));
	if
	:: DID(SEND_INIT_OK) -> server_pending = 0; s2c!INIT_OK, number, 0
	:: DID(SEND_INIT_REFUSED) -> s2c!INIT_REFUSED, number, 0
	:: DID(SEND_GRANTED) -> s2c!GRANTED, number, server_granted
	:: DID(SEND_OFFERED) -> s2c!OFFERED, number, 0
	:: DID(SEND_REFUSED) -> s2c!REFUSED, number, 0
	:: DID(SEND_STARTED_NEW) || DID(SEND_STARTED_OLD) -> s2c!STARTED, number, server_epoch
	:: DID(SEND_START_REFUSED) -> s2c!START_REFUSED, number, server_epoch
	:: DID(SEND_WITHDRAWN) -> s2c!WITHDRAWN, number, 0
	:: else
	fi;
	if :: DID(SEND_ASK) -> assert(nfull(s2c)); s2c!ASK, 0, 0 :: else fi;
	if :: DID(ARM_TIMER) -> server_timer = true :: else fi;
	if
	:: DID(EVALUATE) ->
		if
		:: c_code { now.server_pending = PB_NEG_GRANT; }
		:: offers > 0 -> offers--; c_code { now.server_pending = PB_NEG_OFFER; }
		:: c_code { now.server_pending = PB_NEG_REFUSE; }
		fi
	:: else
	fi;
	if :: DID(WITHDRAW) -> server_epoch = 0; rescinded = true :: else fi;
	did = 0; ev = 0; number = 0;
	same_contract()
}

inline client_timeout()
{
	SET(TIMEOUT);
	client_step()
}

inline server_timeout()
{
	if
	:: SET(TIMEOUT_KEEP)
	:: SET(TIMEOUT_LOST)
	fi;
	c_code { now.number = now.server.negotiation; };
	server_step()
}

#ifdef NO_QUIET
#define QUIET	true
#else
#define QUIET	(!in_flight || c_expr { now.client_pending != PB_NEG_QUIESCED })
#endif
#ifdef NO_NUMBERS
#define FITS(end)	true
#else
#define FITS(end)	c_expr { now.end.negotiation == now.number }
#endif

/* A client that broke the channel touches nothing any more. */
#define ALIVE	(!over && !broken)

proctype client_end()
{
	byte kind, epoch;

	atomic { SET(OPEN); client_step() };
	do
	:: atomic { !ALIVE -> break }
	:: atomic {
		ALIVE && nempty(s2c) ->
		s2c?kind, number, epoch;
		if
		:: kind == ASK -> SET(RX_ASK)
		:: kind != ASK && !FITS(client) -> ev = 255
		:: else ->
			if
			:: kind == INIT_OK -> SET(RX_INIT_OK)
			:: kind == INIT_REFUSED -> SET(RX_INIT_REFUSED)
			:: kind == GRANTED -> client_granted = epoch; SET(RX_GRANTED)
			:: kind == OFFERED -> SET(RX_OFFERED)
			:: kind == REFUSED -> SET(RX_REFUSED)
			:: kind == STARTED && epoch == client_granted -> SET(RX_STARTED_NEW)
			:: kind == STARTED && epoch != client_granted -> SET(RX_STARTED_OLD)
			:: kind == START_REFUSED ->
				/* One is sent back only to what the server holds. */
				assert(epoch == client_epoch);
				SET(RX_START_REFUSED)
			:: kind == WITHDRAWN -> SET(RX_WITHDRAWN)
			fi
		fi;
		kind = 0; epoch = 0;
		if
		:: ev == 255 -> ev = 0; number = 0
		:: else -> client_step()
		fi
	   }
	:: atomic {
		ALIVE && client_pending && QUIET ->
		ev = client_pending; client_pending = 0;
		client_step()
	   }
	:: atomic { ALIVE && client_timer && timeouts > 0 -> timeouts--; client_timeout() }
	:: atomic { ALIVE && client_wants > 0 -> client_wants--; SET(WANT); client_step() }
#ifndef NO_IO
	:: atomic {
		ALIVE && !in_flight && client_io ->
		in_flight = true; in_flight_epoch = client_epoch
	   }
#endif
	/* Timers do fire in the end. */
	:: atomic { timeout ->
		if
		:: client_timer -> client_timeout()
		:: !client_timer && server_timer -> server_timeout()
		:: else -> break
		fi
	   }
	od;

	/* At rest. What was withdrawn or broken the bus takes away. */
	atomic {
		if
		:: !over && !broken ->
			assert(REST(client) && REST(server));
			assert(empty(c2s) && empty(s2c));
			assert(!client_timer && !server_timer);
			assert(!rescinded && !server_granted);
			assert(c_expr { now.client.have_contract == now.server.have_contract });
			assert(c_expr { !now.client.have_contract } || client_epoch == server_epoch)
		:: else
		fi
	}
}

proctype server_end()
{
	byte kind, epoch;
	bool good;

end:	do
	:: atomic { over -> break }
	:: atomic {
		!over && nempty(c2s) ->
		c2s?kind, good, number, epoch;
		if
		:: kind == INITIALIZE && good ->
			c_code { now.server.negotiation = now.number; };
			SET(RX_INITIALIZE_OK)
		:: kind == INITIALIZE && !good -> SET(RX_INITIALIZE_BAD)
		:: kind != INITIALIZE && !FITS(server) -> ev = 255
		:: else ->
			if
			:: kind == REQUEST -> SET(RX_REQUEST)
			:: kind == START && epoch && epoch == server_granted ->
				if
				:: SET(RX_START_NEW)
				:: SET(RX_START_NEW_LOST)
				fi
			:: kind == START && epoch && epoch != server_granted &&
			   epoch == server_epoch ->
				if
				:: SET(RX_START_OLD_KEEP)
				:: SET(RX_START_OLD_LOST)
				fi
			:: kind == START && epoch && epoch != server_granted &&
			   epoch != server_epoch && !server_epoch -> SET(RX_START_OLD_LOST)
			:: else -> SET(RX_START_BAD)
			fi
		fi;
		kind = 0; epoch = 0; good = false;
		if
		:: ev == 255 -> ev = 0; number = 0
		:: else -> server_step()
		fi
	   }
	:: atomic {
		!over && server_pending ->
		ev = server_pending; server_pending = 0;
		if
		:: c_expr { now.ev == PB_NEG_GRANT } ->
			last_epoch++;
			server_granted = last_epoch
		:: else
		fi;
		c_code { now.number = now.server.negotiation; };
		server_step()
	   }
	:: atomic { !over && server_timer && timeouts > 0 -> timeouts--; server_timeout() }
	:: atomic { !over && server_wants > 0 -> server_wants--; SET(WANT); server_step() }
	:: atomic {
		!over && in_flight && server_io ->
		assert(in_flight_epoch == server_epoch);
		in_flight = false; in_flight_epoch = 0
	   }
	od
}

/*
 * Takes away what was withdrawn or broken, some time later. That a channel may
 * be rescinded at any moment needs no model: it is any run, cut short.
 */
proctype bus()
{
end:	atomic { (rescinded || broken) -> over = true }
}

init {
	atomic {
		c_code {
			pb_neg_init(&now.client, PARTBUS_ROLE_CLIENT);
			pb_neg_init(&now.server, PARTBUS_ROLE_SERVER);
		};
		run client_end();
		run server_end();
		run bus()
	}
}
