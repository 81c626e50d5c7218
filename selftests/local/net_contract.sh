#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a contract of class net promises, measured: caps of bytes and packets each way,
# bursts, addresses; and that who floods takes nothing from another session.
#
#	[c1] NIC of lan1 -> ... -> pb0-lan1 [host] pb0-lan2 <- ... <- NIC of lan2 [c2]
#
# Functions are called through the words of lib.sh; names here are single words.
# shellcheck disable=SC2317,SC2086
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/net.sh
. "$PB_SRC/selftests/net.sh"

# Addresses are known, so that nobody asks for them; 10.9.N.9 is nobody's, so that
# nothing is answered.
has_nic() {	# resource
	local nic
	nic=$(channel_field "$1" device)
	[ -n "$nic" ] && [ -e "/sys/class/net/$nic" ]
}

session() {	# number
	local n=$1 nic
	partbus resource add "lan$n" class net speed 10000 mac "52:54:00:0c:00:0$n" &&
		partbus offer add root "lan$n" &&
		wait_for 15 test -e "/sys/class/net/pb0-lan$n" &&
		wait_for 15 has_nic "lan$n" || return
	nic=$(channel_field "lan$n" device)
	ip netns add "c$n" && ip link set "$nic" netns "c$n" name nic &&
		ip link set "pb0-lan$n" netns host || return
	ip -n "c$n" addr add "10.9.$n.2/24" dev nic && ip -n "c$n" link set nic up &&
		ip -n host addr add "10.9.$n.1/24" dev "pb0-lan$n" &&
		ip -n host link set "pb0-lan$n" up || return
	neighbours "$n" "52:54:00:0c:00:0$n"
}

neighbours() {	# number, address of the NIC
	local n=$1 a
	for a in 1 9; do
		ip -n "c$n" neigh replace "10.9.$n.$a" dev nic lladdr "fe${2#??}" nud permanent
	done
	for a in 2 8; do
		ip -n host neigh replace "10.9.$n.$a" dev "pb0-lan$n" lladdr "$2" nud permanent
	done
}

flood() {	# namespace, bytes, address: until it is stopped
	ip netns exec "$1" socat -u -b "$2" /dev/zero "UDP:$3:9" 2> /dev/null &
	FLOODS+=($!)
}

flood_stops() {
	kill "${FLOODS[@]}"
	wait "${FLOODS[@]}" 2> /dev/null
	FLOODS=()
}

contract() {	# resource, settings...
	local old
	old=$(channel_field "$1" epoch)
	partbus resource set "$@" && wait_for 10 epoch_beyond "$1" "$old"
}

at_least() {	# number, command that prints one
	[ "$("${@:2}")" -ge "$1" ]
}

# What arrives in three seconds' worth: no more than the cap allows in the time that it
# took and the burst on top.
test_rate() {	# sentence, cap, burst, command that counts
	local sentence=$1 cap=$2 burst=$3 before start got ms
	shift 3
	start=$(date +%s%N)
	before=$("$@")
	test_ok "$sentence: as much passes" \
		wait_for 20 at_least $((before + 3 * cap + burst)) "$@"
	got=$(($("$@") - before))
	ms=$((($(date +%s%N) - start) / 1000000))
	test_ok "$sentence: and no more ($got in $ms ms)" \
		test $((got * 1000)) -le $((cap * ms + burst * 1000))
}

bytes_out() { device_stat host pb0-lan1 rx_bytes; }
packets_out() { device_stat host pb0-lan1 rx_packets; }
bytes_in() { device_stat c1 nic rx_bytes; }
packets_in() { device_stat c1 nic rx_packets; }
# No fewer segments than that, if each is of the MTU.
segments_out() { echo $(($(bytes_out) / 1514)); }

throttled() {
	counter pb0-lan1 throttled server
}

frames_at_once() {	# number
	# shellcheck disable=SC2016	# for the other shell
	ip netns exec c1 bash -c 'exec 3> /dev/udp/10.9.1.9/9
		for ((i = 0; i < $0; i++)); do printf "%01400d" 0 >&3; done' "$1"
}

