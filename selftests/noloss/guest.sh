# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The no-loss checker in a guest g, on its disk d0, while faults are done to it: to
# be sourced after noloss.sh and guest.sh of the lab. The journal is in the host's
# memory, which the guest has by 9p, before the guest's disk is asked: it outlives the
# guest. $MEDIUM is what the host serves the disk from.
#
#	ng_resource_add		d0, always of the same UUID
#	ng_boots		starts the guest, which has its disk then
#	ng_ready		the same for one that boots by itself
#	ng_writer_starts	a writer in the guest
#	ng_writer_works		it gets things done
#	ng_writer_ends		it ends, having seen nothing wrong
#	ng_writer_join		its last words
#	ng_settle		after a writer has ended in whatever way: see noloss_settle
#	ng_errors on|off	I/O of the writer may fail
#	ng_channel_runs		there is one channel, with a contract in force

NG_UUID=7f0a52c4-58f1-4b0e-9f2b-0d6a4b1f9e33
NG_SEED=${NG_SEED:-1}
NG_WRITES=		# the guest has a writer

# A disk by the name of its resource, for its number may be another one each time.
# shellcheck disable=SC2016	# for the guest's shell
NG_DISK='n=200; until f=$(grep -slx d0 /sys/block/pbd*/partbus/resource) &&
	d=/dev/$(echo $f | cut -d/ -f4) && [ -b $d ]; do
	n=$((n - 1)); [ $n -gt 0 ] || exit 1; sleep 0.1; done'

ng_resource_add() {
	partbus resource add d0 class block backing "$MEDIUM" uuid "$NG_UUID"
}

ng_channel_runs() {
	partbus -j channel show | jq -e '[.[] | select(.negotiation == "running")] | length == 1'
}

ng_boots() {
	guest_start g -- -fsdev "local,id=journal,path=$NOLOSS,security_model=none" \
		-device virtio-9p-pci,fsdev=journal,mount_tag=journal && ng_ready
}

ng_ready() {
	guest_wait g && guest_run g "mkdir -p /j &&
		mount -t 9p -o trans=virtio,version=9p2000.L,cache=none,msize=131072 journal /j &&
		modprobe -a partbus_pci partbus_vsc_blk && $NG_DISK"
}

ng_writer_starts() {
	guest_run_bg g "w$NOLOSS_LIFE" "$NG_DISK
		exec noloss write --journal /j/$NOLOSS_LIFE.journal --disk \$d \
			--errors-if /tmp/errors --seed $((NG_SEED * 1000 + NOLOSS_LIFE))" &&
		NG_WRITES=1
}

ng_errors() {	# on or off
	if [ "$1" = on ]; then
		guest_run g ": > /tmp/errors"
	else
		guest_run g "rm -f /tmp/errors"
	fi
}

# The writer's own words, where it can still be asked.
ng_writer_join() {
	NG_WRITES=
	guest_join g "w$NOLOSS_LIFE"
}

ng_writer_ends() {
	guest_run g "kill -TERM \$(pgrep -x noloss)" && ng_writer_join
}

ng_writer_works() {
	noloss_works && return
	partbus channel show
	! guest_run g "dmesg | tail -n 20; pgrep -x noloss" || return 1
	ng_writer_join
	return 1
}

ng_settle() {
	# shellcheck disable=SC2034	# for who sources this
	NG_WRITES=
	noloss_settle "$MEDIUM"
}
