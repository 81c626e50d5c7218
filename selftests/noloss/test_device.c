// SPDX-License-Identifier: GPL-2.0
/*
 * Random histories on a simulated disk with a volatile cache. An honest disk is
 * never accused, whatever the moment and the kind of the fault; one that loses a
 * write, executes one twice or forgets a flush is found out.
 *
 * The tracker sees submissions and ends only. The disk executes an operation at
 * any time in between, sector by sector in any order.
 */
#include "harness.h"

#include "mix.h"
#include "record.h"
#include "track.h"

#define RUN	7
#define AREA	48u
#define SLOTS	6u		/* operations in flight */
#define STEPS	400u
#define CACHED	64u		/* versions of a sector that a cache remembers */

enum lie { HONEST, LOSES_WRITES, LOSES_SECTORS, TWICE, FLUSHES_NOT, FUA_NOT };

/* What a sector holds is the number of a submission, 0 for zeroes. */
struct sector {
	uint64_t durable;
	uint64_t cached[CACHED];	/* older first; the last is what is read */
	unsigned int nr;
};

struct op {
	struct entry e;
	bool busy;
	bool executed[AREA];
};

struct disk {
	struct sector sectors[AREA];
	struct op ops[SLOTS];
	struct op again;		/* TWICE: to be executed once more */
	struct track *t;
	uint64_t seq;
	uint64_t seed;
	enum lie lie;
	bool lied;
};

static void feed(struct disk *d, struct entry *e)
{
	e->seq = ++d->seq;
	e->run = RUN;
	if (!track_apply(d->t, e))
		fail_msg("%s", track_error(d->t));
}

static uint64_t dice(struct disk *d, uint64_t sides)
{
	return mix_below(&d->seed, sides);
}

static uint64_t value(const struct entry *e)
{
	return e->op == OP_WRITE ? e->seq : 0;
}

static void put(struct disk *d, uint32_t at, uint64_t id, bool durable)
{
	struct sector *s = &d->sectors[at];

	if (s->nr == CACHED) {
		/* Caches are not endless: the oldest goes to the medium. */
		s->durable = s->cached[0];
		memmove(s->cached, s->cached + 1, (CACHED - 1) * sizeof(s->cached[0]));
		s->nr--;
	}
	s->cached[s->nr++] = id;
	if (durable) {
		s->durable = id;
		s->nr = 0;
	}
}

static void flush(struct disk *d)
{
	for (uint32_t i = 0; i < AREA; i++) {
		struct sector *s = &d->sectors[i];

		if (!s->nr)
			continue;
		s->durable = s->cached[s->nr - 1];
		s->nr = 0;
	}
}

static void execute_sector(struct disk *d, struct op *o, uint32_t i)
{
	uint32_t at = (o->e.lba + i) % AREA;

	if (o->executed[i])
		return;
	o->executed[i] = true;
	/* A discard does to each sector what it likes. */
	if (o->e.op == OP_DISCARD && dice(d, 2))
		return;
	if (d->lie == LOSES_SECTORS && !dice(d, 40)) {
		d->lied = true;
		return;
	}
	put(d, at, value(&o->e), o->e.flags & ENTRY_F_FUA && d->lie != FUA_NOT);
}

static void execute_all(struct disk *d, struct op *o)
{
	if (o->e.op == OP_FLUSH) {
		if (d->lie == FLUSHES_NOT)
			d->lied = true;
		else
			flush(d);
		return;
	}
	if (d->lie == LOSES_WRITES && !dice(d, 10)) {
		d->lied = true;
		return;
	}
	for (uint32_t i = 0; i < o->e.sectors; i++)
		execute_sector(d, o, i);
}

static void begin(struct disk *d, struct op *o)
{
	*o = (struct op) { .busy = true };
	o->e.type = ENTRY_SUBMIT;
	switch (dice(d, 12)) {
	case 0:
		o->e.op = OP_FLUSH;
		break;
	case 1:
		o->e.op = OP_DISCARD;
		break;
	case 2:
		o->e.op = OP_ZEROES;
		break;
	default:
		o->e.op = OP_WRITE;
		if (!dice(d, 4))
			o->e.flags = ENTRY_F_FUA;
		break;
	}
	if (o->e.op != OP_FLUSH) {
		o->e.sectors = 1 + dice(d, 8);
		o->e.lba = dice(d, AREA - o->e.sectors + 1);
	}
	feed(d, &o->e);
}

