#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a NIC of the bus does with frames: the client's NIC and the provider's port in
# two network namespaces of one kernel.
#
#	[client] pbn0 -> partbus_vsc_net =(local transport)= partbus_vsp_net -> pb0-lan [host]
#
# Functions are called through the words of lib.sh; names here are single words.
# shellcheck disable=SC2016,SC2317,SC2086
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/net.sh
. "$PB_SRC/selftests/net.sh"

FILE=/tmp/file
PATIENCE=${PB_PATIENCE:-1}
NIC=pbn0
PORT=pb0-lan

in_client() {
	ip netns exec client "$@"
}

in_host() {
	ip netns exec host "$@"
}

link_is() {	# namespace, device, field, value
	[ "$(ip -n "$1" -j -d link show dev "$2" | jq -r ".[0].$3")" = "$4" ]
}

has_carrier() {	# 1 or 0
	[ "$(in_client cat /sys/class/net/$NIC/carrier)" = "$1" ]
}

pings_all_sizes() {	# namespace, address, the largest
	local size
	for size in 0 1 13 56 100 511 512 1000 1400 1471 1472 1473 3000 8000 "$3"; do
		[ "$size" -le "$3" ] || continue
		pings "$1" "$2" "$size" || {
			echo "size $size"
			return 1
		}
	done
}

# The same again and again, until it is told to end.
stream_start() {	# from, to, address, port
	rm -f /tmp/stop
	(
		n=0
		until [ -e /tmp/stop ]; do
			tcp_copy "$@" $FILE || exit 1
			n=$((n + 1))
		done
		[ $n -gt 0 ]
	) > /tmp/stream.log 2>&1 &
	STREAM=$!
}

stream_ends() {
	touch /tmp/stop
	wait "$STREAM"
}

udp_passes() {	# from, to, address
	rm -f $GOT
	timeout $((20 * PATIENCE)) ip netns exec "$2" socat -u UDP-RECV:5003 "OPEN:$GOT,creat,append" &
	local listener=$!
	wait_for 5 sh -c "ip netns exec $2 ss -lun | grep -q :5003"
	echo "a word by UDP" | ip netns exec "$1" socat -u - "UDP:$3:5003"
	wait_for 5 grep -q "a word by UDP" $GOT
	local code=$?
	kill "$listener"
	wait "$listener" 2> /dev/null
	return $code
}

addresses() {
	ip -n host addr add 10.9.0.1/24 dev $PORT
	ip -n host addr add fd09::1/64 dev $PORT nodad
	ip -n client addr add 10.9.0.2/24 dev $NIC
	ip -n client addr add fd09::2/64 dev $NIC nodad
}

# The port is made anew with each session: it is put where it was.
port_back() {
	wait_for 15 test -e /sys/class/net/$PORT || return 1
	ip link set $PORT netns host &&
		ip -n host addr add 10.9.0.1/24 dev $PORT &&
		ip -n host addr add fd09::1/64 dev $PORT nodad &&
		ip -n host link set $PORT up
}

epoch_passes() {	# than
	wait_for 10 epoch_beyond lan "$1"
}

# Whoever still runs in a namespace would keep it.
ends() {	# namespace
	ip netns pids "$1" | xargs -r kill
	wait_for 10 sh -c "[ -z \"\$(ip netns pids $1)\" ]"
}

add_resource() {
	partbus resource add lan class net speed 10000 \
		uuid 8b1cc0d2-7d1f-4a8e-9d57-3f5a1c2b7e10
}

# The file system of this machine may be anywhere: files come and go in memory.
SIZE=$(((24 << 20) / PATIENCE))
head -c $SIZE /dev/urandom > $FILE

test_ok "modules load" load_net
test_ok "resource add" add_resource
test_ok "offer add" partbus offer add root lan
test_ok "the NIC appears" wait_for 15 test -e /sys/class/net/$NIC
test_ok "the port appears" wait_for 15 test -e /sys/class/net/$PORT
test_is "the channel names the NIC" "$(channel_field lan device)" $NIC
test_is "and the port" "$(channel_field lan device server)" $PORT
MAC=$(cat /sys/class/net/$NIC/address)
test_is "the NIC's address is the contract's" "$(contract_value lan mac)" "$MAC"
test_is "the port's has another first byte" "$(cat /sys/class/net/$PORT/address)" "fe${MAC#??}"
test_is "the port says whose it is" "$(cat /sys/class/net/$PORT/ifalias)" \
	"partbus: lan of partition 0"
test_is "in short, too" "$(cat /sys/class/net/$PORT/phys_port_name)" p0-lan
test_is "ip says what it is" \
	"$(ip -j -d link show dev $PORT | jq -r '.[0].linkinfo.info_kind')" partbus
test_refused "a port cannot be deleted" 2 'not supported' ip link del $PORT

