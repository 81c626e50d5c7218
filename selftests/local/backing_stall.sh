#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# A backing that hangs, while it is opened, closed or written to, holds up nobody
# but whoever asked for it.
#
#	resource d0 -> /dev/loop0 -> /dev/mapper/slow -> /dev/ram0
#
# A suspended "slow" keeps every request. Reading the partition table of the loop
# device then hangs with the lock held that an open needs.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"

quick() {	# command: nothing of what is asked here may take as long
	timeout -k 1 20 "$@"
}

state_is() {	# resource, state
	[ "$(quick partbus -j resource show "$1" | jq -r '.[0].state')" = "$2" ]
}

# Blocked in the kernel, as far as one can see from outside. A program that is being
# loaded is so, too, for a moment: something else must show how far it has come.
hangs() {	# process
	grep -q '^State:[[:space:]]*D' "/proc/$1/status"
}

rereading_hangs() {
	hangs "$REREAD" && grep -Eq 'blkdev|bdev' "/proc/$REREAD/stack"
}

stall() {
	dmsetup suspend --noflush --nolockfs slow
	blockdev --rereadpt "$LOOP" > /dev/null 2>&1 &
	REREAD=$!
	wait_for 10 rereading_hangs
}

go_on() {
	dmsetup resume slow && wait_for 10 sh -c "! test -e /proc/$REREAD"
	wait "$REREAD" 2> /dev/null
}

# Somebody else's, who has nothing to do with all this.
family_comes() {
	quick modprobe nbd && quick partbus resource show
}

in_flight() {
	[ "$(counter dm-0 in_flight server)" -gt 0 ]
}

disk_state_is() {	# state
	[ "$(cat "/sys/block/$DISK/partbus/state")" = "$1" ]
}

reason_is() {	# pattern
	channel_field d0 reason | grep -q "$1"
}

given_up() {
	grep -q 'cannot be kept, and there was no answer' "$EVENTS"
}

ends() {	# process: it ends, well or not
	wait_for 30 sh -c "! test -e /proc/$1"
}

EVENTS=/tmp/events

# Nodes are made by dmsetup, there is no udev.
export DM_DISABLE_UDEV=1

test_ok "modules load" load_host
load_ram 3 32768
modprobe -a loop dm_mod
echo "0 65536 linear /dev/ram0 0" | dmsetup create slow
LOOP=$(losetup -f --show -P --direct-io=on /dev/mapper/slow)

# A backing whose open hangs.
test_ok "the device hangs" stall
test_refused "who adds it is told that it does not answer" 6 'does not answer' \
	quick partbus resource add d0 class block backing "$LOOP"
test_ok "resources are shown all the same" quick partbus resource show
test_ok "a module with a netlink family can be loaded" family_comes
test_ok "it is among them, opening" state_is d0 opening
test_ok "another one is added" quick partbus resource add d1 class block backing /dev/ram1
test_ok "and offered" quick partbus offer add root d1
test_ok "its channel opens" wait_for 10 channel_is d1 state offered
test_refused "the name is taken" 1 'name exists' \
	quick partbus resource add d0 class block backing /dev/ram2
test_refused "it cannot be changed yet" 1 'being opened' \
	quick partbus resource set d0 read_only on
test_ok "it can be offered" quick partbus offer add root d0
test_is "the offer waits" "$(partbus -j offer show root d0 | jq '.[0].pending')" true
test_refused "its module stays meanwhile" 1 'in use' quick rmmod partbus_vsp_blk
test_ok "the device goes on" go_on
test_ok "the resource is ready" wait_for 10 state_is d0 ready
test_ok "and its offer waits no longer" wait_for 10 sh -c \
	"partbus -j offer show root d0 | jq -e '.[0].pending == false'"
quick partbus offer del root d0
test_ok "no channel of it is left" wait_for 10 sh -c \
	"partbus -j channel show | jq -e 'map(select(.resource == \"d0\")) == []'"
test_ok "it goes" quick partbus resource del d0

# One that is given up while its open hangs.
test_ok "the device hangs again" stall
partbus resource add d0 class block backing "$LOOP" > /tmp/add.log 2>&1 &
ADD=$!
test_ok "the adding hangs again" wait_for 10 state_is d0 opening
test_ok "the resource is deleted meanwhile" quick partbus resource del d0
test_ok "its name is free at once" \
	quick partbus resource add d0 class block backing /dev/ram2
