#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
# needs: inject
#
# Doorbells get lost or come late, steps of a negotiation take their time or fail: data
# arrives all the same, and a contract that cannot start leaves the former in force.
#
# Functions are called through the words of lib.sh; names here are single words.
# shellcheck disable=SC2317,SC2086
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/net.sh
. "$PB_SRC/selftests/net.sh"

POINTS=/sys/kernel/debug/partbus/inject

inject() {	# point, rule
	echo "${*:2}" > "$POINTS/$1"
}

# How often a rule was obeyed; it is taken away.
hits() {	# point
	sed -n 's/.* hits \([0-9]*\) .*/\1/p' "$POINTS/$1"
	inject "$1" off
}

# Each block is read back and compared.
verified() {	# device
	fio --name=v "--filename=/dev/$1" --rw=randwrite --bs=4k --size=128k --iodepth=4 \
		--ioengine=libaio --direct=1 --verify=crc32c --verify_fatal=1 --do_verify=1
}

# How often the disk found a doorbell lost.
rearms() {
	partbus -j -s channel show | jq '[.[] | select(.role == "client" and .resource == "d") |
		.queues[].rearms] | add'
}

requests_go_on() {
	local before
	before=$(counter "$D" requests)
	sleep 0.2
	[ "$(counter "$D" requests)" -gt "$before" ]
}

depth_is() {	# wanted
	contract_is d depth "$1"
}

disk_opens() {
	wait_for 15 disk_of d && D=$(disk_of d) && wait_for 5 test -b "/dev/$D"
}

disk_gone() {
	! disk_of d
}

# 10.9.0.1 for the port, 10.9.0.2 for the NIC.
nic_opens() {
	wait_for 15 test -e /sys/class/net/pb0-lan && wait_for 15 test -e /sys/class/net/pbn0 ||
		return
	ip netns add host && ip netns add client &&
		ip link set pb0-lan netns host && ip link set pbn0 netns client &&
		ip -n host addr add 10.9.0.1/24 dev pb0-lan && ip -n host link set pb0-lan up &&
		ip -n client addr add 10.9.0.2/24 dev pbn0 && ip -n client link set pbn0 up &&
		wait_for 10 pings client 10.9.0.1 56
}

test_ok "modules load" load_host
test_ok "those of nets, too" load_net
test_ok "the disk's client" load_client
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
load_ram 1 8192
partbus resource add d class block backing /dev/ram0
partbus resource add lan class net
test_ok "a disk is offered" partbus offer add root d
test_ok "and comes" disk_opens
test_ok "a network is offered" partbus offer add root lan
test_ok "and works" nic_opens
test_ok "data is read back" verified "$D"

# Whoever waits for a doorbell that got lost looks by himself, and rings again.
for who in client server; do
	before=$(rearms)
	inject bell "drop channel $(channel_field d id) role $who times 6"
	test_ok "when doorbells of the $who's end are lost data is read back" verified "$D"
	test_is "they were lost" "$(hits bell)" 6
	[ $who = server ] ||
		test_ok "the disk has rung again" test "$(rearms)" -gt "$before"
	inject bell "drop channel $(channel_field lan id) role $who times 4"
	test_ok "frames pass, too" pings client 10.9.0.1 1000
	test_ok "the other way" pings host 10.9.0.2 1000
	n=$(hits bell)
	test_ok "doorbells were lost ($n)" test "$n" -ge 1
done
inject bell drop times 4
test_ok "frames pass without any, too" pings client 10.9.0.1 1000
test_is "all were lost" "$(hits bell)" 4
inject bell drop times 12
test_ok "and data is read back" verified "$D"
test_is "all were lost again" "$(hits bell)" 12

for point in bell entry; do
	inject $point delay 5 times 1000000
	test_ok "with a delay of each $point data is read back" verified "$D"
	test_ok "and frames pass" pings client 10.9.0.1 1000
	test_ok "there was one" test "$(hits $point)" -ge 10
done

# A negotiation that is slow at each of its steps ends as another.
depth=16
for point in neg-send neg-sent neg-receive neg-handled decide start section placed; do
	depth=$((48 - depth))
	inject $point delay 200
	test_ok "a contract comes, slow at $point" partbus contract request d depth $depth
	test_ok "and holds" wait_for 5 depth_is $depth
	test_ok "it was slow there" test "$(hits $point)" -ge 1
done
test_ok "data is read back under it" verified "$D"

# What the server cannot start is not started: the former contract goes on.
for point in start section; do
	fio --name=load "--filename=/dev/$D" --rw=randread --bs=4k --time_based --runtime=1000 \
		--ioengine=libaio --direct=1 --iodepth=4 > /tmp/fio.log 2>&1 &
	LOAD=$!
	test_ok "requests pass" wait_for 10 requests_go_on
	inject $point fail 12
	test_refused "a contract fails at $point" 7 'cannot be started: error -12' \
		partbus contract request d depth 64
	test_ok "there it was" test "$(hits $point)" -ge 1
	test_is "the former holds" "$(contract_value d depth)" "$depth"
	test_is "the channel is open" "$(channel_field d state)" open
	test_ok "requests go on" wait_for 10 requests_go_on
	kill -INT $LOAD
	wait $LOAD
	test_ok "and none has failed" grep -q 'err= 0' /tmp/fio.log
	test_ok "data is read back" verified "$D"
done
test_ok "then one starts" partbus contract request d depth 64

# What the client cannot start ends the channel.
inject start fail 12 role client
partbus contract request d depth 32 > /tmp/request.log 2>&1 &
REQUEST=$!
test_ok "the client fails" wait_for 10 channel_is d state broken
test_ok "the reason says so" sh -c "partbus -j channel show |
	jq -e '.[] | select(.role == \"client\" and .resource == \"d\") |
	.reason | test(\"cannot start under contract\")'"
test_ok "there it was, too" test "$(hits start)" -ge 1
kill $REQUEST 2> /dev/null
wait $REQUEST 2> /dev/null
test_ok "the offer goes" partbus offer del root d
test_ok "and the disk" wait_for 15 disk_gone
test_ok "it is offered again" wait_for 10 partbus offer add root d
test_ok "and comes" disk_opens
test_ok "data is read back" verified "$D"

test_is "nobody broke the protocol of the net" "$(channel_field lan violations)" 0
for r in d lan; do
	test_ok "offer of $r goes" partbus offer del root $r
	test_ok "and the resource" wait_for 10 partbus resource del $r
done
ip netns del client
ip netns del host
test_ok "no channel is left" wait_for 10 no_channels
test_ok "no section is left" wait_for 10 no_sections
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsc_blk partbus_vsp_blk \
	partbus_vsc_net partbus_vsp_net partbus_host
tests_done
