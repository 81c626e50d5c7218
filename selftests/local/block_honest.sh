#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# What an idle disk or NIC costs, how evenly a capped disk is served, and how soon one whose
# client waits: nothing polls when nothing is sent but for the looks that running.rst tells
# of, a channel's memory is its slots and little else, and a cap is no gate that opens once
# in a while.
#
#	32 disks /dev/pbdN =(local transport)= partbus_vsp_blk -> /dev/ram0 .. ram31
#	 8 NICs pbnN       =(local transport)= partbus_vsp_net -> pb0-nN, all down
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/net.sh
. "$PB_SRC/selftests/net.sh"

CHANNELS=32
NICS=8
DEPTH=8
SLOT=4096
# A second: where timers are no finer than a tick, as in the emulator, a tick is little beside
# the time of a request. A kernel that checks everything is not as even.
CAP=$(rounds 16)
SUBMITTED=/tmp/submitted
RAN=/tmp/ran

offers() {
	local n
	for n in $(seq 0 $((CHANNELS - 1))); do
		partbus resource add "d$n" class block backing "/dev/ram$n" &&
			partbus offer add root "d$n" || return 1
	done
}

offers_go() {
	local n
	for n in $(seq 0 $((CHANNELS - 1))); do
		partbus offer del root "d$n" || return 1
	done
}

resources_go() {
	local n
	for n in $(seq 0 $((CHANNELS - 1))); do
		partbus resource del "d$n" || return 1
	done
}

nics() {
	local n
	for n in $(seq 0 $((NICS - 1))); do
		partbus resource add "n$n" class net && partbus offer add root "n$n" || return 1
	done
}

nics_go() {
	local n
	for n in $(seq 0 $((NICS - 1))); do
		partbus offer del root "n$n" && partbus resource del "n$n" || return 1
	done
}

all_run() {	# how many channels
	[ "$(partbus -j channel show | jq '[.[] | select(.negotiation == "running")] | length')" \
		= $((2 * $1)) ]
}

