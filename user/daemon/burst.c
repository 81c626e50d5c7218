// SPDX-License-Identifier: GPL-2.0
/*
 * What a QEMU is told, message by message, each an int64 with at most one
 * descriptor:
 *
 *   0                      protocol version, no descriptor
 *   0                      the id of this window
 *   -1     window          shared memory
 *   0      line_in[i]      own vectors, all of them: one that the guest unmasks
 *                          and we did not send would abort its QEMU
 *   1      line_out[i]     the host, the only peer, with its lines
 *
 * The memory stands before the vectors: some QEMUs crash on the other order.
 */
#include "server.h"

__s64 pbd_burst_value(unsigned int n)
{
	switch (n) {
	case 0:
		return 0;
	case 1:
		return PBD_OWN_ID;
	case 2:
		return -1;
	default:
		return n < 3 + PARTBUS_LINES ? PBD_OWN_ID : PBD_HOST_ID;
	}
}

int pbd_burst_fd(const struct pbd_attachment *a, unsigned int n)
{
	if (n < 2)
		return -1;
	if (n == 2)
		return a->window;
	if (n < 3 + PARTBUS_LINES)
		return a->line_in[n - 3];
	return a->line_out[n - 3 - PARTBUS_LINES];
}
