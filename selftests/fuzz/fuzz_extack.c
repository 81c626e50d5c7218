// SPDX-License-Identifier: GPL-2.0
/*
 * Refusals of the kernel: their numbers, sentences, and the attribute that they
 * point at in a request, also where they point at nothing, or into the middle.
 */
#include "fuzz.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <partbus/contract.h>
#include <partbus/genl.h>

#include "nl.h"

static const struct pbl_attr_set *const sets[] = {
	NULL, &pbl_set_partition, &pbl_set_resource, &pbl_set_offer, &pbl_set_channel,
};

/* Attributes of any length and type, mostly in order, sometimes nested. */
static size_t attributes(struct input *in, unsigned char *to, size_t size)
{
	size_t used = 0;
	int n;

	for (n = in_below(in, 6); n; n--) {
		struct nlattr a = { .nla_type = in_byte(in) & 31 };
		size_t length = in_byte(in) & 1 ? 8 : in_below(in, 48);
		size_t room = NLA_ALIGN(length + sizeof(a));
		struct nlattr inner = { .nla_len = 8, .nla_type = in_byte(in) & 3 };

		if (used + room > size)
			break;
		memset(to + used, 0, room);
		a.nla_len = length + sizeof(a);
		if (!(in_byte(in) & 31))
			a.nla_len = in_u32(in);
		memcpy(to + used, &a, sizeof(a));
		in_bytes(in, to + used + sizeof(a), length);
		/* A contract attribute: its type stands within. */
		if (length >= 8 && in_byte(in) & 1) {
			memcpy(to + used + sizeof(a), &inner, sizeof(inner));
			to[used + sizeof(a) + 4] = 0x10 + (in_byte(in) & 15);
		}
		used += room;
	}
	return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	unsigned char body[512], *answer, *request;
	struct nlmsghdr h = { 0 };
	struct pbl_error err = { .text = "untouched" };
	__s32 number = -(__s32)in_byte(&in);
	const struct pbl_attr_set *set;
	size_t used, length;
	int ret;

	/* On the heap and no longer than they say, for the sanitizer's sake. */
	used = attributes(&in, body, sizeof(body));
	h.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + used;
	request = calloc(1, h.nlmsg_len);
	memcpy(request + NLMSG_HDRLEN + GENL_HDRLEN, body, used);
	memcpy(request, &h, sizeof(h));

	length = NLMSG_HDRLEN + sizeof(struct nlmsgerr);
	used = attributes(&in, body, sizeof(body));
	h.nlmsg_type = in_byte(&in) & 3 ? NLMSG_ERROR : NLMSG_DONE;
	if (h.nlmsg_type == NLMSG_DONE)
		length = NLMSG_HDRLEN + sizeof(number);
	h.nlmsg_flags = NLM_F_ACK_TLVS | (in_byte(&in) & 1 ? NLM_F_CAPPED : 0);
	if (!(in_byte(&in) & 15))
		h.nlmsg_flags = in_u32(&in);
	answer = calloc(1, length + used);
	if (!(in_byte(&in) & 31))
		number = in_u32(&in);
	memcpy(answer + NLMSG_HDRLEN, &number, sizeof(number));
	if (h.nlmsg_type == NLMSG_ERROR && in_byte(&in) & 1) {
		struct nlmsghdr echoed = { .nlmsg_len = in_number(&in) };

		memcpy(answer + NLMSG_HDRLEN + sizeof(number), &echoed, sizeof(echoed));
	}
	memcpy(answer + length, body, used);
	h.nlmsg_len = length + used;
	if (!(in_byte(&in) & 15))
		h.nlmsg_len -= in_below(&in, h.nlmsg_len - NLMSG_HDRLEN + 1);
	answer = realloc(answer, h.nlmsg_len);
	memcpy(answer, &h, sizeof(h));

	set = sets[in_below(&in, 5)];
	ret = pbl_extack_parse((void *)answer, (void *)request, set,
			       in_byte(&in) & 7 ? &err : NULL);
	must(ret <= 0 && ret >= -4095, "an error that is no errno");
	if (ret && err.exit) {
		must(err.number == -ret, "two errors for one");
		must(memchr(err.text, 0, sizeof(err.text)) &&
		     memchr(err.attr, 0, sizeof(err.attr)), "a text without an end");
		REACHED_IF(err.attr[0], "an attribute was named");
		REACHED_IF(strstr(err.attr, "cap_iops"), "an attribute of contracts was named");
		REACHED_IF(strstr(err.attr, "is missing"), "an attribute is missing");
	}
	must(ret || !err.exit, "an error is set where there is none");
	REACHED_IF(!ret, "no error");
	free(answer);
	free(request);
	return 0;
}

/* An attribute, in the order in which attributes() asks for it. */
#define ATTRIBUTE(type, inner, contract, ...)	type, 1, inner, 1, __VA_ARGS__, contract

/* An offer that is refused, and the answer points at its only attribute. */
void fuzz_seeds(fuzz_emit emit)
{
	static const __u8 contract[] = {
		1, 1, ATTRIBUTE(PARTBUS_A_OFFER_ATTR, PARTBUS_A_ATTR_TYPE, 1,
				0, 0, 0, 0, 0, 0, 0, 0),
		PARTBUS_ATTR_CAP_IOPS - 0x10,
		1, ATTRIBUTE(NLMSGERR_ATTR_OFFS, 0, 0,
			     NLMSG_HDRLEN + GENL_HDRLEN, 0, 0, 0, 0, 0, 0, 0),
		1, 1, 1, 1, 0, 1, 3, 1,
	};

	emit("contract", contract, sizeof(contract));
}
