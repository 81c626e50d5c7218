#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A disk of the bus beside QEMU's virtio-blk and vhost-scsi, in one run: one
# guest, three disks of the same null-like backing, measured in turn. The floor is
# the same fio on a RAM disk inside the guest: what the guest's own kernel costs,
# whatever the transport.
#
# Runs in the host VM, see bench/run; leaves what it reads, as it is, in
# $PB_SHARE/bench, a file for each measurement. bench/report reads that.
#
# Absolute figures mean nothing here (two levels of emulation, or somebody else's
# machine); ratios within one run do.
set -u
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=bench/lib.sh
. "$PB_SRC/bench/lib.sh"

ROUNDS=$1
SECONDS_EACH=$2
QUEUES=$3
WORK_PATTERN=$4
TARGET_PATTERN=$5
AIO=$6
WWN=naa.5001405a1b2c3d4e

finish() {
	guest_cleanup
	[ -z "$DAEMON" ] || kill "$DAEMON" 2> /dev/null
}
trap finish EXIT

# name, fio options
WORK=(
	"4k_randread_qd1   --rw=randread  --bs=4k --iodepth=1"
	"4k_randwrite_qd1  --rw=randwrite --bs=4k --iodepth=1"
	"4k_randread_qd4   --rw=randread  --bs=4k --iodepth=4"
	"4k_randwrite_qd4  --rw=randwrite --bs=4k --iodepth=4"
	"4k_randread_qd32  --rw=randread  --bs=4k --iodepth=32"
	"4k_randwrite_qd32 --rw=randwrite --bs=4k --iodepth=32"
	"128k_read_qd8     --rw=read      --bs=128k --iodepth=8"
	"128k_write_qd8    --rw=write     --bs=128k --iodepth=8"
)
TARGETS=(partbus virtio_blk vhost_scsi floor)

backing() {	# three equal devices that answer at once
	modprobe null_blk nr_devices=0 || return 1
	mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
	local n dir
	for n in 0 1 2; do
		dir=/sys/kernel/config/nullb/nullb$n
		mkdir "$dir" && echo 1024 > "$dir/size" && echo 4096 > "$dir/blocksize" &&
			echo 0 > "$dir/irqmode" && echo 1 > "$dir/power" || return 1
	done
}

vhost_scsi() {	# exports /dev/nullb2
	local target=/sys/kernel/config/target tpg
	modprobe -a target_core_mod target_core_iblock vhost_scsi || return 1
	mkdir -p $target/core/iblock_0/bench || return 1
	echo udev_path=/dev/nullb2 > $target/core/iblock_0/bench/control &&
		echo 1 > $target/core/iblock_0/bench/enable || return 1
	tpg=$target/vhost/$WWN/tpgt_1
	mkdir -p "$tpg/lun/lun_0" || return 1
	echo naa.6001405a1b2c3d4f > "$tpg/nexus" &&
		ln -s $target/core/iblock_0/bench "$tpg/lun/lun_0/bench"
}

guest_disks() {
	guest_run g 'modprobe -a partbus_pci partbus_vsc_blk virtio_blk virtio_scsi sd_mod
		modprobe brd rd_nr=1 rd_size=65536
		for n in 1 2 3 4 5 6 7 8 9 10; do
			[ -b /dev/pbd0 ] && [ -b /dev/vda ] && [ -b /dev/sda ] && exit 0
			sleep 1
		done
		ls /dev/pbd* /dev/vd* /dev/sd*; exit 1'
}

device() {	# target
	case $1 in
	partbus) echo pbd0 ;;
	virtio_blk) echo vda ;;
	vhost_scsi) echo sda ;;
	floor) echo ram0 ;;
	esac
}

measure() {	# round, queues, target, work's name, fio options
	local to=$RAW/$2q-$4-$3-$1 target=$3 queues=$2 size=512m
	shift 4
	[ "$target" != floor ] || size=60m
	host_counters before > "$to"
	# As many submitters as queues: a queue belongs to a CPU.
	guest_run g "sh /tmp/guest_measure.sh $(device "$target") --size=$size \
		--runtime=$SECONDS_EACH --numjobs=$queues --group_reporting $*" >> "$to" ||
		return 1
	host_counters after >> "$to"
}

boot() {	# queues
	local q=$1
	guest_start g -m 512 -s "$q" -- -object iothread,id=io0 \
		-blockdev "driver=host_device,node-name=vblk,filename=/dev/nullb1,cache.direct=on,aio=$AIO" \
		-device "virtio-blk-pci,drive=vblk,iothread=io0,num-queues=$q,bus=rp2" \
		-device "vhost-scsi-pci,wwpn=$WWN,num_queues=$q,bus=rp3" || die "guest"
	guest_wait g || die "the guest does not come up"
	guest_disks || die "the guest does not find its disks"
	guest_put g "$PB_SRC/bench/guest_measure.sh" /tmp/guest_measure.sh || die "guest"
	[ "$(contract_value d queues server)" = "$q" ] || die "the contract has not $q queues"
}

wanted
mkdir -p "$RAW"
backing || die "no backing devices"
vhost_scsi || die "vhost-scsi cannot be set up"
load_host || die "modules"
counting
partbusd -f > "$PB_SHARE/partbusd.log" 2>&1 &
DAEMON=$!
partbus partition add g window 64M || die "partition"
partbus resource add d class block backing /dev/nullb0 || die "resource"
partbus offer add g d || die "offer"
wait_for 10 test -S /run/partbus/g.sock || die "partbusd does not listen"
for q in $QUEUES; do
	boot "$q"
	rounds "$q"
	guest_stop g
done
