// SPDX-License-Identifier: GPL-2.0
/*
 * Commands of the tool against a kernel that answers anything: right messages
 * with something wrong in them, too many, too few, of others, cut short, or none
 * at all. Nothing is read beyond what came, every command ends, and what it
 * prints is what people and programs can read.
 */
#include "fuzz.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <sanitizer/asan_interface.h>

#include "outside.h"
#include "tool.h"

#define FAMILY	0x1234
#define GROUP	7

static struct input in;

/* One connection; the tool may have two. */
struct kernel {
	struct nlmsghdr request;	/* the last one, without its attributes */
	__u8 command;
	int answers;		/* that the present request has had */
	void *buffer;		/* where bytes that did not come are poisoned */
	size_t size;
};

static void put_string(struct nl_msg *msg, int type)
{
	static const char *const texts[] = { "web", "disk0", "", "pbda", "\033[31m\"\\", "\xff\xc0" };
	char text[300];
	__u8 how = in_byte(&in);

	if (how < 200) {
		nla_put_string(msg, type, texts[how % 6]);
	} else {
		in_bytes(&in, text, sizeof(text));
		/* With or without an end. */
		nla_put(msg, type, in_below(&in, sizeof(text)), text);
	}
}

static void put_number(struct nl_msg *msg, int type)
{
	__u64 v = in_number(&in);

	if (in_byte(&in) & 1)
		nla_put_u32(msg, type, (__u32)v);
	else
		nla_put_u64(msg, type, v);
}

static void put_attrs(struct nl_msg *msg, int depth)
{
	char bytes[32];
	int n;

	for (n = in_below(&in, 12); n; n--) {
		int type = in_byte(&in) & 31;
		struct nlattr *nest;

		switch (in_byte(&in) & 7) {
		case 0:
		case 1:
			put_string(msg, type);
			break;
		case 2:
			in_bytes(&in, bytes, sizeof(bytes));
			nla_put(msg, type, in_below(&in, sizeof(bytes)), bytes);
			break;
		case 3:
			nest = depth < 3 ? nla_nest_start(msg, type) : NULL;
			if (!nest)
				break;
			put_attrs(msg, depth + 1);
			nla_nest_end(msg, nest);
			break;
		default:
			put_number(msg, type);
			break;
		}
	}
}

/* The family as the kernel describes it. */
static void put_family(struct nl_msg *msg)
{
	struct nlattr *groups, *group;

	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, FAMILY);
	nla_put_u32(msg, CTRL_ATTR_VERSION, PARTBUS_FAMILY_VERSION);
	groups = nla_nest_start(msg, CTRL_ATTR_MCAST_GROUPS);
	group = nla_nest_start(msg, 1);
	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, PARTBUS_MCGRP_EVENTS);
	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, GROUP);
	nla_nest_end(msg, group);
	nla_nest_end(msg, groups);
}

/* An object as a kernel sends it, so that the tool has something to print. */
static void put_object(struct nl_msg *msg, int command)
{
	struct nlattr *nest;

	switch (command) {
	case PARTBUS_CMD_PARTITION_GET:
		nla_put_u32(msg, PARTBUS_A_PARTITION_ID, in_byte(&in) & 3);
		put_string(msg, PARTBUS_A_PARTITION_NAME);
		nla_put_u32(msg, PARTBUS_A_PARTITION_STATE, in_byte(&in) & 3);
		put_number(msg, PARTBUS_A_PARTITION_PID);
		put_string(msg, PARTBUS_A_PARTITION_RELEASE);
		break;
	case PARTBUS_CMD_RESOURCE_GET:
		put_string(msg, PARTBUS_A_RESOURCE_NAME);
		put_string(msg, PARTBUS_A_RESOURCE_BACKING);
		nla_put_u32(msg, PARTBUS_A_RESOURCE_CLASS, in_byte(&in) & 3);
		break;
	case PARTBUS_CMD_OFFER_GET:
		nla_put_u32(msg, PARTBUS_A_OFFER_PARTITION, in_byte(&in) & 3);
		put_string(msg, PARTBUS_A_OFFER_RESOURCE);
		nla_put_u32(msg, PARTBUS_A_OFFER_CHANNEL, in_byte(&in) & 3);
		break;
	case PARTBUS_CMD_CHANNEL_GET:
		nla_put_u32(msg, PARTBUS_A_CHANNEL_ID, in_byte(&in) & 3);
		nla_put_u32(msg, PARTBUS_A_CHANNEL_ROLE, in_byte(&in) & 1);
		put_string(msg, PARTBUS_A_CHANNEL_RESOURCE);
		put_string(msg, PARTBUS_A_CHANNEL_DEVICE);
		nest = nla_nest_start(msg, PARTBUS_A_CHANNEL_ATTR);
		nla_put_u32(msg, PARTBUS_A_ATTR_TYPE, 0x10 + (in_byte(&in) & 31));
		nla_put_u64(msg, PARTBUS_A_ATTR_LIKE, in_number(&in));
		nla_nest_end(msg, nest);
		break;
	default:
		nla_put_u32(msg, PARTBUS_A_EVENT_KIND, in_byte(&in) & 15);
		nla_put_u32(msg, PARTBUS_A_EVENT_CHANNEL, in_byte(&in) & 3);
		put_string(msg, PARTBUS_A_EVENT_NAME);
		put_string(msg, PARTBUS_A_EVENT_REASON);
		break;
	}
}