ip netns add host
ip netns add client
test_ok "the port moves to a namespace" ip link set $PORT netns host
test_ok "the NIC moves to another" ip link set $NIC netns client
ip -n host link set lo up
ip -n client link set lo up
ip -n client link set $NIC up
addresses
test_ok "there is no carrier while the port is down" has_carrier 0
ip -n host link set $PORT up
test_ok "the carrier comes with the port" wait_for 5 has_carrier 1
ip -n host link set $PORT down
test_ok "and goes with it" wait_for 5 has_carrier 0
ip -n host link set $PORT up
test_ok "and comes back" wait_for 5 has_carrier 1
ip -n host addr add fd09::1/64 dev $PORT nodad 2> /dev/null

PORT_GSO_SIZE=$(ip -n host -j -d link show dev $PORT | jq '.[0].gso_max_size')
GSO_SIZE=$(ip -n client -j -d link show dev $NIC | jq '.[0].gso_max_size')
test_ok "ping of all sizes, IPv4" pings_all_sizes client 10.9.0.1 1472
test_ok "the other way" pings_all_sizes host 10.9.0.2 1472
test_ok "beyond the MTU, in fragments" pings client 10.9.0.1 20000
test_ok "ping of all sizes, IPv6" pings_all_sizes client fd09::1 1452
test_ok "the other way, too" pings_all_sizes host fd09::2 1452
test_ok "beyond the MTU, in fragments of IPv6" pings host fd09::2 20000
test_ok "UDP from the client" udp_passes client host 10.9.0.1
test_ok "UDP to the client" udp_passes host client 10.9.0.2
# How large TCP makes its frames depends on the machine's speed but for this.
in_client sh -c 'echo 16 > /proc/sys/net/ipv4/tcp_min_tso_segs'
before=$(device_stat host $PORT rx_packets)
test_ok "a file by TCP from the client" tcp_copy client host 10.9.0.1 5001 $FILE
test_ok "segments were left to the other end" \
	test $(($(device_stat host $PORT rx_packets) - before)) -lt $((SIZE / 1448 / 4))
test_ok "a file by TCP to the client" tcp_copy host client 10.9.0.2 5001 $FILE
test_ok "by IPv6 from the client" tcp_copy client host "[fd09::1]" 5001 $FILE 6
test_ok "by IPv6 to the client" tcp_copy host client "[fd09::2]" 5001 $FILE 6
test_is "no header was wrong" "$(ethtool_stat client $NIC rx_bad_header)" 0
test_is "no frame was refused" "$(ethtool_stat host $PORT rx_refused)" 0
test_is "nobody broke the protocol" "$(channel_field lan violations)" 0
test_is "and the server neither" "$(channel_field lan violations server)" 0

# A request and its reply ring once each way: slots that are posted again wait for the
# next frame. Frames without a reply ring four times in a round of 32 slots, 125 times;
# the address is of nobody, so nothing comes back. Only they are a thread's work.
doorbells() {	# role
	partbus -j -s channel show | jq --arg r "$1" \
		'[.[] | select(.role == $r and .resource == "lan") | .queues[].doorbells_sent] | add'
}
silent_frames() {	# number
	ip -n client neigh replace 10.9.0.9 dev $NIC lladdr "$(ip netns exec host \
		cat /sys/class/net/$PORT/address)" nud permanent || return
	ip netns exec client bash -c "for n in \$(seq $1); do
		echo \$n > /dev/udp/10.9.0.9/9 || exit; done"
}
thread_runs() {
	local pid
	for pid in $(pgrep "^partbus/$(channel_field lan id server)\\."); do
		grep ctxt_switches "/proc/$pid/status"
	done | awk '{ n += $2 } END { print n + 0 }'
}
pings_one_by_one() {	# number
	in_client ping -q -U -c "$1" -i 0.02 -s 56 10.9.0.1
}
test_is "a queue has a thread" "$(pgrep -c "^partbus/$(channel_field lan id server)\.")" 2
pings_one_by_one 60 > /dev/null
before=$(doorbells client)
old=$(thread_runs)
test_ok "a hundred pings, one by one" pings_one_by_one 100
rung=$(($(doorbells client) - before))
test_ok "ring the provider once each" test "$rung" -ge 80 -a "$rung" -le 140
# But for one now and then on a machine that does other things, too.
test_ok "and wake no thread" test $(($(thread_runs) - old)) -le 5
before=$(doorbells server)
received=$(device_stat host $PORT rx_packets)
test_ok "a thousand frames without a reply" silent_frames 1000
test_ok "reach the port" test $(($(device_stat host $PORT rx_packets) - received)) -ge 1000
rung=$(($(doorbells server) - before))
test_ok "ring the client for one in eight" test "$rung" -ge 60 -a "$rung" -le 200
test_ok "and were taken by a thread" test "$(thread_runs)" -gt "$old"

