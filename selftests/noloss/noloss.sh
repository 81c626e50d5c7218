# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For scripts that do faults to a disk while the no-loss checker writes to it:
# the lives of writers and their journals, and chance that can be repeated.
# Source it after lib.sh. Journals are in $NOLOSS, which is not on the disk.
#
#	noloss_seed N, chance N	$CHANCE becomes 0 .. N-1, the same for the same seed
#	next_fault		$FAULT becomes one of the names in FAULTS
#	noloss_new		forgets all journals; the medium is empty now
#	noloss_journal		the journal of this life
#	noloss_write DISK [options]	a writer, in the background
#	noloss_works		it gets things done (60 s)
#	noloss_stop SIGNAL	it ends; after TERM it must have seen nothing wrong
#	noloss_settle MEDIUM	after a writer has ended in whatever way: MEDIUM holds what it
#				must; the next life begins with that
#	noloss_errors on|off	I/O may fail
#	noloss_mapped NAME TABLE	a device-mapper device; $MAPPED is its node, made by the
#				kernel: without udev nobody else makes one
#	noloss_geometry RESOURCE	asks for other slots, depth and queues, by chance

: "${NOLOSS:=/tmp/noloss}"
NOLOSS_LIFE=0
NOLOSS_ENTRIES=0	# of all journals that were settled
NOLOSS_SETTLED=0	# how many
NOLOSS_WRITER=
NOLOSS_LOG=/tmp/noloss.log
NOLOSS_ERRORS=$NOLOSS/errors
CHANCE=0
LEFT=()			# faults that have not come
MAPPED=
mkdir -p "$NOLOSS"

noloss_seed() {
	RANDOM=$1
}

# The generator is that of the shell itself, so never in a subshell.
chance() {
	CHANCE=$((RANDOM % $1))
}

# Every fault of $FAULTS once before any comes again.
next_fault() {
	[ ${#LEFT[@]} -gt 0 ] || LEFT=("${FAULTS[@]}")
	chance ${#LEFT[@]}
	# shellcheck disable=SC2034	# for who sources this
	FAULT=${LEFT[CHANCE]}
	unset "LEFT[CHANCE]"
	LEFT=("${LEFT[@]}")
}

noloss_journal() {
	echo "$NOLOSS/$NOLOSS_LIFE.journal"
}

noloss_new() {
	rm -f "$NOLOSS"/*
	NOLOSS_LIFE=0
}

noloss_bytes() {
	stat -c %s "$(noloss_journal)" 2> /dev/null || echo 0
}

# What is submitted and waits is not enough: at least half of 128 entries are ends.
noloss_grown() {	# from how many bytes
	[ "$(noloss_bytes)" -gt $(($1 + 128 * 64)) ]
}

noloss_works() {
	wait_for 60 noloss_grown "$(noloss_bytes)" && return 0
	echo "the writer does nothing:"
	cat "$NOLOSS_LOG"
	[ -z "$NOLOSS_WRITER" ] || grep -s . "/proc/$NOLOSS_WRITER/task"/*/stack
	return 1
}

noloss_write() {	# disk, more options
	noloss write --journal "$(noloss_journal)" --disk "$@" --errors-if "$NOLOSS_ERRORS" \
		> "$NOLOSS_LOG" 2>&1 &
	NOLOSS_WRITER=$!
}

noloss_stop() {	# signal
	local code=0
	kill "-$1" "$NOLOSS_WRITER" || { cat "$NOLOSS_LOG" && return 1; }
	wait "$NOLOSS_WRITER" || code=$?
	NOLOSS_WRITER=
	[ "$1" = KILL ] || [ "$code" -eq 0 ] || { cat "$NOLOSS_LOG" && return 1; }
}

noloss_settle() {	# medium
	local journal
	journal=$(noloss_journal)
	NOLOSS_ENTRIES=$((NOLOSS_ENTRIES + $(noloss_bytes) / 64))
	NOLOSS_SETTLED=$((NOLOSS_SETTLED + 1))
	noloss verify --journal "$journal" --disk "$1" \
		--next "$NOLOSS/$((NOLOSS_LIFE + 1)).journal" || return 1
	NOLOSS_LIFE=$((NOLOSS_LIFE + 1))
	rm "$journal"
}

noloss_errors() {
	if [ "$1" = on ]; then
		: > "$NOLOSS_ERRORS"
	else
		rm -f "$NOLOSS_ERRORS"
	fi
}

noloss_mapped() {	# name, table
	dmsetup create "$1" --table "$2" &&
		MAPPED=/dev/$(dmsetup info -c --noheadings -o blkdevname "$1") && test -b "$MAPPED"
}

noloss_geometry() {	# resource
	local slot depth
	chance 5
	slot=$((4096 << CHANCE))
	chance 64
	depth=$((CHANCE + 1))
	chance 4
	partbus contract request "$1" slot_size "$slot" depth "$depth" queues $((CHANCE + 1)) \
		wait 60
}
