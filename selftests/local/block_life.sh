#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.1 debug
#
# Ends of channels come and go under load: rescinds, providers that are unloaded
# and come back, modules loaded and unloaded again and again.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"

add_resource() {
	partbus resource add d0 class block backing /dev/ram0 \
		uuid 6a9fd0d2-7d1f-4a8e-9d57-3f5a1c2b7e10
}

state_is() {	# state of the disk's path
	[ "$(cat "/sys/block/$NAME/partbus/state")" = "$1" ]
}

more_requests() {	# than
	[ "$(counter "$NAME" requests)" -gt $(($1 + 100)) ]
}

# Its disk was taken away: fio ends by itself, with errors.
fio_dies_honestly() {
	wait "$1"
	[ $? -ne 124 ] && grep -E 'No such device|Input/output error|err= *(5|19)' /tmp/gone.log
}

test_ok "modules load" load_host
test_ok "client module loads" load_client
load_ram 2 65536
test_ok "resource add" add_resource
test_ok "offer add" partbus offer add root d0
test_ok "the disk appears" wait_for 15 disk_of d0
NAME=$(disk_of d0)
DISK=/dev/$NAME
wait_for 5 test -b "$DISK"

# The provider is unloaded under load and comes back: requests are held.
fio --name=hold --filename="$DISK" --rw=randrw --bs=4k --size=16m --iodepth=16 --ioengine=libaio \
	--direct=1 --verify=crc32c --verify_fatal=1 --verify_backlog=64 --time_based --runtime=15 \
	> /tmp/hold.log 2>&1 &
HOLD=$!
for n in 1 2 3; do
	test_ok "round $n: the provider is unloaded under load" modprobe -r partbus_vsp_blk
	test_ok "round $n: the disk stays and waits" wait_for 5 state_is no-path
	test_ok "round $n: the offer waits, too" \
		sh -c 'partbus -j offer show | jq -e ".[0].pending == true"'
	test_ok "round $n: the provider comes back" modprobe partbus_vsp_blk
	test_ok "round $n: with the same resource" add_resource
	test_ok "round $n: the disk goes on" wait_for 10 state_is running
done
test_ok "fio saw no error and no wrong block" wait "$HOLD"
test_is "the disk has kept its name" "$(disk_of d0)" "$NAME"

# The offer is deleted under load: the disk goes, as when it is unplugged.
timeout 90 fio --name=gone --filename="$DISK" --rw=randrw --bs=4k --size=16m --iodepth=16 \
	--ioengine=libaio --direct=1 --time_based --runtime=300 > /tmp/gone.log 2>&1 &
GONE=$!
requests=$(counter "$NAME" requests)
test_ok "fio has begun" wait_for 30 more_requests "$requests"
test_ok "the offer is deleted under load" partbus offer del root d0
test_ok "no channel is left, whatever the client does" wait_for 15 no_channels
test_ok "fio ends with errors" fio_dies_honestly "$GONE" || sed 's/^/# /' /tmp/gone.log
test_ok "the disk goes" wait_for 10 sh -c "! test -e /sys/block/$NAME"
test_ok "no section is left" wait_for 10 no_sections
# A file system or fio on a disk that goes is told so.
echo 'Buffer I/O error|I/O error, dev pbd' >> "$PB_SHARE/l1.expect"

# Offers come and go quickly.
fails=0
ROUNDS=$(rounds 30)
for n in $(seq "$ROUNDS"); do
	partbus offer add root d0 > /dev/null 2>&1 || fails=$((fails + 1))
	[ $((n % 3)) -ne 0 ] || wait_for 10 disk_of d0 || fails=$((fails + 1))
	partbus offer del root d0 > /dev/null 2>&1 || fails=$((fails + 1))
done
test_is "$ROUNDS offers are made and deleted" "$fails" 0
test_ok "no channel is left of them" wait_for 30 no_channels
test_ok "no section is left of them" wait_for 10 no_sections

# Several disks of one provider at once; one goes, the others notice nothing.
partbus resource add d1 class block backing /dev/ram1
partbus offer add root d0
partbus offer add root d1
test_ok "the first disk appears" wait_for 15 disk_of d0
test_ok "the second disk appears" wait_for 15 disk_of d1
D1=/dev/$(disk_of d1)
wait_for 5 test -b "$D1"
fio --name=other --filename="$D1" --rw=randrw --bs=4k --size=16m --iodepth=8 --ioengine=libaio \
	--direct=1 --verify=crc32c --verify_fatal=1 --verify_backlog=64 --time_based --runtime=6 \
	> /tmp/other.log 2>&1 &
OTHER=$!
for n in 1 2 3; do
	partbus offer del root d0 && partbus offer add root d0
	wait_for 10 disk_of d0
done
test_ok "the other disk noticed nothing" wait "$OTHER"
test_ok "the first is there again" wait_for 10 disk_of d0
partbus offer del root d0
partbus offer del root d1
test_ok "no channel is left of both" wait_for 15 no_channels
test_ok "resources go" sh -c 'partbus resource del d0 && partbus resource del d1'

# Load and unload.
test_ok "modules unload" unload_all
fails=0
ROUNDS=$(rounds 20)
for n in $(seq "$ROUNDS"); do
	load_host && load_client && add_resource && partbus offer add root d0 > /dev/null ||
		fails=$((fails + 1))
	# Every other time without waiting for anything to settle.
	[ $((n % 2)) -eq 0 ] || wait_for 10 disk_of d0 || fails=$((fails + 1))
	partbus offer del root d0 > /dev/null || fails=$((fails + 1))
	wait_for 15 unload_all || fails=$((fails + 1))
done
test_is "modules are loaded, used and unloaded $ROUNDS times" "$fails" 0
test_ok "nothing of partbus is left" modules_gone
tests_done
