#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a NIC leaves to others: segments to the other end, frames that nobody wants to the
# provider, the choice of a queue to priorities.
#
#	[client] pbn0 -> partbus_vsc_net =(local transport)= partbus_vsp_net -> pb0-lan [host]
#
# Functions are called through the words of lib.sh; names here are single words.
# shellcheck disable=SC2317,SC2086
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/net.sh
. "$PB_SRC/selftests/net.sh"

NIC=pbn0
PORT=pb0-lan
FILE=/tmp/file
SIZE=$((8 << 20))

port_up() {
	wait_for 15 test -e /sys/class/net/$PORT || return 1
	ip link set $PORT netns host && ip -n host addr add 10.9.0.1/24 dev $PORT &&
		ip -n host addr add fd09::1/64 dev $PORT nodad && ip -n host link set $PORT up
}

nic_up() {
	wait_for 15 test -e /sys/class/net/$NIC || return 1
	ip link set $NIC netns client && ip -n client addr add 10.9.0.2/24 dev $NIC &&
		ip -n client addr add fd09::2/64 dev $NIC nodad && ip -n client link set $NIC up
}

contract() {	# settings of the resource
	local old
	old=$(channel_field lan epoch)
	partbus resource set lan "$@" && wait_for 10 epoch_beyond lan "$old"
}

# How much more a device has received after a command; its output goes to a log.
frames_of() {	# namespace, device, command...
	local before
	before=$(device_stat "$1" "$2" rx_packets)
	"${@:3}" > /tmp/frames.log 2>&1 || echo failed
	echo $(($(device_stat "$1" "$2" rx_packets) - before))
}

# Packets as IP has them, after merging.
ip_packets_of() {	# namespace, command...
	local before
	before=$(ip netns exec "$1" nstat -asz IpInReceives | awk '/^Ip/ { print $2 }')
	"${@:2}" > /tmp/frames.log 2>&1 || echo failed
	echo $(($(ip netns exec "$1" nstat -asz IpInReceives | awk '/^Ip/ { print $2 }') - before))
}

from_client() { tcp_copy client host "${1:-10.9.0.1}" 5001 $FILE ${2-}; }
to_client() { tcp_copy host client "${1:-10.9.0.2}" 5001 $FILE ${2-}; }

# Segments that the other end makes: a frame stands for four on average, at least.
SEGMENTS=$((SIZE / 1448))
test_few() {	# sentence, namespace, device, command...
	local n
	n=$(frames_of "${@:2}")
	test_ok "$1 goes in few frames ($n)" test "$n" -lt $((SEGMENTS / 4))
}

ip netns add host
ip netns add client
# How large TCP makes its frames depends on the machine's speed but for this.
for ns in host client; do
	ip netns exec $ns sh -c 'echo 16 > /proc/sys/net/ipv4/tcp_min_tso_segs'
done
head -c $SIZE /dev/urandom > $FILE
test_ok "modules load" load_net
test_ok "resource add" partbus resource add lan class net speed 10000
test_ok "offer add" partbus offer add root lan
test_ok "the port is put to use" port_up
test_ok "and the NIC" nic_up
test_ok "they find each other" wait_for 10 pings client 10.9.0.1 56

test_few "a file by TCP from the client" host $PORT from_client
test_few "a file by TCP to the client" client $NIC to_client
test_few "by IPv6 from the client" host $PORT from_client "[fd09::1]" 6
test_few "by IPv6 to the client" client $NIC to_client "[fd09::2]" 6

