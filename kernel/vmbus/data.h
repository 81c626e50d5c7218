/* SPDX-License-Identifier: GPL-2.0 */
/* Rings and slots of one data section, seen from one end. */
#ifndef _PB_DATA_H
#define _PB_DATA_H

#include <vmbus/partbus.h>
#include <vmbus/section.h>

/* Takes over the reference to @s, also on error. May sleep. ERR_PTR. */
struct partbus_data *pb_data_new(struct partbus_channel *ch, const struct pb_layout *l,
				 u32 id, struct partbus_section *s, bool format);
/* No queue of it listens any more. May sleep. NULL is fine. */
void pb_data_free(struct partbus_data *d);

#endif /* _PB_DATA_H */
