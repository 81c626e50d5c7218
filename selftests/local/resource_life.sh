#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Resources that fail and recover, limits that come and go, and modules that are
# unloaded while one disk of the bus is behind another:
#
#	/dev/ram0 <- d0 = pbdA <- d1 = pbdB
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"

resource_is() {	# name, state
	[ "$(partbus -j resource show "$1" | jq -r '.[0].state')" = "$2" ]
}

offer_pends() {	# resource, true or false
	[ "$(partbus -j offer show root "$1" | jq '.[0].pending')" = "$2" ]
}

no_channel_of() {	# resource
	partbus -j channel show | jq -e --arg r "$1" 'map(select(.resource == $r)) == []'
}

resize() {	# MiB
	truncate -s "$1M" /tmp/loop.img && losetup -c "$LOOP"
}

disk_state_is() {	# disk, state
	[ "$(cat "/sys/block/$1/partbus/state")" = "$2" ]
}

test_ok "modules load" load_host
test_ok "client module loads" load_client
load_ram 2 65536
modprobe loop
truncate -s 16M /tmp/loop.img
LOOP=$(losetup -f --show /tmp/loop.img)

# A backing that goes and comes back.
test_ok "resource add" partbus resource add d0 class block backing "$LOOP"
test_ok "its backing loses all its sectors" resize 0
test_ok "it has failed" wait_for 10 resource_is d0 failed
test_ok "it can be offered" partbus offer add root d0
test_ok "the offer waits" offer_pends d0 true
test_ok "the backing is back" resize 16
test_ok "so is the resource" wait_for 10 resource_is d0 ready
test_ok "the offer waits no longer" wait_for 10 offer_pends d0 false
test_ok "its disk appears" wait_for 15 disk_of d0
partbus offer del root d0
test_ok "the disk goes" wait_for 10 sh -c '! ls -d /sys/block/pbd*'
test_ok "resource del" partbus resource del d0
losetup -d "$LOOP"
tests_done
