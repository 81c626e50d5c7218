#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
# on demand
#
# Random faults to a guest that writes to a disk of the bus, and to its host, and
# the no-loss checker:
#
#	block_noloss.sh [ROUNDS] [SEED]
#
#	guest: noloss write -> /dev/pbdN       journal, by 9p
#	         |  window                         |
#	       partbus_host, partbus_vsp_blk    /tmp/noloss
#	         |
#	       /dev/ram0 <- noloss verify
#
# The journal is in the host's memory before the guest's disk is asked, so it outlives
# the guest. After each fault that ends the guest or its writer, and at the end, the
# backing must hold what was acknowledged; nothing of a dead guest may come later.
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

ROUNDS=${1:-9}
SEED=${2:-$((SRANDOM % 100000))}
NG_SEED=$SEED
MEDIUM=/dev/ram0
DAEMON=

finish() {
	guest_cleanup
	[ -z "$DAEMON" ] || kill "$DAEMON" 2> /dev/null
}
trap finish EXIT

# --- faults ------------------------------------------------------------------------

# Each leaves a guest with a disk that works, and a writer or not.

fault_cap() {
	chance 300
	partbus resource set d0 cap_iops $((100 + CHANCE)) && ng_writer_works &&
		partbus resource set d0 cap_iops none
}

fault_geometry() {
	local words
	chance 5
	words="slot_size $((4096 << CHANCE))"
	chance 64
	words="$words depth $((CHANCE + 1))"
	chance 2
	guest_run g "partbus contract request d0 $words queues $((CHANCE + 1)) wait 30"
}

fault_daemon() {
	kill -9 "$DAEMON"
	wait "$DAEMON" 2> /dev/null
	chance 2
	[ "$CHANCE" -eq 0 ] || ng_writer_works || return 1
	daemon_start
}

reload() {
	modprobe -r partbus_vsp_blk && modprobe partbus_vsp_blk && ng_resource_add
}

fault_reload() {
	reload && wait_for 20 ng_channel_runs
}

# A guest that does nothing for a while, as one on a host that is short of everything.
fault_stop() {
	local pid
	pid=$(guest_pid g)
	kill -STOP "$pid"
	chance 3
	case $CHANCE in
	0) partbus resource set d0 cap_iops 500 && partbus resource set d0 cap_iops none ;;
	1) reload ;;
	2) fault_daemon_alone ;;
	esac
	kill -CONT "$pid"
	wait_for 30 ng_channel_runs
}

fault_daemon_alone() {
	kill -9 "$DAEMON"
	wait "$DAEMON" 2> /dev/null
	daemon_start
}

fault_writer() {
	guest_run g "kill -KILL \$(pgrep -x noloss)"
	ng_writer_join
	ng_settle
}

fault_unplug() {
	ng_errors on && partbus offer del g d0 && wait_for 20 no_channels && ng_writer_ends &&
		ng_settle && ng_errors off && partbus offer add g d0
}

# The dead kernel's requests are over when the next one has the disk.
fault_reset() {
	guest_reset g && ng_ready && ng_settle
}

fault_kill() {
	guest_kill g && wait_for 20 partition_is g state defined && wait_for 20 no_channels &&
		ng_settle && ng_boots
}

FAULTS=(cap geometry daemon reload stop writer unplug reset kill)

fault() {	# name
	"fault_$1" || { NG_WRITES= && return 1; }
	[ -n "$NG_WRITES" ] || ng_writer_starts || return 1
	ng_writer_works
}

faults() {
	local n
	for n in $(seq "$ROUNDS"); do
		next_fault
		test_ok "fault $n, $FAULT: all is right and the guest writes" fault "$FAULT" ||
			return
	done
}

# --- ---------------------------------------------------------------------------------

echo "# block_noloss.sh $ROUNDS $SEED"
noloss_seed "$SEED"
noloss_new
test_ok "modules load" load_host
load_ram 1 8192
daemon_start
test_ok "partition add" partbus partition add g window 32M
test_ok "resource add" ng_resource_add
test_ok "offer add" partbus offer add g d0
test_ok "the daemon listens" wait_for 10 test -S /run/partbus/g.sock
test_ok "the guest boots and has its disk" ng_boots
test_ok "its writer starts" ng_writer_starts
test_ok "and writes" ng_writer_works
faults
test_ok "the writer ends, having seen nothing wrong" ng_writer_ends
cp "$LAST_OUTPUT" "$PB_SHARE/writer.log"
test_ok "the guest shuts down" guest_stop g
test_ok "no channel is left" wait_for 20 no_channels
test_ok "the medium holds what was acknowledged" ng_settle
echo "# $ROUNDS faults, $NOLOSS_SETTLED verifications of the medium, $NOLOSS_ENTRIES journal entries"
test_ok "offer del" partbus offer del g d0
test_ok "resource del" partbus resource del d0
test_ok "partition del" partbus partition del g
test_ok "the daemon ends well" daemon_stop
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsp_blk partbus_host
tests_done
