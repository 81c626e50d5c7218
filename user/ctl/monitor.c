// SPDX-License-Identifier: GPL-2.0
/* partbus monitor: what changes, as it changes. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "ctl.h"
#include "names.h"

void ctl_print_event(struct ctl *c, const struct pbl_event *e)
{
	struct out *o = &c->out;

	o->ops->object_start(o, "event");
	out_enum(o, "kind", e->kind, pbl_event_kind_name(e->kind));
	if (PBL_HAS(e, PARTBUS_A_EVENT_NAME))
		o->ops->text(o, "name", e->name);
	if (PBL_HAS(e, PARTBUS_A_EVENT_PARTITION))
		out_count(o, "partition", e->partition);
	if (PBL_HAS(e, PARTBUS_A_EVENT_CHANNEL))
		out_count(o, "channel", e->channel);
	if (PBL_HAS(e, PARTBUS_A_EVENT_ROLE))
		out_enum(o, "role", e->role, pbl_role_name(e->role));
	if (PBL_HAS(e, PARTBUS_A_EVENT_OLD_STATE))
		out_enum(o, "old_state", e->old_state, pbl_event_state_name(e, e->old_state));
	if (PBL_HAS(e, PARTBUS_A_EVENT_STATE))
		out_enum(o, "state", e->state, pbl_event_state_name(e, e->state));
	if (PBL_HAS(e, PARTBUS_A_EVENT_EPOCH))
		out_count(o, "epoch", e->epoch);
	if (PBL_HAS(e, PARTBUS_A_EVENT_REASON) && e->reason[0])
		o->ops->text(o, "reason", e->reason);
	if (PBL_HAS(e, PARTBUS_A_EVENT_REQUEST))
		out_count(o, "request", e->request);
	o->ops->object_end(o);
}

struct monitor {
	struct ctl *c;
	__u32 count;
	__u32 seen;
};

static int print_one(struct nlattr *attrs, int length, void *arg)
{
	struct monitor *m = arg;
	struct pbl_event e = { 0 };

	if (m->count && m->seen >= m->count)
		return 0;
	pbl_event_decode(&e, attrs, length);
	ctl_print_event(m->c, &e);
	fflush(m->c->out.file);
	m->seen++;
	return 0;
}

static long long now_msec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int monitor(struct ctl *c, struct args *a)
{
	struct monitor m = { .c = c };
	struct pbl_nl events;
	const char *key, *value;
	unsigned int seen = 0;
	__u32 wait_sec = 0;
	long long end;
	int ret;

	while ((ret = args_pair(c, a, &key, &value)) > 0) {
		if (!strcmp(key, "count"))
			ret = args_once(c, &seen, 0, key) ||
			      pbl_parse_u32(key, value, &m.count, &c->err);
		else if (!strcmp(key, "wait"))
			ret = args_once(c, &seen, 1, key) ||
			      pbl_parse_u32(key, value, &wait_sec, &c->err);
		else
			ret = args_unknown(c, key);
		if (ret)
			return -1;
	}
	if (ret)
		return ret;
	ret = c->open(&events, &c->err);
	if (ret)
		return ret;
	ret = pbl_nl_subscribe(&events, &c->err);
	c->out.lines = true;
	c->out.ops->list_start(&c->out, NULL);
	end = now_msec() + 1000LL * wait_sec;
	while (!ret && (!m.count || m.seen < m.count)) {
		long long left = wait_sec ? end - now_msec() : -1;

		if (wait_sec && left <= 0)
			ret = -ETIMEDOUT;
		else
			ret = pbl_nl_events(&events, left > 0x7fffffff ? 0x7fffffff : (int)left,
					    print_one, &m);
		/* A reader of the pipe that is gone ends the watch. */
		if (ferror(c->out.file))
			break;
		if (ret == -ENOBUFS) {
			/* Who follows states must read them anew. */
			c->out.ops->object_start(&c->out, "event");
			c->out.ops->text(&c->out, "kind", "lost");
			c->out.ops->text(&c->out, "reason",
					 "events came faster than they were read");
			c->out.ops->object_end(&c->out);
			fflush(c->out.file);
			ret = 0;
		} else if (ret == -ETIMEDOUT) {
			/* Time is up: an error only for who waits for a number of events. */
			ret = 0;
			if (m.count)
				ret = pbl_error_set(&c->err, PBL_TIMEOUT, ETIMEDOUT,
						    "%u of %u events came", m.seen, m.count);
			break;
		} else if (ret && !c->err.exit) {
			pbl_error_set(&c->err, PBL_LOCAL, -ret, "no events from the kernel");
		}
	}
	c->out.ops->list_end(&c->out);
	pbl_nl_close(&events);
	return ret;
}

static const struct ctl_command commands[] = {
	{ "", "[count NUMBER] [wait SECONDS]",
	  "Print events until interrupted, or NUMBER of them, or for SECONDS.", monitor },
	{ 0 }
};

const struct ctl_object ctl_monitor = {
	"monitor", "what changes, as it changes", commands, "", true,
};
