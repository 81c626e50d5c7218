// SPDX-License-Identifier: GPL-2.0
/*
 * The channel of the hostile provider. Parameters: what is written to "open" is
 * the name of a mode, of "list" for a disk or "nics" for a NIC; "wanted" says what its event must begin with;
 * anything written to "close" takes the channel back for good.
 */
#include "provider.h"

#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uuid.h>
#include <linux/vmalloc.h>

#define FIRST_CHANNEL	100000u	/* far from those of the host */

static struct provider *provider;	/* the open one; under the lock of parameters */
static u32 channels;
static struct pb_users users;

static void *entry_of(struct provider_ring *r, u32 index)
{
	return (void *)(r->ctl + 1) + (size_t)(index & (r->entries - 1)) * r->entry_size;
}

void provider_begin(struct provider_ring *r, void *at, u32 entries, u32 entry_size)
{
	r->ctl = at;
	r->entries = entries;
	r->entry_size = entry_size;
	r->index = 0;
}

void provider_put(struct provider_ring *r, const void *entry, unsigned int copies)
{
	while (copies--)
		memcpy(entry_of(r, r->index++), entry, r->entry_size);
	/* Pairs with the acquire of @prod in pb_ring_consume(). */
	smp_store_release(&r->ctl->prod, cpu_to_le32(r->index));
}

bool provider_get(struct provider_ring *r, void *entry)
{
	/* Pairs with the release of @prod in pb_ring_publish(). */
	if (le32_to_cpu(smp_load_acquire(&r->ctl->prod)) == r->index)
		return false;
	memcpy(entry, entry_of(r, r->index), r->entry_size);
	r->index++;
	/* The next one is to be rung for, whatever was asked before. */
	WRITE_ONCE(r->ctl->prod_event, cpu_to_le32(r->index));
	return true;
}

static void storm_rings(struct irq_work *work)
{
	struct provider *p = container_of(work, struct provider, storm);

	pb_line_heard(&p->lines.line[1]);
}

void provider_ring_client(struct provider *p)
{
	irq_work_queue(&p->storm);
}

static void op_ring(struct pb_transport *t, u32 line)
{
	struct provider *p = container_of(t, struct provider, base);

	atomic_set(&p->kicked, 1);
	wake_up(&p->wait);
}

static int op_data_find(struct pb_transport *t, u32 data_id, u64 size,
			struct partbus_section **s)
{
	struct provider *p = container_of(t, struct provider, base);

	if (!p->data || data_id != p->data_id)
		return -EAGAIN;
	if (pb_section_size(p->data) < size)
		return -EPROTO;
	*s = pb_section_get(p->data);
	return 0;
}

static void op_nothing(struct pb_transport *t)
{
}

static void op_broken(struct pb_transport *t, const char *reason)
{
}

static void op_release(struct pb_transport *t)
{
	struct provider *p = container_of(t, struct provider, base);

	irq_work_sync(&p->storm);
	pb_section_put(p->data);
	vfree(p->store);
	pb_channel_id_put(p->id);
	kfree(p);
}

static const struct pb_transport_ops ops = {
	.ring = op_ring,
	.data_find = op_data_find,
	.broken = op_broken,
	.reopen = op_nothing,
};

static int serve(void *arg)
{
	struct provider *p = arg;
	bool busy;

	while (!kthread_should_stop()) {
		atomic_set(&p->kicked, 0);
		busy = provider_speak(p);
		busy |= p->class == PARTBUS_CLASS_NET ? provider_serve_nic(p) : provider_serve(p);
		if (busy)
			cond_resched();
		else
			wait_event_interruptible_timeout(p->wait, atomic_read(&p->kicked) ||
							 kthread_should_stop(), HZ / 50);
	}
	return 0;
}

