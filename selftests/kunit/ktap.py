#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads what KUnit printed (KTAP, tests within tests) and says what it amounts to.

One line for each innermost test: 'ok NAME', 'skip NAME' or 'not ok NAME', the name
with those of the tests around it. What does not add up is a failure, too: a plan
that was not kept, a test that passed although one inside it failed, a number left
out, nothing at all.

    ktap.py FILE        the exit code is 1 when anything failed
"""

import re
import sys

RESULT = re.compile(r"(ok|not ok) (\d+)(?: -)? ?([^#]*?)\s*(#\s*SKIP\b.*)?$", re.I)
PLAN = re.compile(r"1\.\.(\d+)$")
TOTALS = re.compile(r"# Totals: pass:\d+ fail:\d+ skip:\d+ total:(\d+)$")


class Level:
    """The tests side by side at one depth, since the test around them began."""

    def __init__(self):
        self.plan = None
        self.count = 0
        self.leaves = []	# (verdict, name)
        self.problems = []

    def failed(self):
        return bool(self.problems) or any(verdict == "not ok" for verdict, _ in self.leaves)

    def keeps_plan(self, name):
        if self.plan is not None and self.plan != self.count:
            self.problems.append("%s: %d of %d planned tests ran" % (name, self.count, self.plan))

    def result(self, match, inner):
        """A result line of this level; what stood deeper above it belongs to it."""
        word, number, name, skipped = match.groups()
        verdict = "skip" if skipped else word.lower()
        self.count += 1
        if int(number) != self.count:
            self.problems.append("%s: number %s, expected %d" % (name, number, self.count))
        if inner is None or not (inner.count or inner.plan):
            self.leaves.append((verdict, name))
            return
        # no plan is none broken: KUnit prints none for the parameters of a test
        inner.keeps_plan(name)
        if verdict == "not ok" and not inner.failed():
            inner.problems.append(name + ": failed by itself")
        if verdict != "not ok" and inner.failed():
            inner.problems.append(name + ": passed, with a failure inside")
        self.leaves += [(v, "%s: %s" % (name, n)) for v, n in inner.leaves]
        self.problems += inner.problems


def parse(text):
    """(verdict, name) of each innermost test, and of all that does not add up."""
    levels = [Level()]
    totals = None
    for line in text.splitlines():
        body = line.strip(" ")
        depth = (len(line) - len(line.lstrip(" "))) // 4
        result, plan, total = RESULT.match(body), PLAN.match(body), TOTALS.match(body)
        if total:
            totals = (totals or 0) + int(total.group(1))
        if not (result or plan or body.startswith("KTAP version")):
            continue
        while len(levels) <= depth:
            levels.append(Level())
        if plan:
            levels[depth].plan = int(plan.group(1))
        elif result:
            inner = levels[depth + 1] if len(levels) > depth + 1 else None
            levels[depth].result(result, inner)
            del levels[depth + 1:]
    top = levels[0]
    top.keeps_plan("the whole")
    if top.plan is None or not top.leaves:
        top.problems.append("nothing was planned, or nothing ran")
    if levels[1:]:
        top.problems.append("the text ends within a test")
    if totals is not None and totals != len(top.leaves):
        top.problems.append("KUnit counted %d tests, %d are here" % (totals, len(top.leaves)))
    return top.leaves + [("not ok", problem) for problem in top.problems]


def main():
    with open(sys.argv[1], errors="replace") as handle:
        leaves = parse(handle.read())
    for verdict, name in leaves:
        print(verdict, name)
    return any(verdict == "not ok" for verdict, _ in leaves)


if __name__ == "__main__":
    sys.exit(main())
