#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Contracts of a disk: granted, enforced, renegotiated from either side while fio
# verifies every block, refused with the old one going on.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"

load_start() {	# seconds
	fio --name=load --filename="$DISK" --rw=randrw --bsrange=512-128k --size=24m --iodepth=16 \
		--ioengine=libaio --direct=1 --verify=crc32c --verify_fatal=1 --verify_backlog=64 \
		--time_based --runtime="$1" > /tmp/load.log 2>&1 &
	LOAD=$!
}

load_ends_well() {
	wait "$LOAD" || { tail -n 20 /tmp/load.log; return 1; }
}

epoch_passes() {	# the number that the epoch must exceed
	wait_for 15 sh -c "[ \$(partbus -j contract show | jq '.[] | select(.role == \"client\") | .epoch') -gt $1 ]"
}

epoch() {
	contract_value d0 epoch
}

test_ok "modules load" load_host
test_ok "client module loads" load_client
load_ram 1 65536
test_ok "resource add" partbus resource add d0 class block backing /dev/ram0
test_ok "offer add with a limit of its own" partbus offer add root d0 queues 2
test_ok "the disk appears" wait_for 15 disk_of d0
DISK=/dev/$(disk_of d0)
wait_for 5 test -b "$DISK"
test_is "both ends hold the same contract" \
	"$(partbus -j contract show | jq -c '[.[] | {epoch, attrs}] | unique | length')" 1

# Enforcement. The bound needs no clock of ours but the kernel's: it can only be
# missed by a provider that lets too much pass.
# Low enough to be felt on a kernel that checks everything.
IOPS=$(rounds 200)
test_ok "the client asks for a cap" partbus contract request d0 cap_iops "$IOPS" burst_ios 10
test_is "it holds" "$(contract_value d0 cap_iops)" "$IOPS"
before=$(counter "$(basename "$DISK")" requests)
start=$(now)
fio --name=cap --filename="$DISK" --rw=randread --bs=4k --iodepth=8 --ioengine=libaio --direct=1 \
	--time_based --runtime=4 --size=24m > /dev/null 2>&1
after=$(counter "$(basename "$DISK")" requests)
end=$(now)
test_ok "no more than $IOPS requests a second passed" \
	test $((after - before)) -le $(((end - start + 1) * IOPS + 10))
test_ok "at least some did" test $((after - before)) -gt $((IOPS / 4))
test_ok "the server says that it held requests back" \
	test "$(counter ram0 throttled server)" -gt 0
test_ok "a request of 64 KiB costs eight units of 8 KiB" \
	partbus contract request d0 cap_iops $((IOPS * 2)) burst_ios 8
before=$(counter "$(basename "$DISK")" requests)
start=$(now)
fio --name=cap --filename="$DISK" --rw=randread --bs=64k --iodepth=8 --ioengine=libaio \
	--direct=1 --time_based --runtime=4 --size=24m > /dev/null 2>&1
after=$(counter "$(basename "$DISK")" requests)
end=$(now)
test_ok "so no more than $((IOPS / 4)) of them a second passed" \
	test $((after - before)) -le $(((end - start + 1) * IOPS / 4 + 2))
test_ok "the cap goes" partbus contract request d0 cap_iops none

# Queues share what the cap lets pass: one that always has a small request leaves no room
# in the bucket for the large one of another, unless that is kept for it.
job_requests() {	# job
	jq --arg j "$1" '.jobs[] | select(.jobname == $j) | .read.total_ios' /tmp/fio.json
}
test_ok "the client asks for a cap of bytes" \
	partbus contract request d0 cap_bps "$(rounds 4)M" burst_bytes 128K
test_ok "small and large requests come from different processors" \
	fio --output-format=json --output=/tmp/fio.json --ioengine=libaio --direct=1 --rw=randread \
	--time_based --runtime=4 --size=24m --filename="$DISK" \
	--name=small --bs=4k --iodepth=8 --cpus_allowed=0 \
	--name=large --bs=64k --iodepth=1 --cpus_allowed=1
test_ok "the large ones move as much ($(job_requests large) beside $(job_requests small))" \
	test $(($(job_requests large) * 16)) -ge "$(job_requests small)"
test_ok "that cap goes, too" partbus contract request d0 cap_bps none

# Renegotiation under load.
load_start 25
for n in 1 2 3; do
	old=$(epoch)
	test_ok "round $n: the provider lowers a cap under load" \
		partbus resource set d0 cap_bps $((n * 8))M
	test_ok "round $n: a new contract starts" epoch_passes "$old"
	test_is "round $n: with the cap" "$(contract_value d0 cap_bytes_per_sec)" $((n << 23))
	old=$(epoch)
	test_ok "round $n: the client asks for small slots and few" \
		partbus contract request d0 slot_size 4096 depth $((n * 2)) queues 1
	test_is "round $n: slots are small" "$(contract_value d0 slot_size_bytes)" 4096
	test_is "round $n: and few" "$(contract_value d0 depth)" $((n * 2))
	test_ok "round $n: the client asks for large slots again" \
		partbus contract request d0 slot_size 65536 depth 64 queues 2
	test_is "round $n: slots are large" "$(contract_value d0 slot_size_bytes)" 65536
done
old=$(epoch)
test_refused "a wish that cannot be met is refused with a reason" 7 'capacity.*can be had' \
	partbus contract request d0 capacity 99999999 least 99999999
