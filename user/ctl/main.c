// SPDX-License-Identifier: GPL-2.0
/* partbus: start and stop. */
#include "ctl.h"

int main(int argc, char **argv)
{
	struct ctl c = {
		.out = { .file = stdout },
		.errors = stderr,
		.open = pbl_nl_open,
		.root = "",
	};

	return ctl_main(&c, argc, argv);
}
