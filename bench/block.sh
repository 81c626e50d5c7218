#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A disk of the bus beside QEMU's virtio-blk and vhost-scsi, in one run: one guest
# with one CPU, three disks of the same null-like backing, measured in turn. The
# floor is the same fio on a RAM disk inside the guest: what the guest's own
# kernel costs, whatever the transport.
#
# Absolute figures mean nothing here (two levels of emulation, or somebody else's
# machine); ratios within one run do.
#
#	bench/run [rounds] [seconds]		runs this in the lab
set -u
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"

ROUNDS=${1:-3}
SECONDS_EACH=${2:-4}
WWN=naa.5001405a1b2c3d4e
RESULTS=$PB_SHARE/bench.json
AIO=aio=native
DAEMON=

finish() {
	guest_cleanup
	[ -z "$DAEMON" ] || kill "$DAEMON" 2> /dev/null
}
trap finish EXIT

die() {
	echo "bench: $*" >&2
	exit 1
}

# name, fio options
WORK=(
	"4k_randread_qd1   --rw=randread  --bs=4k --iodepth=1"
	"4k_randwrite_qd1  --rw=randwrite --bs=4k --iodepth=1"
	"4k_randread_qd32  --rw=randread  --bs=4k --iodepth=32"
	"4k_randwrite_qd32 --rw=randwrite --bs=4k --iodepth=32"
	"128k_read_qd8     --rw=read      --bs=128k --iodepth=8"
)
COLUMNS_OF_TABLE='%-18s %-24s %-24s %-24s %-24s %8s %8s\n'
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
	partbus) echo /dev/pbd0 ;;
	virtio_blk) echo /dev/vda ;;
	vhost_scsi) echo /dev/sda ;;
	floor) echo /dev/ram0 ;;
	esac
}

measure() {	# target, work's name, fio options
	local target=$1 work=$2 size=512m
	shift 2
	[ "$target" != floor ] || size=60m
	guest_run g "fio --name=b --filename=$(device "$target") --size=$size --direct=1 \
		--ioengine=libaio --time_based --ramp_time=1 --runtime=$SECONDS_EACH \
		--norandommap --randrepeat=0 --output-format=json $*" |
		sed -n '/^{/,$p' |
		jq -c --arg t "$target" --arg w "$work" '.jobs[0] |
			(if .read.iops > .write.iops then .read else .write end) as $d |
			{target: $t, work: $w, iops: $d.iops, p50_nsec: $d.clat_ns.percentile["50.000000"],
			 p99_nsec: $d.clat_ns.percentile["99.000000"], error: .error}'
}

report() {
	jq -rs '
		def median: sort | .[(length - 1) / 2 | floor];
		group_by(.work) | map(
			.[0].work as $w |
			(map(select(.error == 0)) | group_by(.target) |
			 map({key: .[0].target,
			      value: (map(.iops) | {median: median, min: min, max: max})}) |
			 from_entries) as $m |
			{work: $w, iops: $m,
			 to_virtio_blk: ($m.partbus.median / $m.virtio_blk.median),
			 to_vhost_scsi: ($m.partbus.median / $m.vhost_scsi.median)})' "$RESULTS" \
		> "$PB_SHARE/bench-summary.json"
	echo "IOPS, median (least to most) of $ROUNDS rounds of $SECONDS_EACH s"
	# shellcheck disable=SC2059	# the same columns twice
	printf "$COLUMNS_OF_TABLE" work "${TARGETS[@]}" /v-blk /v-scsi
	jq -r '.[] | [.work,
		(.iops | .partbus, .virtio_blk, .vhost_scsi, .floor |
		 "\(.median | round) (\(.min | round) to \(.max | round))"),
		(.to_virtio_blk, .to_vhost_scsi | . * 100 | round / 100)] | @tsv' \
		"$PB_SHARE/bench-summary.json" |
		awk -F'\t' -v f="$COLUMNS_OF_TABLE" '{ printf f, $1, $2, $3, $4, $5, $6, $7 }'
	echo "doorbells per request: $(partbus -j stat | jq -c '
		def per(n): ((n | add) / .requests * 1000 | round / 1000);
		.[0] | {to_client: per([.queues[].doorbells_sent]),
			to_server: per([.queues[].doorbells_received])}')"
}

backing || die "no backing devices"
vhost_scsi || die "vhost-scsi cannot be set up"
load_host || die "modules"
partbusd -f > "$PB_SHARE/partbusd.log" 2>&1 &
DAEMON=$!
partbus partition add g window 64M || die "partition"
partbus resource add d class block backing /dev/nullb0 || die "resource"
partbus offer add g d || die "offer"
wait_for 10 test -S /run/partbus/g.sock || die "partbusd does not listen"
guest_start g -m 512 -- -object iothread,id=io0 \
	-blockdev "driver=host_device,node-name=vblk,filename=/dev/nullb1,cache.direct=on,$AIO" \
	-device virtio-blk-pci,drive=vblk,iothread=io0,bus=rp2 \
	-device "vhost-scsi-pci,wwpn=$WWN,bus=rp3" || die "guest"
guest_wait g || die "the guest does not come up"
guest_disks || die "the guest does not find its disks"

: > "$RESULTS"
for ((round = 1; round <= ROUNDS; round++)); do
	for work in "${WORK[@]}"; do
		read -r name options <<< "$work"
		# In turn within a round, so that a drift of the machine meets all.
		for target in "${TARGETS[@]}"; do
			# shellcheck disable=SC2086
			measure "$target" "$name" $options >> "$RESULTS" || die "$target $name"
		done
	done
	echo "round $round of $ROUNDS"
done
report
guest_stop g
