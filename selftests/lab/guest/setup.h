/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAB_SETUP_H
#define LAB_SETUP_H

/* Make a freshly booted initrd a place where programs run. */
void guest_setup(void);

#endif
