#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest with two processors: what a queue of its disk completes is heard by those
# whose requests go through that queue, whichever lines the queues have got, and however
# many queues there are.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"
# shellcheck source=selftests/lab/guest.sh
. "$PB_SRC/selftests/lab/guest.sh"

READS=200
DAEMON=

finish() {
	guest_cleanup
	[ -z "$DAEMON" ] || kill "$DAEMON" 2> /dev/null
}
trap finish EXIT

in_guest() {	# command
	GUEST_TIMEOUT=120 guest_run a "$@"
}

disk_queues() {	# disk: the processors of each of its queues, a line for each
	in_guest "for n in 0 1; do
		[ ! -e /sys/block/$1/mq/\$n ] || tr -d ' ' < /sys/block/$1/mq/\$n/cpu_list; done"
}

has_queues() {	# disk, how many
	[ "$(disk_queues "$1" | wc -l)" -eq "$2" ]
}

# The number in Linux of the line of a disk's queue.
irq_of() {	# disk, queue
	local first
	first=$(in_guest 'partbus -j channel show' |
		jq --arg d "$1" '.[] | select(.device == $d) | .line_in')
	# Line 0 is for the window as a whole.
	in_guest 'ls /sys/bus/pci/drivers/partbus_pci/0*/msi_irqs' | sort -n |
		sed -n "$((2 + (first - 1 + $2) % 15))p"
}

lines_of_all() {
	local disk
	for disk in pbd0 pbd1; do irq_of $disk 0; irq_of $disk 1; done | sort -u | wc -l
}

line_affinity() {	# disk, queue: as a list, such as 0-1 or 0,1
	in_guest "cat /proc/irq/$(irq_of "$@")/smp_affinity_list" | sed 's/0-1/0,1/'
}

lines_follow() {	# disk: the lines of its queues are those of their processors
	local queue=0 cpus
	while read -r cpus; do
		[ -n "$cpus" ] || return 1
		[ "$(line_affinity "$1" "$queue")" = "$cpus" ] || return 1
		queue=$((queue + 1))
	done <<< "$(disk_queues "$1")"
	[ "$queue" -gt 0 ]
}

# Interrupts of a line, at each processor.
heard() {	# irq
	in_guest "grep '^ *$1:' /proc/interrupts" | awk '{ print $2, $3 }'
}

read_on() {	# disk, processor
	in_guest "fio --name=r --filename=/dev/$1 --rw=randread --bs=4k --direct=1 \
		--number_ios=$READS --size=16m --cpus_allowed=$2"
}

# Reads on one processor are heard there and nowhere else, but for the one interrupt that
# an x86 PC needs to take its line to where it is wanted.
heard_where_made() {	# disk, processor, queue
	local irq before after rise
	irq=$(irq_of "$1" "$3")
	before=$(heard "$irq")
	read_on "$1" "$2" || return 1
	after=$(heard "$irq")
	rise=($((${after% *} - ${before% *})) $((${after#* } - ${before#* })))
	echo "irq $irq: ${rise[*]}"
	# One at a time: an interrupt for each, but for those found by who looked first.
	[ "${rise[$2]}" -ge $((READS / 2)) ] && [ "${rise[1 - $2]}" -le 1 ]
}

test_ok "modules load on the host" load_host
load_ram 2 32768
daemon_start
test_ok "partition add" partbus partition add a window 64M
for n in 0 1; do
	test_ok "resource add d$n" \
		partbus resource add d$n class block backing /dev/ram$n queues 2
done
test_ok "the daemon listens" wait_for 10 test -S /run/partbus/a.sock
test_ok "a guest with two processors boots" guest_start a -s 2
test_ok "it is up" guest_wait a
test_ok "it loads the modules" in_guest "modprobe -a partbus_pci partbus_vsc_blk"
for n in 0 1; do
	# In this order, so that names are known.
	test_ok "offer d$n" partbus offer add a d$n
	test_ok "its disk is there" wait_for 30 in_guest "[ -b /dev/pbd$n ]"
done

test_is "each queue has a line of its own" "$(lines_of_all)" 4
for disk in pbd0 pbd1; do
	test_ok "$disk has two queues" wait_for 10 has_queues $disk 2
	test_ok "the lines of $disk follow its processors" wait_for 10 lines_follow $disk
	for cpu in 0 1; do
		test_ok "$disk: what processor $cpu reads is heard there" \
			heard_where_made $disk $cpu $cpu
	done
done

test_ok "a contract with one queue" in_guest "partbus contract request d0 queues 1 wait 30"
test_ok "pbd0 has one" wait_for 10 has_queues pbd0 1
test_ok "its line is everybody's" wait_for 10 lines_follow pbd0
test_ok "two queues again" in_guest "partbus contract request d0 queues 2 wait 30"
test_ok "pbd0 has two" wait_for 10 has_queues pbd0 2
test_ok "the lines of pbd0 follow its processors again" wait_for 10 lines_follow pbd0

# What was placed by hand stays where it is for as long as the queues do.
by_hand() {	# disk, queue, list
	in_guest "echo $3 > /proc/irq/$(irq_of "$1" "$2")/smp_affinity_list"
}
test_ok "a line is placed by hand" by_hand pbd0 0 1
test_ok "another contract" in_guest "partbus contract request d0 cap_iops 5000 wait 30"
test_is "it stays there" "$(line_affinity pbd0 0)" 1

for round in 1 2 3; do
	test_ok "$round: offer d0 is deleted" partbus offer del a d0
	test_ok "$round: pbd0 goes" wait_for 30 in_guest "[ ! -e /dev/pbd0 ]"
	test_ok "$round: it is made again" partbus offer add a d0
	test_ok "$round: pbd0 comes" wait_for 30 in_guest "[ -b /dev/pbd0 ]"
	test_is "$round: still each queue has a line of its own" "$(lines_of_all)" 4
	test_ok "$round: its lines follow its processors" wait_for 10 lines_follow pbd0
done
for cpu in 0 1; do
	test_ok "what processor $cpu reads is heard there" heard_where_made pbd0 $cpu $cpu
done
test_ok "the guest shuts down" guest_stop a
test_ok "no section is left" wait_for 10 no_sections
for n in 0 1; do
	partbus offer del a d$n
	partbus resource del d$n
done
test_ok "partition del" partbus partition del a
kill "$DAEMON"
wait "$DAEMON" 2> /dev/null
DAEMON=
test_ok "modules unload" wait_for 10 modprobe -r partbus_vsp_blk partbus_host
test_ok "nothing of partbus is left" modules_gone
tests_done
