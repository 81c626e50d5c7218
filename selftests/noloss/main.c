// SPDX-License-Identifier: GPL-2.0
/* The command line. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "command.h"

static const char usage[] =
	"usage: noloss write --journal FILE --disk DEVICE [options]\n"
	"  writes records until it is told to end, and reads them back meanwhile\n"
	"    --sectors N         uses the first N sectors only, for a new journal\n"
	"    --workers N         operations at a time (8)\n"
	"    --seed N            of what is written where (the time)\n"
	"    --seconds N         ends by itself\n"
	"    --steps N           each worker ends after that many\n"
	"    --flushes PERCENT   of the steps (8)\n"
	"    --one-flush         flushes and FUA writes one at a time, for replay\n"
	"    --errors-if FILE    I/O may fail while FILE exists\n"
	"    --forget-flushes N  says of one flush in N that it was done when it was not\n"
	"noloss verify --journal FILE --disk DEVICE [--power-loss] [--next FILE]\n"
	"  proves that DEVICE holds what it must and nothing else\n"
	"    --power-loss        what was not flushed may be lost\n"
	"    --next FILE         begins another journal with what is there\n"
	"noloss replay --journal FILE --log DEVICE --disk TARGET\n"
	"  plays a log of dm-log-writes onto an empty TARGET and proves the same, as\n"
	"  after a loss of power, after every flush and FUA write in it\n"
	"exit code: 0 all is right, 1 it is not, 2 it could not be done\n";

enum {
	O_JOURNAL = 256, O_DISK, O_LOG, O_NEXT, O_POWER_LOSS, O_SECTORS, O_WORKERS, O_SEED,
	O_SECONDS, O_STEPS, O_FLUSHES, O_ONE_FLUSH, O_ERRORS_IF, O_FORGET,
};

static const struct option long_options[] = {
	{ "journal", required_argument, NULL, O_JOURNAL },
	{ "disk", required_argument, NULL, O_DISK },
	{ "log", required_argument, NULL, O_LOG },
	{ "next", required_argument, NULL, O_NEXT },
	{ "power-loss", no_argument, NULL, O_POWER_LOSS },
	{ "sectors", required_argument, NULL, O_SECTORS },
	{ "workers", required_argument, NULL, O_WORKERS },
	{ "seed", required_argument, NULL, O_SEED },
	{ "seconds", required_argument, NULL, O_SECONDS },
	{ "steps", required_argument, NULL, O_STEPS },
	{ "flushes", required_argument, NULL, O_FLUSHES },
	{ "errors-if", required_argument, NULL, O_ERRORS_IF },
	{ "one-flush", no_argument, NULL, O_ONE_FLUSH },
	{ "forget-flushes", required_argument, NULL, O_FORGET },
	{ }
};

static uint64_t number(const char *text, uint64_t most)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || end == text || *end || n > most || strchr(text, '-')) {
		fprintf(stderr, "noloss: '%s' is no number up to %llu\n", text,
			(unsigned long long)most);
		exit(CANNOT);
	}
	return n;
}

static void parse(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case O_JOURNAL:
			o->journal = optarg;
			break;
		case O_DISK:
			o->disk = optarg;
			break;
		case O_LOG:
			o->log = optarg;
			break;
		case O_NEXT:
			o->next = optarg;
			break;
		case O_POWER_LOSS:
			o->power_loss = true;
			break;
		case O_SECTORS:
			o->sectors = number(optarg, UINT32_MAX);
			break;
		case O_WORKERS:
			o->area.workers = number(optarg, PLAN_WORKERS);
			break;
		case O_SEED:
			o->writer.seed = number(optarg, UINT64_MAX);
			break;
		case O_SECONDS:
			o->writer.seconds = number(optarg, 1000000);
			break;
		case O_STEPS:
			o->writer.steps = number(optarg, UINT64_MAX);
			break;
		case O_FLUSHES:
			o->area.flushes = number(optarg, 30);
			break;
		case O_ERRORS_IF:
			o->writer.errors_if = optarg;
			break;
		case O_ONE_FLUSH:
			o->writer.one_flush = true;
			break;
		case O_FORGET:
			o->writer.forget_flushes = number(optarg, UINT32_MAX);
			break;
		default:
			fputs(usage, stderr);
			exit(CANNOT);
		}
	}
	if (optind != argc || !o->journal || !o->disk) {
		fputs(usage, stderr);
		exit(CANNOT);
	}
}

int main(int argc, char **argv)
{
	struct options o = {
		.area = { .workers = 8, .flushes = 8 },
		.writer = { .seed = 0 },
	};
	static const struct {
		const char *name;
		int (*run)(struct options *o);
	} commands[] = {
		{ "write", command_write },
		{ "verify", command_verify },
		{ "replay", command_replay },
	};

	if (getrandom(&o.writer.seed, 4, 0) != 4)
		abort();
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		parse(&o, argc - 1, argv + 1);
		return commands[i].run(&o);
	}
	fputs(usage, stderr);
	return CANNOT;
}
