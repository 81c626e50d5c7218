// SPDX-License-Identifier: GPL-2.0
/* The doctor and what runs on it: QEMU, libvirt, guests, resources, offers, channels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor_fixture.h"
#include "fake_root.h"

/* ---- QEMU and libvirt ---- */

static void test_descriptors(void **state)
{
	char path[64];

	(void)state;
	for (int i = 0; i < 77; i++) {
		snprintf(path, sizeof(path), "proc/4242/fd/%d", 100 + i);
		root_write(path, "");
	}
	healthy();
	root_write("proc/4242/fd/99", "");
	only("descriptors", "warning", "partition web: process 4242 has 80 of 100 descriptors open");
	root_write("proc/4242/limits", "Max open files            unlimited    unlimited    files\n");
	healthy();
	root_delete("proc/4242/limits");
	only("descriptors", "skipped",
	     "partition web: the descriptors of process 4242 cannot be counted");
	root_write("proc/4242/limits", "\n\xff\xfeMax open files 1\nMax open files");
	only("descriptors", "skipped",
	     "partition web: the descriptors of process 4242 cannot be counted");
	root_delete("proc/4242");
	only("descriptors", "skipped",
	     "partition web: the descriptors of process 4242 cannot be counted");
}

static void test_kvm(void **state)
{
	(void)state;
	root_delete("etc/libvirt");
	/* Whatever this machine lacks, that QEMU has it. */
	root_delete("dev/kvm");
	healthy();
	root_delete("proc/4242/fd/9");
	only("kvm", "warning",
	     "partition web: process 4242 emulates, it has no virtual machine of KVM");
	fake.partition[0].pid = 0;
	fake.partition[0].state = PARTBUS_PARTITION_STATE_DEFINED;
	only("kvm", "warning", "there is no /dev/kvm: guests would be emulated");
	/* A host that only serves itself has no use for it. */
	fake.partitions = fake.offers = fake.channels = 0;
	healthy();
}

static void test_vectors(void **state)
{
	(void)state;
	write_qemu("qemu -chardev socket,id=pb,path=/run/partbus/web.sock"
		   " -device ivshmem-doorbell,chardev=pb,vectors=4");
	only("vectors", "failed",
	     "partition web: the window of process 4242 has 4 vectors instead of 16");
	write_qemu("qemu --chardev socket,id=pb,path=/run/partbus/web.sock"
		   " --device ivshmem-doorbell,chardev=pb");
	only("vectors", "failed",
	     "partition web: the window of process 4242 has 1 vectors instead of 16");
	/* As libvirt writes it. */
	write_qemu("qemu -chardev socket,id=charshmem0,path=/run/partbus/web.sock -device "
		   "{\"driver\":\"ivshmem-doorbell\",\"id\":\"shmem0\",\"chardev\":\"charshmem0\","
		   "\"vectors\":8,\"bus\":\"pci.1\"}");
	only("vectors", "failed",
	     "partition web: the window of process 4242 has 8 vectors instead of 16");
	write_qemu("qemu -chardev socket,id=charshmem0,path=/run/partbus/web.sock -device "
		   "{\"driver\":\"ivshmem-doorbell\",\"id\":\"shmem0\",\"chardev\":\"charshmem0\","
		   "\"vectors\":16,\"bus\":\"pci.1\"}");
	healthy();
	/* What cannot be understood is not complained of. */
	write_qemu("-device ivshmem-doorbell,chardev=pb -chardev");
	healthy();
	root_write("proc/4242/cmdline", "");
	healthy();
}

static void test_passthrough(void **state)
{
	(void)state;
	write_qemu("qemu -device vfio-pci,host=01:00.0 -device vfio-pci,host=01:00.1");
	only("passthrough", "warning", "partition web: process 4242 has a VFIO device: what it does "
	     "in the window goes to stale pages");
}

