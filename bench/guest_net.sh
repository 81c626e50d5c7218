#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: one measurement over one NIC, with what the guest's kernel counted in the
# midst of it; "look" only counts, while another guest sends.
# guest_net.sh WHAT PEER OWN-ADDRESS SECONDS
what=$1
peer=$2
seconds=$4
nic=$(ip -o addr show to "$3" | sed 's/^[0-9]*: *\([^ ]*\) .*/\1/')
# shellcheck source=bench/guest_sample.sh
. /tmp/guest_sample.sh

nic_counts() {
	dir=/sys/class/net/$nic/statistics
	read -r received < "$dir/rx_packets"
	read -r sent < "$dir/tx_packets"
	echo "packets $((received + sent))"
	for name in rx_packets tx_packets rx_bytes tx_bytes; do
		read -r number < "$dir/$name"
		echo "$name $number"
	done
}

# As long as both ends need to look: see under_load().
all=$((seconds + 3))
load() {
	case $what in
	stream) iperf3 -c "$peer" -O 1 -t $((seconds + 2)) -J ;;
	reverse) iperf3 -c "$peer" -O 1 -t $((seconds + 2)) -J -R ;;
	udp_64) iperf3 -c "$peer" -O 1 -t $((seconds + 2)) -J -u -l 64 -b 0 ;;
	udp_64_in) iperf3 -c "$peer" -O 1 -t $((seconds + 2)) -J -R -u -l 64 -b 0 ;;
	udp_rr) sockperf pp -i "$peer" -p 11111 -t "$all" -m 64 ;;
	tcp_rr) sockperf pp --tcp -i "$peer" -p 11112 -t "$all" -m 64 ;;
	look) ;;
	*) exit 2 ;;
	esac
}

echo "== device"
basename "$(readlink "/sys/class/net/$nic/device")"
load > /tmp/net.out 2>&1 &
under_load 300 "$seconds" nic_counts guest_sample || { cat /tmp/net.out && exit 1; }
wait $! || { cat /tmp/net.out && exit 1; }
echo "== $what"
cat /tmp/net.out
