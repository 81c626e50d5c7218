#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two guests with two disks each, end to end, in a KVM host:
#
#	guest a: pbd0 ext4, pbd1 xfs      guest b: pbd0 ext4, pbd1 xfs
#	   |  window a                       |  window b        stock QEMU
#	   +---- partbus_host, partbus_vsp_blk, partbusd -------+
#	     /dev/ram0      /dev/ram1      /dev/ram2      /dev/ram3
#
# fio verifies by checksum while contracts change, the daemon is killed and
# restarted, a guest is reset, and the other guest's QEMU is killed.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"

DAEMON=

finish() {
	guest_cleanup
	[ -z "$DAEMON" ] || kill "$DAEMON" 2> /dev/null
}
trap finish EXIT

in_guest() {	# name, command
	GUEST_TIMEOUT=120 guest_run "$@"
}

guest_modules() {	# name
	in_guest "$1" "modprobe -a partbus_pci partbus_vsc_blk ext4 xfs crc32c"
}

guest_has_disks() {	# name
	in_guest "$1" 'for n in 1 2 3 4 5 6 7 8 9 10; do
		[ -b /dev/pbd0 ] && [ -b /dev/pbd1 ] && exit 0; sleep 1; done; exit 1'
}

# Names of disks depend on the order of arrival: found by the resource.
guest_mount() {	# name, resource, file system, folder, make it first?
	in_guest "$1" "d=\$(basename \$(dirname \$(dirname \$(grep -lx $2 /sys/block/pbd*/partbus/resource))))
		[ -z '$5' ] || mkfs.$3 -q /dev/\$d || exit 1
		mkdir -p $4 && mount -t $3 /dev/\$d $4"
}

fio_command() {	# folder, seconds
	echo "fio --name=v --directory=$1 --rw=randrw --bsrange=512-64k --size=6m --iodepth=8" \
		"--ioengine=libaio --direct=1 --verify=crc32c --verify_fatal=1" \
		"--verify_backlog=32 --time_based --runtime=$2"
}

test_ok "modules load on the host" load_host
load_ram 4 327680	# mkfs.xfs wants 300 MiB
daemon_start
for g in a b; do
	test_ok "partition add $g" partbus partition add "$g" window 64M
done
n=0
for r in a-ext4 a-xfs b-ext4 b-xfs; do
	test_ok "resource add $r" \
		partbus resource add "$r" class block backing /dev/ram$n serial "SN-$r"
	test_ok "offer add ${r%%-*} $r" partbus offer add "${r%%-*}" "$r"
	n=$((n + 1))
done
test_is "all offers wait for their guests" \
	"$(partbus -j offer show | jq '[.[] | select(.pending)] | length')" 4
test_refused "a partition with offers is not deleted" 1 'offers' partbus partition del a

for g in a b; do
	test_ok "the daemon listens for $g" wait_for 10 test -S "/run/partbus/$g.sock"
	test_ok "guest $g boots" guest_start "$g"
done
for g in a b; do
	test_ok "guest $g is up" guest_wait "$g"
	test_ok "partition $g is attached" wait_for 10 partition_is "$g" state attached
	test_ok "guest $g loads the modules" guest_modules "$g"
	test_ok "partition $g is active" wait_for 20 partition_is "$g" state active
	test_ok "guest $g has two disks" guest_has_disks "$g"
	test_ok "guest $g makes ext4" guest_mount "$g" "$g-ext4" ext4 /e yes
	test_ok "guest $g makes xfs" guest_mount "$g" "$g-xfs" xfs /x yes
	test_ok "guest $g knows its disks by UUID and serial" in_guest "$g" \
		"grep -qx SN-$g-ext4 /sys/block/pbd*/serial && grep -q . /sys/block/pbd0/partbus/uuid"
	test_ok "guest $g stores a file" in_guest "$g" \
		"dd if=/dev/urandom of=/e/keep bs=64k count=16 2> /dev/null &&
		 sha256sum < /e/keep > /e/sum && sync"
done
test_ok "udev starts in guest a" in_guest a start-udev
test_ok "and names the disk by its serial number" in_guest a "test -b /dev/disk/by-id/partbus-SN-a-ext4"
# shellcheck disable=SC2016	# for the guest's shell
test_ok "and by its UUID" in_guest a \
	'test -b /dev/disk/by-id/partbus-$(cat /sys/block/pbd0/partbus/uuid)'
test_is "a guest of the bus needs no other disk" \
	"$(in_guest a 'ls /sys/block | grep -v ^pbd | grep -cv -E "^(loop|ram)"')" 0
test_refused "an attached partition is not deleted" 1 'attached' partbus partition del a
test_ok "the guest sees its own channels only" in_guest a \
	"partbus -j channel show | grep -q a-ext4 && ! partbus -j channel show | grep -q b-ext4"