test_is "the old contract goes on" "$(epoch)" "$old"
test_is "in state running" "$(channel_field d0 negotiation)" running
test_ok "fio saw no error and no wrong block" load_ends_well
test_ok "caps go" partbus resource set d0 cap_bps none
test_is "nobody broke the protocol" "$(channel_field d0 violations)" 0
test_is "and the server neither" "$(channel_field d0 violations server)" 0

# Under a low cap it takes longer than a negotiation has until all is over that is in
# flight. Neither end gives up meanwhile; and what is granted helps at once.
PATIENCE=/sys/module/partbus/parameters/negotiation_timeout
slow_load() {	# cap, KiB a second
	partbus resource set d0 cap_bps "$1K" &&
		wait_for 20 contract_is d0 cap_bytes_per_sec $(($1 << 10)) || return
	fio --name=slow --filename="$DISK" --rw=randread --bs=64k --iodepth=64 --size=24m \
		--ioengine=libaio --direct=1 --time_based --runtime=120 > /tmp/load.log 2>&1 &
	LOAD=$!
	wait_for 10 held_up_since ram0 "$(counter ram0 throttled server)"
}
slow_load_stops() {
	kill -INT "$LOAD"
	wait "$LOAD"
	grep -q 'err= 0' /tmp/load.log || { tail -n 20 /tmp/load.log; return 1; }
}
echo 1 > $PATIENCE
test_ok "a load beside which a negotiation of a second does not end" slow_load 1024
test_ok "the client gets another contract all the same" \
	partbus contract request d0 depth 48 wait 60
test_is "with what it asked for" "$(contract_value d0 depth)" 48
test_ok "a cap that leaves it a minute" partbus resource set d0 cap_bps 64K
test_ok "and none, which is felt at once" partbus resource set d0 cap_bps none
test_ok "a contract without one starts" wait_for 20 contract_is d0 cap_bytes_per_sec null
test_ok "that load saw no error" slow_load_stops
echo 10 > $PATIENCE

# Admission: a reserve is a promise.
test_ok "the resource gets a total of reserves" \
	partbus resource set d0 reserve_iops 1000
test_refused "more than the total is refused" 7 'reserve_iops.*can be had' \
	partbus contract request d0 reserve_iops 2000 least 2000
# The outcome is that of the request, not of what is under way already.
refused_each_time() {
	local n
	for n in $(seq 12); do
		partbus resource set d0 cap_iops $((n * 100000)) || return
		partbus contract request d0 reserve_iops 2000 least 2000
		[ $? -eq 7 ] || return 1
	done
}
test_ok "also while another negotiation is under way" refused_each_time
partbus resource set d0 cap_iops none
test_ok "a part of it is granted" partbus contract request d0 reserve_iops 600 least 600
test_is "and stands in the contract" "$(contract_value d0 reserve_iops)" 600
test_ok "the client takes its word back" partbus contract request d0 reserve_iops 0
test_is "and has no reserve" "$(contract_value d0 reserve_iops)" 0
test_ok "it asks for more queues and slots than there are" \
	partbus contract request d0 queues 16 depth 1024
test_is "which brings it no reserve that it did not ask for" \
	"$(contract_value d0 reserve_iops)" 0

# Many in a row.
old=$(epoch)
fails=0
for n in $(seq 20); do
	partbus contract request d0 depth $((8 + n)) > /dev/null 2>&1 || fails=$((fails + 1))
done
test_is "20 renegotiations in a row succeed" "$fails" 0
test_is "each is a contract of its own" "$(($(epoch) - old))" 20

# Tracepoints tell of it all.
traced() {	# pattern
	grep -Eq "$1" "$TRACING/trace"
}
tracing_mounted
echo 1 > $TRACING/events/partbus/enable
test_ok "the offer goes" partbus offer del root d0
test_ok "and its channel" wait_for 10 no_channels
test_ok "a traced one comes" partbus offer add root d0
test_ok "with its disk" wait_for 15 disk_of d0
DISK=/dev/$(disk_of d0)
wait_for 5 test -b "$DISK"
test_ok "a traced request" dd if="$DISK" of=/dev/null bs=8k count=1 skip=3 iflag=direct
ID=$(channel_field d0 id server)
echo 0 > $TRACING/events/partbus/enable
test_ok "each message of the contract was sent" \
	traced "negotiation_sent: channel [0-9]+ client: REQUEST_BANDWIDTH "
test_ok "and received" traced "negotiation_received: channel $ID server: REQUEST_BANDWIDTH "
test_ok "the negotiation went through its states" \
	traced "negotiation_state: channel $ID server: [A-Z_]+ -> RUNNING"
test_ok "the request was taken" \
	traced "blk_request: channel $ID queue [0-9]+ tag [0-9]+: READ sector 48 sectors 16 "
test_ok "and answered" traced "blk_answer: channel $ID queue [0-9]+ tag [0-9]+: status 0"
test_ok "a doorbell told of it" traced "doorbell_received: channel $ID server queue [0-9]+"
test_ok "the channel's end has its states" \
	traced "channel_state: channel $ID server resource d0 peer 0: opening -> open"

test_ok "offer del" partbus offer del root d0
test_ok "no channel is left" wait_for 10 no_channels
test_ok "no section is left" wait_for 10 no_sections
test_ok "resource del" partbus resource del d0
test_ok "modules unload" unload_all
tests_done
