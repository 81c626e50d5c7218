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
