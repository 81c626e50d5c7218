// SPDX-License-Identifier: GPL-2.0
/* partbus graph: who provides what to whom, as a tree or as DOT. */
#include <string.h>

#include "ctl.h"
#include "names.h"

struct graph {
	struct pbl_list partitions;
	struct pbl_list resources;
	struct pbl_list offers;
	struct pbl_list channels;
};

static int read_graph(struct ctl *c, struct graph *g)
{
	struct pbl_error ignored;
	int ret = pbl_resource_list(&c->nl, &g->resources, &c->err);

	if (!ret)
		ret = pbl_channel_list(&c->nl, &g->channels, &c->err);
	if (ret)
		return ret;
	/* A guest has no partitions and makes no offers from a database of its own. */
	ctl_partition_names(c, &g->partitions);
	if (pbl_offer_list(&c->nl, &g->offers, &ignored))
		pbl_list_clear(&g->offers);
	return 0;
}

static void free_graph(struct graph *g)
{
	pbl_list_free(&g->partitions);
	pbl_list_free(&g->resources);
	pbl_list_free(&g->offers);
	pbl_list_free(&g->channels);
}

/* An offer's channel, as @role sees it, if that end is in this kernel. */
static const struct pbl_channel *end_of(const struct graph *g, const struct pbl_offer *o,
					__u32 role)
{
	const struct pbl_channel *ch;

	if (!o->channel)
		return NULL;
	pbl_list_each(ch, &g->channels) {
		if (ch->id == o->channel && ch->role == role && !strcmp(ch->resource, o->resource))
			return ch;
	}
	return NULL;
}

/* The server's end tells more: it is there first. */
static const struct pbl_channel *channel_of(const struct graph *g, const struct pbl_offer *o)
{
	const struct pbl_channel *ch = end_of(g, o, PARTBUS_ROLE_SERVER);

	return ch ? ch : end_of(g, o, PARTBUS_ROLE_CLIENT);
}

/* What a NIC's frames go through; a disk's is its backing. */
static const char *port_of(const struct pbl_channel *ch)
{
	return ch && ch->role == PARTBUS_ROLE_SERVER && ch->class == PARTBUS_CLASS_NET ?
	       ch->device : "";
}

static void print_clients(struct ctl *c, const struct graph *g, const struct pbl_resource *r)
{
	struct out *o = &c->out;
	const struct pbl_offer *of;

	o->ops->list_start(o, "clients");
	pbl_list_each(of, &g->offers) {
		const struct pbl_channel *ch = channel_of(g, of);

		if (strcmp(of->resource, r->name))
			continue;
		o->ops->object_start(o, "client");
		ctl_print_peer(c, "name", of->partition, &g->partitions);
		if (of->channel)
			out_count(o, "channel", of->channel);
		if (ch)
			out_enum(o, "state", ch->state, pbl_channel_state_name(ch->state));
		out_switch(o, "pending", of->pending);
		if (port_of(ch)[0])
			o->ops->text(o, "port", port_of(ch));
		if (of->place[0])
			o->ops->text(o, "bridge", of->place);
		o->ops->object_end(o);
	}
	o->ops->list_end(o);
}

/*
 * Clients' ends of ours that no offer here is about: the host of this kernel, of which
 * it is a guest, offered them.
 */
static bool from_outside(const struct graph *g, const struct pbl_channel *ch)
{
	const struct pbl_offer *of;

	if (ch->role != PARTBUS_ROLE_CLIENT)
		return false;
	pbl_list_each(of, &g->offers) {
		if (end_of(g, of, PARTBUS_ROLE_CLIENT) == ch)
			return false;
		/* One whose channel is about to go has none any more. */
		if (of->partition == PARTBUS_ROOT_ID && !of->channel &&
		    !strcmp(of->resource, ch->resource))
			return false;
	}
	return true;
}

