// SPDX-License-Identifier: GPL-2.0
/* Log lines. Nothing that a peer said reaches the log with control characters. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#include "loop.h"

#define LIMIT_MSEC	10000
#define LIMIT_LINES	10

static bool use_syslog;

void pbd_log_open(bool to_syslog)
{
	use_syslog = to_syslog;
	if (to_syslog)
		openlog("partbusd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void pbd_log(int level, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	for (unsigned char *c = (void *)line; *c; c++) {
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	if (use_syslog)
		syslog(level, "%s", line);
	else
		fprintf(stderr, "partbusd: %s\n", line);
}

bool pbd_limit_pass(struct pbd_limit *limit)
{
	long long now = pbd_now_msec();

	if (!limit->lines || now - limit->since_msec > LIMIT_MSEC) {
		if (limit->dropped)
			pbd_log(LOG_NOTICE, "%u lines like the next one were left out",
				limit->dropped);
		limit->since_msec = now;
		limit->lines = 0;
		limit->dropped = 0;
	}
	if (limit->lines >= LIMIT_LINES) {
		limit->dropped++;
		return false;
	}
	limit->lines++;
	return true;
}
