// SPDX-License-Identifier: GPL-2.0
/*
 * Around a target: where it fails it says why, at the end it says what it has
 * not reached, and with FUZZ_SEEDS=DIR it writes its first inputs and ends.
 */
#include "fuzz.h"

#include <limits.h>

extern struct fuzz_landmark __start_landmarks[] __attribute__((weak));
extern struct fuzz_landmark __stop_landmarks[] __attribute__((weak));

void fuzz_failed(const char *file, int line, const char *sentence)
{
	fprintf(stderr, "MUST NOT BE: %s:%d: %s\n", file, line, sentence);
	abort();
}

static void say_landmarks(void)
{
	for (struct fuzz_landmark *l = __start_landmarks; l < __stop_landmarks; l++)
		fprintf(stderr, "%s: %s:%d: %s\n", l->seen ? "REACHED" : "NOT REACHED", l->file,
			l->line, l->sentence);
}

/* splitmix64 */
static __u64 next_random(__u64 *state)
{
	__u64 z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

void fuzz_scripts(fuzz_emit emit, void *script, size_t size, unsigned int count)
{
	__u64 state = 1;
	char name[32];

	for (unsigned int i = 0; i < count; i++) {
		for (size_t k = 0; k < size; k++)
			((__u8 *)script)[k] = next_random(&state);
		snprintf(name, sizeof(name), "script-%u", i);
		emit(name, script, size);
	}
}

static void emit_seed(const char *name, const void *data, size_t size)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", getenv("FUZZ_SEEDS"), name);
	f = fopen(path, "w");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f)) {
		perror(path);
		exit(1);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (getenv("FUZZ_SEEDS")) {
		if (fuzz_seeds)
			fuzz_seeds(emit_seed);
		exit(0);
	}
	if (getenv("FUZZ_LANDMARKS"))
		atexit(say_landmarks);
	return 0;
}