# Without that each frame is a segment, and the receiver puts them together.
test_ok "segments are made here" ip netns exec client ethtool -K $NIC tso off
n=$(frames_of host $PORT from_client)
test_ok "they are as many frames ($n)" test "$n" -ge $SEGMENTS
merged=$(ip_packets_of host from_client)
test_ok "the other end puts them together ($merged)" test "$merged" -lt $((n / 2))
test_ok "not so without GRO" ip netns exec host ethtool -K $PORT gro off
merged=$(ip_packets_of host from_client)
test_ok "where each is looked at ($merged)" test "$merged" -ge $((SEGMENTS * 9 / 10))
ip netns exec client ethtool -K $NIC tso on
ip netns exec host ethtool -K $PORT gro on
test_ok "segments are made there" ip netns exec host ethtool -K $PORT tso off
n=$(frames_of client $NIC to_client)
test_ok "they are as many frames, too ($n)" test "$n" -ge $SEGMENTS
merged=$(ip_packets_of client to_client)
test_ok "the NIC puts them together ($merged)" test "$merged" -lt $((n / 2))
ip netns exec host ethtool -K $PORT tso on

# Ten datagrams in a send, as QUIC does it; a header can say that since 6.2.
udp_segments() {
	rm -f $GOT
	ip netns exec host socat -u UDP-RECV:5003 "OPEN:$GOT,creat,append" &
	local listener=$! code
	wait_for 15 sh -c "ip netns exec host ss -lun | grep -q :5003"
	# One after the other, so that no buffer is too small for them.
	timeout $((60 * ${PB_PATIENCE:-1})) ip netns exec client python3 -c '
import os, socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_UDP, 103, 1000)
for n in range(1, 21):
    s.sendto(bytes([n]) * 10000, ("10.9.0.1", 5003))
    while os.path.getsize(sys.argv[1]) < 10000 * n:
        time.sleep(0.01)' $GOT
	code=$?
	kill "$listener"
	wait "$listener" 2> /dev/null
	return $code
}
uso=$(ip netns exec client ethtool -k $NIC | awk '/^tx-udp-segmentation:/ { print $2 }')
n=$(frames_of host $PORT udp_segments)
test_is "every datagram arrived" "$(stat -c %s $GOT)" 200000
if [ "$PB_KERNEL" = 6.1 ]; then
	test_is "no NIC segments UDP" "$uso" off
	test_ok "each is a frame ($n)" test "$n" -ge 200
else
	test_is "the NIC segments UDP" "$uso" on
	test_ok "ten are one ($n)" test "$n" -ge 20 -a "$n" -lt 60
	test_ok "a contract without it" contract uso off
	n=$(frames_of host $PORT udp_segments)
	test_ok "makes each a frame ($n)" test "$n" -ge 200
	test_ok "it comes back" contract uso on
fi

# Five frames for somebody else, and for a group.
ip -n host neigh replace 10.9.0.77 lladdr 52:54:00:99:99:99 dev $PORT nud permanent
ip -n host route add 239.255.1.0/24 dev $PORT
foreign() {	# address
	ip netns exec host ping -U -n -q -c 5 -i 0.02 -W 1 "$1" > /dev/null
	true
}
stays() {	# address
	local before
	before=$(ethtool_stat host $PORT tx_unwanted)
	foreign "$1"
	[ $(($(ethtool_stat host $PORT tx_unwanted) - before)) -ge 5 ]
}
arrives() {	# address
	[ "$(frames_of client $NIC foreign "$1")" -ge 5 ]
}
test_ok "frames for another stay with the provider" wait_for 5 stays 10.9.0.77
ip -n client link set $NIC promisc on
test_ok "who wants all gets them" wait_for 5 arrives 10.9.0.77
ip -n client link set $NIC promisc off
test_ok "until he does not" wait_for 5 stays 10.9.0.77
test_ok "frames for a group stay there" wait_for 5 stays 239.255.1.200
ip -n client link set $NIC allmulticast on
test_ok "who wants all groups gets them" wait_for 5 arrives 239.255.1.200
ip -n client link set $NIC allmulticast off
test_ok "until he does not, too" wait_for 5 stays 239.255.1.200
groups() {	# add or del, how many
	local i
	for ((i = 0; i < $2; i++)); do
		ip -n client maddr "$1" "01:00:5e:7f:01:$(printf %02x $i)" dev $NIC || return
	done
}
test_ok "a few groups are named" groups add 10
test_ok "frames for one of them arrive" wait_for 5 arrives 239.255.1.9
test_ok "others stay" wait_for 5 stays 239.255.1.200
test_ok "no more" groups del 10
test_ok "more than there may be" groups add 100
test_ok "mean all" wait_for 5 arrives 239.255.1.200
test_ok "they go" groups del 100
test_ok "and it is as before" wait_for 5 stays 239.255.1.200

