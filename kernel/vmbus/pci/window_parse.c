// SPDX-License-Identifier: GPL-2.0
/*
 * The host says where things are, and a guest looks whether they can be there: within
 * what is mapped, and sections behind the head, in which the control rings are.
 */
#include <vmbus/pci/window_parse.h>

#include <linux/errno.h>
#include <asm/byteorder.h>
#include <partbus/channel.h>
#include <partbus/ring.h>

#define RING_SIZE	(sizeof(struct partbus_ring_ctl) + \
			 PARTBUS_CTRL_ENTRIES * PARTBUS_CTRL_MSG_SIZE)

/* Does @size bytes at @offset lie between @start and @end? No sum of these is too large. */
static bool lies(__u64 offset, __u64 size, __u64 start, __u64 end)
{
	return offset >= start && offset <= end && size <= end - offset;
}

static bool ring_lies(const struct pb_guest_window *w, __u64 offset)
{
	return !(offset % PARTBUS_CACHE_LINE) &&
	       lies(offset, RING_SIZE, PARTBUS_PAGE_SIZE, w->head_size);
}

static const char *read_places(struct pb_guest_window *w, __u64 bar_size, __u64 db_offset,
				__u64 db_size)
{
	__u64 low = w->h2g_offset, high = w->g2h_offset;

	if (low > high) {
		low = w->g2h_offset;
		high = w->h2g_offset;
	}
	if (w->size > bar_size)
		return "a window that is larger than what is mapped";
	if (!lies(db_offset, db_size, PARTBUS_PAGE_SIZE, w->size))
		return "a copy of the resources that is not in the window";
	w->head_size = db_offset + db_size;
	if (!ring_lies(w, low) || !ring_lies(w, high))
		return "a control ring that is not in the window's head";
	if (high - low < RING_SIZE)
		return "control rings upon one another";
	return NULL;
}

/* Kernel-doc: see window_parse.h. */
int pb_guest_window_parse(struct pb_guest_window *w, const struct partbus_window_header *h,
			  __u64 bar_size, const char **why)
{
	/* Another use of ivshmem is none of our business, and nothing to complain of. */
	if (le64_to_cpu(h->magic) != PARTBUS_WINDOW_MAGIC)
		return -ENODEV;
	w->size = le64_to_cpu(h->window_size);
	w->host_peer = le32_to_cpu(h->host_peer);
	w->h2g_offset = le64_to_cpu(h->ctrl_h2g_offset);
	w->g2h_offset = le64_to_cpu(h->ctrl_g2h_offset);
	if (le32_to_cpu(h->version_min) > PARTBUS_VERSION_MAX ||
	    le32_to_cpu(h->version_max) < PARTBUS_VERSION_MIN)
		*why = "versions that this driver does not speak";
	else if (le32_to_cpu(h->lines) != PARTBUS_LINES)
		*why = "another number of lines";
	else if (le32_to_cpu(h->ctrl_entries) != PARTBUS_CTRL_ENTRIES)
		*why = "control rings of another length";
	else if (w->host_peer > 0xffff)
		*why = "a peer that cannot be rung";
	else
		*why = read_places(w, bar_size, le64_to_cpu(h->db_offset),
				    le64_to_cpu(h->db_size));
	return *why ? -EPROTO : 0;
}

static bool section_lies(const struct pb_guest_window *w, __u64 offset, __u64 size)
{
	return size && !(offset % PARTBUS_PAGE_SIZE) && lies(offset, size, w->head_size, w->size);
}

static bool line_is(__le16 line)
{
	return le16_to_cpu(line) > PARTBUS_LINE_CTRL && le16_to_cpu(line) < PARTBUS_LINES;
}

/* Kernel-doc: see window_parse.h. */
const char *pb_guest_offer_wrong(const struct pb_guest_window *w,
				 const struct partbus_ctrl_offer *m)
{
	if (!m->channel)
		return "no channel";
	if (le32_to_cpu(m->role) != PARTBUS_ROLE_CLIENT)
		return "a role that a guest cannot have";
	if (!line_is(m->line_in) || !line_is(m->line_out))
		return "a line that there is not";
	if (le32_to_cpu(m->admin_size) != PARTBUS_ADMIN_SIZE ||
	    !section_lies(w, le64_to_cpu(m->admin_offset), PARTBUS_ADMIN_SIZE))
		return "a section that is not in the window";
	return NULL;
}

/* Kernel-doc: see window_parse.h. */
const char *pb_guest_placed_wrong(const struct pb_guest_window *w,
				  const struct partbus_ctrl_data_placed *m)
{
	if (!section_lies(w, le64_to_cpu(m->offset), le64_to_cpu(m->size)))
		return "a section that is not in the window";
	return NULL;
}
