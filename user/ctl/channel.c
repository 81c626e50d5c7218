// SPDX-License-Identifier: GPL-2.0
/* partbus channel: the ends of channels in this kernel. */
#include "ctl.h"
#include "names.h"

void ctl_print_queue(struct ctl *c, const struct pbl_channel *ch, const struct pbl_queue *q)
{
	struct out *o = &c->out;

	o->ops->object_start(o, "queue");
	out_count(o, "index", q->index);
	if (PBL_HAS(q, PARTBUS_A_QUEUE_REQUESTS))
		out_count(o, "requests", q->requests);
	if (PBL_HAS(q, PARTBUS_A_QUEUE_BYTES))
		/* A counter, not a size: no suffix, whatever it is divisible by. */
		out_count(o, "bytes", q->bytes);
	if (PBL_HAS(q, PARTBUS_A_QUEUE_ERRORS))
		out_count(o, "errors", q->errors);
	/* Slots for frames to come are always in flight: a NIC has no such number. */
	if (ch->class != PARTBUS_CLASS_NET && PBL_HAS(q, PARTBUS_A_QUEUE_IN_FLIGHT))
		out_count(o, "in_flight", q->in_flight);
	if (PBL_HAS(q, PARTBUS_A_QUEUE_THROTTLED))
		out_count(o, "throttled", q->throttled);
	if (PBL_HAS(q, PARTBUS_A_QUEUE_DOORBELLS_SENT))
		out_count(o, "doorbells_sent", q->doorbells_sent);
	if (PBL_HAS(q, PARTBUS_A_QUEUE_DOORBELLS_RECEIVED))
		out_count(o, "doorbells_received", q->doorbells_received);
	if (PBL_HAS(q, PARTBUS_A_QUEUE_REARMS))
		out_count(o, "rearms", q->rearms);
	o->ops->object_end(o);
}

void ctl_print_channel(struct ctl *c, const struct pbl_channel *ch,
		       const struct pbl_list *partitions)
{
	struct out *o = &c->out;
	char name[32];

	snprintf(name, sizeof(name), "%u", ch->id);
	o->ops->object_start(o, "channel");
	o->ops->name(o, name);
	out_count(o, "id", ch->id);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_ROLE))
		out_enum(o, "role", ch->role, pbl_role_name(ch->role));
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_CLASS))
		out_enum(o, "class", ch->class, pbl_class_name(ch->class));
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_PEER))
		ctl_print_peer(c, "peer", ch->peer, partitions);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_RESOURCE))
		o->ops->text(o, "resource", ch->resource);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_STATE))
		out_enum(o, "state", ch->state, pbl_channel_state_name(ch->state));
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_DEVICE) && ch->device[0])
		o->ops->text(o, "device", ch->device);
	o->ops->line(o);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_NEG_STATE))
		out_enum(o, "negotiation", ch->neg_state, pbl_neg_state_name(ch->neg_state));
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_EPOCH))
		out_count(o, "epoch", ch->epoch);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_RENEGOTIATIONS))
		out_count(o, "renegotiations", ch->renegotiations);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_VIOLATIONS))
		out_count(o, "violations", ch->violations);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_REASON) && ch->reason[0])
		o->ops->text(o, "reason", ch->reason);
	o->ops->line(o);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_UUID))
		out_uuid(o, "uuid", ch->uuid);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_SECTION_BYTES))
		out_number(o, "section_bytes", ch->section_bytes, PBL_UNIT_BYTES);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_LINE_IN))
		out_count(o, "line_in", ch->line_in);
	if (PBL_HAS(ch, PARTBUS_A_CHANNEL_LINE_OUT))
		out_count(o, "line_out", ch->line_out);
	if (c->stats && ch->queue_count) {
		o->ops->line(o);
		o->ops->list_start(o, "queues");
		for (unsigned int i = 0; i < ch->queue_count; i++)
			ctl_print_queue(c, ch, &ch->queue[i]);
		o->ops->list_end(o);
	}
	o->ops->object_end(o);
}

static int channel_show(struct ctl *c, struct args *a)
{
	struct pbl_list list = PBL_LIST(struct pbl_channel);
	struct pbl_list partitions = PBL_LIST(struct pbl_partition);
	const char *which = args_next(a);
	const struct pbl_channel *ch;
	bool found = false;
	int ret = args_end(c, a);

	if (!ret)
		ret = ctl_connect(c);
	if (!ret)
		ret = pbl_channel_list(&c->nl, &list, &c->err);
	if (!ret) {
		ctl_partition_names(c, &partitions);
		c->out.ops->list_start(&c->out, NULL);
		pbl_list_each(ch, &list) {
			if (which && !pbl_channel_match(ch, which))
				continue;
			ctl_print_channel(c, ch, &partitions);
			found = true;
		}
		c->out.ops->list_end(&c->out);
		if (which && !found)
			ret = pbl_error_set(&c->err, PBL_NOT_FOUND, 2, "channel \"%.64s\"", which);
	}
	pbl_list_free(&partitions);
	pbl_list_free(&list);
	return ret;
}

static const struct ctl_command commands[] = {
	{ "show", "[ID | DEVICE | RESOURCE]",
	  "Print the ends of channels in this kernel; a local channel has two.", channel_show },
	{ 0 }
};

const struct ctl_object ctl_channel = {
	"channel", "connections of clients to resources", commands, "show", false,
};
