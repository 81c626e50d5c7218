#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
# on demand, but for debug
#
# A client whose provider breaks the rules (partbus_hostile_provider), in one
# kernel with a disk of an honest one. Every answer of the negotiation and every
# completion with each field wrong in turn, rings that cannot be, interrupts without
# an end: the channel breaks with the reason in the event, requests end with errors
# when the disk is taken away and never with wrong data, and the other disk notices
# nothing. Arguments: names of modes of provider_modes.c, to try these only.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/hostile/provider.sh
. "$PB_SRC/selftests/hostile/provider.sh"

STOP=/tmp/stop
# A disk that goes is told of by the block layer.
echo 'Buffer I/O error|I/O error, dev pbd' >> "$PB_SHARE/l1.expect"

fio_on() {	# disk, more
	local disk=$1
	shift
	timeout $((90 * ${PB_PATIENCE:-1})) fio --name=v --filename="/dev/$disk" --bs=4k --size=4m --iodepth=8 \
		--ioengine=libaio --direct=1 "$@"
}

verified() {	# disk, seconds, more
	local disk=$1 seconds=$2
	shift 2
	fio_on "$disk" --rw=randrw --verify=crc32c --verify_fatal=1 --verify_backlog=64 \
		--time_based --runtime="$seconds" "$@"
}

neighbour() {
	while [ ! -e "$STOP" ]; do
		# Gently: the CPUs are for the tests.
		verified "$1" 5 --rate_iops=100 || return 1
	done
}

hostile_gone() {
	! disk_of hostile > /dev/null
}

closed() {
	echo 1 > "$PARAMETERS/close"
	wait_for 15 hostile_gone
}

disk_is_there() {
	DISK=$(disk_of hostile) && [ -b "/dev/$DISK" ]
}

# No disk comes of it, but a sentence.
spoilt_negotiation() {	# mode
	local wanted
	opened "$1" || return
	wanted=$(< "$PARAMETERS/wanted")
	wait_for 15 said "$wanted" || echo "reason: '$(reason)', wanted: '$wanted'" >&2
	closed && said "$wanted"
}

# Requests wait for a broken channel until the disk is taken away, and then fail.
spoilt_requests() {	# mode
	local wanted fio code
	opened "$1" && wait_for 15 disk_is_there || return
	wanted=$(< "$PARAMETERS/wanted")
	verified "$DISK" $((60 * ${PB_PATIENCE:-1})) > /tmp/fio.log 2>&1 &
	fio=$!
	wait_for 30 said "$wanted" || echo "reason: '$(reason)', wanted: '$wanted'" >&2
	[ "$(channel_field "$CHANNEL" state)" = broken ] || echo "the channel is not broken" >&2
	[ "$(channel_field "$CHANNEL" violations)" = 1 ] || echo "not one violation" >&2
	closed || return
	wait "$fio"
	code=$?
	grep -E 'verify|bad magic' /tmp/fio.log | grep -v 'verify=' >&2
	[ "$code" -ne 0 ] && [ "$code" -ne 124 ] && said "$wanted" &&
		! grep -Eq 'verify: bad|bad magic' /tmp/fio.log
}

works() {	# mode
	local code
	opened "$1" && wait_for 15 disk_is_there || return
	verified "$DISK" 3
	code=$?
	[ "$(channel_field "$CHANNEL" state)" = open ] || code=1
	closed && return "$code"
}

# Errors are passed on, and are no reason to break anything.
fails() {	# mode
	local code
	opened "$1" && wait_for 15 disk_is_there || return
	fio_on "$DISK" --rw=randread --number_ios=400 --continue_on_error=all
	fio_on "$DISK" --rw=randread --number_ios=400
	code=$?
	[ "$(channel_field "$CHANNEL" state)" = open ] || code=0
	closed && [ "$code" -ne 0 ] && [ "$code" -ne 124 ]
}

test_ok "modules load" load_host
test_ok "client module loads" load_client
load_ram 1 32768
partbus -j monitor > "$EVENTS" &
MONITOR=$!
test_ok "an honest resource" partbus resource add d0 class block backing /dev/ram0
test_ok "is offered" partbus offer add root d0
test_ok "its disk appears" wait_for 15 disk_of d0
neighbour "$(disk_of d0)" > /tmp/neighbour.log 2>&1 &
NEIGHBOUR=$!
echo 1 > /sys/module/partbus/parameters/negotiation_timeout
test_ok "the hostile provider loads" modprobe partbus_hostile_provider
cat "$PARAMETERS/list" > /tmp/modes
test_ok "it has many ways" test "$(wc -l < /tmp/modes)" -gt 80
while read -r kind mode; do
	[ $# -eq 0 ] || wanted_mode "$mode" "$@" || continue
	case $kind in
	negotiation) test_ok "$mode: there is no contract, and it is said why" \
		spoilt_negotiation "$mode" ;;
	requests) test_ok "$mode: the channel breaks, with the reason, and nothing else" \
		spoilt_requests "$mode" ;;
	fails) test_ok "$mode: requests fail, the channel holds" fails "$mode" ;;
	works) test_ok "$mode: the disk works" works "$mode" ;;
	esac
done < /tmp/modes
touch "$STOP"
test_ok "fio on the honest disk has seen nothing" wait "$NEIGHBOUR" || tail /tmp/neighbour.log
test_is "and its channel neither" "$(channel_field d0 violations)" 0
# Unloaded with a broken channel, and with one that is stormed.
test_ok "a channel breaks" spoilt_requests "tag ffff"
test_ok "one is stormed" opened "interrupts without an end"
wait_for 10 disk_is_there
test_ok "the client unloads in the storm" wait_for 15 modprobe -r partbus_vsc_blk
test_ok "the provider unloads" wait_for 15 modprobe -r partbus_hostile_provider
kill "$MONITOR"
partbus offer del root d0
partbus resource del d0
test_ok "no channel is left" wait_for 15 no_channels
test_ok "no section is left" wait_for 15 no_sections
test_ok "modules unload" wait_for 15 modprobe -r partbus_vsp_blk partbus_host
test_ok "nothing of partbus is left" modules_gone
tests_done
