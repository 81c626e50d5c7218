// SPDX-License-Identifier: GPL-2.0
/*
 * partbus contract: what a client was promised, and asking for something
 * else. The kernel never makes a caller wait for a peer; the waiting for the
 * outcome is done here.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "ctl.h"
#include "names.h"

#define WAIT_DEFAULT_SEC	60
#define WAIT_MAX_SEC		3600

void ctl_print_contract(struct ctl *c, const struct pbl_channel *ch)
{
	struct out *o = &c->out;
	char name[32];

	snprintf(name, sizeof(name), "%u", ch->id);
	o->ops->object_start(o, "contract");
	o->ops->name(o, name);
	out_count(o, "channel", ch->id);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_ROLE))
		out_enum(o, "role", ch->role, pbl_role_name(ch->role));
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_RESOURCE))
		o->ops->text(o, "resource", ch->resource);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_DEVICE) && ch->device[0])
		o->ops->text(o, "device", ch->device);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_EPOCH))
		out_count(o, "epoch", ch->epoch);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_NEG_STATE))
		out_enum(o, "negotiation", ch->neg_state, pbl_neg_state_name(ch->neg_state));
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_REASON) && ch->reason[0])
		o->ops->text(o, "reason", ch->reason);
	out_attrs(o, &ch->attrs);
	o->ops->object_end(o);
}

static int contract_show(struct ctl *c, struct args *a)
{
	struct pbl_list list = PBL_LIST(struct pbl_channel);
	const char *which = args_next(a);
	const struct pbl_channel *ch;
	bool found = false;
	int ret = args_end(c, a);

	if (!ret)
		ret = ctl_connect(c);
	if (!ret)
		ret = pbl_channel_list(&c->nl, &list, &c->err);
	if (!ret) {
		c->out.ops->list_start(&c->out, NULL);
		pbl_list_each(ch, &list) {
			if (which && !pbl_channel_match(ch, which))
				continue;
			ctl_print_contract(c, ch);
			found = true;
		}
		c->out.ops->list_end(&c->out);
		if (which && !found)
			ret = pbl_error_set(&c->err, PBL_NOT_FOUND, ENOENT, "channel \"%.64s\"",
					    which);
	}
	pbl_list_free(&list);
	return ret;
}

/* ATTRIBUTE VALUE [least VALUE] ... [wait SECONDS] */
static int parse_wishes(struct ctl *c, struct args *a, struct pbl_attrs *attrs, __u32 *wait_sec)
{
	struct pbl_attr *last = NULL;
	const char *key, *value;
	unsigned int seen = 0;
	int ret;

	while ((ret = args_pair(c, a, &key, &value)) > 0) {
		if (!strcmp(key, "wait")) {
			if (args_once(c, &seen, 0, key) ||
			    pbl_parse_u32(key, value, wait_sec, &c->err))
				return -1;
			if (*wait_sec > WAIT_MAX_SEC)
				return pbl_usage(&c->err, "wait: not longer than %u seconds",
						 WAIT_MAX_SEC);
		} else if (!strcmp(key, "least")) {
			const struct pbl_attr_info *info =
				last ? pbl_attr_by_type(last->type) : NULL;

			if (!info)
				return pbl_usage(&c->err, "least stands behind an attribute");
			if (last->has_least)
				return pbl_usage(&c->err, "least is given twice for %s", info->name);
			if (pbl_parse_unit(info->unit, info->any, "least", value, &last->least,
					   &c->err))
				return -1;
			last->has_least = true;
			if (last->least > last->like)
				return pbl_usage(&c->err, "%s: the least is more than what is wanted",
						 info->name);
		} else {
			bool max = !strcmp(value, "max") && pbl_attr_by_name(key);

			/* As much as there is: a wish, and no number. */
			ret = args_attr(c, key, max ? "0" : value, attrs);
			if (ret > 0 && max)
				attrs->item[attrs->count - 1].like = PARTBUS_ATTR_ANY;
			if (ret < 0)
				return ret;
			if (!ret)
				return args_unknown(c, key);
			last = &attrs->item[attrs->count - 1];
		}
	}
	if (!ret && !attrs->count)
		return pbl_usage(&c->err, "what is wanted is missing: ATTRIBUTE VALUE");
	return ret;
}

struct outcome {
	__u32 channel;
	__u32 request;		/* 0: the kernel does not number them */
	bool known;
	struct pbl_event event;
};

static int outcome_event(struct nlattr *attrs, int length, void *arg)
{
	struct outcome *out = arg;
	struct pbl_event e = { 0 };

	pbl_event_decode(&e, attrs, length);
	if (out->known || !PBL_HAS(&e, PARTBUS_A_EVENT_CHANNEL) || e.channel != out->channel)
		return 0;
	/* Both ends of a local channel report; the asker's word counts. */
	if (PBL_HAS(&e, PARTBUS_A_EVENT_ROLE) && e.role != PARTBUS_ROLE_CLIENT)
		return 0;
	switch (e.kind) {
	case PARTBUS_EVENT_KIND_CHANNEL_STATE:
		/* Nothing more comes of a broken one. */
		if (e.state != PARTBUS_CHANNEL_STATE_BROKEN)
			return 0;
		out->event = e;
		out->known = true;
		break;
	case PARTBUS_EVENT_KIND_CONTRACT_STARTED:
	case PARTBUS_EVENT_KIND_CONTRACT_REFUSED:
	case PARTBUS_EVENT_KIND_CONTRACT_KEPT:
		/* One that was under way before has another outcome. */
		if (out->request && (__s32)(e.request - out->request) < 0)
			return 0;
		/* fall through */
	case PARTBUS_EVENT_KIND_CHANNEL_DEL:
		out->event = e;
		out->known = true;
		break;
	}
	return 0;
}

