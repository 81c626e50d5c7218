// SPDX-License-Identifier: GPL-2.0
/* Who streams and who awaits replies: what a provider of networks makes of its polls. */
#include "harness.h"

#include <vsp_net/stream.h>

/* Bytes of a frame in one poll of the queue that is looked at, 0 for none. */
struct poll {
	__u32 sent, got;		/* over the queue itself */
	__u32 other_sent, other_got;	/* over another meanwhile */
};

/* A few polls, again and again. */
static const struct pattern {
	const char *sentence;
	bool streams;
	int polls;
	struct poll poll[4];
} patterns[] = {
	{ "nothing at all is no stream", false, 1, { { 0, 0, 0, 0 } } },
	{ "requests and replies in turn are none", false, 1, { { 64, 64, 0, 0 } } },
	{ "replies that come a poll later are none", false, 2,
	  { { 64, 0, 0, 0 }, { 0, 64, 0, 0 } } },
	{ "with acknowledgements of replies neither", false, 2,
	  { { 64, 0, 0, 0 }, { 64, 64, 0, 0 } } },
	{ "two requests and two replies neither", false, 4,
	  { { 64, 0, 0, 0 }, { 64, 0, 0, 0 }, { 0, 64, 0, 0 }, { 0, 64, 0, 0 } } },
	{ "replies over another queue make none", false, 1, { { 64, 0, 0, 64 } } },
	{ "requests over another queue make none", false, 1, { { 0, 64, 64, 0 } } },
	{ "requests and replies on two queues make none", false, 1, { { 64, 64, 64, 64 } } },
	{ "nor do they beside a stream of another queue", false, 1, { { 64, 64, 64, 65000 } } },
	{ "small frames one way are one", true, 1, { { 64, 0, 0, 0 } } },
	{ "also beside requests and replies of another queue", true, 1, { { 64, 0, 64, 64 } } },
	{ "large ones with acknowledgements are", true, 2,
	  { { 65000, 0, 0, 0 }, { 65000, 64, 0, 0 } } },
	{ "large ones to the client are", true, 1, { { 64, 65000, 0, 0 } } },
	{ "and are where it acknowledges over another queue", true, 1, { { 0, 65000, 64, 0 } } },
};

static void count(struct net_stream_count *c, __u32 sent, __u32 got)
{
	c->sent += sent ? net_stream_weight(sent) : 0;
	c->got += got ? net_stream_weight(got) : 0;
}

static void run(struct net_stream *s, const struct pattern *p)
{
	struct net_stream_count own = s->own.last, all = s->all.last;
	bool streams;

	for (int i = 0; i < 100 * p->polls; i++) {
		const struct poll *poll = &p->poll[i % p->polls];

		count(&own, poll->sent, poll->got);
		count(&all, poll->sent, poll->got);
		count(&all, poll->other_sent, poll->other_got);
		streams = net_stream_follow(s, &own, &all);
		if (i >= 48)
			assert_int_equal(streams, p->streams);
	}
}

static void settles(void **state)
{
	/* Counters that are about to wrap. */
	const struct net_stream_count own = { .sent = -20, .got = -10 }, all = { .sent = -30 };
	const int most = NET_STREAM_UNIT * NET_STREAM_MOST;
	struct net_stream s;

	for (int before = -most; before <= most; before += most) {
		net_stream_begin(&s, &own, &all);
		/* Whatever was before: the largest stream, either way. */
		s.own.lead = before;
		s.all.lead = before;
		run(&s, *state);
	}
}

static void numbers_hold(void **state)
{
	const int most = NET_STREAM_UNIT * NET_STREAM_MOST;
	struct net_stream_count own = {}, all = {};
	struct net_stream s = {};
	__u64 seed = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		own.sent += next_random(&seed);
		own.got += next_random(&seed);
		all.sent += next_random(&seed) % 100;
		net_stream_follow(&s, &own, &all);
		assert_in_range(s.own.lead + most, 0, 2 * most);
		assert_in_range(s.all.lead + most, 0, 2 * most);
	}
}

static void begins_anew(void **state)
{
	const struct net_stream_count much = { .sent = 1000000, .got = 5 };
	struct net_stream s;

	(void)state;
	net_stream_begin(&s, &much, &much);
	assert_false(net_stream_follow(&s, &much, &much));
	assert_int_equal(s.own.lead, 0);
	assert_int_equal(s.all.lead, 0);
}

int main(void)
{
	add_rows(patterns, settles);
	add_test("no numbers lead astray", numbers_hold, NULL);
	add_test("what went before a beginning does not count", begins_anew, NULL);
	return run_all("stream");
}
