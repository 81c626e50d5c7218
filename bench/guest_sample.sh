# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What the guest's kernel counts, for under_load(): source this.
# shellcheck source=bench/under_load.sh
. /tmp/under_load.sh

guest_sample() {	# before or after, COUNTER
	echo "== guest $1"
	"$2"
	echo "== stat $1"
	head -n 1 /proc/stat
	echo "== interrupts $1"
	cat /proc/interrupts
}