# Without offloads the stack does it all.
test_ok "the client's offloads go off" in_client ethtool -K $NIC tx off tso off
test_ok "and those of the port" in_host ethtool -K $PORT tx off tso off
test_ok "a file by TCP from the client without them" tcp_copy client host 10.9.0.1 5001 $FILE
test_ok "a file by TCP to the client without them" tcp_copy host client 10.9.0.2 5001 $FILE
in_client ethtool -K $NIC tx on tso on > /dev/null
in_host ethtool -K $PORT tx on tso on > /dev/null

# Offloads that a contract takes away are not used, and come back with the next.
features_are() {	# device, on or off
	local n d
	for n in client host; do
		d=$NIC
		[ $n = client ] || d=$PORT
		ip netns exec $n ethtool -k $d | grep -q "^tcp-segmentation-offload: $1" &&
			ip netns exec $n ethtool -k $d | grep -q "^tx-checksumming: $1" || return
	done
}
old=$(channel_field lan epoch)
test_ok "a contract without offloads" partbus resource set lan csum off tso off uso off
test_ok "starts" epoch_passes "$old"
test_ok "and neither end has them" wait_for 5 features_are off
test_ok "a file by TCP from the client under it" tcp_copy client host 10.9.0.1 5001 $FILE
test_ok "a file by TCP to the client under it" tcp_copy host client 10.9.0.2 5001 $FILE
test_is "what was left to the other end is no error" "$(device_stat client $NIC tx_errors)" 0
test_is "at the port neither" "$(device_stat host $PORT tx_errors)" 0
old=$(channel_field lan epoch)
test_ok "one with them" partbus resource set lan csum on tso on uso on
test_ok "starts, too" epoch_passes "$old"
test_ok "and both ends have them again" wait_for 5 features_are on
test_ok "GRO can still be switched" in_client ethtool -K $NIC gro off
in_client ethtool -K $NIC gro on > /dev/null
old=$(channel_field lan epoch)
test_ok "smaller slots" partbus contract request lan slot_size 4096
test_ok "are a new contract" epoch_passes "$old"
test_ok "a file by TCP over them" tcp_copy client host 10.9.0.1 5001 $FILE
test_ok "larger slots" partbus contract request lan slot_size 65536
test_ok "carry as much as before" wait_for 5 link_is client $NIC gso_max_size "$GSO_SIZE"
test_ok "what a client asks for does not lower what the host may have segmented" \
	link_is host $PORT gso_max_size "$PORT_GSO_SIZE"

# What ethtool knows.
test_ok "the driver" sh -c "ip netns exec client ethtool -i $NIC | grep -q partbus_vsc_net"
test_ok "the speed of the contract" \
	sh -c "ip netns exec client ethtool $NIC | grep -q 'Speed: 10000Mb/s'"
test_ok "the rings" sh -c "ip netns exec client ethtool -g $NIC | grep -q 'TX:.*32'"
test_ok "the channels" sh -c "ip netns exec client ethtool -l $NIC | grep -q 'Combined:.*2'"

# Priorities have queues of their own: 6 has queue 1, all others queue 0.
old=$(channel_field lan epoch)
partbus resource set lan priority_map 0x01000000
test_ok "a priority map is a new contract" epoch_passes "$old"
zero=$(ethtool_stat client $NIC queue0_tx_frames)
one=$(ethtool_stat client $NIC queue1_tx_frames)
pings client 10.9.0.1 100 > /dev/null
test_is "what has no priority stays in its queue" \
	"$(ethtool_stat client $NIC queue1_tx_frames)" "$one"
test_ok "and passes" test "$(ethtool_stat client $NIC queue0_tx_frames)" -ge $((zero + 3))
zero=$(ethtool_stat client $NIC queue0_tx_frames)
in_client ping -U -n -q -c 3 -i 0.05 -W 5 -Q 0x10 10.9.0.1 > /dev/null
test_ok "what has one goes over the other" \
	test "$(ethtool_stat client $NIC queue1_tx_frames)" -ge $((one + 3))
# What is held up by the cap holds up nothing in the other queue: the ring of queue 0 is
# full of a stream when the ping comes. Addresses are known, so that no question for them
# waits there, too.
frames_of() {	# process in the namespace, device, column of its counter
	awk -v d="$2:" -v c="$3" '$1 == d { print $c }' "/proc/$1/net/dev"
}
in_ring() {
	local sent taken
	sent=$(frames_of "$STREAM" $NIC 11)
	taken=$(frames_of "$HOST" $PORT 3)
	# Neither is known before the processes are in their namespaces.
	[ "$sent" ] && [ "$taken" ] && echo $((sent - taken - AHEAD))
}
ring_is_full() {
	local frames
	frames=$(in_ring) && [ "$frames" -ge 28 ]
}
frames_until_reply() {	# options of ping: that the port took meanwhile
	local before
	before=$(frames_of "$HOST" $PORT 3)
	in_client ping -U -n -q -c 1 -W 60 "$@" 10.9.0.1 > /dev/null || return
	echo $(($(frames_of "$HOST" $PORT 3) - before))
}
ip -n client neigh replace 10.9.0.1 dev $NIC nud permanent \
	lladdr "$(in_host cat /sys/class/net/$PORT/address)"
