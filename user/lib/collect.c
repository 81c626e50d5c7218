// SPDX-License-Identifier: GPL-2.0
/* Dumps into lists, the same for every object. */
#include <errno.h>

#include "object.h"

int pbl_collect_reply(struct nlattr *attrs, int length, void *arg)
{
	struct pbl_collect *c = arg;
	void *item = pbl_list_add(c->list);

	if (!item)
		return -ENOMEM;
	c->decode(item, attrs, length);
	return 0;
}

void pbl_collect_restart(void *arg)
{
	pbl_list_clear(((struct pbl_collect *)arg)->list);
}
