// SPDX-License-Identifier: GPL-2.0
/*
 * The command line's grammar, and that of -b files: words of its own vocabulary
 * in any order and number, and words that are none, against a kernel that does
 * what it is asked.
 */
#include "fuzz.h"

#include "fake_kernel.h"
#include "outside.h"
#include "tool.h"

#define WORDS_MAX	24

static const char *const words[] = {
	"help", "web", "db", "disk0", "root", "1", "2", "0", "1073741824", "64K", "1G", "none",
	"max", "on", "off", "4294967296", "18446744073709551615", "0x10", "-1", "", "/dev/pbda",
	"pbda", "/dev/null", "f", "-", "nowhere", "key", "name", "class", "block", "net",
	"backing", "serial", "size", "read_only", "uuid", "window", "partition", "resource",
	"to", "least", "wait", "count", "interval", "run_dir", "/run/partbus", "dot", "tree",
	"11111111-1111-1111-1111-111111111111",
};

#define WORDS	(sizeof(words) / sizeof(words[0]))

/* Where words are put together that stand nowhere. */
struct line {
	char text[WORDS_MAX * 300];
	size_t used;
	char *word[WORDS_MAX + 1];
	int count;
};

static void put_word(struct line *l, const char *text, size_t length)
{
	if (l->count == WORDS_MAX || l->used + length + 1 > sizeof(l->text))
		return;
	l->word[l->count++] = memcpy(l->text + l->used, text, length);
	l->text[l->used + length] = '\0';
	l->used += length + 1;
}

static void put(struct line *l, const char *text)
{
	put_word(l, text, strlen(text));
}

static void put_any(struct line *l, struct input *in)
{
	__u8 which = in_byte(in);
	size_t length;
	int attrs = 0;

	while (pbl_attr_table[attrs].name)
		attrs++;
	if (which < 96) {
		put(l, words[which % WORDS]);
	} else if (which < 160) {
		put(l, pbl_attr_table[which % attrs].name);
	} else if (which < 176) {
		put(l, pbl_attr_table[which % attrs].json);
	} else {
		length = in_below(in, which < 250 ? 16 : 256);
		if (length > in->left)
			length = in->left;
		/* No word of a command line has a zero in it. */
		put_word(l, (const char *)in->at, strnlen((const char *)in->at, length));
		in->at += length;
		in->left -= length;
	}
}

/* What the help of a command says it takes, a word at a time, or anything. */
static void make_line(struct line *l, struct input *in)
{
	const struct ctl_object *object;
	int objects = 0, commands = 0, n;
	__u8 how = in_byte(in);

	while (tool_objects[objects])
		objects++;
	object = tool_objects[in_below(in, objects)];
	while (object->commands[commands].name)
		commands++;
	put(l, object->name);
	if (how & 7)
		put(l, object->commands[in_below(in, commands)].name);
	else
		put_any(l, in);
	for (n = in_below(in, 14); n; n--)
		put_any(l, in);
}

static void populate(void)
{
	fake_reset();
	strcpy(fake.partition[0].name, "web");
	fake.partition[0].id = fake.next_id++;
	strcpy(fake.partition[1].name, "db");
	fake.partition[1].id = fake.next_id++;
	fake.partitions = 2;
	strcpy(fake.resource[0].name, "disk0");
	fake.resource[0].class = PARTBUS_CLASS_BLOCK;
	strcpy(fake.resource[0].backing, "/dev/null");
	fake.resources = 1;
	fake.offer[0].partition = 1;
	strcpy(fake.offer[0].resource, "disk0");
	fake.offer[0].channel = 1;
	fake.offers = 1;
	fake.channel[0].id = 1;
	fake.channel[0].class = PARTBUS_CLASS_BLOCK;
	strcpy(fake.channel[0].device, "pbda");
	strcpy(fake.channel[0].resource, "disk0");
	fake.channel[0].queue_count = 2;
	fake.channels = 1;
}

/* 'stat watch' goes on until it is interrupted: its kernel goes away. */
static void tired(void)
{
	fake.interrupt = 1000000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const options[] = { "-j", "-p", "-s", "-b", "-V", "-h", "-x", "--" };
	struct input in = input_of(data, size);
	static struct line l;
	__u8 how = in_byte(&in);
	int ret, i;

	l.used = 0;
	l.count = 0;
	populate();
	memset(&outside, 0, sizeof(outside));
	outside.mode = 0100644;
	outside.tired = tired;
	put(&l, "partbus");
	if (how & 1)
		put(&l, "-j");
	if (how & 2)
		put(&l, options[in_below(&in, sizeof(options) / sizeof(options[0]))]);
	if (how & 4) {
		/* The rest is a file of commands. */
		put(&l, "-b");
		put(&l, "f");
	} else {
		make_line(&l, &in);
	}
	outside.file = in.at;
	outside.size = in.left;
	l.word[l.count] = NULL;
	ret = tool_run(fake_open, l.count, l.word);
	for (i = 0; i < (int)fake.partitions; i++)
		must(strspn(fake.partition[i].name, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		     strlen(fake.partition[i].name), "an odd name reached the kernel");
	REACHED_IF(fake.partitions > 2, "a partition was added");
	REACHED_IF(fake.resources > 1, "a resource was added");
	REACHED_IF(fake.offers > 1, "an offer was made");
	REACHED_IF(fake.channel[0].epoch, "a contract was asked for");
	REACHED_IF(outside.sleeps > 1, "rates were watched");
	REACHED_IF(outside.written, "the state was saved");
	REACHED_IF(ret == PBL_USAGE, "a line that makes no sense");
	return 0;
}

/* Files of commands, as people write them: the first byte says -b. */
void fuzz_seeds(fuzz_emit emit)
{
	static const char *const files[] = {
		"partition add x uuid 11111111-1111-1111-1111-111111111111 window 512M\n"
		"partition add y\npartition show y\npartition del x\n",
		"resource add disk1 class block backing /dev/sdb serial ABC size 4G read_only on "
		"cap_iops 5000 cap_bps 100M queues 4\nresource set disk1 size 8G cap_iops none\n",
		"# a comment\noffer add web disk0 cap_iops 100 burst_ios 10\n"
		"offer del web disk0\nresource del \"disk0\"\n",
		"contract request pbda cap_iops 500 least 100 queues max wait 5\ncontract show 1\n",
		"stat watch pbda interval 1 count 2\nstat show\nstat watch\n",
		"monitor count 1 wait 1\ngraph tree\ngraph dot\nchannel show 1\n",
		"save f\nrestore f\ndoctor run_dir /R\ndoctor\n",
	};
	char name[16], text[512];

	for (unsigned int i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		for (unsigned int json = 0; json < 2; json++) {
			snprintf(name, sizeof(name), "batch-%u-%u", i, json);
			text[0] = 4 | json;
			strcpy(text + 1, files[i]);
			emit(name, text, strlen(text));
		}
	}
}
