// SPDX-License-Identifier: GPL-2.0
/*
 * Counting requests in flight and waiting until there are none.
 *
 * One counter per queue, in a cache line that the queue's completions write
 * anyway. It counts not only until the backing has answered but until all that
 * follows from the answer is done (completion published, doorbell rung), so that
 * zero means: rings, slots and queue may be freed. A percpu_ref would count
 * cheaper still, but to see its zero takes a grace period, and pausing for a new
 * contract is on the clock of a client that waits.
 *
 * Nothing stops a request from beginning here; the class module closes its queue
 * and flushes its worker first. After that the count can only fall.
 */
#include <linux/wait_bit.h>

#include "vsp_internal.h"

void vsp_io_end(struct vsp_queue *vq)
{
	/*
	 * Whoever waits may free @vq as soon as it reads 0: from here on only
	 * its address is used, as a key into a hash of wait queues. The atomic
	 * is a full barrier, which wake_up_var() needs from its caller: without
	 * it the look for a sleeper could come before the 0 can be seen.
	 */
	if (atomic_dec_and_test(&vq->busy))
		wake_up_var(&vq->busy);
}
EXPORT_SYMBOL_GPL(vsp_io_end);

bool vsp_quiesce_timeout(struct vsp_queue *vq, long timeout)
{
	/*
	 * Pairs with the atomic in vsp_io_end(): what the ends of requests did
	 * before they let go is seen by whoever reuses the queue afterwards.
	 */
	return wait_var_event_timeout(&vq->busy, !atomic_read_acquire(&vq->busy),
				      timeout) != 0;
}
EXPORT_SYMBOL_GPL(vsp_quiesce_timeout);

void vsp_quiesce(struct vsp_queue *vq)
{
	while (!vsp_quiesce_timeout(vq, 10 * HZ))
		partbus_ch_warn(vq->session->ch,
				"queue %u: still waiting for %u requests in flight at %s\n",
				vq->q->index, vsp_io_in_flight(vq),
				vq->session->res->backing);
}
EXPORT_SYMBOL_GPL(vsp_quiesce);