static void test_libvirt_vectors(void **state)
{
	(void)state;
	write_domain("web", "/var/run/partbus/web.sock", " vectors='8'");
	only("libvirt", "failed", "domain web gives its window 8 vectors instead of 16");
	write_domain("web", "/run/partbus/web.sock", "");
	only("libvirt", "failed", "domain web gives its window 1 vectors instead of 16");
	/* That of the next window is not that of this one. */
	root_write("etc/libvirt/qemu/web.xml",
		   "<shmem name='a'><server path='/run/partbus/web.sock'/></shmem>\n"
		   "<shmem name='b'><server path='/run/b.sock'/><msi vectors='16'/></shmem>\n");
	only("libvirt", "failed", "domain web gives its window 1 vectors instead of 16");
	/* A server of somebody else. */
	write_domain("web", "/run/ivshmem/web.sock", "");
	healthy();
	root_write("etc/libvirt/qemu/web.xml", "<server path='/run/partbus/web.sock");
	healthy();
	root_write("etc/libvirt/qemu/web.xml", "<server path='/run/partbus/.sock'/></shmem>"
		   "<server path='.sock'/></shmem><server path=''/></shmem>");
	healthy();
}

static void test_libvirt_partition(void **state)
{
	(void)state;
	write_domain("mail", "/run/partbus/mail.sock", " vectors='16'");
	only("libvirt", "warning",
	     "domain mail wants the window of partition mail, which is not defined");
}

static void test_libvirt_user(void **state)
{
	char text[200];

	(void)state;
	write_domain("db", "/run/partbus/db.sock", " vectors='16'");
	snprintf(text, sizeof(text), "domain db: user libvirt-qemu may not connect to "
		 "/run/partbus/db.sock (user %u, group %u, mode 0600)", getuid(), getgid());
	only("libvirt", "warning", text);
	/* Another user, by the configuration; its last word counts. */
	root_write("etc/libvirt/qemu.conf", "#user = \"root\"\nuser = \"root\"\n"
		   " user = \"qemu\"\nusers = 5\n");
	root_write("etc/passwd", "libvirt-qemu:x:0:0::/:/bin/false\nqemu:x:107:107::/:\n");
	snprintf(text, sizeof(text), "domain db: user qemu may not connect to "
		 "/run/partbus/db.sock (user %u, group %u, mode 0600)", getuid(), getgid());
	only("libvirt", "warning", text);
	root_write("etc/libvirt/qemu.conf", "user = \"root\"\n");
	root_write("etc/passwd", "root:x:0:0::/:\n");
	healthy();
	/* Nobody is known by that name. */
	root_write("etc/libvirt/qemu.conf", "user = \"nobody\"\n");
	healthy();
	root_delete("etc/libvirt/qemu.conf");
	if (!getuid()) {
		root_write("etc/libvirt/qemu.conf", "user = \"root\"\n");
		root_write("etc/passwd", "root:x:0:0::/:\n");
		assert_int_equal(chown(root_path("run/partbus/db.sock"), 64055, 0), 0);
		healthy();
		root_delete("etc/libvirt/qemu.conf");
		root_write("etc/passwd", "libvirt-qemu:x:64055:103::/:/bin/false\n");
		healthy();
		/* It may be in the group that may connect: who knows. */
		assert_int_equal(chown(root_path("run/partbus/db.sock"), 0, 36), 0);
		assert_int_equal(chmod(root_path("run/partbus/db.sock"), 0660), 0);
		healthy();
	}
	root_print("etc/passwd", "libvirt-qemu:x:%u:5::/:\n", getuid() ? getuid() : 64055);
	make_socket("run/partbus/db.sock", getuid() ? 0600 : 0602);
	examine();
	if (!getuid())
		found("socket", "warning",
		      "everybody may connect to /run/partbus/db.sock (mode 0602)");
	nothing_else();
}

/* ---- guests, resources, offers, channels ---- */

