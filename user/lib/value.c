// SPDX-License-Identifier: GPL-2.0
/*
 * Parsing and formatting of single values. A trailing character is always an
 * error, so that "512abc" is not taken for 512.
 */
#include "value.h"

#include <errno.h>
#include <partbus/contract.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

bool pbl_all_digits(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* Decimal or 0x; stores where the digits end. Own loop: strtoull takes signs and blanks. */
static int scan_u64(const char *text, __u64 *value, const char **end)
{
	unsigned int base = 10;
	const char *digits;
	__u64 v = 0;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	for (digits = text; *text; text++) {
		unsigned int d;

		if (*text >= '0' && *text <= '9')
			d = *text - '0';
		else if (base == 16 && *text >= 'a' && *text <= 'f')
			d = *text - 'a' + 10;
		else if (base == 16 && *text >= 'A' && *text <= 'F')
			d = *text - 'A' + 10;
		else
			break;
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
			return -ERANGE;
	}
	if (text == digits)
		return -EINVAL;
	*value = v;
	*end = text;
	return 0;
}

int pbl_parse_u64(const char *key, const char *text, __u64 *value, struct pbl_error *err)
{
	const char *end = "";
	int ret = scan_u64(text, value, &end);

	if (ret == -ERANGE)
		return pbl_usage(err, "%s: \"%s\" is too large a number", key, text);
	if (ret || *end)
		return pbl_usage(err, "%s: \"%s\" is not a number", key, text);
	return 0;
}

int pbl_parse_u32(const char *key, const char *text, __u32 *value, struct pbl_error *err)
{
	__u64 v;
	int ret = pbl_parse_u64(key, text, &v, err);

	if (ret)
		return ret;
	if (v > 0xffffffffULL)
		return pbl_usage(err, "%s: \"%s\" is too large a number", key, text);
	*value = v;
	return 0;
}

int pbl_parse_bytes(const char *key, const char *text, __u64 *value, struct pbl_error *err)
{
	static const char suffixes[] = "KMGTP";
	const char *end = "", *s;
	__u64 v;
	int ret = scan_u64(text, &v, &end);

	if (!ret && *end) {
		char upper = *end >= 'a' && *end <= 'z' ? *end - 'a' + 'A' : *end;

		s = strchr(suffixes, upper);
		if (!s || end[1]) {
			ret = -EINVAL;
		} else {
			unsigned int shift = 10 * (unsigned int)(s - suffixes + 1);

			if (v > (~0ULL >> shift))
				ret = -ERANGE;
			v <<= shift;
		}
	}
	if (ret == -ERANGE)
		return pbl_usage(err, "%s: \"%s\" is too large a number", key, text);
	if (ret)
		return pbl_usage(err, "%s: \"%s\" is not a number of bytes (as 4096, 64K, 1G)",
				 key, text);
	*value = v;
	return 0;
}

int pbl_parse_switch(const char *key, const char *text, bool *value, struct pbl_error *err)
{
	if (!strcmp(text, "on") || !strcmp(text, "1"))
		*value = true;
	else if (!strcmp(text, "off") || !strcmp(text, "0"))
		*value = false;
	else
		return pbl_usage(err, "%s: \"%s\" is neither on nor off", key, text);
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int pbl_parse_uuid(const char *key, const char *text, __u8 uuid[16], struct pbl_error *err)
{
	unsigned int n = 0;
	const char *t = text;

	while (n < 16) {
		int high, low;

		if ((n == 4 || n == 6 || n == 8 || n == 10) && *t++ != '-')
			break;
		high = hex_digit(t[0]);
		low = high < 0 ? -1 : hex_digit(t[1]);
		if (low < 0)
			break;
		uuid[n++] = high << 4 | low;
		t += 2;
	}
	if (n < 16 || *t)
		return pbl_usage(err, "%s: \"%s\" is not a UUID", key, text);
	return 0;
}

int pbl_parse_mac(const char *key, const char *text, __u64 *value, struct pbl_error *err)
{
	const char *t = text;
	unsigned int n;
	__u64 v = 0;

	for (n = 0; n < 6; n++) {
		int high, low;

		if (n && *t++ != ':')
			break;
		high = hex_digit(t[0]);
		low = high < 0 ? -1 : hex_digit(t[1]);
		if (low < 0)
			break;
		v = v << 8 | high << 4 | low;
		t += 2;
	}
	if (n < 6 || *t)
		return pbl_usage(err, "%s: \"%s\" is not a MAC address (as 52:54:00:12:34:56)",
				 key, text);
	*value = v;
	return 0;
}

int pbl_parse_unit(enum pbl_unit unit, bool any, const char *key, const char *text,
		   __u64 *value, struct pbl_error *err)
{
	bool on;
	int ret;

	if (!strcmp(text, "none")) {
		if (!any)
			return pbl_usage(err, "%s: \"none\" is not possible here", key);
		*value = PARTBUS_ATTR_ANY;
		return 0;
	}
	switch (unit) {
	case PBL_UNIT_BYTES:
	case PBL_UNIT_BYTES_SEC:
		ret = pbl_parse_bytes(key, text, value, err);
		break;
	case PBL_UNIT_SWITCH:
		ret = pbl_parse_switch(key, text, &on, err);
		if (!ret)
			*value = on;
		break;
	case PBL_UNIT_MAC:
		ret = pbl_parse_mac(key, text, value, err);
		break;
	default:
		ret = pbl_parse_u64(key, text, value, err);
		break;
	}
	if (!ret && *value == PARTBUS_ATTR_ANY)
		return pbl_usage(err, "%s: \"%s\" is too large a number; no limit is \"none\"",
				 key, text);
	return ret;
}

const char *pbl_format_bytes(__u64 value, char *text, size_t size)
{
	static const char suffixes[] = "KMGTP";
	int s = -1;

	while (value && s < 4 && !(value & 1023)) {
		value >>= 10;
		s++;
	}
	if (s < 0)
		snprintf(text, size, "%llu", (unsigned long long)value);
	else
		snprintf(text, size, "%llu%c", (unsigned long long)value, suffixes[s]);
	return text;
}

const char *pbl_format_mac(__u64 value, char text[PBL_MAC_TEXT])
{
	char *t = text;

	for (int shift = 40; shift >= 0; shift -= 8)
		t += sprintf(t, "%s%02x", shift < 40 ? ":" : "",
			     (unsigned int)(value >> shift) & 0xff);
	return text;
}

const char *pbl_format_uuid(const __u8 uuid[16], char text[PBL_UUID_TEXT])
{
	char *t = text;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*t++ = '-';
		t += sprintf(t, "%02x", uuid[i]);
	}
	return text;
}

int pbl_random_uuid(__u8 uuid[16], struct pbl_error *err)
{
	if (getrandom(uuid, 16, 0) != 16)
		return pbl_error_set(err, PBL_LOCAL, errno, "no random numbers for a UUID");
	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
	return 0;
}
