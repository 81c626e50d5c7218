#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# What the host notices of a guest: a heartbeat that stops and returns, a channel that
# breaks, a QEMU that ends while somebody else still maps its window. And what
# becomes of the guest's disk when its offer is deleted while it has no channel.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"

WINDOW=$PB_SRC/selftests/nested/window.py
DAEMON=
MONITOR=
HOLDER=
STORM=

finish() {
	local pid
	guest_cleanup
	for pid in $DAEMON $MONITOR $HOLDER $STORM; do kill "$pid" 2> /dev/null; done
}
trap finish EXIT

in_guest() {	# command
	GUEST_TIMEOUT=120 guest_run a "$@"
}

event_seen() {	# kind, pattern
	jq -c --arg k "$1" 'select(.kind == $k)' /tmp/events | grep -Eq -- "$2"
}

guest_up() {
	guest_start a && guest_wait a && in_guest "modprobe -a partbus_pci partbus_vsc_blk"
}

guest_disk_is() {	# state, or nothing for no disk
	[ "$(in_guest 'partbus -j disk show' | jq -r '.[0].state // ""')" = "$1" ]
}

offer_pends() {	# true or false
	[ "$(partbus -j offer show a d0 | jq '.[0].pending')" = "$1" ]
}

hold_window() {
	"$WINDOW" hold "$(guest_pid a)" > /tmp/holder 2>&1 &
	HOLDER=$!
	wait_for 20 grep -q held /tmp/holder || { cat /tmp/holder; return 1; }
}

test_ok "modules load on the host" load_host
load_ram 1 32768
daemon_start
test_ok "partition add" partbus partition add a window 64M
test_ok "resource add" partbus resource add d0 class block backing /dev/ram0 \
	uuid 6a9fd0d2-7d1f-4a8e-9d57-3f5a1c2b7e10
test_ok "offer add" partbus offer add a d0
test_ok "the daemon listens" wait_for 10 test -S /run/partbus/a.sock
test_ok "the guest boots" guest_up
test_ok "its disk runs" wait_for 30 guest_disk_is running
partbus -j monitor > /tmp/events 2> /dev/null &
MONITOR=$!

# The heartbeat.
test_is "its heart beats" "$(partition_field a heartbeat)" beating
echo 3 > /sys/module/partbus_host/parameters/hang_timeout
test_ok "the guest is stopped" guest_qmp a '{"execute":"stop"}'
test_ok "its heartbeat is lost, unasked" wait_for 30 event_seen heartbeat-lost 'no heartbeat'
test_ok "and shown as lost" partition_is a heartbeat lost
test_ok "it goes on" guest_qmp a '{"execute":"cont"}'
test_ok "the heartbeat is back" wait_for 30 event_seen heartbeat-returned '"a"'
test_ok "and shown" partition_is a heartbeat beating
test_ok "the partition was active all the while" partition_is a state active
echo 0 > /sys/module/partbus_host/parameters/hang_timeout

# All lines are rung without an end and for nothing: the guest listens seldom, then.
VERIFY="fio --name=v --filename=/dev/pbd0 --rw=randrw --bs=4k --size=4m --direct=1 --iodepth=8 \
	--ioengine=libaio --verify=crc32c --verify_fatal=1 --time_based --runtime="
verified() {	# seconds
	in_guest "$VERIFY$1"
}
turned_off() {
	in_guest 'dmesg | grep "is rung for nothing"'
}
# The guest's seconds, and the interrupts that its window has made since it was booted.
heard() {
	# shellcheck disable=SC2016	# for the guest's shell
	in_guest 'n=0; read -r up _ < /proc/uptime; while read -r _ count name; do
		case $name in *partbus) n=$((n + count)) ;; esac; done < /proc/interrupts
		echo "${up%.*} $n"'
}
# Both stormed lines together. 64 for nothing within a fifth of a second turn a line off;
# whoever has had twice as many in the mean must have seen that.
heard_seldom() {	# seconds, interrupts: at first; at last
	[ $(($4 - $2)) -lt $((2 * 2 * 64 * 5 * ($3 - $1 + 1))) ]
}
turned_off_or_heard_seldom() {	# as above
	turned_off || heard_seldom "$@"
}
test_ok "the disk works" verified 2
"$WINDOW" storm "$(guest_pid a)" 20 > /tmp/storm 2>&1 &
STORM=$!
# Whether an idle guest is interrupted often enough for that is the scheduler's affair.
HEARD=$(heard)
wait_for 10 turned_off && echo "# the guest has turned lines off"
HEARD+=" $(heard)"
echo "# seconds, interrupts: $HEARD"
# shellcheck disable=SC2086	# words
test_ok "a line that is rung too often is turned off" turned_off_or_heard_seldom $HEARD
test_ok "while its lines are stormed the disk works" verified 4
test_ok "the storm ends" wait "$STORM"
STORM=
sed 's/^/# /' /tmp/storm
test_ok "the disk works as before" verified 2
test_is "nobody did anything wrong" "$(channel_field d0 violations server)" 0

