/* SPDX-License-Identifier: GPL-2.0 */
/* Locks on ranges of sectors: who overlaps comes one after the other. */
#ifndef _NOLOSS_RANGES_H
#define _NOLOSS_RANGES_H

#include <stdint.h>

struct ranges;

struct ranges *ranges_new(uint64_t first, uint32_t sectors);
void ranges_free(struct ranges *r);
void ranges_lock(struct ranges *r, uint64_t lba, uint32_t sectors);
void ranges_unlock(struct ranges *r, uint64_t lba, uint32_t sectors);

#endif /* _NOLOSS_RANGES_H */