ip -n host neigh replace 10.9.0.2 dev $PORT nud permanent \
	lladdr "$(in_client cat /sys/class/net/$NIC/address)"
AHEAD=$(($(device_stat client $NIC tx_packets) - $(device_stat host $PORT rx_packets)))
rung=$(ethtool_stat client $NIC doorbells_sent)
partbus resource set lan cap_bps 10K
test_ok "a cap is a new contract" wait_for 5 contract_is lan cap_bytes_per_sec $((10 << 10))
bells=$(ethtool_stat client $NIC doorbells_sent)
test_ok "and ethtool goes on counting from $rung" \
	test "$rung" -gt 1000 -a "$bells" -ge "$rung" -a "$bells" -lt $((rung + 500))
# All of the ring is for it, so that the queueing discipline has nothing to choose from.
in_client sh -c "echo 1000000 > /sys/class/net/$NIC/queues/tx-0/byte_queue_limits/limit_min"
ip netns exec host sleep 1000 &
HOST=$!
ip netns exec client socat -u -b 1400 /dev/zero UDP:10.9.0.9:9 &
STREAM=$!
test_ok "a stream without priority is held up" wait_for 20 ring_is_full
LOW=$(frames_until_reply)
test_ok "a ping without waits for the frames in front of it" test "$LOW" -ge 28
test_ok "the ring is full again" wait_for 20 ring_is_full
HIGH=$(frames_until_reply -Q 0x10)
test_ok "one with priority gets its reply" test -n "$HIGH"
test_ok "and passes them by ($HIGH of $LOW)" test $((2 * HIGH)) -lt "$LOW"
test_ok "while the stream went on" kill -0 "$STREAM"
kill "$STREAM" "$HOST"
wait "$STREAM" "$HOST" 2> /dev/null
in_client sh -c "echo 0 > /sys/class/net/$NIC/queues/tx-0/byte_queue_limits/limit_min"
ip -n client neigh del 10.9.0.1 dev $NIC
ip -n host neigh del 10.9.0.2 dev $PORT
old=$(channel_field lan epoch)
partbus resource set lan cap_bps none priority_map 0xffffffff
test_ok "neither cap nor map is a new contract" epoch_passes "$old"

# Several streams at once, both ways. iperf3 is content with any loss of datagrams: this
# with one of ten.
udp_stream() {
	in_client iperf3 -c 10.9.0.1 -u -b 2M -t 2 -J > /tmp/udp.json &&
		jq -e '.end.sum | .packets > 100 and .lost_packets * 10 <= .packets' /tmp/udp.json
}
ip netns exec host iperf3 -s > /dev/null &
IPERF=$!
wait_for 5 listens host 5201
zero=$(ethtool_stat client $NIC queue0_tx_frames)
one=$(ethtool_stat client $NIC queue1_tx_frames)
test_ok "4 streams from the client" in_client iperf3 -c 10.9.0.1 -P 4 -t 3
test_ok "4 streams to the client" in_client iperf3 -c 10.9.0.1 -P 4 -t 3 -R
test_ok "a stream of UDP" udp_stream
test_ok "flows were spread: queue 0" \
	test "$(ethtool_stat client $NIC queue0_tx_frames)" -gt "$zero"
test_ok "and queue 1" test "$(ethtool_stat client $NIC queue1_tx_frames)" -gt "$one"
kill "$IPERF"

# What is on its way is limited in bytes, by an account that no frame and no contract may
# leave wrong: with so little room a queue would stand still.
bytes_limited() {	# how many may be on their way
	local q
	for q in 0 1; do
		in_client sh -c "echo $1 > /sys/class/net/$NIC/queues/tx-$q/byte_queue_limits/limit_max" ||
			return
	done
}
unlimited=$(in_client cat /sys/class/net/$NIC/queues/tx-0/byte_queue_limits/limit_max)
test_ok "queues may have little on their way" bytes_limited 2000
test_ok "a file passes so" tcp_copy client host 10.9.0.1 5001 $FILE
for n in 1 2; do
	old=$(channel_field lan epoch)
	partbus resource set lan cap_bps $((n + 1))G
	test_ok "contract $n under it" epoch_passes "$old"
	test_ok "a file passes under contract $n" tcp_copy client host 10.9.0.1 5001 $FILE
done
partbus resource set lan cap_bps none
test_ok "queues may have as much as before" bytes_limited "$unlimited"

# A group is heard by who joined it, and not by who did not.
unwanted=$(ethtool_stat host $PORT tx_unwanted)
ip -n host route add 239.9.9.0/24 dev $PORT
pings_group() {
	in_host ping -U -n -q -c 2 -i 0.1 -W 1 239.9.9.9 > /dev/null
}
pings_group
test_ok "frames to a group that nobody joined stay here" \
	test "$(ethtool_stat host $PORT tx_unwanted)" -gt "$unwanted"
