/* SPDX-License-Identifier: GPL-2.0 */
/* Differences of pidfds between kernels. */
#ifndef _PB_COMPAT_PIDFD_H
#define _PB_COMPAT_PIDFD_H

#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/string.h>
#include <linux/version.h>

/*
 * pidfd_pid() is not for modules. 6.9 (cb12fd8e0dab) gave pidfds a file system of
 * their own; before, they are anonymous inodes with a name of their own. User
 * space can make neither of anything else.
 */
static inline bool pb_file_is_pidfd(const struct file *file)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
	return file_inode(file)->i_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !strcmp(file->f_path.dentry->d_name.name, "[pidfd]");
#else
	return file_inode(file)->i_sb->s_magic == PID_FS_MAGIC;
#endif
}

#endif /* _PB_COMPAT_PIDFD_H */