static void print_use(struct ctl *c, const char *resource, __u32 channel,
		      const struct pbl_channel *ch)
{
	struct out *o = &c->out;

	o->ops->object_start(o, "uses");
	o->ops->text(o, "name", resource);
	if (channel)
		out_count(o, "channel", channel);
	if (ch && ch->device[0])
		o->ops->text(o, "device", ch->device);
	o->ops->object_end(o);
}

static void print_outside(struct ctl *c, const struct graph *g)
{
	const struct pbl_channel *ch;

	pbl_list_each(ch, &g->channels) {
		if (from_outside(g, ch))
			print_use(c, ch->resource, ch->id, ch);
	}
}

static void print_node(struct ctl *c, const struct graph *g, __u32 id, const char *name,
		       const struct pbl_partition *p)
{
	struct out *o = &c->out;
	const struct pbl_resource *r;
	const struct pbl_offer *of;

	o->ops->object_start(o, "partition");
	o->ops->text(o, "name", name);
	if (p)
		out_enum(o, "state", p->state, pbl_partition_state_name(p->state));
	o->ops->list_start(o, "resources");
	pbl_list_each(r, &g->resources) {
		if (r->provider != id)
			continue;
		o->ops->object_start(o, "provides");
		o->ops->text(o, "name", r->name);
		out_enum(o, "class", r->class, pbl_class_name(r->class));
		out_enum(o, "state", r->state, pbl_resource_state_name(r->state));
		if (r->backing[0])
			o->ops->text(o, "backing", r->backing);
		print_clients(c, g, r);
		o->ops->object_end(o);
	}
	o->ops->list_end(o);
	o->ops->list_start(o, "uses");
	pbl_list_each(of, &g->offers) {
		if (of->partition == id)
			print_use(c, of->resource, of->channel,
				  end_of(g, of, PARTBUS_ROLE_CLIENT));
	}
	if (id == PARTBUS_ROOT_ID)
		print_outside(c, g);
	o->ops->list_end(o);
	o->ops->object_end(o);
}

/* A guest does not know what its host calls it. */
static const char *own_name(const struct graph *g)
{
	return pbl_is_host(&g->partitions) ? "root" : "(this)";
}

static int graph_tree(struct ctl *c, struct args *a)
{
	struct graph g = { PBL_LIST(struct pbl_partition), PBL_LIST(struct pbl_resource),
			   PBL_LIST(struct pbl_offer), PBL_LIST(struct pbl_channel) };
	const struct pbl_partition *p;
	int ret = args_end(c, a);

	if (!ret)
		ret = ctl_connect(c);
	if (!ret)
		ret = read_graph(c, &g);
	if (!ret) {
		c->out.ops->list_start(&c->out, NULL);
		print_node(c, &g, PARTBUS_ROOT_ID, own_name(&g), NULL);
		pbl_list_each(p, &g.partitions) {
			if (p->id != PARTBUS_ROOT_ID)
				print_node(c, &g, p->id, p->name, p);
		}
		c->out.ops->list_end(&c->out);
	}
	free_graph(&g);
	return ret;
}

static void escaped(FILE *f, const char *text)
{
	for (; *text; text++) {
		unsigned char ch = *text;

		if (ch == '"' || ch == '\\')
			fprintf(f, "\\%c", ch);
		else
			putc(ch < ' ' || ch == 0x7f ? '?' : ch, f);
	}
}

static void quoted(FILE *f, const char *prefix, const char *text)
{
	fprintf(f, "\"%s", prefix);
	escaped(f, text);
	putc('"', f);
}

/* Its name, and below what it is made of. */
static void resource_label(FILE *f, const struct pbl_resource *r)
{
	const char *class = pbl_class_name(r->class);

	putc('"', f);
	escaped(f, r->name);
	fputs("\\n", f);
	escaped(f, class ? class : "");
	if (r->backing[0])
		putc(' ', f);
	escaped(f, r->backing);
	putc('"', f);
}

