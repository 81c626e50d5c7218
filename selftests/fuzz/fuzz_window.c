// SPDX-License-Identifier: GPL-2.0
/*
 * The header of a window, offers and places of data, each with a few fields that are
 * any number: what a guest believes lies in the window, rings in its head and apart,
 * sections behind it.
 */
#include "fuzz.h"

#include <linux/errno.h>
#include <asm/byteorder.h>
#include <partbus/channel.h>
#include <partbus/ring.h>
#include <vmbus/pci/window_parse.h>

#define BAR	(64ULL << 20)
#define RING	(sizeof(struct partbus_ring_ctl) + PARTBUS_CTRL_ENTRIES * PARTBUS_CTRL_MSG_SIZE)
#define PAGE	((__u64)PARTBUS_PAGE_SIZE)
#define DB	(PAGE + 2 * 5 * PAGE)

/* What is right, near it, or any number; mostly the first. */
static __u64 field(struct input *in, __u64 right)
{
	switch (in_byte(in) & 15) {
	case 1:
		return in_number(in);
	case 2:
		return right + (__s8)in_byte(in);
	case 3:
		return right + in_below(in, BAR >> 12) * PAGE;
	case 4:
		return in_below(in, DB);
	case 5:
		return in_below(in, 2 * DB / 64) * 64;
	default:
		return right;
	}
}

static void header_of(struct input *in, struct partbus_window_header *h)
{
	memset(h, 0, sizeof(*h));
	h->magic = cpu_to_le64(field(in, PARTBUS_WINDOW_MAGIC));
	h->version_min = cpu_to_le32(field(in, PARTBUS_VERSION_MIN));
	h->version_max = cpu_to_le32(field(in, PARTBUS_VERSION_MAX));
	h->window_size = cpu_to_le64(field(in, BAR));
	h->lines = cpu_to_le32(field(in, PARTBUS_LINES));
	h->host_peer = cpu_to_le32(field(in, 1));
	h->ctrl_entries = cpu_to_le32(field(in, PARTBUS_CTRL_ENTRIES));
	h->ctrl_h2g_offset = cpu_to_le64(field(in, PAGE));
	h->ctrl_g2h_offset = cpu_to_le64(field(in, 6 * PAGE));
	h->db_offset = cpu_to_le64(field(in, DB));
	h->db_size = cpu_to_le64(field(in, PAGE));
}

static bool within(__u64 offset, __u64 size, __u64 start, __u64 end)
{
	__u64 last;

	return !__builtin_add_overflow(offset, size, &last) && offset >= start && last <= end;
}

static void check_window(const struct pb_guest_window *w)
{
	__u64 low = w->h2g_offset, high = w->g2h_offset;

	must(w->size <= BAR, "the window is larger than what is mapped");
	must(w->head_size <= w->size, "the head is larger than the window");
	must(w->host_peer <= 0xffff, "a peer that has no number in the register");
	must(within(low, RING, PAGE, w->head_size) && within(high, RING, PAGE, w->head_size),
	     "a control ring is not in the head");
	must(low % 64 == 0 && high % 64 == 0, "a control ring at no cache line");
	must(low + RING <= high || high + RING <= low, "control rings meet");
}

static void placed(struct input *in, const struct pb_guest_window *w)
{
	struct partbus_ctrl_data_placed m = {
		.channel = cpu_to_le32(1),
		.offset = cpu_to_le64(field(in, w->head_size)),
		.size = cpu_to_le64(field(in, PAGE)),
	};
	__u64 offset = le64_to_cpu(m.offset), size = le64_to_cpu(m.size);

	if (pb_guest_placed_wrong(w, &m)) {
		REACHED("data are misplaced");
		must(!size || offset % PAGE || !within(offset, size, w->head_size, w->size),
		     "data where they can be are refused");
		return;
	}
	REACHED("data are placed");
	must(size && offset % PAGE == 0 && within(offset, size, w->head_size, w->size),
	     "data are not among the sections");
}

/* Of what is no place. */
static bool right(const struct partbus_ctrl_offer *m)
{
	return m->channel && le32_to_cpu(m->role) == PARTBUS_ROLE_CLIENT &&
	       le32_to_cpu(m->admin_size) == PARTBUS_ADMIN_SIZE &&
	       le16_to_cpu(m->line_in) && le16_to_cpu(m->line_in) < PARTBUS_LINES &&
	       le16_to_cpu(m->line_out) && le16_to_cpu(m->line_out) < PARTBUS_LINES;
}

