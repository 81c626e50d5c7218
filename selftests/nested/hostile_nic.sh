#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# A guest whose frames break the rules beside one whose frames keep them, on one bridge:
#
#	guest good: a file by http, again and again     guest bad: partbus_hostile_guest
#	   |  window good                                  |  window bad
#	   +----- partbus_host, partbus_vsp_net, partbusd -----+
#
# bad sends every request and every header of a frame with each field wrong in turn;
# each ends as the table of the module says, with the reason in the event. Then it
# scribbles over the window of its NIC. good notices nothing, and the host complains of
# nothing. What else a guest may say is hostile_guest.sh's.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"
# shellcheck source=selftests/hostile/host.sh
. "$PB_SRC/selftests/hostile/host.sh"

SEED=${HOSTILE_SEED:-1}
WINDOW=33554432
HEAD=49152	# the first section of a window
BAD_MAC=52:54:00:ba:d0:01	# as in frame_cases.c
DAEMON=
MONITOR=
HTTP=
ROUNDS_SEEN=0

finish() {
	guest_cleanup
	for p in $DAEMON $MONITOR $HTTP; do
		kill "$p" 2> /dev/null
	done
}
trap finish EXIT

guest_opens() {	# name, last number of its address: modules, and the NIC is there
	in_guest "$1" "modprobe -a partbus_pci partbus_vsc_net || exit 1
		for n in \$(seq 200); do [ ! -e /sys/class/net/pbn0 ] || break; sleep 0.1; done
		ip addr add 10.6.0.$2/24 dev pbn0 && ip link set pbn0 up"
}

pings_host() {	# guest
	in_guest "$1" "busybox ping -q -c 3 -W 5 -s 1400 10.6.0.1"
}

# It has fetched the file once more since the last look, and each was right.
good_noticed_nothing() {
	local n
	n=$(in_guest good 'cat /tmp/rounds') || return
	[ "$n" -gt "$ROUNDS_SEEN" ] || return
	ROUNDS_SEEN=$n
	[ "$(partbus -j channel show | jq -c '[.[] | select(.peer == "good") |
		[.state, .violations]]')" = '[["open",0]]' ] &&
		[ "$(jq -c "select(.partition == $GOOD and .reason)" "$EVENTS" | wc -l)" = 0 ]
}

port_stat() {	# of guest bad's port
	ethtool -S "pb$BAD-lan" | awk -v name="$1:" '$1 == name { print $2 }'
}

# One socket, which may have so much on its way, to guest bad and to guest good in turn.
sends_to_both() {	# datagrams to each
	timeout $((15 * ${PB_PATIENCE:-1})) python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(int(sys.argv[1])):
    for host in 3, 2:
        s.sendto(bytes(1400), ("10.6.0.%d" % host, 9))
' "$1"
}

bad_is_addressed() {
	ip neigh replace 10.6.0.3 lladdr "$BAD_MAC" dev br0 nud permanent &&
		bridge fdb replace "$BAD_MAC" dev "pb$BAD-lan" master static
}

mkdir /tmp/www
head -c 1M /dev/urandom > /tmp/www/file
SUM=$(sha256sum < /tmp/www/file)
# An address of its own: when one that follows its ports changes, neighbours are forgotten.
ip link add br0 address 02:00:00:00:00:01 type bridge
ip addr add 10.6.0.1/24 dev br0
ip link set br0 up
test_ok "modules load on the host" modprobe -a partbus_host partbus_vsp_net
daemon_start
partbus -j monitor > "$EVENTS" &
MONITOR=$!
busybox httpd -f -p 10.6.0.1:80 -h /tmp/www &
HTTP=$!
test_ok "resource add" partbus resource add lan class net backing br0
for g in good bad; do
	test_ok "partition add $g" partbus partition add "$g" window $WINDOW
done
test_ok "offer add good" partbus offer add good lan
test_ok "offer add bad" partbus offer add bad lan mac $BAD_MAC
for g in good bad; do
	test_ok "the daemon listens for $g" wait_for 10 test -S "/run/partbus/$g.sock"
	test_ok "guest $g boots" guest_start "$g"
done
for g in good bad; do
	test_ok "guest $g is up" guest_wait "$g"