# All at the same time.
verify_all() {
	local disk jobs=()
	for disk in /dev/pbd*; do jobs+=(--name="${disk#/dev/}" --filename="$disk"); done
	# fio would look all of sysfs through for statistics of each disk.
	fio --thread --disk_util=0 --rw=randwrite --bs=4k --size=512k --direct=1 --verify=crc32c \
		--iodepth=4 --ioengine=libaio "${jobs[@]}" &&
		test ${#jobs[@]} -eq $((2 * CHANNELS))
}

free_kib() {
	sync
	echo 3 > /proc/sys/vm/drop_caches
	awk '/^MemAvailable/ { print $2 }' /proc/meminfo
}

no_service_threads() {
	! pgrep '^partbus/'
}

# Processor time that threads which serve queues have had, in nanoseconds.
cpu_time() {
	local pid
	for pid in $(pgrep '^partbus/'); do
		cat "/proc/$pid/schedstat"
	done | awk '{ ns += $1 } END { printf "%.0f\n", ns }'
}

# All that counts something: requests, doorbells, interrupts and the like.
counters() {
	partbus -j stat show | jq -c '[.[] | del(.heartbeat_age)]'
}

quiet() {
	[ "$(cpu_time)" = "$(sleep 1.5; cpu_time)" ]
}

# Works, timers and polls of NICs, all there are.
trace_functions() {	# 0 or 1
	local event
	for event in workqueue/workqueue_execute_{start,end} timer/{,hr}timer_expire_entry \
		napi/napi_poll; do
		echo "$1" > "$TRACING/events/$event/enable" || return 1
	done
}

# Those of partbus: MODULE FUNCTION OBJECT.
ran() {
	local ours='([^ ]+) \[(partbus.*)\].*/\3 \2 \1/p'
	sed -nE -e "s/.*_execute_start: work struct ([^ ]+): function $ours" \
		-e "s/.*timer_expire_entry: h?r?timer=([^ ]+) function=$ours" \
		-e 's/.*napi_poll: .* struct ([^ ]+) for device (pb[^ ]+) .*/\2 napi_poll \1/p' \
		"$TRACING/trace" > "$RAN"
	[ -s "$RAN" ]
}

looks() {	# at which objects
	awk -v which="$1" '$1 " " $2 == which && !seen[$3]++ { n++ } END { print n + 0 }' "$RAN"
}

all_looked_at() {
	ran && [ "$(looks 'partbus_vsp_blk watch')" -eq "$CHANNELS" ] &&
		[ "$(looks 'partbus_vsc_net lanes_watch')" -eq "$NICS" ]
}

# What is looked at how often in a second is what Documentation/running.rst says.
looks_only() {	# in how many hundredths of a second
	awk -v time="$1" '
		BEGIN { rate["partbus_vsp_blk watch"] = 1; rate["partbus_vsc_net lanes_watch"] = 2 }
		{ n[$0]++ }
		END {
			for (what in n) {
				split(what, word)
				often = rate[word[1] " " word[2]]
				if (often && n[what] <= often * time / 100 + 1)
					continue
				printf "%s: %d times in %d ms\n", what, n[what], time * 10
				bad = 1
			}
			exit bad
		}' "$RAN"
}

# How long works took, whoever else ran meanwhile.
looks_cost() {	# in how many hundredths of a second
	awk -v time="$1" '
		!/\[partbus/ { next }
		match($0, /[0-9]+\.[0-9]+: workqueue_execute_/) { at = substr($0, RSTART) + 0 }
		match($0, /work struct [^ :]+/) { work = substr($0, RSTART, RLENGTH) }
		/execute_start/ { since[work] = at }
		/execute_end/ && work in since { sum += at - since[work]; n++; delete since[work] }
		END { printf "%d looks in %d ms took %d us\n", n, time * 10, sum * 1000000 }' \
		"$TRACING/trace"
}

uptime_hundredths() {
	local up
	read -r up _ < /proc/uptime
	echo "${up/./}"
}

# Times in microseconds at which the provider gave requests to its device.
submissions() {
	awk '/block_bio_queue: 1,0 / { sub(":", "", $4); print int($4 * 1000000) }' \
		"$TRACING/trace" > "$SUBMITTED"
	[ "$(wc -l < "$SUBMITTED")" -ge $((CAP * 10)) ]
}

# A bucket with room for one lets no n + 1 requests pass in less than n / rate, however
# slow the machine; one that is filled now and then lets many pass at once. An eighth
# for the rounding of clocks and for the way from the decision to the device.
evenly() {	# n
	awk -v n="$1" -v least=$(($1 * 1000000 * 7 / 8 / CAP)) '
		{ at[NR] = $1 }
		NR > n && at[NR] - at[NR - n] < least {
			printf "%d requests in %d us\n", n + 1, at[NR] - at[NR - n]; bad++
		}
		END { if (bad > NR / 50) { print bad " of " NR; exit 1 } }' "$SUBMITTED"
}

# Nor is it a door that is shut once in a while: from one request to the next is what the cap
# makes it, seldom much longer, and altogether not a quarter more.
steadily() {
	awk 'NR > 1 { print $1 - at } { at = $1 }' "$SUBMITTED" | sort -n |
		awk -v wanted=$((1000000 / CAP)) '
			{ gap[NR] = $1; sum += $1 }
			$1 > 4 * wanted { long++ }
			END {
				median = gap[int((NR + 1) / 2)]
				printf "%d gaps of %d us: median %d, mean %d, ", NR, wanted, median,
					sum / NR
				printf "%d longer than four, most %d\n", long, gap[NR]
				exit !(median > wanted * 0.8 && median < wanted * 1.2 &&
				       sum / NR < wanted * 1.25 && long < NR / 20)
			}'
}

worker_is() {	# policy, nice
	[ "$(ps -o policy= -o ni= -p "$WORKER" | tr -d ' ')" = "$1$2" ]
}

reads_alone() {
	fio --name=alone --filename="$DISK" --rw=randread --bs=4k --direct=1 --ioengine=libaio \
		--iodepth=1 --size=1m --number_ios=100 --disk_util=0
}

# One after the other, on the processor of the thread: if that preempts it finds no two.
reads_eight() {
	fio --name=eight --filename="$DISK" --rw=randread --bs=4k --direct=1 --ioengine=libaio \
		--iodepth=8 --iodepth_batch=1 --cpus_allowed=0 --size=1m --number_ios=1000 \
		--disk_util=0
}

# Once in a while it looks what comes without preempting: then some more are to be read.
becomes() {	# how it is read, policy, nice
	"$1" > /tmp/fio.log && worker_is "$2" "$3"
}

test_ok "modules load" load_host
test_ok "client module loads" load_client
load_ram $CHANNELS 1024
echo $DEPTH > /sys/module/partbus_vsc_blk/parameters/depth
echo $SLOT > /sys/module/partbus_vsc_blk/parameters/slot_size
echo 1 > /sys/module/partbus_vsc_blk/parameters/queues

before=$(free_kib)
test_ok "as many disks as 32 guests have" offers
test_ok "each has its contract" wait_for 60 all_run $CHANNELS
after=$(free_kib)
slots=$((DEPTH * SLOT >> 10))
sections=$(($(section_bytes) >> 10))
echo "# per channel: $(((before - after) / CHANNELS)) KiB of memory, $((sections / CHANNELS)) KiB of" \
	"that shared, $slots KiB of that slots"
# A kernel that checks everything remembers much.
limit=$((1024 * ${PB_PATIENCE:-1}))
test_ok "an idle channel has less than $((limit >> 10)) MiB beyond its slots" \
	test $(((before - after) / CHANNELS - slots)) -lt $limit
test_ok "of which less than 64 KiB are shared" test $((sections / CHANNELS - slots)) -lt 64

test_ok "each disk can be read and written" verify_all
test_ok "modules of NICs load" load_net
echo 1 > /sys/module/partbus_vsc_net/parameters/queues
test_ok "NICs beside them" nics
test_ok "have their contracts" wait_for 60 all_run $((CHANNELS + NICS))
# udev and the like may look at disks yet.
test_ok "it becomes quiet" wait_for 30 quiet
tracing_mounted
spent=$(cpu_time)
before=$(counters)
since=$(uptime_hundredths)
test_ok "functions that run are traced" trace_functions 1
sleep 1.9
test_is "when nothing is sent no thread that serves has a processor" "$(cpu_time)" "$spent"
test_is "and nothing is counted" "$(counters)" "$before"
test_ok "though there is a thread for each queue" \
	test "$(pgrep -c '^partbus/')" -eq $((CHANNELS + NICS))
test_ok "each backing and each NIC is looked at" wait_for 5 all_looked_at
trace_functions 0
took=$(($(uptime_hundredths) - since))
ran
test_ok "no more often than it is said, and nothing else runs" looks_only $took
echo "# $CHANNELS backings, $NICS NICs: $(looks_cost $took)"
test_ok "the NICs go" nics_go
test_ok "and their channels" wait_for 60 all_run $CHANNELS
test_ok "and their modules" wait_for 10 modprobe -r partbus_vsc_net partbus_vsp_net

DISK=/dev/$(disk_of d0)
test_ok "a cap without a burst" partbus contract request d0 cap_iops "$CAP" burst_ios 1
echo mono > $TRACING/trace_clock
echo 1 > $TRACING/events/block/block_bio_queue/enable
test_ok "eight requests at a time" \
	fio --name=cap --filename="$DISK" --rw=randread --bs=4k --iodepth=8 --ioengine=libaio \
	--direct=1 --size=1m --io_size=$((CAP * 40))k --disk_util=0
echo 0 > $TRACING/events/block/block_bio_queue/enable
test_ok "went to the provider's device" submissions
test_ok "one after the other" evenly 1
test_ok "never ten in less than their time" evenly 10
test_ok "and as soon as may be" steadily
sed 's/^/# /' "$LAST_OUTPUT"
test_ok "the cap goes" partbus contract request d0 cap_iops none

WORKER=$(pgrep -x "partbus/$(channel_field d0 id server).0")
taskset -pc 0 "$WORKER" > /dev/null
test_ok "who waits for each request has a thread that preempts" \
	wait_for 20 becomes reads_alone TS 0
test_ok "who sends several at a time has one that does not" \
	wait_for 20 becomes reads_eight B 0
renice -n -5 -p "$WORKER" > /dev/null
test_ok "its nice value" wait_for 20 becomes reads_alone TS -5
test_ok "stays as it is set" wait_for 20 becomes reads_eight B -5
chrt -f -p 10 "$WORKER"
test_ok "as is another policy, while requests come alone" becomes reads_alone FF -
test_ok "and while they do not" becomes reads_eight FF -

test_ok "all offers go" offers_go
test_ok "no channel is left" wait_for 60 no_channels
test_ok "no memory is left" wait_for 10 no_sections
test_ok "no thread is left" no_service_threads
test_ok "all resources go" resources_go
test_ok "modules unload" wait_for 10 unload_all
tests_done