replies() {	# namespace, address: to each of twenty
	ip netns exec "$1" ping -U -n -q -c 20 -l 20 -i 1 -W 10 "$2" | grep ' 0% packet loss'
}

FLOODS=()
ip netns add host
test_ok "modules load" load_net
test_ok "a session" session 1
test_ok "another" session 2
test_ok "both have a network" replies c1 10.9.1.1
test_ok "each its own" replies c2 10.9.2.1

# Caps, one at a time.
test_ok "a cap of bytes" contract lan1 cap_bps 200K burst_bytes 40K
flood c1 1400 10.9.1.9
test_rate "bytes that the client sends" $((200 << 10)) $((40 << 10)) bytes_out
flood_stops
test_ok "a cap of packets" contract lan1 cap_bps none cap_iops 300 burst_ios 50
flood c1 64 10.9.1.9
test_rate "packets that the client sends" 300 50 packets_out
flood_stops
ip netns exec host socat -u TCP-LISTEN:5001 OPEN:/dev/null &
SINK=$!
test_ok "somebody listens" wait_for 15 listens host 5001
ip netns exec c1 socat -u /dev/zero TCP:10.9.1.1:5001 2> /dev/null &
FLOODS+=($!)
test_rate "segments of a stream" 300 50 segments_out
flood_stops
kill "$SINK" 2> /dev/null
wait "$SINK" 2> /dev/null
# Frames that wait for a low cap are given back when the contract changes: unlike a disk's
# requests they keep nobody from that.
PATIENCE=/sys/module/partbus/parameters/negotiation_timeout
flows() {
	[ "$(packets_out)" -gt $((before + 10000)) ]
}
test_ok "without a cap" contract lan1 cap_iops none
echo 1 > $PATIENCE
before=$(packets_out)
flood c1 1400 10.9.1.9
test_ok "frames flow" wait_for 20 flows
test_ok "a cap comes that few of them pass in a second" \
	contract lan1 cap_bps 20K burst_bytes 4K
test_ok "the client gets another contract all the same" \
	partbus contract request lan1 mtu 1400 wait 60
test_ok "that cap goes" partbus resource set lan1 cap_bps none
test_ok "and a contract without it starts at once" \
	wait_for 20 contract_is lan1 cap_bytes_per_sec null
test_ok "the MTU comes back" partbus contract request lan1 mtu 1500 wait 60
flood_stops
echo 10 > $PATIENCE
test_ok "a cap of bytes the other way" \
	contract lan1 cap_iops none rx_cap_bps 200K rx_burst_bytes 40K
flood host 1400 10.9.1.8
test_rate "bytes that the client receives" $((200 << 10)) $((40 << 10)) bytes_in
flood_stops
test_ok "a cap of packets the other way" \
	contract lan1 rx_cap_bps none rx_cap_pps 300 rx_burst_packets 50
flood host 64 10.9.1.8
test_rate "packets that the client receives" 300 50 packets_in
flood_stops

# A burst is at hand after idleness, and used up by as much.
test_ok "a burst fills up" contract lan1 rx_cap_pps none cap_bps 1M burst_bytes 300K
sleep 1
test_ok "it stays at hand under a narrow cap" contract lan1 cap_bps 10K burst_bytes 300K
before=$(packets_out)
held=$(throttled)
test_ok "frames of half of it" frames_at_once 100
test_ok "arrive" wait_for 10 at_least $((before + 100)) packets_out
test_is "and none was held up" "$(throttled)" "$held"
test_ok "twice as many again, and more" frames_at_once 250
test_ok "are held up" wait_for 10 at_least $((held + 1)) throttled
test_ok "without a cap" contract lan1 cap_bps none