static long long now_msec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int wait_outcome(struct ctl *c, struct pbl_nl *events, struct outcome *out, __u32 wait_sec)
{
	long long end = now_msec() + 1000LL * wait_sec;

	while (!out->known) {
		long long left = end - now_msec();
		int ret = left > 0 ? pbl_nl_events(events, (int)left, outcome_event, out)
				   : -ETIMEDOUT;

		if (ret == -ETIMEDOUT)
			return pbl_error_set(&c->err, PBL_TIMEOUT, ETIMEDOUT,
					     "no outcome within %u seconds; the negotiation goes on "
					     "(see partbus contract show %u)", wait_sec, out->channel);
		/* Lost events may have been ours, but the clock bounds the wait. */
		if (ret && ret != -ENOBUFS && ret != -EINTR)
			return pbl_error_set(&c->err, PBL_LOCAL, -ret, "no events from the kernel");
	}
	return 0;
}

static int report_outcome(struct ctl *c, const struct outcome *out)
{
	const struct pbl_event *e = &out->event;
	const char *why = e->reason[0] ? e->reason : "no reason was given";

	switch (e->kind) {
	case PARTBUS_EVENT_KIND_CONTRACT_STARTED: {
		struct pbl_list list = PBL_LIST(struct pbl_channel);
		const struct pbl_channel *ch;
		char id[16];
		int ret = pbl_channel_list(&c->nl, &list, &c->err);

		snprintf(id, sizeof(id), "%u", out->channel);
		if (!ret)
			ret = pbl_channel_find(&list, id, &ch, &c->err);
		if (!ret) {
			c->out.ops->list_start(&c->out, NULL);
			ctl_print_contract(c, ch);
			c->out.ops->list_end(&c->out);
		}
		pbl_list_free(&list);
		return ret;
	}
	case PARTBUS_EVENT_KIND_CONTRACT_KEPT:
		return pbl_error_set(&c->err, PBL_OTHERWISE, 0,
				     "the old contract goes on: %.250s", why);
	case PARTBUS_EVENT_KIND_CONTRACT_REFUSED:
		return pbl_error_set(&c->err, PBL_REFUSED, 0, "the provider refused: %.250s", why);
	case PARTBUS_EVENT_KIND_CHANNEL_STATE:
		return pbl_error_set(&c->err, PBL_NOT_FOUND, 0,
				     "the channel broke meanwhile: %.250s", why);
	default:
		return pbl_error_set(&c->err, PBL_NOT_FOUND, ENOENT,
				     "the channel went away meanwhile: %.250s", why);
	}
}

static int contract_request(struct ctl *c, struct args *a)
{
	struct pbl_list list = PBL_LIST(struct pbl_channel);
	struct pbl_attrs attrs = { 0 };
	struct pbl_nl events;
	struct outcome out = { 0 };
	const char *which = args_need(c, a, "the channel (a number or a device)");
	const struct pbl_channel *ch;
	__u32 wait_sec = WAIT_DEFAULT_SEC;
	int ret = which ? parse_wishes(c, a, &attrs, &wait_sec) : -1;

	if (!ret)
		ret = ctl_connect(c);
	if (!ret)
		ret = pbl_channel_list(&c->nl, &list, &c->err);
	if (!ret)
		ret = pbl_channel_find(&list, which, &ch, &c->err);
	if (!ret)
		out.channel = ch->id;
	pbl_list_free(&list);
	if (ret)
		return ret;
	if (!wait_sec)
		return pbl_contract_request(&c->nl, out.channel, &attrs, &out.request, &c->err);

	/* Listening begins before asking: the outcome may come at once. */
	ret = c->open(&events, &c->err);
	if (ret)
		return ret;
	ret = pbl_nl_subscribe(&events, &c->err);
	if (!ret)
		ret = pbl_contract_request(&c->nl, out.channel, &attrs, &out.request, &c->err);
	if (!ret)
		ret = wait_outcome(c, &events, &out, wait_sec);
	if (!ret)
		ret = report_outcome(c, &out);
	pbl_nl_close(&events);
	return ret;
}

static const struct ctl_command commands[] = {
	{ "show", "[CHANNEL | DEVICE | RESOURCE]", "Print the contracts in force.", contract_show },
	{ "request", "CHANNEL ATTRIBUTE VALUE|max [least VALUE] ... [wait SECONDS]",
	  "Ask for another contract as the client and wait for the outcome (60 s unless told; "
	  "0 for not at all).", contract_request },
	{ 0 }
};

const struct ctl_object ctl_contract = {
	"contract", "what clients were promised", commands, "show", false,
};
