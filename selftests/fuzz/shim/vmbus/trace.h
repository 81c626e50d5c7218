/* SPDX-License-Identifier: GPL-2.0 */
/* Nobody traces here. */
#ifndef _SHIM_VMBUS_TRACE_H
#define _SHIM_VMBUS_TRACE_H

struct partbus_ctrl_header;

static inline void trace_partbus_control_sent(const struct partbus_ctrl_header *h)
{
	(void)h;
}

static inline void trace_partbus_control_received(const struct partbus_ctrl_header *h)
{
	(void)h;
}

#endif /* _SHIM_VMBUS_TRACE_H */
