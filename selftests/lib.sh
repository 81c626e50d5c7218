# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For test scripts that run in a VM of the lab: results in TAP, conditions that
# are waited for, and short words for what the tests do again and again.
#
#	. "$PB_SRC/selftests/lib.sh"
#	test_ok "sentence" command...       passes when the command does
#	test_is "sentence" GOT WANTED       passes when both strings are equal
#	test_refused "sentence" CODE PATTERN command...
#	                                    passes when the command exits with CODE
#	                                    and its message matches PATTERN
#	wait_for SECONDS command...         until the command succeeds
#	tests_done                          prints the plan; the script's last line

TESTS=0
FAILED=0
LAST_OUTPUT=/tmp/test.out

test_result() {	# sentence, 0 or not
	TESTS=$((TESTS + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $TESTS - $1"
		return 0
	fi
	FAILED=$((FAILED + 1))
	echo "not ok $TESTS - $1"
	return 1
}

test_ok() {	# sentence, command
	local sentence=$1 code
	shift
	"$@" > "$LAST_OUTPUT" 2>&1
	code=$?
	test_result "$sentence" "$code" && return 0
	echo "# exit code $code of: $*"
	tail -n 25 "$LAST_OUTPUT" | sed 's/^/# /'
	return 1
}

test_is() {	# sentence, got, wanted
	local code=0
	[ "$2" = "$3" ] || code=1
	test_result "$1" "$code" && return 0
	printf '# got:    %s\n# wanted: %s\n' "$2" "$3"
	return 1
}

test_refused() {	# sentence, exit code, pattern, command
	local sentence=$1 wanted=$2 pattern=$3 code
	shift 3
	"$@" > "$LAST_OUTPUT" 2>&1
	code=$?
	if [ "$code" -eq "$wanted" ] && grep -Eq -- "$pattern" "$LAST_OUTPUT"; then
		test_result "$sentence" 0
		return 0
	fi
	test_result "$sentence" 1
	echo "# exit code $code, wanted $wanted with a message like: $pattern"
	tail -n 10 "$LAST_OUTPUT" | sed 's/^/# /'
	return 1
}

# The clock of the machine, in seconds: what runs in an emulator knows no other.
now() {
	local up
	read -r up _ < /proc/uptime
	echo "${up%.*}"
}

wait_for() {	# seconds, command
	local end
	# a kernel that checks everything takes its time
	end=$(($(now) + $1 * ${PB_PATIENCE:-1}))
	shift
	until "$@" > /dev/null 2>&1; do
		[ "$(now)" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# How often to repeat what is to be done $1 times: a kernel that checks everything
# sees in a few rounds what another needs many for, and takes its time for each.
rounds() {
	echo $((($1 + ${PB_PATIENCE:-1} - 1) / ${PB_PATIENCE:-1}))
}

tests_done() {
	echo "1..$TESTS"
	[ "$FAILED" -eq 0 ]
	exit
}

# Everything that the modules complain of ends the run in the lab; this is for
# messages that a test wants to see.
kernel_said() {	# pattern
	dmesg | grep -Eq -- "$1"
}

# --- partbus ---------------------------------------------------------------

load_host() {
	modprobe partbus_host && modprobe partbus_vsp_blk
}

load_client() {
	modprobe partbus_vsc_blk
}

# Backs a resource by a RAM disk of its own: ram_disk NUMBER, after load_ram.
load_ram() {	# how many, KiB each
	modprobe brd rd_nr="$1" rd_size="$2"
}

channel_field() {	# channel or device or resource, field, role (client)
	partbus -j channel show |
		jq -r --arg c "$1" --arg f "$2" --arg r "${3:-client}" \
		'.[] | select(.role == $r) |
		 select((.id | tostring) == $c or .device == $c or .resource == $c) | .[$f]' |
		head -n 1
}

contract_value() {	# resource or device, attribute as in JSON, role (client)
	partbus -j contract show |
		jq -r --arg c "$1" --arg f "$2" --arg r "${3:-client}" \
		'.[] | select(.role == $r) | select(.resource == $c or .device == $c) |
		 if .attrs | has($f) then .attrs[$f] else .[$f] end' | head -n 1
}

counter() {	# resource or device, counter, role (client)
	partbus -j stat show "$1" 2> /dev/null |
		jq -r --arg f "$2" --arg r "${3:-client}" \
		'.[] | select(.role == $r) | .[$f]' | head -n 1
}

# More requests or frames were held up at the server than COUNT.
held_up_since() {	# resource or device, count
	[ "$(counter "$1" throttled server)" -gt "$2" ]
}

TRACING=/sys/kernel/tracing
tracing_mounted() {
	mountpoint -q "$TRACING" || mount -t tracefs tracefs "$TRACING"
}

channel_is() {	# resource, field, value
	[ "$(channel_field "$1" "$2")" = "$3" ]
}

contract_is() {	# resource, attribute, value
	[ "$(contract_value "$1" "$2")" = "$3" ]
}

resource_is() {	# name, state
	[ "$(partbus -j resource show "$1" | jq -r '.[0].state')" = "$2" ]
}

partition_field() {	# name, field
	partbus -j partition show "$1" | jq -r --arg f "$2" '.[0][$f]'
}

partition_is() {	# name, field, value
	[ "$(partition_field "$1" "$2")" = "$3" ]
}

# In the background; its process is $DAEMON.
daemon_start() {
	partbusd -f >> "$PB_SHARE/partbusd.log" 2>&1 &
	# shellcheck disable=SC2034	# for who sources this
	DAEMON=$!
}

# It ends as it should.
daemon_stop() {
	local pid=$DAEMON
	DAEMON=
	kill "$pid" && wait "$pid"
}

no_channels() {
	[ "$(partbus -j channel show | jq length)" = 0 ]
}

# The disk that a client has made of a resource: prints its name, waits for it.
disk_of() {	# resource
	local d
	for d in /sys/block/pbd*; do
		[ -e "$d/partbus/resource" ] || continue
		[ "$(< "$d/partbus/resource")" = "$1" ] && { basename "$d"; return 0; }
	done
	return 1
}

unload_all() {
	modprobe -r partbus_vsc_blk partbus_vsp_blk partbus_host
}

# Memory that both ends share, in all channels of this kernel.
section_bytes() {
	cat /sys/module/partbus/parameters/section_bytes
}

no_sections() {
	[ "$(section_bytes)" = 0 ]
}

modules_gone() {
	! grep -q '^partbus' /proc/modules
}
