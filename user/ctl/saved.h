/* SPDX-License-Identifier: GPL-2.0 */
/* The saved state as JSON: one object to and from its form, both ways. */
#ifndef CTL_SAVED_H
#define CTL_SAVED_H

#include <jansson.h>

#include "object.h"

#define SAVED_FORMAT	1

json_t *saved_partition(const struct pbl_partition *p);
json_t *saved_resource(const struct pbl_resource *r);
json_t *saved_offer(const struct pbl_offer *o, const char *partition);

/* 0 or negative with a sentence in @err; unknown keys are errors. */
int saved_to_partition(json_t *j, struct pbl_partition *p, struct pbl_error *err);
int saved_to_resource(json_t *j, struct pbl_resource *r, struct pbl_error *err);
/* The partition comes back by name, which need not have the id yet that it will have. */
int saved_to_offer(json_t *j, struct pbl_offer *o, char *partition, size_t size,
		   struct pbl_error *err);

#endif
