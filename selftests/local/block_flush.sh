#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# What a flush promises, proved from the provider's device: dm-log-writes records
# what became durable there, and in which order, while the checker writes and the
# channel renegotiates, loses its provider and gets it back. Then the log is played
# onto an empty device; after every flush and every FUA write in it that device is
# what a loss of power at that moment would have left, and must hold what had been
# flushed or written through by then.
#
#	block_flush.sh [ROUNDS] [SEED]
#
#	noloss write -> /dev/pbdN =(local transport)= partbus_vsp_blk -> dm-log-writes -> brd
#	                                                                            \-> log
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/noloss/noloss.sh
. "$PB_SRC/selftests/noloss/noloss.sh"

ROUNDS=${1:-2}
SEED=${2:-$((SRANDOM % 100000))}
UUID=7f0a52c4-58f1-4b0e-9f2b-0d6a4b1f9e33
MIB=8
SECTORS=$((MIB << 11))
FORGETFUL=10000	# entries of a journal, among which forgotten flushes must be noticed
LOG_MIB=$((400 + ROUNDS * 60))	# a file of as many holes
DISK=

resource_add() {
	partbus resource add d0 class block backing "$MAPPED" uuid "$UUID"
}

disk_runs() {
	wait_for 20 sh -c "grep -qx running /sys/block/$DISK/partbus/state"
}

disk_is_there() {
	wait_for 20 disk_of d0 && DISK=$(disk_of d0) && wait_for 5 test -b "/dev/$DISK" && disk_runs
}

# A log that is full stops, and says so only in the kernel's log.
log_is_whole() {
	dmsetup status logged && ! dmsetup status logged | grep -q logging_disabled
}

reload() {
	modprobe -r partbus_vsp_blk && modprobe partbus_vsp_blk && resource_add && disk_runs
}

replay() {
	noloss replay --journal "$(noloss_journal)" --log /dev/loop0 --disk /dev/ram1
}

# A log of its own for each run, on a file whose holes are as good as zeroes.
logged_disk() {
	rm -f /tmp/log.img && truncate -s "${LOG_MIB}M" /tmp/log.img &&
		losetup /dev/loop0 /tmp/log.img && blkdiscard -z /dev/ram0 &&
		blkdiscard -z /dev/ram1 &&
		noloss_mapped logged "0 $SECTORS log-writes /dev/ram0 /dev/loop0" &&
		resource_add && partbus offer add root d0 && disk_is_there
}

# Taking the log down completes it.
logged_disk_goes() {
	partbus offer del root d0 && wait_for 20 no_channels && partbus resource del d0 &&
		wait_for 10 dmsetup remove logged
}

test_ok "modules load" load_host
test_ok "client module loads" load_client
modprobe -a dm-log-writes loop
load_ram 2 $((MIB << 10))
echo "# block_flush.sh $ROUNDS $SEED"
noloss_seed "$SEED"

noloss_new
test_ok "a disk whose writes are logged" logged_disk
test_is "it has a write cache" "$(cat "/sys/block/$DISK/queue/write_cache")" "write back"
test_is "and FUA" "$(cat "/sys/block/$DISK/queue/fua")" 1
noloss_write "/dev/$DISK" --seed "$SEED" --workers 6 --flushes 6 --one-flush
test_ok "the writer writes" noloss_works
for n in $(seq "$ROUNDS"); do
	test_ok "round $n: another geometry" noloss_geometry d0
	test_ok "round $n: the writer goes on" noloss_works
	test_ok "round $n: the provider goes and comes" reload
	test_ok "round $n: the writer goes on, too" noloss_works
done
test_ok "the writer ends, having seen nothing wrong" noloss_stop TERM
test_ok "the log is whole" log_is_whole
test_ok "the medium holds what was acknowledged" \
	noloss verify --journal "$(noloss_journal)" --disk /dev/ram0
test_ok "the disk goes" logged_disk_goes
test_ok "at every flush and FUA write what was promised was durable" replay
grep -h '^noloss' "$LAST_OUTPUT" | sed 's/^/# /'
test_ok "what the log was played onto holds it, too" \
	noloss verify --power-loss --journal "$(noloss_journal)" --disk /dev/ram1
losetup -d /dev/loop0

# The same with a writer that says of some flushes that they were done when they were
# not, which is what a lost flush looks like.
noloss_new
test_ok "another disk whose writes are logged" logged_disk
noloss_write "/dev/$DISK" --seed "$SEED" --workers 6 --flushes 6 --one-flush --forget-flushes 2
test_ok "the writer writes, and forgets flushes" wait_for 300 noloss_grown $((FORGETFUL * 64))
test_ok "the writer ends" noloss_stop TERM
echo "# $(($(noloss_bytes) / 64)) entries of its journal"
test_ok "that log is whole, too" log_is_whole
test_ok "that disk goes" logged_disk_goes
test_refused "flushes that were forgotten are found out" 1 'lost: sector' replay
grep -h '^noloss' "$LAST_OUTPUT" | tail -n 1 | sed 's/^/# /'
losetup -d /dev/loop0
test_ok "modules unload" wait_for 10 unload_all
tests_done
