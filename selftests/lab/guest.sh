#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Level-2 guests for scripts that run in the lab's host VM: source this file.
# Every function takes the guest's NAME first. What they promise is in README.md.

LAB_GUESTS=/run/lab/guests
LAB_CTL=/run/lab/labctl
: "${GUEST_TIMEOUT:=180}"

[ -p /run/lab/never ] || mkfifo /run/lab/never

lab_die() {
	echo "guest.sh: $*" >&2
	return 1
}

# Starting a program takes 50 ms under emulation, so what is called often sticks
# to the shell's own means. A pipe that nobody writes to makes a clock.
lab_nap() {
	read -rt 0.03 <> /run/lab/never || :
}

# The kernel and initrd of guests, copied to memory once: 9p is slow.
lab_guest_image() {
	local kernel=$1 dir=/run/lab/images/$1
	[ ! -e "$dir/ready" ] || return 0
	[ -e "$LAB_WORK/guest/$kernel/initrd" ] ||
		lab_die "no guest image for $kernel (lab run --nested, lab build --kernel $kernel)" ||
		return 1
	mkdir -p "$dir"
	(
		flock 9
		[ -e "$dir/ready" ] && exit
		cp -L "$LAB_WORK/guest/$kernel/kernel" "$LAB_WORK/guest/$kernel/initrd" "$dir/" &&
			: > "$dir/ready"
	) 9> "$dir/lock"
	[ -e "$dir/ready" ]
}

# guest_start NAME [-m MB] [-s CPUS] [-k KERNEL] [-a APPEND] [--socket PATH]
#             [--no-window] [--ports N] [--no-reboot] [-- QEMU arguments]
guest_start() {
	local name=$1 mem='' smp=1 kernel=$PB_KERNEL append='' window=1 ports=4 reboot=()
	local socket=/run/partbus/$1.sock dir=$LAB_GUESTS/$1 boot=1 index log args=()
	shift
	while [ $# -gt 0 ]; do
		case $1 in
		-m) mem=$2 && shift ;;
		-s) smp=$2 && shift ;;
		-k) kernel=$2 && shift ;;
		-a) append=$2 && shift ;;
		--socket) socket=$2 && shift ;;
		--ports) ports=$2 && shift ;;
		--no-window) window= ;;
		--no-reboot) reboot=(-no-reboot) ;;
		--) shift && break ;;
		*) lab_die "guest_start: what is '$1'?" || return 2 ;;
		esac
		shift
	done
	[ -n "$mem" ] || case $kernel in
	debug | kcsan) mem=768 ;;
	*) mem=256 ;;
	esac
	! guest_alive "$name" || lab_die "guest $name is running" || return 1
	lab_guest_image "$kernel" || return 1
	mkdir -p "$dir"
	rm -f "$dir"/agent.* "$dir/qmp" "$dir/serial" "$dir/pid"
	while [ -e "$PB_SHARE/guests/$name.$boot.console" ]; do boot=$((boot + 1)); done
	log=$PB_SHARE/guests/$name.$boot
	echo "$log" > "$dir/log"
	: > "$log.console"

	args=(-name "guest=$name,debug-threads=on" -nodefaults -display none -accel kvm -cpu host
		-M "q35,sata=off,smbus=off,vmport=off" -smp "$smp" -m "${mem}M" "${reboot[@]}"
		-kernel "/run/lab/images/$kernel/kernel" -initrd "/run/lab/images/$kernel/initrd"
		-append "console=ttyS0 panic=-1 oops=panic quiet sysrq_always_enabled lab.name=$name $append"
		-chardev "socket,id=serial,path=$dir/serial,server=on,wait=off,logfile=$log.console"
		-serial "chardev:serial" -qmp "unix:$dir/qmp,server=on,wait=off"
		-fsdev "local,id=usr,path=$LAB_WORK/guest/$kernel/usr,security_model=none,readonly=on,multidevs=remap"
		-device "virtio-9p-pci,fsdev=usr,mount_tag=usr"
		-device "virtio-serial-pci,max_ports=8,vectors=2")
	for ((index = 1; index <= ports; index++)); do
		args+=(-device "pcie-root-port,id=rp$index,slot=$index,chassis=$index")
	done
	for index in 0 1 2 3 4 5; do
		args+=(-chardev "socket,id=agent$index,path=$dir/agent.$index,server=on,wait=off"
			-device "virtserialport,chardev=agent$index,name=lab.agent.$index")
	done
	if [ -n "$window" ]; then
		args+=(-chardev "socket,path=$socket,id=window"
			-device "ivshmem-doorbell,id=window0,chardev=window,vectors=16,bus=rp1")
	fi
	# in a subshell: the caller's 'wait' and job messages are none of QEMU's
	(
		setsid qemu-system-x86_64 "${args[@]}" "$@" < /dev/null > "$log.qemu" 2>&1 &
		echo $! > "$dir/pid"
	)
	until [ -S "$dir/qmp" ]; do
		guest_alive "$name" || { cat "$log.qemu" >&2 && return 1; }
		lab_nap
	done
	return 0
}

guest_pid() {
	echo "$(< "$LAB_GUESTS/$1/pid")"
}

