/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values as people write them: numbers, sizes, switches and UUIDs, both ways.
 * What is printed here is accepted here.
 */
#ifndef PBL_VALUE_H
#define PBL_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "error.h"

#define PBL_UUID_TEXT	37
#define PBL_MAC_TEXT	18

/* What a number counts: decides about suffixes, "none" and JSON keys. */
enum pbl_unit {
	PBL_UNIT_COUNT,
	PBL_UNIT_BYTES,		/* K M G T P of 1024 */
	PBL_UNIT_BYTES_SEC,	/* the same, per second */
	PBL_UNIT_SECTORS,	/* of 512 bytes */
	PBL_UNIT_PER_SEC,
	PBL_UNIT_SWITCH,	/* on or off */
	PBL_UNIT_MAC,		/* 52:54:00:12:34:56, the first byte the highest */
	PBL_UNIT_HEX,		/* printed as 0x..., for digits that mean something each */
};

int pbl_parse_u64(const char *key, const char *text, __u64 *value, struct pbl_error *err);
int pbl_parse_u32(const char *key, const char *text, __u32 *value, struct pbl_error *err);
/* A plain number of bytes or one with a suffix K, M, G, T or P of 1024. */
int pbl_parse_bytes(const char *key, const char *text, __u64 *value, struct pbl_error *err);
int pbl_parse_switch(const char *key, const char *text, bool *value, struct pbl_error *err);
int pbl_parse_uuid(const char *key, const char *text, __u8 uuid[16], struct pbl_error *err);
int pbl_parse_mac(const char *key, const char *text, __u64 *value, struct pbl_error *err);
int pbl_parse_unit(enum pbl_unit unit, bool any, const char *key, const char *text,
		   __u64 *value, struct pbl_error *err);

/* Shortest exact form: "256M", but "1000" for what no suffix fits. */
const char *pbl_format_bytes(__u64 value, char *text, size_t size);
const char *pbl_format_mac(__u64 value, char text[PBL_MAC_TEXT]);
const char *pbl_format_uuid(const __u8 uuid[16], char text[PBL_UUID_TEXT]);
int pbl_random_uuid(__u8 uuid[16], struct pbl_error *err);
bool pbl_all_digits(const char *text);

#endif
