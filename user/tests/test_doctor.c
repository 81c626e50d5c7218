// SPDX-License-Identifier: GPL-2.0
/* The doctor and the machine: modules, kernel, device, daemon, sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "doctor_fixture.h"
#include "fake_root.h"

static void test_healthy_host(void **state)
{
	static const char *const names[] = {
		"modules", "versions", "kernel", "netlink", "device", "daemon", "socket", "socket",
		"descriptors", "kvm", "vectors",
	};
	char text[128];

	(void)state;
	examine();
	assert_int_equal(exit_code, PBL_OK);
	nothing_else();
	/* It has looked at all this, and not found nothing to look at. */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *finding;
		size_t at;

		json_array_foreach(findings, at, finding) {
			if (!strcmp(text_of(finding, "name"), names[i]))
				break;
		}
		if (at == json_array_size(findings))
			fail_msg("it has not looked at: %s", names[i]);
		json_array_remove(findings, at);
	}
	assert_int_equal(json_array_size(findings), 0);
	examine();
	snprintf(text, sizeof(text), "/run/partbus/db.sock is for user %u, group %u, mode 0600",
		 getuid(), getgid());
	found("socket", "ok", text);
	found("vectors", "ok", "partition web: the window of process 4242 has 16 vectors");
}

static void test_healthy_guest(void **state)
{
	(void)state;
	examine();
	assert_int_equal(exit_code, PBL_OK);
	nothing_else();
	found("modules", "ok", "this is a guest");
	found("window", "ok", "partbus_pci has the window (PCI 0000:01:00.0)");
}

/* People read this form; the other is checked with every finding. */
static void test_text(void **state)
{
	static const char *const words[] = { "partbus", "doctor", "run_dir", "/elsewhere" };
	char *out = NULL, *errors = NULL;

	(void)state;
	fake.partitions = fake.offers = 0;
	assert_int_equal(run(&out, &errors, 4, words), PBL_OTHERWISE);
	assert_string_equal(out,
		"check modules result ok text \"this is a host\"\n"
		"check versions result ok text \"modules and tool are of version 0.1\"\n"
		"check kernel result ok text \"the kernel has not complained (taint 12288)\"\n"
		"check netlink result ok text \"the kernel answers\"\n"
		"check device result ok text \"/dev/partbus is there\"\n"
		"check daemon result failed text \"partbusd has not run here (no /elsewhere/.lock)\"\n"
		"    remedy \"systemctl start partbusd; if its run_dir is another, name it here\"\n");
	assert_string_equal(errors, "partbus: doctor: 1 of the checks failed\n");
	free(out);
	free(errors);
}

/* ---- modules ---- */

static void test_not_loaded(void **state)
{
	(void)state;
	fake.absent = true;
	root_delete("sys/module");
	root_write("lib/modules/6.12.9/modules.dep", "kernel/drivers/block/brd.ko:\n"
		   "extra/partbus_host.ko.xz: extra/partbus.ko.xz\n");
	examine();
	found("modules", "failed", "the modules are not loaded");
	found("netlink", "failed", "the kernel has no netlink family \"partbus\"; load the modules "
	      "(modprobe partbus_host on a host, partbus_pci in a guest)");
	nothing_else();
}

static void test_not_installed(void **state)
{
	(void)state;
	fake.absent = true;
	root_delete("sys/module");
	/* For the kernel before an upgrade, they were. */
	root_write("lib/modules/6.12.8/modules.dep", "extra/partbus_host.ko.xz:\n");
	root_write("lib/modules/6.12.9/modules.dep", "kernel/x.ko: extra/partbus_host.ko.xz\n");
	examine();
	found("install", "failed", "partbus_host is not installed for the running kernel 6.12.9");
	assert_int_equal(exit_code, PBL_OTHERWISE);
	root_delete("lib/modules/6.12.9");
	examine();
	found("install", "failed", "partbus_host is not installed for the running kernel 6.12.9");
}

