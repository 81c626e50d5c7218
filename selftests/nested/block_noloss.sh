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

ROUNDS=${1:-9}
SEED=${2:-$((SRANDOM % 100000))}
UUID=7f0a52c4-58f1-4b0e-9f2b-0d6a4b1f9e33
MEDIUM=/dev/ram0
DAEMON=
WRITES=			# the guest has a writer

finish() {
	guest_cleanup
	[ -z "$DAEMON" ] || kill "$DAEMON" 2> /dev/null
}
trap finish EXIT

resource_add() {
	partbus resource add d0 class block backing "$MEDIUM" uuid "$UUID"
}

channel_runs() {
	partbus -j channel show | jq -e '[.[] | select(.negotiation == "running")] | length == 1'
}

# --- the guest and its writer ----------------------------------------------------

guest_boots() {
	guest_start g -- -fsdev "local,id=journal,path=$NOLOSS,security_model=none" \
		-device virtio-9p-pci,fsdev=journal,mount_tag=journal && guest_ready
}

# A disk by the name of its resource, for its number may be another one each time.
# shellcheck disable=SC2016	# for the guest's shell
GUEST_DISK='n=100; until f=$(grep -slx d0 /sys/block/pbd*/partbus/resource) &&
	d=/dev/$(echo $f | cut -d/ -f4) && [ -b $d ]; do
	n=$((n - 1)); [ $n -gt 0 ] || exit 1; sleep 0.1; done'

guest_ready() {
	guest_wait g && guest_run g "mkdir -p /j &&
		mount -t 9p -o trans=virtio,version=9p2000.L,cache=none,msize=131072 journal /j &&
		modprobe -a partbus_pci partbus_vsc_blk && $GUEST_DISK"
}

writer_start() {
	guest_run_bg g "w$NOLOSS_LIFE" "$GUEST_DISK
		exec noloss write --journal /j/$NOLOSS_LIFE.journal --disk \$d \
			--errors-if /tmp/errors --seed $((SEED * 1000 + NOLOSS_LIFE))" &&
		WRITES=1
}

# The writer's own words, where it can still be asked.
writer_join() {
	WRITES=
	guest_join g "w$NOLOSS_LIFE"
}

writer_ends() {
	guest_run g "kill -TERM \$(pgrep -x noloss)" && writer_join
}

writer_works() {
	noloss_works && return
	partbus channel show
	! guest_run g "dmesg | tail -n 20; pgrep -x noloss" || return 1
	writer_join
	return 1
}

settle() {
	WRITES=
	noloss_settle "$MEDIUM"
}

# --- faults ------------------------------------------------------------------------

# Each leaves a guest with a disk that works, and a writer or not.

fault_cap() {
	chance 300
	partbus resource set d0 cap_iops $((100 + CHANCE)) && writer_works &&
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
	[ "$CHANCE" -eq 0 ] || writer_works || return 1
	daemon_start
}

reload() {
	modprobe -r partbus_vsp_blk && modprobe partbus_vsp_blk && resource_add
}

fault_reload() {
	reload && wait_for 20 channel_runs
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
	wait_for 30 channel_runs
}

fault_daemon_alone() {
	kill -9 "$DAEMON"
	wait "$DAEMON" 2> /dev/null
	daemon_start
}

fault_writer() {
	guest_run g "kill -KILL \$(pgrep -x noloss)"
	writer_join
	settle
}

fault_unplug() {
	guest_run g ": > /tmp/errors" && partbus offer del g d0 && wait_for 20 no_channels &&
		writer_ends && settle && guest_run g "rm /tmp/errors" && partbus offer add g d0
}

# The dead kernel's requests are over when the next one has the disk.
fault_reset() {
	guest_reset g && guest_ready && settle
}

fault_kill() {
	guest_kill g && wait_for 20 partition_is g state defined && wait_for 20 no_channels &&
		settle && guest_boots
}

FAULTS=(cap geometry daemon reload stop writer unplug reset kill)

fault() {	# name
	"fault_$1" || { WRITES= && return 1; }
	[ -n "$WRITES" ] || writer_start || return 1
	writer_works
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
test_ok "resource add" resource_add
test_ok "offer add" partbus offer add g d0
test_ok "the daemon listens" wait_for 10 test -S /run/partbus/g.sock
test_ok "the guest boots and has its disk" guest_boots
test_ok "its writer starts" writer_start
test_ok "and writes" writer_works
faults
test_ok "the writer ends, having seen nothing wrong" writer_ends
cp "$LAST_OUTPUT" "$PB_SHARE/writer.log"
test_ok "the guest shuts down" guest_stop g
test_ok "no channel is left" wait_for 20 no_channels
test_ok "the medium holds what was acknowledged" settle
echo "# $ROUNDS faults, $NOLOSS_SETTLED verifications of the medium, $NOLOSS_ENTRIES journal entries"
test_ok "offer del" partbus offer del g d0
test_ok "resource del" partbus resource del d0
test_ok "partition del" partbus partition del g
kill "$DAEMON"
wait "$DAEMON"
test_is "the daemon ends well" "$?" 0
DAEMON=
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsp_blk partbus_host
tests_done
