# SPDX-License-Identifier: GPL-2.0
"""The network's part of bench/report, of what bench/net.sh left."""

import json
import re

import raw as r

TARGETS = ["partbus", "vhost_net", "virtio_net"]


def stream(lines):
    """MiB received, and in how many seconds."""
    got = json.loads("\n".join(lines))["end"]["sum_received"]
    return got["bytes"] / (1 << 20), got["seconds"]


def datagrams(lines):
    """Datagrams that arrived."""
    got = json.loads("\n".join(lines))["end"]["sum"]
    return got["packets"] - got["lost_packets"], got["seconds"]


def transactions(lines):
    """Answers that came back, without those of sockperf's warming up."""
    match = re.search(r"\[Valid Duration\] RunTime=([\d.]+) sec; .*ReceivedMessages=(\d+)",
                      "\n".join(lines))
    if not match:
        raise ValueError("sockperf did not say how many messages it received")
    return int(match[2]), float(match[1])


READERS = {"stream": (stream, "MiB"), "reverse": (stream, "MiB"),
           "tcp_rr": (transactions, "answer"), "udp_rr": (transactions, "answer"),
           "udp_64": (datagrams, "datagram")}


def measurement(path):
    raw = r.sections(path)
    what = next(name for name in READERS if name in raw)
    read, unit = READERS[what]
    count, seconds = read(raw[what])
    if not count or not seconds:
        raise ValueError("nothing has arrived")
    nic = raw["device"][0]
    pattern = "%s-(input|output)" % nic if nic.startswith("virtio") else "partbus"
    return unit, {"rate": count / seconds, **r.costs(raw, count, pattern)}


def table(results):
    print("\nNetwork, a second: median (least to most)")
    line = "%-18s%-10s" + "%-28s" * len(TARGETS) + "%12s%12s"
    print(line % ("work", "unit", *TARGETS, "/vhost_net", "/virtio_net"))
    for row in results:
        digits = 1 if row["unit"] == "MiB" else 0
        cells = [r.spread(row["targets"][t]["rate"], 1, digits) if t in row["targets"] else "-"
                 for t in TARGETS]
        show = lambda key: "%.2f" % row["ratios"][key] if key in row["ratios"] else "-"
        print(line % (row["work"], row["unit"], *cells, show("to_vhost_net"),
                      show("to_virtio_net")))
    print("\nFor each MiB, answer or datagram: exits, doorbells, interrupts; microseconds of host, "
          "virtual and guest CPU")
    line = "%-18s%-12s%10s%11s%12s%10s%10s%10s"
    print(line % ("work", "target", "exits", "doorbells", "interrupts", "host", "virtual", "guest"))
    for row in results:
        for name, t in row["targets"].items():
            print(line % (row["work"], name,
                          *("%.2f" % t[k]["median"] for k in ("exits", "doorbells", "interrupts")),
                          *("%.0f" % t[k]["median"] for k in ("host_cpu_usec", "vcpu_usec",
                                                              "guest_cpu_usec"))))


def ratios(targets):
    if "partbus" not in targets:
        return {}
    ours = targets["partbus"]["rate"]["median"]
    return {"to_" + peer: ours / targets[peer]["rate"]["median"]
            for peer in TARGETS[1:] if peer in targets}
