/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the agent in a guest and its client in the host VM say to each other
 * over one virtio-serial port: frames of an eight byte head and a payload.
 *
 * A port is a byte stream that outlives clients, agents and guest resets, so
 * either end may find the rest of an older talk in it. Hence: a client opens
 * with HELLO and a random nonce, and both ends skip bytes until they meet it; a
 * command counts only if it ends with the nonce of the talk it belongs to.
 */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include <stdint.h>
#include <string.h>

#define LAB_PORTS	6	/* commands that can run at the same time */
#define LAB_PORT_PREFIX	"lab.agent."
#define LAB_NONCE	8
#define LAB_PAYLOAD_MAX	65536

enum lab_frame_type {
	LAB_HELLO = 'H',	/* both ways; nonce (zero: the agent has just started) */
	LAB_RUN = 'R',		/* to the agent; shell command, nonce */
	LAB_STDIN = 'I',	/* to the agent; empty: end of file */
	LAB_OUT = 'O',		/* from the agent */
	LAB_ERR = 'E',		/* from the agent */
	LAB_EXIT = 'X',		/* from the agent; u32 exit code */
};

struct lab_head {
	uint8_t type;
	uint8_t mark[3];
	uint32_t len;
};

static const uint8_t lab_mark[3] = { 'L', 'a', 'b' };

static inline struct lab_head lab_make_head(enum lab_frame_type type, uint32_t len)
{
	struct lab_head head = { .type = (uint8_t)type, .len = len };

	memcpy(head.mark, lab_mark, sizeof(lab_mark));
	return head;
}

static inline int lab_head_sane(const struct lab_head *head)
{
	return !memcmp(head->mark, lab_mark, sizeof(lab_mark)) &&
	       head->len <= LAB_PAYLOAD_MAX;
}

#endif
