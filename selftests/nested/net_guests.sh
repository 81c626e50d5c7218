#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two guests with a NIC each, end to end, on a bridge of their KVM host:
#
#	guest a: pbn0 (DHCP)              guest b: pbn0 (DHCP)
#	   |  window a                       |  window b        stock QEMU, no other NIC
#	   +---- partbus_host, partbus_vsp_net, partbusd -------+
#	         pb1-lan ----- br0 10.7.0.1 ----- pb2-lan
#	                     dnsmasq, httpd
#
# A file is fetched with its checksum while caps and the MTU change; a guest is reset,
# killed and unplugged, the provider goes and comes back, beside traffic of the other.
# An argument: the size of the file in MiB.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"

MIB=${1:-24}
DAEMON=
DHCP=
HTTP=
SERVER=
SPEAKER=

finish() {
	guest_cleanup
	for p in $DAEMON $DHCP $HTTP $SERVER $SPEAKER; do
		kill "$p" 2> /dev/null
	done
}
trap finish EXIT

in_guest() {	# name, command
	GUEST_TIMEOUT=120 guest_run "$@"
}

# An address by DHCP, as a guest gets one at boot. Guest b has two queues on its one CPU.
guest_opens() {	# name
	local queues=0
	[ "$1" != b ] || queues=2
	# shellcheck disable=SC2016	# for the guest's shell
	in_guest "$1" "queues=$queues; "'modprobe partbus_vsc_net queues=$queues &&
			modprobe partbus_pci || exit 1
		cat > /tmp/lease <<-"END"
			#!/bin/sh
			[ "$1" = bound ] || exit 0
			ip addr replace "$ip/24" dev "$interface"
			for r in $router; do ip route replace default via "$r"; done
		END
		chmod +x /tmp/lease
		for n in $(seq 200); do [ ! -e /sys/class/net/pbn0 ] || break; sleep 0.1; done
		ip link set lo up
		ip link set pbn0 up && busybox udhcpc -i pbn0 -n -q -t 20 -T 1 -s /tmp/lease'
}

address_of() {	# guest
	in_guest "$1" "ip -j -4 addr show pbn0" | jq -r '.[0].addr_info[0].local'
}

# ping is content with one reply: this is not.
pings() {	# guest, address, size
	in_guest "$1" "busybox ping -q -c 3 -W 5 -s $3 $2" > /tmp/ping.log
	cat /tmp/ping.log
	grep -q ' 0% packet loss' /tmp/ping.log
}

# Beside a flood, or on the way back to work, one may be lost.
has_replies() {	# guest, size
	in_guest "$1" "busybox ping -q -c 3 -W 5 -s ${2:-56} 10.7.0.1"
}

# As long as it is told nothing else, NIC or not.
sends() {	# guest, its port
	local before
	before=$(port_counter "$2" rx_packets)
	guest_run_bg "$1" sends "rm -f /tmp/stop; until [ -e /tmp/stop ]; do
		busybox ping -q -s 1400 -A -w 3 10.7.0.1; sleep 0.1; done" &&
		wait_for 15 received_since "$2" $((before + 10))
}

stops_sending() {	# guest
	in_guest "$1" "touch /tmp/stop" && guest_join "$1" sends > /dev/null
}

port_counter() {	# port, counter
	cat "/sys/class/net/$1/statistics/$2"
}

nic_counter() {	# guest, counter
	in_guest "$1" "cat /sys/class/net/pbn0/statistics/$2"
}

# How far one end's counters are ahead of the other's: before the port was up they were.
ahead() {	# guest, port
	echo $(($(nic_counter "$1" tx_packets) - $(port_counter "$2" rx_packets))) \
		$(($(port_counter "$2" tx_packets) - $(nic_counter "$1" rx_packets)))
}

# When nothing is on its way both have counted the same.
ahead_is() {	# guest, port, wanted
	local now
	now=$(ahead "$1" "$2")
	echo "$now, not $3"
	[ "$now" = "$3" ]
}

# What iperf3 has received is in the counter of the port that it came over.
stream_counts() {	# port, its counter, options of iperf3 in guest a
	local before
	before=$(port_counter "$1" "$2")
	in_guest a "iperf3 -J -t 3 ${*:3}" > /tmp/stream.json &&
		jq -e --argjson counted $(($(port_counter "$1" "$2") - before)) \
			'.end.sum_received.bytes | . > 1000000 and . <= $counted' /tmp/stream.json
}

