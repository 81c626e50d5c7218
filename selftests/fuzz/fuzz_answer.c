// SPDX-License-Identifier: GPL-2.0
/*
 * Completions of a provider that sends anything: what is believed is, byte for byte,
 * what an honest one would have sent for that request.
 */
#include "fuzz.h"

#include <linux/errno.h>
#include <asm/byteorder.h>
#include <vsc/blk_answer.h>

static struct partbus_blk_done honest(__u16 tag, __u16 status, __u32 sectors)
{
	struct partbus_blk_done done;

	memset(&done, 0, sizeof(done));
	done.tag = cpu_to_le16(tag);
	done.status = cpu_to_le16(status);
	done.sectors = cpu_to_le32(status ? 0 : sectors);
	return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	struct partbus_blk_done raw, before, right;
	__u32 depth, sectors;
	const char *why = NULL;
	__u16 status = 0;
	int tag, ret;
	__u8 op;

	depth = 1 + in_below(&in, PARTBUS_MAX_DEPTH);
	op = in_below(&in, PARTBUS_BLK_OP_END);
	sectors = op == PARTBUS_BLK_FLUSH ? 0 : in_u32(&in);
	raw = honest(in_below(&in, depth), in_below(&in, PARTBUS_BLK_S_END), sectors);
	if (in_byte(&in) & 1)
		in_bytes(&in, &raw, sizeof(raw));
	if (in_byte(&in) & 1) {
		__u8 at = in_below(&in, sizeof(raw));

		((__u8 *)&raw)[at] = in_byte(&in);
	}
	before = raw;

	tag = pb_blk_answer_tag(&raw, depth);
	ret = pb_blk_answered(&raw, op, sectors, &status, &why);
	must(!memcmp(&before, &raw, sizeof(raw)), "a completion was changed");
	must(tag < 0 ? tag == -EPROTO && le16_to_cpu(raw.tag) >= depth :
	     tag == le16_to_cpu(raw.tag) && (__u32)tag < depth, "another tag");
	REACHED_IF(tag < 0, "a tag beyond the depth");
	must(ret ? ret == -EPROTO && why : !why, "an error without a sentence, or a sentence alone");

	right = honest(le16_to_cpu(raw.tag), le16_to_cpu(raw.status), sectors);
	if (!op || le16_to_cpu(raw.status) >= PARTBUS_BLK_S_END ||
	    memcmp(&right, &raw, sizeof(raw))) {
		must(ret, "an answer that no honest provider sends was believed");
		REACHED_IF(!op, "an answer to nothing");
		REACHED_IF(op, "a wrong answer");
		return 0;
	}
	must(!ret, "an honest answer was refused");
	must(status == le16_to_cpu(raw.status), "another status");
	REACHED_IF(!status, "a success");
	REACHED_IF(status, "an error");
	return 0;
}

void fuzz_seeds(fuzz_emit emit)
{
	static const struct {
		const char *name;
		__u32 depth, op, tag, status;
		/* A byte of the completion that is then another one; 0: it stays honest. */
		__u8 at, to;
	} seeds[] = {
		{ "last-tag", PARTBUS_MAX_DEPTH, PARTBUS_BLK_READ, PARTBUS_MAX_DEPTH - 1, 0, 0, 0 },
		{ "flush", 1, PARTBUS_BLK_FLUSH, 0, 0, 0, 0 },
		{ "last-status", 1, PARTBUS_BLK_WRITE, 0, PARTBUS_BLK_S_END - 1, 0, 0 },
		{ "tag-beyond-depth", 2, PARTBUS_BLK_READ, 1, 0,
		  offsetof(struct partbus_blk_done, tag), 2 },
		/* An error has no sectors, and neither has a flush. */
		{ "status-beyond-last", 2, PARTBUS_BLK_FLUSH, 1, 0,
		  offsetof(struct partbus_blk_done, status), PARTBUS_BLK_S_END },
		{ "error-with-sectors", 2, PARTBUS_BLK_READ, 1, PARTBUS_BLK_S_IOERR,
		  offsetof(struct partbus_blk_done, sectors), 8 },
		{ "last-reserved", 2, PARTBUS_BLK_READ, 1, 0,
		  sizeof(struct partbus_blk_done) - 1, 1 },
		{ "to-nothing", 2, 0, 1, 0, 0, 0 },
	};

	for (unsigned int i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		struct script s = { 0 };

		script_below(&s, PARTBUS_MAX_DEPTH, seeds[i].depth - 1);
		script_below(&s, PARTBUS_BLK_OP_END, seeds[i].op);
		if (seeds[i].op != PARTBUS_BLK_FLUSH)
			script_u32(&s, 8);
		script_below(&s, seeds[i].depth, seeds[i].tag);
		script_below(&s, PARTBUS_BLK_S_END, seeds[i].status);
		script_byte(&s, 0);
		script_byte(&s, !!seeds[i].to);
		script_below(&s, sizeof(struct partbus_blk_done), seeds[i].at);
		script_byte(&s, seeds[i].to);
		emit(seeds[i].name, s.bytes, s.size);
	}
}
