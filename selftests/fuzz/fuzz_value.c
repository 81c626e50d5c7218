// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers, sizes, switches and UUIDs as people write them: what is taken is
 * what was written, what is printed is taken again as the same.
 */
#include "fuzz.h"

#include <errno.h>
#include <partbus/contract.h>

#include "value.h"

#define ANY	PARTBUS_ATTR_ANY

static void check_number(const char *text)
{
	struct pbl_error err = { 0 };
	__u64 v = 0x5a, reference;
	__u32 v32;
	char *end;
	int ret = pbl_parse_u64("key", text, &v, &err);

	must(!ret == !err.exit, "an error without a sentence");
	must(ret || v == 0x5a || *text, "a number out of nothing");
	if (!ret) {
		bool hex = text[0] == '0' && (text[1] | 0x20) == 'x';

		errno = 0;
		reference = strtoull(text, &end, hex ? 16 : 10);
		must(!*end && !errno && reference == v, "another number than was written");
		must(!pbl_parse_u32("key", text, &v32, &err) == (v <= 0xffffffff),
		     "32 bits are taken for more, or the other way round");
		REACHED_IF(hex && v, "a number in hex");
	}
	ret = pbl_parse_bytes("key", text, &v, &err);
	REACHED_IF(!ret && text[strlen(text) - 1] == 'G', "gigabytes");
}

static void check_unit(const char *text, struct input *in)
{
	enum pbl_unit unit = in_byte(in) % (PBL_UNIT_SWITCH + 1);
	struct pbl_error err = { 0 };
	bool any = in_byte(in) & 1, on;
	__u64 v;
	int ret = pbl_parse_unit(unit, any, "key", text, &v, &err);

	must(!ret == !err.exit, "an error without a sentence");
	must(ret || v != ANY || (any && !strcmp(text, "none")), "no limit, and nobody said none");
	must(ret || unit != PBL_UNIT_SWITCH || v <= 1 || v == ANY, "a switch with a third position");
	if (!pbl_parse_switch("key", text, &on, &err))
		REACHED("a switch");
}

static void check_uuid(const char *text)
{
	char again[PBL_UUID_TEXT];
	struct pbl_error err;
	__u8 uuid[16];

	if (pbl_parse_uuid("key", text, uuid, &err))
		return;
	must(strlen(text) == PBL_UUID_TEXT - 1, "a UUID of another length");
	must(!strcasecmp(pbl_format_uuid(uuid, again), text), "a UUID changes");
	REACHED("a UUID");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	__u64 v = in_number(&in), again;
	char text[64], *word;
	struct pbl_error err;
	__u8 uuid[16];

	pbl_format_bytes(v, text, sizeof(text));
	must(!pbl_parse_bytes("key", text, &again, &err) && again == v,
	     "a size that is printed is not taken");
	in_bytes(&in, uuid, sizeof(uuid));
	check_uuid(pbl_format_uuid(uuid, text));

	word = malloc(in.left + 1);
	memcpy(word, in.at, in.left);
	word[in.left] = '\0';
	in = input_of(data, size);
	check_number(word);
	check_unit(word, &in);
	check_uuid(word);
	pbl_all_digits(word);
	free(word);
	return 0;
}

void fuzz_seeds(fuzz_emit emit)
{
	static const char *const words[] = {
		"0x1f", "16G", "18446744073709551615", "none", "on", "off",
		"11111111-2222-3333-4444-555555555555",
	};
	char name[16], input[80] = { 0 };

	/* In front of a word stand a number of one byte and a UUID. */
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(name, sizeof(name), "word-%u", i);
		strcpy(input + 17, words[i]);
		emit(name, input, 17 + strlen(words[i]));
	}
}