ip -n client addr add 239.9.9.9/32 dev $NIC autojoin
group_passes() {
	local before
	before=$(ethtool_stat host $PORT tx_unwanted)
	pings_group
	[ "$(ethtool_stat host $PORT tx_unwanted)" = "$before" ]
}
test_ok "the port hears of a group that was joined" wait_for 5 group_passes
received=$(device_stat client $NIC rx_packets)
pings_group
test_ok "they pass once somebody did" \
	test "$(device_stat client $NIC rx_packets)" -ge $((received + 2))

# Reserves are promises, each way.
test_ok "the resource gets a total for what is received" \
	partbus resource set lan rx_reserve_bps 100M
test_refused "more is refused" 7 'rx_reserve_bps.*can be had' \
	partbus contract request lan rx_reserve_bps 200M least 200M
test_ok "a part of it is granted" partbus contract request lan rx_reserve_bps 60M least 60M
test_is "and stands in the contract" "$(contract_value lan rx_reserve_bytes_per_sec)" $((60 << 20))
test_ok "the client takes its word back" partbus contract request lan rx_reserve_bps 0

# Counters of both ends are of the same frames, when none is on its way.
same_frames() {
	local sent received
	sent=$(device_stat client $NIC tx_packets)
	received=$(device_stat host $PORT rx_packets)
	pings client 10.9.0.1 100
	[ $(($(device_stat client $NIC tx_packets) - sent)) -eq \
		$(($(device_stat host $PORT rx_packets) - received)) ]
}
test_ok "what the client sent the port received" wait_for 10 same_frames

# Both ends count frames of both directions.
one=$(counter lan bytes)
zero=$(counter lan bytes server)
pings host 10.9.0.2 1000 > /dev/null
test_ok "the client counts what comes, too" [ $(($(counter lan bytes) - one)) -ge 6000 ]
test_ok "as the server does" [ $(($(counter lan bytes server) - zero)) -ge 6000 ]

# A larger MTU comes with a contract, and so does a smaller one.
old=$(channel_field lan epoch)
test_ok "resource set mtu" partbus resource set lan mtu 9000
test_ok "a new contract starts" epoch_passes "$old"
test_ok "the NIC has it" wait_for 5 link_is client $NIC mtu 9000
test_ok "the port has it" wait_for 5 link_is host $PORT mtu 9000
test_ok "ping of all sizes up to 9000" pings_all_sizes client 10.9.0.1 8972
test_ok "the other way with large frames" pings_all_sizes host 10.9.0.2 8972
test_ok "a file by TCP with large frames" tcp_copy client host 10.9.0.1 5001 $FILE
test_refused "a larger one than the contract's is refused" 2 'mtu greater than device maximum' \
	ip -n client link set $NIC mtu 9001
old=$(channel_field lan epoch)
partbus resource set lan mtu 1400
test_ok "a smaller one starts" epoch_passes "$old"
test_ok "the NIC follows" wait_for 5 link_is client $NIC mtu 1400
test_ok "frames pass under it" pings_all_sizes client 10.9.0.1 1372
partbus resource set lan mtu 1500
test_ok "and back" wait_for 10 link_is client $NIC mtu 1500
old=$(channel_field lan epoch)
test_ok "a client may do with less" partbus contract request lan mtu 576
test_ok "which starts" epoch_passes "$old"
test_ok "its NIC has it" wait_for 5 link_is client $NIC mtu 576
# A bridge, and so the host, has the least of its ports.
test_ok "the port keeps the provider's" link_is host $PORT mtu 1500
test_ok "frames pass all the same" pings_all_sizes client 10.9.0.1 548
old=$(channel_field lan epoch)
test_ok "and have all again" partbus contract request lan mtu 1500
test_ok "which starts, too" epoch_passes "$old"
test_ok "and is the NIC's" wait_for 5 link_is client $NIC mtu 1500

# Who lies about his address is not heard.
refused=$(ethtool_stat host $PORT rx_refused)
ip -n client link add link $NIC name mv0 type macvlan mode bridge
ip -n client addr add 10.9.1.2/24 dev mv0
ip -n host addr add 10.9.1.1/24 dev $PORT
ip -n client link set mv0 up
test_ok "another address than the contract's is not heard" \
	sh -c "! ip netns exec client ping -U -n -q -c 2 -i 0.1 -W 1 -I mv0 10.9.1.1"
