/* SPDX-License-Identifier: GPL-2.0 */
/* Where things are in a window, as its host says. Pure; see <partbus/window.h>. */
#ifndef _PB_WINDOW_PARSE_H
#define _PB_WINDOW_PARSE_H

#include <linux/types.h>

#include <partbus/ctrl.h>
#include <partbus/window.h>

/**
 * struct pb_guest_window - what a guest has read of a header, and checked
 * @size: bytes of the window that are used
 * @host_peer: to whom the guest rings
 * @h2g_offset: of the control ring from the host, in bytes
 * @g2h_offset: of the control ring to the host, in bytes
 * @head_size: bytes before the first place where a section may be
 */
struct pb_guest_window {
	__u64 size;
	__u32 host_peer;
	__u64 h2g_offset;
	__u64 g2h_offset;
	__u64 head_size;
};

/**
 * pb_guest_window_parse() - reads a header
 * @w: out
 * @h: a copy that nobody writes to
 * @bar_size: bytes that are mapped
 * @why: out: what is wrong with it, for people; with -EPROTO
 *
 * Return: 0, -ENODEV if this is no window of partbus, -EPROTO.
 */
int pb_guest_window_parse(struct pb_guest_window *w, const struct partbus_window_header *h,
			  __u64 bar_size, const char **why);

/* NULL, or what is wrong with what an offer says about places and lines. @m: a copy. */
const char *pb_guest_offer_wrong(const struct pb_guest_window *w,
				 const struct partbus_ctrl_offer *m);

/* NULL, or what is wrong with the place of a data section. @m: a copy. */
const char *pb_guest_placed_wrong(const struct pb_guest_window *w,
				  const struct partbus_ctrl_data_placed *m);

#endif /* _PB_WINDOW_PARSE_H */
