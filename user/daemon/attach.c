// SPDX-License-Identifier: GPL-2.0
/* The ioctl of /dev/partbus, and what has to be there before it. */
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fds.h"

static void forget(struct pbd_attachment *a)
{
	memset(a, 0, sizeof(*a));
	a->window = -1;
	for (unsigned int i = 0; i < PARTBUS_LINES; i++)
		a->line_in[i] = a->line_out[i] = -1;
}

void pbd_attachment_close(struct pbd_attachment *a)
{
	pbd_fd_close(&a->window);
	for (unsigned int i = 0; i < PARTBUS_LINES; i++) {
		pbd_fd_close(&a->line_in[i]);
		pbd_fd_close(&a->line_out[i]);
	}
}

int pbd_attach_eventfds(struct pbd_attachment *a)
{
	forget(a);
	for (unsigned int i = 0; i < PARTBUS_LINES; i++) {
		a->line_in[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (a->line_in[i] >= 0)
			a->line_out[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (a->line_in[i] < 0 || a->line_out[i] < 0) {
			int error = errno;

			pbd_attachment_close(a);
			return -error;
		}
	}
	return 0;
}

int pbd_attach_kernel(void *ctx, __u32 partition, const struct pbd_peer *peer,
		      struct pbd_attachment *a)
{
	struct partbus_attach arg = {
		.partition_id = partition,
		.pidfd = peer->pidfd,
		.pid = peer->pid,
		.lines = PARTBUS_LINES,
		.host_peer = PBD_HOST_ID,
		.window_fd = -1,
	};
	int device, ret = pbd_attach_eventfds(a);

	if (ret)
		return ret;
	memcpy(arg.line_in, a->line_in, sizeof(arg.line_in));
	memcpy(arg.line_out, a->line_out, sizeof(arg.line_out));

	/* Not kept open: the module can be unloaded while nobody attaches. */
	device = open(ctx, O_RDWR | O_CLOEXEC);
	ret = device < 0 ? -errno : 0;
	if (!ret && ioctl(device, PARTBUS_IOC_ATTACH, &arg))
		ret = -errno;
	if (device >= 0)
		close(device);
	if (ret) {
		pbd_attachment_close(a);
		return ret;
	}
	a->window = arg.window_fd;
	a->window_size = arg.window_size;
	return 0;
}
