// SPDX-License-Identifier: GPL-2.0
/* Eventfds as doorbell lines. Not: which line belongs to what. */
#include "bell.h"

#include <linux/file.h>

#include <compat/eventfd.h>

/*
 * Runs in the VCPU's exit with @wqh locked and interrupts off. Listeners may not
 * signal an eventfd in here; they queue work.
 */
static int bell_wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct pb_bell *b = container_of(wait, struct pb_bell, wait);
	u64 count;

	/* EPOLLHUP says that QEMU is gone: the window's release says it, too. */
	if (key_to_poll(key) & EPOLLIN) {
		eventfd_ctx_do_read(b->out, &count);
		pb_line_heard(b->line);
	}
	return 0;
}

static void bell_queue(struct file *file, wait_queue_head_t *wqh, poll_table *table)
{
	struct pb_bell *b = container_of(table, struct pb_bell, table);

	b->wqh = wqh;
	add_wait_queue(wqh, &b->wait);
}

int pb_bell_init(struct pb_bell *b, int in_fd, int out_fd, struct pb_line *line)
{
	struct file *file;

	b->line = line;
	b->in = eventfd_ctx_fdget(in_fd);
	if (IS_ERR(b->in))
		return PTR_ERR(b->in);
	file = eventfd_fget(out_fd);
	if (IS_ERR(file)) {
		eventfd_ctx_put(b->in);
		return PTR_ERR(file);
	}
	b->out = eventfd_ctx_fileget(file);
	init_waitqueue_func_entry(&b->wait, bell_wake);
	init_poll_funcptr(&b->table, bell_queue);
	/* What was rung before is found by whoever looks at the rings first. */
	vfs_poll(file, &b->table);
	fput(file);
	return 0;
}

void pb_bell_deafen(struct pb_bell *b)
{
	u64 count;

	/* Waits for a bell_wake() under way: it runs with the queue locked. */
	eventfd_ctx_remove_wait_queue(b->out, &b->wait, &count);
}

void pb_bell_exit(struct pb_bell *b)
{
	eventfd_ctx_put(b->in);
	eventfd_ctx_put(b->out);
}

void pb_bell_ring(struct pb_bell *b)
{
	pb_eventfd_signal(b->in);
}
