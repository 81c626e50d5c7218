/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all targets need: an input that is read like a script of decisions,
 * conditions that must hold, and places that a run must have come by.
 */
#ifndef _FUZZ_H
#define _FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* What is left of an input. Beyond its end it reads as zeroes. */
struct input {
	const __u8 *at;
	size_t left;
};

static inline struct input input_of(const uint8_t *data, size_t size)
{
	return (struct input){ data, size };
}

static inline void in_bytes(struct input *in, void *to, size_t size)
{
	size_t n = size < in->left ? size : in->left;

	memcpy(to, in->at, n);
	memset((char *)to + n, 0, size - n);
	in->at += n;
	in->left -= n;
}

static inline __u8 in_byte(struct input *in)
{
	__u8 v;

	in_bytes(in, &v, sizeof(v));
	return v;
}

static inline __u32 in_u32(struct input *in)
{
	__u32 v;

	in_bytes(in, &v, sizeof(v));
	return v;
}

static inline __u64 in_u64(struct input *in)
{
	__u64 v;

	in_bytes(in, &v, sizeof(v));
	return v;
}

/* A number below @limit, of as few bytes as will do. */
static inline __u64 in_below(struct input *in, __u64 limit)
{
	if (limit <= 1)
		return 0;
	if (limit <= 256)
		return in_byte(in) % limit;
	return limit <= 1ULL << 32 ? in_u32(in) % limit : in_u64(in) % limit;
}

/* One of the numbers at which arithmetic goes wrong, or any. */
static inline __u64 in_number(struct input *in)
{
	__u8 how = in_byte(in);
	__u8 bit = how & 63;

	switch (how >> 6) {
	case 0:
		return bit;
	case 1:
		return (1ULL << bit) + (__s8)in_byte(in);
	case 2:
		return ~0ULL - bit;
	default:
		return in_u64(in) >> bit;
	}
}

/* Stops the run with a sentence when a condition does not hold. */
#define must(condition, sentence) do {					\
	if (!(condition))						\
		fuzz_failed(__FILE__, __LINE__, sentence);		\
} while (0)

void fuzz_failed(const char *file, int line, const char *sentence) __attribute__((noreturn));

/* A first input in the making: what script_*() says is what in_*() of that name will read. */
struct script {
	__u8 bytes[1024];
	size_t size;
};

static inline void script_bytes(struct script *s, const void *from, size_t size)
{
	must(size <= sizeof(s->bytes) - s->size, "a first input that is too long");
	memcpy(s->bytes + s->size, from, size);
	s->size += size;
}

static inline void script_byte(struct script *s, __u8 v)
{
	script_bytes(s, &v, sizeof(v));
}

static inline void script_u32(struct script *s, __u32 v)
{
	script_bytes(s, &v, sizeof(v));
}

static inline void script_u64(struct script *s, __u64 v)
{
	script_bytes(s, &v, sizeof(v));
}

static inline void script_below(struct script *s, __u64 limit, __u64 v)
{
	must(v < limit, "a first input with a decision that there is not");
	if (limit <= 1)
		return;
	if (limit <= 256)
		script_byte(s, v);
	else if (limit <= 1ULL << 32)
		script_u32(s, v);
	else
		script_u64(s, v);
}

static inline void script_number(struct script *s, __u64 v)
{
	if (v < 64) {
		script_byte(s, v);
	} else if (~v < 64) {
		script_byte(s, 2 << 6 | ~v);
	} else {
		script_byte(s, 3 << 6);
		script_u64(s, v);
	}
}

/*
 * A place that a run must come by at least once, or it has not tested what it
 * is for: 'make check' fails when one was missed.
 */
struct fuzz_landmark {
	const char *sentence;
	const char *file;
	int line;
	unsigned long seen;
};

#define REACHED(text) do {						\
	static struct fuzz_landmark here_				\
		__attribute__((section("landmarks"), used, no_sanitize("address"))) = { \
			.sentence = text, .file = __FILE__, .line = __LINE__, \
	};								\
									\
	here_.seen++;							\
} while (0)

#define REACHED_IF(condition, text) do {				\
	if (condition)							\
		REACHED(text);						\
} while (0)

/*
 * A target's own first inputs, made by the project's encoders: calls @emit for
 * each. Weak: not every target needs one.
 */
typedef void (*fuzz_emit)(const char *name, const void *data, size_t size);
void fuzz_seeds(fuzz_emit emit) __attribute__((weak));
/* Emits @count scripts of @size bytes, the same ones every time; @script: scratch. */
void fuzz_scripts(fuzz_emit emit, void *script, size_t size, unsigned int count);

#endif /* _FUZZ_H */
