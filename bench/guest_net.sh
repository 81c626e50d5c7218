#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: one measurement over one NIC, with what the guest's kernel counted
# meanwhile. guest_net.sh WHAT PEER OWN-ADDRESS SECONDS
what=$1
peer=$2
seconds=$4
nic=$(ip -o addr show to "$3" | sed 's/^[0-9]*: *\([^ ]*\) .*/\1/')

counters() {
	echo "== interrupts $1"
	cat /proc/interrupts
	echo "== stat $1"
	head -n 1 /proc/stat
	echo "== nic $1"
	for name in rx_packets tx_packets rx_bytes tx_bytes; do
		echo "$name $(cat "/sys/class/net/$nic/statistics/$name")"
	done
}

echo "== device"
basename "$(readlink "/sys/class/net/$nic/device")"
counters before
echo "== $what"
case $what in
stream) iperf3 -c "$peer" -t "$seconds" -J ;;
reverse) iperf3 -c "$peer" -t "$seconds" -J -R ;;
udp_64) iperf3 -c "$peer" -t "$seconds" -J -u -l 64 -b 0 ;;
udp_rr) sockperf pp -i "$peer" -p 11111 -t "$seconds" -m 64 ;;
tcp_rr) sockperf pp --tcp -i "$peer" -p 11112 -t "$seconds" -m 64 ;;
*) exit 2 ;;
esac || exit 1
counters after
