// SPDX-License-Identifier: GPL-2.0
/* What a guest believes of its window's header, of offers and of places of data. */
#include "harness.h"

#include <partbus/channel.h>
#include <vmbus/pci/window_parse.h>

#define BAR	(16ULL << 20)
#define RING	(256 + PARTBUS_CTRL_ENTRIES * PARTBUS_CTRL_MSG_SIZE)
#define PAGE	((__u64)PARTBUS_PAGE_SIZE)
#define DB	(PAGE + 2 * 5 * PAGE)
#define HEAD	(DB + PAGE)

static struct partbus_window_header header(void)
{
	return (struct partbus_window_header){
		.magic = cpu_to_le64(PARTBUS_WINDOW_MAGIC),
		.version_min = cpu_to_le32(PARTBUS_VERSION_MIN),
		.version_max = cpu_to_le32(PARTBUS_VERSION_MAX),
		.window_size = cpu_to_le64(BAR),
		.lines = cpu_to_le32(PARTBUS_LINES),
		.host_peer = cpu_to_le32(1),
		.ctrl_entries = cpu_to_le32(PARTBUS_CTRL_ENTRIES),
		.ctrl_h2g_offset = cpu_to_le64(PAGE),
		.ctrl_g2h_offset = cpu_to_le64(PAGE + 5 * PAGE),
		.db_offset = cpu_to_le64(DB),
		.db_size = cpu_to_le64(PAGE),
	};
}

/* A header with one field that is another, and what is said about that. */
struct change {
	const char *sentence;
	size_t offset, size;
	__u64 value;
	int result;
	const char *why;
};

#define CHANGE(field, is, ret, said) \
	offsetof(struct partbus_window_header, field), \
	sizeof(((struct partbus_window_header *)0)->field), is, ret, said

#define VERSIONS	"versions that this driver does not speak"
#define RESOURCES	"a copy of the resources that is not in the window"
#define RINGS		"a control ring that is not in the window's head"
#define UPON		"control rings upon one another"

static const struct change changes[] = {
	{ "another magic is not ours", CHANGE(magic, 1, -ENODEV, NULL) },
	{ "a host that is too new",
	  CHANGE(version_min, PARTBUS_VERSION_MAX + 1, -EPROTO, VERSIONS) },
	{ "a host that is too old",
	  CHANGE(version_max, PARTBUS_VERSION_MIN - 1, -EPROTO, VERSIONS) },
	{ "a newer host that speaks ours, too",
	  CHANGE(version_max, PARTBUS_VERSION_MAX + 1, 0, NULL) },
	{ "other lines", CHANGE(lines, PARTBUS_LINES + 1, -EPROTO, "another number of lines") },
	{ "longer rings", CHANGE(ctrl_entries, 2 * PARTBUS_CTRL_ENTRIES, -EPROTO,
				 "control rings of another length") },
	{ "a peer of more than 16 bits",
	  CHANGE(host_peer, 0x10000, -EPROTO, "a peer that cannot be rung") },
	{ "the last peer", CHANGE(host_peer, 0xffff, 0, NULL) },
	{ "a window beyond the BAR",
	  CHANGE(window_size, BAR + PAGE, -EPROTO, "a window that is larger than what is mapped") },
	{ "a window that is smaller than the BAR", CHANGE(window_size, BAR / 2, 0, NULL) },
	{ "a window that ends in its head", CHANGE(window_size, HEAD - 1, -EPROTO, RESOURCES) },
	{ "a window that is all head", CHANGE(window_size, HEAD, 0, NULL) },
	{ "resources that end beyond all numbers", CHANGE(db_size, -DB, -EPROTO, RESOURCES) },
	{ "resources that begin in the header", CHANGE(db_offset, PAGE - 1, -EPROTO, RESOURCES) },
	{ "resources beyond the window", CHANGE(db_offset, BAR, -EPROTO, RESOURCES) },
	{ "a ring upon the header", CHANGE(ctrl_h2g_offset, PAGE - 64, -EPROTO, RINGS) },
	{ "a ring among the sections", CHANGE(ctrl_g2h_offset, HEAD, -EPROTO, RINGS) },
	{ "a ring that is half among them",
	  CHANGE(ctrl_g2h_offset, HEAD - RING + 64, -EPROTO, RINGS) },
	{ "a ring at the end of all numbers", CHANGE(ctrl_g2h_offset, -64, -EPROTO, RINGS) },
	{ "a ring at no cache line", CHANGE(ctrl_g2h_offset, 6 * PAGE + 8, -EPROTO, RINGS) },
	{ "rings upon one another", CHANGE(ctrl_g2h_offset, PAGE + RING - 64, -EPROTO, UPON) },
	{ "the same ring twice", CHANGE(ctrl_g2h_offset, PAGE, -EPROTO, UPON) },
};

