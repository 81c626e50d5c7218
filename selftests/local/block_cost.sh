#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# What requests without data cost at the caps: discards and zeroes by their range.
# Bounds need no clock but the kernel's, and can only be missed by a provider that
# lets too much pass.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"

zeroes() {	# how many times 4 MiB
	local n
	for n in $(seq "$1"); do
		blkdiscard -z -o $(((n - 1) << 22)) -l $((4 << 20)) "$DISK" || return 1
	done
}

test_ok "modules load" load_host
test_ok "client module loads" load_client
modprobe loop
truncate -s 512M /tmp/loop.img
LOOP=$(losetup -f --show /tmp/loop.img)
test_ok "resource add" partbus resource add d0 class block backing "$LOOP"
test_ok "offer add" partbus offer add root d0
test_ok "the disk appears" wait_for 15 disk_of d0
DISK=/dev/$(disk_of d0)
wait_for 5 test -b "$DISK"
test_ok "one request discards 256 MiB at most" \
	test "$(contract_value d0 discard_max_sectors)" -le $((256 << 11))
test_ok "and zeroes 4 MiB at most" \
	test "$(contract_value d0 zeroes_max_sectors)" -le $((4 << 11))
test_ok "without a cap the whole disk is discarded" blkdiscard "$DISK"

test_ok "the client gets a cap of requests" \
	partbus contract request d0 cap_iops 100 burst_ios 10
before=$(counter "$(basename "$DISK")" requests)
start=$(now)
fio --name=trim --filename="$DISK" --rw=trim --bs=16M --size=512M --ioengine=libaio --iodepth=4 \
	--direct=1 --time_based --runtime=4 > /tmp/fio.log 2>&1
after=$(counter "$(basename "$DISK")" requests)
end=$(now)
test_ok "some discards of 16 MiB passed" test $((after - before)) -ge 4
test_ok "but no more than 100 MiB a second" \
	test $(((after - before) * 16)) -le $(((end - start + 1) * 100 + 32)) ||
	echo "# $((after - before)) discards in $((end - start)) s"

test_ok "the client gets a cap of bytes instead" \
	partbus contract request d0 cap_iops none cap_bps 4M
start=$(now)
test_ok "24 MiB are zeroed" zeroes 6
end=$(now)
# The first 4 MiB are admitted at once, the last are worked off after their end.
test_ok "that took as long as writing them" test $((end - start)) -ge 4
# A second of nothing, and a second's bytes may pass. What is owed for the first discard
# would hold up the second for a minute if it cost what it covers.
throttled() {
	counter "$(basename "$LOOP")" throttled server
}
test_ok "what is owed is worked off" blkdiscard -o 0 -l $((1 << 20)) "$DISK"
sleep 1
held=$(throttled)
test_ok "256 MiB are discarded" blkdiscard -o 0 -l $((256 << 20)) "$DISK"
test_ok "and more behind them" blkdiscard -o 0 -l $((1 << 20)) "$DISK"
test_is "which are not held back, for that costs a 128th" "$(throttled)" "$held"

partbus offer del root d0
test_ok "the disk goes" wait_for 10 sh -c "! test -e /sys/block/$(basename "$DISK")"
test_ok "resource del" partbus resource del d0
losetup -d "$LOOP"
test_ok "modules unload" unload_all
tests_done
