/* SPDX-License-Identifier: GPL-2.0 */
/* Log lines: to stderr in the foreground and under systemd, else to syslog. */
#ifndef PBD_LOG_H
#define PBD_LOG_H

#include <stdbool.h>
#include <syslog.h>

void pbd_log_open(bool to_syslog);
void pbd_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * For what a peer can trigger: ten lines in ten seconds, then silence and a
 * count. One limit per call site, so that one peer cannot hide another message.
 */
struct pbd_limit {
	long long since_msec;
	unsigned int lines;
	unsigned int dropped;
};

bool pbd_limit_pass(struct pbd_limit *limit);

#define pbd_log_limited(level, ...) do { \
	static struct pbd_limit limit_; \
	if (pbd_limit_pass(&limit_)) \
		pbd_log(level, __VA_ARGS__); \
} while (0)

#endif