test_ok "who added the first one does not wait for ever" ends "$ADD"
test_ok "the device goes on again" go_on
test_is "the second one stays" "$(partbus -j resource show d0 | jq -r '.[0].backing')" /dev/ram2
quick partbus resource del d0

# A backing whose close hangs: the last to close writes what others left dirty.
test_ok "the first one's backing is free again: a resource of it" \
	wait_for 10 quick partbus resource add d0 class block backing "$LOOP"
dd if=/dev/zero of="$LOOP" bs=64k count=8 conv=notrunc status=none
dmsetup suspend --noflush --nolockfs slow
test_refused "it is gone, and who deletes it is told the rest" 6 'takes its time' \
	quick partbus resource del d0
test_ok "resources are shown" quick partbus resource show
test_ok "its name is free" quick partbus resource add d0 class block backing /dev/ram2
test_ok "offers are made and deleted" sh -c \
	'timeout 20 partbus offer add root d0 && timeout 20 partbus offer del root d0'
dmsetup resume slow
quick partbus offer del root d1
test_ok "no channel is left" wait_for 10 no_channels
test_ok "resources go" quick sh -c 'partbus resource del d0 && partbus resource del d1'
losetup -d "$LOOP"

# Requests that hang while the contract is withdrawn, and another one is agreed on.
test_ok "client module loads" load_client
test_ok "a resource of the slow device" \
	partbus resource add d0 class block backing /dev/mapper/slow
test_ok "its offer" partbus offer add root d0
test_ok "its disk appears" wait_for 15 disk_of d0
DISK=$(disk_of d0)
wait_for 5 test -b "/dev/$DISK"
test_ok "the client insists on writing" \
	partbus contract request "$DISK" writable on least on
dmsetup suspend --noflush --nolockfs slow
dd if=/dev/urandom of="/dev/$DISK" bs=64k count=16 oflag=direct status=none &
LOAD=$!
test_ok "a request hangs" wait_for 10 in_flight
test_ok "the provider takes the right to write" partbus resource set d0 read_only on
test_ok "there is no contract any more" wait_for 15 disk_state_is no-path
test_ok "the provider gives it back" partbus resource set d0 read_only off
test_ok "the client is told to wait" wait_for 15 reason_is 'still in flight'
test_is "its channel lives" "$(channel_field d0 state)" open
test_is "and the server's" "$(channel_field d0 state server)" open
dmsetup resume slow
test_ok "with the device the contract is back" wait_for 60 disk_state_is running
test_ok "nothing was lost" wait $LOAD
test_is "nobody broke the protocol" "$(channel_field d0 violations server)" 0

# A contract that cannot be kept any more, and a client that would do with the other, but
# cannot be quiet in time: it goes back to the old one, which the provider has given up.
CHANNEL=$(channel_field d0 id server)
test_ok "the client would do with reading, too" \
	partbus contract request "$DISK" writable on least off
partbus -j monitor > "$EVENTS" 2>&1 &
MONITOR=$!
echo 1 > /sys/module/partbus/parameters/negotiation_timeout
dmsetup suspend --noflush --nolockfs slow
dd if=/dev/urandom of="/dev/$DISK" bs=64k count=16 oflag=direct status=none 2> /dev/null &
LOAD=$!
test_ok "a request hangs again" wait_for 10 in_flight
test_ok "the provider takes the right to write again" partbus resource set d0 read_only on
test_ok "that channel is given up, with the reason" wait_for 30 given_up
dmsetup resume slow
test_ok "the disk is back" wait_for 60 disk_state_is running
test_ok "on another channel" [ "$(channel_field d0 id server)" -gt "$CHANNEL" ]
test_ok "who wrote is told something" ends "$LOAD"
test_is "the disk is read-only now" "$(blockdev --getro "/dev/$DISK")" 1
test_ok "and can be read" \
	quick dd if="/dev/$DISK" of=/dev/null bs=64k count=16 iflag=direct status=none
test_is "nobody broke the protocol this time" "$(channel_field d0 violations server)" 0
echo 10 > /sys/module/partbus/parameters/negotiation_timeout
kill $MONITOR
partbus offer del root d0
test_ok "the disk goes" wait_for 10 sh -c "! test -e /sys/block/$DISK"
test_ok "its resource goes" partbus resource del d0
dmsetup remove slow
test_ok "modules unload" unload_all
test_ok "nothing of partbus is left" modules_gone
tests_done
