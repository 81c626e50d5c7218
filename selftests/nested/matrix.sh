#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# needs: inject
# kernels: 6.12
#
# Every state is a place where the other side dies, between a KVM host and a guest:
# for lines of selftests/matrix/nested.tbl and faults the end that lives is brought
# into its state, a thread is stopped there, the other side dies, the thread goes on,
# and the outcome must be the table's.
#
#	kill	SIGKILL for the guest's QEMU
#	reset	the guest's machine is reset
#	hang	the guest's processors stand still, or the provider does nothing, until
#		the other has given up
#	garbage	the next thing that it sends has a wrong byte
#	rescind	the offer is deleted
#	rmmod	the guest's driver of the window, or the provider's module, is unloaded
#	daemon	SIGKILL for partbusd, which comes back
#
# Without arguments the cells with a star are run, with "all" all of them; other
# arguments choose: STATE, STATE/LIVES, STATE/LIVES/FAULT, a fault.
# Functions are called through the words of lib.sh; numbers need no quotes; what
# is in single quotes is for the guest's shell.
# shellcheck disable=SC2317,SC2086,SC2015,SC2016
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"
# shellcheck source=selftests/matrix/lib.sh
. "$PB_SRC/selftests/matrix/lib.sh"
# shellcheck source=selftests/matrix/disk.sh
. "$PB_SRC/selftests/matrix/disk.sh"

DAEMON=
PATIENCE=60		# seconds: only a cell that fails waits so long
WORKING=		# a writer is under way in the guest

finish() {
	guest_cleanup
	[ -z "$DAEMON" ] || kill "$DAEMON" 2> /dev/null
}
trap finish EXIT

# --- in the guest -------------------------------------------------------------------