# A guest that is host to itself has channels of two hosts, each of which counts from 1.
own_disk() {
	in_guest "modprobe -a partbus_host partbus_vsp_blk &&
		modprobe brd rd_nr=1 rd_size=4096 &&
		partbus resource add own class block backing /dev/ram0 &&
		partbus offer add root own"
}
disks_run() {	# how many
	[ "$(in_guest 'partbus -j disk show' |
		jq 'map(select(.state == "running")) | length')" = "$1" ]
}
ids() {	# of the guest's disks
	in_guest 'partbus -j channel show' |
		jq -c 'map(select(.role == "client").id) | sort | map(if . < 1000 then . else "other" end)'
}
test_is "the host counts from 1" "$(channel_field d0 id server)" 1
test_ok "the guest is a host, too" own_disk
test_ok "it has a disk of each" wait_for 30 disks_run 2
test_is "whose channels have numbers of their own" "$(ids)" "[1,2]"
test_ok "it lets go of its window" in_guest "modprobe -r partbus_pci"
test_ok "and of that disk's path" wait_for 30 disks_run 1
test_ok "it takes the window again" in_guest "modprobe partbus_pci"
test_ok "the disk is back, beside its own" wait_for 30 disks_run 2
test_is "its number, the host's 2, is taken by now" "$(ids)" '[2,"other"]'
test_ok "the guest is no host any more" in_guest "partbus offer del root own &&
	until partbus resource del own; do sleep 0.2; done &&
	until modprobe -r partbus_vsp_blk partbus_host brd; do sleep 0.2; done"
test_ok "and has the other disk" wait_for 30 disks_run 1

# A broken channel.
test_ok "rubbish in the mailbox" "$WINDOW" break "$(guest_pid a)" \
	"$(channel_field d0 id server)"
test_ok "something is to be negotiated" partbus resource set d0 cap_iops 5000
test_ok "the channel is broken" wait_for 20 sh -c \
	"partbus -j channel show | jq -e '.[] | select(.state == \"broken\")'"
test_ok "the guest's disk waits" wait_for 30 guest_disk_is no-path
test_ok "the offer is deleted" partbus offer del a d0
test_ok "the disk goes" wait_for 30 guest_disk_is ""
test_ok "the offer is made again" partbus offer add a d0
test_ok "the disk is there again" wait_for 30 guest_disk_is running

# Both ends trace what they tell each other.
trace() {	# 0 or 1
	local words="[ -e $TRACING/events ] || mount -t tracefs tracefs $TRACING
		for f in $TRACING/events/partbus/partbus_control_*/enable; do
			echo $1 > \$f || exit 1; done"
	sh -c "$words" && in_guest "$words"
}
said() {	# sent or received
	sed -n "s/.*partbus_control_$1: //p"
}
kinds() {
	cut -d ' ' -f 1 | uniq | xargs
}
all_arrived() {
	cat "$TRACING/trace" > /tmp/host && in_guest "cat $TRACING/trace" > /tmp/guest &&
		diff <(said sent < /tmp/host) <(said received < /tmp/guest) &&
		diff <(said sent < /tmp/guest) <(said received < /tmp/host)
}
test_ok "control messages are traced" trace 1

# The provider is away when the offer is deleted.
test_ok "the provider is unloaded" modprobe -r partbus_vsp_blk
test_ok "the disk waits" wait_for 30 guest_disk_is no-path
test_ok "the offer is deleted meanwhile" partbus offer del a d0
test_ok "the disk goes, too" wait_for 30 guest_disk_is ""
test_ok "the provider comes back" load_host
partbus resource add d0 class block backing /dev/ram0 uuid 6a9fd0d2-7d1f-4a8e-9d57-3f5a1c2b7e10
test_ok "and the offer" partbus offer add a d0
test_ok "and the disk" wait_for 30 guest_disk_is running
test_ok "what one end has sent the other has received" wait_for 10 all_arrived
test_is "the host has said what was done" "$(said sent < /tmp/host | kinds)" \
	"RESCIND WITHDRAWN OFFER DATA_PLACED"
test_is "the guest, that it has let go" "$(said sent < /tmp/guest | kinds)" RELEASED
test_ok "they are traced no more" trace 0

# Given up by the guest, while its provider is away.
test_refused "not while there is a channel" 1 'has a channel' in_guest "partbus disk del d0"
modprobe -r partbus_vsp_blk
test_ok "the disk waits once more" wait_for 30 guest_disk_is no-path
test_ok "the guest gives it up" in_guest "partbus disk del d0"
test_ok "and it goes" wait_for 30 guest_disk_is ""
load_host
partbus resource add d0 class block backing /dev/ram0 uuid 6a9fd0d2-7d1f-4a8e-9d57-3f5a1c2b7e10
test_ok "it comes with the resource" wait_for 30 guest_disk_is running

# QEMU ends, its window is still mapped.
test_ok "somebody maps the window, too" hold_window
test_ok "QEMU is killed" guest_kill a
test_ok "its partition is detached" wait_for 10 partition_is a state defined
test_ok "the mapping is there all the while" kill -0 "$HOLDER"
test_ok "the event says so" wait_for 5 event_seen partition-state 'others still map'
test_ok "no channel is left" wait_for 20 no_channels
test_ok "the offer waits" offer_pends true
test_ok "the guest boots again" guest_up
test_ok "and has its disk" wait_for 30 guest_disk_is running
test_ok "of another window" partition_is a state active
kill "$HOLDER"
wait "$HOLDER" 2> /dev/null
HOLDER=
test_ok "the guest does not notice the end of the first" wait_for 10 guest_disk_is running

test_ok "the guest shuts down" guest_stop a
test_ok "its partition is detached again" wait_for 20 partition_is a state defined
test_ok "no section is left" wait_for 10 no_sections
partbus offer del a d0
partbus resource del d0
test_ok "partition del" partbus partition del a
kill "$MONITOR" "$DAEMON"
wait "$MONITOR" "$DAEMON" 2> /dev/null
DAEMON=
MONITOR=
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsp_blk partbus_host
test_ok "nothing of partbus is left" modules_gone
tests_done
