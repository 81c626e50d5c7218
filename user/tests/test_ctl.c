// SPDX-License-Identifier: GPL-2.0
/*
 * The command line tool as a whole against a fake kernel: transcripts in
 * golden/NAME hold the commands ("$ partbus ...") and what came out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"
#include "fake_clock.h"
#include "fake_kernel.h"
#include "fake_root.h"

static int run_to(FILE *f, const char *input, int argc, char **argv)
{
	struct ctl c = {
		.out = { .file = f }, .errors = f, .open = fake_open, .root = fake_root,
	};

	(void)input;
	return ctl_main(&c, argc, argv);
}

/* "@" stands for the directory of this run, in both directions. */
static char *replace(const char *text, const char *from, const char *to)
{
	char *out = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&out, &size);

	while (*text) {
		if (*from && !strncmp(text, from, strlen(from))) {
			fputs(to, f);
			text += strlen(from);
		} else {
			putc(*text++, f);
		}
	}
	fclose(f);
	return out;
}

static void run_line(FILE *f, const char *line)
{
	char *copy = replace(line, "@", fake_root), *words[64], *save, *word;
	int count = 0, ret;

	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		words[count++] = word;
	words[count] = NULL;
	ret = run_to(f, NULL, count, words);
	fprintf(f, "exit %d\n", ret);
	free(copy);
}