test_ok "and counted" test "$(ethtool_stat host $PORT rx_refused)" -gt "$refused"
old=$(channel_field lan epoch)
partbus resource set lan any_mac on
test_ok "where all may, a new contract starts" epoch_passes "$old"
test_ok "it is heard" wait_for 10 pings client 10.9.1.1 56
partbus resource set lan any_mac off
ip -n client link del mv0
ip -n host addr del 10.9.1.1/24 dev $PORT
refused=$(ethtool_stat host $PORT rx_refused)
ip -n client link add link $NIC name v5 type vlan id 5
ip -n host link add link $PORT name v5 type vlan id 5
ip -n client addr add 10.9.5.2/24 dev v5
ip -n host addr add 10.9.5.1/24 dev v5
ip -n client link set v5 up
ip -n host link set v5 up
test_ok "a tag that is not the contract's is not heard" \
	sh -c "! ip netns exec client ping -U -n -q -c 2 -i 0.1 -W 1 10.9.5.1"
test_ok "and counted, too" test "$(ethtool_stat host $PORT rx_refused)" -gt "$refused"
partbus resource set lan vlan 5
test_ok "the contract's is" wait_for 10 pings client 10.9.5.1 1468
test_ok "a file by TCP over a VLAN" tcp_copy client host 10.9.5.1 5001 $FILE
partbus resource set lan vlan 0
ip -n client link del v5
ip -n host link del v5

# A stream under changing contracts.
test_ok "both ends go on" wait_for 10 pings client 10.9.0.1 56
stream_start client host 10.9.0.1 5001
for n in 1 2 3; do
	old=$(channel_field lan epoch)
	partbus resource set lan cap_bps $((n * 8))M rx_cap_bps $((n * 4))M
	test_ok "round $n: a contract with other caps starts under load" epoch_passes "$old"
	test_is "round $n: for what the client sends" \
		"$(contract_value lan cap_bytes_per_sec)" $((n << 23))
	test_is "round $n: and for what it receives" \
		"$(contract_value lan rx_cap_bytes_per_sec)" $((n << 22))
	# Counters begin anew with other queues.
	[ $n -gt 1 ] || test_ok "the caps hold something up" wait_for 10 held_up_since $PORT 0
	test_ok "round $n: the client asks for other queues and slots" \
		partbus contract request lan depth $((n * 16)) queues 1
	test_ok "round $n: and for those before" partbus contract request lan depth 64 queues 2
done
partbus resource set lan cap_bps none rx_cap_bps none
test_ok "the file came again and again, and nothing is wrong with it" stream_ends

# Frames of one flow keep their order, whatever a cap gives back when contracts change:
# long ones and short ones in turn, the latter of which would fit in front. In one queue:
# a flow that moves to another may overtake itself, as with every NIC.
numbered_frames() {
	# shellcheck disable=SC2016	# for the other shell
	exec ip netns exec client bash -c 'exec 3> /dev/udp/10.9.0.1/5004
		for ((i = 1; ; i++)); do
			printf "%0*d\n" $((i % 2 ? 1399 : 31)) $i >&3
		done' 2> /dev/null
}
heard_since() {	# number of lines
	[ "$(wc -l < $GOT)" -gt "$1" ]
}
old=$(channel_field lan epoch)
# Less than the slowest machine sends.
partbus resource set lan cap_bps 40K
test_ok "a narrow cap starts" epoch_passes "$old"
test_ok "with one queue" partbus contract request lan queues 1
# Frames that wait for an address may be overtaken when it is known.
ip -n client neigh replace 10.9.0.1 dev $NIC nud permanent \
	lladdr "$(in_host cat /sys/class/net/$PORT/address)"
rm -f $GOT
ip netns exec host socat -u UDP-RECV:5004 "OPEN:$GOT,creat,append" &
LISTENER=$!
wait_for 5 sh -c "ip netns exec host ss -lun | grep -q :5004"
numbered_frames &
SENDER=$!
test_ok "numbered frames are heard" wait_for 10 test -s $GOT
for n in 1 2 3 4; do
	lines=$(wc -l < $GOT)
	test_ok "the cap holds some up before contract $n" \
		wait_for 10 held_up_since $PORT "$(counter $PORT throttled server)"
	test_ok "contract $n with few slots" partbus contract request lan depth 16
	test_ok "contract $n with many" partbus contract request lan depth 64
	test_ok "more are heard after contract $n" wait_for 10 heard_since "$lines"
done
kill "$SENDER" "$LISTENER"
wait "$SENDER" "$LISTENER" 2> /dev/null
ip -n client neigh del 10.9.0.1 dev $NIC
test_ok "none has overtaken another, or came twice" \
	awk 'NR > 1 && $1 + 0 <= last { print NR ": " $1 + 0 " behind " last; bad = 1 }
		{ last = $1 + 0 } END { exit bad }' $GOT

# The other way, with messages that are cut in front of the port: the cap holds up single
# pieces of them.
PIECES=480		# in messages of eight
numbered_pieces() {
	# shellcheck disable=SC2016	# no shell's
	ip netns exec host python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(17, 103, 1000)	# UDP_SEGMENT
s.connect(("10.9.0.2", 5004))
for first in range(0, int(sys.argv[1]), 8):
    s.send(b"".join(b"%0999d\n" % (first + n) for n in range(8)))' $PIECES
}
all_pieces() {
	[ "$(wc -l < $GOT)" -ge $PIECES ]
}
# Where pieces are cut without it the option is fixed.
ip netns exec host ethtool -K $PORT tx-udp-segmentation off 2> /dev/null
test_ok "a discipline that drops nothing" \
	ip netns exec host tc qdisc replace dev $PORT root pfifo limit 1000
