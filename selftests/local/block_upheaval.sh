#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# What changes around a disk while it is written to: processors come and go, the
# backing grows and shrinks, neighbours are offered and withdrawn all the time, the
# backing vanishes and comes back.
#
#	noloss write -> /dev/pbdN =(local transport)= partbus_vsp_blk -> loop, null_blk
#
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/noloss/noloss.sh
. "$PB_SRC/selftests/noloss/noloss.sh"

UUID=7f0a52c4-58f1-4b0e-9f2b-0d6a4b1f9e33
AREA=$((8 << 11))	# sectors that the checker uses
ROUNDS=$(rounds 6)
NEIGHBOURS=3
MEDIUM=
DISK=

resource_add() {
	partbus resource add d0 class block backing "$MEDIUM" uuid "$UUID"
}

offer_pends() {	# true or false
	[ "$(partbus -j offer show root d0 | jq '.[0].pending')" = "$1" ]
}

disk_is_there() {
	wait_for 20 disk_of d0 && DISK=$(disk_of d0) && wait_for 5 test -b "/dev/$DISK"
}

disk_state_is() {
	[ "$(cat "/sys/block/$DISK/partbus/state")" = "$1" ]
}

disk_has() {	# MiB
	[ "$(cat "/sys/block/$DISK/size")" = $(($1 << 11)) ]
}

reason_is() {	# pattern
	channel_field d0 reason | grep -Eq "$1"
}

# In a zone of the disk that the writer leaves alone.
written_and_read() {	# at which MiB
	dd if=/dev/urandom of=/tmp/piece bs=1M count=1 2> /dev/null &&
		dd if=/tmp/piece of="/dev/$DISK" bs=64k seek=$(($1 * 16)) oflag=direct &&
		dd if="/dev/$DISK" bs=64k skip=$(($1 * 16)) count=16 iflag=direct | cmp - /tmp/piece
}

session() {	# what it is about
	noloss_new
	blkdiscard -z "$MEDIUM"
	test_ok "$1: resource add" resource_add
	test_ok "$1: offer add" partbus offer add root d0
	test_ok "$1: the disk appears" disk_is_there
	noloss_write "/dev/$DISK" --sectors "$AREA"
	test_ok "$1: the writer writes" noloss_works || tests_done
}

session_end() {	# what it was about
	# A writer that hangs would not end.
	[ "$FAILED" -eq 0 ] || tests_done
	test_ok "$1: the writer ends, having seen nothing wrong" noloss_stop TERM
	test_ok "$1: the medium holds what was acknowledged" noloss_settle "$MEDIUM"
	test_is "$1: nobody broke the protocol" \
		"$(partbus -j channel show | jq '[.[].violations] | add')" 0
	test_ok "$1: offer del" partbus offer del root d0
	test_ok "$1: no channel is left" wait_for 20 no_channels
	test_ok "$1: resource del" wait_for 10 partbus resource del d0
	test_ok "$1: no section is left" wait_for 10 no_sections
}

# --- processors --------------------------------------------------------------------

cpu() {	# 0 or 1: the second one is there
	echo "$1" > /sys/devices/system/cpu/cpu1/online
}

# The writer works on what is left, and on both.
cpu_goes_and_comes() {
	cpu 0 && noloss_works && cpu 1 && noloss_works
}

# While the disk changes its queues for them.
cpu_storm() {
	local n other
	(for n in 1 2 3 4 5 6; do cpu 0 && cpu 1 || exit 1; done) &
	other=$!
	for n in 1 2 3 4; do noloss_geometry d0 || return 1; done
	wait "$other"
}

# A contract for more queues than there are processors, made with one of them away.
cpu_is_away_for_a_contract() {
	cpu 0 && partbus contract request d0 queues 2 depth 16 && noloss_works &&
		modprobe -r partbus_vsp_blk && modprobe partbus_vsp_blk && resource_add &&
		wait_for 20 disk_state_is running && noloss_works && cpu 1 && noloss_works
}

processors() {
	local n
	session "processors"
	test_ok "the disk has two queues" partbus contract request d0 queues 2 least 2
	for n in $(seq "$ROUNDS"); do
		test_ok "round $n: a processor goes and comes" cpu_goes_and_comes
	done
	test_ok "one goes and comes while contracts change" cpu_storm
	test_ok "contracts and providers change while one is away" cpu_is_away_for_a_contract
	session_end "processors"
}

# --- the backing's size ----------------------------------------------------------------

resize() {	# MiB
	truncate -s "$1M" /tmp/loop.img && losetup -c "$MEDIUM"
}

read_at() {	# MiB: how many bytes there are
	dd if="/dev/$DISK" bs=4k skip=$(($1 << 8)) count=1 iflag=direct 2> /dev/null | wc -c
}

