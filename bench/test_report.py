#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of bench/report, in TAP: figures that are known beforehand, tables and charts."""

import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
REQUESTS = 1000

# What one run of fio has read, by target: requests a second.
IOPS = {"partbus": (900, 1000, 2000), "virtio_blk": (400, 500, 600),
        "vhost_scsi": (250, 250, 250), "floor": (4000, 4000, 4000)}
IRQ = {"partbus": "partbus-0", "virtio_blk": "virtio2-req.0", "vhost_scsi": "virtio3-request",
       "floor": "none"}
# MiB a second.
RATE = {"partbus": (30, 40, 50), "vhost_net": (20, 20, 20), "virtio_net": (80, 80, 80)}


def counters(when, exits, doorbells, ticks):
    """The host's part of a raw file."""
    return """== kvm %s
exits %d
halt_exits 1
== mmio %s
# trigger info: none
{ type:          1, gpa: 4267966508 } hitcount:          %d
{ type:          2, gpa: 2953805922 } hitcount:          %d
== hoststat %s
cpu  %d 0 0 50 0 0 0 0 0 0
== partbus %s
[]
""" % (when, exits, when, 7 * doorbells, doorbells, when, ticks, when)


def guest(when, irqs, name, requests):
    return """== interrupts %s
           CPU0       CPU1
 24:  %d  1   PCI-MSI  %s
 25:  99  9   PCI-MSI  other
== stat %s
cpu  10 0 0 50 0 0 0 0 0 0
== disk %s
 %d 0 8 1 0 0 0 0 0 1 1
""" % (when, irqs, name, when, when, requests)


def block(target, iops):
    fio = {"jobs": [{"error": 0, "read": {"iops": iops, "lat_ns": {"percentile": {
        "50.000000": 5000, "99.000000": 9000, "99.900000": 10000}}}, "write": {"iops": 0}}]}
    return counters("before", 100, 10, 0) + guest("before", 5, IRQ[target], 50) + \
        "== fio\n" + json.dumps(fio) + "\n" + \
        guest("after", 5 + REQUESTS // 10, IRQ[target], 50 + REQUESTS) + \
        counters("after", 100 + 3 * REQUESTS, 10 + REQUESTS // 5, 20)


def net(target, rate):
    ends = {"end": {"sum_received": {"bytes": 2 * rate << 20, "seconds": 2}}}
    return counters("before", 0, 0, 0) + "== device\npbn0\n" + \
        "== interrupts before\n CPU0\n 1: 0 partbus-0\n== stat before\ncpu  0 0 0 0 0 0 0 0 0 0\n" + \
        "== stream\n" + json.dumps(ends) + "\n" + \
        "== interrupts after\n CPU0\n 1: 8 partbus-0\n== stat after\ncpu  0 0 0 0 0 0 0 0 0 0\n" + \
        counters("after", 4, 2, 0)


def report(*args):
    return subprocess.run([os.path.join(HERE, "report"), *args], capture_output=True, text=True,
                          check=False)


class Results:
    count = failed = 0

    def __call__(self, good, sentence):
        self.count += 1
        self.failed += not good
        print("%s %d - report: %s" % ("ok" if good else "not ok", self.count, sentence))


def figures(result, folder):
    with open(os.path.join(folder, "bench.json")) as handle:
        disk, nic = json.load(handle)["results"]
    ours = disk["targets"]["partbus"]
    result(ours["iops"] == {"median": 1000, "min": 900, "max": 2000}, "median, least and most")
    result(disk["ratios"]["to_virtio_blk"] == 2 and disk["ratios"]["to_vhost_scsi"] == 4,
           "ratios are those of medians")
    # Ours takes 1/1000 - 1/4000, the better of the others 1/500 - 1/4000.
    result(abs(disk["ratios"]["overhead"] - 3 / 7) < 1e-9, "overhead is what is above the floor")
    result(ours["exits"]["median"] == 3 and ours["doorbells"]["median"] == 0.2 and
           ours["interrupts"]["median"] == 0.1, "costs are per request")
    result(ours["host_cpu_usec"]["median"] == 200, "ticks are microseconds")
    result(nic["unit"] == "MiB" and nic["targets"]["partbus"]["rate"]["median"] == 40 and
           nic["ratios"] == {"to_vhost_net": 2, "to_virtio_net": 0.5}, "the same for a NIC")


def main():
    result = Results()
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, "raw")
        os.mkdir(raw)
        for name, make, table in (("4k_randread_qd32", block, IOPS), ("net_tcp_in", net, RATE)):
            for target, values in table.items():
                for n, value in enumerate(values):
                    with open(os.path.join(raw, "1q-%s-%s-%d" % (name, target, n + 1)), "w") as f:
                        f.write(make(target, value))
                    # In the order in which they were measured.
                    os.utime(f.name, (1e9 + (make is net), 1e9 + (make is net)))
        got = report(raw, folder)
        result(got.returncode == 0, "both parts are read: " + (got.stderr.strip() or "no error"))
        figures(result, folder)
        result("1q 4k_randread_qd32" in got.stdout and "1000 (900 to 2000)" in got.stdout and
               "40.0 (30.0 to 50.0)" in got.stdout, "both have a table")
        charts = [c for c in os.listdir(folder) if c.endswith(".svg")]
        result(sorted(charts) == ["exits-1q.svg", "interrupts-1q.svg", "iops-1q.svg"] and
               all("</svg>" in open(os.path.join(folder, c)).read() for c in charts),
               "the disk has charts")
        again = report(raw, folder, "--compare", os.path.join(folder, "bench.json"))
        result(again.returncode == 0 and "to_vhost_scsi       4.00    4.00" in again.stdout,
               "compared with itself nothing has changed")
        path = os.path.join(raw, "1q-4k_randread_qd32-floor-1")
        with open(path, "a") as handle:
            handle.write("== fio\n" + json.dumps({"jobs": [{"error": 5}]}) + "\n")
        bad = report(raw, folder)
        result(bad.returncode != 0 and os.path.basename(path) in bad.stderr and
               "error 5" in bad.stderr, "a run of fio that failed is an error that names it")
    print("1..%d" % result.count)
    return result.failed > 0


if __name__ == "__main__":
    sys.exit(main())