# Renegotiation under load, from both ends.
for g in a b; do
	guest_run_bg "$g" ext4 "$(fio_command /e 25)"
	guest_run_bg "$g" xfs "$(fio_command /x 25)"
done
old=$(contract_value a-ext4 epoch server)
for n in 1 2 3; do
	test_ok "round $n: the host changes a cap" \
		partbus resource set a-ext4 cap_iops $((n * 1000))
	test_ok "round $n: guest b asks for another geometry" in_guest b \
		"partbus contract request b-ext4 slot_size $((4096 << n)) depth $((8 * n)) wait 30"
done
test_ok "contracts of a-ext4 were replaced" \
	test "$(contract_value a-ext4 epoch server)" -gt "$old"
test_is "the last cap is in force" "$(contract_value a-ext4 cap_iops server)" 3000

# The daemon dies and comes back; what is attached goes on.
kill -9 "$DAEMON"
wait "$DAEMON" 2> /dev/null
daemon_start
test_ok "the daemon is back" wait_for 10 partbus -j partition show
for g in a b; do
	test_ok "fio on ext4 of $g saw no error" guest_join "$g" ext4
	test_ok "fio on xfs of $g saw no error" guest_join "$g" xfs
	test_ok "partition $g is active all the while" partition_is "$g" state active
done

# A guest is reset under load; the other's fio notices nothing.
guest_run_bg a ext4 "$(fio_command /e 300)"
guest_run_bg b ext4 "$(fio_command /e 40)"
generation=$(partbus -j partition show a | jq -r '.[0].generation')
test_ok "guest a is reset under load" guest_reset a
test_ok "guest a comes back" guest_wait a
test_ok "and loads the modules" guest_modules a
test_ok "its partition is of a new generation" \
	wait_for 20 sh -c "[ \$(partbus -j partition show a | jq '.[0].generation') -gt $generation ]"
test_ok "its disks are back" guest_has_disks a
test_ok "its ext4 is mounted" guest_mount a a-ext4 ext4 /e ''
test_ok "its xfs is mounted" guest_mount a a-xfs xfs /x ''
test_ok "what was synced before is there" in_guest a 'sha256sum < /e/keep | cmp - /e/sum'

# The other guest's QEMU is killed under load.
guest_run_bg a xfs "$(fio_command /x 20)"
test_ok "QEMU of guest b is killed under load" guest_kill b
test_ok "its partition is no longer attached" wait_for 20 partition_is b state defined
test_ok "its channels are gone" \
	wait_for 20 sh -c 'partbus -j channel show | jq -e "[.[] | select(.peer == \"b\")] | length == 0"'
test_ok "fio of guest a noticed nothing" guest_join a xfs
test_is "nobody broke the protocol" \
	"$(partbus -j channel show | jq '[.[].violations] | add')" 0

# It starts anew and finds its data.
test_ok "guest b boots again" guest_start b
test_ok "and is up" guest_wait b
test_ok "and loads its modules" guest_modules b
test_ok "and has its disks" guest_has_disks b
test_ok "its ext4 is repaired from its journal" guest_mount b b-ext4 ext4 /e ''
test_ok "and holds what was synced" in_guest b 'sha256sum < /e/keep | cmp - /e/sum'

# Rescind under load, and the client's module unloaded.
guest_run_bg b gone "$(fio_command /e 120)"
test_ok "an offer is deleted under load" partbus offer del b b-ext4
test_ok "its channel goes" wait_for 20 sh -c \
	'partbus -j channel show | jq -e "[.[] | select(.resource == \"b-ext4\")] | length == 0"'
guest_join b gone > /dev/null 2>&1
test_ok "the other disk of the guest lives" in_guest b \
	"dd if=/dev/\$(basename \$(dirname \$(dirname \$(grep -lx b-xfs /sys/block/pbd*/partbus/resource)))) of=/dev/null bs=64k count=16 2> /dev/null"

for g in a b; do
	test_ok "guest $g shuts down" guest_stop "$g"
	test_ok "partition $g is detached" wait_for 20 partition_is "$g" state defined
done
test_ok "no channel is left" wait_for 20 no_channels
test_ok "no section is left" wait_for 10 no_sections
for r in a-ext4 a-xfs b-xfs; do
	test_ok "offer del $r" partbus offer del "${r%%-*}" "$r"
done
for r in a-ext4 a-xfs b-ext4 b-xfs; do
	test_ok "resource del $r" partbus resource del "$r"
done
test_ok "partition del a" partbus partition del a
test_ok "partition del b" partbus partition del b
test_ok "the daemon ends well" daemon_stop
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsp_blk partbus_host
test_ok "nothing of partbus is left" modules_gone
tests_done
