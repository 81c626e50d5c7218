#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# needs: inject
# kernels: 6.12
#
# What happens to a NIC when one end of its channel dies while the other is in a state,
# both in one kernel: the cells of selftests/matrix/local_net.tbl. Frames pass all the
# while, and after each cell more than there are slots must pass without a loss.
#
#	[client] pbn0 -> partbus_vsc_net =(local transport)= partbus_vsp_net -> pb0-lan -> br9
#
# Arguments: see matrix/local.sh, which calls the words below; numbers need no quotes.
# shellcheck disable=SC2317,SC2034,SC2086
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/matrix/lib.sh
. "$PB_SRC/selftests/matrix/lib.sh"
# shellcheck source=selftests/matrix/local.sh
. "$PB_SRC/selftests/matrix/local.sh"

RESOURCE=lan
TABLE=local_net.tbl
DRIVER=([client]=partbus_vsc_net [server]=partbus_vsp_net)
SENTENCE[op]='an unknown operation'
NIC=pbn0
FRAMES=200		# each way, after each cell: there are 64 slots
ASKED=1000000

in_client() {
	ip netns exec client "$@"
}

class_load() {
	# What speaks of itself disturbs the counting of frames.
	ip netns add client && in_client sysctl -q net.ipv6.conf.default.disable_ipv6=1 &&
		sysctl -q net.ipv6.conf.default.disable_ipv6=1 &&
		ip link add br9 type bridge && ip link set br9 up &&
		ip addr add 10.9.0.1/24 dev br9 &&
		echo 'channel broken: |no contract: ' >> "$PB_SHARE/l1.expect"
}

add_resource() {
	partbus resource add lan class net backing br9 any_mac on \
		uuid 8b1cc0d2-7d1f-4a8e-9d57-3f5a1c2b7e11
}

# A new one is in the namespace of who has loaded its driver, until somebody moves it.
nic_placed() {
	[ ! -e /sys/class/net/$NIC ] && return
	ip link set $NIC netns client && ip -n client addr add 10.9.0.2/24 dev $NIC &&
		ip -n client link set $NIC up
}

carrier() {
	in_client cat /sys/class/net/$NIC/carrier 2> /dev/null
}

device_gone() {
	[ ! -e /sys/class/net/$NIC ] && ! in_client test -e /sys/class/net/$NIC
}

device_works() {
	nic_placed && [ "$(carrier)" = 1 ]
}

device_held() {
	nic_placed && { device_gone || [ "$(carrier)" = 0 ]; }
}

class_ask() {
	ASKED=$((ASKED + 1))
	partbus resource set lan cap_iops $ASKED
}

class_demand() {
	partbus contract request lan any_mac 1 least 1 wait 10
}

class_deny() {
	partbus resource set lan any_mac off
}

class_allow() {
	partbus resource set lan any_mac on
}

class_settle() {
	partbus contract request lan cap_iops max wait 10
}

# Frames that pass are wanted, frames that are lost meanwhile are no error.
io_start() {
	ip netns exec client ping -U -n -q -i 0.01 -s 1000 10.9.0.1 > /dev/null 2>&1 &
	IO=$!
}

io_end() {
	[ -z "$IO" ] || { kill "$IO"; wait "$IO"; } 2> /dev/null
	IO=
}

answers() {
	in_client ping -U -n -q -c 1 -W 1 10.9.0.1 > /dev/null
}

# In LOST what one end has sent more than the other has received, out and in, since
# their counters began, which those of a port do with each session; in COUNTS all.
count_frames() {
	local nic port
	nic=$(in_client sh -c "cd /sys/class/net/$NIC/statistics && cat tx_packets rx_packets") || return
	port=$(cd /sys/class/net/pb0-lan/statistics && cat rx_packets tx_packets) || return
	# shellcheck disable=SC2206	# numbers
	nic=($nic) port=($port)
	LOST="$((nic[0] - port[0])) $((port[1] - nic[1]))"
	COUNTS="${nic[*]} ${port[*]}"
}

# Nobody sends anything: what was counted belongs together.
all_still() {
	local before
	count_frames && before=$COUNTS && count_frames && [ "$COUNTS" = "$before" ]
}

none_lost() {	# since LOST was this
	count_frames && [ "$LOST" = "$1" ]
}

# ping does not wait for what comes late: the counters tell what was lost.
io_over() {
	local lost sent
	io_end
	soon $PATIENCE answers || { echo "# no frame passes" && return 1; }
	soon $PATIENCE all_still || { echo "# frames without an end" && return 1; }
	lost=$LOST
	sent=${COUNTS##* }
	in_client ping -U -n -q -f -c $FRAMES -s 1400 10.9.0.1 > /tmp/ping.log
	if ! soon 10 none_lost "$lost" || [ $((${COUNTS##* } - sent)) -lt $FRAMES ]; then
		sed 's/^/# /' /tmp/ping.log
		echo "# lost, out and in: $lost before, $LOST now; $COUNTS"
		return 1
	fi
}

io_all() {
	test_ok "the namespace goes" ip netns del client
	test_ok "the bridge goes" ip link del br9
}

matrix_run "$@"
