#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: one fio run on one disk, with what the guest's kernel counted
# meanwhile. guest_measure.sh DISK FIO-OPTION...
disk=$1
shift

counters() {
	echo "== interrupts $1"
	cat /proc/interrupts
	echo "== stat $1"
	head -n 1 /proc/stat
	echo "== disk $1"
	cat "/sys/block/$disk/stat"
}

counters before
echo "== fio"
fio --name=b --filename="/dev/$disk" --direct=1 --ioengine=libaio --time_based --ramp_time=0.5 \
	--norandommap --randrepeat=0 --lat_percentiles=1 --clat_percentiles=0 \
	--output-format=json "$@" || exit 1
counters after
