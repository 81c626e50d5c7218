// SPDX-License-Identifier: GPL-2.0
/* Exports of what is built outside the kernel, too, and so cannot say it. */
#include <linux/export.h>

#include <frame/frame.h>

EXPORT_SYMBOL_GPL(pb_frame_allowed);
EXPORT_SYMBOL_GPL(pb_frame_answered);
EXPORT_SYMBOL_GPL(pb_frame_parse);
EXPORT_SYMBOL_GPL(pb_frame_tag);
EXPORT_SYMBOL_GPL(pb_frame_wanted);