old=$(channel_field lan epoch)
partbus resource set lan cap_bps none rx_cap_bps "$(rounds 300)K" rx_burst_bytes 20K
test_ok "a cap the other way starts" epoch_passes "$old"
rm -f $GOT
ip netns exec client socat -u UDP-RECV:5004 "OPEN:$GOT,creat" &
LISTENER=$!
wait_for 5 sh -c "ip netns exec client ss -lun | grep -q :5004"
held=$(counter $PORT throttled server)
test_ok "pieces are sent" numbered_pieces
test_ok "all of them are heard" wait_for 30 all_pieces
kill "$LISTENER"
wait "$LISTENER" 2> /dev/null
test_ok "the cap held some up" held_up_since $PORT $((held + $(rounds 20)))
test_ok "each is in its place" \
	awk '$1 + 0 != NR - 1 { print NR - 1 ": " $1 + 0; bad = 1 } END { exit bad }' $GOT
ip netns exec host tc qdisc del dev $PORT root
ip netns exec host ethtool -K $PORT tx-udp-segmentation on 2> /dev/null

# A queue whose frames were held up, and which was not there for a while, is used again.
flood_both() {
	ip netns exec host socat -u -b 1000 /dev/zero "UDP-SENDTO:10.9.0.2:$1,sourceport=$1" 2> /dev/null &
	FLOODS+=($!)
}
FLOODS=()
test_ok "two queues again" partbus contract request lan queues 2
for n in 7001 7002 7003 7004 7005 7006 7007 7008; do flood_both $n; done
before=$(counter $PORT throttled server)
test_ok "the cap holds up what goes to the client" \
	wait_for 20 held_up_since $PORT $((before + $(rounds 20)))
test_ok "one queue" partbus contract request lan queues 1
test_ok "two once more" partbus contract request lan queues 2
partbus resource set lan rx_cap_bps none
both_receive() {
	local one two
	one=$(ethtool_stat client $NIC queue0_rx_frames)
	two=$(ethtool_stat client $NIC queue1_rx_frames)
	wait_for 10 rx_beyond 0 "$one" && wait_for 10 rx_beyond 1 "$two"
}
rx_beyond() {	# queue, frames
	[ "$(ethtool_stat client $NIC "queue$1_rx_frames")" -gt "$2" ]
}
test_ok "frames come over both" both_receive
kill "${FLOODS[@]}"
wait "${FLOODS[@]}" 2> /dev/null
partbus resource set lan cap_bps none
test_is "still nobody broke the protocol" "$(channel_field lan violations)" 0
test_is "and the server neither, still" "$(channel_field lan violations server)" 0

# The provider goes and comes back: the NIC stays.
stream_start host client 10.9.0.2 5002
INDEX=$(in_client cat /sys/class/net/$NIC/ifindex)
test_ok "bytes pass" wait_for 10 sh -c "[ -s $GOT ]"
test_ok "the provider is unloaded under load" modprobe -r partbus_vsp_net
test_ok "the NIC has no carrier" wait_for 5 has_carrier 0
kill "$STREAM" 2> /dev/null
wait "$STREAM" 2> /dev/null
ends host
ends client
test_ok "the provider comes back" modprobe partbus_vsp_net
test_ok "with its resource" add_resource
test_ok "and its port" port_back
test_ok "the carrier is back" wait_for 15 has_carrier 1
test_is "the NIC is the same" "$(in_client cat /sys/class/net/$NIC/ifindex)" "$INDEX"
test_is "with the same address" "$(in_client cat /sys/class/net/$NIC/address)" "$MAC"
test_ok "traffic goes on by itself" wait_for 10 pings client 10.9.0.1 56
test_ok "a file by TCP afterwards" tcp_copy client host 10.9.0.1 5001 $FILE

# A namespace that ends gives the port back.
old=$(channel_field lan id)
ends host
test_ok "the namespace of the port ends" ip netns del host
test_ok "the port is back" wait_for 10 test -e /sys/class/net/$PORT
test_is "and so is its channel" "$(channel_field lan id)" "$old"
ip netns add host
test_ok "it moves once more" port_back
test_ok "and works" wait_for 10 pings client 10.9.0.1 56

# The client goes and comes back under load.
in_host ping -U -n -q -f -s 1000 10.9.0.2 > /dev/null 2>&1 &
FLOOD=$!
received=$(device_stat client $NIC rx_packets)
test_ok "frames pass" wait_for 5 sh -c \
	"[ \$(ip netns exec client cat /sys/class/net/$NIC/statistics/rx_packets) -gt $((received + 50)) ]"
