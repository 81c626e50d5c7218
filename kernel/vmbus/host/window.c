// SPDX-License-Identifier: GPL-2.0
/*
 * Windows: a file each on a pseudo file system, whose pages come and go as the
 * host places sections.
 *
 * The mapping is sparse. A fault answers with the page that is placed, or with
 * the scratch page, and hands it back locked: the page lock is dropped only when
 * the page is in the page table. Whoever changes what is placed first changes
 * @pages, then takes and drops the lock of the page that was there before, so
 * that every fault that had found it has finished, and then unmaps the range:
 * no fault can bring the old page back. KVM follows through its MMU notifier.
 *
 * The pages are ordinary ones with a reference per mapping, never PFNMAP: KVM
 * and VFIO pin them.
 */
#include "window.h"

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/pseudo_fs.h>
#include <linux/slab.h>

#include <compat/mm.h>

#define WINDOW_MAGIC	0x50425753	/* of the pseudo file system */

/*
 * Mounted while there is a window: a mount holds the module, and so would one
 * that stays for ever. The counter belongs to simple_pin_fs().
 */
static struct vfsmount *window_mnt;
static int window_mnt_count;

/* The page that belongs at @index, with a reference; NULL when it has too many. */
static struct page *window_page(struct pb_window *w, unsigned long index)
{
	struct page *page;

	/* Under the lock: after pb_window_unplace() the section may free it. */
	xa_lock(&w->pages);
	page = xa_load(&w->pages, index) ?: w->scratch;
	/* The scratch page can be mapped as often as somebody likes. */
	if (!try_get_page(page))
		page = NULL;
	xa_unlock(&w->pages);
	return page;
}

static vm_fault_t window_fault(struct vm_fault *vmf)
{
	struct pb_window *w = vmf->vma->vm_private_data;
	struct page *page;

	if (vmf->pgoff >= w->npages)
		return VM_FAULT_SIGBUS;
	for (;;) {
		page = window_page(w, vmf->pgoff);
		if (!page)
			return VM_FAULT_SIGBUS;
		lock_page(page);
		/* It may have been replaced before the lock was ours: see above. */
		if ((xa_load(&w->pages, vmf->pgoff) ?: w->scratch) == page)
			break;
		unlock_page(page);
		put_page(page);
	}
	vmf->page = page;
	return VM_FAULT_LOCKED;
}

static const struct vm_operations_struct window_vm_ops = {
	.fault = window_fault,
};

static int window_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct pb_window *w = file->private_data;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_pgoff + vma_pages(vma) > w->npages)
		return -EINVAL;
	/* What is in a window belongs to others, too: it does not go into core dumps. */
	pb_vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = w;
	vma->vm_ops = &window_vm_ops;
	return 0;
}

static loff_t window_llseek(struct file *file, loff_t offset, int whence)
{
	/* QEMU asks for the size in this way. */
	return fixed_size_llseek(file, offset, whence, i_size_read(file_inode(file)));
}

static int window_release(struct inode *inode, struct file *file)
{
	struct pb_window *w = file->private_data;

	w->released(w->priv);
	return 0;
}

static const struct file_operations window_fops = {
	.owner = THIS_MODULE,
	.mmap = window_mmap,
	.llseek = window_llseek,
	.release = window_release,
};

static int window_init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, WINDOW_MAGIC) ? 0 : -ENOMEM;
}

static struct file_system_type window_fs = {
	.name = "partbus_window",
	.init_fs_context = window_init_fs_context,
	.kill_sb = kill_anon_super,
	.owner = THIS_MODULE,
};

struct pb_window *pb_window_new(u64 size, void (*released)(void *priv), void *priv,
				struct file **file)
{
	struct pb_window *w = kzalloc(sizeof(*w), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!w)
		return ERR_PTR(-ENOMEM);
	mutex_init(&w->lock);
	xa_init(&w->pages);
	w->npages = size >> PAGE_SHIFT;
	w->released = released;
	w->priv = priv;
	w->map = kvcalloc(BITS_TO_LONGS(w->npages), sizeof(long), GFP_KERNEL);
	if (!w->map)
		goto err_free;
	w->scratch = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!w->scratch)
		goto err_free;
	ret = simple_pin_fs(&window_fs, &window_mnt, &window_mnt_count);
	if (ret)
		goto err_free;
	w->inode = alloc_anon_inode(window_mnt->mnt_sb);
	if (IS_ERR(w->inode)) {
		ret = PTR_ERR(w->inode);
		w->inode = NULL;
		simple_release_fs(&window_mnt, &window_mnt_count);
		goto err_free;
	}
	i_size_write(w->inode, size);
	/* One reference for the file, one for pb_window_unplace(). */
	ihold(w->inode);
	/* The file puts its fops' owner when it goes, but does not get it. */
	__module_get(THIS_MODULE);
	*file = alloc_file_pseudo(w->inode, window_mnt, "window", O_RDWR, &window_fops);
	if (IS_ERR(*file)) {
		ret = PTR_ERR(*file);
		module_put(THIS_MODULE);
		iput(w->inode);
		goto err_free;
	}
	(*file)->private_data = w;
	return w;

err_free:
	pb_window_free(w);
	return ERR_PTR(ret);
}

void pb_window_free(struct pb_window *w)
{
	xa_destroy(&w->pages);
	if (w->scratch)
		put_page(w->scratch);
	if (w->inode) {
		iput(w->inode);
		simple_release_fs(&window_mnt, &window_mnt_count);
	}
	kvfree(w->map);
	kfree(w);
}

/* Every fault that found @page before it was replaced is over. */
static void window_settle(struct page *page)
{
	lock_page(page);
	unlock_page(page);
}

static void window_unmap(struct pb_window *w, unsigned long first, unsigned long n)
{
	unmap_mapping_range(w->inode->i_mapping, (loff_t)first << PAGE_SHIFT,
			    (loff_t)n << PAGE_SHIFT, 1);
}

int pb_window_place(struct pb_window *w, struct partbus_section *s, u64 *offset)
{
	unsigned long first, i;
	int ret = 0;

	mutex_lock(&w->lock);
	first = bitmap_find_next_zero_area(w->map, w->npages, 0, s->npages, 0);
	if (first >= w->npages) {
		mutex_unlock(&w->lock);
		return -ENOSPC;
	}
	for (i = 0; i < s->npages; i++) {
		ret = xa_err(xa_store(&w->pages, first + i, s->pages[i], GFP_KERNEL));
		if (ret)
			break;
	}
	if (ret) {
		while (i--) {
			xa_erase(&w->pages, first + i);
			window_settle(s->pages[i]);
		}
	} else {
		bitmap_set(w->map, first, s->npages);
		w->used += s->npages;
	}
	/* The guest may have touched the range before and hold the scratch page. */
	window_settle(w->scratch);
	window_unmap(w, first, s->npages);
	mutex_unlock(&w->lock);
	*offset = (u64)first << PAGE_SHIFT;
	return ret;
}

void pb_window_unplace(struct pb_window *w, struct partbus_section *s, u64 offset)
{
	unsigned long first = offset >> PAGE_SHIFT, i;

	mutex_lock(&w->lock);
	for (i = 0; i < s->npages; i++)
		xa_erase(&w->pages, first + i);
	for (i = 0; i < s->npages; i++)
		window_settle(s->pages[i]);
	window_unmap(w, first, s->npages);
	bitmap_clear(w->map, first, s->npages);
	w->used -= s->npages;
	mutex_unlock(&w->lock);
}
