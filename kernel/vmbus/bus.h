/* SPDX-License-Identifier: GPL-2.0 */
/* The bus type, for the other files of the bus. */
#ifndef _PB_BUS_H
#define _PB_BUS_H

#include <linux/device.h>

extern struct bus_type pb_bus_type;
extern const struct attribute_group *pb_channel_groups[];

int pb_bus_init(void);
void pb_bus_exit(void);

#endif /* _PB_BUS_H */
