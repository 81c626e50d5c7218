// SPDX-License-Identifier: GPL-2.0
/* partbus stat: what goes through the channels. */
#include <string.h>
#include <time.h>

#include "ctl.h"
#include "names.h"

#define INTERVAL_MAX_SEC	3600

static struct pbl_queue total(const struct pbl_channel *ch)
{
	struct pbl_queue t = { 0 };

	for (unsigned int i = 0; i < ch->queue_count; i++) {
		const struct pbl_queue *q = &ch->queue[i];

		t.requests += q->requests;
		t.bytes += q->bytes;
		t.errors += q->errors;
		t.in_flight += q->in_flight;
		t.throttled += q->throttled;
	}
	return t;
}

static void print_head(struct ctl *c, const struct pbl_channel *ch)
{
	struct out *o = &c->out;
	char name[32];

	snprintf(name, sizeof(name), "%u", ch->id);
	o->ops->object_start(o, "channel");
	o->ops->name(o, name);
	out_count(o, "id", ch->id);
	out_enum(o, "role", ch->role, pbl_role_name(ch->role));
	if (ch->device[0])
		o->ops->text(o, "device", ch->device);
	else
		o->ops->text(o, "resource", ch->resource);
	out_enum(o, "state", ch->state, pbl_channel_state_name(ch->state));
}

/*
 * The time within which @permille of the requests ended: the end of the bucket
 * in which that one is, so that it may be stated up to twice too long.
 */
static __u64 latency_usec(const struct pbl_latency *l, unsigned int permille)
{
	__u64 total = 0, seen = 0;
	unsigned int i;

	for (i = 0; i < l->count; i++)
		total += l->bucket[i];
	for (i = 0; i + 1 < l->count; i++) {
		seen += l->bucket[i];
		if (seen * 1000 >= total * permille)
			break;
	}
	return ((__u64)1024 << i) / 1000;
}

static bool latency_any(const struct pbl_latency *l)
{
	for (unsigned int i = 0; i < l->count; i++) {
		if (l->bucket[i])
			return true;
	}
	return false;
}

static void print_latency(struct out *o, const struct pbl_latency *l)
{
	if (!latency_any(l))
		return;
	out_count(o, "p50_usec", latency_usec(l, 500));
	out_count(o, "p99_usec", latency_usec(l, 990));
	out_count(o, "p999_usec", latency_usec(l, 999));
}

/* What was added since; of a channel that was opened again, all. */
static struct pbl_latency latency_since(const struct pbl_latency *now,
					const struct pbl_latency *then)
{
	struct pbl_latency l = *now;

	for (unsigned int i = 0; i < now->count && i < then->count; i++) {
		if (now->bucket[i] < then->bucket[i])
			return *now;
		l.bucket[i] -= then->bucket[i];
	}
	return l;
}

static void print_histogram(struct out *o, const struct pbl_latency *l)
{
	if (!latency_any(l))
		return;
	o->ops->list_start(o, "latency");
	for (unsigned int i = 0; i < l->count; i++) {
		if (!l->bucket[i])
			continue;
		o->ops->object_start(o, "latency");
		out_count(o, "below_usec", ((__u64)1024 << i) / 1000);
		out_count(o, "requests", l->bucket[i]);
		o->ops->object_end(o);
	}
	o->ops->list_end(o);
}

static void print_counters(struct ctl *c, const struct pbl_channel *ch)
{
	struct out *o = &c->out;
	struct pbl_queue t = total(ch);

	print_head(c, ch);
	o->ops->line(o);
	out_count(o, "requests", t.requests);
	out_count(o, "bytes", t.bytes);
	out_count(o, "errors", t.errors);
	if (ch->class != PARTBUS_CLASS_NET)
		out_count(o, "in_flight", t.in_flight);
	out_count(o, "throttled", t.throttled);
	out_count(o, "violations", ch->violations);
	out_count(o, "renegotiations", ch->renegotiations);
	if (latency_any(&ch->latency))
		o->ops->line(o);
	print_latency(o, &ch->latency);
	o->ops->line(o);
	o->ops->list_start(o, "queues");
	for (unsigned int i = 0; i < ch->queue_count; i++)
		ctl_print_queue(c, ch, &ch->queue[i]);
	o->ops->list_end(o);
	print_histogram(o, &ch->latency);
	o->ops->object_end(o);
}

/* Is there what @which names, or anything goes? */
static int check_match(struct ctl *c, const struct pbl_list *list, const char *which)
{
	const struct pbl_channel *ch;

	if (!which)
		return 0;
	pbl_list_each(ch, list) {
		if (pbl_channel_match(ch, which))
			return 0;
	}
	return pbl_error_set(&c->err, PBL_NOT_FOUND, 2, "channel \"%.64s\"", which);
}

