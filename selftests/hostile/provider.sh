# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests that let partbus_hostile_provider serve a client of this kernel: source this
# after selftests/lib.sh; $EVENTS is to be fed by 'partbus -j monitor'.
#
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317

PARAMETERS=/sys/module/partbus_hostile_provider/parameters
EVENTS=/tmp/events.json
CHANNEL=99999

opened() {	# mode: the channel and its number
	CHANNEL=$((CHANNEL + 1))
	FROM=$(($(wc -l < "$EVENTS") + 1))
	echo "$1" > "$PARAMETERS/open"
}

reason() {	# the first that the client gave
	tail -n "+$FROM" "$EVENTS" |
		jq -r "select(.channel == $CHANNEL and .reason) | .reason" | head -n 1
}

said() {	# what its event must begin with
	local got
	got=$(reason)
	[[ -n $got && $got == "$1"* ]]
}

wanted_mode() {	# mode, list...
	local mode=$1 m
	shift
	for m; do [ "$m" = "$mode" ] && return 0; done
	return 1
}
