#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# What becomes of a guest's disk when its window is unplugged and plugged again, when
# its kernel panics, and when its kernel boots another one, and when a second disk is
# offered and withdrawn all the time; all while the no-loss checker writes.
#
#	guest: noloss write -> /dev/pbdN       journal, by 9p
#	         |  window                         |
#	       partbus_host, partbus_vsp_blk    /tmp/noloss
#	         |
#	       /dev/ram0 <- noloss verify
#
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"
# shellcheck source=selftests/noloss/noloss.sh
. "$PB_SRC/selftests/noloss/noloss.sh"
# shellcheck source=selftests/noloss/guest.sh
. "$PB_SRC/selftests/noloss/guest.sh"

# shellcheck disable=SC2034	# for noloss/guest.sh
MEDIUM=/dev/ram0
ROUNDS=$(rounds 3)
OFFERS=$(rounds 50)
DAEMON=

finish() {
	guest_cleanup
	[ -z "$DAEMON" ] || kill "$DAEMON" 2> /dev/null
}
trap finish EXIT

offer_pends() {	# true or false
	[ "$(partbus -j offer show g d0 | jq '.[0].pending')" = "$1" ]
}

guest_disk_is() {	# state
	[ "$(guest_run g 'cat /sys/block/pbd*/partbus/state')" = "$1" ]
}

guest_disks() {
	guest_run g 'cd /sys/block; ls -d pbd*'
}

# --- the window -------------------------------------------------------------------

unplug() {
	guest_qmp g '{"execute": "device_del", "arguments": {"id": "window0"}}' '"DEVICE_DELETED"'
}

socket_gone() {
	guest_qmp g '{"execute": "chardev-remove", "arguments": {"id": "window"}}'
}

plug() {
	guest_qmp g '{"execute": "chardev-add", "arguments": {"id": "window", "backend": {
		"type": "socket", "data": {"server": false, "addr": {
		"type": "unix", "data": {"path": "/run/partbus/g.sock"}}}}}}' &&
		guest_qmp g '{"execute": "device_add", "arguments": {"driver": "ivshmem-doorbell",
			"id": "window0", "chardev": "window", "vectors": 16, "bus": "rp1"}}'
}

window() {
	local n disks
	disks=$(guest_disks)
	for n in $(seq "$ROUNDS"); do
		test_ok "round $n: the window is unplugged under load" unplug
		test_ok "round $n: the partition is defined, no more" \
			wait_for 20 partition_is g state defined
		test_ok "round $n: the host has no channel left" wait_for 20 no_channels
		test_ok "round $n: and no section" wait_for 10 no_sections
		test_ok "round $n: the offer waits" offer_pends true
		test_ok "round $n: so does the guest's disk" guest_disk_is no-path
		test_ok "round $n: the socket goes, too" wait_for 10 socket_gone
		test_ok "round $n: the window is plugged again" plug
		test_ok "round $n: the partition is active" wait_for 30 partition_is g state active
		test_ok "round $n: there is a contract again" wait_for 30 ng_channel_runs
		test_ok "round $n: the disk goes on" wait_for 30 guest_disk_is running
		test_is "round $n: under its name" "$(guest_disks)" "$disks"
		test_ok "round $n: and so does the writer, without an error" ng_writer_works
	done
	test_ok "the writer ends, having seen nothing wrong" ng_writer_ends
	test_ok "the medium holds what was acknowledged" ng_settle
}

# --- the guest's kernel -------------------------------------------------------------

generation() {
	partition_field g generation
}

boot_id() {
	guest_run g 'cat /proc/sys/kernel/random/boot_id'
}

# shellcheck disable=SC2016	# for the guest's shell
boots_another() {
	guest_dies_of g 'exec lab-kexec /usr/lib/lab/vmlinuz /usr/lib/lab/initrd "$(cat /proc/cmdline)"'
}

kernel_ends() {	# in words, command
	local words=$1 before boot
	shift
	test_ok "a writer starts" ng_writer_starts
	test_ok "and writes" ng_writer_works
	before=$(generation)
	boot=$(boot_id)
	test_ok "the guest's kernel $words under load" "$@"
	test_ok "the next one has the disk" ng_ready
	test_ok "it is another one" test "$(boot_id)" != "$boot"
	test_is "of the next generation" "$(generation)" $((before + 1))
	test_ok "only its channel is there" ng_channel_runs
	test_ok "the medium holds what was acknowledged" ng_settle
}

# --- a neighbour --------------------------------------------------------------------

