#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
#
# A guest of libvirt, with the <shmem> element that Documentation/running.rst shows and
# QEMU under a user of its own: its disk and its NIC are those of the bus. It is
# started, reset, stopped and started again by virsh alone.
# Functions are called through the words of lib.sh; what is in single quotes is for the
# guest's shell.
# shellcheck disable=SC2317,SC2016,SC2086
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"

GUEST=web
QEMU_USER=libvirt-qemu
DIR=$LAB_GUESTS/$GUEST
CONSOLE=$PB_SHARE/guests/$GUEST.1.console
IMAGE=/run/lab/images/$PB_KERNEL
DAEMON=
LIBVIRTD=

finish() {
	virsh destroy $GUEST > /dev/null 2>&1
	local pid
	for pid in $LIBVIRTD $DAEMON; do kill "$pid" 2> /dev/null; done
}
trap finish EXIT

in_guest() {
	GUEST_TIMEOUT=120 guest_run $GUEST "$@"
}

# --- libvirt --------------------------------------------------------------------

# As Debian's package of the system-wide daemon would have it, with what the lab's
# machine does not have switched off: security modules, logging, cgroups.
libvirt_configure() {
	useradd --system --user-group "$QEMU_USER" && mkdir -p /etc/libvirt &&
		cat > /etc/libvirt/qemu.conf <<-EOF
			user = "$QEMU_USER"
			group = "$QEMU_USER"
			security_driver = "none"
			stdio_handler = "file"
			cgroup_controllers = [ ]
		EOF
	chown "$QEMU_USER" /dev/kvm
}

libvirt_start() {
	libvirtd > "$PB_SHARE/libvirtd.log" 2>&1 &
	LIBVIRTD=$!
	wait_for 60 virsh list
}

channels() {
	local n
	for n in 0 1 2 3 4 5; do
		cat <<-EOF
			<channel type='unix'>
			  <source mode='bind' path='$DIR/agent.$n'/>
			  <target type='virtio' name='lab.agent.$n'/>
			</channel>
		EOF
	done
}

# The element is the documentation's.
domain() {
	cat <<-EOF
		<domain type='kvm'>
		  <name>$GUEST</name>
		  <memory unit='MiB'>256</memory>
		  <vcpu>1</vcpu>
		  <os>
		    <type arch='x86_64' machine='q35'>hvm</type>
		    <kernel>$IMAGE/kernel</kernel>
		    <initrd>$IMAGE/initrd</initrd>
		    <cmdline>console=ttyS0 panic=-1 oops=panic quiet lab.name=$GUEST</cmdline>
		  </os>
		  <features><acpi/></features>
		  <cpu mode='host-passthrough'/>
		  <devices>
		    <emulator>$(command -v qemu-system-x86_64)</emulator>
		    <filesystem type='mount' accessmode='passthrough' multidevs='remap'>
		      <source dir='$DIR/usr'/>
		      <target dir='usr'/>
		      <readonly/>
		    </filesystem>
		    <serial type='file'><source path='$CONSOLE'/></serial>
		    <controller type='virtio-serial' ports='8'/>
		    $(channels)
		    <memballoon model='none'/>
		    $(sed -n "/<shmem name/,/<\/shmem>/p" "$PB_SRC/Documentation/running.rst")
		  </devices>
		</domain>
	EOF
}

domain_define() {
	lab_guest_image "$PB_KERNEL" && mkdir -p "$DIR/usr" && chown "$QEMU_USER" "$DIR" &&
		mount --bind "$LAB_WORK/guest/$PB_KERNEL/usr" "$DIR/usr" &&
		echo "${CONSOLE%.console}" > "$DIR/log" && : > "$CONSOLE" &&
		chown "$QEMU_USER" "$CONSOLE" && domain > /tmp/domain.xml &&
		virsh define --validate /tmp/domain.xml
}

domain_start() {
	virsh start $GUEST && cp /run/libvirt/qemu/$GUEST.pid "$DIR/pid"
}

# --- the bus --------------------------------------------------------------------

load_bus() {
	load_host && modprobe partbus_vsp_net && load_ram 1 32768 &&
		ip link add br0 type bridge && ip addr add 10.7.0.1/24 dev br0 && ip link set br0 up
}

add_resources() {
	partbus resource add disk0 class block backing /dev/ram0 serial WEB0 &&
		partbus resource add lan class net backing br0
}