static void header_change(void **state)
{
	const struct change *c = *state;
	struct partbus_window_header h = header();
	__le64 value = cpu_to_le64(c->value);
	struct pb_guest_window w;
	const char *why = NULL;

	memcpy((char *)&h + c->offset, &value, c->size);
	assert_int_equal(pb_guest_window_parse(&w, &h, BAR, &why), c->result);
	if (c->why)
		assert_string_equal(why, c->why);
	else
		assert_null(why);
}

static struct pb_guest_window window(void)
{
	struct partbus_window_header h = header();
	struct pb_guest_window w;
	const char *why;

	assert_int_equal(pb_guest_window_parse(&w, &h, BAR, &why), 0);
	return w;
}

static void places_are_read(void **state)
{
	struct pb_guest_window w = window();

	(void)state;
	assert_int_equal(w.size, BAR);
	assert_int_equal(w.host_peer, 1);
	assert_int_equal(w.h2g_offset, PAGE);
	assert_int_equal(w.g2h_offset, 6 * PAGE);
	assert_int_equal(w.head_size, HEAD);
}

struct place {
	const char *sentence;
	__u64 offset, size;
	bool good;
};

static const struct place places[] = {
	{ "data right behind the head", HEAD, PAGE, true },
	{ "data to the end of the window", HEAD, BAR - HEAD, true },
	{ "data to behind its end", HEAD, BAR - HEAD + 1, false },
	{ "data in the head", DB, PAGE, false },
	{ "data between pages", HEAD + 64, PAGE, false },
	{ "no data", HEAD, 0, false },
	{ "data behind the window", BAR, 1, false },
	{ "data whose end is too large a number", HEAD, -HEAD, false },
	{ "data whose beginning is nearly too large", -PAGE, 2 * PAGE, false },
};

static void data_placed(void **state)
{
	const struct place *p = *state;
	struct pb_guest_window w = window();
	struct partbus_ctrl_data_placed m = {
		.channel = cpu_to_le32(1),
		.offset = cpu_to_le64(p->offset),
		.size = cpu_to_le64(p->size),
	};

	assert_int_equal(!pb_guest_placed_wrong(&w, &m), p->good);
}

static struct partbus_ctrl_offer offer(void)
{
	return (struct partbus_ctrl_offer){
		.channel = cpu_to_le32(1),
		.role = cpu_to_le32(PARTBUS_ROLE_CLIENT),
		.admin_offset = cpu_to_le64(HEAD),
		.admin_size = cpu_to_le32(PARTBUS_ADMIN_SIZE),
		.line_in = cpu_to_le16(PARTBUS_LINE_CTRL + 1),
		.line_out = cpu_to_le16(PARTBUS_LINES - 1),
	};
}

static void offers(void **state)
{
	struct pb_guest_window w = window();
	struct partbus_ctrl_offer m = offer();

	(void)state;
	assert_null(pb_guest_offer_wrong(&w, &m));
	m.channel = 0;
	assert_string_equal(pb_guest_offer_wrong(&w, &m), "no channel");
	m = offer();
	m.role = cpu_to_le32(PARTBUS_ROLE_SERVER);
	assert_string_equal(pb_guest_offer_wrong(&w, &m), "a role that a guest cannot have");
	m = offer();
	m.line_in = cpu_to_le16(PARTBUS_LINE_CTRL);
	assert_string_equal(pb_guest_offer_wrong(&w, &m), "a line that there is not");
	m = offer();
	m.line_out = cpu_to_le16(PARTBUS_LINES);
	assert_string_equal(pb_guest_offer_wrong(&w, &m), "a line that there is not");
	m = offer();
	m.admin_size = cpu_to_le32(PARTBUS_ADMIN_SIZE + 1);
	assert_string_equal(pb_guest_offer_wrong(&w, &m), "a section that is not in the window");
	m = offer();
	m.admin_offset = cpu_to_le64(BAR - PARTBUS_ADMIN_SIZE);
	assert_null(pb_guest_offer_wrong(&w, &m));
	m.admin_offset = cpu_to_le64(BAR - PARTBUS_ADMIN_SIZE + PAGE);
	assert_string_equal(pb_guest_offer_wrong(&w, &m), "a section that is not in the window");
}

int main(void)
{
	add_test("where things are is read", places_are_read, NULL);
	add_rows(changes, header_change);
	add_rows(places, data_placed);
	add_test("an offer with one thing wrong is none", offers, NULL);
	return run_all("window");
}
