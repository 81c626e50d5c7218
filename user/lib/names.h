/* SPDX-License-Identifier: GPL-2.0 */
/* Names of enum values, in both directions. An unknown value has no name. */
#ifndef PBL_NAMES_H
#define PBL_NAMES_H

#include <linux/types.h>

const char *pbl_partition_state_name(__u32 state);
const char *pbl_heartbeat_name(__u32 state);
const char *pbl_resource_state_name(__u32 state);
const char *pbl_channel_state_name(__u32 state);
const char *pbl_neg_state_name(__u32 state);
const char *pbl_event_kind_name(__u32 kind);
const char *pbl_class_name(__u32 class);
const char *pbl_role_name(__u32 role);
/* PARTBUS_CLASS_* or 0. */
__u32 pbl_class_by_name(const char *name);

#endif
