// SPDX-License-Identifier: GPL-2.0
/* Who is told when a line is rung. Not: what rings it. */
#include <vmbus/line.h>

#include <linux/export.h>
#include <linux/rculist.h>

void pb_lines_init(struct pb_lines *lines)
{
	unsigned int i;

	for (i = 0; i < PARTBUS_LINES; i++) {
		spin_lock_init(&lines->line[i].lock);
		INIT_LIST_HEAD(&lines->line[i].listeners);
	}
}
EXPORT_SYMBOL_GPL(pb_lines_init);

bool pb_line_heard(struct pb_line *line)
{
	struct partbus_listener *l;
	bool reason = false;

	rcu_read_lock();
	list_for_each_entry_rcu(l, &line->listeners, node)
		reason |= l->notify(l);
	rcu_read_unlock();
	return reason;
}
EXPORT_SYMBOL_GPL(pb_line_heard);

void pb_line_listen(struct pb_line *line, struct partbus_listener *l)
{
	spin_lock(&line->lock);
	list_add_tail_rcu(&l->node, &line->listeners);
	spin_unlock(&line->lock);
}
EXPORT_SYMBOL_GPL(pb_line_listen);

void pb_line_unlisten(struct pb_line *line, struct partbus_listener *l)
{
	spin_lock(&line->lock);
	list_del_rcu(&l->node);
	spin_unlock(&line->lock);
	/* pb_line_heard() runs inside a read side section, also in an interrupt. */
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(pb_line_unlisten);
