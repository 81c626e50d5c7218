// SPDX-License-Identifier: GPL-2.0
/*
 * Two honest ends under a schedule that the fuzzer makes up: when messages
 * arrive, timers fire, requests go and something else is wanted. The rules are
 * those of selftests/user/pair.c: no end is found in violation, both never run
 * under different contracts, rounds and queues are bounded, and all comes to rest.
 */
#include "fuzz.h"
#include "pair.h"

static __u64 by_input(void *arg, __u64 limit)
{
	return in_below(arg, limit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	static struct pair w;

	memset(&w, 0, sizeof(w));
	w.choose = by_input;
	w.arg = &in;
	w.timeouts = in_byte(&in) & 3;
	w.wants = in_byte(&in) & 3;
	w.losses = in_byte(&in) & 3;
	w.refusals = in_byte(&in) & 7;
	pair_open(&w);
	while (in.left && !w.broken && !w.wrong)
		pair_step(&w, false);
	/* The end of an input reads as zeroes: nothing is refused for ever. */
	w.losses = w.refusals = 0;
	if (!w.broken && !w.wrong)
		pair_settle(&w);
	must(!w.wrong, w.wrong);
	REACHED_IF(w.starts > 1, "several contracts started");
	REACHED_IF(w.served > 2, "requests were served");
	REACHED_IF(w.keeps, "an old contract was kept");
	REACHED_IF(w.fails, "a dead end");
	REACHED_IF(w.breaks, "broken, for nobody knows which contract holds");
	REACHED_IF(w.withdrawals, "withdrawn");
	return 0;
}

/* Long schedules without a plan; the mutations of them find the rest. */
void fuzz_seeds(fuzz_emit emit)
{
	__u8 script[800];

	fuzz_scripts(emit, script, sizeof(script), 64);
}
