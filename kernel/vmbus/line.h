/* SPDX-License-Identifier: GPL-2.0 */
/* Doorbell lines as seen by the end that hears them; several channels share one. */
#ifndef _PB_LINE_H
#define _PB_LINE_H

#include <linux/spinlock.h>

#include <partbus/types.h>
#include <vmbus/partbus.h>

/**
 * struct pb_line - one line
 * @lock: serialises changes of @listeners; process context only
 * @listeners: RCU list of struct partbus_listener
 */
struct pb_line {
	spinlock_t lock;
	struct list_head listeners;
};

struct pb_lines {
	struct pb_line line[PARTBUS_LINES];
};

void pb_lines_init(struct pb_lines *lines);
/* Any context: the line was rung. True if a listener saw why. */
bool pb_line_heard(struct pb_line *line);
/* Process context. */
void pb_line_listen(struct pb_line *line, struct partbus_listener *l);
/* May sleep: when it returns, notify() neither runs nor will run again. */
void pb_line_unlisten(struct pb_line *line, struct partbus_listener *l);

#endif /* _PB_LINE_H */