static int provider_open(const struct provider_mode *mode, u32 class)
{
	struct provider *p = kzalloc(sizeof(*p), GFP_KERNEL);
	struct pb_channel_params params = { .class = class };
	uuid_t uuid;
	int ret;

	if (!p)
		return -ENOMEM;
	p->mode = mode;
	p->class = class;
	p->depth = class == PARTBUS_CLASS_NET ? PROVIDER_NIC_DEPTH : PROVIDER_DEPTH;
	p->link = -1;
	pb_lines_init(&p->lines);
	init_irq_work(&p->storm, storm_rings);
	init_waitqueue_head(&p->wait);
	p->store = vzalloc(PROVIDER_SECTORS << SECTOR_SHIFT);
	p->admin = p->store ? pb_section_alloc(PARTBUS_ADMIN_SIZE) : ERR_PTR(-ENOMEM);
	if (IS_ERR(p->admin)) {
		ret = PTR_ERR(p->admin);
		goto err_free;
	}
	ret = pb_channel_id_like(FIRST_CHANNEL + channels++);
	if (ret < 0) {
		pb_section_put(p->admin);
		goto err_free;
	}
	p->id = ret;
	uuid_gen(&uuid);
	params.id = p->id;
	params.role = PARTBUS_ROLE_CLIENT;
	params.uuid = &uuid;
	params.resource = "hostile";
	params.serial = "";
	params.line_in = 1;
	params.line_out = 1;
	params.admin = p->admin;
	params.transport = &p->base;
	p->base.ops = &ops;
	p->base.lines = &p->lines;
	p->base.users = &users;
	p->base.release = op_release;
	pb_channel_format(p->admin, params.id, params.class);
	provider_begin(&p->requests, p->admin->va + PARTBUS_MBOX_C2S_OFFSET,
		       PARTBUS_MBOX_ENTRIES, PARTBUS_MBOX_ENTRY_SIZE);
	provider_begin(&p->answers, p->admin->va + PARTBUS_MBOX_S2C_OFFSET,
		       PARTBUS_MBOX_ENTRIES, PARTBUS_MBOX_ENTRY_SIZE);
	p->ch = pb_channel_new(&params);
	if (IS_ERR(p->ch)) {
		ret = PTR_ERR(p->ch);
		/* The provider has gone with its transport. */
		return ret;
	}
	p->task = kthread_run(serve, p, "hostile_provider");
	if (IS_ERR(p->task)) {
		ret = PTR_ERR(p->task);
		goto err_put;
	}
	ret = pb_channel_add(p->ch);
	if (ret)
		goto err_stop;
	provider = p;
	return 0;

err_stop:
	kthread_stop(p->task);
err_put:
	pb_section_put(p->admin);
	pb_channel_put(p->ch);
	return ret;		/* the provider has gone with its transport */

err_free:
	vfree(p->store);
	kfree(p);
	return ret;
}

static void provider_close(void)
{
	struct provider *p = provider;

	if (!p)
		return;
	provider = NULL;
	/* The client first: until it has let go, the server goes on to do harm. */
	pb_channel_del(p->ch, PARTBUS_RESCIND_REMOVED);
	kthread_stop(p->task);
	pb_section_put(p->admin);
	pb_channel_put(p->ch);
}

static int open_set(const char *text, const struct kernel_param *kp)
{
	const struct provider_mode *m;

	if (provider)
		return -EBUSY;
	for (m = provider_modes; m->name; m++)
		if (sysfs_streq(text, m->name))
			return provider_open(m, PARTBUS_CLASS_BLOCK);
	for (m = provider_nic_modes; m->name; m++)
		if (sysfs_streq(text, m->name))
			return provider_open(m, PARTBUS_CLASS_NET);
	return -EINVAL;
}

static int close_set(const char *text, const struct kernel_param *kp)
{
	provider_close();
	return 0;
}

/* Name, and what is spoilt: the negotiation, requests, or nothing that shows. */
static int list(char *buf, const struct provider_mode *m)
{
	int n = 0;

	for (; m->name; m++)
		n += scnprintf(buf + n, PAGE_SIZE - n, "%s %s\n",
			       m->trick == TRICK_ERRORS ? "fails" : !m->reason ? "works" :
			       m->type ? "negotiation" : "requests", m->name);
	return n;
}

static int list_get(char *buf, const struct kernel_param *kp)
{
	return list(buf, provider_modes);
}

static int nics_get(char *buf, const struct kernel_param *kp)
{
	return list(buf, provider_nic_modes);
}

static int wanted_get(char *buf, const struct kernel_param *kp)
{
	return scnprintf(buf, PAGE_SIZE, "%s\n", provider && provider->mode->reason ?
			 provider->mode->reason : "");
}

static const struct kernel_param_ops open_ops = { .set = open_set };
static const struct kernel_param_ops close_ops = { .set = close_set };
static const struct kernel_param_ops list_ops = { .get = list_get };
static const struct kernel_param_ops nics_ops = { .get = nics_get };
static const struct kernel_param_ops wanted_ops = { .get = wanted_get };
module_param_cb(open, &open_ops, NULL, 0200);
module_param_cb(close, &close_ops, NULL, 0200);
module_param_cb(list, &list_ops, NULL, 0400);
module_param_cb(nics, &nics_ops, NULL, 0400);
module_param_cb(wanted, &wanted_ops, NULL, 0400);

static int __init provider_init(void)
{
	pb_users_init(&users);
	return 0;
}

static void __exit provider_exit(void)
{
	provider_close();
	pb_users_wait(&users);
}

module_init(provider_init);
module_exit(provider_exit);

MODULE_DESCRIPTION("partbus tests: a provider that breaks the rules");
MODULE_LICENSE("GPL");
