#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# needs: inject
# kernels: 6.12
#
# What happens to a disk when one end of its channel dies while the other is in a
# state, both in one kernel: the cells of selftests/matrix/local.tbl. Every cell writes,
# and whatever was written must be there in the end. Arguments: see matrix/local.sh.
#
# The words below are called by matrix/local.sh; numbers need no quotes.
# shellcheck disable=SC2317,SC2034,SC2086
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/matrix/lib.sh
. "$PB_SRC/selftests/matrix/lib.sh"
# shellcheck source=selftests/matrix/disk.sh
. "$PB_SRC/selftests/matrix/disk.sh"
# shellcheck source=selftests/matrix/local.sh
. "$PB_SRC/selftests/matrix/local.sh"

RESOURCE=d0
TABLE=local.tbl
DRIVER=([client]=partbus_vsc_blk [server]=partbus_vsp_blk)
DISK=
WRITTEN=		# the cell whose data are on their way to the disk

class_load() {
	load_ram 1 65536
	# Chosen to break, and chosen to stop.
	echo 'channel broken: |no contract: |I/O error, dev pbd|Buffer I/O error' \
		>> "$PB_SHARE/l1.expect"
}

disk_there() {
	local d
	DISK=
	for d in /sys/block/pbd*; do
		[ -e "$d/partbus/state" ] && DISK=${d##*/}
	done
	[ -n "$DISK" ]
}

device_gone() {
	! disk_there
}

disk_is() {	# state
	local state
	disk_there || return 1
	{ read -r state < "/sys/block/$DISK/partbus/state"; } 2> /dev/null
	[ "$state" = "$1" ]
}

device_works() {
	disk_is running && [ -b "/dev/$DISK" ]
}

# Whatever was written waits.
device_held() {
	disk_is no-path || device_gone
}

class_ask() {
	CAP=$((CAP + 1))
	partbus resource set d0 cap_iops $CAP
}

class_demand() {
	partbus contract request "$DISK" writable 1 least 1 wait 10
}

class_deny() {
	partbus resource set d0 read_only on
}

class_allow() {
	partbus resource set d0 read_only off
}

class_settle() {
	partbus contract request d0 cap_iops max wait 10
}

io_start() {
	WRITTEN=$AT
	pattern $AT > /tmp/pattern
	dd if=/tmp/pattern of="/dev/$DISK" bs=4k seek=$((AT * BLOCKS)) oflag=direct \
		conv=nocreat,notrunc status=none 2> /tmp/io.log &
	IO=$!
}

# What has failed is written again, by io_over.
io_end() {
	local code=0
	[ -z "$IO" ] || { wait "$IO" && code=$? || code=$?; }
	IO=
	[ $code -eq 0 ] || WRITTEN=
	return $code
}

io_over() {
	[ -z "$IO" ] || io_end || { echo "# I/O failed: $(< /tmp/io.log)" && return 1; }
	if [ "$WRITTEN" != $AT ]; then
		io_start
		io_end || { echo "# I/O fails afterwards: $(< /tmp/io.log)" && return 1; }
	fi
	cmp -n $((BLOCKS * 4096)) /tmp/pattern <(dd if="/dev/$DISK" bs=4k \
		skip=$((AT * BLOCKS)) count=$BLOCKS iflag=direct status=none) ||
		{ echo "# other data than were written" && return 1; }
}

io_all() {
	[ $AT -eq 0 ] || test_ok "what each cell wrote is on the medium" all_data
}

matrix_run "$@"
