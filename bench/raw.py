# SPDX-License-Identifier: GPL-2.0
"""What both tables of bench/report read: the parts of a raw file, and counters in them."""

import re
import statistics

USER_HZ = 100
COSTS = ("exits", "doorbells", "interrupts", "host_cpu_usec", "vcpu_usec", "guest_cpu_usec")


def sections(path):
    """The parts of a raw file by their titles."""
    found, title = {}, None
    with open(path) as handle:
        for line in handle:
            if line.startswith("== "):
                title = line[3:].strip()
                found[title] = []
            elif title:
                found[title].append(line.rstrip("\n"))
    return found


def numbers(lines):
    return {key: float(value) for key, value in (line.split() for line in lines)}


def interrupts(lines, pattern):
    cpus = len(lines[0].split())
    return sum(int(word) for line in lines[1:] if re.search(pattern, line)
               for word in line.split()[1:1 + cpus] if word.isdigit())


def cpu_ticks(lines):
    """(busy in the kernel and programs, for guests) in ticks; the guests' is not busy."""
    user, nice, system, idle, iowait, irq, softirq, steal, guest, gnice = \
        [int(word) for word in lines[0].split()[1:11]]
    del idle, iowait, steal
    return user + nice + system + irq + softirq - guest - gnice, guest + gnice


def hits(lines, pattern):
    return sum(int(match[1]) for line in lines if re.search(pattern, line)
               for match in [re.search(r"hitcount:\s*(\d+)", line)] if match)


def delta(raw, title, read=numbers):
    """What was added between the two looks; of what only the second knows, all."""
    before, after = (read(raw["%s %s" % (title, when)]) for when in ("before", "after"))
    if isinstance(after, dict):
        return {key: after[key] - before.get(key, 0) for key in after}
    return after - before


def doorbells(raw):
    """What guests write, or None. KVM says 2 for a write; its fast path knows nothing else."""
    seen = {"kvm_mmio": r"type:\s*2\b", "kvm_fast_mmio": ""}
    seen = {name: pattern for name, pattern in seen.items() if name + " after" in raw}
    return sum(delta(raw, name, lambda lines, p=pattern: hits(lines, p))
               for name, pattern in seen.items()) if seen else None


def host_costs(raw, count):
    """What the host did meanwhile for each of the count(delta) things that it saw done."""
    if "host before" not in raw:
        return {}
    seen = delta(raw, "host")
    done = count(seen)
    if not done or "exits" not in seen:
        raise ValueError("the host has counted nothing")
    busy = [cpu_ticks(raw["hoststat " + when]) for when in ("before", "after")]
    usec = 1000000 / USER_HZ / done
    rung = doorbells(raw)
    return {"exits": seen["exits"] / done,
            "doorbells": rung / done if rung is not None else None,
            "host_cpu_usec": (busy[1][0] - busy[0][0]) * usec,
            "vcpu_usec": (busy[1][1] - busy[0][1]) * usec}


def guest_costs(raw, count, pattern):
    """The same in a guest."""
    done = count(delta(raw, "guest"))
    if not done:
        raise ValueError("the guest has counted nothing")
    return {"interrupts": delta(raw, "interrupts", lambda lines: interrupts(lines, pattern)) / done,
            "guest_cpu_usec": delta(raw, "stat", lambda lines: cpu_ticks(lines)[0]) *
                              1000000 / USER_HZ / done}


def settle(rounds):
    """Doorbells are of the round that counts them, all else is of the others; in their order."""
    plain = [m for name, m in sorted(rounds.items()) if name != "bells"]
    bells = rounds.get("bells", {})
    return [{**m, "doorbells": bells.get("doorbells")} for m in plain]


def spanned(values):
    """Median, least and most."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def summary(measurements):
    """Median, least and most of each figure; without those that nobody knows."""
    result = {}
    for key in measurements[0]:
        values = [m[key] for m in measurements if m.get(key) is not None]
        if values:
            result[key] = spanned(values)
    return result


def ratios(rounds, peers):
    """Of our rates to each peer's, round by round, for both met the same machine."""
    ours = rounds.get("partbus")
    return {"to_" + peer: spanned([a["rate"] / b["rate"] for a, b in zip(ours, rounds[peer])])
            for peer in peers if ours and peer in rounds}


def median(target, key, digits):
    return "%.*f" % (digits, target[key]["median"]) if key in target else "-"


def rates(row, targets, digits=0):
    """A cell for each target."""
    return [spread(row["targets"].get(t, {}).get("rate"), digits) for t in targets]


def ratio_cells(row, names):
    return [spread(row["ratios"].get(name), 2) for name in names]


def spread(value, digits=0):
    if value is None:
        return "-"
    return "%.*f (%.*f to %.*f)" % (digits, value["median"], digits, value["min"],
                                    digits, value["max"])
