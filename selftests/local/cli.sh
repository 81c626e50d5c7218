#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the command line tool and the kernel say to an operator: refusals with a
# sentence and a stable exit code, events, what is saved is accepted back.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"

event_seen() {	# kind
	grep -q "\"$1\"" /tmp/events
}

test_refused "without modules the tool says what is missing" 5 'partbus' partbus partition show
test_refused "and the doctor what helps" 7 'modprobe partbus_host' partbus doctor
test_ok "modules load" load_host
load_ram 2 16384

test_refused "a window of an odd size" 1 'power of two' partbus partition add vm1 window 3M
test_refused "a window that no guest can map" 1 '2 MiB' partbus partition add vm1 window 1M
test_refused "a name that is no name" 2 'name' partbus partition add ../x
test_ok "partition add" partbus partition add vm1 window 16M
test_refused "the same again" 1 'exists' partbus partition add vm1
test_refused "root is the host itself" 2 'root' partbus partition add root
test_refused "root stays" 1 'root' partbus partition del root
test_refused "a partition that is not there" 3 'no partition' partbus partition del vm9
test_refused "the id of another partition" 1 'with this id' \
	partbus partition add vm2 id "$(partition_field vm1 id)"
test_refused "the id of the host" 1 'from 1 to' partbus partition add vm2 id 0
test_ok "an id can be chosen" partbus partition add vm2 id 77
test_is "which it has" "$(partition_field vm2 id)" 77
partbus partition add vm3
test_is "who chooses none gets the next" "$(partition_field vm3 id)" 78
partbus partition add vm4 id 50
test_is "partitions are shown by their ids" \
	"$(partbus -j partition show | jq -c 'map(.id)')" "[0,$(partition_field vm1 id),50,77,78]"
partbus partition del vm2
partbus partition del vm3
partbus partition del vm4
test_refused "a word that is no object" 2 'frob' partbus frob
test_refused "half a command" 2 'resource' partbus resource add

test_refused "a backing that is not there" 3 'backing' \
	partbus resource add d0 class block backing /dev/nothing
test_refused "a backing that is no block device" 1 'block device' \
	partbus resource add d0 class block backing /etc/passwd
test_refused "a backing that is nowhere in particular" 1 'begins with /' \
	sh -c 'cd /dev && partbus resource add d0 class block backing ram0'
mkdir -p /etc/modprobe.d
echo "install partbus_vsp_net /bin/false" > /etc/modprobe.d/partbus-test.conf
test_refused "a class that nobody serves" 1 'class' partbus resource add n0 class net
rm /etc/modprobe.d/partbus-test.conf
test_refused "a network over what is no bridge" 3 'bridge' \
	partbus resource add n0 class net backing /dev/ram0
test_refused "an attribute beyond its limits" 1 'cap_iops' \
	partbus resource add d0 class block backing /dev/ram0 cap_iops 0
test_refused "a size beyond the device" 1 'size|backing|larger' \
	partbus resource add d0 class block backing /dev/ram0 size 1T
test_ok "resource add" partbus resource add d0 class block backing /dev/ram0 serial S \
	uuid 11111111-2222-3333-4444-555555555555 cap_iops 1000
test_refused "a second one with the UUID" 1 'UUID|uuid' \
	partbus resource add d1 class block backing /dev/ram1 \
	uuid 11111111-2222-3333-4444-555555555555
test_refused "an offer of nothing" 3 'no resource' partbus offer add vm1 nothing
test_ok "offer add" partbus offer add vm1 d0 cap_iops 500 capacity 2048
test_refused "the same offer again" 1 'already' partbus offer add vm1 d0
test_refused "a resource with offers stays" 1 'offer' partbus resource del d0
test_refused "a partition with offers stays" 1 'offer' partbus partition del vm1
test_refused "no channel, no contract" 3 'channel' partbus contract request 77 depth 4
test_is "errors are JSON where JSON is asked for" \
	"$(partbus -j offer add vm1 nothing 2>&1 | jq -r 'type')" object

# Saved, wiped, restored.
test_ok "save" partbus save /tmp/saved.json
test_is "saved is what was set, not what came of it" \
	"$(jq -c '.resources[0] | [has("size_bytes"), .attrs]' /tmp/saved.json)" \
	'[false,{"cap_iops":1000}]'
test_is "also of an offer" "$(jq -c '.offers[0].attrs' /tmp/saved.json)" \
	'{"cap_iops":500,"capacity_sectors":2048}'
partbus -j resource show > /tmp/before
partbus offer del vm1 d0
partbus resource del d0
partbus partition del vm1
test_is "all is gone" "$(partbus -j resource show | jq length)" 0
test_ok "restore" partbus restore /tmp/saved.json
test_is "resources are as before" \
	"$(partbus -j resource show | jq -c 'map({name, uuid, serial, size_bytes, backing})')" \
	"$(jq -c 'map({name, uuid, serial, size_bytes, backing})' /tmp/before)"
test_is "the offer is there with its limit" \
	"$(partbus -j offer show | jq -c '.[0] | [.partition, .resource]')" '["vm1","d0"]'
test_ok "restore again changes nothing" partbus restore /tmp/saved.json
test_is "what is saved now is the same" "$(partbus save)" "$(cat /tmp/saved.json)"
test_ok "a size is set" partbus resource set d0 size 8M
test_is "and saved" "$(partbus save | jq '.resources[0].size_bytes')" $((8 << 20))
test_is "and shown as set" \
	"$(partbus -j resource show d0 | jq '.[0].defined.size_bytes')" $((8 << 20))
echo '{"partbus":1,"partitions":[{"name":5}]}' > /tmp/bad.json
test_refused "a file that makes no sense" 2 'name|bad.json' partbus restore /tmp/bad.json

# Events.
partbus -j monitor > /tmp/events 2>&1 &
MONITOR=$!
test_ok "the monitor listens" wait_for 10 grep -q . /proc/$MONITOR/stat
wait_for 5 sh -c "ls -l /proc/$MONITOR/fd | grep -q socket"
test_ok "client module loads" load_client
test_ok "an offer to root" partbus offer add root d0
test_ok "its disk appears" wait_for 15 disk_of d0
partbus contract request "$(disk_of d0)" depth 8 > /dev/null
partbus offer del root d0
test_ok "no channel is left" wait_for 15 no_channels
for kind in offer-new channel-new channel-state contract-started offer-del channel-del; do
	test_ok "the monitor has told of $kind" wait_for 5 event_seen "$kind"
done
kill $MONITOR
test_ok "every line of the monitor is JSON" sh -c 'jq -e . /tmp/events > /dev/null'

test_ok "graph" sh -c 'partbus graph | grep -q d0'
test_ok "graph for DOT" sh -c 'partbus graph dot | grep -q digraph'
test_refused "doctor finds that no daemon runs" 7 'partbusd' partbus doctor
test_is "and nothing else that cannot work" \
	"$(partbus -j doctor 2> /dev/null | jq -c '[.[] | select(.result == "failed") | .name]')" \
	'["daemon"]'
test_is "and that an offer waits for its partition" \
	"$(partbus -j doctor 2> /dev/null | jq -r '.[] | select(.name == "offer") | .text')" \
	'resource d0 waits for partition vm1 to become active'
partbus offer del vm1 d0
partbus resource del d0
partbus partition del vm1
test_ok "modules unload" unload_all
tests_done
