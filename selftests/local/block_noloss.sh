#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# Random faults under load, and the no-loss checker:
#
#	block_noloss.sh [ROUNDS] [SEED]
#
#	noloss write -> /dev/pbdN =(local transport)= partbus_vsp_blk -> dm -> brd, null_blk, loop
#
# The checker reads back what it writes while faults are done, and after every fault
# that ends it, and at the end, the backing must hold what was acknowledged. The
# same seed makes the same faults in the same order; 200 rounds are a good night.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/noloss/noloss.sh
. "$PB_SRC/selftests/noloss/noloss.sh"

ROUNDS=${1:-24}
SEED=${2:-$((SRANDOM % 100000))}
UUID=7f0a52c4-58f1-4b0e-9f2b-0d6a4b1f9e33
MIB=24			# of the backing
AREA=$((16 << 11))	# sectors that the checker uses: the disk may get smaller
MEDIUM=			# the backing
BASE=			# what is below it
DISK=

# --- the disk --------------------------------------------------------------------

resource_add() {
	partbus resource add d0 class block backing "$MEDIUM" uuid "$UUID"
}

disk_is_there() {
	wait_for 20 disk_of d0 && DISK=$(disk_of d0) && wait_for 5 test -b "/dev/$DISK"
}

disk_state_is() {
	[ "$(cat "/sys/block/$DISK/partbus/state")" = "$1" ]
}

disk_runs() {
	wait_for 20 disk_state_is running
}

table() {	# target and its arguments behind the device
	local sectors=$((MIB << 11))
	case $1 in
	error) echo "0 $sectors error" ;;
	delay) echo "0 $sectors delay $BASE 0 $2" ;;
	flakey) echo "0 $sectors flakey $BASE 0 0 60 1 $2" ;;
	*) echo "0 $sectors linear $BASE 0" ;;
	esac
}

medium_becomes() {	# see table
	dmsetup load medium --table "$(table "$@")" && dmsetup suspend medium &&
		dmsetup resume medium
}

medium_new() {
	noloss_mapped medium "$(table linear)" && MEDIUM=$MAPPED
}

base_brd() {
	load_ram 1 $((MIB << 10)) && BASE=/dev/ram0
}

# With a volatile write cache and FUA.
base_null_blk() {
	local dir=/sys/kernel/config/nullb/nullb0
	modprobe null_blk nr_devices=0 && mkdir "$dir" && echo 1 > "$dir/memory_backed" &&
		echo "$MIB" > "$dir/size" && echo 1 > "$dir/cache_size" &&
		echo 512 > "$dir/blocksize" && echo 1 > "$dir/power" && BASE=/dev/nullb0
}

# With a write cache and without FUA.
base_loop() {
	modprobe loop && truncate -s "${MIB}M" /tmp/medium.img &&
		BASE=$(losetup -f --show /tmp/medium.img)
}

# --- the writer --------------------------------------------------------------------

writer_start() {
	noloss_write "/dev/$DISK" --sectors "$AREA" --seed "$((SEED * 1000 + NOLOSS_LIFE))"
}

# --- faults --------------------------------------------------------------------------

# Each leaves a disk that works, and a writer that writes.

reload() {
	modprobe -r partbus_vsp_blk && modprobe partbus_vsp_blk && resource_add && disk_runs
}

fault_cap() {
	chance 1500
	partbus resource set d0 cap_iops $((300 + CHANCE)) && noloss_works &&
		partbus resource set d0 cap_iops none
}

fault_geometry() {
	noloss_geometry d0
}

# Both ends want something else at the same time, again and again.
fault_storm() {
	local n other
	(for n in 1 2 3 4 5 6; do partbus resource set d0 cap_bps $((n + 8))M; done) &
	other=$!
	for n in 1 2 3 4; do noloss_geometry d0 || return 1; done
	wait "$other" && partbus resource set d0 cap_bps none
}

fault_reload() {
	reload
}

# The path comes and goes faster than requests do.
fault_reloads() {
	reload && reload && reload
}

fault_size() {
	chance $((MIB - (AREA >> 11)))
	partbus resource set d0 size $(((AREA >> 11) + CHANCE))M && noloss_works &&
		partbus resource set d0 size 0
}

fault_read_only() {
	noloss_errors on
	partbus resource set d0 read_only on && noloss_works &&
		partbus resource set d0 read_only off &&
		wait_for 20 sh -c "[ \$(blockdev --getro /dev/$DISK) = 0 ]"
	noloss_errors off
}

# The medium fails everything, or only writes.
fault_error() {
	local kind=error
	chance 2
	[ "$CHANCE" -eq 0 ] || kind='flakey error_writes'
	noloss_errors on
	# shellcheck disable=SC2086	# words
	medium_becomes $kind && noloss_works && medium_becomes linear
	noloss_errors off
}

# And fails while the provider goes and comes.
fault_error_reload() {
	noloss_errors on
	medium_becomes error && reload && noloss_works && medium_becomes linear
	noloss_errors off
}

# A slow medium: much is in flight when something else happens.
fault_delay() {
	chance 60
	medium_becomes delay $((CHANCE + 20)) || return 1
	chance 4
	case $CHANCE in
	0) fault_cap ;;
	1) noloss_geometry d0 ;;
	2) reload ;;
	3) fault_storm ;;
	esac && medium_becomes linear
}

