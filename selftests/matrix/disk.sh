# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The disk of the matrices: what it is, and what each cell writes to it. For a script
# that has sourced lib.sh.

UUID=6a9fd0d2-7d1f-4a8e-9d57-3f5a1c2b7e10
BLOCKS=8			# of 4 KiB, written in each cell
# Changed to make the provider ask for a negotiation.
# shellcheck disable=SC2034
CAP=100000

add_resource() {
	partbus resource add d0 class block backing /dev/ram0 uuid "$UUID"
}

# What is written differs from cell to cell and is written once.
pattern() {	# cell
	printf "%0$((BLOCKS * 4096))d" "$1"
}

# What any cell wrote is still there.
all_data() {
	local n
	for ((n = 1; n <= AT; n++)); do pattern "$n"; done > /tmp/all
	cmp -i $((BLOCKS * 4096)):0 -n $((AT * BLOCKS * 4096)) \
		<(dd if=/dev/ram0 bs=64k count=$(((AT + 2) * BLOCKS / 16 + 1)) iflag=direct \
			status=none) /tmp/all
}
