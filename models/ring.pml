/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring of kernel/vmbus/ring.c: producer, consumer, doorbells, event index.
 *
 * Memory is weaker than sequentially consistent: a store lies in a buffer and
 * becomes visible later, stores of one end in any order. A release waits for the
 * entries before it, a full barrier for everything that its end has stored.
 * Loads are done in order and at once.
 *
 * Indices are modulo 8 here, 2^32 there. The entry in place i is its index, so
 * the consumer knows what it must find. The producer may stop at any moment;
 * when nothing can happen any more, everything produced must be consumed.
 *
 * NO_RELEASE, NO_MB_PUBLISH, NO_MB_ARM, NO_MB_RELEASE, NO_MB_ROOM, NO_RECHECK and
 * NO_CREDIT take one thing away each; verification must fail then.
 */

#define SIZE	2
#define M	8
#define SUB(a, b)	((a + M - b) % M)
#define NEED_EVENT(event, now, old)	(SUB(now, (event + 1) % M) < SUB(now, old))

/* What all see. */
byte data[SIZE];
byte prod, cons, prod_event, cons_event;

/* What is stored and not yet visible. */
bool data_buffered[SIZE], prod_buffered, cons_buffered, prod_event_buffered, cons_event_buffered;
byte data_value[SIZE], prod_value, cons_value, prod_event_value, cons_event_value;

/* Doorbells: rung and not yet heard. */
bool to_consumer, to_producer;

/* For the final check. */
byte produced, consumed;

#define DATA_VISIBLE	(!data_buffered[0] && !data_buffered[1])
#ifdef NO_RELEASE
#define RELEASED	true
#else
#define RELEASED	DATA_VISIBLE
#endif

#define PRODUCER_VISIBLE	(DATA_VISIBLE && !prod_buffered && !cons_event_buffered)
#define CONSUMER_VISIBLE	(!cons_buffered && !prod_event_buffered)

#define STORE(word, value)	word##_value = value; word##_buffered = true
#define FLUSH(word)		word = word##_value; word##_value = 0; word##_buffered = false

active proctype memory()
{
end:
	do
	:: atomic { data_buffered[0] -> data[0] = data_value[0]; data_buffered[0] = false }
	:: atomic { data_buffered[1] -> data[1] = data_value[1]; data_buffered[1] = false }
	:: atomic { prod_buffered && RELEASED -> FLUSH(prod) }
	:: atomic { cons_event_buffered -> FLUSH(cons_event) }
	:: atomic { cons_buffered -> FLUSH(cons) }
	:: atomic { prod_event_buffered -> FLUSH(prod_event) }
	od
}

active proctype producer()
{
	byte own, told, seen, event, n;

	do
	:: break				/* stops */
	:: n = 1
	:: n = 2				/* a batch */
	-> skip;
	   do
	   :: n > 0 ->
		if
		:: SUB(own, seen) == SIZE ->
			/* acquire */
			atomic { seen = cons; assert(SUB(own, seen) <= SIZE) }
		:: else
		fi;
		if
#ifdef NO_CREDIT
		:: true ->
#else
		:: SUB(own, seen) < SIZE ->
#endif
			atomic {
				data_value[own % SIZE] = own;
				data_buffered[own % SIZE] = true;
				own = (own + 1) % M;
				produced = own;
				n--
			}
		:: else -> break
		fi
	   :: else -> break
	   od;

	   /* publish */
	   if
	   :: own != told ->
		atomic { STORE(prod, own) }
#ifndef NO_MB_PUBLISH
		PRODUCER_VISIBLE;
#endif
		atomic { event = prod_event };
		atomic {
			if
			:: NEED_EVENT(event, own, told) -> to_consumer = true
			:: else
			fi;
			told = own;
			event = 0
		}
	   :: else
	   fi;

	   if
	   :: n > 0 ->
		/* full: want_room, and sleep */
		atomic { n = 0; STORE(cons_event, seen) }
#ifndef NO_MB_ROOM
		PRODUCER_VISIBLE;
#endif
		if
		:: cons == seen -> atomic { to_producer -> to_producer = false }
		:: cons != seen
		fi
	   :: else
	   fi
	od
}

active proctype consumer()
{
	byte own, told, seen, event, n;

	do
	:: n = 1
	:: n = 2
	-> skip;
	   do
	   :: n > 0 ->
		if
		:: own == seen ->
			/* acquire */
			atomic { seen = prod; assert(SUB(seen, own) <= SIZE) }
		:: else
		fi;
		if
		:: own != seen ->
			atomic {
				assert(data[own % SIZE] == own);
				own = (own + 1) % M;
				consumed = own;
				n--
			}
		:: else -> break
		fi
	   :: else -> break
	   od;

	   /* release */
	   if
	   :: own != told ->
		atomic { STORE(cons, own) }
#ifndef NO_MB_RELEASE
		CONSUMER_VISIBLE;
#endif
		atomic { event = cons_event };
		atomic {
			if
			:: NEED_EVENT(event, own, told) -> to_producer = true
			:: else
			fi;
			told = own;
			event = 0
		}
	   :: else
	   fi;

	   if
	   :: n > 0 ->
		/* empty: arm, and sleep */
		atomic { n = 0; STORE(prod_event, own) }
#ifndef NO_MB_ARM
		CONSUMER_VISIBLE;
#endif
#ifdef NO_RECHECK
end:		atomic { to_consumer -> to_consumer = false }
#else
		if
		:: prod == own ->
end:			atomic { to_consumer -> to_consumer = false }
		:: prod != own
		fi
#endif
	   :: else
	   fi
	od
}

/* When nothing moves any more, nobody sleeps on what is there. */
active proctype all_is_done()
{
	timeout -> assert(produced == consumed && PRODUCER_VISIBLE && CONSUMER_VISIBLE)
}