# Priority 6 has queue 1, all others queue 0: by a tag, and by itself; each way.
test_ok "a map of priorities, and a VLAN" contract priority_map 0x01000000 vlan 5
for ns in client host; do
	dev=$NIC
	[ $ns = client ] || dev=$PORT
	ip -n $ns link add link $dev name v5 type vlan id 5 egress-qos-map 0:6
	ip -n $ns link set v5 up
done
ip -n client addr add 10.9.5.2/24 dev v5
ip -n host addr add 10.9.5.1/24 dev v5
# Nobody asks for addresses meanwhile, which would go over that queue, too.
ip -n client neigh replace 10.9.5.1 dev v5 nud permanent \
	lladdr "$(ip netns exec host cat /sys/class/net/v5/address)"
ip -n host neigh replace 10.9.5.2 dev v5 nud permanent \
	lladdr "$(ip netns exec client cat /sys/class/net/v5/address)"
test_ok "tagged frames pass" wait_for 10 pings client 10.9.5.1 100
queue_counts() {	# tx or rx
	ethtool_stat client $NIC "queue1_$1_frames"
}
sent=$(queue_counts tx)
got=$(queue_counts rx)
test_ok "three pass" pings client 10.9.5.1 100
test_ok "over the queue of their tag" test $(($(queue_counts tx) - sent)) -ge 3
test_ok "and so do the replies" test $(($(queue_counts rx) - got)) -ge 3
got=$(queue_counts rx)
test_ok "three without a tag" pings host 10.9.0.2 100
test_ok "without one they go over the other" test $(($(queue_counts rx) - got)) -lt 3
got=$(queue_counts rx)
ip netns exec host ping -U -n -q -c 3 -l 3 -i 1 -W 5 -Q 0x10 10.9.0.2 > /dev/null
test_ok "unless they are urgent" test $(($(queue_counts rx) - got)) -ge 3

# The port moves while frames come.
ip -n client neigh replace 10.9.0.9 dev $NIC nud permanent \
	lladdr "$(ip netns exec host cat /sys/class/net/$PORT/address)"
ip netns exec client socat -u -b 1400 /dev/zero UDP:10.9.0.9:9 2> /dev/null &
FLOOD=$!
frames_pass() {
	local before
	before=$(device_stat host $PORT rx_packets)
	wait_for 15 sh -c "[ \$(ip netns exec host cat /sys/class/net/$PORT/statistics/rx_packets) \
		-gt $((before + 50)) ]"
}
test_ok "frames come" frames_pass
ip -n host link del v5
test_ok "the port moves" ip -n host link set $PORT netns 1
test_ok "the NIC has no carrier" wait_for 15 sh -c \
	"[ \"\$(ip netns exec client cat /sys/class/net/$NIC/carrier)\" = 0 ]"
test_ok "the port moves back" port_up
test_ok "and frames come again" frames_pass
kill $FLOOD
wait $FLOOD 2> /dev/null

test_is "nobody broke the protocol" "$(channel_field lan violations)" 0
test_is "on either side" "$(channel_field lan violations server)" 0
test_is "no header was wrong" "$(ethtool_stat client $NIC rx_bad_header)" 0
test_ok "offer del" partbus offer del root lan
test_ok "resource del" wait_for 10 partbus resource del lan
ip netns del client
ip netns del host
test_ok "no channel is left" wait_for 10 no_channels
test_ok "no section is left" wait_for 10 no_sections
test_ok "modules unload" wait_for 10 unload_net
tests_done
