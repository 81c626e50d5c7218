// SPDX-License-Identifier: GPL-2.0
/*
 * A healthy host and a healthy guest for the tests of the doctor, and what it
 * finds there. Whatever is found must stand in the manual page, with its remedy.
 */
#include "doctor_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake_root.h"

#define QEMU	4242

json_t *findings;
int exit_code;
static char *manual;

/* ---- running it, and what came out ---- */

void add_attr(struct pbl_attrs *attrs, __u32 type, __u64 value)
{
	attrs->item[attrs->count++] = (struct pbl_attr){ type, true, true, value, value };
}

int run(char **out, char **errors, int argc, const char *const *words)
{
	size_t out_size = 0, errors_size = 0;
	struct ctl c = { .open = fake_open, .root = fake_root };
	char *argv[8];
	int ret;

	for (int i = 0; i < argc; i++)
		argv[i] = (char *)words[i];
	argv[argc] = NULL;
	c.out.file = open_memstream(out, &out_size);
	c.errors = open_memstream(errors, &errors_size);
	ret = ctl_main(&c, argc, argv);
	fclose(c.out.file);
	fclose(c.errors);
	return ret;
}

const char *text_of(const json_t *finding, const char *key)
{
	return json_string_value(json_object_get(finding, key));
}

/* A row of the tables in the manual page: "name|result|T{", text, remedy. */
static void assert_documented(const json_t *finding)
{
	const char *name = text_of(finding, "name"), *result = text_of(finding, "result");
	const char *remedy = text_of(finding, "remedy"), *row = manual;
	char start[64], end[256];

	snprintf(start, sizeof(start), "\n%s|%s|T{\n", name, result);
	snprintf(end, sizeof(end), "\nT}|T{\n%s\nT}\n", remedy);
	while ((row = strstr(row, start))) {
		row = strstr(row, "\nT}|T{\n");
		assert_non_null(row);
		if (!strncmp(row, end, strlen(end)))
			return;
	}
	fail_msg("partbus-doctor(8) has no row \"%s %s\" with \"%s\"", name, result, remedy);
}

/* What scripts rely on, of every finding that any test makes. */
static void check_shape(const json_t *finding)
{
	static const char *const keys[] = { "name", "result", "text", "remedy" };
	const char *result = text_of(finding, "result"), *key;
	json_t *value;
	size_t at = 0;

	assert_non_null(result);
	json_object_foreach((json_t *)finding, key, value) {
		assert_true(at < 4);
		assert_string_equal(key, keys[at++]);
		assert_true(json_is_string(value));
		assert_true(json_string_length(value) > 0);
	}
	if (!strcmp(result, "ok")) {
		assert_int_equal(at, 3);
		return;
	}
	assert_true(!strcmp(result, "warning") || !strcmp(result, "failed") ||
		    !strcmp(result, "skipped"));
	assert_int_equal(at, 4);
	assert_documented(finding);
}

void examine(void)
{
	static const char *const words[] = { "partbus", "-j", "doctor" };
	char *out = NULL, *errors = NULL;
	json_t *finding;
	size_t i, failed = 0;

	json_decref(findings);
	exit_code = run(&out, &errors, 3, words);
	findings = json_loads(out, 0, NULL);
	assert_true(json_is_array(findings));
	json_array_foreach(findings, i, finding) {
		check_shape(finding);
		failed += !strcmp(text_of(finding, "result"), "failed");
	}
	/* Warnings alone are no failure. */
	assert_int_equal(exit_code, failed ? PBL_OTHERWISE : PBL_OK);
	assert_int_equal(!!*errors, !!failed);
	free(out);
	free(errors);
}

/* Found, and taken off the list. */
void found(const char *name, const char *result, const char *text)
{
	json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding) {
		if (strcmp(text_of(finding, "name"), name) ||
		    strcmp(text_of(finding, "result"), result) ||
		    strcmp(text_of(finding, "text"), text))
			continue;
		json_array_remove(findings, i);
		return;
	}
	json_dumpf(findings, stderr, JSON_INDENT(2));
	fail_msg("not found: %s %s \"%s\"", name, result, text);
}

void nothing_else(void)
{
	json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding) {
		if (strcmp(text_of(finding, "result"), "ok"))
			fail_msg("also found: %s %s \"%s\"", text_of(finding, "name"),
				 text_of(finding, "result"), text_of(finding, "text"));
	}
}

void only(const char *name, const char *result, const char *text)
{
	examine();
	found(name, result, text);
	nothing_else();
}

void healthy(void)
{
	examine();
	assert_int_equal(exit_code, PBL_OK);
	nothing_else();
}