static void offered(struct input *in, const struct pb_guest_window *w)
{
	struct partbus_ctrl_offer m = {
		.channel = cpu_to_le32(field(in, 1)),
		.role = cpu_to_le32(field(in, PARTBUS_ROLE_CLIENT)),
		.admin_offset = cpu_to_le64(field(in, w->head_size)),
		.admin_size = cpu_to_le32(field(in, PARTBUS_ADMIN_SIZE)),
		.line_in = cpu_to_le16(field(in, 1)),
		.line_out = cpu_to_le16(field(in, PARTBUS_LINES - 1)),
	};
	__u64 offset = le64_to_cpu(m.admin_offset);

	if (pb_guest_offer_wrong(w, &m)) {
		REACHED("an offer is refused");
		must(!right(&m) || offset % PAGE ||
		     !within(offset, PARTBUS_ADMIN_SIZE, w->head_size, w->size),
		     "a right offer is refused");
		return;
	}
	REACHED("an offer is taken");
	must(right(&m), "a wrong offer is taken");
	must(offset % PAGE == 0 && within(offset, PARTBUS_ADMIN_SIZE, w->head_size, w->size),
	     "an admin section that is not among the sections");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	struct partbus_window_header h;
	struct pb_guest_window w;
	const char *why = NULL;
	int ret;

	header_of(&in, &h);
	ret = pb_guest_window_parse(&w, &h, BAR, &why);
	must(!ret || ret == -ENODEV || ret == -EPROTO, "another error");
	must((ret == -EPROTO) == !!why, "an error without a reason, or a reason without an error");
	if (ret) {
		REACHED("the header is refused");
		REACHED_IF(ret == -ENODEV, "somebody else's memory");
		return 0;
	}
	REACHED_IF(w.h2g_offset > w.g2h_offset, "rings the other way round");
	REACHED_IF(w.size < BAR, "a window smaller than what is mapped");
	check_window(&w);
	offered(&in, &w);
	placed(&in, &w);
	return 0;
}

/* What field() is asked for, in the order in which it is. */
enum {
	NOTHING, MAGIC, VERSION_MIN, VERSION_MAX, WINDOW_SIZE, LINES, HOST_PEER, ENTRIES,
	H2G, G2H, DB_OFFSET, DB_SIZE,
	CHANNEL, ROLE, ADMIN_OFFSET, ADMIN_SIZE, LINE_IN, LINE_OUT,
	DATA_OFFSET, DATA_SIZE, FIELDS
};

void fuzz_seeds(fuzz_emit emit)
{
	const __u64 head = DB + PAGE;
	/* All but these are right. */
	const struct {
		const char *name;
		struct {
			int field;
			__u64 value;
		} other[3];
	} seeds[] = {
		{ "right", { { 0 } } },
		{ "somebody-else", { { MAGIC, 0 } } },
		{ "rings-other-way-round", { { H2G, 6 * PAGE }, { G2H, PAGE } } },
		{ "rings-touch", { { G2H, PAGE + RING }, { HOST_PEER, 0xffff } } },
		{ "rings-meet", { { G2H, PAGE + RING - 64 } } },
		{ "sections-fit", { { WINDOW_SIZE, head + PARTBUS_ADMIN_SIZE },
				    { DATA_SIZE, PARTBUS_ADMIN_SIZE } } },
		{ "sections-do-not-fit", { { WINDOW_SIZE, head + PARTBUS_ADMIN_SIZE - 1 },
					   { DATA_SIZE, PARTBUS_ADMIN_SIZE } } },
		{ "sum-wraps", { { LINE_OUT, PARTBUS_LINES }, { DATA_OFFSET, -PAGE },
				 { DATA_SIZE, 2 * PAGE } } },
		{ "beyond-what-is-mapped", { { WINDOW_SIZE, BAR + 1 } } },
	};

	for (unsigned int i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		struct script s = { 0 };

		for (int field = MAGIC; field < FIELDS; field++) {
			const typeof(seeds[0].other[0]) *o = seeds[i].other;
			int n = 0;

			while (n < 3 && o[n].field != field)
				n++;
			script_byte(&s, n < 3);
			if (n < 3)
				script_number(&s, o[n].value);
		}
		emit(seeds[i].name, s.bytes, s.size);
	}
}
