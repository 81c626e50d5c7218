#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests of the lab itself, in TAP: lab run --nested selftests/lab/selftest.sh
# No part of partbus is needed; guests have no window.

# shellcheck source=/dev/null
. "$PB_LAB/guest.sh"
trap guest_cleanup EXIT

count=0
failed=0

# ok DESCRIPTION COMMAND...
ok() {
	local what=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $what"
	else
		echo "not ok $count - $what"
		failed=$((failed + 1))
	fi
}

# is DESCRIPTION GOT WANTED
is() {
	ok "$1" test "$2" = "$3"
	[ "$2" = "$3" ] || printf '# got:    %q\n# wanted: %q\n' "$2" "$3"
}

# code COMMAND...: prints its exit code only
code() {
	"$@" > /dev/null 2>&1
	echo $?
}

# What takes effect a moment later; every look takes a while by itself.
until_true() {
	local tries
	for ((tries = 0; tries < 50; tries++)); do
		! "$@" || return 0
	done
	return 1
}

echo "# host VM: kernel $(uname -r), guests: $PB_KERNEL"

ok "start a guest" guest_start a --no-window
ok "its agent answers" guest_wait a
ok "it is alive" guest_alive a
is "name" "$(guest_run a hostname)" a
is "kernel release" "$(guest_run a uname -r)" "$(uname -r)"
is "exit code" "$(code guest_run a 'exit 42')" 42
is "killed command" "$(code guest_run a 'kill -9 $$')" 137
is "standard output alone" "$(guest_run a 'echo out; echo err >&2' 2> /dev/null)" out
is "standard error alone" "$(guest_run a 'echo out; echo err >&2' 2>&1 > /dev/null)" err
is "long output arrives whole" "$(guest_run a 'seq 50000' | cksum)" "$(seq 50000 | cksum)"
is "standard input, there and back" "$(seq 50000 | guest_pipe a cat | cksum)" "$(seq 50000 | cksum)"
seq 1000 > /tmp/file
ok "put a file" guest_put a /tmp/file /tmp/there
ok "get it back" guest_get a /tmp/there /tmp/back
ok "unchanged" cmp /tmp/file /tmp/back

is "command that takes too long" "$(GUEST_TIMEOUT=2 code guest_run a 'tail -f /dev/null')" 124
ok "it was killed in the guest" until_true guest_run a '! pgrep -f "^tail -f /dev/null"'

ok "start a job" guest_run_bg a one 'sleep 1; echo one; exit 5'
ok "start another" guest_run_bg a two 'echo two; echo bad >&2'
is "output of the second" "$(guest_join a two 2> /dev/null)" two
is "output of the first" "$(guest_join a one)" one
is "exit code of the first" "$(code guest_join a one)" 5

(GUEST_TIMEOUT=100 guest_run a 'until [ -e /tmp/go ]; do sleep 0.1; done' && : > /tmp/went) &
waiter=$!
ok "command beside a waiting one" guest_run a 'touch /tmp/go'
wait $waiter
ok "the waiting one went on" test -e /tmp/went

ok "load a module with what it needs" guest_run a 'modprobe xfs'
ok "make and mount ext4" guest_run a 'modprobe brd rd_nr=1 rd_size=65536 && modprobe ext4 &&
	mkfs.ext4 -q /dev/ram0 && mount /dev/ram0 /mnt && umount /mnt &&
	fsck.ext4 -fn /dev/ram0 > /dev/null 2>&1'
ok "fio" guest_run a 'fio --name=t --filename=/dev/ram0 --size=1m --bs=4k --rw=randwrite \
	--ioengine=libaio --verify=crc32c > /tmp/fio.out || { cat /tmp/fio.out; false; }'

is "monitor" "$(guest_qmp a '{"execute":"query-status"}' | jq -r .return.status)" running
is "monitor says no" "$(code guest_qmp a '{"execute":"no-such-command"}')" 1

ok "leave a mark" guest_run a 'touch /tmp/mark'
(GUEST_TIMEOUT=300 guest_run a 'tail -n 1 -f /dev/null' 2> /dev/null; echo $? > /tmp/reset.code) &
waiter=$!
ok "a command runs" until_true guest_run a 'pgrep -f "^tail -n 1 -f /dev/null" > /dev/null'
ok "reset" guest_reset a
ok "the agent is back" guest_wait a
ok "the mark is gone" guest_run a '[ ! -e /tmp/mark ]'
wait $waiter
is "a command learns of the reset" "$(cat /tmp/reset.code)" 125

pid=$(guest_pid a)
ok "kill" guest_kill a
ok "no process left" test ! -e "/proc/$pid"
is "a command for a dead guest" "$(code guest_run a true)" 125
ok "start it again" guest_start a --no-window
ok "its agent answers again" guest_wait a

ok "start a second guest beside it" guest_start b --no-window --ports 1 -m 192
ok "its agent answers, too" guest_wait b
is "the two are different" "$(guest_run a hostname) $(guest_run b hostname)" "a b"
ok "stop the first in order" guest_stop a
ok "it is gone" eval "! guest_alive a"
ok "the second still answers" guest_run b true

guest_expect b 'lab selftest says'
ok "complain into the console" guest_run b 'echo "<3>WARNING: lab selftest says hello" > /dev/kmsg'
ok "it is in the console's log" until_true grep -q "selftest says" "$(< "$LAB_GUESTS/b/log").console"
guest_cleanup
is "nothing left" "$(pgrep -c qemu-system)" 0

echo "1..$count"
[ $failed -eq 0 ]