# True while QEMU runs (a zombie does not).
guest_alive() {
	local pid stat
	{ read -r pid < "$LAB_GUESTS/$1/pid"; } 2> /dev/null || return 1
	{ read -r stat < "/proc/$pid/stat"; } 2> /dev/null || return 1
	# pid (name) state ...
	[[ ${stat##*) } != Z* ]]
}

# guest_wait NAME [SECONDS]: until the agent answers, so the guest is booted (again).
guest_wait() {
	"$LAB_CTL" wait "$LAB_GUESTS/$1" $((${2:-300} * PB_PATIENCE))
}

# guest_run NAME COMMAND...: exit code of COMMAND; 124 time is over, 125 no guest.
guest_run() {
	local name=$1
	shift
	"$LAB_CTL" run "$LAB_GUESTS/$name" $((GUEST_TIMEOUT * PB_PATIENCE)) "$*"
}

# guest_dies_of NAME COMMAND...: it ends the guest's kernel; the agent of the next one
# says that it was so.
guest_dies_of() {
	local code=0
	guest_run "$@" || code=$?
	[ "$code" -eq 125 ]
}

guest_panics() {	# name
	guest_expect "$1" 'Kernel panic|Call Trace'
	guest_dies_of "$1" 'echo c > /proc/sysrq-trigger'
}

# As guest_run with this shell's standard input.
guest_pipe() {
	local name=$1
	shift
	"$LAB_CTL" run "$LAB_GUESTS/$name" $((GUEST_TIMEOUT * PB_PATIENCE)) -i "$*"
}

guest_run_bg() {
	local name=$1 tag=$2 quote="'\\''"
	shift 2
	# Not by %q: the guest's shell does not know $'...', which that makes of lines.
	guest_run "$name" "lab-bg start $tag '${*//\'/$quote}'"
}

guest_join() {
	guest_run "$1" "lab-bg join $2"
}

guest_put() {
	local target
	printf -v target '%q' "$3"
	guest_pipe "$1" "cat > $target" < "$2"
}

guest_get() {
	local source
	printf -v source '%q' "$2"
	guest_run "$1" "cat $source" > "$3"
}

# guest_qmp NAME JSON [EVENT]: the answer; with EVENT, waits until it has happened.
guest_qmp() {
	"$LAB_CTL" qmp "$LAB_GUESTS/$1/qmp" $((GUEST_TIMEOUT * PB_PATIENCE)) "${@:2}"
}

# Returns when the reset has happened: an answer of the agent is a new one's.
guest_reset() {
	guest_qmp "$1" '{"execute":"system_reset"}' '"RESET"' > /dev/null
}

# lab_wait_gone NAME SECONDS: until QEMU is gone altogether. A zombie is not: other
# threads of it may still be at work giving memory back.
lab_wait_gone() {
	local deadline=$((SECONDS + $2)) pid
	read -r pid < "$LAB_GUESTS/$1/pid"
	while [ -e "/proc/$pid" ]; do
		[ $SECONDS -lt $deadline ] || return 1
		lab_nap
	done
	rm "$LAB_GUESTS/$1/pid"
}

guest_kill() {
	[ -e "$LAB_GUESTS/$1/pid" ] || return 0
	! guest_alive "$1" || kill -KILL "$(guest_pid "$1")"
	lab_wait_gone "$1" 20
}

guest_stop() {
	guest_alive "$1" || return 0
	GUEST_TIMEOUT=30 guest_run "$1" lab-health > /dev/null 2>&1
	GUEST_TIMEOUT=10 guest_run "$1" "dmesg" > "$PB_SHARE/guests/$1.dmesg" 2> /dev/null
	GUEST_TIMEOUT=5 guest_run "$1" "sync; setsid poweroff -f &" > /dev/null 2>&1
	lab_wait_gone "$1" $((${2:-20} * PB_PATIENCE)) || guest_kill "$1"
}

# Magic SysRq by the serial line: works in a guest whose agent hangs.
guest_sysrq() {
	guest_qmp "$1" '{"execute":"chardev-send-break","arguments":{"id":"serial"}}' > /dev/null
	printf %s "$2" | socat -t 1 - "UNIX-CONNECT:$LAB_GUESTS/$1/serial" > /dev/null
}

# Lines of the guest's console that match REGEX (Python's) are no complaint.
guest_expect() {
	echo "$2" >> "$(< "$LAB_GUESTS/$1/log").console.expect"
}

# The same for the host VM's own log.
lab_expect() {
	echo "$1" >> "$PB_SHARE/l1.expect"
}

# An interactive shell in a guest, from 'lab shell'.
guest_shell() {
	local name=$1 size
	size=$(stty size)
	echo "shell in guest $name; 'exit' leaves it"
	stty raw -echo
	GUEST_TIMEOUT=1000000 guest_pipe "$name" "export TERM=$TERM
		exec script -qc 'stty rows ${size% *} cols ${size#* }; bash -i' /dev/null"
	stty sane
}

guest_list() {
	local dir
	for dir in "$LAB_GUESTS"/*/; do
		[ ! -e "$dir/pid" ] || { dir=${dir%/} && echo "${dir##*/}"; }
	done
}

guest_cleanup() {
	local name
	for name in $(guest_list); do
		guest_kill "$name"
	done
}