# Words for the guest's shell. What waits there gives up after a minute or so. The shell
# of a job has a dd of its own, which does not know all of that.
# shellcheck disable=SC2016
WORDS='
P=/sys/kernel/debug/partbus/inject
[ -d $P ] || mount -t debugfs debugfs /sys/kernel/debug 2> /dev/null
again() { n=0; until "$@"; do n=$((n + 1)); [ $n -lt 500 ] || return 1; sleep 0.1; done; }
stands() { ! grep -q "waiting 0" $P/$1; }
disk() { D=; for d in /sys/block/pbd*; do [ ! -e $d/partbus/state ] || D=${d##*/}; done; [ -n "$D" ]; }
works() { disk && [ "$(cat /sys/block/$D/partbus/state)" = running ] && [ -b /dev/$D ]; }
held() { ! disk || [ "$(cat /sys/block/$D/partbus/state)" = no-path ]; }
no_disk() { ! disk; }
end_is() { grep -qsx "$2" /sys/bus/partbus/devices/client*/$1; }
no_end() { ! ls /sys/bus/partbus/devices/client* > /dev/null 2>&1; }
off() { for p in $P/*; do echo off > $p; done; }
put() { disk && printf "%0'$((BLOCKS * 4096))'d" $1 |
	/bin/dd of=/dev/$D bs=4k seek=$(($1 * '$BLOCKS')) oflag=direct \
	iflag=fullblock conv=nocreat,notrunc 2> /dev/null; }
'

g() {
	GUEST_TIMEOUT=${LIMIT:-120} guest_run m "$WORDS
$*"
}

g_up() {
	g "modprobe -a partbus_pci partbus_vsc_blk && again works"
}

# --- the host's side -----------------------------------------------------------------

daemon_listens() {
	soon 10 test -S /run/partbus/m.sock
}

# Everything that is missing comes back.
revive() {
	[ -e /sys/module/partbus_vsp_blk ] || modprobe partbus_vsp_blk || return 1
	partbus resource show d0 > /dev/null 2>&1 || add_resource || return 1
	kill -0 "$DAEMON" 2> /dev/null || { daemon_start && daemon_listens; } || return 1
	# A broken channel stays for people to see until its offer is made anew.
	if end_is server state broken; then
		partbus offer del m d0
		soon $PATIENCE no_ends
	fi
	partbus -j offer show | grep -q d0 || partbus offer add m d0 > /dev/null || return 1
	guest_alive m || guest_start m || return 1
	guest_wait m && g_up
}

# --- into the state ---------------------------------------------------------------------

point_of() {	# stop
	local s=${1#?:}
	echo "${s%%/*}"
}

arm() {	# stop
	case $1 in
	h:*) stop_rule "${1#h:}" > "$POINTS/$(point_of "$1")" ;;
	g:*) g "echo '$(stop_rule "${1#g:}")' > \$P/$(point_of "$1")" ;;
	esac
}

arrived() {	# stop
	case $1 in
	h:*) soon $PATIENCE stands "$(point_of "$1")" ;;
	g:*) g "again stands $(point_of "$1")" ;;
	esac
}

trigger() {
	case $BEGIN in
	attach) g "modprobe -a partbus_pci partbus_vsc_blk" ;;
	new) partbus offer add m d0 > /dev/null ;;
	io) write_begin ;;
	ask)
		CAP=$((CAP + 1))
		partbus resource set d0 cap_iops $CAP
		;;
	dead)
		g "partbus contract request d0 writable 1 least 1 wait 10" > /dev/null &&
			partbus resource set d0 read_only on &&
			soon $PATIENCE end_is server negotiation dead-end &&
			g "again end_is negotiation dead-end"
		;;
	spoil)
		if [ "$LIVES" = server ]; then
			g "echo garble 0 0x80 role client > \$P/entry"
		else
			point entry garble 0 0x80 role server
		fi
		write_begin
		;;
	close) partbus offer del m d0 ;;
	esac
}

write_begin() {
	guest_run_bg m writer "$WORDS
put $AT" && WORKING=1
}

reach() {
	case $BEGIN in
	attach)
		# The points are partbus.ko's, which stays.
		g "modprobe -r partbus_pci && again no_end" || return 1
		soon $PATIENCE partition_is m state attached || return 1
		;;
	new)
		partbus offer del m d0 && soon $PATIENCE no_ends && g "again no_disk" || return 1
		;;
	esac
	arm "$STOP" || return 1
	trigger || { echo "# cannot begin: $BEGIN" && return 1; }
	[ "$STOP" = - ] || arrived "$STOP" || { echo "# nobody came to $STOP" && return 1; }
	in_state || { echo "# not in the state" && return 1; }
}

live_end_is() {	# file, value
	if [ "$LIVES" = server ]; then
		soon 5 end_is server "$1" "$2"
	else
		g "again end_is $1 $2"
	fi
}

in_state() {
	case $STATE/$LIVES in
	nonce/* | hello/*) soon 5 partition_is m state attached ;;
	# The server has been opened before the guest knows of it.
	offered/server) live_end_is state opening ;;
	closed/*) true ;;
	offered/* | opening/* | open/* | closing/* | broken/*) live_end_is state "$STATE" ;;
	start/* | running/* | dead-end/* | starting/client) live_end_is negotiation "$STATE" ;;
	uninitialized/* | initialized/*) live_end_is negotiation "protocol-$STATE" ;;
	features/* | starting/*) live_end_is negotiation features-not-negotiated ;;
	esac
}

# --- faults --------------------------------------------------------------------------------

release() {
	local p
	for p in "$POINTS"/*; do
		[ -d "$p" ] || echo go > "$p"
	done
	[ "$1" = guest-gone ] || g 'for p in $P/*; do echo go > $p; done'
}

gave_up() {
	case $LIVES in
	server) end_is server negotiation running || end_is server negotiation start ;;
	client) g "end_is state broken || end_is negotiation dead-end || end_is negotiation running" ;;
	esac
}

fault_kill() {
	guest_kill m
	release guest-gone
}

fault_reset() {
	guest_reset m
	release guest-gone
}

fault_daemon() {
	kill -KILL "$DAEMON"
	wait "$DAEMON" 2> /dev/null
	DAEMON=
	release all
	daemon_start
	daemon_listens
}

# Nobody uses it yet, or only who looks for partitions.
disk_is_new() {
	[ "$STATE/$LIVES/$BEGIN" = running/client/new ]
}

use_disk() {
	g 'again disk && again [ -b /dev/$D ]' && write_begin
}

fault_hang() {
	local stops_at=neg-receive
	if [ "$DIES" = client ]; then
		kill -STOP "$(guest_pid m)"
		release guest-gone
		! has_clock || soon $PATIENCE gave_up
		kill -CONT "$(guest_pid m)"
	else
		if [[ $STOP != h:* ]]; then
			# With whom all is negotiated does not serve.
			[ "$STATE" = running ] && stops_at=take
			point $stops_at stop role server
			if [ "$BEGIN" = dead ]; then
				partbus resource set d0 read_only off
			else
				g 'for p in $P/*; do echo go > $p; done'
			fi
			! disk_is_new || use_disk || return 1
			soon $PATIENCE stands $stops_at || return 1
		fi
		! has_clock || soon $PATIENCE gave_up
	fi
	release all
}

fault_garbage() {
	if [ "$WANT" = protocol ]; then
		g "echo garble 0 0x80 > \$P/ctrl-send"
		# Whatever it says next: for one, that it has let go.
		[ "$STATE" = hello ] || partbus offer del m d0
	elif [ "$DIES" = client ]; then
		g "echo garble 0 0x80 role client > \$P/neg-send
		echo garble 0 0x80 role client > \$P/entry"
	else
		point neg-send garble 0 0x80 role server
		point entry garble 0 0x80 role server
	fi
	[ "$BEGIN" != dead ] || partbus resource set d0 read_only off
	release all
	# Nobody else uses the disk.
	[ "$WANT/$BEGIN" != op/ask ] || write_begin || return 1
	! disk_is_new || use_disk
}

fault_rescind() {
	partbus offer del m d0
	release all
}

fault_rmmod() {
	if [ "$DIES" = client ]; then
		guest_run_bg m rmmod "modprobe -r partbus_vsc_blk partbus_pci" || return 1
		release all
		FAULT_CODE=0
		LIMIT=120 guest_join m rmmod > /dev/null 2>&1 || FAULT_CODE=$?
	else
		modprobe -r partbus_vsp_blk &
		soon 10 going
		release all
		wait $!
	fi
}

going() {
	local state
	{ read -r state < /sys/module/partbus_vsp_blk/initstate; } 2> /dev/null || return 0
	[ "$state" = going ]
}

# --- outcomes ----------------------------------------------------------------------------------

works() {
	g "again works" || { echo "# the disk does not work" && return 1; }
}

same_channel() {
	find_channel server && [ "$CHANNEL" = "$BEFORE" ]
}

fresh_channel() {
	find_channel server && [ "$CHANNEL" -gt "${BEFORE:-0}" ]
}

outcome() {	# word
	local generation
	case $1 in
	same) works && { [ "$BEGIN" = attach ] || same_channel; } ;;
	again)
		generation=$GENERATION
		case $FAULT in
		kill)
			soon $PATIENCE partition_is m state defined || { echo "# still attached" && return 1; }
			soon $PATIENCE no_ends || { echo "# ends are left" && return 1; }
			soon $PATIENCE bytes_are 0 || { echo "# memory is left" && return 1; }
			WORKING=
			;;
		reset)
			guest_wait m || return 1
			WORKING=
			;;
		esac
		revive && works && fresh_channel && [ "$(partition_field m generation)" -gt "$generation" ]
		;;
	refused) [ "$FAULT_CODE" -ne 0 ] && works && same_channel ;;
	waits) g "again held" && revive && works && fresh_channel ;;
	deadend)
		g "again end_is negotiation dead-end" || { echo "# no dead end" && return 1; }
		[ "$BEGIN" != dead ] || partbus resource set d0 read_only off
		g "partbus contract request d0 cap_iops max wait 10" > /dev/null
		works && same_channel
		;;
	gone)
		soon $PATIENCE no_ends || { echo "# ends are left" && return 1; }
		g "again no_end && again no_disk" || { echo "# the guest has it still" && return 1; }
		revive && works
		;;
	protocol)
		soon $PATIENCE partition_is m state attached && soon $PATIENCE no_ends ||
			{ echo "# not turned away" && return 1; }
		g "modprobe -r partbus_pci" && revive && works && fresh_channel
		;;
	broken)
		soon $PATIENCE end_is server state broken || return 1
		revive && works && fresh_channel
		;;
	*)
		soon $PATIENCE end_is server state broken && soon 5 said "${SENTENCE[$1]}" ||
			{ echo "# not broken: ${SENTENCE[$1]}" && return 1; }
		points_off
		g off
		revive && works && fresh_channel
		;;
	esac
}

aftermath() {
	# It was done, or failed with its disk; what counts is that it ends.
	[ -z "$WORKING" ] || { LIMIT=120 guest_join m writer > /dev/null 2>&1; [ $? -ne 124 ]; } ||
		{ echo "# a write hangs" && return 1; }
	WORKING=
	g "put $AT" || { echo "# a write fails" && return 1; }
	# The contract of a channel that was begun anew is the default, as it was.
	soon $PATIENCE whole ||
		{ echo "# section_bytes $(section_bytes), not $WHOLE" && return 1; }
}

cell() {
	local ok=1
	AT=$((AT + 1))
	FAULT_CODE=0
	EVENTS_AT=$(stat -c %s $EVENTS)
	# Only who hangs is to be given up.
	TIMEOUT=20
	[ "$FAULT" != hang ] || ! has_clock || TIMEOUT=1
	echo $TIMEOUT > /sys/module/partbus/parameters/negotiation_timeout
	g "echo $TIMEOUT > /sys/module/partbus/parameters/negotiation_timeout"
	GENERATION=$(partition_field m generation)
	if reach; then
		BEFORE=
		find_channel server && BEFORE=$CHANNEL
		"fault_$FAULT" && outcome "$WANT" && aftermath && ok=0
	fi
	points_off
	test_result "$STATE of the $LIVES, $BEGIN: $FAULT of the $OTHER: $WANT" $ok
	SEEN["$ROW $FAULT"]=$WANT
	[ $ok -ne 0 ] || return 0
	SEEN["$ROW $FAULT"]=FAILED
	partbus channel show | sed 's/^/# /'
	tail -c "+$((EVENTS_AT + 1))" $EVENTS | cut -c1-200 | sed 's/^/# /'
	# The next cell begins with a machine that knows nothing of this one.
	guest_kill m
	WORKING=
	soon $PATIENCE no_ends
	revive && g "put $AT"
}

wanted() {
	local a
	[ $# -gt 0 ] || { [ -n "$STAR" ] && return 0 || return 1; }
	for a; do
		case $a in
		all | "$STATE" | "$STATE/$LIVES" | "$STATE/$LIVES/$FAULT" | "$FAULT") return 0 ;;
		esac
	done
	return 1
}

# --- all ------------------------------------------------------------------------------------------

test_ok "modules load on the host" load_host
test_ok "they have injection points" points_ready
test_ok "the table can be read" table_read "$PB_SRC/selftests/matrix/nested.tbl"
test_ok "the table has no empty cell" table_complete
load_ram 1 65536
partbus -j monitor > $EVENTS 2> /dev/null &
MONITOR=$!
mkdir -p /run/partbus
daemon_start
test_ok "partition add" partbus partition add m window 64M
test_ok "the daemon listens" soon 10 test -S /run/partbus/m.sock
test_ok "resource add" add_resource
test_ok "offer add" partbus offer add m d0
test_ok "the guest boots" guest_start m
test_ok "the guest is up" guest_wait m
test_ok "its disk works" g_up
WHOLE=$(section_bytes)
NOISE='channel broken: |no contract: |broke the control protocol|I/O error, dev pbd|Buffer I/O error'
lab_expect "$NOISE"

BEGAN=$SECONDS
for ROW in "${ROWS[@]}"; do
	read -r STATE LIVES BEGIN STOP <<< "$ROW"
	[ "$LIVES" = server ] && DIES=client OTHER=guest || DIES=server OTHER=provider
	for FAULT in "${FAULTS[@]}"; do
		WANT=${CELL["$ROW $FAULT"]}
		STAR=
		[[ $WANT != *'*' ]] || STAR=1
		WANT=${WANT%\*}
		[[ $WANT != '!'* ]] || continue
		wanted "$@" || continue
		cell
	done
done

[ $AT -eq 0 ] || test_ok "what each cell wrote is on the medium" all_data
kill $MONITOR
wait $MONITOR 2> /dev/null
test_ok "the guest shuts down" guest_stop m
test_ok "no channel is left" soon $PATIENCE no_ends
test_ok "no memory is left" soon $PATIENCE bytes_are 0
test_ok "the offer goes" partbus offer del m d0
test_ok "the resource goes" partbus resource del d0
test_ok "the partition goes" partbus partition del m
kill "$DAEMON"
wait "$DAEMON"
DAEMON=
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsp_blk partbus_host
test_ok "nothing of partbus is left" modules_gone

table_print "The guest dies while the server's end is ..." server
table_print "The provider dies while the guest's end is ..." client
table_reasons
echo "# $AT cells in $((SECONDS - BEGAN)) s"
tests_done
