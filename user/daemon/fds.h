/* SPDX-License-Identifier: GPL-2.0 */
/* Messages with at most one descriptor over a unix socket. */
#ifndef PBD_FDS_H
#define PBD_FDS_H

#include <stddef.h>
#include <sys/types.h>

/* 0, or -errno; -EAGAIN when the socket is full. @fd -1 for none. */
int pbd_fd_send(int socket, const void *data, size_t length, int fd);
/* Bytes (0 at the end), or -errno. *@fd gets what came, close-on-exec, or -1. */
ssize_t pbd_fd_recv(int socket, void *data, size_t size, int *fd);
/* Closes and forgets. */
void pbd_fd_close(int *fd);

#endif
