# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Every state is a place where the other side dies, in one kernel: for each line of a
# table and each fault the end that lives is brought into its state, a thread is
# stopped there, the other end dies, the thread goes on, and the outcome must be the
# table's. Then the device works, and all memory is back.
#
#	kill	the end's driver is taken off the channel
#	hang	the end does nothing until the other has given up
#	garbage	the next thing that it sends has a wrong byte
#	rescind	the offer is deleted
#	rmmod	the end's module is unloaded
#
# A script of selftests/local sources this with lib.sh and the words of a class, and
# calls matrix_run with its arguments: STATE, STATE/LIVES, STATE/LIVES/FAULT choose lines.
# The words of a class, disk.sh or nic.sh:
#
#	RESOURCE TABLE DRIVER[client|server]
#	class_load			modules' own needs, before there is a resource
#	add_resource
#	device_gone device_works	of the client
#	device_held			has no path, or is gone
#	class_demand			the client insists on what class_deny takes away, and
#	class_deny class_allow		class_allow gives back
#	class_ask			the provider wants another contract
#	class_settle			the client asks for one that can be had
#	io_start io_end			uses the device; code of what was done
#	io_over				after a cell: nothing was lost that must not be lost
#	io_all				after all of them
# Functions are called through the words of lib.sh; numbers need no quotes.
# shellcheck disable=SC2317,SC2086,SC2015,SC2034,SC2153

IO=			# process that uses the device
CLOSER=			# who takes a provider's end off
PATIENCE=45		# seconds: only a cell that fails waits so long
GIVES_UP=15		# seconds: enough for a timeout of one three times, not for the usual ten
declare -A DRIVER

# --- the system ----------------------------------------------------------------

driver_of() {	# role, unbind or bind, channel
	echo "$1$3" > "/sys/bus/partbus/drivers/${DRIVER[$1]}/$2"
}

# Puts everything back that is missing, as an operator would.
revive() {
	[ -e "/sys/module/${DRIVER[server]}" ] || modprobe "${DRIVER[server]}" || return 1
	partbus resource show $RESOURCE > /dev/null 2>&1 || add_resource || return 1
	[ "$BEGIN" != dead ] || class_allow || return 1
	[ -e "/sys/module/${DRIVER[client]}" ] || modprobe "${DRIVER[client]}" || return 1
	partbus -j offer show | grep -q $RESOURCE || partbus offer add root $RESOURCE || return 1
	if find_channel client && { end_is client state broken || ! bound client; }; then
		! bound client || driver_of client unbind "$CHANNEL"
		# Not there any more: it was about to be replaced anyway.
		driver_of client bind "$CHANNEL" 2> /dev/null
	fi
	return 0
}

unoffer() {
	partbus offer del root $RESOURCE > /dev/null 2>&1
	soon $PATIENCE no_ends && soon $PATIENCE device_gone && soon $PATIENCE bytes_are 0
}

# --- into the state ------------------------------------------------------------------

trigger() {	# begin
	case $1 in
	new)
		partbus offer add root $RESOURCE > /dev/null
		;;
	io)
		io_start
		;;
	ask)
		class_ask
		;;
	dead)
		class_demand > /dev/null && class_deny &&
			soon $PATIENCE end_is client negotiation dead-end &&
			soon $PATIENCE end_is server negotiation dead-end
		;;
	spoil)
		point entry garble 0 0x80 role "$LIES"
		io_start
		;;
	close)
		# The provider's end is taken off by hand: a fresh channel comes for it. By
		# another process, which may be the one that is stopped.
		find_channel server || return 1
		driver_of server unbind "$CHANNEL" &
		CLOSER=$!
		;;
	esac
}

# The state itself, where the end can still be seen.
in_state() {
	case $STATE in
	offered | opening | open | closing | broken) soon 5 end_is "$LIVES" state "$STATE" ;;
	closed) true ;;
	start | running | dead-end) soon 5 end_is "$LIVES" negotiation "$STATE" ;;
	uninitialized | initialized) soon 5 end_is "$LIVES" negotiation "protocol-$STATE" ;;
	features) soon 5 end_is "$LIVES" negotiation features-not-negotiated ;;
	starting)
		# A server has no such state: it handles START.
		if [ "$LIVES" = server ]; then
			soon 5 end_is server negotiation features-not-negotiated
		else
			soon 5 end_is client negotiation starting
		fi
		;;
	esac
}

reach() {
	local rule
	if [ "$BEGIN" = new ]; then
		unoffer || { echo "# not empty before the cell" && return 1; }
	else
		revive && soon $PATIENCE device_works || { echo "# no device before the cell" && return 1; }
		soon $PATIENCE end_is server negotiation running
	fi
	if [ "$STOP" != - ]; then
		rule=$(stop_rule "$STOP")
		echo "$rule" > "$POINTS/${STOP%%/*}"
	fi
	trigger "$BEGIN" || { echo "# cannot begin: $BEGIN" && return 1; }
	[ "$STOP" = - ] || soon $PATIENCE stands "${STOP%%/*}" ||
		{ echo "# nobody came to $STOP" && return 1; }
	in_state || { echo "# not in the state" && return 1; }
}