sizes() {
	session "sizes"
	test_ok "the disk has 16 MiB" wait_for 10 disk_has 16
	test_ok "the backing grows" resize 32
	test_ok "so does the disk" wait_for 10 disk_has 32
	test_is "and what is shown of the resource" \
		"$(partbus -j resource show d0 | jq '.[0].size_bytes')" $((32 << 20))
	test_ok "what it has more can be used" written_and_read 31
	test_ok "the writer writes all the while" noloss_works
	test_ok "the backing shrinks" resize 12
	test_ok "so does the disk" wait_for 10 disk_has 12
	test_is "there is nothing behind its end" "$(read_at 31)" 0
	test_ok "what is left can be used" written_and_read 11
	test_ok "the writer goes on" noloss_works

	test_ok "the client insists on what there is" \
		partbus contract request d0 capacity $((12 << 11)) least $((12 << 11))
	test_ok "the backing shrinks below that" resize 8
	test_ok "there is no contract any more" wait_for 10 disk_state_is no-path
	test_ok "the reason says what is missing, and what there is" \
		wait_for 5 reason_is "capacity.*$((8 << 11))"
	test_is "the channel lives" "$(channel_field d0 state)" open
	test_ok "the backing has its size again" resize 12
	test_ok "the disk goes on" wait_for 60 disk_state_is running
	test_ok "and so does the writer, without an error" noloss_works
	session_end "sizes"
}

# --- neighbours --------------------------------------------------------------------------

# Some wait until their disk is there, some do not.
neighbour() {	# number
	local n
	for n in $(seq "$ROUNDS"); do
		partbus offer add root "n$1" || return 1
		[ $((n % 3)) -ne 0 ] || wait_for 20 disk_of "n$1" || return 1
		partbus offer del root "n$1" || return 1
	done
}

storm() {
	local n others=()
	for n in $(seq "$NEIGHBOURS"); do
		neighbour "$n" > "/tmp/neighbour.$n" 2>&1 &
		others+=($!)
	done
	for n in $(seq "$NEIGHBOURS"); do
		wait "${others[n - 1]}" || { cat "/tmp/neighbour.$n" && return 1; }
	done
}

only_d0_is_left() {
	[ "$(partbus -j channel show | jq -c '[.[].resource] | unique')" = '["d0"]' ]
}

neighbours() {
	local n channel epoch
	session "neighbours"
	for n in $(seq "$NEIGHBOURS"); do
		test_ok "resource add n$n" partbus resource add "n$n" class block backing "/dev/ram$n"
	done
	channel=$(channel_field d0 id)
	epoch=$(contract_value d0 epoch)
	test_ok "offers to $NEIGHBOURS disks come and go, $ROUNDS times each" storm
	test_ok "the writer goes on" noloss_works
	test_is "its disk has the same channel" "$(channel_field d0 id)" "$channel"
	test_is "and the same contract" "$(contract_value d0 epoch)" "$epoch"
	test_ok "nothing is left of the others" wait_for 20 only_d0_is_left
	for n in $(seq "$NEIGHBOURS"); do
		test_ok "resource del n$n" wait_for 10 partbus resource del "n$n"
	done
	session_end "neighbours"
}

# --- the backing vanishes ------------------------------------------------------------------

NULLB=/sys/kernel/config/nullb/nullb0

backing_new() {
	modprobe null_blk nr_devices=0 && mkdir "$NULLB" && echo 1 > "$NULLB/memory_backed" &&
		echo 16 > "$NULLB/size" && echo 512 > "$NULLB/blocksize" && backing 1
}

# As by a pulled cable: its holders are not asked. What is in it stays there.
backing() {	# 0 or 1: it is there
	echo "$1" > "$NULLB/power"
}

failure_told() {
	jq -c 'select(.kind == "resource-set" and .state == "failed")' "$PB_SHARE/events.json" |
		grep -q .
}

vanishes() {
	local name
	session "vanishes"
	name=$DISK
	partbus -j monitor > "$PB_SHARE/events.json" 2> /dev/null &
	MONITOR=$!
	wait_for 5 sh -c "ls -l /proc/$MONITOR/fd | grep -q socket"
	test_refused "a resource that is offered and well stays" 1 'offered' partbus resource del d0
	noloss_errors on
	test_ok "the backing is pulled out" backing 0
	test_ok "the resource has failed" wait_for 10 resource_is d0 failed
	test_ok "an event says so" wait_for 5 failure_told
	test_ok "its disk waits" wait_for 10 disk_state_is no-path
	test_ok "the reason is the backing" wait_for 5 reason_is 'backing.*gone'
	test_is "the channel lives" "$(channel_field d0 state)" open
	test_ok "the failed resource is deleted, though it is offered" partbus resource del d0
	test_ok "its offer waits" wait_for 10 offer_pends true
	test_ok "and so does its disk" disk_state_is no-path
	test_ok "the backing is there again" backing 1
	test_ok "the resource is made anew" resource_add
	test_ok "the offer waits no longer" wait_for 10 offer_pends false
	test_ok "the disk goes on" wait_for 20 disk_state_is running
	test_is "under its name" "$(disk_of d0)" "$name"
	noloss_errors off
	test_ok "the writer goes on" noloss_works
	kill "$MONITOR"
	session_end "vanishes"
}

# --- ----------------------------------------------------------------------------------------

test_ok "modules load" load_host
test_ok "client module loads" load_client
load_ram $((NEIGHBOURS + 1)) 16384
MEDIUM=/dev/ram0
processors
neighbours

modprobe loop
truncate -s 16M /tmp/loop.img
MEDIUM=$(losetup -f --show /tmp/loop.img)
sizes
losetup -d "$MEDIUM"

test_ok "a backing that can vanish" backing_new
MEDIUM=/dev/nullb0
# The kernel and the disk say so when a disk fails.
echo 'Buffer I/O error|I/O error, dev' >> "$PB_SHARE/l1.expect"
vanishes
test_ok "modules unload" wait_for 10 unload_all
test_ok "nothing of partbus is left" modules_gone
tests_done
