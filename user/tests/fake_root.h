/* SPDX-License-Identifier: GPL-2.0 */
/* A directory that stands for / in tests. */
#ifndef FAKE_ROOT_H
#define FAKE_ROOT_H

/* Its path; below it is what root_write() has made. */
extern char fake_root[64];

/* 0 or -1. */
int root_make(void);
int root_remove(void);
/* The path of @name, until the next call; directories on the way are made. */
const char *root_path(const char *name);
void root_write(const char *name, const char *text);
/* Several lines, as printf() makes them. */
void root_print(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A file, or a directory with all in it; nothing happens when it is not there. */
void root_delete(const char *name);

#endif