static int stat_show(struct ctl *c, struct args *a)
{
	struct pbl_list list = PBL_LIST(struct pbl_channel);
	const char *which = args_next(a);
	const struct pbl_channel *ch;
	int ret = args_end(c, a);

	if (!ret)
		ret = ctl_connect(c);
	if (!ret)
		ret = pbl_channel_list(&c->nl, &list, &c->err);
	if (!ret)
		ret = check_match(c, &list, which);
	if (!ret) {
		c->out.ops->list_start(&c->out, NULL);
		pbl_list_each(ch, &list) {
			if (!which || pbl_channel_match(ch, which))
				print_counters(c, ch);
		}
		c->out.ops->list_end(&c->out);
	}
	pbl_list_free(&list);
	return ret;
}

static const struct pbl_channel *same(const struct pbl_list *list, const struct pbl_channel *as)
{
	const struct pbl_channel *ch;

	pbl_list_each(ch, list) {
		if (ch->id == as->id && ch->role == as->role)
			return ch;
	}
	return NULL;
}

static __u64 per_sec(__u64 now, __u64 then, __u64 msec)
{
	/* A counter that went back belongs to a channel that was opened again. */
	return now < then || !msec ? 0 :
		(__u64)((double)(now - then) * 1000.0 / (double)msec + 0.5);
}

static void print_rates(struct ctl *c, const struct pbl_channel *ch, const struct pbl_channel *old,
			__u64 msec)
{
	struct out *o = &c->out;
	struct pbl_queue now = total(ch), then = total(old);
	struct pbl_latency latency = latency_since(&ch->latency, &old->latency);

	print_head(c, ch);
	out_count(o, "requests_per_sec", per_sec(now.requests, then.requests, msec));
	out_count(o, "bytes_per_sec", per_sec(now.bytes, then.bytes, msec));
	out_count(o, "throttled_per_sec", per_sec(now.throttled, then.throttled, msec));
	out_count(o, "errors", now.errors);
	if (ch->class != PARTBUS_CLASS_NET)
		out_count(o, "in_flight", now.in_flight);
	print_latency(o, &latency);
	o->ops->object_end(o);
}

static long long now_msec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void sleep_sec(__u32 sec)
{
	struct timespec t = { .tv_sec = sec };

	nanosleep(&t, NULL);
}

static int watch_loop(struct ctl *c, const char *which, __u32 interval, __u32 count)
{
	struct pbl_list lists[2] = { PBL_LIST(struct pbl_channel), PBL_LIST(struct pbl_channel) };
	const struct pbl_channel *ch, *old;
	long long then, now;
	int at = 0, ret = pbl_channel_list(&c->nl, &lists[0], &c->err);

	/* One that goes later may come back: only who is not there at all is a mistake. */
	if (!ret)
		ret = check_match(c, &lists[0], which);
	if (ret)
		goto out;
	c->out.lines = true;
	c->out.ops->list_start(&c->out, NULL);
	then = now_msec();
	for (__u32 i = 0; !ret && !ferror(c->out.file) && (!count || i < count); i++) {
		sleep_sec(interval);
		at = !at;
		pbl_list_clear(&lists[at]);
		ret = pbl_channel_list(&c->nl, &lists[at], &c->err);
		if (ret)
			break;
		now = now_msec();
		pbl_list_each(ch, &lists[at]) {
			if (which && !pbl_channel_match(ch, which))
				continue;
			old = same(&lists[!at], ch);
			print_rates(c, ch, old ? old : ch, now - then);
		}
		fflush(c->out.file);
		then = now;
	}
	c->out.ops->list_end(&c->out);
out:
	pbl_list_free(&lists[0]);
	pbl_list_free(&lists[1]);
	return ret;
}

static int stat_watch(struct ctl *c, struct args *a)
{
	const char *which = NULL, *key, *value;
	__u32 interval = 1, count = 0;
	unsigned int seen = 0;
	int ret;

	/* An odd number of words left: the first is the channel. */
	if ((a->count - a->at) % 2)
		which = args_next(a);
	while ((ret = args_pair(c, a, &key, &value)) > 0) {
		if (!strcmp(key, "interval"))
			ret = args_once(c, &seen, 0, key) ||
			      pbl_parse_u32(key, value, &interval, &c->err);
		else if (!strcmp(key, "count"))
			ret = args_once(c, &seen, 1, key) ||
			      pbl_parse_u32(key, value, &count, &c->err);
		else
			ret = args_unknown(c, key);
		if (ret)
			return -1;
	}
	if (!interval || interval > INTERVAL_MAX_SEC)
		return pbl_usage(&c->err, "interval: from 1 to %d seconds", INTERVAL_MAX_SEC);
	ret = ctl_connect(c);
	return ret ? ret : watch_loop(c, which, interval, count);
}

static const struct ctl_command commands[] = {
	{ "show", "[CHANNEL | DEVICE | RESOURCE]", "Print counters.", stat_show },
	{ "watch", "[CHANNEL | DEVICE | RESOURCE] [interval SECONDS] [count NUMBER]",
	  "Print rates every second, or every so many, until interrupted.", stat_watch },
	{ 0 }
};

const struct ctl_object ctl_stat = {
	"stat", "what goes through the channels", commands, "show", true,
};
