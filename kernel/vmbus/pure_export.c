// SPDX-License-Identifier: GPL-2.0
/* Exports of the files that are built outside the kernel, too, and so cannot say it. */
#include <linux/export.h>

#include <vmbus/channel_state.h>
#include <vmbus/contract.h>
#include <vmbus/layout.h>
#include <vmbus/ring.h>

EXPORT_SYMBOL_GPL(pb_attr_table);
EXPORT_SYMBOL_GPL(pb_attr_index);
EXPORT_SYMBOL_GPL(pb_attr_limits);
EXPORT_SYMBOL_GPL(pb_attr_of_class);
EXPORT_SYMBOL_GPL(pb_attr_stated);
EXPORT_SYMBOL_GPL(pb_channel_state_name);
EXPORT_SYMBOL_GPL(pb_contract_answer);
EXPORT_SYMBOL_GPL(pb_contract_check);
EXPORT_SYMBOL_GPL(pb_contract_choose);
EXPORT_SYMBOL_GPL(pb_contract_same_geometry);
EXPORT_SYMBOL_GPL(pb_contract_sane);
EXPORT_SYMBOL_GPL(pb_layout_init);
EXPORT_SYMBOL_GPL(pb_ranges_uncap);
EXPORT_SYMBOL_GPL(pb_ring_arm);
EXPORT_SYMBOL_GPL(pb_ring_format);
EXPORT_SYMBOL_GPL(pb_ring_pending);
