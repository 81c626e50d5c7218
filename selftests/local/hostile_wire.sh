#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# A NIC whose provider breaks the rules (partbus_hostile_provider), in one kernel with a
# NIC of an honest one: contracts that cannot be, completions and headers of frames with
# each field wrong in turn, rings that cannot be, interrupts without an end. The channel
# breaks with the reason in the event, the NIC loses its carrier and goes with its channel,
# and the other loses no frame. Arguments: names of modes of provider_frames.c, to try
# these only.
# Functions are called through the words of lib.sh; awk expands its own.
# shellcheck disable=SC2016,SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/net.sh
. "$PB_SRC/selftests/net.sh"
# shellcheck source=selftests/hostile/provider.sh
. "$PB_SRC/selftests/hostile/provider.sh"

nic_gone() {
	! grep -qs 52:54:00:ba:5e:01 /sys/class/net/*/address &&
		! ip -n victim link show nic > /dev/null 2>&1
}

closed() {
	echo 1 > "$PARAMETERS/close"
	wait_for 15 nic_gone
}

# It comes, and goes to a namespace of its own; somebody's address is known.
nic_comes() {
	local nic
	nic=$(grep -ls 52:54:00:ba:5e:01 /sys/class/net/*/address) || return
	nic=${nic%/address}
	ip link set "${nic##*/}" netns victim name nic && ip -n victim link set nic up &&
		ip -n victim addr add 10.5.0.2/24 dev nic &&
		ip -n victim neigh replace 10.5.0.1 dev nic lladdr 52:54:00:ba:5e:02 nud permanent
}

# A hundred frames, and what comes back for them.
frames() {
	ip netns exec victim ping -U -n -q -i 0.01 -c 100 -W 1 10.5.0.1
	true
}

has_carrier() {	# 1 or 0
	[ "$(ip netns exec victim cat /sys/class/net/nic/carrier)" = "$1" ]
}

# No NIC comes of it, but a sentence.
spoilt_contract() {	# mode
	local wanted
	opened "$1" || return
	wanted=$(< "$PARAMETERS/wanted")
	wait_for 15 said "$wanted" || echo "reason: '$(reason)', wanted: '$wanted'" >&2
	nic_gone || echo "there is a NIC" >&2
	closed && said "$wanted"
}

spoilt_frames() {	# mode
	local wanted code=0
	opened "$1" && wait_for 15 nic_comes || return
	wanted=$(< "$PARAMETERS/wanted")
	frames
	wait_for 15 said "$wanted" || { echo "reason: '$(reason)', wanted: '$wanted'" && code=1; }
	[ "$(channel_field "$CHANNEL" state)" = broken ] || { echo "not broken" && code=1; }
	[ "$(channel_field "$CHANNEL" violations)" = 1 ] || { echo "not one violation" && code=1; }
	wait_for 5 has_carrier 0 || { echo "a carrier" && code=1; }
	# Nobody waits for it.
	frames
	closed && return "$code"
}

works() {	# mode
	local got code=0
	opened "$1" && wait_for 15 nic_comes && wait_for 10 has_carrier 1 || return
	frames
	got=$(device_stat victim nic rx_packets)
	[ "$got" -ge 90 ] || { echo "$got frames came back" && code=1; }
	[ "$(channel_field "$CHANNEL" state)" = open ] || { echo "not open" && code=1; }
	closed && return "$code"
}

ip netns add victim
ip netns add host
ip netns add client
test_ok "modules load" load_net
partbus -j monitor > "$EVENTS" &
MONITOR=$!
test_ok "an honest resource" partbus resource add lan class net
test_ok "is offered" partbus offer add root lan
test_ok "its NIC appears" wait_for 15 test -e /sys/class/net/pbn0
ip link set pbn0 netns client
ip link set pb0-lan netns host
ip -n client addr add 10.9.0.2/24 dev pbn0
ip -n host addr add 10.9.0.1/24 dev pb0-lan
ip -n host link set pb0-lan up
ip -n client link set pbn0 up
test_ok "and works" wait_for 10 pings client 10.9.0.1 1000
ip netns exec client ping -U -n -q -i 0.2 -s 1000 10.9.0.1 > /tmp/neighbour.log &
NEIGHBOUR=$!
echo 1 > /sys/module/partbus/parameters/negotiation_timeout
test_ok "the hostile provider loads" modprobe partbus_hostile_provider
cat "$PARAMETERS/nics" > /tmp/modes
test_ok "it has many ways" test "$(wc -l < /tmp/modes)" -gt 40
while read -r kind mode; do
	[ $# -eq 0 ] || wanted_mode "$mode" "$@" || continue
	case $kind in
	negotiation) test_ok "$mode: there is no contract, and it is said why" \
		spoilt_contract "$mode" ;;
	requests) test_ok "$mode: the channel breaks, with the reason, and nothing else" \
		spoilt_frames "$mode" ;;
	works) test_ok "$mode: the NIC works" works "$mode" ;;
	esac
done < /tmp/modes
kill -INT "$NEIGHBOUR"
wait "$NEIGHBOUR"
# The last may have been on its way.
test_ok "the honest NIC has lost nothing" \
	awk '/packets transmitted/ { said = 1; n = $1 - $4 } END { exit !(said && n <= 1) }' \
	/tmp/neighbour.log
test_is "nor has its channel" "$(channel_field lan violations)" 0
# Unloaded with a channel that is stormed.
test_ok "one is stormed" opened "nic: interrupts without an end"
test_ok "it has its NIC" wait_for 15 nic_comes
test_ok "the client unloads in the storm" wait_for 15 modprobe -r partbus_vsc_net
test_ok "the provider unloads" wait_for 15 modprobe -r partbus_hostile_provider
kill "$MONITOR"
partbus offer del root lan
test_ok "the honest resource goes" wait_for 10 partbus resource del lan
for ns in victim host client; do ip netns del "$ns"; done
test_ok "no channel is left" wait_for 15 no_channels
test_ok "no section is left" wait_for 15 no_sections
test_ok "modules unload" wait_for 15 modprobe -r partbus_vsp_net partbus_host
test_ok "nothing of partbus is left" modules_gone
tests_done
