// SPDX-License-Identifier: GPL-2.0
/* Following the kernel's partitions. */
#include "reconcile.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "names.h"
#include "object.h"

#define LOOK_MSEC	10000	/* when nothing happens: modules may be reloaded */
#define WAIT_MSEC	2000	/* for modules to be loaded */
#define EVENT_BATCH	64

static void drop_connection(struct pbd_reconcile *r)
{
	if (!r->connected)
		return;
	r->connected = false;
	pbd_watch_remove(r->loop, &r->watch);
	pbl_nl_close(&r->events);
	pbl_nl_close(&r->query);
}

static int make_connection(struct pbd_reconcile *r, struct pbl_error *err)
{
	int ret = pbl_nl_open(&r->query, err);

	if (ret)
		return ret;
	ret = pbl_nl_open(&r->events, err);
	if (ret)
		goto err_query;
	/* Before the first look, so that nothing falls between the two. */
	ret = pbl_nl_subscribe(&r->events, err);
	if (ret)
		goto err_events;
	r->watch.fd = r->events.fd;
	ret = pbd_watch_add(r->loop, &r->watch, EPOLLIN);
	if (ret) {
		pbl_error_set(err, PBL_LOCAL, -ret, "events cannot be watched");
		goto err_events;
	}
	r->connected = true;
	return 0;

err_events:
	pbl_nl_close(&r->events);
err_query:
	pbl_nl_close(&r->query);
	return ret;
}

static int look(struct pbd_reconcile *r, struct pbl_error *err)
{
	struct pbl_list list = PBL_LIST(struct pbl_partition);
	const struct pbl_partition *p;
	int ret = pbl_partition_list(&r->query, &list, err);

	if (!ret) {
		pbd_server_list_begin(r->server);
		pbl_list_each(p, &list)
			pbd_server_list_one(r->server, p->name, p->id);
		pbd_server_list_end(r->server);
	}
	pbl_list_free(&list);
	return ret;
}

static void reconcile(struct pbd_timer *timer)
{
	struct pbd_reconcile *r = timer->arg;
	struct pbl_error err = { 0 };
	int ret = r->connected ? 0 : make_connection(r, &err);

	if (!ret)
		ret = look(r, &err);
	if (!ret) {
		if (r->complained)
			pbd_log(LOG_NOTICE, "the kernel answers again");
		r->complained = false;
		pbd_timer_set(r->loop, &r->timer, LOOK_MSEC);
		return;
	}
	if (!r->complained) {
		char line[512];

		pbl_error_line(&err, line, sizeof(line));
		pbd_log(LOG_WARNING, "%s; trying again every %d s", line, WAIT_MSEC / 1000);
		r->complained = true;
	}
	/* An unloaded module takes its partitions with it. */
	if (err.exit == PBL_NO_KERNEL || ret == -ENOENT) {
		pbd_server_list_begin(r->server);
		pbd_server_list_end(r->server);
	}
	drop_connection(r);
	pbd_timer_set(r->loop, &r->timer, WAIT_MSEC);
}

static int one_event(struct nlattr *attrs, int length, void *arg)
{
	struct pbd_reconcile *r = arg;
	struct pbl_event e = { 0 };

	pbl_event_decode(&e, attrs, length);
	switch (e.kind) {
	case PARTBUS_EVENT_KIND_PARTITION_NEW:
	case PARTBUS_EVENT_KIND_PARTITION_DEL:
		pbd_timer_set(r->loop, &r->timer, 0);
		break;
	case PARTBUS_EVENT_KIND_PARTITION_STATE: {
		const char *state = pbl_partition_state_name(e.state);

		/* A guest that resets in a loop must not fill the log. */
		pbd_log_limited(LOG_INFO, "partition %s: %s%s%s", e.name,
				state ? state : "in an unknown state", e.reason[0] ? ": " : "",
				e.reason);
		break;
	}
	}
	return 0;
}

static void events_ready(struct pbd_watch *watch, unsigned int events)
{
	struct pbd_reconcile *r = watch->arg;

	(void)events;
	for (int i = 0; i < EVENT_BATCH; i++) {
		int ret = pbl_nl_events(&r->events, 0, one_event, r);

		if (ret == -ETIMEDOUT)
			return;
		if (ret) {
			/* Lost some, or worse: the list tells. */
			pbd_timer_set(r->loop, &r->timer, 0);
			if (ret != -ENOBUFS)
				drop_connection(r);
			return;
		}
	}
}

void pbd_reconcile_start(struct pbd_reconcile *r, struct pbd_loop *loop,
			 struct pbd_server *server)
{
	memset(r, 0, sizeof(*r));
	r->loop = loop;
	r->server = server;
	r->watch.ready = events_ready;
	r->watch.arg = r;
	r->timer.expired = reconcile;
	r->timer.arg = r;
	reconcile(&r->timer);
}

void pbd_reconcile_stop(struct pbd_reconcile *r)
{
	pbd_timer_cancel(r->loop, &r->timer);
	drop_connection(r);
}