# iperf3 is content with any loss of datagrams: this with one of ten.
datagrams_count() {	# port, its counter, options of iperf3 in guest a
	local before
	before=$(port_counter "$1" "$2")
	in_guest a "iperf3 -J -t 2 -u ${*:3}" > /tmp/udp.json &&
		jq -e --argjson counted $(($(port_counter "$1" "$2") - before)) \
			'.end.sum | .packets > 100 and .lost_packets * 10 <= .packets and
			.packets - .lost_packets <= $counted' /tmp/udp.json
}

fetch_command() {
	echo "rm -f /tmp/sum; wget -q -O - http://10.7.0.1/file | sha256sum > /tmp/sum"
}

fetching() {	# guest
	in_guest "$1" 'test -e /tmp/sum && ! test -s /tmp/sum'
}

fetched() {	# guest
	[ "$(in_guest "$1" 'cut -d" " -f1 /tmp/sum')" = "$SUM" ]
}

queues_of() {	# guest
	in_guest "$1" 'partbus -j contract show' | jq '.[0].attrs.queues'
}

# Flows are spread by their ports; each queue hears its own doorbells.
lines_rang() {	# guest
	in_guest "$1" "iperf3 -c 10.7.0.1 -t 1 -P 4 -R > /dev/null
		ethtool -S pbn0" > /tmp/lines || return
	[ "$(grep -cE 'queue[01]_doorbells_received: [1-9]' /tmp/lines)" = 2 ]
}

starved() {	# port
	ethtool -S "$1" | awk '/tx_starved/ { print $2 }'
}

starved_since() {	# port, count
	[ "$(starved "$1")" -gt $(($2 + 10)) ]
}

received_since() {	# port, count
	[ "$(port_counter "$1" rx_packets)" -gt "$2" ]
}

epoch() {	# partition
	partbus -j channel show | jq -r --arg p "$1" '.[] | select(.peer == $p) | .epoch'
}

epoch_passes() {	# partition, than
	[ "$(epoch "$1")" -gt "$2" ]
}

guest_mtu() {	# guest, wanted
	[ "$(in_guest "$1" 'cat /sys/class/net/pbn0/mtu')" = "$2" ]
}

guest_cap() {	# guest
	in_guest "$1" 'partbus -j contract show' | jq '.[0].attrs.rx_cap_bytes_per_sec'
}

joins_vlan() {	# guest, address
	in_guest "$1" "ip link add link pbn0 name v5 type vlan id 5 &&
		ip addr add $2/24 dev v5 && ip link set v5 up"
}

pings_link_local() {	# guest, of which guest, device, size
	local to
	to=$(in_guest "$2" "ip -j -6 addr show dev $3 scope link" |
		jq -re '.[0].addr_info[0].local') && pings "$1" "$to%$3" "$4"
}

say_to_group() {
	while :; do
		echo hello | socat -u - UDP4-DATAGRAM:239.7.7.7:9,ip-multicast-if=10.7.0.1
		sleep 0.3
	done
}

no_carrier() {	# guest
	[ "$(in_guest "$1" 'cat /sys/class/net/pbn0/carrier')" = 0 ]
}

unplug() {	# guest
	guest_qmp "$1" '{"execute": "device_del", "arguments": {"id": "window0"}}' '"DEVICE_DELETED"'
}

plug() {	# guest
	guest_qmp "$1" '{"execute": "chardev-add", "arguments": {"id": "window", "backend": {
		"type": "socket", "data": {"server": false, "addr": {
		"type": "unix", "data": {"path": "/run/partbus/'"$1"'.sock"}}}}}}' &&
		guest_qmp "$1" '{"execute": "device_add", "arguments": {"driver": "ivshmem-doorbell",
			"id": "window0", "chardev": "window", "vectors": 16, "bus": "rp1"}}'
}

port_is_gone() {
	[ ! -e "/sys/class/net/$1" ]
}

load_net() {
	modprobe partbus_host && modprobe partbus_vsp_net
}

add_resource() {
	partbus resource add lan class net backing br0 speed 10000 queues 2 \
		uuid 8b1cc0d2-7d1f-4a8e-9d57-3f5a1c2b7e10
}

mkdir /tmp/www
head -c "${MIB}M" /dev/urandom > /tmp/www/file
SUM=$(sha256sum < /tmp/www/file | cut -d' ' -f1)
ip link set lo up
ip link add br0 type bridge
ip addr add 10.7.0.1/24 dev br0
ip link set br0 up

