#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a disk of the bus does with data: the client and the provider in one
# kernel, so that what the client wrote can be compared with what the provider's
# device holds.
#
#	/dev/pbdN -> partbus_vsc_blk =(local transport)= partbus_vsp_blk -> /dev/ram0
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"

IMAGE=/tmp/image

# Past the page cache, which knows nothing of what others write to the medium.
raw() {	# device, first KiB, how many
	dd if="$1" bs=1k skip="$2" count="$3" iflag=direct status=none
}

same() {	# device, file or device, MiB
	cmp <(raw "$1" 0 $(($3 << 10))) <(dd if="$2" bs=1M count="$3" status=none)
}

disk_appears() {	# resource
	wait_for 15 disk_of "$1" && DISK=/dev/$(disk_of "$1") && wait_for 5 test -b "$DISK"
}

write_fails() {	# disk
	! dd if=/dev/zero of="$1" bs=4k count=1 oflag=direct status=none
}

queue_is() {	# disk, file, value
	[ "$(cat "/sys/block/$(basename "$1")/queue/$2")" = "$3" ]
}

# Every request that ended is in the histogram, once.
histogram_complete() {	# resource, role
	partbus -j stat show "$1" | jq -e --arg role "$2" '.[] | select(.role == $role) |
		.requests > 100 and ([.latency[].requests] | add) == .requests - .in_flight'
}

test_ok "modules load" load_host
test_ok "client module loads" load_client
load_ram 2 65536

# A plain RAM disk.
test_ok "resource add" partbus resource add ram class block backing /dev/ram0 serial SN-1
test_ok "offer add" partbus offer add root ram
test_ok "the disk appears" disk_appears ram
test_is "it has the backing's size" "$(blockdev --getsize64 "$DISK")" $((64 << 20))
test_is "its serial is the resource's" "$(cat "/sys/block/$(basename "$DISK")/serial")" SN-1
test_is "the channel is open" "$(channel_field ram state)" open
test_is "a contract is in force at the client" "$(channel_field ram negotiation)" running
test_is "a contract is in force at the server" "$(channel_field ram negotiation server)" running
test_refused "the backing is taken while it serves" 1 'busy|in use|taken' \
	partbus resource add again class block backing /dev/ram0

# One may come, and who is stacked on the disk by then would not hear of it.
test_ok "the disk says that it has a write cache, which it has not" \
	queue_is "$DISK" write_cache "write back"
flush() {
	dd if=/dev/null of="$DISK" conv=fsync,notrunc status=none
}
before=$(counter ram requests server)
test_ok "it can be flushed" flush
test_is "of which the provider hears nothing" "$(counter ram requests server)" "$before"

dd if=/dev/urandom of="$IMAGE" bs=1M count=24 status=none
test_ok "24 MiB are written in requests of 1 MiB" \
	dd if="$IMAGE" of="$DISK" bs=1M oflag=direct conv=fsync
test_ok "what the backing holds is what was written" same /dev/ram0 "$IMAGE" 24
test_ok "what the disk reads is what was written" same "$DISK" "$IMAGE" 24
test_ok "single sectors are written" \
	dd if="$IMAGE" of="$DISK" bs=512 count=64 seek=100 oflag=direct
for role in client server; do
	test_ok "the $role has the time of each request" histogram_complete ram "$role"
done
test_ok "and arrive at their place" \
	cmp <(raw /dev/ram0 50 32) <(head -c 32768 "$IMAGE")
test_ok "random I/O from 4 jobs is verified by checksum" \
	fio --name=v --filename="$DISK" --rw=randrw --bsrange=512-256k --size=4m \
	--offset_increment=8m --numjobs=4 --iodepth=16 --ioengine=libaio --direct=1 \
	--verify=crc32c --verify_fatal=1

# What a client writes is copied for a device that must not see it change.
QUEUE=/sys/block/ram0/queue
test_ok "the backing wants its data to be stable" sh -c "echo 1 > $QUEUE/stable_writes"
test_ok "random I/O of all sizes is verified, as before" \
	fio --name=s --filename="$DISK" --rw=randrw --bsrange=512-1m --size=12m \
	--offset_increment=16m --numjobs=2 --iodepth=16 --ioengine=libaio --direct=1 \
	--verify=crc32c --verify_fatal=1 --time_based --runtime=4
test_ok "it does not want that any more" sh -c "echo 0 > $QUEUE/stable_writes"
test_ok "buffered I/O through the page cache, too" \
	fio --name=b --filename="$DISK" --rw=randwrite --bs=4k --size=8m --fsync=32 \
	--ioengine=psync --verify=crc32c --verify_fatal=1

