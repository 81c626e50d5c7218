# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Allocations that fail in one module: source after lib.sh. Needs a kernel with fault
# injection. One fails when one of its callers is in the module, be it our own code or
# what it calls.

FAIL=/sys/kernel/debug
REFUSED=0

fail_knob() {	# file, value
	local kind
	for kind in failslab fail_page_alloc; do
		[ ! -e "$FAIL/$kind/$1" ] || echo "$2" > "$FAIL/$kind/$1" || return 1
	done
}

# From the first function of a module to a page behind the begin of its last; or, of a
# function, to the begin of the next.
text_of() {	# module, [function]
	grep -i " t .*\[$1\]\$" /proc/kallsyms | sort | awk -v one="${2:-}" '
		from && one && $1 != from { to = $1; exit }
		!from && (!one || $3 == one) { from = $1 }
		!one { to = $1 }
		END { if (to) print "0x" from, "0x" to }' |
		while read -r from to; do
			[ $# -gt 1 ] || to=$((to + 4096))
			printf '%s 0x%x\n' "$from" "$to"
		done
}

memory_fails() {	# module, in percent of the allocations, [function]
	local from to
	read -r from to <<< "$(text_of "$1" "${@:3}")"
	[ -n "$from" ] && fail_knob require-start "$from" && fail_knob require-end "$to" &&
		fail_knob probability "$2"
}

memory_is_back() {
	fail_knob probability 0
}

# The exit code is the command's.
while_memory_fails() {	# module, percent, command
	local code
	memory_fails "$1" "$2" || return 1
	"${@:3}"
	code=$?
	memory_is_back
	return "$code"
}

faults_ready() {
	# Also what may wait for memory; small pages, too; no traces in the log.
	fail_knob probability 0 && fail_knob times -1 && fail_knob interval 1 &&
		fail_knob verbose 0 && fail_knob task-filter N &&
		fail_knob stacktrace-depth 32 && fail_knob ignore-gfp-wait N &&
		fail_knob ignore-gfp-highmem N && fail_knob min-order 0
}

# It may be refused, but then with a reason.
tried() {	# command
	local code
	"$@" > /tmp/tried 2>&1
	code=$?
	[ "$code" -ne 0 ] || return 0
	REFUSED=$((REFUSED + 1))
	[ "$code" -lt 124 ] && [ -s /tmp/tried ] && return
	echo "exit code $code of: $*"
	cat /tmp/tried
	return 1
}

said_by_kernel() {	# pattern
	dmesg | grep -q "$1"
}