static void put_end(struct nl_msg *msg, struct kernel *k, bool dump)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct nlmsgerr e = { .msg = k->request };
	__u8 how = in_byte(&in);
	int number = 0;

	h->nlmsg_type = dump && how & 1 ? NLMSG_DONE : NLMSG_ERROR;
	if (how > 128)
		number = how > 250 ? (int)in_u32(&in) : -(int)(how & 63);
	e.error = number;
	if (h->nlmsg_type == NLMSG_DONE)
		nlmsg_append(msg, &number, sizeof(number), 1);
	else
		nlmsg_append(msg, &e, sizeof(e), 1);
	if (!number)
		return;
	h->nlmsg_flags |= NLM_F_ACK_TLVS | NLM_F_CAPPED;
	if (how & 2)
		put_string(msg, NLMSGERR_ATTR_MSG);
	if (how & 4)
		nla_put_u32(msg, NLMSGERR_ATTR_OFFS, in_below(&in, 64));
	if (how & 8)
		nla_put_u32(msg, 5, in_below(&in, 32));
	if (how & 16)
		nla_put_u32(msg, 6, in_below(&in, 64));
	REACHED("a refusal");
}

/* One message of an answer; true when it is the last. */
static bool put_message(struct nl_msg *msg, struct kernel *k)
{
	bool dump = k->request.nlmsg_flags & NLM_F_DUMP && k->request.nlmsg_type != GENL_ID_CTRL;
	struct nlmsghdr *h;
	__u8 how = in_byte(&in);

	if (!k->request.nlmsg_seq || how & 0x80 || !k->answers) {
		genlmsg_put(msg, 0, k->request.nlmsg_seq, FAMILY, 0, dump ? NLM_F_MULTI : 0,
			    k->request.nlmsg_seq ? k->command : PARTBUS_CMD_EVENT_NTF, 1);
		if (k->request.nlmsg_type == GENL_ID_CTRL)
			put_family(msg);
		else
			put_object(msg, k->command);
		if (how & 1)
			put_attrs(msg, 0);
		if (how == 0x82)
			nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_DUMP_INTR;
		k->answers++;
		return false;
	}
	h = nlmsg_put(msg, 0, k->request.nlmsg_seq, 0, 0, 0);
	if (!h)
		return true;
	put_end(msg, k, dump);
	return true;
}

static int kernel_send(void *ctx, const void *data, size_t length)
{
	const struct nlmsghdr *h = data;
	struct kernel *k = ctx;

	must(length == h->nlmsg_len && length >= NLMSG_HDRLEN + GENL_HDRLEN, "a torn request");
	k->request = *h;
	k->command = ((const struct genlmsghdr *)NLMSG_DATA(h))->cmd;
	k->answers = 0;
	return in_byte(&in) == 255 ? -ENOBUFS : 0;
}

