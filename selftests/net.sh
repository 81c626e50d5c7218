# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests of NICs within one kernel: source after lib.sh. The client's end and the
# provider's port are in network namespaces of their own.
#
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317

GOT=/tmp/got

load_net() {
	modprobe partbus_host && modprobe partbus_vsp_net && modprobe partbus_vsc_net
}

unload_net() {
	modprobe -r partbus_vsc_net partbus_vsp_net partbus_host
}

ethtool_stat() {	# namespace, device, pattern: the sum of what matches
	ip netns exec "$1" ethtool -S "$2" |
		awk -F: -v p="$3" '$1 ~ p { n += $2 } END { print n + 0 }'
}

device_stat() {	# namespace, device, statistics file
	ip netns exec "$1" cat "/sys/class/net/$2/statistics/$3"
}

# None is lost. All at once: ping waits for the first reply as long as -W says, and for the
# others a second (-i). -U: without the kernel's time stamps. To switch these on patches
# code that other CPUs run, which the lab's emulator does not always survive.
pings() {	# namespace, address, size
	ip netns exec "$1" ping -U -n -q -c 3 -l 3 -i 1 -W 5 -s "$3" "$2" > /tmp/ping.log 2>&1
	cat /tmp/ping.log
	grep -q ' 0% packet loss' /tmp/ping.log
}

epoch_beyond() {	# resource, epoch
	[ "$(channel_field "$1" epoch)" -gt "$2" ]
}

listens() {	# namespace, port
	ip netns exec "$1" ss -ltn | grep -q ":$2 "
}

# A file by TCP with its checksum: from a namespace to an address of the other.
tcp_copy() {	# from, to, address, port, file, 6 for IPv6
	local patience=$((120 * ${PB_PATIENCE:-1})) listener
	rm -f $GOT
	timeout $patience ip netns exec "$2" socat -u "TCP-LISTEN:$4,reuseaddr${6:+,pf=ip6}" \
		"OPEN:$GOT,creat,trunc" &
	listener=$!
	if ! wait_for 15 listens "$2" "$4" ||
		! timeout $patience ip netns exec "$1" socat -u "OPEN:$5" "TCP:$3:$4"; then
		kill "$listener"
		wait "$listener"
		return 1
	fi
	wait "$listener" && cmp "$5" $GOT
}
