// SPDX-License-Identifier: GPL-2.0-only
/*
 * Boots another kernel from the running one, at once and without a word to anybody,
 * as after a crash or an update without firmware:
 *
 *	lab-kexec KERNEL INITRD COMMAND-LINE
 *
 * KERNEL is a bzImage. (kexec-tools would do, but as a package it changes how the
 * machine that the lab runs on reboots.)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int kernel, initrd;

	if (argc != 4) {
		fprintf(stderr, "usage: lab-kexec KERNEL INITRD COMMAND-LINE\n");
		return 2;
	}
	kernel = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (kernel < 0) {
		perror(argv[1]);
		return 1;
	}
	initrd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (initrd < 0) {
		perror(argv[2]);
		return 1;
	}
	argv[3][strcspn(argv[3], "\n")] = 0;
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[3]) + 1, argv[3], 0UL)) {
		perror("kexec_file_load");
		return 1;
	}
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	perror("reboot");
	return 1;
}