# Nobody waits until the guest has a disk or has let go of one.
offer_storm() {
	local n
	for n in $(seq "$OFFERS"); do
		partbus offer add g n1 && partbus offer del g n1 || return 1
	done
}

# shellcheck disable=SC2016	# for the guest's shell
GUEST_N1='f=$(grep -slx n1 /sys/block/pbd*/partbus/resource) &&
	d=/dev/$(echo $f | cut -d/ -f4) && grep -qx running ${f%/*}/state && [ -b $d ]'

n1_runs() {
	guest_run g "$GUEST_N1"
}

n1_holds() {	# what
	[ "$(guest_run g "$GUEST_N1 && dd if=\$d bs=64k count=16 iflag=direct status=none |
		md5sum")" = "$1" ]
}

resources_are() {	# names
	[ "$(partbus -j channel show | jq -r '.[].resource' | sort | xargs)" = "$1" ]
}

guest_resources_are() {	# names
	[ "$(guest_run g 'partbus -j channel show' | jq -r '.[].resource' | sort | xargs)" = "$1" ]
}

section_bytes_are() {
	[ "$(section_bytes)" = "$1" ]
}

neighbour() {
	local channel epoch bytes disks made
	test_ok "resource add n1" partbus resource add n1 class block backing /dev/ram1
	dd if=/dev/urandom of=/dev/ram1 bs=64k count=16 status=none
	test_ok "a writer starts" ng_writer_starts
	test_ok "and writes" ng_writer_works
	channel=$(channel_field d0 id server)
	epoch=$(contract_value d0 epoch server)
	bytes=$(section_bytes)
	disks=$(guest_disks)
	test_ok "a second disk is offered and withdrawn $OFFERS times in a row" offer_storm
	test_ok "it is offered once more" partbus offer add g n1
	test_ok "the guest has it" wait_for 60 n1_runs
	made=$(($(channel_field n1 id server) - channel))
	echo "# for $OFFERS offers $made channels were made"
	test_ok "not only the last offer had a channel" test "$made" -gt $((OFFERS / 16))
	test_ok "and reads what is on it" n1_holds "$(head -c 1M /dev/ram1 | md5sum)"
	test_ok "there is one channel for each" wait_for 20 resources_are "d0 n1"
	test_ok "in the guest, too" wait_for 20 guest_resources_are "d0 n1"
	test_ok "the writer writes all the while" ng_writer_works
	test_is "its disk has the same channel" "$(channel_field d0 id server)" "$channel"
	test_is "and the same contract" "$(contract_value d0 epoch server)" "$epoch"
	test_ok "the second disk is withdrawn" partbus offer del g n1
	test_ok "its channel goes" wait_for 20 resources_are d0
	test_ok "in the guest, too" wait_for 20 guest_resources_are d0
	test_ok "its memory is back" wait_for 10 section_bytes_are "$bytes"
	test_is "the guest has the disk that it had" "$(guest_disks)" "$disks"
	test_ok "the writer ends, having seen nothing wrong" ng_writer_ends
	test_ok "the medium holds what was acknowledged" ng_settle
	test_ok "resource del n1" partbus resource del n1
}

# --- ---------------------------------------------------------------------------------

noloss_new
test_ok "modules load" load_host
load_ram 2 8192
daemon_start
test_ok "partition add" partbus partition add g window 32M
test_ok "resource add" ng_resource_add
test_ok "offer add" partbus offer add g d0
test_ok "the daemon listens" wait_for 10 test -S /run/partbus/g.sock
test_ok "the guest boots and has its disk" ng_boots || tests_done
test_ok "its writer starts" ng_writer_starts
test_ok "and writes" ng_writer_works

window
kernel_ends "panics" guest_panics g
kernel_ends "boots another one" boots_another
neighbour

test_ok "a writer starts once more" ng_writer_starts
test_ok "and writes once more" ng_writer_works
test_ok "it ends, having seen nothing wrong" ng_writer_ends
test_is "nobody broke the protocol" \
	"$(partbus -j channel show | jq '[.[].violations] | add')" 0
test_ok "the guest shuts down" guest_stop g
test_ok "no channel is left" wait_for 20 no_channels
test_ok "no section is left" wait_for 10 no_sections
test_ok "the medium holds all of it" ng_settle
test_ok "offer del" partbus offer del g d0
test_ok "resource del" partbus resource del d0
test_ok "partition del" partbus partition del g
test_ok "the daemon ends well" daemon_stop
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsp_blk partbus_host
test_ok "nothing of partbus is left" modules_gone
tests_done
