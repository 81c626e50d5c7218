# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For the matrix "every state is a place where the other side dies": injection
# points, conditions that cost no process, and the table of cells.
#
# A table (local.tbl, nested.tbl) has a line for each state:
#
#	STATE LIVES BEGIN STOP KILL RESET HANG GARBAGE RESCIND RMMOD DAEMON
#
# LIVES is the end whose state it is, and which survives: the other side dies.
# BEGIN says what brings the state about, STOP (POINT/ROLE/TYPE, or -) where a
# thread is stopped so that it lasts. The other columns hold the outcome, or
# "!WORD" where there can be no such cell; "reason WORD SENTENCE" says why.

POINTS=/sys/kernel/debug/partbus/inject
FAULTS=(kill reset hang garbage rescind rmmod daemon)
ENDS=/sys/bus/partbus/devices
declare -A CELL REASON		# by "row fault"; by word
ROWS=()				# "STATE LIVES BEGIN STOP"

EVENTS=/tmp/events
# The cell; 0 is nobody's.
# shellcheck disable=SC2034
AT=0

# What a channel says when it breaks, by outcome.
# shellcheck disable=SC2034
declare -A SENTENCE=(
	[type]='negotiation message of an unknown type'
	[op]='request with an unknown operation'
	[tag]='tag beyond the depth'
	[answer]='no answer to START: which contract holds is unknown'
)

[ -p /tmp/never ] || mkfifo /tmp/never

nap() {
	read -rt 0.03 <> /tmp/never || :
}

# As wait_for of lib.sh, for conditions that are functions of this shell.
soon() {	# seconds, condition
	local end=$((SECONDS + $1 * ${PB_PATIENCE:-1}))
	shift
	until "$@"; do
		[ $SECONDS -le "$end" ] || return 1
		nap
	done
}

# --- injection points ------------------------------------------------------------

points_ready() {
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	[ -d "$POINTS" ]
}

point() {	# name, rule...
	echo "${@:2}" > "$POINTS/$1"
}

stands() {	# point: is somebody stopped there?
	local line
	read -r line < "$POINTS/$1"
	[[ $line != *"waiting 0" ]]
}

hits() {	# point
	local line
	read -r line < "$POINTS/$1"
	line=${line#* hits }
	echo "${line%% *}"
}

# Does the end that lives wait for an answer? A client gives up after one second here,
# or three when it has said START, a server after three.
has_clock() {
	case $LIVES/$STATE in
	server/initialized | server/features | server/uninitialized) true ;;
	client/offered | client/running | client/open | server/*) false ;;
	esac
}

points_off() {
	local p
	for p in "$POINTS"/*; do
		[ -d "$p" ] || echo off > "$p"
	done
}

# POINT/ROLE/TYPE as the words of a rule, without its point.
stop_rule() {	# stop
	local role type
	IFS=/ read -r _ role type <<< "$1"
	echo "stop${role:+ role $role}${type:+ type $type}"
}

# --- channel ends -------------------------------------------------------------------

# Number of the newest channel that has an end of this role, in CHANNEL.
find_channel() {	# role
	local d n
	CHANNEL=
	for d in "$ENDS/$1"[0-9]*; do
		[ -e "$d" ] || return 1
		n=${d##*/"$1"}
		[ "${CHANNEL:-0}" -gt "$n" ] || CHANNEL=$n
	done
	[ -n "$CHANNEL" ]
}

end_is() {	# role, file (state, negotiation), value
	local value
	find_channel "$1" || return 1
	{ read -r value < "$ENDS/$1$CHANNEL/$2"; } 2> /dev/null
	[ "$value" = "$3" ]
}

end_is_not() {
	! end_is "$@"
}

no_ends() {
	local d
	for d in "$ENDS"/*; do
		[ ! -e "$d" ] || return 1
	done
}

bound() {	# role: does a driver serve the newest end?
	find_channel "$1" && [ -e "$ENDS/$1$CHANNEL/driver" ]
}

# --- resources, memory, data, events ------------------------------------------------

# Of all sections: without a process, as section_bytes of lib.sh has one.
bytes_are() {
	local bytes
	read -r bytes < /sys/module/partbus/parameters/section_bytes
	[ "$bytes" = "$1" ]
}

# As it is with one disk and nothing else, $WHOLE bytes. A channel that has lost a contract
# and got another keeps the section of the lost one until there is a third.
# shellcheck disable=SC2153	# of the cell
whole() {
	local bytes
	read -r bytes < /sys/module/partbus/parameters/section_bytes
	[ "$bytes" = "$WHOLE" ] ||
		{ [ "$BEGIN/$FAULT" = dead/hang ] && [ "$bytes" -lt $((2 * WHOLE)) ]; }
}

said() {	# sentence: since the cell began
	[[ $(tail -c "+$((EVENTS_AT + 1))" "$EVENTS") == *"$1"* ]]
}

# --- the table ------------------------------------------------------------------------

table_read() {	# file
	local line words i row
	while read -r line; do
		read -ra words <<< "$line"
		case ${words[0]-} in
		'' | '#'*) continue ;;
		reason) REASON[${words[1]}]="${words[*]:2}" && continue ;;
		esac
		[ ${#words[@]} -eq 11 ] || { echo "# bad line in $1: $line" && return 1; }
		row="${words[*]:0:4}"
		ROWS+=("$row")
		for i in "${!FAULTS[@]}"; do
			CELL["$row ${FAULTS[i]}"]=${words[i + 4]}
		done
	done < "$1"
	[ ${#ROWS[@]} -gt 0 ]
}

# Each cell has an outcome, or a reason that is written down.
table_complete() {
	local row fault cell
	for row in "${ROWS[@]}"; do
		for fault in "${FAULTS[@]}"; do
			cell=${CELL["$row $fault"]}
			[ -n "$cell" ] || { echo "no cell for $row, $fault" && return 1; }
			[[ $cell != '!'* ]] || [ -n "${REASON[${cell#!}]-}" ] ||
				{ echo "no reason for ${cell#!}" && return 1; }
		done
	done
}

# With what was seen in SEEN["row fault"], or the table's word for cells not run.
declare -A SEEN
table_print() {	# title, who lives
	local row fault words cell
	printf '#\n# %s\n# %-16s %-7s' "$1" state begun
	printf ' %-12s' "${FAULTS[@]}"
	echo
	for row in "${ROWS[@]}"; do
		read -ra words <<< "$row"
		[ "${words[1]}" = "$2" ] || continue
		printf '# %-16s %-7s' "${words[0]}" "${words[2]}"
		for fault in "${FAULTS[@]}"; do
			cell=${CELL["$row $fault"]}
			[[ $cell == '!'* ]] || cell=${SEEN["$row $fault"]-(not run)}
			printf ' %-12s' "$cell"
		done
		echo
	done
}

table_reasons() {
	local word
	echo "#"
	for word in "${!REASON[@]}"; do
		echo "# !$word: ${REASON[$word]}"
	done | sort
}
