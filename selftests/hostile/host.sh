# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# On the host of a guest "bad" that has partbus_hostile_guest: telling it what to
# do, and what the host's events say of it. Source this after selftests/lib.sh and
# guest.sh; BAD is to be the id of its partition, and $EVENTS is to be fed by
# 'partbus -j monitor'.

EVENTS=$PB_SHARE/events.json
RUN=/sys/module/partbus_hostile_guest/parameters/run

in_guest() {	# name, command
	GUEST_TIMEOUT=300 guest_run "$@"
}

# Reasons of the events of guest bad from one line of the file on.
reasons() {	# kind, from
	tail -n "+$2" "$EVENTS" | jq -r "select(.kind == \"$1\" and .partition == $BAD and .reason
		and .role != \"client\" and (.kind != \"channel-state\" or .state == \"broken\")) | .reason"
}

bad_broke() {	# after which line of the events
	[ -n "$(tail -n "+$1" "$EVENTS" |
		jq -r "select(.partition == $BAD and .reason) | .reason")" ]
}

lines() {
	wc -l < "$EVENTS"
}

# What the module has sent wrongly, and the events that must have come of it.
order() {	# name, kind of the events, fewest cases
	local from
	from=$(($(lines) + 1))
	in_guest bad "dmesg -c > /dev/null; echo $1 > $RUN; code=\$?
		dmesg | sed -n 's/.*partbus_hostile: //p'; exit \$code" > /tmp/cases
	test_is "$1: every case came out as it must" "$?" 0
	grep FAILED /tmp/cases | sed 's/^/# /'
	sed -n 's/^.*: broke //p' /tmp/cases > /tmp/wanted
	wait_for 10 sh -c "[ \$(tail -n +$from $EVENTS | grep -c '\"reason\"') -ge \$(wc -l < /tmp/wanted) ]"
	reasons "$2" "$from" > /tmp/got
	test_ok "$1: the events say why, $(wc -l < /tmp/wanted) times" diff /tmp/wanted /tmp/got
	test_ok "$1: enough was tried" test "$(wc -l < /tmp/cases)" -gt "$3"
}
