# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the benchmarks share: source this after guest.sh and selftests/lib.sh, with
# ROUNDS and the patterns set. Raw figures go to $RAW, a file for each measurement.
# shellcheck disable=SC2034,SC2153	# much of this is for who sources it
RAW=$PB_SHARE/bench
KVM=/sys/kernel/debug/kvm
MMIO=/sys/kernel/tracing/events/kvm/kvm_mmio
DAEMON=

die() {
	echo "bench: $*" >&2
	exit 1
}

# What KVM and the host's kernel count. KVM counts no doorbells: its tracepoint for
# MMIO sees each, and a histogram adds them up by address.
counting() {
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
	echo 'hist:keys=type,gpa' > "$MMIO/trigger" || echo "no histograms in this kernel"
}

host_counters() {	# before or after
	local name
	echo "== kvm $1"
	for name in exits halt_exits io_exits mmio_exits irq_injections; do
		[ ! -e "$KVM/$name" ] || echo "$name $(< "$KVM/$name")"
	done
	echo "== mmio $1"
	[ ! -e "$MMIO/hist" ] || grep hitcount: "$MMIO/hist"
	echo "== hoststat $1"
	head -n 1 /proc/stat
	echo "== partbus $1"
	partbus -j stat
}

matches() {	# name, pattern
	# shellcheck disable=SC2053	# a pattern it is
	[[ $1 == $2 ]]
}

# Ends the script if there is nothing for it to do.
wanted() {
	local work name
	for work in "${WORK[@]}"; do
		read -r name _ <<< "$work"
		! matches "$name" "$WORK_PATTERN" || return 0
	done
	exit 0
}

# Each work with each target in turn within a round, so that a drift of the machine
# meets all: WORK and TARGETS are the caller's, and so is the function 'measure'.
rounds() {	# queues
	local round work name options target
	for ((round = 1; round <= ROUNDS; round++)); do
		for work in "${WORK[@]}"; do
			read -r name options <<< "$work"
			matches "$name" "$WORK_PATTERN" || continue
			for target in "${TARGETS[@]}"; do
				matches "$target" "$TARGET_PATTERN" || continue
				# shellcheck disable=SC2086
				measure "$round" "$1" "$target" "$name" $options ||
					die "$target $name"
			done
		done
		echo "$1 queues: round $round of $ROUNDS"
	done
}