# --- faults ------------------------------------------------------------------------------

# The process has ended, or waits in the kernel for who was stopped.
settled() {	# pid
	local stat
	{ read -r stat < "/proc/$1/stat"; } 2> /dev/null || return 0
	[[ ${stat##*) } == [DZ]* ]]
}

going() {	# module, pid of who unloads it
	local state
	kill -0 "$2" 2> /dev/null || return 0
	{ read -r state < "/sys/module/$1/initstate"; } 2> /dev/null || return 0
	[ "$state" = going ]
}

fault_kill() {
	local role=$DIES
	find_channel "$role" || return 1
	(driver_of "$role" unbind "$CHANNEL") 2> /tmp/fault.log &
	FAULT_PID=$!
	soon 5 settled $FAULT_PID
}

fault_rmmod() {
	modprobe -r "${DRIVER[$DIES]}" 2> /tmp/fault.log &
	FAULT_PID=$!
	soon 10 going "${DRIVER[$DIES]}" $FAULT_PID
}

server_ends() {
	! find_channel server || end_is server state closing
}

fault_rescind() {
	partbus offer del root $RESOURCE && soon 5 server_ends
}

fault_garbage() {
	point neg-send garble 0 0x80 role "$DIES"
	point entry garble 0 0x80 role "$DIES"
	[ "$BEGIN" != dead ] || class_allow
	! device_is_new || use_device
}

# Nobody uses it yet, or only who looks for partitions.
device_is_new() {
	[ "$STATE/$LIVES/$BEGIN" = running/client/new ]
}

use_device() {
	soon $PATIENCE device_works && io_start
}

# Stopped already where the row says so, else at the next message. Until the other
# end has given up, where it has a clock.
fault_hang() {
	local role stops_at=neg-receive
	IFS=/ read -r _ role _ <<< "$STOP"
	if [ "$role" != "$DIES" ]; then
		case $BEGIN in
		dead)
			point neg-receive "stop role $DIES"
			class_allow
			soon $PATIENCE stands neg-receive || return 1
			;;
		*)
			# With all negotiated it is to serve.
			! device_is_new || stops_at=take
			point $stops_at "stop role $DIES"
			echo go > "$POINTS/${STOP%%/*}"
			! device_is_new || use_device || return 1
			soon $PATIENCE stands $stops_at || return 1
			;;
		esac
	fi
	! has_clock || soon $GIVES_UP gave_up
}

gave_up() {
	case $LIVES in
	server) end_is server negotiation running || end_is server negotiation start ;;
	client)
		end_is client state broken || end_is client negotiation dead-end ||
			end_is client negotiation running
		;;
	esac
}

# --- outcomes ------------------------------------------------------------------------------

works_again() {
	soon $PATIENCE device_works || { echo "# the device does not work" && return 1; }
}

same_channel() {
	find_channel client && [ "$CHANNEL" = "$BEFORE" ]
}

fresh_channel() {
	find_channel client && [ "$CHANNEL" -gt "$BEFORE" ]
}

broken_for() {	# sentence
	soon $PATIENCE end_is client state broken && soon $PATIENCE end_is server state broken &&
		soon 5 said "$1"
}

# The client begins anew by itself after half a minute, or when it is told to.
contract_can_be_had() {
	soon $PATIENCE end_is client negotiation dead-end
	revive
	class_settle > /dev/null
}

outcome() {	# word
	case $1 in
	same)
		works_again && same_channel || { echo "# another channel" && return 1; }
		;;
	anew)
		soon $PATIENCE fresh_channel || { echo "# no fresh channel" && return 1; }
		[ "$BEGIN" != dead ] || contract_can_be_had
		works_again
		;;
	waits)
		soon $PATIENCE device_held || { echo "# it does not wait" && return 1; }
		revive && works_again
		;;
	refused)
		[ "$FAULT_CODE" -ne 0 ] && works_again && same_channel
		;;
	deadend)
		soon $PATIENCE end_is client negotiation dead-end ||
			{ echo "# no dead end" && return 1; }
		soon $PATIENCE device_held || return 1
		contract_can_be_had
		works_again && same_channel
		;;
	gone)
		soon $PATIENCE no_ends || { echo "# channel ends are left" && return 1; }
		# Done just before, or failed; what counts is that it ends.
		io_end
		soon $PATIENCE device_gone && soon $PATIENCE bytes_are 0 && revive && works_again
		;;
	broken)
		soon $PATIENCE end_is client state broken || { echo "# not broken" && return 1; }
		revive && works_again && fresh_channel
		;;
	*)
		broken_for "${SENTENCE[$1]}" || { echo "# not broken: ${SENTENCE[$1]}" && return 1; }
		points_off
		revive && works_again && fresh_channel
		;;
	esac
}

