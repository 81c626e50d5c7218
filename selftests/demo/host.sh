#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What ./demo shows; runs in the lab's host VM. Everything shown is checked: the
# first thing that is not as it should be ends the demo, and demo.failed in the
# shared directory then says level, sentence and log.
#
# shellcheck disable=SC2016 # commands in single quotes are for the guest's shell
set -u
# shellcheck source=selftests/lab/guest.sh
. "$PB_LAB/guest.sh"

GUEST_TIMEOUT=150
STEP=0
bold='' green='' red='' dim='' plain=''
if [ "${1:-}" = --colour ]; then
	bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' dim=$'\e[2m' plain=$'\e[m'
fi
rm -f "$PB_SHARE"/demo.* "$PB_SHARE/partbusd.log"
trap guest_cleanup EXIT

# --- what the viewer sees ----------------------------------------------------

step() {
	STEP=$((STEP + 1))
	printf '\n%s%d. %s%s\n' "$bold" $STEP "$1" "$plain"
}

ok() {
	echo "   ${green}ok${plain}     $1"
}

note() {
	echo "          $1"
}

output() {
	sed "s/^/          $dim/; s/\$/$plain/"
}

# fail LEVEL SENTENCE LOG, the log as ./demo finds it
fail() {
	echo "   ${red}not so${plain} $2"
	printf '%s\n' "$1" "$2" "$3" > "$PB_SHARE/demo.failed"
	exit 1
}

host_fails() {
	fail "host VM" "$1" l1.log
}

guest_fails() {
	local log
	read -r log < "$LAB_GUESTS/web/log"
	log=share/guests/${log##*/}
	if ! guest_alive web; then
		fail "the guest's QEMU (it is gone)" "$1" "$log.qemu"
	fi
	fail "guest" "$1" "$log.console"
}

daemon_fails() {
	fail "partbusd on the host" "$1" share/partbusd.log
}

# Shows a command of the host and runs it; it must succeed.
host() {
	local code
	echo "   ${bold}host#${plain}  $*"
	"$@" > /tmp/out 2>&1
	code=$?
	output < /tmp/out
	[ $code -eq 0 ] || host_fails "'$*' failed with exit code $code"
}

# The same in the guest; the command is one string.
guest() {
	local code
	echo "   ${bold}guest#${plain} $1"
	guest_run web "$1" > /tmp/out 2>&1
	code=$?
	output < /tmp/out
	[ $code -eq 0 ] || guest_fails "'$1' failed with exit code $code"
}

# --- conditions and numbers --------------------------------------------------

uptime_ms() {
	local up
	read -r up _ < /proc/uptime
	echo $((10#${up/./} * 10))
}

wait_until() {	# seconds, command
	local end
	end=$(($(uptime_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(uptime_ms)" -lt $end ] || return 1
		sleep 0.2
	done
}

# The value behind a word in what a command prints: word_of WORD COMMAND...
word_of() {
	local word=$1 text
	shift
	text=$("$@" 2> /dev/null)
	[[ $text =~ (^|[[:space:]])${word}[[:space:]]+([^[:space:]]+) ]] && echo "${BASH_REMATCH[2]}"
}

partition_is() {	# state, generation (or more)
	[ "$(word_of state partbus partition show web)" = "$1" ] &&
		[ "$(word_of generation partbus partition show web)" -ge "$2" ]
}

epoch() {	# resource: the disk unless given
	word_of epoch partbus contract show "${1:-disk0}"
}

# What both ends hold; waits, since the host's end may be a moment behind.
same_contract() {
	[ "$(epoch)" = "$1" ] && [ "$(word_of negotiation partbus contract show disk0)" = running ]
}

new_contract() {	# the epoch before, resource
	local now
	now=$(epoch "$2") && [ "${now:-0}" -gt "$1" ]
}

new_terms() {	# resource, settings
	local before
	before=$(epoch "$1")
	host partbus resource set "$@"
	wait_until 60 new_contract "$before" "$1" ||
		host_fails "no new contract after 'resource set'"
}

# Requests and bytes a second that the provider served, over some seconds. The
# clock is read outside of the counters: the rate is never more than it was.
measure() {
	local begin end text requests bytes
	begin=$(uptime_ms)
	text=$(partbus stat disk0)
	[[ $text =~ requests\ ([0-9]+)\ bytes\ ([0-9]+) ]] || host_fails "'partbus stat' has no counters"
	requests=${BASH_REMATCH[1]} bytes=${BASH_REMATCH[2]}
	sleep "$1"
	text=$(partbus stat disk0)
	end=$(uptime_ms)
	[[ $text =~ requests\ ([0-9]+)\ bytes\ ([0-9]+) ]] || host_fails "'partbus stat' has no counters"
	RATE=$(((BASH_REMATCH[1] - requests) * 1000 / (end - begin)))
	BYTES_RATE=$(((BASH_REMATCH[2] - bytes) * 1000 / (end - begin)))
}

busy() {
	measure 2
	[ "$RATE" -gt 0 ]
}

load_must_work() {
	wait_until 90 busy && return
	guest_run web 'tail -n 20 /tmp/load.log' 2>&1 | output
	guest_fails "fio does nothing"
}

load_must_run() {
	guest_run web 'kill -0 $(cat /tmp/load.pid)' 2> /dev/null || {
		guest_run web 'tail -n 20 /tmp/load.log' | output
		guest_fails "fio ended before it was told to"
	}
}

# fio on the file system, until it is told to end; every block is verified.
load_start() {
	FIO="fio --name=load --filename=/mnt/load --size=8m --rw=randwrite --bs=4k --iodepth=8"
	FIO+=" --ioengine=libaio --direct=1 --verify=crc32c --verify_backlog=64 --verify_fatal=1"
	FIO+=" --time_based --runtime=600"
	echo "   ${bold}guest#${plain} $FIO &"
	FIO+=" --output-format=json --output=/tmp/load.json > /tmp/load.log 2>&1"
	guest_run_bg web load "$FIO & echo \$! > /tmp/load.pid; wait \$!; echo \$? > /tmp/load.rc" ||
		guest_fails "fio could not be started"
}

nic_up() {
	guest 'modprobe partbus_vsc_net'
	guest_run web 'for i in $(seq 300); do [ ! -e /sys/class/net/pbn0 ] || exit 0; sleep 0.1; done; exit 1' ||
		guest_fails "no NIC pbn0"
	guest 'ip addr add 10.7.0.2/24 dev pbn0 && ip link set pbn0 up'
}

start_daemon() {
	echo "   ${bold}host#${plain}  partbusd"
	# in the foreground, so that its log is a file
	setsid partbusd -f >> "$PB_SHARE/partbusd.log" 2>&1 < /dev/null &
	DAEMON=$!
}

# --- the demo ----------------------------------------------------------------

BEGIN=$(uptime_ms)
step "The host: modules, daemon, and a disk to be served"
cpu="emulated CPUs, so everything takes its time"
! dmesg | grep -q 'Hypervisor detected: KVM' || cpu="hardware virtualisation"
note "This is the throw-away KVM host: Linux $(uname -r), $cpu."
host modprobe -a partbus_host partbus_vsp_blk
grep -q '^partbus_vsp_blk ' /proc/modules || host_fails "partbus_vsp_blk is not among the modules"
start_daemon
host partbus partition add web window 256M
wait_until 30 test -S /run/partbus/web.sock || daemon_fails "no socket for the partition web"
ok "partbusd listens for the guest's QEMU at /run/partbus/web.sock"
host modprobe brd rd_nr=1 rd_size=65536
host partbus resource add disk0 class block backing /dev/ram0 serial DEMO
host partbus offer add web disk0
[ "$(word_of pending partbus offer show web disk0)" = on ] ||
	host_fails "the offer should be pending"
ok "a RAM disk is offered to the partition web; the offer waits for the guest"

step "The guest: stock QEMU, its window is an ordinary ivshmem-doorbell device"
echo "   ${bold}host#${plain}  qemu-system-x86_64 -accel kvm ... -chardev socket,path=/run/partbus/web.sock,id=window \\"
echo "            -device ivshmem-doorbell,chardev=window,vectors=16"
guest_start web --ports 1 || host_fails "QEMU did not start"
guest_wait web 240 || guest_fails "the guest did not boot"
guest 'modprobe -a partbus_pci partbus_vsc_blk'
wait_until 60 partition_is active 1 || host_fails "the partition web did not become active"
host partbus partition show web
ok "the partition is active: host and guest have found each other"
GENERATION=$(word_of generation partbus partition show web)

step "A channel, and a contract that both ends hold"
disk_there='for i in $(seq 300); do [ ! -b /dev/pbd0 ] || exit 0; sleep 0.1; done; exit 1'
guest_run web "$disk_there" || guest_fails "no disk /dev/pbd0"
guest 'partbus channel show pbd0'
grep -q 'state open' /tmp/out || guest_fails "the channel is not open"
guest 'partbus contract show pbd0'
FIRST_EPOCH=$(word_of epoch cat /tmp/out)
wait_until 20 same_contract "$FIRST_EPOCH" || host_fails "the host holds another contract"
ok "the host holds the same contract (epoch $FIRST_EPOCH)"

step "A file system on it, and a file to remember"
guest 'mkfs.ext4 -q /dev/pbd0 && mkdir -p /mnt && mount -t ext4 /dev/pbd0 /mnt'
guest 'dd if=/dev/urandom of=/mnt/keep bs=1M count=4 status=none && sync && sha256sum /mnt/keep'
read -r SUM _ < /tmp/out
[ ${#SUM} -eq 64 ] || guest_fails "no checksum"

step "A NIC as well: a port for it on a bridge of the host"
mkdir -p /tmp/www
head -c 48M /dev/urandom > /tmp/www/file
host ip link add br0 type bridge
host ip addr add 10.7.0.1/24 dev br0
host ip link set br0 up
host modprobe partbus_vsp_net
host partbus resource add lan class net backing br0 speed 10000
host partbus offer add web lan
nic_up
host sh -c 'ip -br link show master br0'
guest 'ls /sys/class/net /sys/block'
! grep -vE '^(/sys/.*|lo|pbn0|pbd0||loop[0-9]+|ram[0-9]+)$' /tmp/out ||
	guest_fails "it has another disk or NIC than those of the bus"
[ "$(grep -cxE 'pbn0|pbd0' /tmp/out)" -eq 2 ] || guest_fails "it has not both"
guest 'cat /sys/bus/virtio/devices/*/device'
! grep -vE '^0x000[39]$' /tmp/out ||
	guest_fails "it has another virtio device than the console (3) and the root (9, by 9p)"
note "of virtio it has only what the demo itself talks to it by, and its programs: 3 and 9"
guest 'ping -c 3 -s 1400 10.7.0.1'
ok "its only disk and its only NIC are of the bus; frames pass the bridge"
busybox httpd -p 10.7.0.1:80 -h /tmp/www || host_fails "busybox httpd did not start"
N1=$(epoch lan)
new_terms lan rx_cap_bps 4M
fetch='wget -q -O - http://10.7.0.1/file | sha256sum'
fetch_must_run() {
	guest_run web 'pgrep wget > /dev/null' || guest_fails "the file came before it should"
}
guest_run_bg web fetch "$fetch" || guest_fails "wget could not be started"
echo "   ${bold}guest#${plain} $fetch &"
N2=$(epoch lan)
new_terms lan rx_cap_bps 3M
fetch_must_run
new_terms lan rx_cap_bps 5M mtu 4000
fetch_must_run
new_terms lan rx_cap_bps none
guest_join web fetch > /tmp/out || guest_fails "wget failed"
read -r GOT _ < /tmp/out
read -r WANTED _ < <(sha256sum < /tmp/www/file)
[ "$GOT" = "$WANTED" ] || guest_fails "the file came with checksum $GOT, it has $WANTED"
guest 'ip -br link show pbn0 && cat /sys/class/net/pbn0/mtu && ping -c 2 -s 3972 10.7.0.1'
grep -qx 4000 /tmp/out || guest_fails "the NIC has not the MTU of its contract"
NIC_CONTRACTS=$(($(epoch lan) - N1))
ok "48 MiB came by http, checksum the same, under three new contracts (epoch $N2 -> $(epoch lan))"

step "fio writes and verifies every block; the host changes the terms meanwhile"
load_start
load_must_work
measure 4
FREE=$RATE
note "without a limit: $RATE requests/s"
CAP=$((FREE / 4 < 20 ? 20 : FREE / 4))
E1=$(epoch)
new_terms disk0 cap_iops $CAP burst_ios 10
measure 4
[ "$RATE" -le $((CAP + 10 + CAP / 20)) ] || host_fails "$RATE requests/s pass a cap of $CAP"
ok "limited to $CAP requests/s: $RATE requests/s (contract epoch $E1 -> $(epoch))"
BPS=$((FREE < 32 ? 64 : FREE * 2))	# half of it, in KiB
E2=$(epoch)
new_terms disk0 cap_iops none cap_bps ${BPS}K burst_bytes 64K
measure 4
[ $((BYTES_RATE >> 10)) -le $((BPS + 64 + BPS / 20)) ] ||
	host_fails "$((BYTES_RATE >> 10)) KiB/s pass a cap of $BPS"
ok "limited to $BPS KiB/s: $((BYTES_RATE >> 10)) KiB/s (contract epoch $E2 -> $(epoch))"
host partbus resource set disk0 cap_bps none
load_must_run
ok "fio goes on, no error"

step "The guest asks for other terms, fio still running"
E3=$(epoch)
guest 'partbus contract request pbd0 slot_size 4096 depth 4'
[ "$(word_of slot_size cat /tmp/out)/$(word_of depth cat /tmp/out)" = 4K/4 ] ||
	guest_fails "it did not get slots of 4 KiB, 4 of them"
guest 'partbus contract request pbd0 slot_size 65536 depth 32 weight 200'
E4=$(word_of epoch cat /tmp/out)
[ "$(word_of slot_size cat /tmp/out)/$(word_of depth cat /tmp/out)" = 64K/32 ] ||
	guest_fails "it did not get slots of 64 KiB, 32 of them"
[ "$E4" -ge $((E3 + 2)) ] || guest_fails "the epoch did not move on: $E3 -> $E4"
wait_until 20 same_contract "$E4" || host_fails "the host holds another contract than the guest"
ok "granted, twice; both ends at epoch $E4"
load_must_run
guest 'kill -TERM $(cat /tmp/load.pid)'
guest_join web load || guest_fails "fio did not end"
load_result='echo $(cat /tmp/load.rc) $(sed -n "/^{/,/^}/p" /tmp/load.json |
	jq -r ".jobs[0] | .error, .write.total_ios, .read.total_ios")'
read -r CODE ERROR WRITTEN VERIFIED < <(guest_run web "$load_result")
# When it is told to end, fio writes a line before its JSON and exits with 128;
# with more when there were errors.
case ${CODE:-none}/${ERROR:-none} in
0/0 | 128/0) ;;
*)
	guest_run web 'tail -n 20 /tmp/load.log' | output
	guest_fails "fio ended with exit code ${CODE:-none}, error ${ERROR:-none}"
	;;
esac
[ "$WRITTEN" -gt 0 ] || guest_fails "fio has written nothing"
[ "$VERIFIED" -gt 0 ] || guest_fails "fio has verified nothing"
ok "fio: $WRITTEN blocks written, $VERIFIED read back and verified (crc32c), no error"

step "The guest is reset in the middle of writing, as by the reset button"
load_start
load_must_work
echo "   ${bold}host#${plain}  QMP: {\"execute\": \"system_reset\"}"
guest_reset web || fail "the guest's QEMU" "no answer to system_reset" vm/l1.log
guest_wait web 240 || guest_fails "the guest did not boot again"
guest 'modprobe -a partbus_pci partbus_vsc_blk'
wait_until 60 partition_is active $((GENERATION + 1)) ||
	host_fails "the partition web did not come back with a new generation"
host partbus partition show web
NEW=$(word_of generation partbus partition show web)
guest_run web "$disk_there" || guest_fails "the disk did not come back"
ok "it is back: generation $GENERATION -> $NEW, and the disk is offered anew"
guest 'mkdir -p /mnt && mount -t ext4 /dev/pbd0 /mnt && sha256sum /mnt/keep'
read -r AGAIN _ < /tmp/out
[ "$AGAIN" = "$SUM" ] || guest_fails "the file has changed: $SUM before, $AGAIN after"
guest 'umount /mnt && fsck.ext4 -fn /dev/pbd0'
ok "the file is what it was, the file system is clean"
nic_up
guest 'ping -c 3 10.7.0.1'
ok "the NIC is back, too, and its port on the bridge"

step "The daemon is killed and started again"
PID=$(guest_pid web)
echo "   ${bold}host#${plain}  kill -KILL $DAEMON"
{ kill -KILL $DAEMON && wait $DAEMON; } 2> /dev/null
[ ! -e "/proc/$DAEMON" ] || daemon_fails "it did not end"
guest 'mount -t ext4 /dev/pbd0 /mnt && dd if=/dev/zero of=/mnt/more bs=1M count=2 conv=fsync status=none'
guest 'sha256sum /mnt/keep'
read -r AGAIN _ < /tmp/out
[ "$AGAIN" = "$SUM" ] || guest_fails "the file has changed: $SUM before, $AGAIN after"
ok "without a daemon the guest reads and writes as before"
start_daemon
wait_until 30 test -e /run/partbus/.lock || daemon_fails "it did not start"
host partbus partition add db
wait_until 30 test -S /run/partbus/db.sock || daemon_fails "no socket for a new partition"
host partbus partition del db
guest_alive web || guest_fails "QEMU has ended"
[ "$(word_of pid partbus partition show web)" = "$PID" ] || host_fails "another QEMU is attached"
partition_is active "$NEW" || host_fails "the partition web is not active"
[ "$(word_of generation partbus partition show web)" = "$NEW" ] ||
	host_fails "the partition web was attached anew"
partbus doctor > /tmp/out 2>&1 || { output < /tmp/out && daemon_fails "'partbus doctor' found something"; }
ok "it serves new partitions, and has the guest's connection back (partbus doctor: all checks ok)"

step "The end, in order"
guest 'umount /mnt'
host partbus offer del web disk0
host partbus offer del web lan
gone='for i in $(seq 300); do [ -b /dev/pbd0 ] || [ -e /sys/class/net/pbn0 ] || exit 0; sleep 0.1; done; exit 1'
guest_run web "$gone" || guest_fails "disk and NIC did not go"
ok "disk and NIC are gone in the guest"
guest_stop web 60
host partbus resource del disk0
host partbus resource del lan
wait_until 60 partition_is defined 0 || host_fails "the partition web is still attached"
host partbus partition del web
host kill -TERM $DAEMON
wait $DAEMON || daemon_fails "it ended with exit code $?"
host modprobe -r partbus_vsp_blk partbus_vsp_net partbus_host brd
! grep '^partbus' /proc/modules || host_fails "modules of partbus are left"
ok "nothing of partbus is left in the kernel"

{
	printf 'a guest on stock QEMU used a disk and a NIC of the host; contracts changed %d times under load' \
		$((E4 - FIRST_EPOCH + NIC_CONTRACTS))
	printf ' (of the disk epoch %d to %d; %d blocks written, %d verified, no error);' \
		"$FIRST_EPOCH" "$E4" "$WRITTEN" "$VERIFIED"
	printf ' after a hard reset (generation %d to %d) disk and file were back, checksum the same;' \
		"$GENERATION" "$NEW"
	printf ' partbusd was killed and restarted, the guest went on; all was unloaded.'
	printf ' %d s in the VM.\n' $((($(uptime_ms) - BEGIN) / 1000))
} > "$PB_SHARE/demo.summary"