# Partitions.
printf 'label: dos\n,8M\n,\n' > /tmp/table
test_ok "a partition table is written" sh -c "sfdisk -q $DISK < /tmp/table"
test_ok "partitions appear" wait_for 5 test -b "${DISK}p2"
test_ok "the disk is read back behind an ext4" sh -c "
	mkfs.ext4 -q ${DISK}p2 && mkdir -p /tmp/m && mount ${DISK}p2 /tmp/m &&
	cp $IMAGE /tmp/m/f && sync && umount /tmp/m && mount ${DISK}p2 /tmp/m &&
	cmp $IMAGE /tmp/m/f; r=\$?; umount /tmp/m; exit \$r"

# A disk of the bus is a backing like any other.
LOWER=$DISK
test_ok "a resource over the disk" partbus resource add upper class block backing "$LOWER"
test_ok "its offer" partbus offer add root upper
test_ok "its disk appears above the other" disk_appears upper
test_ok "what is written through both is verified" \
	fio --name=u --filename="$DISK" --rw=randrw --bsrange=512-256k --size=8m \
	--offset_increment=16m --numjobs=2 --iodepth=64 --ioengine=libaio --direct=1 \
	--verify=crc32c --verify_fatal=1
dd if="$IMAGE" of="$DISK" bs=1M count=16 oflag=direct conv=fsync status=none
test_ok "it is in the lowest one's backing" same /dev/ram0 "$IMAGE" 16
test_ok "its offer goes" partbus offer del root upper
test_ok "and its disk" wait_for 15 sh -c "! grep -qx upper /sys/block/pbd*/partbus/resource"
test_ok "and the resource" wait_for 10 partbus resource del upper
DISK=$LOWER

# Limits that change while the disk is there.
test_ok "resource set size" partbus resource set ram size 32M
test_ok "the disk shrinks" wait_for 10 sh -c "[ \$(blockdev --getsize64 $DISK) = $((32 << 20)) ]"
test_is "nothing is read behind the new end" "$(raw "$DISK" $((32 << 10)) 4 2> /dev/null | wc -c)" 0
test_ok "resource set size back" partbus resource set ram size 64M
test_ok "the disk grows" wait_for 10 sh -c "[ \$(blockdev --getsize64 $DISK) = $((64 << 20)) ]"
test_ok "read_only on" partbus resource set ram read_only on
test_ok "the disk is read-only" wait_for 10 sh -c "[ \$(blockdev --getro $DISK) = 1 ]"
test_ok "writes fail" write_fails "$DISK"
test_ok "reads go on" dd if="$DISK" of=/dev/null bs=1M count=8 iflag=direct
test_ok "read_only off" partbus resource set ram read_only off
test_ok "the disk is writable again" wait_for 10 sh -c "[ \$(blockdev --getro $DISK) = 0 ]"
test_ok "writes succeed again" dd if=/dev/zero of="$DISK" bs=4k count=1 oflag=direct
test_is "no request failed but those that had to" "$(channel_field ram violations server)" 0

# A device with a volatile write cache, and one that can write zeroes.
modprobe null_blk nr_devices=0
mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
mkdir /sys/kernel/config/nullb/nullb0
echo 1 > /sys/kernel/config/nullb/nullb0/memory_backed
echo 64 > /sys/kernel/config/nullb/nullb0/size
echo 1 > /sys/kernel/config/nullb/nullb0/cache_size
echo 4096 > /sys/kernel/config/nullb/nullb0/blocksize
echo 1 > /sys/kernel/config/nullb/nullb0/power
test_ok "a resource with a write cache" \
	partbus resource add cached class block backing /dev/nullb0
partbus offer add root cached
test_ok "its disk appears" disk_appears cached
test_ok "the disk says that it has a write cache" queue_is "$DISK" write_cache "write back"
before=$(counter cached requests server)
test_ok "which can be flushed" flush
test_is "by the provider" "$(counter cached requests server)" $((before + 1))
test_refused "a disk over a backing without discard has none" 1 'not supported' \
	blkdiscard -l 4096 "$DISK"
test_ok "the disk has the backing's block size" queue_is "$DISK" logical_block_size 4096
test_ok "flushes pass, data is verified" \
	fio --name=f --filename="$DISK" --rw=randwrite --bs=4k --size=4m --fsync=8 \
	--ioengine=libaio --iodepth=8 --direct=1 --verify=crc32c --verify_fatal=1
test_refused "a size that is no multiple of the block size" 1 'multiple' \
	partbus resource set cached size 4097

