// SPDX-License-Identifier: GPL-2.0
/* Candidates of each sector; what they mean for what is found is in judge.c. */
#include "track.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "track_inside.h"

static void *grow(void *array, size_t *have, size_t want, size_t size)
{
	size_t more = *have ? *have : 1024;
	char *p;

	if (want <= *have)
		return array;
	while (more < want)
		more *= 2;
	p = realloc(array, more * size);
	if (!p)
		abort();
	memset(p + *have * size, 0, (more - *have) * size);
	*have = more;
	return p;
}

static bool wrong(struct track *t, const struct entry *e, const char *format, ...)
{
	va_list args;
	int n;

	n = snprintf(t->error, sizeof(t->error), "entry %llu: ", (unsigned long long)e->seq);
	va_start(args, format);
	vsnprintf(t->error + n, sizeof(t->error) - n, format, args);
	va_end(args);
	return false;
}

struct track *track_new(enum track_mode mode)
{
	struct track *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->mode = mode;
	return t;
}

void track_free(struct track *t)
{
	if (!t)
		return;
	free(t->writes);
	free(t->by_seq);
	free(t->nodes);
	free(t->heads);
	free(t->seen);
	free(t->volatile_writes);
	free(t);
}

static uint32_t write_new(struct track *t, const struct entry *e, uint64_t id)
{
	struct write *w;

	t->writes = grow(t->writes, &t->writes_size, t->nr_writes + 1, sizeof(*t->writes));
	w = &t->writes[t->nr_writes];
	*w = (struct write) {
		.id = id,
		.lba = e->lba,
		.sectors = e->sectors,
		.worker = e->worker,
		.op = e->op,
		.fua = e->flags & ENTRY_F_FUA,
	};
	return t->nr_writes++;
}

struct write *track_write(const struct track *t, uint64_t id)
{
	uint32_t index;

	if (id < t->base || id - t->base >= t->by_seq_size)
		return NULL;
	index = t->by_seq[id - t->base];
	return index ? &t->writes[index] : NULL;
}

static void node_add(struct track *t, uint32_t sector, uint32_t write)
{
	uint32_t n = t->free_node;

	if (n) {
		t->free_node = t->nodes[n].next;
	} else {
		/* Node 0 is the end of lists. */
		n = t->nr_nodes ? t->nr_nodes : 1;
		t->nodes = grow(t->nodes, &t->nodes_size, n + 1, sizeof(*t->nodes));
		t->nr_nodes = n + 1;
	}
	t->nodes[n].write = write;
	t->nodes[n].next = t->heads[sector];
	t->heads[sector] = n;
}

/* Takes the node that @link points to off its list. */
static void node_remove(struct track *t, uint32_t *link)
{
	uint32_t n = *link;

	*link = t->nodes[n].next;
	t->nodes[n].next = t->free_node;
	t->free_node = n;
}

static uint32_t *node_next(struct track *t, uint32_t *link)
{
	return &t->nodes[*link].next;
}

static bool in_area(const struct track *t, const struct entry *e)
{
	return e->sectors && e->lba >= t->first && e->sectors <= t->sectors &&
	       e->lba - t->first <= t->sectors - e->sectors;
}

/* Who ended before @w was submitted is no candidate where @w is. */
static void supersede(struct track *t, const struct write *w)
{
	for (uint32_t s = w->lba - t->first; s < w->lba - t->first + w->sectors; s++) {
		uint32_t *link = &t->heads[s];

		while (*link) {
			const struct write *u = &t->writes[t->nodes[*link].write];

			if (u != w && u->done && u->done < w->id)
				node_remove(t, link);
			else
				link = node_next(t, link);
		}
	}
	if (t->changed)
		t->changed(t->changed_ctx, w->lba, w->sectors);
}

