#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: debug
# on demand, but for debug
#
# Allocations fail, in each module in turn: what is asked for meanwhile is refused
# with an error that has a name, or works; I/O of a contract in force goes on without
# an error, whatever fails; and as soon as there is memory again, everything works.
# What leaks is found by the kernel at the end.
#
#	memory_short.sh [ROUNDS [MODULE...]]
#
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/noloss/noloss.sh
. "$PB_SRC/selftests/noloss/noloss.sh"
# shellcheck source=selftests/memory.sh
. "$PB_SRC/selftests/memory.sh"

ROUNDS=${1:-2}
UUID=7f0a52c4-58f1-4b0e-9f2b-0d6a4b1f9e33
MODULES=("${@:2}")
[ $# -gt 1 ] ||
	MODULES=(partbus partbus_host partbus_vsp partbus_vsp_blk partbus_vsc partbus_vsc_blk)
AREA=$((4 << 11))
MEDIUM=
DISK=

# --- what is asked for ----------------------------------------------------------------

resource_add() {
	partbus resource add d0 class block backing "$MEDIUM" uuid "$UUID"
}

disk_runs() {
	local d
	d=$(disk_of d0) && [ -b "/dev/$d" ] && [ "$(cat "/sys/block/$d/partbus/state")" = running ]
}

offers_tried() {
	local n
	for n in 1 2 3; do
		tried partbus offer add root d1 || return 1
		tried partbus resource add "x$n" class block backing /dev/ram2 || return 1
		tried partbus -j channel show || return 1
		tried partbus resource del "x$n" || return 1
		tried partbus offer del root d1 || return 1
	done
}

contracts_tried() {
	local n
	for n in 1 2 3; do
		tried timeout 120 partbus contract request d0 depth $((n * 4)) \
			slot_size $((4096 << n)) queues $(((n & 1) + 1)) wait 20 || return 1
		tried partbus resource set d0 cap_iops $((n * 100000)) || return 1
	done
}

# A channel that broke stays for people to see, until its offer is made anew.
repair() {
	wait_for 40 disk_runs && return
	echo "# of d0: $(channel_field d0 state) $(channel_field d0 reason)"
	partbus offer del root d0 && wait_for 20 no_channels && partbus offer add root d0 &&
		wait_for 40 disk_runs
}

# All of it, and what was half done is not in the way.
all_works() {
	local n
	partbus offer del root d1
	for n in 1 2 3; do partbus resource del "x$n"; done
	[ "$(partbus -j resource show | jq length)" -eq 2 ] || return 1
	partbus resource add x1 class block backing /dev/ram2 &&
		partbus resource del x1 || return 1
	wait_for 20 sh -c "! grep -qsx d1 /sys/block/pbd*/partbus/resource" &&
		partbus offer add root d1 && wait_for 40 disk_of d1 &&
		partbus offer del root d1 && repair &&
		partbus contract request d0 depth 16 slot_size 65536 queues 2 wait 60
}

contract_without_disk() {
	partbus offer add root d1 && wait_for 30 said_by_kernel 'd1: no memory for its device yet' &&
		[ "$(channel_field d1 negotiation)" = running ] && ! disk_of d1
}

# --- rounds ----------------------------------------------------------------------------

io_goes_on() {
	noloss_works && noloss_works
}

all_tried() {
	offers_tried && contracts_tried
}

[ -d $FAIL/failslab ] || { echo "1..0 # skip no fault injection in this kernel" && exit 0; }
test_ok "allocations can be made to fail" faults_ready
test_ok "modules load" load_host
test_ok "client module loads" load_client
load_ram 3 8192
# What the medium needs itself is asked for by a worker of its own, not by the provider.
modprobe loop
truncate -s 8M /tmp/medium.img
MEDIUM=$(losetup -f --show /tmp/medium.img)
test_ok "it wants to be written from copies" \
	sh -c "echo 1 > /sys/block/$(basename "$MEDIUM")/queue/stable_writes"
test_ok "resource add" resource_add
test_ok "another" partbus resource add d1 class block backing /dev/ram1
test_ok "offer add" partbus offer add root d0
test_ok "the disk runs" wait_for 40 disk_runs
DISK=/dev/$(disk_of d0)

noloss_new
noloss_write "$DISK" --sectors "$AREA"
test_ok "a writer writes" noloss_works
for m in "${MODULES[@]}"; do
	test_ok "it goes on when all allocations of $m fail" \
		while_memory_fails "$m" 100 io_goes_on
done
test_ok "it ends, having seen nothing wrong" noloss_stop TERM
test_ok "the medium holds what was acknowledged" noloss_settle "$MEDIUM"

# A disk above the disk: what one has in flight takes nothing from what the other needs.
test_ok "a resource over the disk" partbus resource add upper class block backing "$DISK"
test_ok "its offer" partbus offer add root upper
test_ok "its disk" wait_for 40 disk_of upper
noloss_write "/dev/$(disk_of upper)" --sectors "$AREA"
test_ok "a writer writes through both" noloss_works
test_ok "it goes on when all allocations of partbus_vsp_blk fail" \
	while_memory_fails partbus_vsp_blk 100 io_goes_on
test_ok "it ends, too, having seen nothing wrong" noloss_stop TERM
test_ok "the medium holds that as well" noloss_settle "$MEDIUM"
test_ok "the upper offer goes" partbus offer del root upper
test_ok "and the resource" wait_for 20 partbus resource del upper

for n in $(seq "$ROUNDS"); do
	for m in "${MODULES[@]}"; do
		percent=$((n % 2 ? 30 : 100))
		test_ok "round $n: what $m refuses when $percent % fail has a reason" \
			while_memory_fails "$m" $percent all_tried
		# The client may swap to it.
		[[ $m != partbus_vsp* ]] || test_is "round $n: a contract of d0 goes on" \
			"$(channel_field d0 negotiation server) $(channel_field d0 negotiation)" \
			"running running"
		test_ok "round $n: with memory all works again" all_works
	done
done

# A disk is made outside of the negotiation: it comes as soon as there is memory.
test_ok "no disk can be made" memory_fails partbus_vsc_blk 100 pbd_disk_apply
test_ok "a channel has its contract all the same" contract_without_disk
memory_is_back
test_ok "with memory the disk comes by itself" wait_for 20 disk_of d1
test_ok "and goes" partbus offer del root d1

test_ok "something was refused at all" test "$REFUSED" -gt 5
echo "# $REFUSED commands were refused"
test_ok "offer del" partbus offer del root d0
test_ok "no channel is left" wait_for 20 no_channels
test_ok "no section is left" wait_for 10 no_sections
test_ok "resources go" sh -c 'partbus resource del d0 && partbus resource del d1'
losetup -d "$MEDIUM"
test_ok "modules unload" wait_for 20 unload_all
test_ok "nothing of partbus is left" modules_gone
tests_done
