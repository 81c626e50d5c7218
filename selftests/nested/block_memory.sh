#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# A guest that is short of memory and swaps to a disk of the bus: the path must not
# need memory to free memory, nor must a new contract, nor a provider that goes and
# comes back.
#
#	guest m, 256 MiB: tmpfs -> swap -> pbd0
#	   |  window
#	partbus_host, partbus_vsp_blk -> /dev/ram0
#
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"

UUID=7f0a52c4-58f1-4b0e-9f2b-0d6a4b1f9e33
MIB=288			# more than the guest has
DAEMON=

finish() {
	guest_cleanup
	[ -z "$DAEMON" ] || kill "$DAEMON" 2> /dev/null
}
trap finish EXIT

resource_add() {
	partbus resource add swap class block backing /dev/ram0 uuid "$UUID"
}

# What is short of memory is slow.
in_guest() {
	GUEST_TIMEOUT=400 guest_run m "$@"
}

guest_ready() {
	# shellcheck disable=SC2016	# for the guest's shell
	guest_wait m && in_guest 'modprobe -a partbus_pci partbus_vsc_blk && n=200 &&
		until [ -b /dev/pbd0 ]; do n=$((n - 1)); [ $n -gt 0 ] || exit 1; sleep 0.1; done'
}

swap_begins() {
	in_guest "mkswap /dev/pbd0 && swapon /dev/pbd0 &&
		mkdir -p /t && mount -t tmpfs -o size=$((MIB + 64))m tmpfs /t"
}

fio_command() {	# write or read
	echo "fio --name=m --filename=/t/f --size=${MIB}m --rw=$1 --bs=64k --verify=crc32c" \
		"--verify_fatal=1"
}

swapped() {	# MiB at least
	in_guest "awk -v least=$(($1 << 10)) '/^SwapTotal/ { t = \$2 } /^SwapFree/ { f = \$2 }
		END { print t - f; exit t - f < least }' /proc/meminfo"
}

swap_bytes() {
	partbus -j stat show swap | jq '.[] | select(.role == "server") | .bytes'
}

swap_passes() {	# bytes
	[ "$(swap_bytes)" -gt "$1" ]
}

capped() {
	[ "$(contract_value swap cap_iops server)" = 100000 ]
}

reload() {
	modprobe -r partbus_vsp_blk && modprobe partbus_vsp_blk && resource_add
}

test_ok "modules load on the host" load_host
load_ram 1 $(((MIB + 64) << 10))
daemon_start
test_ok "partition add" partbus partition add m window 32M
test_ok "resource add" resource_add
test_ok "offer add" partbus offer add m swap
test_ok "the daemon listens" wait_for 10 test -S /run/partbus/m.sock
test_ok "a guest of 256 MiB boots" guest_start m -m 256
test_ok "and has its disk" guest_ready || tests_done
test_ok "it swaps to it" swap_begins
before=$(swap_bytes)
test_ok "it fills more memory than it has, and reads the same back" \
	in_guest "$(fio_command write)"
test_ok "a good part of it is on the disk" swapped 64
test_ok "which got it by the bus" test $(($(swap_bytes) - before)) -ge $((64 << 20))

guest_run_bg m read "while [ ! -e /stop ]; do $(fio_command read) || exit 1; done"
test_ok "all is read again" wait_for 60 swap_passes $(($(swap_bytes) + (8 << 20)))
test_ok "meanwhile a contract changes" in_guest \
	"partbus contract request swap depth 8 slot_size 16384 wait 60"
test_ok "which goes on" wait_for 60 swap_passes $(($(swap_bytes) + (8 << 20)))
test_ok "it gets a cap" partbus resource set swap cap_iops 100000
test_ok "in a contract" wait_for 60 capped
test_ok "and goes on" wait_for 60 swap_passes $(($(swap_bytes) + (8 << 20)))
test_ok "the provider goes and comes back" reload
test_ok "and serves what is read" wait_for 60 swap_passes $((8 << 20))
in_guest "touch /stop"
test_ok "all that was read is right" guest_join m read
test_is "nobody broke the protocol" \
	"$(partbus -j channel show | jq '[.[].violations] | add')" 0
test_ok "and the guest can do without" in_guest "rm /t/f && swapoff /dev/pbd0"

test_ok "the guest shuts down" guest_stop m
test_ok "no channel is left" wait_for 20 no_channels
test_ok "no memory is left" wait_for 10 no_sections
test_ok "offer del" partbus offer del m swap
test_ok "resource del" partbus resource del swap
test_ok "the partition is defined" wait_for 10 partition_is m state defined
test_ok "partition del" partbus partition del m
test_ok "the daemon ends well" daemon_stop
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsp_blk partbus_host
test_ok "nothing of partbus is left" modules_gone
tests_done