# Who floods takes nothing from another session, be it capped or not.
others_out() { device_stat host pb0-lan2 rx_packets; }
# Of some time in which both have sent something.
fair() {
	local one two
	one=$(packets_out)
	two=$(others_out)
	wait_for 10 at_least $((one + 5000)) packets_out &&
		wait_for 10 at_least $((two + 1)) others_out
	one=$(($(packets_out) - one))
	two=$(($(others_out) - two))
	echo "$one $two" > /tmp/shares
	[ $one -lt $((4 * two)) ] && [ $two -lt $((4 * one)) ]
}
flood c1 64 10.9.1.9
test_ok "a flood passes" wait_for 15 at_least $(($(packets_out) + 1000)) packets_out
before=$(packets_out)
test_ok "beside it the other loses nothing" replies c2 10.9.2.1
test_ok "nor the other way" replies host 10.9.2.2
test_ok "while it went on" at_least $((before + 1)) packets_out
flood c2 64 10.9.2.9
test_ok "another passes" wait_for 15 at_least $(($(others_out) + 1000)) others_out
test_ok "neither gets less than a quarter of the other" wait_for 60 fair
echo "# packets: $(< /tmp/shares)"
flood_stops
test_ok "a narrow cap for one" contract lan1 cap_iops 100
flood c1 64 10.9.1.9
test_ok "it is held up" wait_for 15 at_least $(($(throttled) + 10)) throttled
test_ok "while the other loses nothing" replies c2 10.9.2.1
flood_stops
test_ok "the cap goes" contract lan1 cap_iops none

# Another address comes with a contract; the NIC stays.
index=$(ip netns exec c1 cat /sys/class/net/nic/ifindex)
flood c1 1400 10.9.1.9
test_ok "another address is a new contract" contract lan1 mac 52:54:00:0c:00:77
test_ok "the NIC has it" wait_for 5 sh -c "ip -n c1 link show nic | grep -q 52:54:00:0c:00:77"
test_ok "the port follows" wait_for 5 sh -c \
	"ip -n host link show pb0-lan1 | grep -q fe:54:00:0c:00:77"
test_is "the NIC is the same" "$(ip netns exec c1 cat /sys/class/net/nic/ifindex)" "$index"
flood_stops
# Neighbours are forgotten with the address.
neighbours 1 52:54:00:0c:00:77
before=$(packets_out)
flood c1 1400 10.9.1.9
test_ok "frames pass" wait_for 10 at_least $((before + 100)) packets_out
flood_stops
test_ok "and replies come" wait_for 10 replies c1 10.9.1.1
echoes() {	# that the host has heard
	ip netns exec host nstat -asz IcmpInEchos | awk '/^Icmp/ { print $2 }'
}
ip -n host addr add 10.9.3.1/24 dev pb0-lan1
refused=$(ethtool_stat host pb0-lan1 rx_refused)
before=$(echoes)
ip -n c1 link add forged link nic address 52:54:00:0c:00:01 type macvlan
ip -n c1 addr add 10.9.3.2/24 dev forged
ip -n c1 link set forged up
ip -n c1 neigh replace 10.9.3.1 dev forged lladdr fe:54:00:0c:00:77 nud permanent
ip netns exec c1 ping -U -n -q -c 2 -W 1 10.9.3.1 > /dev/null
test_is "from the former one none are taken" "$(echoes)" "$before"
test_ok "but counted" test "$(ethtool_stat host pb0-lan1 rx_refused)" -ge $((refused + 2))

for n in 1 2; do
	test_is "nobody broke the protocol of lan$n" "$(channel_field "lan$n" violations)" 0
	test_is "on either side" "$(channel_field "lan$n" violations server)" 0
	test_ok "its offer goes" partbus offer del root "lan$n"
	test_ok "and the resource" wait_for 10 partbus resource del "lan$n"
done
for ns in c1 c2 host; do ip netns del "$ns"; done
test_ok "no channel is left" wait_for 10 no_channels
test_ok "no section is left" wait_for 10 no_sections
test_ok "modules unload" wait_for 10 unload_net
tests_done
