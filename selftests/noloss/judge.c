// SPDX-License-Identifier: GPL-2.0
/* Is what a sector holds one of its candidates, and if not, what is wrong? */
#include <stdio.h>

#include "track_inside.h"

const char *verdict_name(enum verdict v)
{
	static const char *const names[VERDICT_END] = {
		[VERDICT_OK] = "right",
		[VERDICT_LOST] = "lost",
		[VERDICT_REAPPEARED] = "reappeared",
		[VERDICT_LATE] = "late",
		[VERDICT_TORN] = "torn",
		[VERDICT_FOREIGN] = "foreign",
		[VERDICT_MISPLACED] = "misplaced",
	};

	return v < VERDICT_END ? names[v] : "?";
}

/* Does the record say of itself what the journal says of it? */
static bool as_submitted(const struct write *w, const struct record *r)
{
	return w->before || (r->first == w->lba && r->sectors == w->sectors &&
			     r->worker == w->worker);
}

/* Something of ours that is no candidate any more. */
static enum verdict judge_old(const struct track *t, uint64_t lba, uint64_t id)
{
	const struct write *w = id ? track_write(t, id) : NULL;

	if (w && w->error)
		return VERDICT_LATE;
	/* What was seen before the power was lost may have been in a cache. */
	if (t->mode == TRACK_POWER_LOSS)
		return VERDICT_LOST;
	return t->seen[lba - t->first] > id ? VERDICT_REAPPEARED : VERDICT_LOST;
}

static enum verdict judge_record(const struct track *t, uint64_t lba, const struct record *r)
{
	const struct write *w;

	if (r->run != t->run)
		return VERDICT_FOREIGN;
	if (r->lba != lba)
		return VERDICT_MISPLACED;
	for (uint32_t n = t->heads[lba - t->first]; n; n = t->nodes[n].next) {
		w = &t->writes[t->nodes[n].write];
		if (track_matches(w, r->id))
			return as_submitted(w, r) ? VERDICT_OK : VERDICT_FOREIGN;
	}
	if (r->id >= t->base) {
		w = track_write(t, r->id);
		/* Never submitted, or not so. */
		if (!w || w->op != OP_WRITE || !as_submitted(w, r) ||
		    lba < w->lba || lba - w->lba >= w->sectors)
			return VERDICT_FOREIGN;
	}
	return judge_old(t, lba, r->id);
}

static enum verdict judge_zeroes(const struct track *t, uint64_t lba)
{
	for (uint32_t n = t->heads[lba - t->first]; n; n = t->nodes[n].next)
		if (track_matches(&t->writes[t->nodes[n].write], 0))
			return VERDICT_OK;
	return judge_old(t, lba, 0);
}

enum verdict track_judge(const struct track *t, uint64_t lba, enum record_kind kind,
			 const struct record *r, struct finding *f)
{
	enum verdict v = VERDICT_FOREIGN;

	switch (kind) {
	case RECORD_ZERO:
		v = judge_zeroes(t, lba);
		break;
	case RECORD_GOOD:
		v = judge_record(t, lba, r);
		break;
	case RECORD_TORN:
		v = VERDICT_TORN;
		break;
	case RECORD_FOREIGN:
		break;
	}
	if (v == VERDICT_OK)
		return v;
	*f = (struct finding) { .verdict = v, .kind = kind, .lba = lba };
	if (kind == RECORD_GOOD || kind == RECORD_TORN)
		f->held = *r;
	for (uint32_t n = t->heads[lba - t->first]; n; n = t->nodes[n].next) {
		const struct write *w = &t->writes[t->nodes[n].write];

		if (w->id > f->wanted)
			f->wanted = w->id;
	}
	return v;
}

static const char *op_name(uint8_t op)
{
	static const char *const names[OP_END] = {
		[OP_WRITE] = "record", [OP_ZEROES] = "zeroes", [OP_DISCARD] = "discard",
		[OP_FLUSH] = "flush",
	};

	return op && op < OP_END ? names[op] : "?";
}

static int explain_write(const struct track *t, uint64_t id, char *text, size_t size)
{
	const struct write *w = id ? track_write(t, id) : NULL;

	if (!id)
		return snprintf(text, size, "the first zeroes");
	if (!w)
		return snprintf(text, size, "record %llu", (unsigned long long)id);
	return snprintf(text, size, "%s %llu (worker %u, %u sectors from %llu%s, %s)",
			op_name(w->op), (unsigned long long)id, w->worker, w->sectors,
			(unsigned long long)w->lba, w->fua ? ", FUA" : "",
			w->error ? "failed" : w->done ? "acknowledged" : "in flight");
}

void track_explain(const struct track *t, const struct finding *f, char *text, size_t size)
{
	size_t n = 0;

	n += snprintf(text, size, "%s: sector %llu holds ", verdict_name(f->verdict),
		      (unsigned long long)f->lba);
	switch (f->kind) {
	case RECORD_ZERO:
		n += snprintf(text + n, size - n, "zeroes");
		break;
	case RECORD_FOREIGN:
		n += snprintf(text + n, size - n, "what no writer wrote");
		break;
	case RECORD_TORN:
		n += snprintf(text + n, size - n, "a damaged record %llu",
			      (unsigned long long)f->held.id);
		break;
	case RECORD_GOOD:
		n += explain_write(t, f->held.id, text + n, size - n);
		if (n < size && f->held.lba != f->lba)
			n += snprintf(text + n, size - n, " of sector %llu",
				      (unsigned long long)f->held.lba);
		if (n < size && f->held.run != t->run)
			n += snprintf(text + n, size - n, " of another run");
		break;
	}
	if (n < size)
		n += snprintf(text + n, size - n, ", the newest that may be there is ");
	if (n < size)
		explain_write(t, f->wanted, text + n, size - n);
}
