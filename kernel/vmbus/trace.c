// SPDX-License-Identifier: GPL-2.0
/* Where the tracepoints of the bus are made. */
#define CREATE_TRACE_POINTS
#include <vmbus/trace.h>