static void partition_node(FILE *f, const struct graph *g, __u32 id)
{
	const char *name = id == PARTBUS_ROOT_ID ? own_name(g) :
						   pbl_partition_name(&g->partitions, id);
	char number[16];

	snprintf(number, sizeof(number), "%u", id);
	quoted(f, "partition ", name ? name : number);
}

/* An edge's label: @state may be missing, and any of @words empty, or NULL and the last. */
static void edge_label(FILE *f, __u32 channel, const char *state, const char *const *words)
{
	fprintf(f, " [label=\"%u %s", channel, state ? state : "");
	for (; *words; words++) {
		if (**words)
			putc(' ', f);
		escaped(f, *words);
	}
	fputs("\"];\n", f);
}

static void dot_outside(FILE *f, const struct graph *g)
{
	const struct pbl_channel *ch;

	pbl_list_each(ch, &g->channels) {
		const char *words[] = { ch->device, NULL };

		if (!from_outside(g, ch))
			continue;
		fputc('\t', f);
		quoted(f, "outside ", ch->resource);
		fputs(" [shape=ellipse, style=dotted, label=", f);
		quoted(f, "", ch->resource);
		fputs("];\n\t", f);
		quoted(f, "outside ", ch->resource);
		fputs(" -> ", f);
		partition_node(f, g, PARTBUS_ROOT_ID);
		edge_label(f, ch->id, pbl_channel_state_name(ch->state), words);
	}
}

static int graph_dot(struct ctl *c, struct args *a)
{
	struct graph g = { PBL_LIST(struct pbl_partition), PBL_LIST(struct pbl_resource),
			   PBL_LIST(struct pbl_offer), PBL_LIST(struct pbl_channel) };
	const struct pbl_partition *p;
	const struct pbl_resource *r;
	const struct pbl_offer *of;
	FILE *f = c->out.file;
	int ret = args_end(c, a);

	if (!ret && c->json)
		ret = pbl_usage(&c->err, "DOT is no JSON; leave -j away");
	if (!ret)
		ret = ctl_connect(c);
	if (!ret)
		ret = read_graph(c, &g);
	if (ret) {
		free_graph(&g);
		return ret;
	}
	fputs("digraph partbus {\n\trankdir=LR;\n", f);
	fputc('\t', f);
	partition_node(f, &g, PARTBUS_ROOT_ID);
	fputs(" [shape=box];\n", f);
	pbl_list_each(p, &g.partitions) {
		if (p->id == PARTBUS_ROOT_ID)
			continue;
		fputc('\t', f);
		partition_node(f, &g, p->id);
		fputs(" [shape=box];\n", f);
	}
	pbl_list_each(r, &g.resources) {
		fputc('\t', f);
		quoted(f, "resource ", r->name);
		fputs(" [shape=ellipse, label=", f);
		resource_label(f, r);
		fputs("];\n\t", f);
		partition_node(f, &g, r->provider);
		fputs(" -> ", f);
		quoted(f, "resource ", r->name);
		fputs(";\n", f);
	}
	pbl_list_each(of, &g.offers) {
		const struct pbl_channel *ch = channel_of(&g, of);
		const struct pbl_channel *client = end_of(&g, of, PARTBUS_ROLE_CLIENT);
		const char *words[] = { port_of(ch), of->place, client ? client->device : "", NULL };

		fputc('\t', f);
		quoted(f, "resource ", of->resource);
		fputs(" -> ", f);
		partition_node(f, &g, of->partition);
		if (of->pending) {
			fputs(" [style=dashed, label=\"pending\"];\n", f);
			continue;
		}
		edge_label(f, of->channel, ch ? pbl_channel_state_name(ch->state) : NULL, words);
	}
	dot_outside(f, &g);
	fputs("}\n", f);
	free_graph(&g);
	return 0;
}

static const struct ctl_command commands[] = {
	{ "tree", "", "Print partitions, what they provide and what they use.", graph_tree },
	{ "dot", "", "The same for Graphviz.", graph_dot },
	{ 0 }
};

const struct ctl_object ctl_graph = {
	"graph", "who provides what to whom", commands, "tree", false,
};