/* ---- what is healthy ---- */

static void modules(const char *const *names)
{
	char path[128];

	for (; *names; names++) {
		snprintf(path, sizeof(path), "sys/module/%s/version", *names);
		root_write(path, "0.1\n");
	}
}

void make_socket(const char *name, mode_t mode)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	root_delete(name);
	assert_true(fd >= 0);
	assert_true(strlen(root_path(name)) < sizeof(addr.sun_path));
	strcpy(addr.sun_path, root_path(name));
	assert_int_equal(bind(fd, (void *)&addr, sizeof(addr)), 0);
	assert_int_equal(chmod(addr.sun_path, mode), 0);
	close(fd);
}

/* Some device with a mode of ours: of our own, or else the terminal of nobody. */
static int terminal = -1;

static void make_device(mode_t mode)
{
	const char *path = root_path("dev/partbus");

	if (mknod(path, S_IFCHR | 0600, makedev(1, 3))) {
		terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
		assert_true(terminal >= 0 && !unlockpt(terminal));
		assert_int_equal(symlink(ptsname(terminal), path), 0);
	}
	assert_int_equal(chmod(path, mode), 0);
}

static void write_locks(void)
{
	struct stat st;

	assert_int_equal(stat(root_path("run/partbus/.lock"), &st), 0);
	root_print("proc/locks",
		   "1: POSIX  ADVISORY  WRITE 17 08:01:99 0 EOF\n"
		   "2: FLOCK  ADVISORY  WRITE 18 %02x:%02x:%lu 0 EOF\n", major(st.st_dev),
		   minor(st.st_dev), (unsigned long)st.st_ino);
}

/* A command line, whose words end in zero bytes. */
void write_qemu(const char *words)
{
	FILE *f = fopen(root_path("proc/4242/cmdline"), "w");

	assert_non_null(f);
	for (const char *c = words; *c; c++)
		putc(*c == ' ' ? '\0' : *c, f);
	putc('\0', f);
	fclose(f);
}

void write_domain(const char *name, const char *socket, const char *vectors)
{
	char path[128];

	snprintf(path, sizeof(path), "etc/libvirt/qemu/%s.xml", name);
	root_print(path,
		   "<domain type='kvm'>\n  <devices>\n"
		   "    <shmem name='other'>\n      <model type='ivshmem-plain'/>\n    </shmem>\n"
		   "    <shmem name='partbus'>\n      <model type='ivshmem-doorbell'/>\n"
		   "      <server path='%s'/>\n      <msi%s ioeventfd='on'/>\n    </shmem>\n"
		   "  </devices>\n</domain>\n", socket, vectors);
}

static void make_objects(void)
{
	struct pbl_partition *p = &fake.partition[fake.partitions++];
	struct pbl_resource *r = &fake.resource[fake.resources++];
	struct pbl_offer *o = &fake.offer[fake.offers++];
	struct pbl_channel *ch = &fake.channel[fake.channels++];

	strcpy(p->name, "web");
	p->id = 1;
	p->state = PARTBUS_PARTITION_STATE_ACTIVE;
	p->pid = QEMU;
	p = &fake.partition[fake.partitions++];
	strcpy(p->name, "db");
	p->id = 2;

	strcpy(r->name, "disk0");
	r->class = PARTBUS_CLASS_BLOCK;
	strcpy(r->backing, "/dev/vg0/web");
	r->offers = 1;
	r->size_bytes = 8ULL << 30;
	add_attr(&r->defined, PARTBUS_ATTR_RESERVE_IOPS, 1000);
	add_attr(&r->defined, PARTBUS_ATTR_CAP_BPS, 1 << 20);

	o->partition = 1;
	strcpy(o->resource, "disk0");
	o->channel = 5;
	add_attr(&o->attrs, PARTBUS_ATTR_RESERVE_IOPS, 1000);
	add_attr(&o->attrs, PARTBUS_ATTR_RESERVE_BPS, 1 << 20);

	ch->id = 5;
	ch->role = PARTBUS_ROLE_SERVER;
	ch->class = PARTBUS_CLASS_BLOCK;
	ch->peer = 1;
	strcpy(ch->resource, "disk0");
	ch->state = PARTBUS_CHANNEL_STATE_OPEN;
	ch->neg_state = PARTBUS_NEG_STATE_RUNNING;
}

