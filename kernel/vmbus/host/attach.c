// SPDX-License-Identifier: GPL-2.0
/*
 * An attachment: made by partbusd's ioctl for one QEMU, gone with that process or
 * with the last mapping of its window, whichever comes first: others may map the
 * window, too (vhost-user back ends), and outlive the QEMU. Not: what is said over it
 * (ctrl_host.c).
 *
 * What can be inside when the detach work begins, and why it ends: bells (their
 * wait entries are removed), the watch (stopped), the control work (cancelled), links
 * (killed; they hold references), a netlink reader (it has the configuration lock).
 */
#include "host.h"

#include <linux/file.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include <compat/pidfd.h>

struct pb_attach *pb_attach_get(struct pb_attach *a)
{
	kref_get(&a->ref);
	return a;
}

static void attach_free(struct kref *ref)
{
	struct pb_attach *a = container_of(ref, struct pb_attach, ref);
	unsigned int i;

	for (i = 0; i < PARTBUS_LINES; i++)
		if (!IS_ERR_OR_NULL(a->bells[i].in))
			pb_bell_exit(&a->bells[i]);
	if (a->window)
		pb_window_free(a->window);
	pb_section_put(a->head);
	if (a->pidfd)
		fput(a->pidfd);
	kfree(a);
}

void pb_attach_put(struct pb_attach *a)
{
	kref_put(&a->ref, attach_free);
}

u64 pb_attach_used(struct pb_attach *a)
{
	return (u64)READ_ONCE(a->window->used) << PAGE_SHIFT;
}

static void attach_deafen(struct pb_attach *a)
{
	unsigned int i;

	for (i = 0; i < PARTBUS_LINES; i++)
		pb_bell_deafen(&a->bells[i]);
}

static void attach_detach(struct work_struct *work)
{
	struct pb_attach *a = container_of(work, struct pb_attach, detach_work);
	const char *reason = NULL;
	struct pb_partition *p;

	pb_watch_stop(a);
	attach_deafen(a);
	pb_ctrl_host_stop(a);

	partbus_config_lock();
	a->gone = true;
	pb_link_kill_all(a->id, NULL, PARTBUS_RESCIND_DETACHED, true);
	p = a->partition;
	a->partition = NULL;
	p->attach = NULL;
	if (!READ_ONCE(a->released)) {
		reason = "its process has ended, though others still map its window";
		pr_info("partbus: partition %s: %s\n", p->name, reason);
	}
	pb_partition_set_state(p, PARTBUS_PARTITION_STATE_DEFINED, reason);
	partbus_config_unlock();
	pb_attach_put(a);	/* the detach work's */
}

void pb_attach_down(struct pb_attach *a)
{
	if (!atomic_xchg(&a->down, 1))
		queue_work(pb_host_wq, &a->detach_work);
}

/* The last descriptor and the last mapping are gone, and so is the guest. */
static void attach_released(void *priv)
{
	struct pb_attach *a = priv;

	WRITE_ONCE(a->released, true);
	pb_attach_down(a);
	pb_attach_put(a);	/* the file's; may free the window */
}

/*
 * A guest can write over the header, and its next kernel, which would tell by a new
 * nonce that it is another one, looks at the header first.
 */
void pb_attach_show(struct pb_attach *a)
{
	size_t size = offsetof(struct partbus_window_header, hello_ack);

	partbus_config_assert_held();
	if (memcmp(a->head->va, &a->shown, size))
		memcpy(a->head->va, &a->shown, size);
}

