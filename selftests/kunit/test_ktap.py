#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tests of ktap.py, in TAP: what must not pass for a success."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from ktap import parse  # noqa: E402

GOOD = """KTAP version 1
1..1
    KTAP version 1
    # Subtest: ring
    1..2
        KTAP version 1
        # Subtest: consumer
        ok 1 an empty ring has nothing
        ok 2 a peer's index: too far # SKIP not here
    # consumer: pass:1 fail:0 skip:1 total:2
    ok 1 consumer
    ok 2 producer
# ring: pass:2 fail:0 skip:0 total:2
# Totals: pass:2 fail:0 skip:1 total:3
ok 1 ring
"""

LEAVES = [("ok", "ring: consumer: an empty ring has nothing"),
          ("skip", "ring: consumer: a peer's index: too far"),
          ("ok", "ring: producer")]

# sentence, what is replaced in GOOD, by what, a part of what is said
BAD = (
    ("a failed parameter", "ok 1 an", "not ok 1 an", "consumer: passed, with a failure inside"),
    ("a failed test", "ok 2 producer", "not ok 2 producer", "ring: producer"),
    ("a suite that failed by itself", "\nok 1 ring", "\nnot ok 1 ring", "ring: failed by itself"),
    ("a test that did not run", "    ok 2 producer\n", "", "1 of 2 planned"),
    ("a parameter that left a hole", "        ok 1 an empty ring has nothing\n", "",
     "number 2, expected 1"),
    ("a last parameter that is missing", "        ok 2 a peer's index: too far # SKIP not here\n",
     "", "counted 3 tests, 2 are here"),
    ("a text that was cut", "ok 1 ring\n", "", "ends within a test"),
    ("no text at all", GOOD, "", "nothing ran"),
    ("a plan of nothing", GOOD, "KTAP version 1\n1..0\n", "nothing ran"),
    ("a plan alone", GOOD, "KTAP version 1\n1..1\n", "0 of 1 planned"),
)


def main():
    count = failed = 0

    def result(good, sentence):
        nonlocal count, failed
        count += 1
        failed += not good
        print("%s %d - ktap: %s" % ("ok" if good else "not ok", count, sentence))

    result(parse(GOOD) == LEAVES, "what passed is counted with its names")
    for sentence, old, new, said in BAD:
        bad = [name for verdict, name in parse(GOOD.replace(old, new, 1)) if verdict == "not ok"]
        result(any(said in name for name in bad), sentence + " is a failure")
    print("1..%d" % count)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
