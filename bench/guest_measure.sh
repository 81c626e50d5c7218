#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: one fio run on one disk, with what the guest's kernel counted in the
# midst of it. guest_measure.sh DISK SECONDS FIO-OPTION...
disk=$1
seconds=$2
shift 2
# shellcheck source=bench/guest_sample.sh
. /tmp/guest_sample.sh

disk_counts() {
	read -r _ _ read _ _ _ written _ < "/sys/block/$disk/stat"
	echo "sectors $((read + written))"
}

# As long as both ends need to look: see under_load().
fio --name=b --filename="/dev/$disk" --direct=1 --ioengine=libaio --time_based --ramp_time=1 \
	--runtime=$((seconds + 2)) --norandommap --randrepeat=0 --lat_percentiles=1 \
	--clat_percentiles=0 --output-format=json --output=/tmp/fio.json "$@" > /tmp/fio.log 2>&1 &
under_load 300 "$seconds" disk_counts guest_sample || { cat /tmp/fio.log && exit 1; }
wait $! || { cat /tmp/fio.log && exit 1; }
echo "== queue"
for name in scheduler max_sectors_kb; do
	echo "$name $(cat "/sys/block/$disk/queue/$name")"
done
echo "== fio"
cat /tmp/fio.json
