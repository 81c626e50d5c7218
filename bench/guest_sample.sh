# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What the guest's kernel counts while a load is under way, and nothing of how that load
# starts or ends: source this.

first_of() {	# counter function: prints its first number
	"$1" | { read -r _ number && echo "$number"; }
}

# Prints counters twice, SECONDS apart, in the midst of a load. COUNTER prints lines of a
# name and a number; the first number grows with the load.
sample_under_load() {	# seconds, COUNTER
	start=$(first_of "$2")
	tries=0
	while [ $(($(first_of "$2") - start)) -lt 10 ]; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { echo "no load comes" >&2 && return 1; }
		sleep 0.1
	done
	sleep 1
	sample before "$2"
	sleep "$1"
	sample after "$2"
}

sample() {	# before or after, COUNTER
	echo "== guest $1"
	read -r uptime _ < /proc/uptime
	echo "seconds $uptime"
	"$2"
	echo "== stat $1"
	head -n 1 /proc/stat
	echo "== interrupts $1"
	cat /proc/interrupts
}