static ssize_t kernel_recv(void *ctx, void *data, size_t size, int timeout_msec)
{
	struct kernel *k = ctx;
	size_t length = 0;
	bool last = false;
	int n;

	(void)timeout_msec;
	ASAN_UNPOISON_MEMORY_REGION(data, size);
	k->buffer = data;
	k->size = size;
	if (!in.left)
		return -ETIMEDOUT;
	for (n = in_byte(&in) & 7; n >= 0 && !last; n--) {
		struct nl_msg *msg = nlmsg_alloc_size(16384);
		size_t one;

		last = put_message(msg, k);
		/* The last one may end anywhere. */
		if (!n && !(in_byte(&in) & 15))
			nlmsg_hdr(msg)->nlmsg_len -= in_byte(&in) & 3;
		one = nlmsg_hdr(msg)->nlmsg_len;
		if (length + one <= size) {
			memcpy((char *)data + length, nlmsg_hdr(msg), one);
			length += n ? NLMSG_ALIGN(one) : one;
		}
		nlmsg_free(msg);
	}
	/* What is wrong with it. */
	for (n = in_byte(&in); n >= 248; n--)
		((char *)data)[in_below(&in, length + 1)] = in_byte(&in);
	if (n == 247)
		length -= in_below(&in, length + 1);
	ASAN_POISON_MEMORY_REGION((char *)data + length, size - length);
	return length;
}

static int kernel_join(void *ctx, __u32 group)
{
	/* The last request was answered; events have no number. */
	memset(&((struct kernel *)ctx)->request, 0, sizeof(struct nlmsghdr));
	((struct kernel *)ctx)->command = PARTBUS_CMD_EVENT_NTF;
	return group ? 0 : -ENOENT;
}

static void kernel_close(void *ctx)
{
	struct kernel *k = ctx;

	if (k->buffer)
		ASAN_UNPOISON_MEMORY_REGION(k->buffer, k->size);
	free(k);
}

static int kernel_open(struct pbl_nl *nl, struct pbl_error *err)
{
	static const struct pbl_nl_ops ops = {
		.send = kernel_send, .recv = kernel_recv, .join = kernel_join,
		.close = kernel_close,
	};
	int ret = pbl_nl_open_ops(nl, &ops, calloc(1, sizeof(struct kernel)), err);

	REACHED_IF(!ret, "a family was found");
	return ret;
}

/* 'stat watch' ends when the kernel answers no more. */
static void tired(void)
{
	in.left = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const lines[][12] = {
		{ "partition", "show" }, { "partition", "show", "web" },
		{ "partition", "add", "web", "window", "1G" }, { "partition", "del", "web" },
		{ "resource", "show" }, { "resource", "show", "disk0" },
		{ "resource", "add", "d", "class", "block", "backing", "/x", "cap_iops", "5" },
		{ "resource", "set", "disk0", "cap_bps", "64K", "depth", "7" },
		{ "offer", "show" }, { "offer", "show", "web" },
		{ "offer", "add", "web", "disk0", "cap_iops", "10" },
		{ "offer", "del", "web", "disk0" },
		{ "channel", "show" }, { "channel", "show", "pbda" }, { "contract", "show" },
		{ "contract", "request", "1", "cap_iops", "500", "least", "3", "wait", "5" },
		{ "stat" }, { "stat", "watch" }, { "monitor" }, { "monitor", "count", "3" },
		{ "graph" }, { "graph", "dot" }, { "save" }, { "doctor" },
	};
	char *argv[16];
	int argc = 0, ret, which;
	__u8 how;

	in = input_of(data, size);
	memset(&outside, 0, sizeof(outside));
	outside.file = "0\n";
	outside.size = 2;
	outside.tired = tired;
	how = in_byte(&in);
	which = in_below(&in, sizeof(lines) / sizeof(lines[0]));
	argv[argc++] = (char *)"partbus";
	if (how & 1)
		argv[argc++] = (char *)"-j";
	if (how & 2)
		argv[argc++] = (char *)"-s";
	for (int i = 0; i < 12 && lines[which][i]; i++)
		argv[argc++] = (char *)lines[which][i];
	argv[argc] = NULL;
	ret = tool_run(kernel_open, argc, argv);
	REACHED_IF(ret == PBL_OK, "an answer was printed");
	REACHED_IF(ret == PBL_TIMEOUT, "no answer");
	return 0;
}

/* Long scripts without a plan; the mutations of them find the rest. */
void fuzz_seeds(fuzz_emit emit)
{
	__u8 script[600];

	fuzz_scripts(emit, script, sizeof(script), 64);
}
