/* SPDX-License-Identifier: GPL-2.0 */
/* Connections of QEMUs; used by server.c alone. */
#ifndef PBD_CONN_H
#define PBD_CONN_H

#include "server.h"

/* Takes over @fd, which has just been accepted. */
void pbd_conn_accept(struct pbd_port *port, int fd);
/* Takes over @fd, which was wired before this daemon began. */
void pbd_conn_held(struct pbd_port *port, const char *stored, int fd);
/* Closes and frees; @why for the log, or NULL. */
void pbd_conn_close(struct pbd_conn *conn, const char *why);

#endif