static void transcript(const char *name)
{
	const char *dir = getenv("GOLDEN") ? getenv("GOLDEN") : "golden";
	char path[256], *expected = NULL, *actual = NULL, *clean, *line, *save;
	size_t esize = 0, asize = 0;
	FILE *f, *out;
	int c;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	out = open_memstream(&expected, &esize);
	while ((c = getc(f)) != EOF)
		putc(c, out);
	fclose(f);
	fclose(out);

	out = open_memstream(&actual, &asize);
	line = strdup(expected);
	for (char *l = strtok_r(line, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		if (l[0] == '#')
			fprintf(out, "%s\n", l);
		if (strncmp(l, "$ ", 2))
			continue;
		fprintf(out, "%s\n", l);
		run_line(out, l + 2);
	}
	fclose(out);
	free(line);
	clean = replace(actual, fake_root, "@");
	if (getenv("UPDATE_GOLDEN")) {
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(clean, f);
		fclose(f);
	} else {
		assert_string_equal(clean, expected);
	}
	free(clean);
	free(actual);
	free(expected);
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_sleep = NULL;
	return 0;
}

static void add_attr(struct pbl_attrs *attrs, __u32 type, __u64 least, __u64 like)
{
	attrs->item[attrs->count++] = (struct pbl_attr){ type, true, true, least, like };
}

/* A host with an active guest that uses a disk, and one that is only defined. */
static void populate(void)
{
	struct pbl_partition *p = &fake.partition[fake.partitions++];
	struct pbl_resource *r = &fake.resource[fake.resources++];
	struct pbl_offer *o = &fake.offer[fake.offers++];
	struct pbl_channel *ch = &fake.channel[fake.channels++];

	strcpy(p->name, "web");
	p->id = 1;
	memset(p->uuid, 0x11, 16);
	p->state = PARTBUS_PARTITION_STATE_ACTIVE;
	p->generation = 3;
	p->window_size = 256 << 20;
	p->window_used = 12 << 20;
	p->pid = 4242;
	p->version = PARTBUS_VERSION_1_0;
	/* A guest chose this: it tries to colour our terminal. */
	strcpy(p->release, "6.12.0 \033[31m\"x\"\\");
	p->heartbeat_age_msec = 120;
	p->channels = 1;
	p = &fake.partition[fake.partitions++];
	strcpy(p->name, "db");
	p->id = 2;
	p->state = 99;
	p->window_size = 1000;
	memset(p->uuid, 0x22, 16);

	strcpy(r->name, "disk0");
	memset(r->uuid, 0x33, 16);
	r->class = PARTBUS_CLASS_BLOCK;
	strcpy(r->backing, "/dev/vg0/web disk");
	strcpy(r->serial, "S1");
	r->offers = 2;
	r->size_bytes = 8ULL << 30;
	add_attr(&r->attrs, PARTBUS_ATTR_CAP_IOPS, 1, 5000);
	add_attr(&r->attrs, PARTBUS_ATTR_CAP_BPS, 1, PARTBUS_ATTR_ANY);
	add_attr(&r->attrs, PARTBUS_ATTR_CAPACITY, 16777216, 16777216);
	add_attr(&r->attrs, PARTBUS_ATTR_WRITABLE, 1, 1);
	add_attr(&r->attrs, 0x7777, 5, 5);
	/* Half of the reserves is promised already. */
	add_attr(&r->attrs, PARTBUS_ATTR_RESERVE_IOPS, 0, 500);
	add_attr(&r->defined, PARTBUS_ATTR_CAP_IOPS, 5000, 5000);
	add_attr(&r->defined, PARTBUS_ATTR_RESERVE_IOPS, 1000, 1000);

	o->partition = 1;
	strcpy(o->resource, "disk0");
	o->channel = 5;
	add_attr(&o->attrs, PARTBUS_ATTR_CAP_IOPS, 1000, 1000);
	o = &fake.offer[fake.offers++];
	o->partition = 2;
	strcpy(o->resource, "disk0");

	ch->id = 5;
	ch->role = PARTBUS_ROLE_SERVER;
	ch->class = PARTBUS_CLASS_BLOCK;
	ch->peer = 1;
	strcpy(ch->resource, "disk0");
	memset(ch->uuid, 0x33, 16);
	ch->state = PARTBUS_CHANNEL_STATE_OPEN;
	ch->neg_state = PARTBUS_NEG_STATE_RUNNING;
	ch->epoch = 2;
	ch->line_in = 1;
	ch->line_out = 2;
	ch->renegotiations = 1;
	ch->section_bytes = 4 << 20;
	add_attr(&ch->attrs, PARTBUS_ATTR_CAP_IOPS, 1000, 1000);
	add_attr(&ch->attrs, PARTBUS_ATTR_SLOT_SIZE, 65536, 65536);
	ch->queue_count = 2;
	for (unsigned int i = 0; i < 2; i++) {
		ch->queue[i].index = i;
		ch->queue[i].requests = 1024 * (i + 1);
		ch->queue[i].bytes = 4096 * 1024 * (i + 1);
		ch->queue[i].in_flight = i;
		ch->queue[i].throttled = 7;
	}
	/* 1000 requests: the 500th in bucket 3, the 990th in 5, the 999th in 7 */
	ch->latency.count = 24;
	ch->latency.bucket[3] = 900;
	ch->latency.bucket[5] = 95;
	ch->latency.bucket[7] = 5;
	fake.next_id = 10;
}

static void local_channel(void)
{
	struct pbl_channel *ch = &fake.channel[fake.channels++];

	*ch = fake.channel[0];
	ch->id = 6;
	ch->peer = 0;
	fake.channel[fake.channels++] = *ch;
	ch = &fake.channel[fake.channels - 1];
	ch->role = PARTBUS_ROLE_CLIENT;
	strcpy(ch->device, "pbd0");
}

static void test_show(void **state)
{
	(void)state;
	populate();
	transcript("show");
}

static void test_json(void **state)
{
	(void)state;
	populate();
	transcript("json");
}

static void test_change(void **state)
{
	(void)state;
	transcript("change");
}

static void test_usage(void **state)
{
	(void)state;
	transcript("usage");
}

static void test_absent(void **state)
{
	(void)state;
	fake.absent = true;
	transcript("absent");
}

static void test_interrupted(void **state)
{
	(void)state;
	populate();
	fake.interrupt = 3;
	transcript("interrupted");
	fake.interrupt = 1000;
	transcript("interrupted_always");
}

static void test_contract(void **state)
{
	(void)state;
	populate();
	local_channel();
	transcript("contract");
	fake.outcome = PARTBUS_EVENT_KIND_CONTRACT_KEPT;
	transcript("contract_kept");
	fake.outcome = PARTBUS_EVENT_KIND_CHANNEL_STATE;
	transcript("contract_broken");
	fake.outcome = PARTBUS_EVENT_KIND_CONTRACT_REFUSED;
	transcript("contract_refused");
	/* An older kernel, whose next outcome is taken for ours. */
	fake.unnumbered = true;
	transcript("contract_refused");
	fake.silent = true;
	transcript("contract_silent");
}

/* A network for the guest, on a bridge of its own, and for the host itself. */
static void network(void)
{
	struct pbl_resource *r = &fake.resource[fake.resources++];
	struct pbl_offer *o = &fake.offer[fake.offers++];
	struct pbl_channel *ch = &fake.channel[fake.channels++];

	strcpy(r->name, "lan");
	r->class = PARTBUS_CLASS_NET;
	strcpy(r->backing, "br0");
	r->offers = 2;
	o->partition = 1;
	strcpy(o->resource, "lan");
	o->channel = 7;
	strcpy(o->place, "br8");
	*ch = (struct pbl_channel){
		.id = 7, .role = PARTBUS_ROLE_SERVER, .class = PARTBUS_CLASS_NET, .peer = 1,
		.state = PARTBUS_CHANNEL_STATE_OPEN, .resource = "lan", .device = "pb1-lan",
	};
	o = &fake.offer[fake.offers++];
	strcpy(o->resource, "lan");
	o->channel = 8;
	ch = &fake.channel[fake.channels++];
	*ch = fake.channel[fake.channels - 2];
	ch->id = 8;
	ch->peer = 0;
	strcpy(ch->device, "pb0-lan");
	fake.channel[fake.channels++] = *ch;
	ch = &fake.channel[fake.channels - 1];
	ch->role = PARTBUS_ROLE_CLIENT;
	strcpy(ch->device, "pbn0");
}

static void test_graph(void **state)
{
	(void)state;
	populate();
	network();
	transcript("graph");
}

/* A guest with a disk and a NIC of its host, which has told it of no offers. */
static void test_guest(void **state)
{
	(void)state;
	populate();
	local_channel();
	network();
	fake.guest = true;
	fake.partitions = fake.resources = fake.offers = 0;
	transcript("guest");
}

static void test_stat(void **state)
{
	(void)state;
	populate();
	local_channel();
	network();
	transcript("stat");
}

static unsigned int looks;

/*
 * Between one look and the next: requests of both queues; nothing; the channel is opened
 * again, and counts from nothing; it goes on.
 */
static void move_counters(void)
{
	struct pbl_channel *ch = &fake.channel[0];

	switch (looks++ % 4) {
	case 0:
		ch->queue[0].requests += 1000;
		ch->queue[0].bytes += 4096000;
		ch->queue[0].throttled += 3;
		ch->queue[1].requests += 250;
		ch->queue[1].bytes += 1024001;
		ch->queue[1].errors += 2;
		/* Of these alone the 625th, the 1238th and the 1249th are elsewhere. */
		ch->latency.bucket[2] += 1000;
		ch->latency.bucket[3] += 247;
		ch->latency.bucket[6] += 3;
		break;
	case 2:
		memset(ch->queue, 0, sizeof(ch->queue));
		ch->queue[0].requests = 1090;
		ch->queue[0].bytes = 4464640;
		memset(ch->latency.bucket, 0, sizeof(ch->latency.bucket));
		/* One has more than before, another one less. */
		ch->latency.bucket[2] = 1040;
		ch->latency.bucket[5] = 50;
		break;
	case 3:
		ch->queue[0].requests += 10;
		ch->queue[0].bytes += 40960;
		ch->latency.bucket[10] += 10;
		break;
	}
}

static void test_stat_watch(void **state)
{
	(void)state;
	populate();
	network();
	looks = 0;
	fake_sleep = move_counters;
	transcript("stat_watch");
}

static void assert_file(const char *name, const char *text)
{
	char path[512], line[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", fake_root, name);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	assert_string_equal(line, text);
}

static void test_save(void **state)
{
	char first[1];
	struct stat st;
	int fifo;

	(void)state;
	populate();
	/* What another partition provides is not ours to save. */
	fake.partition[1].state = 0;
	add_attr(&fake.offer[0].attrs, PARTBUS_ATTR_CAPACITY, 2048, 2048);
	strcpy(fake.offer[1].place, "br0");
	assert_int_equal(symlink("elsewhere.json", root_path("link.json")), 0);
	root_write("elsewhere.json", "old");
	assert_int_equal(chmod(root_path("elsewhere.json"), 0640), 0);
	assert_int_equal(mkfifo(root_path("pipe"), 0600), 0);
	fifo = open(root_path("pipe"), O_RDWR | O_CLOEXEC);
	assert_true(fifo >= 0);
	assert_int_equal(symlink("later.json", root_path("early.json")), 0);
	transcript("save");
	assert_int_equal(lstat(root_path("early.json"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_file("later.json", "{\n");
	/* Whoever writes through a link, or to a device, finds both there afterwards. */
	assert_int_equal(lstat(root_path("link.json"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(root_path("elsewhere.json"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_file("elsewhere.json", "{\n");
	assert_int_equal(lstat(root_path("pipe"), &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(read(fifo, first, 1), 1);
	assert_int_equal(first[0], '{');
	close(fifo);
	/* The module that provides is away; then that of the host, too. */
	fake.resources--;
	transcript("save_blind");
	fake.resources++;
	fake.older = true;
	transcript("save_older");
	fake_reset();
	transcript("restore");
	fake.resource[0].size_bytes = fake.resource[0].defined_size_bytes = 4096;
	transcript("restore_again");
	strcpy(fake.offer[1].place, "br1");
	add_attr(&fake.offer[0].attrs, PARTBUS_ATTR_CAP_BPS, 1, 1);
	add_attr(&fake.resource[0].defined, PARTBUS_ATTR_CAP_BPS, 1, 1);
	transcript("restore_differs");
	fake_reset();
	fake.partition[0].id = 1;
	strcpy(fake.partition[0].name, "other");
	fake.partition[1].id = 9;
	strcpy(fake.partition[1].name, "db");
	fake.partitions = 2;
	fake.next_id = 10;
	transcript("restore_taken");
	/* Who gets any id gets none that the file has for another. */
	fake_reset();
	fake.partition[0].id = 1;
	strcpy(fake.partition[0].name, "other");
	fake.partitions = 1;
	fake.next_id = 2;
	transcript("restore_shifted");
	root_write("shown.json", "{\"partbus\": 1, \"resources\": [{\"name\": \"shown\", "
		   "\"class\": \"block\", \"backing\": \"/dev/b\", \"size_bytes\": 8192, "
		   "\"attrs\": {\"cap_iops\": 7}, \"defined\": {\"attrs\": {\"weight\": 5}}}]}");
	transcript("restore_shown");
	root_write("bad1.json", "{\"partbus\": 1, \"partitions\": [{\"name\": \"x\", \"colour\": 1}]}");
	root_write("bad2.json", "{\"partbus\": 1, \"partitions\": 5}");
	root_write("bad3.json", "{\"partbus\": 1, ");
	root_write("bad4.json", "[1]");
	root_write("bad5.json", "{\"partbus\": 1, \"offers\": [{\"partition\": \"nobody\", "
		   "\"resource\": \"disk0\", \"attrs\": {}}]}");
	root_write("bad6.json", "{\"partbus\": 1, \"resources\": [{\"name\": \"r\", \"class\": "
		   "\"block\", \"attrs\": {\"cap_iops\": -5}}]}");
	transcript("restore_bad");
}

/* Ids and sizes are those of sysfs; "delete" takes what is written to it. */
static void add_disk(const char *name, const char *resource, const char *state,
		     const char *channel)
{
	static const struct {
		const char *file, *text;
	} files[] = {
		{ "partbus/uuid", "33333333-3333-3333-3333-333333333333\n" },
		{ "partbus/no_path_timeout", "0\n" },
		{ "partbus/delete", "" },
		{ "serial", "S1\n" },
		{ "size", "131072\n" },
		{ "ro", "1\n" },
	};
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "sys/block/%s/%s", name, files[i].file);
		root_write(path, files[i].text);
	}
	snprintf(path, sizeof(path), "sys/block/%s/partbus/resource", name);
	root_write(path, resource);
	snprintf(path, sizeof(path), "sys/block/%s/partbus/state", name);
	root_write(path, state);
	snprintf(path, sizeof(path), "sys/block/%s/partbus/channel", name);
	root_write(path, channel);
}

static void test_disk(void **state)
{
	(void)state;
	/* The kernel's part is sysfs alone: it works without a connection. */
	fake.absent = true;
	add_disk("pbd10", "web data\n", "running\n", "5\n");
	add_disk("pbd2", "disk0\n", "no-path\n", "\n");
	root_write("sys/block/sda/size", "1\n");
	transcript("disk");
	assert_file("sys/block/pbd2/partbus/delete", "1");
	assert_file("sys/block/pbd10/partbus/no_path_timeout", "60");
}

static void test_batch(void **state)
{
	(void)state;
	root_write("batch", "# comment\n\npartition add a window 1M uuid "
		   "11111111-1111-1111-1111-111111111111\n"
		   "resource add r class block backing \"/dev/a b\" uuid "
		   "22222222-2222-2222-2222-222222222222 # more\n"
		   "resource show r\npartition add a\npartition show\n");
	root_write("quotes", "partition add \"a\n");
	transcript("batch");
}

static void test_monitor(void **state)
{
	(void)state;
	transcript("monitor");
}

/* Whatever a kernel sends, decoding ends, and prints something. */
static void test_garbage(void **state)
{
	unsigned int seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		unsigned char bytes[512] __attribute__((aligned(8)));
		int length = rand_r(&seed) % sizeof(bytes);
		struct pbl_partition p = { 0 };
		struct pbl_resource r = { 0 };
		struct pbl_offer o = { 0 };
		struct pbl_channel ch = { 0 };
		struct pbl_event e = { 0 };

		for (int b = 0; b < length; b++)
			bytes[b] = rand_r(&seed);
		/* Plausible headers, so that decoding goes deep. */
		for (int at = 0; at + 4 <= length;) {
			struct nlattr *a = (struct nlattr *)(bytes + at);

			a->nla_len = 4 + rand_r(&seed) % 40;
			a->nla_type = rand_r(&seed) % 20;
			at += NLA_ALIGN(a->nla_len);
		}
		pbl_partition_decode(&p, (struct nlattr *)bytes, length);
		pbl_resource_decode(&r, (struct nlattr *)bytes, length);
		pbl_offer_decode(&o, (struct nlattr *)bytes, length);
		pbl_channel_decode(&ch, (struct nlattr *)bytes, length);
		pbl_event_decode(&e, (struct nlattr *)bytes, length);
		assert_true(memchr(p.name, 0, sizeof(p.name)) != NULL);
		assert_true(ch.queue_count <= PARTBUS_MAX_QUEUES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_show, setup),
		cmocka_unit_test_setup(test_json, setup),
		cmocka_unit_test_setup(test_change, setup),
		cmocka_unit_test_setup(test_usage, setup),
		cmocka_unit_test_setup(test_absent, setup),
		cmocka_unit_test_setup(test_interrupted, setup),
		cmocka_unit_test_setup(test_contract, setup),
		cmocka_unit_test_setup(test_graph, setup),
		cmocka_unit_test_setup(test_guest, setup),
		cmocka_unit_test_setup(test_stat, setup),
		cmocka_unit_test_setup(test_stat_watch, setup),
		cmocka_unit_test_setup(test_save, setup),
		cmocka_unit_test_setup(test_disk, setup),
		cmocka_unit_test_setup(test_batch, setup),
		cmocka_unit_test_setup(test_monitor, setup),
		cmocka_unit_test_setup(test_garbage, setup),
	};
	int ret;

	if (root_make())
		return 1;
	ret = cmocka_run_group_tests_name("ctl", tests, NULL, NULL);
	return root_remove() || ret;
}