int make_host(void **state)
{
	static const char *const names[] = {
		"partbus", "partbus_host", "partbus_vsp", "partbus_vsp_blk", NULL
	};

	(void)state;
	fake_reset();
	if (root_make())
		return -1;
	make_objects();
	modules(names);
	/* Out of the kernel's tree and not signed: as it should be. */
	root_write("proc/sys/kernel/tainted", "12288\n");
	root_write("proc/sys/kernel/osrelease", "6.12.9\n");
	make_device(0600);
	root_write("dev/kvm", "");
	root_write("run/partbus/.lock", "");
	write_locks();
	make_socket("run/partbus/web.sock", 0600);
	make_socket("run/partbus/db.sock", 0600);
	root_write("proc/net/unix",
		   "Num       RefCount Protocol Flags    Type St Inode Path\n"
		   "0000000000000000: 00000002 00000000 00010000 0001 01 20 /run/partbus/web.sock\n"
		   "0000000000000000: 00000003 00000000 00000000 0001 03 21 /run/partbus/web.sock\n"
		   "0000000000000000: 00000003 00000000 00000000 0001 03 22\n"
		   "0000000000000000: 00000002 00000000 00010000 0001 01 23 /run/partbus/db.sock\n");
	root_write("proc/4242/limits", "Limit            Soft Limit  Hard Limit  Units\n"
		   "Max processes             5                   5         processes\n"
		   "Max open files            100                 200       files\n");
	assert_int_equal(symlink("anon_inode:kvm-vm", root_path("proc/4242/fd/9")), 0);
	assert_int_equal(symlink("socket:[21]", root_path("proc/4242/fd/10")), 0);
	write_qemu("qemu-system-x86_64 -name vectors=3 -accel kvm"
		   " -chardev socket,id=mon,path=/run/mon.sock"
		   " -chardev socket,path=/run/partbus/web.sock,id=pb"
		   " -device ivshmem-doorbell,chardev=other,vectors=2"
		   " -device ivshmem-doorbell,chardev=pb,vectors=16,bus=rp1");
	root_write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
		   "libvirt-qemu:x:64055:103::/:/bin/false\n");
	write_domain("web", "/run/partbus/web.sock", " vectors='16'");
	return 0;
}

int make_guest(void **state)
{
	static const char *const names[] = {
		"partbus", "partbus_pci", "partbus_vsc", "partbus_vsc_blk", NULL
	};
	struct pbl_channel *ch = &fake.channel[0];

	(void)state;
	fake_reset();
	if (root_make())
		return -1;
	modules(names);
	root_write("proc/sys/kernel/tainted", "0\n");
	root_write("proc/sys/kernel/osrelease", "6.12.9\n");
	/* Another device of this kind, which has no vectors. */
	root_write("sys/bus/pci/devices/0000:00:05.0/vendor", "0x1af4\n");
	root_write("sys/bus/pci/devices/0000:00:05.0/device", "0x1110\n");
	root_write("sys/bus/pci/devices/0000:01:00.0/vendor", "0x1af4\n");
	root_write("sys/bus/pci/devices/0000:01:00.0/device", "0x1110\n");
	root_write("sys/bus/pci/devices/0000:01:00.0/resource1", "");
	root_write("sys/bus/pci/devices/0000:01:00.0/driver/bind", "");
	root_write("sys/bus/pci/drivers/partbus_pci/0000:01:00.0/vendor", "0x1af4\n");
	root_write("sys/block/pbd0/partbus/state", "running\n");
	root_write("sys/block/pbd0/partbus/resource", "disk0\n");
	root_write("sys/block/sda/size", "1\n");
	fake.channels = 1;
	ch->id = 5;
	ch->role = PARTBUS_ROLE_CLIENT;
	ch->class = PARTBUS_CLASS_BLOCK;
	strcpy(ch->resource, "disk0");
	strcpy(ch->device, "pbd0");
	ch->state = PARTBUS_CHANNEL_STATE_OPEN;
	ch->neg_state = PARTBUS_NEG_STATE_RUNNING;
	return 0;
}

int teardown(void **state)
{
	(void)state;
	json_decref(findings);
	findings = NULL;
	if (terminal >= 0)
		close(terminal);
	terminal = -1;
	return root_remove();
}

/* The manual page as one string, without the escapes of its hyphens. */
int load_manual(void **state)
{
	const char *dir = getenv("MANUAL") ? getenv("MANUAL") : "../man";
	char path[256];
	size_t size = 0;
	FILE *f, *out;
	int c;

	(void)state;
	snprintf(path, sizeof(path), "%s/partbus-doctor.8", dir);
	f = fopen(path, "r");
	if (!f)
		return -1;
	out = open_memstream(&manual, &size);
	while ((c = getc(f)) != EOF) {
		if (c != '\\')
			putc(c, out);
	}
	fclose(out);
	return fclose(f);
}

int free_manual(void **state)
{
	(void)state;
	free(manual);
	return 0;
}
