#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs every test program, all of them even when one fails, and says how many
# tests passed. No single program may take longer than a minute.

failed=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

for program; do
	echo "# $(basename "$program")"
	if ! timeout 60 "$program" >"$log" 2>&1; then
		failed=$((failed + 1))
		echo "# $(basename "$program") FAILED"
	fi
	cat "$log"
	passed=$((passed + $(grep -c '^ok ' "$log")))
	missed=$((missed + $(grep -c '^not ok ' "$log")))
done

echo "# passed ${passed:-0}, failed ${missed:-0}, programs failed $failed of $#"
[ "$failed" -eq 0 ] && [ "${missed:-0}" -eq 0 ]
