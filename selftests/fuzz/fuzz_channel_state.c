// SPDX-License-Identifier: GPL-2.0
/*
 * The state of a channel's end, moved about by whoever: closed is final, no
 * state is left but by closing or breaking, and what is no state is refused.
 */
#include "fuzz.h"

#include <vmbus/channel_state.h>

#define S(name)	PARTBUS_CHANNEL_STATE_##name

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum partbus_channel_state at = S(OFFERED), to;
	struct input in = input_of(data, size);
	bool closing = false;
	int opened = 0;

	while (in.left) {
		__u8 word = in_byte(&in);

		to = word & 0x80 ? (enum partbus_channel_state)in_u32(&in) :
				   (enum partbus_channel_state)(word % 8);
		must(pb_channel_state_name(to), "a state without a name");
		if (!pb_channel_state_may(at, to)) {
			REACHED_IF((__u32)to > S(BROKEN), "what is no state");
			continue;
		}
		must((__u32)to <= S(BROKEN), "a move to what is no state");
		must(to != at, "a move to where it is");
		must(at != S(CLOSED), "a move out of closed");
		must(to != S(CLOSED) || at == S(CLOSING), "closed without closing");
		must(to != S(OPEN) || at == S(OPENING), "open without opening");
		must(to != S(OFFERED), "offered again");
		/* Teardown has begun: nothing brings the channel back to life. */
		must(!closing || to == S(CLOSED) || to == S(BROKEN) || to == S(CLOSING),
		     "alive again after closing");
		opened += to == S(OPEN);
		must(opened <= 1, "opened twice");
		closing = closing || to == S(CLOSING);
		at = to;
		REACHED_IF(at == S(OPEN), "open");
		REACHED_IF(at == S(BROKEN) && closing, "broken while closing");
		REACHED_IF(at == S(CLOSED), "closed");
	}
	return 0;
}

void fuzz_seeds(fuzz_emit emit)
{
	static const __u8 life[] = { S(OPENING), S(OPEN), S(CLOSING), S(CLOSED) };
	static const __u8 never_opened[] = { S(CLOSING), S(CLOSED) };
	static const __u8 broken_while_closing[] = {
		S(OPENING), S(OPEN), S(CLOSING), S(BROKEN), S(CLOSING), S(CLOSED),
	};
	/* The rest of each is refused. */
	static const __u8 broken_is_not_opened[] = {
		S(BROKEN), S(OFFERED), S(OPENING), S(OPEN), S(CLOSED), S(BROKEN),
	};
	static const __u8 closing_is_not_opened[] = {
		S(OPENING), S(OPEN), S(CLOSING), S(OFFERED), S(OPENING), S(OPEN), S(CLOSING),
	};
	static const __u8 closed_is_final[] = {
		S(CLOSING), S(CLOSED), S(OFFERED), S(OPENING), S(OPEN), S(CLOSING), S(BROKEN),
	};
	static const __u8 shortcuts[] = { S(OPEN), S(CLOSED), S(OPENING), S(CLOSED) };
	/* Above 0x80 the state is the next four bytes: the first that is none, and the last. */
	static const __u8 no_state[] = {
		S(BROKEN) + 1, 0x80, S(BROKEN) + 1, 0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff,
	};

	emit("life", life, sizeof(life));
	emit("never-opened", never_opened, sizeof(never_opened));
	emit("broken-while-closing", broken_while_closing, sizeof(broken_while_closing));
	emit("broken-is-not-opened", broken_is_not_opened, sizeof(broken_is_not_opened));
	emit("closing-is-not-opened", closing_is_not_opened, sizeof(closing_is_not_opened));
	emit("closed-is-final", closed_is_final, sizeof(closed_is_final));
	emit("shortcuts", shortcuts, sizeof(shortcuts));
	emit("no-state", no_state, sizeof(no_state));
}