# All that must hold after each cell, whatever the outcome.
aftermath() {
	io_over || return 1
	soon $PATIENCE whole || { echo "# section_bytes $(section_bytes), not $WHOLE" && return 1; }
}

LIES=
cell() {	# fault, outcome
	local FAULT=$1 want=$2 ok=1
	AT=$((AT + 1))
	FAULT_PID=
	FAULT_CODE=0
	EVENTS_AT=$(stat -c %s $EVENTS)
	# Only who hangs is to be given up.
	TIMEOUT=20
	[ "$FAULT" != hang ] || ! has_clock || TIMEOUT=1
	echo $TIMEOUT > /sys/module/partbus/parameters/negotiation_timeout
	if reach; then
		find_channel client || find_channel server
		BEFORE=$CHANNEL
		# A module in use is not unloaded: there is a row for that.
		[ "$BEGIN" = new ] || [ -n "$IO" ] || [ "$FAULT/$DIES" = rmmod/client ] || io_start
		if "fault_$FAULT"; then
			points_release
			[ -z "$FAULT_PID" ] || { wait "$FAULT_PID" && FAULT_CODE=0 || FAULT_CODE=$?; }
			outcome "$want" && aftermath && ok=0
		else
			echo "# the fault could not be made: $(cat /tmp/fault.log)"
		fi
	fi
	points_off
	[ -z "$CLOSER" ] || wait "$CLOSER"
	CLOSER=
	test_result "$STATE of the $LIVES, $BEGIN: $FAULT of the ${DIES/server/provider}: $want" $ok
	if [ $ok -ne 0 ]; then
		want="FAILED"
		partbus channel show | sed 's/^/# /'
		tail -c "+$((EVENTS_AT + 1))" $EVENTS | cut -c1-200 | sed 's/^/# /'
		# What waits for the device fails with it.
		unoffer
		[ -z "$FAULT_PID" ] || wait "$FAULT_PID"
		io_end
		revive > /dev/null 2>&1
	fi
	SEEN["$ROW $FAULT"]=$want
}

# Whoever was stopped goes on; rules that spoil something stay until they have.
points_release() {
	[ "$STOP" = - ] || echo go > "$POINTS/${STOP%%/*}"
	# Not "go": who was late to be stopped would stand there to the end of the cell.
	echo off > "$POINTS/neg-receive"
	echo off > "$POINTS/take"
}

wanted() {	# fault
	local a
	[ $# -gt 1 ] || return 0
	for a in "${@:2}"; do
		case $a in
		"$STATE" | "$STATE/$LIVES" | "$STATE/$LIVES/$1" | "$STATE/$LIVES/$1/$BEGIN" | "$1") return 0 ;;
		esac
	done
	return 1
}

# --- all -------------------------------------------------------------------------------------

matrix_run() {	# chosen lines
	local fault want
	test_ok "modules load" modprobe -a partbus_host "${DRIVER[server]}"
	test_ok "client module loads" modprobe "${DRIVER[client]}"
	test_ok "they have injection points" points_ready
	test_ok "the table can be read" table_read "$PB_SRC/selftests/matrix/$TABLE"
	test_ok "the table has no empty cell" table_complete
	test_ok "what is behind the resource" class_load
	partbus -j monitor > $EVENTS 2> /dev/null &
	MONITOR=$!
	test_ok "resource add" add_resource
	test_ok "offer add" partbus offer add root $RESOURCE
	test_ok "the device works" soon $PATIENCE device_works
	WHOLE=$(section_bytes)

	BEGAN=$SECONDS
	for ROW in "${ROWS[@]}"; do
		read -r STATE LIVES BEGIN STOP <<< "$ROW"
		[ "$LIVES" = server ] && DIES=client || DIES=server
		# Who sends what breaks the one that lives.
		LIES=$DIES
		for fault in "${FAULTS[@]}"; do
			want=${CELL["$ROW $fault"]}
			[[ $want != '!'* ]] || continue
			wanted "$fault" "$@" || continue
			cell "$fault" "$want"
		done
	done

	io_all
	kill $MONITOR
	wait $MONITOR 2> /dev/null
	test_ok "the offer goes" unoffer
	test_ok "the resource goes" partbus resource del $RESOURCE
	test_ok "modules unload" modprobe -r "${DRIVER[client]}" "${DRIVER[server]}" partbus_host
	test_ok "nothing of partbus is left" modules_gone

	table_print "The client dies while the server's end is ..." server
	table_print "The provider dies while the client's end is ..." client
	table_reasons
	echo "# $AT cells in $((SECONDS - BEGAN)) s"
	tests_done
}