static void test_signature(void **state)
{
	(void)state;
	fake.absent = true;
	root_delete("sys/module");
	root_write("lib/modules/6.12.9/modules.dep", "extra/partbus_host.ko:\n");
	root_write("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	examine();
	found("signature", "warning",
	      "the kernel is locked down (integrity): it takes signed modules only");
	root_write("sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	root_write("sys/module/module/parameters/sig_enforce", "Y\n");
	examine();
	found("signature", "warning", "the kernel takes signed modules only (module.sig_enforce)");
	root_write("sys/module/module/parameters/sig_enforce", "N\n");
	examine();
	found("modules", "failed", "the modules are not loaded");
	found("netlink", "failed", "the kernel has no netlink family \"partbus\"; load the modules "
	      "(modprobe partbus_host on a host, partbus_pci in a guest)");
	nothing_else();
}

static void test_versions(void **state)
{
	(void)state;
	root_write("sys/module/partbus_vsp/version", "0.2\n");
	only("versions", "failed", "module partbus_vsp is of version 0.2, others are of 0.1");
	root_write("sys/module/partbus/version", "0.2\n");
	root_write("sys/module/partbus_host/version", "0.2\n");
	root_write("sys/module/partbus_vsp_blk/version", "0.2\n");
	only("versions", "warning", "the modules are of version 0.2, this tool of 0.1");
}

static void test_no_guest_driver(void **state)
{
	(void)state;
	fake.absent = true;
	root_delete("sys/module");
	root_delete("sys/bus/pci/drivers");
	root_write("lib/modules/6.12.9/modules.dep", "updates/dkms/partbus_pci.ko.zst:\n");
	examine();
	found("modules", "failed", "there is a window (PCI 0000:01:00.0) and no driver for it");
	root_delete("lib/modules");
	examine();
	found("install", "failed", "partbus_pci is not installed for the running kernel 6.12.9");
}

static void test_no_window(void **state)
{
	(void)state;
	root_delete("sys/bus/pci/devices/0000:01:00.0");
	only("modules", "failed", "partbus_pci is loaded and there is no window (PCI 1af4:1110)");
	/* A host may have loaded it for nothing. */
	root_write("sys/module/partbus_host/version", "0.1\n");
	examine();
	found("modules", "ok", "this is a host");
}

static void test_window_not_taken(void **state)
{
	(void)state;
	root_delete("sys/bus/pci/drivers/partbus_pci/0000:01:00.0");
	only("window", "failed", "another driver took the window (PCI 0000:01:00.0)");
	root_delete("sys/bus/pci/devices/0000:01:00.0/driver");
	only("window", "failed", "partbus_pci did not take the window (PCI 0000:01:00.0)");
	/* Is another one driven, it is not ours. */
	root_write("sys/bus/pci/devices/0000:02:00.0/vendor", "0x1af4\n");
	root_write("sys/bus/pci/devices/0000:02:00.0/device", "0x1110\n");
	root_write("sys/bus/pci/devices/0000:02:00.0/resource1", "");
	root_write("sys/bus/pci/drivers/partbus_pci/0000:02:00.0/vendor", "0x1af4\n");
	healthy();
}

/* ---- kernel, device, daemon, sockets ---- */

static void test_taint(void **state)
{
	(void)state;
	root_write("proc/sys/kernel/tainted", "12416\n");
	only("kernel", "warning", "the kernel is tainted (12416): it has oopsed");
	root_write("proc/sys/kernel/tainted", "512\n");
	only("kernel", "warning", "the kernel is tainted (512): it has warned");
	root_delete("proc/sys/kernel/tainted");
	healthy();
}

static void test_netlink(void **state)
{
	(void)state;
	fake.version = PARTBUS_FAMILY_VERSION + 1;
	only("netlink", "warning",
	     "the kernel speaks version 2 of the interface, this tool version 1");
	fake.family_refusal = EIO;
	only("netlink", "failed", "the kernel refuses");
	fake.family_refusal = EPERM;
	only("netlink", "skipped", "the kernel refuses");
}

static void test_lists(void **state)
{
	static const struct {
		const char *name;
		__u8 cmd;
	} lists[] = {
		{ "partitions", PARTBUS_CMD_PARTITION_GET }, { "offers", PARTBUS_CMD_OFFER_GET },
		{ "resources", PARTBUS_CMD_RESOURCE_GET }, { "channels", PARTBUS_CMD_CHANNEL_GET },
	};

	(void)state;
	root_delete("etc/libvirt");
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		fake.refused = lists[i].cmd;
		fake.refusal = EIO;
		only(lists[i].name, "failed", "the kernel refuses");
		fake.refusal = EPERM;
		only(lists[i].name, "skipped", "the kernel refuses");
		assert_int_equal(exit_code, PBL_OK);
	}
}

/* What only hosts have is not asked for. */
static void test_guest_lists(void **state)
{
	(void)state;
	fake.refusal = EOPNOTSUPP;
	fake.refused = PARTBUS_CMD_OFFER_GET;
	healthy();
	fake.refused = PARTBUS_CMD_PARTITION_GET;
	healthy();
}

static void test_device(void **state)
{
	(void)state;
	assert_int_equal(chmod(root_path("dev/partbus"), 0666), 0);
	only("device", "warning", "everybody may open /dev/partbus (mode 0666)");
	root_delete("dev/partbus");
	only("device", "failed", "there is no /dev/partbus");
	root_write("dev/partbus", "");
	only("device", "failed", "/dev/partbus is no device");
}

static void test_daemon(void **state)
{
	(void)state;
	/* Its sockets stay behind, and are not worth a word each. */
	root_delete("run/partbus/web.sock");
	root_write("proc/locks", "2: FLOCK  ADVISORY  WRITE 18 00:01:2 0 EOF\n");
	only("daemon", "failed", "partbusd does not run; running guests go on, none can start");
	root_delete("run/partbus/.lock");
	only("daemon", "failed", "partbusd has not run here (no /run/partbus/.lock)");
}

static void test_daemon_unknown(void **state)
{
	struct stat st;

	(void)state;
	root_delete("proc/locks");
	only("daemon", "skipped",
	     "/proc/locks, which tells whether partbusd runs, cannot be read");
	/* A lock of another kind, and one of a device whose number ends alike. */
	assert_int_equal(stat(root_path("run/partbus/.lock"), &st), 0);
	root_print("proc/locks", "1: POSIX  ADVISORY  WRITE 17 %02x:%02x:%lu 0 EOF\n"
		   "2: FLOCK  ADVISORY  WRITE 17 1%02x:%02x:%lu 0 EOF\n", major(st.st_dev),
		   minor(st.st_dev), (unsigned long)st.st_ino, major(st.st_dev),
		   minor(st.st_dev), (unsigned long)st.st_ino);
	only("daemon", "failed", "partbusd does not run; running guests go on, none can start");
}

static void test_socket(void **state)
{
	(void)state;
	root_delete("run/partbus/web.sock");
	only("socket", "failed", "partition web has no socket /run/partbus/web.sock");
	root_write("run/partbus/web.sock", "");
	only("socket", "failed", "/run/partbus/web.sock is no socket");
	make_socket("run/partbus/web.sock", 0666);
	only("socket", "warning", "everybody may connect to /run/partbus/web.sock (mode 0666)");
}

static void test_socket_stale(void **state)
{
	(void)state;
	/* Of those that were connected, one is left. */
	root_write("proc/net/unix",
		   "Num       RefCount Protocol Flags    Type St Inode Path\n"
		   "0000000000000000: 00000003 00000000 00000000 0001 03 21 /run/partbus/web.sock\n"
		   "0000000000000000: 00000002 00000000 00010000 0001 01 22 /run/partbus/bigdb.sock\n"
		   "0000000000000000: 00000002 00000000 00010000 0001 01 23 /var/run/partbus/db.sock\n");
	only("socket", "failed", "nobody listens at /run/partbus/web.sock, an earlier daemon left it");
	root_delete("proc/net/unix");
	healthy();
}

static void test_socket_directory(void **state)
{
	char text[160];

	(void)state;
	if (geteuid()) {
		/* Files of other users are root's to make. */
		skip();
		return;
	}
	assert_int_equal(chown(root_path("run/partbus/db.sock"), 64055, 103), 0);
	healthy();
	assert_int_equal(chmod(root_path("run/partbus"), 0750), 0);
	snprintf(text, sizeof(text),
		 "user 64055 owns /run/partbus/db.sock and may not enter /run/partbus");
	only("socket", "failed", text);
	assert_int_equal(chown(root_path("run/partbus"), 0, 103), 0);
	healthy();
}

static void test_state(void **state)
{
	(void)state;
	root_delete("etc/libvirt");
	root_write("etc/partbus/state.json", "{}");
	healthy();
	fake.partitions = fake.offers = fake.channels = 0;
	healthy();
	fake.resources = 0;
	only("state", "warning", "nothing is defined, and what was saved has not been restored");
	root_delete("etc/partbus/state.json");
	healthy();
}

static void test_run_dir(void **state)
{
	static const char *const words[] = { "partbus", "doctor", "run_dir", "here" };
	char *out = NULL, *errors = NULL;

	(void)state;
	assert_int_equal(run(&out, &errors, 4, words), PBL_USAGE);
	assert_string_equal(out, "");
	free(out);
	free(errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST(test_healthy_host), GUEST(test_healthy_guest), HOST(test_text),
		HOST(test_run_dir), HOST(test_not_loaded), HOST(test_not_installed),
		HOST(test_signature), HOST(test_versions), GUEST(test_no_guest_driver),
		GUEST(test_no_window), GUEST(test_window_not_taken), HOST(test_taint),
		HOST(test_netlink), HOST(test_lists), GUEST(test_guest_lists), HOST(test_device),
		HOST(test_daemon), HOST(test_daemon_unknown), HOST(test_socket),
		HOST(test_socket_stale), HOST(test_socket_directory), HOST(test_state),
	};

	return cmocka_run_group_tests_name("doctor", tests, load_manual, free_manual);
}
