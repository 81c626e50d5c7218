# SPDX-License-Identifier: GPL-2.0
"""The network's part of bench/report, of what bench/net.sh left."""

import json
import os
import re

import raw as r

TARGETS = ["partbus", "vhost_net", "virtio_net"]
PEERS = TARGETS[1:]


def stream(lines):
    """MiB received, and in how many seconds."""
    got = json.loads("\n".join(lines))["end"]["sum_received"]
    return got["bytes"] / (1 << 20), got["seconds"]


def datagrams(lines):
    """Datagrams that a program received. Those that were lost last no count of losses knows."""
    end = json.loads("\n".join(lines))
    got = end["end"]["sum_received"]
    return got["bytes"] / end["start"]["test_start"]["blksize"], got["seconds"]


def transactions(lines):
    """Answers that came back, without those of sockperf's warming up."""
    match = re.search(r"\[Valid Duration\] RunTime=([\d.]+) sec; .*ReceivedMessages=(\d+)",
                      "\n".join(lines))
    if not match:
        raise ValueError("sockperf did not say how many messages it received")
    return int(match[2]), float(match[1])


# What is read of a tool, what is counted by it, and what of a guest's NIC counts it; the
# other end of that NIC sends what the NIC receives.
WORKS = {"stream": (stream, "MiB", "tx_bytes", 1 << 20),
         "reverse": (stream, "MiB", "rx_bytes", 1 << 20),
         "tcp_rr": (transactions, "answer", "rx_packets", 1),
         "udp_rr": (transactions, "answer", "rx_packets", 1),
         "udp_64": (datagrams, "datagram", "tx_packets", 1),
         "udp_64_in": (datagrams, "datagram", "rx_packets", 1)}


def turned(counter):
    """What the other end of the NIC calls it."""
    return {"rx": "tx", "tx": "rx"}[counter[:2]] + counter[2:]


def costs(raw, counter, size):
    """For each thing done, as the guest's NIC counts it."""
    nic = raw["device"][0]
    pattern = "%s-(input|output)" % nic if nic.startswith("virtio") else "partbus"
    return {**r.host_costs(raw, lambda seen: seen[turned(counter)] / size),
            **r.guest_costs(raw, lambda seen: seen[counter] / size, pattern)}


def packets(raw, counter, size):
    """For each thing done; one that is to be cut into segments counts once."""
    seen = r.delta(raw, "host")
    return seen["packets"] / (seen[turned(counter)] / size)


def measurement(path):
    raw = r.sections(path)
    what = next(name for name in WORKS if name in raw)
    read, unit, counter, size = WORKS[what]
    count, seconds = read(raw[what])
    if not count or not seconds:
        raise ValueError("nothing has arrived")
    result = {"rate": count / seconds, "packets": packets(raw, counter, size),
              **costs(raw, counter, size)}
    # The other guest receives what this one sends, and so on.
    other = os.path.join(os.path.dirname(path), "h-" + os.path.basename(path))
    if os.path.exists(other):
        for key, value in costs(r.sections(other), turned(counter), size).items():
            result[key] += value
    return unit, result


def ratios(rounds):
    return r.ratios(rounds, PEERS)


def table(results):
    print("\nNetwork, a second: median (least to most); ratios round by round")
    line = "%-18s%-10s" + "%-28s" * len(TARGETS) + "%-24s" * len(PEERS)
    print(line % ("work", "unit", *TARGETS, *("/" + peer for peer in PEERS)))
    for row in results:
        digits = 1 if row["unit"] == "MiB" else 0
        print(line % (row["work"], row["unit"],
                      *r.rates(row, TARGETS, digits),
                      *r.ratio_cells(row, ["to_" + peer for peer in PEERS])))
    print("\nFor each MiB, answer or datagram: exits, doorbells, interrupts, packets; microseconds "
          "of host, virtual and guest CPU. For each packet: doorbells, interrupts")
    line = "%-18s%-12s%10s%11s%12s%9s%10s%10s%10s%12s%12s"
    print(line % ("work", "target", "exits", "doorbells", "interrupts", "packets", "host", "virtual",
                  "guest", "bells/pkt", "irqs/pkt"))
    for row in results:
        for name, t in row["targets"].items():
            each = ["%.2f" % (t[k]["median"] / t["packets"]["median"]) if k in t else "-"
                    for k in ("doorbells", "interrupts")]
            print(line % (row["work"], name, *(r.median(t, k, 2) for k in r.COSTS[:3]),
                          r.median(t, "packets", 2), *(r.median(t, k, 0) for k in r.COSTS[3:]),
                          *each))