static void test_guest(void **state)
{
	(void)state;
	fake.partition[0].state = PARTBUS_PARTITION_STATE_ATTACHED;
	only("guest", "warning", "partition web is attached and its kernel has not said hello");
	fake.partition[0].state = PARTBUS_PARTITION_STATE_ACTIVE;
	fake.partition[0].heartbeat = PARTBUS_HEARTBEAT_STATE_LOST;
	fake.partition[0].heartbeat_age_msec = 12345;
	only("guest", "warning", "partition web has been silent for 12345 ms");
}

static void test_resource(void **state)
{
	(void)state;
	fake.resource[0].state = PARTBUS_RESOURCE_STATE_FAILED;
	only("resource", "failed",
	     "resource disk0 cannot be used: its backing /dev/vg0/web is gone or broken");
	fake.resource[0].state = PARTBUS_RESOURCE_STATE_OPENING;
	only("resource", "warning",
	     "resource disk0 is not ready: its backing /dev/vg0/web is still being opened");
}

static void test_backing(void **state)
{
	static const char *const bad[] = {
		"sdb", "vda1", "nvme0n1", "dm-3", "loop7", "xvdb", "pbd0",
	};
	static const char *const good[] = {
		"/dev/disk/by-id/nvme-x", "/dev/mapper/sdb", "/dev/sds/web", "/dev/ram0", "/srv/sda",
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sprintf(fake.resource[0].backing, "/dev/%s", bad[i]);
		snprintf(text, sizeof(text),
			 "resource disk0: /dev/%s may be another device after a restart", bad[i]);
		only("backing", "warning", text);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		strcpy(fake.resource[0].backing, good[i]);
		healthy();
	}
}

static void test_reserve(void **state)
{
	struct pbl_offer *o = &fake.offer[fake.offers++];
	struct pbl_attrs *defined = &fake.resource[0].defined;

	(void)state;
	*o = fake.offer[0];
	o->partition = PARTBUS_ROOT_ID;
	o->attrs.count = 0;
	healthy();
	add_attr(&o->attrs, PARTBUS_ATTR_RESERVE_IOPS, 500);
	/* Of another resource. */
	strcpy(o->resource, "disk9");
	healthy();
	strcpy(o->resource, "disk0");
	only("reserve", "warning",
	     "the offers of resource disk0 promise reserve_iops 1500 in all, and it has 1000");
	/* Without a reserve of its own, the cap is what can be promised. */
	o->attrs.count = 0;
	add_attr(&o->attrs, PARTBUS_ATTR_RESERVE_BPS, 1);
	only("reserve", "warning",
	     "the offers of resource disk0 promise reserve_bps 1048577 in all, and it has 1048576");
	/* Nor one or the other: there is nothing to promise. */
	defined->count = 1;
	o->attrs.count = 0;
	only("reserve", "warning",
	     "the offers of resource disk0 promise reserve_bps 1048576 in all, and it has 0");
	add_attr(defined, PARTBUS_ATTR_CAP_BPS, PARTBUS_ATTR_ANY);
	only("reserve", "warning",
	     "the offers of resource disk0 promise reserve_bps 1048576 in all, and it has 0");
	/* Nor of what a network sends. */
	o->attrs.count = 0;
	add_attr(&o->attrs, PARTBUS_ATTR_RX_RESERVE_PPS, 7);
	add_attr(&o->attrs, PARTBUS_ATTR_RX_RESERVE_BPS, 8);
	examine();
	found("reserve", "warning",
	      "the offers of resource disk0 promise rx_reserve_pps 7 in all, and it has 0");
	found("reserve", "warning",
	      "the offers of resource disk0 promise rx_reserve_bps 8 in all, and it has 0");
	o->attrs.count = 0;
	/* Sums do not wrap. */
	add_attr(&o->attrs, PARTBUS_ATTR_RESERVE_BPS, PARTBUS_ATTR_ANY - 1);
	examine();
	found("reserve", "warning",
	      "the offers of resource disk0 promise reserve_bps 18446744073709551615 in all, and it has 0");
	nothing_else();
	/* An older kernel does not say what was set. */
	fake.older = true;
	healthy();
}

