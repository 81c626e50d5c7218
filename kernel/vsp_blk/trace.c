// SPDX-License-Identifier: GPL-2.0
/* Where the tracepoints of the block provider are made. */
#define CREATE_TRACE_POINTS
#include "trace.h"
