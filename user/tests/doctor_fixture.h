/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A healthy host and a healthy guest for the tests of the doctor, made anew for
 * each; and what it finds there.
 */
#ifndef DOCTOR_FIXTURE_H
#define DOCTOR_FIXTURE_H

#include "ctl.h"
#include "fake_kernel.h"

/* Of the last examine(), without what found() has taken off. */
extern json_t *findings;
extern int exit_code;

/* A partition web with a QEMU, 4242, and db without; web is offered disk0. */
int make_host(void **state);
int make_guest(void **state);
int teardown(void **state);
int load_manual(void **state);
int free_manual(void **state);

#define HOST(test)	cmocka_unit_test_setup_teardown(test, make_host, teardown)
#define GUEST(test)	cmocka_unit_test_setup_teardown(test, make_guest, teardown)

/* The tool, with these words; what it says is the caller's to free. */
int run(char **out, char **errors, int argc, const char *const *words);
/* partbus -j doctor: every finding has the documented form, and a row in the manual. */
void examine(void);
void found(const char *name, const char *result, const char *text);
/* But for what is ok. */
void nothing_else(void);
/* All three. */
void only(const char *name, const char *result, const char *text);
void healthy(void);
const char *text_of(const json_t *finding, const char *key);

void add_attr(struct pbl_attrs *attrs, __u32 type, __u64 value);
void make_socket(const char *name, mode_t mode);
/* The command line of the QEMU. */
void write_qemu(const char *words);
/* A domain of libvirt; @vectors: " vectors='16'", or nothing */
void write_domain(const char *name, const char *socket, const char *vectors);

#endif
