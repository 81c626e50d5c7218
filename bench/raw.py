# SPDX-License-Identifier: GPL-2.0
"""What both tables of bench/report read: the parts of a raw file, and counters in them."""

import re
import statistics

USER_HZ = 100


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


def pairs(lines):
    return {key: int(value) for key, value in (line.split() for line in lines)}


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


def mmio_writes(lines):
    """Doorbells are what a guest writes; KVM's tracepoint says 2 for that."""
    return sum(int(match[1]) for line in lines if re.search(r"type:\s*2\b", line)
               for match in [re.search(r"hitcount:\s*(\d+)", line)] if match)


def costs(raw, count, pattern):
    """What the machines did meanwhile, for each of the count things that were done."""
    delta = lambda read, what: read(raw[what + " after"]) - read(raw[what + " before"])
    busy = [cpu_ticks(raw["hoststat " + when]) for when in ("before", "after")]
    usec = 1000000 / USER_HZ / count
    return {
        "exits": delta(lambda lines: pairs(lines).get("exits", 0), "kvm") / count,
        "doorbells": delta(mmio_writes, "mmio") / count,
        "interrupts": delta(lambda lines: interrupts(lines, pattern), "interrupts") / count,
        "host_cpu_usec": (busy[1][0] - busy[0][0]) * usec,
        "vcpu_usec": (busy[1][1] - busy[0][1]) * usec,
        "guest_cpu_usec": delta(lambda lines: cpu_ticks(lines)[0], "stat") * usec,
    }


def summary(measurements):
    """Median, least and most of each figure."""
    result = {}
    for key in measurements[0]:
        values = [m[key] for m in measurements if m[key] is not None]
        if values:
            result[key] = {"median": statistics.median(values),
                           "min": min(values), "max": max(values)}
    return result


def spread(value, scale=1, digits=0):
    return "%.*f (%.*f to %.*f)" % (digits, value["median"] / scale, digits,
                                    value["min"] / scale, digits, value["max"] / scale)