test_ok "modules load on the host" load_net
daemon_start
test_ok "a resource over the bridge" add_resource
for g in a b; do
	test_ok "partition add $g" partbus partition add "$g" window 32M
	test_ok "offer add $g" partbus offer add "$g" lan
	test_ok "the daemon listens for $g" wait_for 10 test -S "/run/partbus/$g.sock"
	test_ok "guest $g boots" guest_start "$g"
done
dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --interface=br0 --bind-interfaces \
	--dhcp-range=10.7.0.100,10.7.0.200,255.255.255.0,1h --dhcp-leasefile=/tmp/leases \
	--user=root --log-facility="$PB_SHARE/dnsmasq.log" &
DHCP=$!
busybox httpd -f -p 10.7.0.1:80 -h /tmp/www &
HTTP=$!
iperf3 -s > "$PB_SHARE/iperf3.log" &
SERVER=$!
for g in a b; do
	test_ok "guest $g is up" guest_wait "$g"
	test_ok "guest $g gets an address by DHCP" guest_opens "$g"
	test_is "guest $g has no other NIC" \
		"$(in_guest "$g" 'cd /sys/class/net && echo *')" "lo pbn0"
	for size in 0 1 56 1000 1472 1473 8000; do
		test_ok "guest $g pings the host with $size bytes" pings "$g" 10.7.0.1 $size
	done
done
test_is "guest b has two queues" "$(queues_of b)" 2
test_ok "with a line each" wait_for 20 lines_rang b
A=$(address_of a)
B=$(address_of b)
test_ok "a and b have addresses of their own" test "$A" != "$B"
test_ok "guest a pings guest b" pings a "$B" 1000
test_ok "guest b pings guest a" pings b "$A" 1000
AHEAD_A=$(ahead a pb1-lan)
AHEAD_B=$(ahead b pb2-lan)
test_ok "a stream from guest a" stream_counts pb1-lan rx_bytes -c 10.7.0.1
test_ok "a stream to guest a" stream_counts pb1-lan tx_bytes -c 10.7.0.1 -R
test_ok "a stream of UDP" datagrams_count pb1-lan rx_packets -c 10.7.0.1 -b 2M
test_ok "a stream of UDP to guest a" datagrams_count pb1-lan tx_packets -c 10.7.0.1 -b 2M -R
guest_run_bg b server "iperf3 -s -1 && iperf3 -s -1"
test_ok "a stream from guest to guest" wait_for 20 stream_counts pb2-lan tx_bytes -c "$B"
test_ok "and of UDP" wait_for 20 datagrams_count pb2-lan tx_packets -c "$B" -b 1M
test_ok "which guest b has heard" guest_join b server
test_ok "guest a's end and the host's have counted the same" \
	wait_for 10 ahead_is a pb1-lan "$AHEAD_A"
test_ok "and guest b's" wait_for 10 ahead_is b pb2-lan "$AHEAD_B"

# A file while caps and the MTU change; slow enough to see all of that.
old=$(epoch a)
test_ok "a cap" partbus resource set lan rx_cap_bps 256K
test_ok "starts" wait_for 20 epoch_passes a "$old"
guest_run_bg a fetch "$(fetch_command)"
for n in 1 2; do
	old=$(epoch a)
	test_ok "round $n: another cap" partbus resource set lan rx_cap_bps $((192 * n))K
	test_ok "round $n: starts under load" wait_for 20 epoch_passes a "$old"
	test_is "round $n: guest a has it" "$(guest_cap a)" $(((192 * n) << 10))
done
test_ok "another MTU" partbus resource set lan mtu 4000
for g in a b; do
	test_ok "guest $g has it" wait_for 20 guest_mtu "$g" 4000
done
test_ok "the file was coming all the while" fetching a
test_ok "caps go" partbus resource set lan rx_cap_bps none
test_ok "the file is fetched" guest_join a fetch
test_ok "and nothing is wrong with it" fetched a
test_ok "large frames pass" pings a 10.7.0.1 3972
test_ok "from guest to guest, too" pings b "$A" 3972
test_ok "jumbo frames" partbus resource set lan mtu 9000 vlan 5
for g in a b; do
	test_ok "guest $g may send them" wait_for 20 guest_mtu "$g" 9000
done
test_ok "and they pass" pings a 10.7.0.1 8972
test_ok "from guest to guest, too" pings b "$A" 8972

