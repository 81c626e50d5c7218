# SPDX-License-Identifier: GPL-2.0
"""The disks' part of bench/report, of what bench/block.sh left."""

import json

import raw as r

TARGETS = ["partbus", "virtio_blk", "virtio_uring", "vhost_scsi", "floor"]
PEERS = TARGETS[1:4]
INTERRUPTS = {"partbus": "partbus", "virtio_blk": r"virtio\d+-req\.",
              "virtio_uring": r"virtio\d+-req\.", "vhost_scsi": "-request", "floor": "^$"}
SIZES = {"4k": 4096, "128k": 131072}


def fio_job(lines):
    text = "\n".join(lines)
    job = json.loads(text[text.index("{"):])["jobs"][0]
    if job["error"]:
        raise ValueError("fio: error %d" % job["error"])
    return max(job["read"], job["write"], key=lambda d: d["iops"])


def measurement(path, work, target):
    """A request is what fio asks for: the block layer may split it."""
    raw = r.sections(path)
    io = fio_job(raw["fio"])
    count = lambda seen: seen["sectors"] * 512 / SIZES[work.split("_")[0]]
    percentile = io["lat_ns"].get("percentile", {})
    return "request", {
        "rate": io["iops"], "p50_nsec": percentile.get("50.000000"),
        "p99_nsec": percentile.get("99.000000"), "p999_nsec": percentile.get("99.900000"),
        **r.host_costs(raw, count), **r.guest_costs(raw, count, INTERRUPTS[target])}


def ratios(rounds):
    """Of rates to each peer's; and of the time above the floor to that of the quickest peer."""
    result = r.ratios(rounds, PEERS)
    if not result:
        return result
    best = max((p for p in PEERS if p in rounds),
               key=lambda p: r.summary(rounds[p])["rate"]["median"])
    result["to_best"] = result["to_" + best]
    if "floor" in rounds:
        over = [[1 / m["rate"] - 1 / f["rate"] for m, f in zip(rounds[t], rounds["floor"])]
                for t in ("partbus", best)]
        if min(over[1]) > 0:
            result["overhead"] = r.spanned([a / b for a, b in zip(*over)])
    return result


def table(results):
    print("\nRequests a second: median (least to most)")
    line = "%-22s" + "%-24s" * len(TARGETS)
    print(line % ("work", *TARGETS))
    for row in results:
        print(line % (named(row), *r.rates(row, TARGETS)))
    print("\nRatios, round by round: of requests to each peer's; of the time above the floor to "
          "the best peer's")
    line = "%-22s" + "%-24s" * 4
    print(line % ("work", *("/" + peer for peer in PEERS), "overhead"))
    for row in results:
        print(line % (named(row), *r.ratio_cells(row, [*("to_" + peer for peer in PEERS), "overhead"])))
    print("\nPer request: exits, doorbells, interrupts; microseconds of host, virtual and guest CPU; "
          "latency p50, p99, p99.9 in microseconds")
    line = "%-22s%-14s%8s%10s%11s%9s%9s%9s%10s%10s%10s"
    print(line % ("work", "target", "exits", "doorbells", "interrupts", "host", "virtual", "guest",
                  "p50", "p99", "p99.9"))
    for row in results:
        for name, t in row["targets"].items():
            late = ["%.0f" % (t[k]["median"] / 1000) if k in t else "-"
                    for k in ("p50_nsec", "p99_nsec", "p999_nsec")]
            print(line % (named(row), name, *(r.median(t, k, 2) for k in r.COSTS[:3]),
                          *(r.median(t, k, 0) for k in r.COSTS[3:]), *late))


def named(row):
    return "%dq %s" % (row["queues"], row["work"])
