// SPDX-License-Identifier: GPL-2.0
/* /dev/partbus: descriptors that netlink cannot carry. */
#include "host.h"

#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

static long chardev_attach(struct partbus_attach __user *uarg)
{
	struct partbus_attach arg;
	struct file *file;
	int fd, ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.flags || arg.reserved || arg.lines != PARTBUS_LINES)
		return -EINVAL;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	ret = pb_attach_new(&arg, &file);
	if (ret)
		goto err_fd;
	arg.window_fd = fd;
	arg.window_size = i_size_read(file_inode(file));
	if (copy_to_user(uarg, &arg, sizeof(arg))) {
		/* Its release takes the attachment down again. */
		fput(file);
		ret = -EFAULT;
		goto err_fd;
	}
	fd_install(fd, file);
	return 0;

err_fd:
	put_unused_fd(fd);
	return ret;
}

static long chardev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case PARTBUS_IOC_ATTACH:
		return chardev_attach((void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = chardev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice chardev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "partbus",
	.fops = &chardev_fops,
	.mode = 0600,
};

int pb_chardev_init(void)
{
	return misc_register(&chardev);
}

void pb_chardev_exit(void)
{
	misc_deregister(&chardev);
}
