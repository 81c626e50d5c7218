#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The KUnit suites of kernel/*/tests, on a kernel of the lab's own that has KUnit.
# Each innermost test is a line here; a suite that was not built, does not load or
# says nothing is a failure.
# Functions are called through the words of lib.sh.
# shellcheck disable=SC2317
set -u
# shellcheck source=selftests/lib.sh
. "$PB_SRC/selftests/lib.sh"

RESULTS=/sys/kernel/debug/kunit
SOURCES=("$PB_SRC"/kernel/*/tests/*_kunit.c)

test_is "every suite was built, and nothing else" \
	"$(cd "$PB_MODULES" && printf '%s\n' partbus_*_kunit.ko | sort)" \
	"$(printf '%s\n' "${SOURCES[@]}" | sed 's,.*/,partbus_,; s/\.c$/.ko/' | sort)"

for source in "${SOURCES[@]}"; do
	suite=partbus_$(basename "$source" _kunit.c)
	test_ok "suite $suite loads" modprobe "${suite}_kunit" || continue
	test_ok "suite $suite has results" \
		cp "$RESULTS/$suite/results" "$PB_SHARE/$suite.ktap" || continue
	python3 "$PB_SRC/selftests/kunit/ktap.py" "$PB_SHARE/$suite.ktap" > /tmp/leaves
	code=$?
	bad=0
	while read -r verdict name; do
		case $verdict in
		ok) test_result "$name" 0 ;;
		skip) test_result "$name # SKIP" 0 ;;
		*) test_result "${name#ok }" 1 || bad=1 ;;
		esac
	done < /tmp/leaves
	[ $bad -eq 0 ] || sed 's/^/# /' "$PB_SHARE/$suite.ktap"
	test_is "suite $suite is counted as it ended" "$code" "$bad"
	test_ok "suite $suite unloads" modprobe -r "${suite}_kunit"
done
test_ok "nothing of partbus is left" modules_gone
tests_done
