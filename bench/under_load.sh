# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Looking at counters while a load is under way, and at nothing of how that load starts
# or ends: source this, in the host VM and in guests.

first_of() {	# counter function: prints its first number
	"$1" | { read -r _ number && echo "$number"; }
}

# Waits for a load, as many tenths of a second as PATIENCE at least, and has SAMPLE look
# twice in the midst of it, SECONDS apart: with "before" or "after", and COUNTER. That one
# prints lines of a name and a number; the first number grows with the load.
under_load() {	# PATIENCE, SECONDS, COUNTER, SAMPLE
	start=$(first_of "$3")
	tries=0
	while [ $(($(first_of "$3") - start)) -lt 10 ]; do
		tries=$((tries + 1))
		[ $tries -lt "$1" ] || { echo "no load comes" >&2 && return 1; }
		sleep 0.1
	done
	sleep 1
	"$4" before "$3"
	sleep "$2"
	"$4" after "$3"
}