test_ok "the client is unloaded under load" modprobe -r partbus_vsc_net
test_ok "its NIC is gone" sh -c "! ip -n client link show $NIC"
kill "$FLOOD" 2> /dev/null
wait "$FLOOD" 2> /dev/null
ends host
test_ok "the client comes back" modprobe partbus_vsc_net
test_ok "with its NIC" wait_for 15 test -e /sys/class/net/$NIC
ip link set $NIC netns client
ip -n client addr add 10.9.0.2/24 dev $NIC
ip -n client link set $NIC up
test_ok "the port is made anew" port_back
test_ok "and works again" wait_for 10 pings client 10.9.0.1 1000

test_ok "offer del" partbus offer del root lan
test_ok "the NIC goes" wait_for 10 sh -c "! ip -n client link show $NIC"
test_ok "and so does the port" wait_for 10 sh -c "! ip -n host link show $PORT"
test_ok "resource del" wait_for 10 partbus resource del lan

# A bridge as the backing.
ip link add br9 type bridge
ip link set br9 up
ip addr add 10.8.0.1/24 dev br9
test_refused "a backing that is no bridge" 1 'takes no ports' \
	partbus resource add odd class net backing lo
test_refused "a backing that is not there" 3 'does not exist' \
	partbus resource add odd class net backing br77
test_ok "a resource over a bridge" partbus resource add sw class net backing br9
test_ok "is offered with an address" partbus offer add root sw mac 52:54:00:12:34:56
test_ok "its NIC appears" wait_for 15 test -e /sys/class/net/$NIC
test_is "with this address" "$(cat /sys/class/net/$NIC/address)" 52:54:00:12:34:56
test_ok "its port is the bridge's" \
	sh -c "ip -d link show pb0-sw | grep -q 'master br9'"
ip link set $NIC netns client
ip -n client addr add 10.8.0.2/24 dev $NIC
ip -n client link set $NIC up
test_ok "frames pass the bridge" wait_for 20 pings client 10.8.0.1 1400
announced() {
	[ "$(ip -j neigh show 10.8.0.2 dev br9 | jq length)" -gt 0 ]
}
sysctl -qw net.ipv4.conf.br9.arp_accept=1
ip link set pb0-sw down
test_ok "without the port the NIC has no carrier" wait_for 5 \
	in_client grep -qx 0 "/sys/class/net/$NIC/carrier"
ip neigh flush dev br9
ip link set pb0-sw up
test_ok "the NIC says where it is when it has one again" wait_for 10 announced
ip link del br9
test_ok "without its bridge the port stays" \
	sh -c "test -e /sys/class/net/pb0-sw && ! test -e /sys/class/net/pb0-sw/master"
test_is "and the channel goes on" "$(channel_field sw negotiation)" running
test_ok "but the resource has failed" wait_for 10 resource_is sw failed
test_refused "nothing can be negotiated" 1 'gone or unusable' partbus contract request sw mtu 1400
test_ok "upon which the NIC has no carrier" wait_for 10 has_carrier 0
ip link add br9 type bridge
ip link set br9 up
ip addr add 10.8.0.1/24 dev br9
test_ok "with another bridge of that name the resource is ready" wait_for 10 resource_is sw ready
test_ok "the port does not join it by itself" ip link set pb0-sw master br9
test_ok "the client has tried again by itself" wait_for 60 has_carrier 1
test_ok "frames pass again" wait_for 20 pings client 10.8.0.1 1400
test_ok "its offer goes" partbus offer del root sw
test_ok "and its port" wait_for 10 sh -c "! test -e /sys/class/net/pb0-sw"

# Another bridge for one client.
ip link add br8 type bridge
test_refused "a bridge that is not there" 3 'bridge of the offer does not exist' \
	partbus offer add root sw bridge br77
test_refused "one that is none" 1 'takes no ports' partbus offer add root sw bridge lo
test_refused "one whose name is too long" 2 'bridge.*longer' \
	partbus offer add root sw bridge "$(printf '%064d' 0)"
test_ok "an offer names its bridge" partbus offer add root sw bridge br8
test_is "which is shown" "$(partbus -j offer show root sw | jq -r '.[0].bridge')" br8
test_ok "the port is made" wait_for 15 test -e /sys/class/net/pb0-sw
test_ok "and is that bridge's" wait_for 5 \
	sh -c "ip -d link show pb0-sw | grep -q 'master br8'"
partbus save > /tmp/saved 2> /dev/null
test_ok "it is saved, too" grep -q '"bridge": "br8"' /tmp/saved
partbus offer del root sw
test_ok "all of it goes" wait_for 10 partbus resource del sw
ip link del br8
ip link del br9

ip netns del host
ip netns del client
test_ok "no channel is left" wait_for 10 no_channels
test_ok "no section is left" wait_for 10 no_sections
test_ok "modules unload" wait_for 10 unload_net
test_ok "nothing of partbus is left" modules_gone
tests_done
