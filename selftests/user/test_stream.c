// SPDX-License-Identifier: GPL-2.0
/* Who streams and who awaits replies: what a provider of networks makes of its polls. */
#include "harness.h"

#include <vsp_net/stream.h>

struct poll {
	__u32 sent, got;	/* bytes of a frame, 0 for none */
};

/* A few polls, again and again. */
static const struct pattern {
	const char *sentence;
	bool streams;
	int polls;
	struct poll poll[4];
} patterns[] = {
	{ "nothing at all is no stream", false, 1, { { 0, 0 } } },
	{ "requests and replies in turn are none", false, 1, { { 64, 64 } } },
	{ "replies that come a poll later are none", false, 2, { { 64, 0 }, { 0, 64 } } },
	{ "with acknowledgements of replies neither", false, 2, { { 64, 0 }, { 64, 64 } } },
	{ "two requests and two replies neither", false, 4,
	  { { 64, 0 }, { 64, 0 }, { 0, 64 }, { 0, 64 } } },
	{ "small frames one way are one", true, 1, { { 64, 0 } } },
	{ "large ones with acknowledgements are", true, 2, { { 65000, 0 }, { 65000, 64 } } },
	{ "large ones to the client are", true, 2, { { 64, 65000 }, { 64, 65000 } } },
	{ "small ones to the client are, when it acknowledges every fourth", true, 1,
	  { { 64, 4 * 8192 } } },
};

static __s32 run(__s32 lead, const struct pattern *p, int times)
{
	for (int i = 0; i < times * p->polls; i++) {
		const struct poll *poll = &p->poll[i % p->polls];

		lead = net_stream_follow(lead, poll->sent ? net_stream_weight(poll->sent) : 0,
					 poll->got ? net_stream_weight(poll->got) : 0);
		if (i >= 48)
			assert_int_equal(net_streams(lead), p->streams);
	}
	return lead;
}

static void settles(void **state)
{
	const struct pattern *p = *state;

	run(0, p, 100);
	/* Whatever was before: a stream of the largest frames, either way. */
	run(NET_STREAM_UNIT * NET_STREAM_MOST, p, 100);
	run(-NET_STREAM_UNIT * NET_STREAM_MOST, p, 100);
}

static void numbers_hold(void **state)
{
	__u64 seed = 1;
	__s32 lead = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		lead = net_stream_follow(lead, next_random(&seed), next_random(&seed));
		assert_in_range(lead + NET_STREAM_UNIT * NET_STREAM_MOST, 0,
				2 * NET_STREAM_UNIT * NET_STREAM_MOST);
	}
	for (int i = 0; i < 1000; i++)
		lead = net_stream_follow(lead, ~0u, 0);
	/* A difference of counters that have wrapped is small. */
	assert_true(net_stream_follow(0, 0, 1) < 0);
	assert_true(net_stream_follow(0, 0, ~0u) > 0);
}

int main(void)
{
	add_rows(patterns, settles);
	add_test("no numbers lead astray", numbers_hold, NULL);
	return run_all("stream");
}
