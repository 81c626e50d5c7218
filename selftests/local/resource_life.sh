#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# Resources that fail and recover, limits that come and go, and modules that are
# unloaded while one disk of the bus is behind another:
#
#	/dev/ram0 <- d0 = pbdA <- d1 = pbdB
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"

offer_pends() {	# resource, true or false
	[ "$(partbus -j offer show root "$1" | jq '.[0].pending')" = "$2" ]
}

disk_appears() {	# resource
	wait_for 15 disk_of "$1" && DISK=$(disk_of "$1") && wait_for 5 test -b "/dev/$DISK"
}

writer_fails() {
	! wait "$WRITER" && grep -E 'Input/output error|No such device' /tmp/dd.log
}

UUID0=6a9fd0d2-7d1f-4a8e-9d57-3f5a1c2b7e10
UUID1=6a9fd0d2-7d1f-4a8e-9d57-3f5a1c2b7e11

resize() {	# MiB
	truncate -s "$1M" /tmp/loop.img && losetup -c "$LOOP"
}

disk_state_is() {	# disk, state
	[ "$(cat "/sys/block/$1/partbus/state")" = "$2" ]
}

test_ok "modules load" load_host
test_ok "client module loads" load_client
load_ram 2 65536
modprobe loop
truncate -s 16M /tmp/loop.img
LOOP=$(losetup -f --show /tmp/loop.img)

# A backing that goes and comes back.
test_ok "resource add" partbus resource add d0 class block backing "$LOOP"
test_ok "its backing loses all its sectors" resize 0
test_ok "it has failed" wait_for 10 resource_is d0 failed
test_ok "it can be offered" partbus offer add root d0
test_ok "the offer waits" offer_pends d0 true
test_ok "the backing is back" resize 16
test_ok "so is the resource" wait_for 10 resource_is d0 ready
test_ok "the offer waits no longer" wait_for 10 offer_pends d0 false
test_ok "its disk appears" wait_for 15 disk_of d0
partbus offer del root d0
test_ok "the disk goes" wait_for 10 sh -c '! ls -d /sys/block/pbd*'
test_ok "resource del" partbus resource del d0
losetup -d "$LOOP"

# A cap that is taken away takes its burst along.
test_ok "resource add" partbus resource add d0 class block backing /dev/ram0 uuid "$UUID0"
test_ok "offer add" partbus offer add root d0
test_ok "its disk appears" disk_appears d0
A=$DISK
unlimited=$(contract_value d0 burst_ios)
test_ok "the client asks for a cap and a burst" \
	partbus contract request "$A" cap_iops 1000 burst_ios 5
test_is "the burst holds" "$(contract_value d0 burst_ios)" 5
test_ok "the client wants no cap any more" partbus contract request "$A" cap_iops none
test_is "nor the burst" "$(contract_value d0 burst_ios)" "$unlimited"
unlimited=$(contract_value d0 burst_bytes)
test_ok "the resource gets both" partbus resource set d0 cap_bps 8M burst_bytes 64K
test_ok "the client has them" wait_for 10 contract_is d0 burst_bytes 65536
test_ok "the resource loses the cap" partbus resource set d0 cap_bps none
test_ok "and the burst" wait_for 10 contract_is d0 burst_bytes "$unlimited"

# One disk behind another: the modules go from the last to the first.
test_ok "a resource over the disk" \
	partbus resource add d1 class block backing "/dev/$A" uuid "$UUID1"
test_ok "its offer" partbus offer add root d1
test_ok "its disk" disk_appears d1
B=$DISK
fio --name=chain --filename="/dev/$B" --rw=randrw --bs=4k --size=16m --iodepth=16 \
	--ioengine=libaio --direct=1 --verify=crc32c --verify_fatal=1 --verify_backlog=64 \
	--time_based --runtime=25 > /tmp/chain.log 2>&1 &
LOAD=$!
for n in 1 2; do
	test_ok "round $n: the provider is unloaded under load" \
		timeout 30 modprobe -r partbus_vsp_blk
	test_ok "round $n: the first disk waits" disk_state_is "$A" no-path
	test_ok "round $n: so does the second" disk_state_is "$B" no-path
	test_ok "round $n: the provider comes back" load_host
	partbus resource add d0 class block backing /dev/ram0 uuid "$UUID0"
	test_ok "round $n: the first disk goes on" wait_for 10 disk_state_is "$A" running
	partbus resource add d1 class block backing "/dev/$A" uuid "$UUID1"
	test_ok "round $n: the second disk goes on" wait_for 10 disk_state_is "$B" running
done
test_ok "the host's module is unloaded under load" timeout 30 modprobe -r partbus_host
test_ok "the disks wait" disk_state_is "$B" no-path
test_ok "it comes back" load_host
test_ok "the first offer is made again" partbus offer add root d0
test_ok "its disk goes on" wait_for 10 disk_state_is "$A" running
test_ok "and the second" partbus offer add root d1
test_ok "the second disk goes on" wait_for 10 disk_state_is "$B" running
test_ok "fio saw no error and no wrong block" wait $LOAD
for r in d1 d0; do
	test_ok "offer del $r" partbus offer del root "$r"
	test_ok "its disk goes" wait_for 15 sh -c "! grep -qx $r /sys/block/pbd*/partbus/resource"
	test_ok "resource del $r" wait_for 10 partbus resource del "$r"
done
test_ok "no section is left" wait_for 10 no_sections

# A disk whose path may come back waits; one whose offer is deleted goes, path or no
# path; and its own partition can give it up.
test_ok "a resource again" partbus resource add d0 class block backing /dev/ram0 uuid "$UUID0"
test_ok "its offer again" partbus offer add root d0
test_ok "its disk again" disk_appears d0
test_refused "a disk with a channel is not given up" 1 'has a channel' partbus disk del "$DISK"
test_ok "the provider goes" modprobe -r partbus_vsp_blk
dd if=/dev/zero of="/dev/$DISK" bs=4k count=1 oflag=direct 2> /tmp/dd.log &
WRITER=$!
test_is "the disk waits" "$(partbus -j disk show "$DISK" | jq -r '.[0].state')" no-path
test_ok "its offer is deleted" partbus offer del root d0
test_ok "the disk goes" wait_for 10 sh -c "! test -e /sys/block/$DISK"
test_ok "so do requests, with an error" writer_fails
test_ok "the provider comes back" load_host
partbus resource add d0 class block backing /dev/ram0 uuid "$UUID0"
partbus offer add root d0
test_ok "a disk, offered anew" disk_appears d0
test_ok "the host's module goes" modprobe -r partbus_host
test_ok "the disk is given up where it is" partbus disk del "$DISK"
test_ok "and goes" wait_for 10 sh -c "! test -e /sys/block/$DISK"
test_refused "once" 3 'disk' partbus disk del "$DISK"
test_ok "the host's module comes back" load_host
partbus resource del d0
echo 'Buffer I/O error|I/O error, dev pbd' >> "$PB_SHARE/l1.expect"
test_ok "modules unload" unload_all
test_ok "nothing of partbus is left" modules_gone
tests_done