owner_is() {	# user
	cat > /etc/partbus/partbusd.conf <<-EOF
		[partition $GUEST]
		owner = $1
	EOF
}

socket_owner() {
	stat -c %U /run/partbus/$GUEST.sock
}

socket_is_of() {
	[ "$(socket_owner)" = "$1" ]
}

qemu_user() {
	stat -c %U "/proc/$(guest_pid $GUEST)"
}

guest_devices() {
	in_guest 'modprobe -a partbus_pci partbus_vsc_blk partbus_vsc_net
		n=0
		until [ -b /dev/pbd0 ] && [ -e /sys/class/net/pbn0 ]; do
			n=$((n + 1)); [ $n -lt 200 ] || exit 1; sleep 0.1
		done
		ip addr add 10.7.0.2/24 dev pbn0; ip link set pbn0 up'
}

pings_host() {
	in_guest 'ping -q -c 3 -W 5 10.7.0.1'
}

written() {
	in_guest 'seq 200000 | dd of=/dev/pbd0 bs=1M oflag=direct iflag=fullblock conv=sync 2> /dev/null'
}

reads_back() {
	in_guest '[ "$(head -c $(seq 200000 | wc -c) /dev/pbd0 | cksum)" = "$(seq 200000 | cksum)" ]'
}

test_ok "modules load, and a bridge is there" load_bus
mkdir -p /etc/partbus
daemon_start
test_ok "partition add" partbus partition add $GUEST window 64M
test_ok "resources" add_resources
test_ok "a disk is offered" partbus offer add $GUEST disk0
test_ok "and a NIC" partbus offer add $GUEST lan
test_ok "the daemon listens" wait_for 10 test -S /run/partbus/$GUEST.sock
test_ok "there is a user for QEMU" libvirt_configure
test_ok "libvirtd starts" libvirt_start
test_ok "the domain is valid with the element of the documentation" domain_define

test_refused "who may not connect gets no window" 1 'partbus/web.sock.*Permission denied' \
	virsh start $GUEST
owner_is $QEMU_USER
kill -HUP "$DAEMON"
test_ok "the socket gets an owner" wait_for 10 socket_is_of $QEMU_USER
test_ok "the domain starts" domain_start
test_is "not as root" "$(qemu_user)" $QEMU_USER
test_ok "the guest boots" guest_wait $GUEST
test_ok "it has a disk and a NIC" guest_devices
test_is "and no other" "$(in_guest 'ls /sys/class/net | grep -v lo; ls /sys/block | grep -v loop')" \
	"$(printf 'pbn0\npbd0')"
test_ok "frames pass" wait_for 20 pings_host
test_ok "data are written" written
test_ok "and read back" reads_back

test_ok "it is suspended" virsh suspend $GUEST
test_ok "and resumed" virsh resume $GUEST
test_ok "frames pass again" wait_for 20 pings_host
test_refused "it cannot be saved: nobody could carry the window" 1 'shmem' \
	virsh managedsave $GUEST
test_ok "which does it no harm" reads_back

test_ok "it is reset" virsh reset $GUEST
test_ok "and boots again" guest_wait $GUEST
test_ok "with disk and NIC" guest_devices
test_ok "and its data" reads_back
test_ok "frames pass as before" wait_for 20 pings_host

test_ok "it is destroyed" virsh destroy $GUEST
test_ok "the partition is free" wait_for 20 partition_is $GUEST state defined
test_ok "no section is left" wait_for 10 no_sections
test_ok "it starts once more" domain_start
test_ok "boots" guest_wait $GUEST
test_ok "has its devices" guest_devices
test_ok "and its data still" reads_back
test_ok "and is destroyed" virsh destroy $GUEST
test_ok "no channel is left" wait_for 20 no_channels
test_ok "the domain is undefined" virsh undefine $GUEST
kill "$LIBVIRTD"
test_ok "libvirtd ends" wait "$LIBVIRTD"
LIBVIRTD=

test_ok "offers go" sh -c "partbus offer del $GUEST disk0 && partbus offer del $GUEST lan"
test_ok "partition del" wait_for 10 partbus partition del $GUEST
test_ok "the daemon ends well" daemon_stop
test_ok "resources go" sh -c "partbus resource del disk0 && partbus resource del lan"
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsp_blk partbus_vsp_net partbus_host
test_ok "nothing of partbus is left" modules_gone
tests_done