# A medium that hangs: what wants to have it quiet must wait, and then goes on.
fault_hang() {
	local other what
	chance 2 && what=$CHANCE
	dmsetup suspend --noflush medium || return 1
	if [ "$what" -eq 0 ]; then
		modprobe -r partbus_vsp_blk &
	else
		partbus contract request d0 depth 7 wait 60 &
	fi
	other=$!
	sleep 1
	dmsetup resume medium
	wait "$other" || return 1
	[ "$what" -ne 0 ] || { modprobe partbus_vsp_blk && resource_add && disk_runs; }
}

# The operator's limit: requests fail, and what has failed is not executed later.
fault_no_path() {
	noloss_errors on
	echo 1 > "/sys/block/$DISK/partbus/no_path_timeout"
	modprobe -r partbus_vsp_blk && wait_for 20 disk_state_is failing && noloss_works &&
		modprobe partbus_vsp_blk && resource_add && disk_runs
	echo 0 > "/sys/block/$DISK/partbus/no_path_timeout"
	noloss_errors off
}

fault_kill() {
	noloss_stop KILL && noloss_settle "$MEDIUM" && writer_start
}

fault_client() {
	noloss_stop KILL && modprobe -r partbus_vsc_blk && noloss_settle "$MEDIUM" &&
		modprobe partbus_vsc_blk && disk_is_there && writer_start
}

# The disk is taken away under the writer, and another is made of the resource.
fault_unplug() {
	noloss_errors on
	partbus offer del root d0 && wait_for 20 no_channels && noloss_stop TERM &&
		noloss_settle "$MEDIUM" && wait_for 20 sh -c "! test -e /sys/block/$DISK"
	noloss_errors off
	partbus offer add root d0 && disk_is_there && writer_start
}

FAULTS=(cap geometry storm reload reloads size read_only error error_reload delay hang no_path
	kill client unplug)

# --- a session over one kind of backing ------------------------------------------------

fault() {	# name
	"fault_$1" || return 1
	noloss_works
}

session() {	# kind of backing, rounds
	local n
	test_ok "$1: a backing" "base_$1"
	test_ok "$1: a medium" medium_new
	noloss_new
	test_ok "$1: resource add" resource_add
	test_ok "$1: offer add" partbus offer add root d0
	test_ok "$1: the disk appears" disk_is_there || return
	writer_start
	test_ok "$1: the writer writes" noloss_works || return
	for n in $(seq "$2"); do
		next_fault
		test_ok "$1: fault $n, $FAULT: all is right and the writer goes on" fault "$FAULT" ||
			return
	done
	test_ok "$1: the writer ends, having seen nothing wrong" noloss_stop TERM
	test_ok "$1: the medium holds what was acknowledged" noloss_settle "$MEDIUM"
	test_ok "$1: and so does the disk" \
		noloss verify --journal "$(noloss_journal)" --disk "/dev/$DISK"
	test_is "$1: nobody broke the protocol" \
		"$(partbus -j channel show | jq '[.[].violations] | add')" 0
}

session_end() {	# kind of backing
	test_ok "$1: offer del" partbus offer del root d0
	test_ok "$1: no channel is left" wait_for 20 no_channels
	test_ok "$1: resource del" wait_for 10 partbus resource del d0
	test_ok "$1: the medium goes" wait_for 10 dmsetup remove medium
	[ "$1" != loop ] || losetup -d "$BASE"
}

# A medium that says that it has written what it drops: whether the checker sees it.
# Told apart from everything above by the writer's or the verifier's own word.
liar() {
	# It may find out at once.
	medium_becomes flakey drop_writes && wait_for 5 noloss_grown "$(noloss_bytes)"
	medium_becomes linear || return 1
	! { noloss_stop TERM && noloss_settle "$MEDIUM"; }
}

test_ok "modules load" load_host
test_ok "client module loads" load_client
modprobe -a dm-mod dm-flakey dm-delay
echo "# block_noloss.sh $ROUNDS $SEED"
noloss_seed "$SEED"
# The kernel and the disk say so when a disk fails.
echo 'Buffer I/O error|I/O error, dev' >> "$PB_SHARE/l1.expect"
KINDS=(brd null_blk loop)
done_rounds=0
for i in 0 1 2; do
	kind=${KINDS[i]}
	rounds=$(((ROUNDS - done_rounds) / (3 - i)))
	done_rounds=$((done_rounds + rounds))
	session "$kind" "$rounds"
	# After a failure it is not known what is left.
	[ "$FAILED" -eq 0 ] || tests_done
	session_end "$kind"
done
echo "# $ROUNDS faults, $NOLOSS_SETTLED verifications of the medium, $NOLOSS_ENTRIES journal entries"

noloss_new
test_ok "a backing for a lie" base_brd
test_ok "a medium of it" medium_new
blkdiscard -z "$MEDIUM"
test_ok "resource add" resource_add
test_ok "offer add" partbus offer add root d0
test_ok "the disk appears" disk_is_there
writer_start
test_ok "the writer writes" noloss_works
test_ok "a medium that drops writes is found out" liar
test_ok "by what it lacks" grep -Eq '(lost|reappeared): sector' "$NOLOSS_LOG" "$LAST_OUTPUT"
[ -z "$NOLOSS_WRITER" ] || noloss_stop KILL
session_end brd
test_ok "modules unload" wait_for 10 unload_all
tests_done
