#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: debug
# on demand, but for debug
#
# Allocations of the host's end of a window fail, in each module in turn: a partition is
# made or refused, with a reason; a QEMU that wants its window gets it or is told, and the
# next one has it.
#
#	memory_short_window.sh [ROUNDS]
#
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/memory.sh
. "$PB_SRC/selftests/memory.sh"

ROUNDS=${1:-3}
LOG=$PB_SHARE/partbusd.log
QEMU=
ATTACHED=0

partitions_tried() {
	local n
	for n in 1 2 3; do
		tried partbus partition add "m$n" window 8M || return 1
		tried partbus offer add "m$n" d0 || return 1
		tried partbus -j partition show || return 1
		tried partbus offer del "m$n" d0 || return 1
		tried partbus partition del "m$n" || return 1
	done
}

# Its guest never starts: the window is all that is wanted of it.
qemu_starts() {
	setsid qemu-system-x86_64 -S -nodefaults -display none -M q35 -accel tcg -m 64M \
		-chardev socket,path=/run/partbus/g.sock,id=w \
		-device ivshmem-doorbell,chardev=w,vectors=16 > /tmp/qemu.log 2>&1 &
	QEMU=$!
}

qemu_ends() {
	kill "$QEMU" 2> /dev/null
	wait "$QEMU" 2> /dev/null
	QEMU=
	wait_for 20 partition_is g state defined
}

window_opens() {
	wait_for 20 partition_is g state defined && qemu_starts &&
		wait_for 40 partition_is g state attached
}

# Attached, or the daemon has said more than that.
window_or_reason() {	# lines of the log before
	partition_is g state attached || [ "$(wc -l < "$LOG")" -gt "$1" ]
}

window_tried() {
	qemu_starts
	wait_for 40 window_or_reason "$(wc -l < "$LOG")" || return 1
	! partition_is g state attached || ATTACHED=$((ATTACHED + 1))
}

all_works() {
	local n
	for n in 1 2 3; do
		partbus offer del "m$n" d0
		partbus partition del "m$n"
	done
	[ "$(partbus -j partition show | jq length)" -eq 2 ] || return 1
	partbus partition add m1 window 8M && partbus offer add m1 d0 &&
		partbus offer del m1 d0 && partbus partition del m1 &&
		window_opens && qemu_ends
}

finish() {
	[ -z "$QEMU" ] || kill "$QEMU" 2> /dev/null
}
trap finish EXIT

[ -d $FAIL/failslab ] || { echo "1..0 # skip no fault injection in this kernel" && exit 0; }
test_ok "allocations can be made to fail" faults_ready
test_ok "modules load" load_host
load_ram 1 8192
daemon_start
test_ok "resource add" partbus resource add d0 class block backing /dev/ram0
test_ok "partition add" partbus partition add g window 8M
test_ok "offer add" partbus offer add g d0
test_ok "the daemon listens" wait_for 20 test -S /run/partbus/g.sock
test_ok "a window is attached" window_opens
test_ok "and goes" qemu_ends
for n in $(seq "$ROUNDS"); do
	for m in partbus partbus_host; do
		percent=$((n % 2 ? 30 : 100))
		test_ok "round $n: what $m refuses when $percent % fail has a reason" \
			while_memory_fails "$m" $percent partitions_tried
		test_ok "round $n: so has a window that is not attached" \
			while_memory_fails "$m" $percent window_tried
		test_ok "round $n: which goes" qemu_ends
		test_ok "round $n: with memory all works" all_works
	done
done
test_ok "something was refused at all" test "$REFUSED" -gt 5
echo "# $REFUSED commands were refused, $ATTACHED windows attached all the same"
test_ok "offer del" partbus offer del g d0
test_ok "partition del" wait_for 10 partbus partition del g
test_ok "resource del" partbus resource del d0
test_ok "the daemon ends" daemon_stop
test_ok "no section is left" wait_for 10 no_sections
test_ok "modules unload" wait_for 20 modprobe -r partbus_vsp_blk partbus_host
test_ok "nothing of partbus is left" modules_gone
tests_done