done
GOOD=$(partbus -j partition show good | jq '.[0].id')
BAD=$(partbus -j partition show bad | jq '.[0].id')
test_ok "guest good has its NIC" guest_opens good 2
guest_run_bg good load "n=0; while [ ! -e /stop ]; do
	[ \"\$(wget -q -O - http://10.6.0.1/file | sha256sum)\" = '$SUM' ] || exit 1
	n=\$((n + 1)); echo \$n > /tmp/rounds; done"
test_ok "and uses it" wait_for 30 good_noticed_nothing

test_ok "guest bad loads its module" in_guest bad "modprobe partbus_hostile_guest"
order frames channel-state 40
test_ok "guest good noticed nothing" wait_for 30 good_noticed_nothing

# A slot now and then is no reason to keep what others send.
guest_run_bg bad drip "echo drip $((20 * ${PB_PATIENCE:-1})) 500 > $RUN"
test_ok "guest bad has a port" wait_for 10 bad_is_addressed
test_ok "who sends to it and to others is not held up" sends_to_both 400
test_ok "what it has no slots for is dropped" test "$(port_stat tx_starved)" -gt 100
test_ok "though it posts some" guest_join bad drip
ip neigh del 10.6.0.3 dev br0
test_ok "guest good noticed nothing of it" wait_for 30 good_noticed_nothing

# Nor is one that asks without an end, for what no cap covers. Twenty contracts may come at
# once; then, as its epoch counts them, no more than so many a second (PB_ADMIN_CONTRACT_COST).
bad_floods() {	# requests or contracts
	local start
	start=$(now)
	in_guest bad "dmesg -c > /dev/null; echo flood $((10 * ${PB_PATIENCE:-1})) $1 > $RUN" ||
		return
	TOOK=$(($(now) - start))
	FLOOD=$(in_guest bad "dmesg | sed -n 's/.*flood:.* \([0-9]*\) $1.*/\1/p'")
	echo "$FLOOD $1 in $TOOK s"
}
for what in requests contracts; do
	good_noticed_nothing
	test_ok "guest bad asks for $what" bad_floods $what
	test_ok "again and again" test "$FLOOD" -gt 100
	test_ok "guest good noticed nothing of it" good_noticed_nothing
done
test_ok "but is not heard more often than that" test "$FLOOD" -le $((20 * (TOOK + 2)))

# Under the guest's own driver, which then finds its rings in shambles.
round=0
for range in "$HEAD $WINDOW" "0 $WINDOW"; do
	round=$((round + 1))
	test_ok "round $round: guest bad is reset" guest_reset bad
	test_ok "round $round: it comes back" guest_wait bad
	test_ok "round $round: its NIC is there" guest_opens bad 3
	test_ok "round $round: and works" pings_host bad
	guest_run_bg bad "load$round" "busybox ping -q -A -s 1000 -w 300 10.6.0.1"
	from=$(($(lines) + 1))
	test_ok "round $round: bytes $range are scribbled over" in_guest bad \
		"modprobe partbus_hostile_guest && echo scribble 6 $range $SEED > $RUN"
	test_ok "round $round: its channel or its partition is broken, with a reason" \
		wait_for 10 bad_broke "$from"
	test_ok "round $round: guest good noticed nothing" wait_for 30 good_noticed_nothing
done

# And a guest that is reset once more is a guest as any other, who may lie about himself.
test_ok "guest bad is reset at last" guest_reset bad
test_ok "and comes back" guest_wait bad
test_ok "its NIC is there" guest_opens bad 3
test_ok "and works" pings_host bad
before=$(port_stat rx_refused)
# shellcheck disable=SC2016	# for the guest's shell
test_ok "it takes the address of another" in_guest bad 'ip link set pbn0 down
	ip link add link pbn0 name mv0 address 52:54:00:00:00:99 type macvlan
	ip addr flush dev pbn0; ip addr add 10.6.0.3/24 dev mv0
	ip link set pbn0 up; ip link set mv0 up
	! busybox ping -q -c 3 -W 1 10.6.0.1'
test_ok "and its frames are refused and counted" test "$(port_stat rx_refused)" -gt "$before"
guest_kill bad
test_ok "guest bad is gone" wait_for 20 partition_is bad state defined
in_guest good "touch /stop"
test_ok "no file of guest good was wrong" guest_join good load
test_ok "guest good shuts down" guest_stop good
test_ok "no channel is left" wait_for 20 no_channels
test_ok "no section is left" wait_for 10 no_sections
for g in good bad; do
	test_ok "offer del $g" partbus offer del "$g" lan
	test_ok "partition del $g" wait_for 10 partbus partition del "$g"
done
test_ok "resource del" partbus resource del lan
kill "$DAEMON" "$MONITOR" "$HTTP"
wait "$DAEMON"
DAEMON=
MONITOR=
HTTP=
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsp_net partbus_host
test_ok "nothing of partbus is left" modules_gone
tests_done
