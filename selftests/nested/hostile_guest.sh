#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# A guest that breaks the rules beside one that keeps them:
#
#	guest good: fio verifies all the while      guest bad: partbus_hostile_guest
#	   |  window good                              |  window bad
#	   +----- partbus_host, partbus_vsp_blk, partbusd ------+
#
# bad sends every control and negotiation message and every request with each
# field wrong in turn; each ends as the table of the module says, with the reason
# in the event. Then it scribbles over its window and storms its doorbells. good
# notices nothing, and the host complains of nothing.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"
# shellcheck source=selftests/hostile/host.sh
. "$PB_SRC/selftests/hostile/host.sh"

# Another number, other bytes.
SEED=${HOSTILE_SEED:-1}
WINDOW=33554432
HEAD=49152	# the first section of a window
DAEMON=
MONITOR=
UP=0
REQUESTS=0
RATE=
RATES=()	# of guest good; the first one with a guest bad that does nothing

finish() {
	guest_cleanup
	[ -z "$DAEMON" ] || kill "$DAEMON" "$MONITOR" 2> /dev/null
}
trap finish EXIT

guest_opens() {	# name: modules, and the disk is there
	# shellcheck disable=SC2016	# for the guest's shell
	in_guest "$1" 'modprobe -a partbus_pci partbus_vsc_blk || exit 1
		for n in $(seq 200); do [ ! -b /dev/pbd0 ] || exit 0; sleep 0.1; done; exit 1'
}

fio_command() {	# seconds, more
	echo "fio --name=v --filename=/dev/pbd0 --rw=randrw --bsrange=512-32k --size=6m" \
		"--iodepth=8 --ioengine=libaio --direct=1 --verify=crc32c --verify_fatal=1" \
		"--verify_backlog=32 --time_based --runtime=$1 ${2:-}"
}

good_works() {
	in_guest good "$(fio_command 3)" && partition_is good state active
}

# Since it was booted: hundredths of a second, and requests of its disk.
good_did() {
	# shellcheck disable=SC2016	# for the guest's shell
	in_guest good 'read -r up _ < /proc/uptime; read -r r _ _ _ w _ < /sys/block/pbd0/stat
		echo "${up%.*}${up#*.}" $((r + w))'
}

good_did_more() {	# than so many requests
	local up requests
	read -r up requests <<< "$(good_did)"
	[ "$requests" -gt "$1" ]
}

# Its requests in 100 s, of the time since the last look.
good_rate() {
	local up requests
	read -r up requests <<< "$(good_did)"
	RATE=$(((requests - REQUESTS) * 10000 / (up - UP)))
	RATES+=("$RATE")
	UP=$up
	REQUESTS=$requests
}

# Its fio has gone on as it does, no channel of it has broken.
good_noticed_nothing() {
	good_rate
	[ "$RATE" -gt $((RATES[0] / 5)) ] || { echo "${RATES[*]} requests in 100 s" && return 1; }
	[ "$(partbus -j channel show | jq -c '[.[] | select(.peer == "good") |
		[.state, .violations]]')" = '[["open",0]]' ] &&
		[ "$(jq -c "select(.partition == $GOOD and .reason)" "$EVENTS" | wc -l)" = 0 ]
}

test_ok "modules load on the host" load_host
load_ram 2 32768
daemon_start
partbus -j monitor > "$EVENTS" &
MONITOR=$!
n=0
for g in good bad; do
	test_ok "partition add $g" partbus partition add "$g" window $WINDOW
	test_ok "resource add $g" partbus resource add "$g" class block backing /dev/ram$n
	test_ok "offer add $g" partbus offer add "$g" "$g"
	test_ok "the daemon listens for $g" wait_for 10 test -S "/run/partbus/$g.sock"
	test_ok "guest $g boots" guest_start "$g"
	test_ok "guest $g is up" guest_wait "$g"
	n=$((n + 1))
done
GOOD=$(partbus -j partition show good | jq '.[0].id')
BAD=$(partbus -j partition show bad | jq '.[0].id')
# The first channel of all: bad will speak of it.
test_ok "guest good has its disk" guest_opens good
guest_run_bg good load "while [ ! -e /stop ]; do $(fio_command 5 --rate=400k) || exit 1; done"
test_ok "its fio begins" wait_for 60 good_did_more 50
read -r UP REQUESTS <<< "$(good_did)"
test_ok "and goes on" wait_for 60 good_did_more $((REQUESTS + 200))
good_rate

test_ok "guest bad loads its module" in_guest bad "modprobe partbus_hostile_guest"
order ctrl partition-state 40
order negotiate channel-state 60
order requests channel-state 15
test_ok "guest good noticed nothing" good_noticed_nothing

# Nobody keeps the rules in there.
from=$(($(lines) + 1))
test_ok "scribbling over a window that nobody uses" \
	in_guest bad "echo scribble 5 0 $WINDOW $SEED > $RUN"
test_ok "guest good noticed nothing of it" good_noticed_nothing

# Under the guest's own driver, which then finds its rings in shambles.
round=0
for range in "0 $WINDOW" "$HEAD $WINDOW" "0 $HEAD"; do
	round=$((round + 1))
	test_ok "round $round: guest bad is reset" guest_reset bad
	test_ok "round $round: it comes back" guest_wait bad
	test_ok "round $round: its disk is there again" guest_opens bad
	guest_run_bg bad "load$round" "$(fio_command 60)"
	from=$(($(lines) + 1))
	test_ok "round $round: bytes $range are scribbled over" in_guest bad \
		"modprobe partbus_hostile_guest && echo scribble 6 $range $SEED > $RUN"
	test_ok "round $round: its channel or its partition is broken, with a reason" \
		wait_for 10 bad_broke "$from"
	test_ok "round $round: guest good noticed nothing" good_noticed_nothing
done

# And a guest that is reset once more is a guest as any other.
test_ok "guest bad is reset at last" guest_reset bad
test_ok "and comes back" guest_wait bad
test_ok "its disk is there again" guest_opens bad
test_ok "and works" in_guest bad "$(fio_command 3)"
guest_kill bad
test_ok "guest bad is gone" wait_for 20 partition_is bad state defined
in_guest good "touch /stop"
test_ok "fio of guest good has seen no error" guest_join good load
test_ok "guest good still works" good_works
test_ok "guest good noticed nothing at all" good_noticed_nothing
echo "# in 100 s guest good has had, at each look: ${RATES[*]} requests"
test_ok "guest good shuts down" guest_stop good
test_ok "no channel is left" wait_for 20 no_channels
test_ok "no section is left" wait_for 10 no_sections
for g in good bad; do
	test_ok "offer del $g" partbus offer del "$g" "$g"
	test_ok "resource del $g" partbus resource del "$g"
	test_ok "partition del $g" wait_for 10 partbus partition del "$g"
done
kill "$DAEMON" "$MONITOR"
wait "$DAEMON"
DAEMON=
MONITOR=
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsp_blk partbus_host
test_ok "nothing of partbus is left" modules_gone
tests_done
