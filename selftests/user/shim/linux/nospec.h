/* SPDX-License-Identifier: GPL-2.0 */
/* Speculation is the kernel's concern: nothing to be done in a test. */
#ifndef _SHIM_LINUX_NOSPEC_H
#define _SHIM_LINUX_NOSPEC_H

#define array_index_nospec(index, size)	(index)

#endif
