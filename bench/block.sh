#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A disk of the bus beside QEMU's virtio-blk, by native aio and by io_uring, and
# vhost-scsi, in one run: one guest, four disks of the same null-like backing, measured in
# turn. The floor is the same fio on such a backing inside the guest: what the guest's
# own kernel costs, whatever the transport.
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
PEERS_BATCH=$6
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
TARGETS=(partbus virtio_blk virtio_uring vhost_scsi floor)

backing() {	# four equal devices that answer at once
	modprobe null_blk nr_devices=0 || return 1
	mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
	local n dir
	for n in 0 1 2 3; do
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

# The floor is one more of these, in the guest.
# shellcheck disable=SC2016	# for the guest's shell
guest_disks() {
	guest_run g 'modprobe -a partbus_pci partbus_vsc_blk virtio_blk virtio_scsi sd_mod
		modprobe null_blk nr_devices=1 gb=1 bs=4096 irqmode=0 submit_queues=$(nproc)
		for n in 1 2 3 4 5 6 7 8 9 10; do
			[ -b /dev/pbd0 ] && [ -b /dev/vdb ] && [ -b /dev/sda ] &&
				[ -b /dev/nullb0 ] && exit 0
			sleep 1
		done
		ls /dev/pbd* /dev/vd* /dev/sd* /dev/nullb*; exit 1'
}

device() {	# target: in the guest, and what backs it
	case $1 in
	partbus) echo pbd0 nullb0 ;;
	virtio_blk) echo vda nullb1 ;;
	virtio_uring) echo vdb nullb3 ;;
	vhost_scsi) echo sda nullb2 ;;
	floor) echo nullb0 ;;
	esac
}

backing_counts() {
	awk '{ print "sectors", $3 + $7 }' "/sys/block/$BACKING/stat"
}

measure() {	# round, queues, target, work's name, fio options
	local to=$RAW/$2q-$4-$3-$1 queues=$2 disk BACKING
	read -r disk BACKING <<< "$(device "$3")"
	shift 4
	# As many submitters as queues: a queue belongs to a CPU.
	measured "$to" "${BACKING:+backing_counts}" "sh /tmp/guest_measure.sh $disk \
		$SECONDS_EACH --size=512m --numjobs=$queues --group_reporting $*"
}

# Ours is SCHED_BATCH, so as not to preempt a VCPU of the same processor. Is that all?
# Two threads are QEMU's; those of vhost are as many as the kernel sees fit.
peers_to_batch() {
	local task io=0 vhost=0
	for task in /proc/[0-9]*/task/[0-9]*; do
		case $(cat "$task/comm" 2> /dev/null) in
		"IO io"[01]) io=$((io + 1)) ;;
		vhost-[0-9]*) vhost=$((vhost + 1)) ;;
		*) continue ;;
		esac
		chrt -b -p 0 "${task##*/}" || return 1
	done
	[ $io -eq 2 ] && [ $vhost -gt 0 ]
}

boot() {	# queues
	local q=$1 host=driver=host_device,cache.direct=on
	guest_start g -m 512 -s "$q" -- -object iothread,id=io0 -object iothread,id=io1 \
		-blockdev "$host,node-name=native,filename=/dev/nullb1,aio=native" \
		-device "virtio-blk-pci,drive=native,iothread=io0,num-queues=$q,bus=rp2" \
		-blockdev "$host,node-name=uring,filename=/dev/nullb3,aio=io_uring" \
		-device "virtio-blk-pci,drive=uring,iothread=io1,num-queues=$q,bus=rp4" \
		-device "vhost-scsi-pci,wwpn=$WWN,num_queues=$q,bus=rp3" || die "guest"
	guest_wait g || die "the guest does not come up"
	guest_disks || die "the guest does not find its disks"
	guest_scripts g guest_measure.sh || die "guest"
	[ "$PEERS_BATCH" = no ] || peers_to_batch || die "not all threads of the peers are found"
	[ "$(contract_value d queues server)" = "$q" ] || die "the contract has not $q queues"
}

most_queues() {
	tr ' ' '\n' <<< "$QUEUES" | sort -n | tail -n 1
}

wanted
mkdir -p "$RAW"
backing || die "no backing devices"
vhost_scsi || die "vhost-scsi cannot be set up"
load_host || die "modules"
context > "$RAW/context-block"
partbusd -f > "$PB_SHARE/partbusd.log" 2>&1 &
DAEMON=$!
partbus partition add g window 64M || die "partition"
# Of itself a host gives one client no more queues than it has processors.
partbus resource add d class block backing /dev/nullb0 queues "$(most_queues)" || die "resource"
partbus offer add g d || die "offer"
wait_for 10 test -S /run/partbus/g.sock || die "partbusd does not listen"
for q in $QUEUES; do
	boot "$q"
	# A second queue is for who has much to do.
	[ "$q" -eq 1 ] || WORK=("${WORK[@]:4}")
	rounds "$q"
	guest_stop g
done
