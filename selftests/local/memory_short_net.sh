#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: debug
# on demand, but for debug
#
# Allocations fail, in each module of a NIC in turn: what is asked for meanwhile is
# refused with an error that has a name, or works; frames may be lost; and as soon as
# there is memory again everything works. What leaks is found by the kernel at the end.
#
#	[client] pbn0 -> partbus_vsc_net =(local transport)= partbus_vsp_net -> pb0-lan [host]
#
#	memory_short_net.sh [ROUNDS [MODULE...]]
#
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/net.sh
. "$PB_SRC/selftests/net.sh"
# shellcheck source=selftests/memory.sh
. "$PB_SRC/selftests/memory.sh"

ROUNDS=${1:-2}
MODULES=("${@:2}")
[ $# -gt 1 ] || MODULES=(partbus partbus_host partbus_vsp partbus_vsp_net partbus_vsc \
	partbus_vsc_net partbus_frame)
FILE=/tmp/file

# --- what is asked for ----------------------------------------------------------------

offers_tried() {
	local n
	for n in 1 2 3; do
		tried partbus offer add root lan1 || return 1
		tried partbus resource add "x$n" class net || return 1
		tried partbus -j channel show || return 1
		tried partbus resource del "x$n" || return 1
		tried partbus offer del root lan1 || return 1
	done
}

contracts_tried() {
	local n
	for n in 1 2 3; do
		tried timeout 120 partbus contract request lan depth $((n * 16)) \
			queues $(((n & 1) + 1)) wait 20 || return 1
		tried partbus resource set lan cap_iops $((n * 100000)) || return 1
		tried partbus resource set lan mtu $((1500 + n * 100)) || return 1
	done
}

# --- what must work ---------------------------------------------------------------------

# A NIC that was made anew is in the namespace of who loaded its driver, and without
# addresses; a port that was, too.
placed() {
	local nic
	if [ -e /sys/class/net/pb0-lan ]; then
		ip link set pb0-lan netns host || return 1
	fi
	ip -n host addr replace 10.9.0.1/24 dev pb0-lan && ip -n host link set pb0-lan up ||
		return 1
	nic=$(channel_field lan device)
	[ -n "$nic" ] || return 1
	[ ! -e "/sys/class/net/$nic" ] || ip link set "$nic" netns client name nic0 || return 1
	ip -n client addr replace 10.9.0.2/24 dev nic0 && ip -n client link set nic0 up
}

runs() {
	[ "$(channel_field lan negotiation server) $(channel_field lan negotiation)" \
		= "running running" ] && placed &&
		[ "$(ip netns exec client cat /sys/class/net/nic0/carrier)" = 1 ]
}

# A channel that broke stays for people to see, until its offer is made anew.
repair() {
	wait_for 40 runs && return
	echo "# of lan: $(channel_field lan state) $(channel_field lan reason)"
	partbus offer del root lan && wait_for 20 no_channels && partbus offer add root lan &&
		wait_for 40 runs
}

files_pass() {
	tcp_copy client host 10.9.0.1 5001 "$FILE" && tcp_copy host client 10.9.0.2 5001 "$FILE"
}

lan1_there() {
	[ -n "$(channel_field lan1 device)" ] &&
		[ -e "/sys/class/net/$(channel_field lan1 device)" ] &&
		[ -e /sys/class/net/pb0-lan1 ]
}

lan1_gone() {
	[ -z "$(channel_field lan1 state)" ] && [ ! -e /sys/class/net/pb0-lan1 ]
}

# All of it, and what was half done is not in the way.
all_works() {
	local n
	partbus offer del root lan1
	for n in 1 2 3; do partbus resource del "x$n"; done
	[ "$(partbus -j resource show | jq length)" -eq 2 ] || return 1
	partbus resource add x1 class net && partbus resource del x1 || return 1
	wait_for 20 lan1_gone && partbus offer add root lan1 && wait_for 40 lan1_there &&
		partbus offer del root lan1 && repair &&
		partbus contract request lan depth 64 queues 2 wait 60 &&
		pings client 10.9.0.1 1400 && files_pass
}

# --- rounds ----------------------------------------------------------------------------

all_tried() {
	offers_tried && contracts_tried
}

contract_without_nic() {
	partbus offer add root lan1 &&
		wait_for 30 said_by_kernel 'lan1: no memory for its device yet' &&
		[ "$(channel_field lan1 negotiation)" = running ] && ! lan1_there
}

# What fails below vmalloc() shows a trace. A complaint has a line of its own above that.
echo 'Call Trace:|lockdep_hardirqs_on' >> "$PB_SHARE/l1.expect"

[ -d $FAIL/failslab ] || { echo "1..0 # skip no fault injection in this kernel" && exit 0; }
test_ok "allocations can be made to fail" faults_ready
test_ok "modules load" load_net
ip netns add client
ip netns add host
head -c 300000 /dev/urandom > $FILE
test_ok "resource add" partbus resource add lan class net any_mac on speed 10000 \
	mac 52:54:00:0c:00:01
test_ok "another" partbus resource add lan1 class net
test_ok "offer add" partbus offer add root lan
test_ok "the NIC runs" wait_for 40 runs
test_ok "a file passes each way" files_pass

# Frames are lost: the stack's own memory is asked for below these modules' functions.
for m in "${MODULES[@]}"; do
	percent=5
	[[ $m == *net || $m == *frame ]] || percent=100
	test_ok "it passes when $percent % of the allocations of $m fail" \
		while_memory_fails "$m" $percent files_pass
done

for n in $(seq "$ROUNDS"); do
	for m in "${MODULES[@]}"; do
		percent=$((n % 2 ? 30 : 100))
		test_ok "round $n: what $m refuses when $percent % fail has a reason" \
			while_memory_fails "$m" $percent all_tried
		test_ok "round $n: with memory all works again" all_works
	done
done
test_ok "something was refused at all" test "$REFUSED" -gt 5
echo "# $REFUSED commands were refused"

# A NIC is made outside of the negotiation: it comes as soon as there is memory.
test_ok "no NIC can be made" memory_fails partbus_vsc_net 100 pbn_nic_apply
test_ok "a channel has its contract all the same" contract_without_nic
memory_is_back
test_ok "with memory the NIC comes by itself" wait_for 20 lan1_there
test_ok "and goes" partbus offer del root lan1

test_ok "offer del" partbus offer del root lan
test_ok "no channel is left" wait_for 20 no_channels
test_ok "no section is left" wait_for 10 no_sections
test_ok "resources go" sh -c 'partbus resource del lan && partbus resource del lan1'
ip netns del client
ip netns del host
test_ok "modules unload" wait_for 20 unload_net
test_ok "nothing of partbus is left" modules_gone
tests_done