static void attach_fill_header(struct pb_attach *a, const struct pb_partition *p, u32 host_peer)
{
	struct partbus_window_header *h = &a->shown;

	h->version_min = cpu_to_le32(PARTBUS_VERSION_MIN);
	h->version_max = cpu_to_le32(PARTBUS_VERSION_MAX);
	h->window_size = cpu_to_le64(p->window_size);
	h->partition_id = cpu_to_le32(p->id);
	h->lines = cpu_to_le32(PARTBUS_LINES);
	h->host_peer = cpu_to_le32(host_peer);
	h->ctrl_entries = cpu_to_le32(PARTBUS_CTRL_ENTRIES);
	h->ctrl_h2g_offset = cpu_to_le64(PB_HEAD_H2G);
	h->ctrl_g2h_offset = cpu_to_le64(PB_HEAD_G2H);
	h->db_offset = cpu_to_le64(PB_HEAD_DB);
	h->db_size = cpu_to_le64(PARTBUS_PAGE_SIZE);
	export_uuid(h->uuid, &p->uuid);
	strscpy(h->name, p->name, sizeof(h->name));
	h->generation = cpu_to_le64(p->generation);
	h->magic = cpu_to_le64(PARTBUS_WINDOW_MAGIC);
	pb_attach_show(a);
}

static int attach_lines(struct pb_attach *a, const struct partbus_attach *arg)
{
	unsigned int i;
	int ret;

	for (i = 0; i < PARTBUS_LINES; i++) {
		ret = pb_bell_init(&a->bells[i], arg->line_in[i], arg->line_out[i],
				   &a->lines.line[i]);
		if (ret) {
			a->bells[i].in = NULL;
			while (i--) {
				pb_bell_deafen(&a->bells[i]);
				pb_bell_exit(&a->bells[i]);
				a->bells[i].in = NULL;
			}
			return ret;
		}
	}
	return 0;
}

/* The process that will map the window: held, so that its death can be seen. */
static int attach_process(struct pb_attach *a, const struct partbus_attach *arg)
{
	a->pidfd = fget(arg->pidfd);
	if (!a->pidfd)
		return -EBADF;
	a->pid = arg->pid;
	return pb_file_is_pidfd(a->pidfd) ? 0 : -EINVAL;
}

static struct pb_attach *attach_alloc(void)
{
	struct pb_attach *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return ERR_PTR(-ENOMEM);
	kref_init(&a->ref);
	mutex_init(&a->place_lock);
	INIT_WORK(&a->detach_work, attach_detach);
	pb_lines_init(&a->lines);
	pb_ctrl_host_init(a);
	a->head = pb_section_alloc(PB_HEAD_SIZE);
	if (IS_ERR(a->head)) {
		kfree(a);
		return ERR_PTR(-ENOMEM);
	}
	return a;
}

int pb_attach_new(const struct partbus_attach *arg, struct file **file)
{
	struct pb_attach *a = attach_alloc();
	struct pb_partition *p;
	u64 offset;
	int ret;

	if (IS_ERR(a))
		return PTR_ERR(a);
	ret = attach_process(a, arg);
	if (ret)
		goto err_put;
	ret = attach_lines(a, arg);
	if (ret)
		goto err_put;

	partbus_config_lock();
	p = pb_partition_find(arg->partition_id);
	if (!p || p->attach) {
		ret = p ? -EBUSY : -ENOENT;
		goto err_unlock;
	}
	a->window = pb_window_new(p->window_size, attach_released, a, file);
	if (IS_ERR(a->window)) {
		ret = PTR_ERR(a->window);
		a->window = NULL;
		goto err_unlock;
	}
	pb_attach_get(a);	/* the file's; put by attach_released() */
	a->partition = p;
	a->id = p->id;
	attach_fill_header(a, p, arg->host_peer);
	/* Into an empty window: at its start. From here on release() takes all down. */
	ret = pb_window_place(a->window, a->head, &offset);
	p->attach = a;
	pb_partition_set_state(p, PARTBUS_PARTITION_STATE_ATTACHED, NULL);
	pb_ctrl_host_start(a);
	pb_watch_start(a);
	partbus_config_unlock();
	if (ret)
		fput(*file);
	return ret;

err_unlock:
	partbus_config_unlock();
	attach_deafen(a);
err_put:
	pb_attach_put(a);
	return ret;
}