static bool apply_open(struct track *t, const struct entry *e)
{
	struct entry zeroes = *e;

	if (t->sectors)
		return wrong(t, e, "a journal is opened once");
	if (!e->seq || !e->sectors || e->id < RECORD_SECTOR || e->id % RECORD_SECTOR)
		return wrong(t, e, "makes no sense");
	t->run = e->run;
	t->base = e->seq;
	t->next = e->seq;
	t->first = e->lba;
	t->sectors = e->sectors;
	t->block = e->id;
	t->heads = calloc(t->sectors, sizeof(*t->heads));
	t->seen = calloc(t->sectors, sizeof(*t->seen));
	if (!t->heads || !t->seen)
		abort();
	/* Number 0: what was on an empty medium. */
	zeroes.op = OP_ZEROES;
	write_new(t, &zeroes, 0);
	t->writes[0].done = e->seq;
	t->writes[0].before = true;
	for (uint32_t s = 0; s < t->sectors; s++)
		node_add(t, s, 0);
	return true;
}

/* What was on the medium when this journal began. */
static void holds_before(struct track *t, const struct entry *e)
{
	struct entry was = *e;
	uint32_t write = 0;

	if (e->id) {
		was.op = OP_WRITE;
		write = write_new(t, &was, e->id);
		t->writes[write].done = e->seq;
		t->writes[write].before = true;
	}
	for (uint32_t i = 0; i < e->sectors; i++) {
		uint32_t s = e->lba - t->first + i;

		while (t->heads[s])
			node_remove(t, &t->heads[s]);
		node_add(t, s, write);
		t->seen[s] = e->id;
	}
}

bool track_matches(const struct write *w, uint64_t id)
{
	return w->op == OP_WRITE ? w->id == id : !id;
}

/* Of several things that the sectors could hold this was found. */
static bool holds_now(struct track *t, const struct entry *e)
{
	for (uint32_t i = 0; i < e->sectors; i++) {
		uint32_t s = e->lba - t->first + i;
		uint32_t *link = &t->heads[s];
		bool found = false;

		for (uint32_t n = *link; n; n = t->nodes[n].next)
			found |= track_matches(&t->writes[t->nodes[n].write], e->id);
		if (!found)
			return wrong(t, e, "sector %llu holds %llu, which it may not",
				     (unsigned long long)e->lba + i, (unsigned long long)e->id);
		while (*link) {
			if (track_matches(&t->writes[t->nodes[*link].write], e->id))
				link = node_next(t, link);
			else
				node_remove(t, link);
		}
		t->seen[s] = e->id;
	}
	return true;
}

static bool apply_holds(struct track *t, const struct entry *e)
{
	if (!in_area(t, e))
		return wrong(t, e, "is beyond the area");
	if (!t->submitted) {
		holds_before(t, e);
		return true;
	}
	/* What was seen need not be durable. */
	return t->mode == TRACK_POWER_LOSS || holds_now(t, e);
}

static bool apply_submit(struct track *t, const struct entry *e)
{
	uint32_t write;

	if (!e->op || e->op >= OP_END)
		return wrong(t, e, "submits operation %u", e->op);
	if (e->op == OP_FLUSH ? e->sectors : !in_area(t, e))
		return wrong(t, e, "is beyond the area");
	t->submitted = true;
	write = write_new(t, e, e->seq);
	t->by_seq = grow(t->by_seq, &t->by_seq_size, e->seq - t->base + 1, sizeof(*t->by_seq));
	t->by_seq[e->seq - t->base] = write;
	for (uint32_t i = 0; i < e->sectors; i++)
		node_add(t, e->lba - t->first + i, write);
	return true;
}

/* A flush covers what was acknowledged before it was asked for. */
static void flushed(struct track *t, const struct write *flush)
{
	size_t left = 0;

	for (size_t i = 0; i < t->nr_volatile; i++) {
		const struct write *w = &t->writes[t->volatile_writes[i]];

		if (w->done < flush->id)
			supersede(t, w);
		else
			t->volatile_writes[left++] = t->volatile_writes[i];
	}
	t->nr_volatile = left;
}

