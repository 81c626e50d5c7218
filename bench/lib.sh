# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the benchmarks share: source this after guest.sh and selftests/lib.sh, with
# ROUNDS and the patterns set. Raw figures go to $RAW, a file for each measurement.
# shellcheck disable=SC2034,SC2153	# much of this is for who sources it
RAW=$PB_SHARE/bench
KVM=/sys/kernel/debug/kvm
EVENTS=/sys/kernel/tracing/events/kvm
DAEMON=
# shellcheck source=bench/under_load.sh
. "$PB_SRC/bench/under_load.sh"

die() {
	echo "bench: $*" >&2
	exit 1
}

# KVM counts no doorbells: its tracepoints for MMIO see each, and histograms add them up.
# That costs something for each, so it is on in a round of its own only.
counting() {	# on or off
	local event no=
	[ "$1" = on ] || no='!'
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
	for event in kvm_mmio:type kvm_fast_mmio:gpa; do
		[ ! -e "$EVENTS/${event%:*}/trigger" ] ||
			echo "${no}hist:keys=${event#*:}" > "$EVENTS/${event%:*}/trigger" || return 1
	done
}

# What KVM and the host's kernel count, for under_load().
host_sample() {	# before or after, COUNTER
	local name event
	echo "== host $1"
	"$2"
	for name in exits halt_exits irq_injections; do
		[ ! -e "$KVM/$name" ] || echo "$name $(< "$KVM/$name")"
	done
	echo "== hoststat $1"
	head -n 1 /proc/stat
	for event in kvm_mmio kvm_fast_mmio; do
		[ ! -e "$EVENTS/$event/hist" ] || echo "== $event $1"
		[ ! -e "$EVENTS/$event/hist" ] || grep hitcount: "$EVENTS/$event/hist"
	done
}

# Guest g does COMMAND, and the host is looked at meanwhile, unless what is done does not
# leave the guest: then there is no COUNTER.
measured() {	# file, COUNTER or nothing, COMMAND
	local job
	guest_run g "$3" > "$1.part" &
	job=$!
	[ -z "$2" ] || under_load 600 "$SECONDS_EACH" "$2" host_sample > "$1" || return 1
	wait $job || { cat "$1.part" >&2 && return 1; }
	cat "$1.part" >> "$1" && rm "$1.part"
}

# What guests source and run.
guest_scripts() {	# guest, script...
	local guest=$1 script
	shift
	for script in under_load.sh guest_sample.sh "$@"; do
		guest_put "$guest" "$PB_SRC/bench/$script" "/tmp/$script" || return 1
	done
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

# What a run was made on, for who compares it with another.
context() {
	echo "kernel $(uname -r)"
	echo "host_cpus $(nproc)"
	echo "seconds $SECONDS_EACH"
	echo "kvm $(systemd-detect-virt -v 2> /dev/null || true)"
}

# Each work with each target in turn within a round, so that a drift of the machine
# meets all, beginning with another target each time; then a round in which doorbells
# are counted. WORK and TARGETS are the caller's, and so is the function 'measure'.
rounds() {	# queues
	local round work name options n target
	for round in $(seq "$ROUNDS") bells; do
		[ "$round" != bells ] || counting on || die "no histograms in this kernel"
		for work in "${WORK[@]}"; do
			read -r name options <<< "$work"
			matches "$name" "$WORK_PATTERN" || continue
			for n in "${!TARGETS[@]}"; do
				target=${TARGETS[(n + ${round/bells/0}) % ${#TARGETS[@]}]}
				matches "$target" "$TARGET_PATTERN" || continue
				# shellcheck disable=SC2086
				measure "$round" "$1" "$target" "$name" $options ||
					die "$target $name"
			done
		done
		echo "$1 queues: round $round of $ROUNDS"
	done
	counting off
}