# A VLAN of the two guests, and IPv6, whose addresses are found by groups.
test_ok "guest a joins a VLAN" joins_vlan a 10.7.5.1
test_ok "guest b joins it, too" joins_vlan b 10.7.5.2
test_ok "frames pass in it" pings a 10.7.5.2 8972
test_ok "the other way, too" pings b 10.7.5.1 1472
test_ok "and over IPv6" wait_for 20 pings_link_local a b v5 8952
test_ok "without the VLAN, too" wait_for 20 pings_link_local b a pbn0 1452
guest_run_bg b group "timeout $((30 * ${PB_PATIENCE:-1})) \
	socat -u UDP4-RECV:9,ip-add-membership=239.7.7.7:pbn0 - | head -n 1"
say_to_group &
SPEAKER=$!
test_is "a group that guest b has joined is heard" "$(guest_join b group)" hello
kill "$SPEAKER"
wait "$SPEAKER" 2> /dev/null
SPEAKER=
test_ok "and the MTU goes back" partbus resource set lan mtu 1500 vlan 0
test_ok "to what it was" wait_for 20 guest_mtu a 1500

# One guest sends as much as it can: the other gets its replies all the same.
n=$(port_counter pb1-lan rx_packets)
guest_run_bg a flood "iperf3 -c 10.7.0.1 -t 20 -u -l 64 -b 0"
test_ok "a flood comes from guest a" wait_for 15 received_since pb1-lan $((n + 1000))
n=$(port_counter pb1-lan rx_packets)
test_ok "guest b gets replies beside it" has_replies b
test_ok "again" has_replies b 1400
test_ok "while it went on" received_since pb1-lan "$n"
test_ok "until it was over" guest_join a flood

# What is promised to one guest is promised to no other.
reserves() {	# guest, packets a second
	in_guest "$1" "partbus contract request pbn0 reserve_iops $2 least $2"
}
test_ok "the resource gets a total of reserves" partbus resource set lan reserve_iops 1000
test_ok "guest a is promised a part" reserves a 600
test_refused "guest b is not promised as much" 7 'can be had' reserves b 600
test_ok "but what is left" reserves b 400
test_refused "the total cannot fall below that" 1 'promised' \
	partbus resource set lan reserve_iops 900
test_ok "guest a gives its part back" reserves a 0
test_ok "guest b gets it all" reserves b 1000
test_ok "and gives it back" reserves b 0
test_ok "the total goes" partbus resource set lan reserve_iops 0

# A guest stands still: what is for it is dropped, and is no concern of the other.
n=$(starved pb2-lan)
test_ok "guest b stands still" guest_qmp b '{"execute": "stop"}'
socat -u -b 1000 /dev/zero "UDP:$B:9" 2> /dev/null &
SPEAKER=$!
test_ok "frames for it are dropped" wait_for 20 starved_since pb2-lan "$n"
test_ok "guest a notices nothing" pings a 10.7.0.1 56
kill "$SPEAKER"
wait "$SPEAKER" 2> /dev/null
SPEAKER=
test_ok "guest b goes on" guest_qmp b '{"execute": "cont"}'
test_ok "and so do its frames" wait_for 30 has_replies b
test_is "its channel was never broken" "$(partbus -j channel show |
	jq -r '.[] | select(.peer == "b") | .violations')" 0

# A guest is reset in its traffic, beside that of the other; then its QEMU is killed.
test_ok "a cap again" partbus resource set lan rx_cap_bps 256K
guest_run_bg b fetch "$(fetch_command)"
test_ok "guest a sends" sends a pb1-lan
test_ok "guest a is reset in its traffic" guest_reset a
test_ok "guest a comes back" guest_wait a
test_ok "and has its NIC" guest_opens a
test_is "with the same address" "$(address_of a)" "$A"
guest_run_bg a flood "busybox ping -q -s 1400 -A -w 60 10.7.0.1"
test_ok "guest a is killed in its traffic" guest_kill a
test_ok "its port is gone for good" wait_for 20 port_is_gone pb1-lan
test_ok "guest b has fetched all the while" fetching b
test_ok "and goes on without a cap" partbus resource set lan rx_cap_bps none
test_ok "guest b has fetched its file" guest_join b fetch
test_ok "nothing is wrong with it" fetched b

