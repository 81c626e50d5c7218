#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A NIC of the bus beside virtio-net with vhost-net and plain virtio-net, in one run:
# a guest with a NIC of each kind, each on a bridge of its own, measured in turn. Of
# two guests what they and the host spend is counted together.
#
#	guest g: pbn0      vhost0     virtio0         guest h, if asked for: the same
#	           |          |          |                  |
#	         br1 10.11.1.1   br2 10.11.2.1   br3 10.11.3.1      host
#
# Runs in the host VM, see bench/run; leaves what it reads, as it is, in
# $PB_SHARE/bench, a file for each measurement. bench/report reads that.
# Absolute figures mean nothing here; ratios within one run do.
set -u
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=bench/lib.sh
. "$PB_SRC/bench/lib.sh"

ROUNDS=$1
SECONDS_EACH=$2
QUEUES=$3
WORK_PATTERN=$4
TARGET_PATTERN=$5

finish() {
	guest_cleanup
	[ -z "$DAEMON" ] || kill "$DAEMON" 2> /dev/null
}
trap finish EXIT

# name, what guest_net.sh is to do, last number of the peer's address
WORK=(
	"net_tcp_out     stream 1"
	"net_tcp_in      reverse 1"
	"net_tcp_rr      tcp_rr 1"
	"net_udp_rr      udp_rr 1"
	"net_udp_64      udp_64 1"
	"net_udp_64_in   udp_64_in 1"
	"net_g2g_tcp     stream 3"
	"net_g2g_tcp_rr  tcp_rr 3"
	"net_g2g_udp_rr  udp_rr 3"
	"net_g2g_udp_64  udp_64 3"
)
TARGETS=(partbus vhost_net virtio_net)

place() {	# target: the number of its bridge, and guest g's port there
	case $1 in
	partbus) echo 1 pb1-lan ;;
	vhost_net) echo 2 g2 ;;
	virtio_net) echo 3 g3 ;;
	esac
}

servers() {	# words of a shell that starts them
	echo "iperf3 -s -D > /dev/null; sockperf sr -p 11111 --daemonize > /dev/null 2>&1 &" \
		"sockperf sr --tcp -p 11112 --daemonize > /dev/null 2>&1 &"
}

bridges() {
	local n
	modprobe -a bridge tun vhost_net || return 1
	for n in 1 2 3; do
		ip link add "br$n" type bridge && ip addr add "10.11.$n.1/24" dev "br$n" &&
			ip link set "br$n" up || return 1
	done
}

# What comes from the guest is received here.
port_counts() {
	local name dir=/sys/class/net/$PORT/statistics
	echo "packets $(($(< "$dir/rx_packets") + $(< "$dir/tx_packets")))"
	for name in rx_packets tx_packets rx_bytes tx_bytes; do
		echo "$name $(< "$dir/$name")"
	done
}

tap() {	# guest, bridge: prints its name
	local name=$1$2
	ip tuntap add "$name" mode tap && ip link set "$name" master "br$2" up && echo "$name"
}

# A host's address and one in each guest; names of NICs by their addresses.
guest_nics() {	# guest, last number of its addresses
	guest_run "$1" "modprobe -a partbus_pci partbus_vsc_net virtio_net
		for n in \$(seq 100); do [ ! -e /sys/class/net/pbn0 ] || break; sleep 0.1; done
		ip link set lo up
		for n in 1 2 3; do
			dev=\$(grep -l 52:54:00:0b:0\$n /sys/class/net/*/address)
			dev=\$(basename \${dev%/address})
			ip addr add 10.11.\$n.$2/24 dev \$dev && ip link set \$dev up || exit 1
			ping -c 1 -w 5 10.11.\$n.1 > /dev/null || exit 1
		done
		$(servers)"
}

boot() {	# guest, last number of its addresses, queues
	local g=$1 n=$2 mac=52:54:00:0b
	partbus partition add "$g" window 64M && partbus offer add "$g" lan mac "$mac:01:0$n" ||
		return 1
	wait_for 10 test -S "/run/partbus/$g.sock" || return 1
	guest_start "$g" -m 384 -- \
		-netdev "tap,id=v2,ifname=$(tap "$g" 2),script=no,downscript=no,vhost=on" \
		-device "virtio-net-pci,netdev=v2,mac=$mac:02:0$n,bus=rp2" \
		-netdev "tap,id=v3,ifname=$(tap "$g" 3),script=no,downscript=no,vhost=off" \
		-device "virtio-net-pci,netdev=v3,mac=$mac:03:0$n,bus=rp3" || return 1
	guest_wait "$g" && guest_nics "$g" "$n" && guest_scripts "$g" guest_net.sh
}

measure() {	# round, queues, target, work's name, what, peer
	local to=$RAW/$2q-$4-$3-$1 n PORT other=
	read -r n PORT <<< "$(place "$3")"
	if [ "$6" -ne 1 ]; then
		guest_run h "sh /tmp/guest_net.sh look - 10.11.$n.$6 $SECONDS_EACH" \
			> "$RAW/h-${to##*/}" &
		other=$!
	fi
	measured "$to" port_counts \
		"sh /tmp/guest_net.sh $5 10.11.$n.$6 10.11.$n.2 $SECONDS_EACH" || return 1
	# shellcheck disable=SC2086
	[ -z "$other" ] || wait $other
}

# Guest h costs memory and time of the one processor: only for what needs it.
second_guest() {
	local work name
	for work in "${WORK[@]}"; do
		read -r name _ <<< "$work"
		[[ $name != net_g2g* ]] || ! matches "$name" "$WORK_PATTERN" || return 0
	done
	return 1
}

wanted
mkdir -p "$RAW"
modprobe -a partbus_host partbus_vsp_net || die "modules"
bridges || die "bridges"
context > "$RAW/context-net"
partbusd -f > "$PB_SHARE/partbusd.log" 2>&1 &
DAEMON=$!
partbus resource add lan class net backing br1 speed 100000 queues "$QUEUES" || die "resource"
bash -c "$(servers)"
boot g 2 || die "guest g"
! second_guest || boot h 3 || die "guest h"
rounds "$QUEUES"