static void test_offer(void **state)
{
	struct pbl_offer *o = &fake.offer[fake.offers++];

	(void)state;
	/* The partition is not there yet. */
	o->partition = 2;
	strcpy(o->resource, "disk0");
	only("offer", "warning", "resource disk0 waits for partition db to become active");
	/* The provider's module was unloaded: offers stay. */
	strcpy(o->resource, "disk1");
	only("offer", "warning", "partition db is offered resource disk1, which there is not");
	o->partition = PARTBUS_ROOT_ID;
	only("offer", "warning", "partition root is offered resource disk1, which there is not");
	/* All is there, and the window has no room, or memory ran out. */
	strcpy(o->resource, "disk0");
	o->partition = 1;
	only("offer", "warning",
	     "resource disk0 has no channel to partition web, though both are there");
	/* Told once, where the cause is. */
	fake.resource[0].state = PARTBUS_RESOURCE_STATE_FAILED;
	only("resource", "failed",
	     "resource disk0 cannot be used: its backing /dev/vg0/web is gone or broken");
}

static void test_channel(void **state)
{
	struct pbl_channel *ch = &fake.channel[0];

	(void)state;
	ch->state = PARTBUS_CHANNEL_STATE_BROKEN;
	ch->violations = 1;
	/* The peer may have written this. */
	strcpy(ch->reason, "index out of range\033[31m\xff");
	examine();
	found("channel", "failed",
	      "channel 5 to resource disk0 is broken: index out of range\033[31m?");
	found("violations", "warning", "the peer of channel 5 broke the protocol 1 times");
	nothing_else();
	ch->violations = 0;
	ch->reason[0] = '\0';
	only("channel", "failed", "channel 5 to resource disk0 is broken: no reason was given");
}

static void test_contract(void **state)
{
	struct pbl_channel *ch = &fake.channel[0];

	(void)state;
	ch->state = PARTBUS_CHANNEL_STATE_OPENING;
	ch->neg_state = PARTBUS_NEG_STATE_DEAD_END;
	strcpy(ch->reason, "cap_iops: there is no more than 1000");
	only("contract", "failed", "no contract for channel 5 to resource disk0: "
	     "cap_iops: there is no more than 1000");
}

static void test_client(void **state)
{
	(void)state;
	fake.channel[0].state = PARTBUS_CHANNEL_STATE_OFFERED;
	root_delete("sys/module/partbus_vsc_blk");
	only("client", "failed",
	     "channel 5 to resource disk0 has no driver: partbus_vsc_blk is not loaded");
	fake.channel[0].class = PARTBUS_CLASS_NET;
	only("client", "failed",
	     "channel 5 to resource disk0 has no driver: partbus_vsc_net is not loaded");
	/* Of a newer kernel. */
	fake.channel[0].class = 99;
	healthy();
}

static void test_disk(void **state)
{
	(void)state;
	fake.channels = 0;
	root_write("sys/block/pbd0/partbus/state", "no-path\n");
	only("disk", "warning", "disk pbd0 (resource disk0) has no path, its requests wait");
	/* Just on its way out. */
	root_delete("sys/block/pbd0/partbus/state");
	healthy();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST(test_descriptors), HOST(test_kvm), HOST(test_vectors), HOST(test_passthrough),
		HOST(test_libvirt_vectors), HOST(test_libvirt_partition), HOST(test_libvirt_user),
		HOST(test_guest), HOST(test_resource), HOST(test_backing), HOST(test_reserve),
		HOST(test_offer), HOST(test_channel), HOST(test_contract), GUEST(test_client),
		GUEST(test_disk),
	};

	return cmocka_run_group_tests_name("doctor_objects", tests, load_manual, free_manual);
}