static bool apply_done(struct track *t, const struct entry *e)
{
	struct write *w = track_write(t, e->id);

	if (!w || w->done)
		return wrong(t, e, "ends %llu, which is not in flight", (unsigned long long)e->id);
	w->done = e->seq;
	w->error = e->error;
	if (w->error || w->op == OP_DISCARD)
		return true;
	if (w->op == OP_FLUSH) {
		flushed(t, w);
	} else if (t->mode == TRACK_PEER_DIED || w->fua) {
		supersede(t, w);
	} else {
		t->volatile_writes = grow(t->volatile_writes, &t->volatile_size,
					  t->nr_volatile + 1, sizeof(*t->volatile_writes));
		t->volatile_writes[t->nr_volatile++] = w - t->writes;
	}
	return true;
}

static bool apply_read(struct track *t, const struct entry *e)
{
	if (!in_area(t, e))
		return wrong(t, e, "is beyond the area");
	for (uint32_t s = e->lba - t->first; s < e->lba - t->first + e->sectors; s++) {
		uint32_t n = t->heads[s];

		/* With several candidates the journal does not say which it was. */
		if (n && !t->nodes[n].next && t->writes[t->nodes[n].write].op == OP_WRITE)
			t->seen[s] = t->writes[t->nodes[n].write].id;
	}
	return true;
}

bool track_apply(struct track *t, const struct entry *e)
{
	bool ok;

	if (!t->sectors && e->type != ENTRY_OPEN)
		return wrong(t, e, "comes before the journal is opened");
	if (t->sectors && (e->run != t->run || e->seq != t->next))
		return wrong(t, e, "does not follow entry %llu", (unsigned long long)t->next - 1);
	if (t->closed)
		return wrong(t, e, "comes after the journal was closed");
	switch (e->type) {
	case ENTRY_OPEN:
		ok = apply_open(t, e);
		break;
	case ENTRY_HOLDS:
		ok = apply_holds(t, e);
		break;
	case ENTRY_SUBMIT:
		ok = apply_submit(t, e);
		break;
	case ENTRY_DONE:
		ok = apply_done(t, e);
		break;
	case ENTRY_READ:
		ok = apply_read(t, e);
		break;
	case ENTRY_CLOSE:
		t->closed = true;
		ok = true;
		break;
	default:
		return wrong(t, e, "is of type %u", e->type);
	}
	t->next = e->seq + 1;
	return ok;
}

const char *track_error(const struct track *t)
{
	return t->error;
}

uint64_t track_run(const struct track *t)
{
	return t->run;
}

uint64_t track_first(const struct track *t)
{
	return t->first;
}

uint32_t track_sectors(const struct track *t)
{
	return t->sectors;
}

uint32_t track_block(const struct track *t)
{
	return t->block;
}

uint64_t track_next(const struct track *t)
{
	return t->next;
}

bool track_open_question(const struct track *t, uint64_t lba)
{
	uint32_t n = t->heads[lba - t->first];

	if (!n || !t->nodes[n].next)
		return false;
	for (; n; n = t->nodes[n].next)
		if (!t->writes[t->nodes[n].write].done)
			return false;
	return true;
}

size_t track_candidates(const struct track *t, uint64_t lba, uint64_t *ids, size_t max)
{
	size_t count = 0;

	for (uint32_t n = t->heads[lba - t->first]; n; n = t->nodes[n].next) {
		if (count < max)
			ids[count] = t->writes[t->nodes[n].write].id;
		count++;
	}
	return count;
}

bool track_range(const struct track *t, uint64_t id, uint64_t *lba, uint32_t *sectors)
{
	const struct write *w = track_write(t, id);

	if (!w || w->op != OP_WRITE)
		return false;
	*lba = w->lba;
	*sectors = w->sectors;
	return true;
}

void track_watch(struct track *t, void (*changed)(void *ctx, uint64_t lba, uint32_t sectors),
		 void *ctx)
{
	t->changed = changed;
	t->changed_ctx = ctx;
}