static void end(struct disk *d, struct op *o)
{
	struct entry e = { .type = ENTRY_DONE, .op = o->e.op, .id = o->e.seq };

	/* Some fail, having been executed in part. */
	if (!dice(d, 15)) {
		e.error = 5;
	} else {
		execute_all(d, o);
		if (d->lie == TWICE && o->e.op == OP_WRITE && !dice(d, 4)) {
			d->again = *o;
			memset(d->again.executed, 0, sizeof(d->again.executed));
		}
	}
	feed(d, &e);
	o->busy = false;
}

static void step(struct disk *d)
{
	struct op *o = &d->ops[dice(d, SLOTS)];

	if (!o->busy)
		begin(d, o);
	else if (o->e.sectors && dice(d, 2))
		execute_sector(d, o, dice(d, o->e.sectors));
	else if (dice(d, 2))
		end(d, o);
	if (d->again.busy && !dice(d, 30)) {
		d->lied = true;
		execute_all(d, &d->again);
		d->again.busy = false;
	}
}

/* What is on the medium after the fault. */
static uint64_t held(struct disk *d, uint32_t at, enum track_mode mode)
{
	struct sector *s = &d->sectors[at];
	unsigned int kept;

	if (!s->nr)
		return s->durable;
	if (mode == TRACK_PEER_DIED)
		return s->cached[s->nr - 1];
	/* Each sector on its own has got as far as it has got. */
	kept = dice(d, s->nr + 1);
	return kept ? s->cached[kept - 1] : s->durable;
}

static struct record record_of(struct disk *d, uint32_t at, uint64_t id)
{
	struct record r = { .run = RUN, .id = id, .lba = at };
	uint64_t first = at;
	uint32_t sectors = 1;

	track_range(d->t, id, &first, &sectors);
	r.first = first;
	r.sectors = sectors;
	return r;
}

static bool medium_is_right(struct disk *d, enum track_mode mode)
{
	bool right = true;

	for (uint32_t at = 0; at < AREA; at++) {
		uint64_t id = held(d, at, mode);
		struct record r = record_of(d, at, id);
		struct finding f;
		char text[300];

		if (track_judge(d->t, at, id ? RECORD_GOOD : RECORD_ZERO, &r, &f) == VERDICT_OK)
			continue;
		right = false;
		track_explain(d->t, &f, text, sizeof(text));
		if (d->lie == HONEST)
			print_message("# %s\n", text);
	}
	return right;
}

static bool history(enum lie lie, enum track_mode mode, uint64_t seed)
{
	struct disk *d = calloc(1, sizeof(*d));
	struct entry open = { .type = ENTRY_OPEN, .id = 512, .sectors = AREA };
	bool right = true;
	uint64_t steps;

	d->t = track_new(mode);
	d->lie = lie;
	d->seed = mix(seed);
	feed(d, &open);
	steps = dice(d, STEPS);
	/* While power is there, the medium can be looked at in between. */
	while (steps-- && right) {
		step(d);
		if (mode == TRACK_PEER_DIED && !dice(d, 10))
			right = medium_is_right(d, mode);
	}
	right = right && medium_is_right(d, mode);
	track_free(d->t);
	free(d);
	return right;
}

struct row {
	const char *sentence;
	enum lie lie;
	enum track_mode mode;
	unsigned int rounds;
	unsigned int at_least;		/* of them must be found wrong */
};

static const struct row rows[] = {
	{ "an honest disk is right when its peer dies", HONEST, TRACK_PEER_DIED, 4000, 0 },
	{ "an honest disk is right when power is lost", HONEST, TRACK_POWER_LOSS, 4000, 0 },
	{ "a disk that loses writes is found", LOSES_WRITES, TRACK_PEER_DIED, 1000, 700 },
	{ "a disk that loses sectors is found", LOSES_SECTORS, TRACK_PEER_DIED, 1000, 700 },
	{ "a disk that executes a write twice is found", TWICE, TRACK_PEER_DIED, 1000, 300 },
	{ "a disk that does not flush is found", FLUSHES_NOT, TRACK_POWER_LOSS, 1000, 500 },
	{ "a disk that does not heed FUA is found", FUA_NOT, TRACK_POWER_LOSS, 1000, 500 },
	{ "a disk that loses writes is found after a loss of power, too", LOSES_WRITES,
	  TRACK_POWER_LOSS, 1000, 200 },
};

static void test_histories(void **state)
{
	const struct row *row = *state;
	unsigned int wrong = 0;

	for (unsigned int i = 0; i < row->rounds; i++)
		wrong += !history(row->lie, row->mode, i + 1);
	if (row->lie == HONEST)
		assert_int_equal(wrong, 0);
	else
		assert_true(wrong >= row->at_least);
}

int main(void)
{
	add_rows(rows, test_histories);
	return run_all("device");
}