# A cache that comes while a contract without one is in force: nobody flushes yet, so
# the provider has each write written through. Then there is another contract.
CACHE=/sys/block/nullb0/queue/write_cache
cache_is() {	# known to the contract
	contract_is cached write_cache "$1"
}
not() {
	! "$@"
}
written_as() {	# flags
	grep -q "block_bio_queue: .* $1 .*\[partbus/" "$TRACING/trace"
}
test_ok "the cache goes" sh -c "echo 'write through' > $CACHE"
test_ok "and the contract says so" wait_for 15 cache_is false
before=$(counter cached requests server)
test_ok "the disk can be flushed" flush
test_is "of which the provider hears nothing" "$(counter cached requests server)" "$before"
tracing_mounted
fio --name=c --filename="$DISK" --rw=randwrite --bs=4k --size=4m --direct=1 --ioengine=libaio \
	--iodepth=4 --rate_iops=200 --time_based --runtime=60 > /dev/null 2>&1 &
LOAD=$!
echo 1 > $TRACING/events/block/block_bio_queue/enable
test_ok "writes are written" wait_for 10 written_as WS
test_ok "and not through, for there is no cache" not written_as WFS
# The other contract may be there before the next write.
comes_under_load() {
	local try
	for try in 1 2 3 4 5; do
		echo 'write through' > "$CACHE"
		wait_for 15 cache_is false || return
		echo > "$TRACING/trace"
		echo 'write back' > "$CACHE"
		wait_for 15 cache_is true || return
		! written_as WFS || return 0
		echo "# not in time, $try"
	done
	return 1
}
test_ok "until the contract knows of one that comes writes are written through" comes_under_load
echo > "$TRACING/trace"
test_ok "then they are not" wait_for 10 written_as WS
test_ok "any more" not written_as WFS
echo 0 > $TRACING/events/block/block_bio_queue/enable
kill $LOAD
wait $LOAD
before=$(counter cached requests server)
test_ok "the disk can be flushed again" flush
test_is "by the provider" "$(counter cached requests server)" $((before + 1))

modprobe loop
truncate -s 32M /tmp/loop.img
LOOP=$(losetup -f --show /tmp/loop.img)
test_ok "a resource over a loop device" partbus resource add loop class block backing "$LOOP"
partbus offer add root loop
test_ok "its disk appears as well" disk_appears loop
dd if="$IMAGE" of="$DISK" bs=1M count=16 oflag=direct status=none
test_ok "blkdiscard --zeroout" blkdiscard -z -o $((1 << 20)) -l $((4 << 20)) "$DISK"
test_ok "the range reads as zero" \
	cmp -n $((4 << 20)) /dev/zero <(dd if="$DISK" bs=1M skip=1 count=4 iflag=direct status=none)
test_ok "blkdiscard" blkdiscard -o 0 -l $((1 << 20)) "$DISK"
test_ok "discarded sectors of a file read as zero" \
	cmp -n $((1 << 20)) /dev/zero <(dd if="$DISK" bs=1M count=1 iflag=direct status=none)
test_ok "what is beside it is untouched" \
	cmp <(dd if="$DISK" bs=1M skip=5 count=11 iflag=direct status=none) \
	<(dd if="$IMAGE" bs=1M skip=5 count=11 status=none)

# Errors of the medium arrive as such.
modprobe -a sd_mod scsi_mod
modprobe scsi_debug dev_size_mb=8 opts=2 delay=0
wait_for 10 sh -c 'ls -d /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*'
BAD=/dev/$(basename "$(ls -d /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*)")
test_ok "a resource with a bad sector" partbus resource add bad class block backing "$BAD"
partbus offer add root bad
test_ok "its disk appears, too" disk_appears bad
test_refused "a bad sector is a medium error at the client" 1 'No data available' \
	dd if="$DISK" of=/dev/null bs=4k skip=$((0x1234 / 8)) count=1 iflag=direct
test_ok "the sectors before it can be read" \
	dd if="$DISK" of=/dev/null bs=4k count=100 iflag=direct
test_ok "the channel lives" channel_is bad state open
# The emulated disk writes about its bad sector into the log.
echo 'critical medium error|blk_print_req_error' >> "$PB_SHARE/l1.expect"

for r in ram cached loop bad; do
	test_ok "offer del $r" partbus offer del root "$r"
	test_ok "the disk of $r goes" wait_for 15 sh -c "! grep -qx $r /sys/block/pbd*/partbus/resource"
	test_ok "resource del $r" wait_for 10 partbus resource del "$r"
done
test_ok "no channel is left" wait_for 10 no_channels
test_ok "no section is left" wait_for 10 no_sections
test_ok "the backing can be opened exclusively again" sh -c 'exec 3<> /dev/ram0'
losetup -d "$LOOP"
test_ok "modules unload" unload_all
test_ok "nothing of partbus is left" modules_gone
tests_done