# The provider goes and comes back; the NIC stays.
INDEX=$(in_guest b 'cat /sys/class/net/pbn0/ifindex')
test_ok "guest b sends" sends b pb2-lan
test_ok "the provider is unloaded meanwhile" modprobe -r partbus_vsp_net
test_ok "guest b's NIC has no carrier" wait_for 20 no_carrier b
test_ok "the provider comes back" modprobe partbus_vsp_net
test_ok "with its resource" add_resource
test_ok "traffic goes on by itself" wait_for 30 received_since pb2-lan 10
test_ok "until it is over" stops_sending b
test_ok "and is answered" pings b 10.7.0.1 1400
test_is "over the same NIC" "$(in_guest b 'cat /sys/class/net/pbn0/ifindex')" "$INDEX"

# The daemon dies and comes back: nobody notices.
kill -9 "$DAEMON"
wait "$DAEMON" 2> /dev/null
test_ok "frames need no daemon" pings b 10.7.0.1 56
daemon_start
test_ok "the daemon is back" wait_for 10 partbus -j partition show

# The window goes while frames pass, and comes back: the NIC stays.
guest_run_bg b flood "busybox ping -q -s 1400 -A -w 30 10.7.0.1"
test_ok "the window is unplugged" unplug b
test_ok "the port is gone" wait_for 20 port_is_gone pb2-lan
test_ok "the NIC has no carrier" wait_for 20 no_carrier b
guest_join b flood > /dev/null
test_ok "the socket goes, too" wait_for 10 guest_qmp b \
	'{"execute": "chardev-remove", "arguments": {"id": "window"}}'
test_ok "the window is plugged again" plug b
test_ok "frames pass again by themselves" wait_for 30 has_replies b
test_is "over the same NIC still" "$(in_guest b 'cat /sys/class/net/pbn0/ifindex')" "$INDEX"

# What is not offered any more goes, and comes back as a NIC like any new one.
nic_is_gone() {	# guest
	in_guest "$1" '[ ! -e /sys/class/net/pbn0 ]'
}
test_ok "guest b sends again" sends b pb2-lan
test_ok "its NIC is taken back meanwhile" partbus offer del b lan
test_ok "the port is gone" wait_for 20 port_is_gone pb2-lan
test_ok "and so is the NIC" wait_for 20 nic_is_gone b
test_ok "it sends no more" stops_sending b
test_ok "it is offered again" partbus offer add b lan
test_ok "and guest b has it" guest_opens b
test_is "with the same address" "$(address_of b)" "$B"
test_ok "over which frames pass" wait_for 20 pings b 10.7.0.1 1400

# The last words of a kernel go over its NIC: one CPU, interrupts off, and more frames than
# there are slots. Then the next kernel has the NIC.
console_has() {	# words
	grep -qa "$1" /tmp/console
}
socat -u UDP-RECV:6666,bind=10.7.0.1 OPEN:/tmp/console,creat,append &
CONSOLE=$!
# Kernels of our own may have none.
NETCONSOLE=$(in_guest b 'modprobe -n -q netconsole && echo yes')
[ "$NETCONSOLE" != yes ] || {
	test_ok "guest b's kernel writes to the network" in_guest b "dmesg -n 8
		modprobe netconsole netconsole=6665@$(address_of b)/pbn0,6666@10.7.0.1/$(< \
			/sys/class/net/br0/address)"
	test_ok "its first words arrive" wait_for 10 console_has 'netconsole'
}
test_ok "it panics" guest_panics b
[ "$NETCONSOLE" != yes ] ||
	test_ok "its last words arrive, too" wait_for 20 console_has 'Kernel Offset'
kill $CONSOLE
test_ok "the next one is up" guest_wait b
test_ok "and has the NIC" guest_opens b
test_ok "over which frames pass" wait_for 20 pings b 10.7.0.1 56
test_ok "guest b sends once more" sends b pb2-lan
test_ok "the client unloads meanwhile" in_guest b "modprobe -r partbus_vsc_net partbus_pci"
test_ok "it sends no more" stops_sending b
test_ok "the port is gone for good" wait_for 20 port_is_gone pb2-lan
test_ok "guest b shuts down" guest_stop b

kill "$DHCP" "$HTTP" "$SERVER"
wait "$DHCP" "$HTTP" "$SERVER" 2> /dev/null
test_ok "no channel is left" wait_for 20 no_channels
test_ok "no section is left" wait_for 10 no_sections
for g in a b; do
	test_ok "offer del $g" partbus offer del "$g" lan
	test_ok "partition del $g" wait_for 10 partbus partition del "$g"
done
test_ok "resource del" partbus resource del lan
kill "$DAEMON"
wait "$DAEMON"
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsp_net partbus_host
test_ok "nothing of partbus is left" modules_gone
tests_done
