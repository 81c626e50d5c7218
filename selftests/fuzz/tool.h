/* SPDX-License-Identifier: GPL-2.0 */
/* The command line tool as a whole, run by a target. */
#ifndef _TOOL_H
#define _TOOL_H

#include "ctl.h"

/*
 * Runs "partbus WORD..." against the kernel behind @open, and asserts of what it
 * printed: a known exit code, a sentence with an error, no control characters,
 * and with -j JSON in every line. Return: the exit code.
 */
int tool_run(int (*open)(struct pbl_nl *nl, struct pbl_error *err), int argc, char **argv);

/* Every object of the tool, NULL at the end. */
extern const struct ctl_object *const tool_objects[];

#endif /* _TOOL_H */
