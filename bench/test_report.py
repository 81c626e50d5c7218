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

# What one run of fio has read, by target: requests a second in each round.
RATE = {
    "4k_randread_qd32": {"partbus": (900, 1000, 2000), "virtio_blk": (450, 400, 500),
                         "virtio_uring": (600, 500, 500), "vhost_scsi": (250, 250, 250),
                         "floor": (4000, 4000, 4000)},
    "128k_read_qd8": {"partbus": (100, 100, 100), "vhost_scsi": (50, 50, 50)},
    # MiB a second.
    "net_tcp_in": {"partbus": (30, 40, 50), "vhost_net": (20, 20, 20),
                   "virtio_net": (60, 80, 100)},
    "net_g2g_udp_rr": {"partbus": (300, 300, 300), "vhost_net": (150, 150, 150)},
    "net_udp_64_in": {"partbus": (70, 70, 70), "vhost_net": (10, 10, 10)},
}
IRQ = {"partbus": "partbus-0", "virtio_blk": "virtio2-req.0", "virtio_uring": "virtio4-req.0",
       "vhost_scsi": "virtio3-request", "floor": "none", "vhost_net": "virtio0-input.0",
       "virtio_net": "virtio1-input.0"}
NIC = {"partbus": "pbn0", "vhost_net": "virtio0", "virtio_net": "virtio1"}


def host(when, seen, exits, ticks, bells):
    """The host's part of a raw file."""
    text = "== host %s\n%sexits %d\n== hoststat %s\ncpu  %d 0 0 50 0 0 0 0 %d 0\n" % (
        when, "".join("%s %d\n" % item for item in seen.items()), exits, when, 2 * ticks, ticks)
    if bells is None:
        return text
    return text + """== kvm_mmio %s
{ type:          1, gpa: 4267966508 } hitcount:          %d
{ type:          2, gpa: 2953805922 } hitcount:          %d
== kvm_fast_mmio %s
{ gpa: 2953805922 } hitcount:          %d
""" % (when, 7 * bells, bells, when, bells)


def guest(when, seen, irqs, name):
    return """== guest %s
%s== stat %s
cpu  %d 0 0 50 0 0 0 0 0 0
== interrupts %s
           CPU0       CPU1
 24:  %d  1   PCI-MSI  %s
 25:  99  9   PCI-MSI  other
""" % (when, "".join("%s %d\n" % item for item in seen.items()), when, irqs // 10, when, irqs, name)


def looks(target, seen, requests, number):
    """Both looks of both ends: 3 exits, a fifth of a doorbell and a tenth of an interrupt each."""
    bells = requests // 10 if number == "bells" else None
    none = {key: 5 for key in seen}
    more = {key: 5 + value for key, value in seen.items()}
    return (host("before", none, 100, 0, None if bells is None else 0) +
            host("after", more, 100 + 3 * requests, 20, bells)) if target != "floor" else "", \
        guest("before", none, 0, IRQ[target]) + \
        guest("after", more, requests // 10, IRQ[target])


def block(work, target, rate, number):
    size = 128 if work.startswith("128k") else 4
    fio = {"jobs": [{"error": 0, "read": {"iops": rate, "lat_ns": {"percentile": {
        "50.000000": 5000, "99.000000": 9000, "99.900000": 10000}}}, "write": {"iops": 0}}]}
    ends = looks(target, {"sectors": REQUESTS * size * 2}, REQUESTS, number)
    return "".join(ends) + "== fio\n" + json.dumps(fio) + "\n"


def net(work, target, rate, number):
    tool = {"end": {"sum_received": {"bytes": 2 * rate << 20, "seconds": 2}}}
    what, said, done = "reverse", json.dumps(tool), {"rx_bytes": REQUESTS << 20,
                                                     "packets": 4 * REQUESTS}
    if work.endswith("rr"):
        what, done = "udp_rr", {"rx_packets": REQUESTS, "packets": 2 * REQUESTS}
        said = "[Total Run] RunTime=3 sec; SentMessages=9; ReceivedMessages=9\n" \
            "[Valid Duration] RunTime=2.0 sec; SentMessages=1; ReceivedMessages=%d" % (2 * rate)
    if work.endswith("udp_64_in"):
        # After the last one that came nothing tells that others are missing.
        tool = {"start": {"test_start": {"blksize": 64}}, "end": {
            "sum": {"packets": 9000, "lost_packets": 100, "seconds": 2},
            "sum_received": {"packets": 8000, "lost_packets": 100, "bytes": 2 * 64 * rate,
                             "seconds": 2}}}
        what, said, done = "udp_64_in", json.dumps(tool), {"rx_packets": REQUESTS,
                                                           "packets": 2 * REQUESTS}
    ends = looks(target, done, REQUESTS, number)
    swap = ends[0].replace("rx_", "tx_")
    return swap + "== device\n%s\n" % NIC[target] + ends[1] + "== %s\n%s\n" % (what, said)


def other_guest(target):
    """Of a second guest, which receives what the first one asks and sends what it gets."""
    ends = looks(target, {"tx_packets": REQUESTS, "packets": 2 * REQUESTS}, REQUESTS, "1")
    return "== device\n%s\n" % NIC[target] + ends[1] + "== look\n"


def write(raw):
    age = 1e9
    for work, table in RATE.items():
        age += 1
        make = net if work.startswith("net_") else block
        for target, values in table.items():
            for number, value in (*((str(n + 1), v) for n, v in enumerate(values)), ("bells", 1)):
                name = "1q-%s-%s-%s" % (work, target, number)
                texts = {name: make(work, target, value, number)}
                if "g2g" in work:
                    texts["h-" + name] = other_guest(target)
                for path, text in texts.items():
                    with open(os.path.join(raw, path), "w") as handle:
                        handle.write(text)
                    # In the order in which they were measured.
                    os.utime(handle.name, (age, age))
    with open(os.path.join(raw, "context-run"), "w") as handle:
        handle.write("commit abc\nmachine emulated\n")


def report(*args):
    return subprocess.run([os.path.join(HERE, "report"), *args], capture_output=True, text=True,
                          check=False)


class Results:
    count = failed = 0

    def __call__(self, good, sentence):
        self.count += 1
        self.failed += not good
        print("%s %d - report: %s" % ("ok" if good else "not ok", self.count, sentence))


def load(folder):
    with open(os.path.join(folder, "bench.json")) as handle:
        return json.load(handle)


def close(a, b):
    return abs(a - b) < 1e-9


def figures(result, folder):
    disk, large, nic, pair, small = load(folder)["results"]
    ours = disk["targets"]["partbus"]
    result(ours["rate"] == {"median": 1000, "min": 900, "max": 2000}, "median, least and most")
    ratio = disk["ratios"]
    result(ratio["to_virtio_blk"] == {"median": 2.5, "min": 2, "max": 4} and
           ratio["to_vhost_scsi"]["median"] == 4, "ratios are those of each round")
    result(ratio["to_best"] == ratio["to_virtio_uring"], "the best peer is the quickest")
    # Ours takes 1/1000 - 1/4000, the best of the others 1/500 - 1/4000.
    result(close(ratio["overhead"]["median"], 3 / 7), "overhead is what is above the floor")
    result(all(t["exits"]["median"] == 3 and close(t["doorbells"]["median"], 0.2) and
               t["interrupts"]["median"] == 0.1
               for row in (disk, large) for name, t in row["targets"].items() if name != "floor"),
           "costs are per request, of whatever size")
    result(ours["host_cpu_usec"]["median"] == 200 and ours["vcpu_usec"]["median"] == 200 and
           ours["guest_cpu_usec"]["median"] == 100, "ticks are microseconds")
    floor = disk["targets"]["floor"]
    result("exits" not in floor and floor["guest_cpu_usec"]["median"] == 100,
           "the floor costs the host nothing that could be told")
    result(nic["unit"] == "MiB" and nic["targets"]["partbus"]["rate"]["median"] == 40 and
           nic["ratios"]["to_vhost_net"] == {"median": 2, "min": 1.5, "max": 2.5} and
           nic["ratios"]["to_virtio_net"]["median"] == 0.5, "the same for a NIC")
    t = nic["targets"]["partbus"]
    result(t["exits"]["median"] == 3 and t["interrupts"]["median"] == 0.1 and
           t["packets"]["median"] == 4, "for each MiB that was received")
    t = pair["targets"]["vhost_net"]
    result(t["rate"]["median"] == 150 and t["exits"]["median"] == 3, "answers are sockperf's")
    result(close(t["interrupts"]["median"], 0.2) and t["guest_cpu_usec"]["median"] == 200,
           "two guests cost what both do")
    result(small["unit"] == "datagram" and small["targets"]["vhost_net"]["rate"]["median"] == 10,
           "datagrams count that a program received")


def tables(result, raw, folder, got):
    result("1q 4k_randread_qd32" in got.stdout and "1000 (900 to 2000)" in got.stdout and
           "40.0 (30.0 to 50.0)" in got.stdout and "2.50 (2.00 to 4.00)" in got.stdout and
           "commit abc" in got.stdout, "there are tables")
    names = [c for c in os.listdir(folder) if c.endswith(".svg")]
    result(sorted(names) == ["doorbells-1q.svg", "exits-1q.svg", "host_cpu_usec-1q.svg",
                             "interrupts-1q.svg", "net.svg", "rate-1q.svg"] and
           all("</svg>" in open(os.path.join(folder, c)).read() for c in names),
           "there are charts")
    earlier = os.path.join(folder, "earlier.json")
    now = load(folder)
    now["context"]["run"]["commit"] = "def"
    with open(earlier, "w") as handle:
        json.dump(now, handle)
    again = report(raw, folder, "--compare", earlier)
    result(again.returncode == 0 and "to_vhost_scsi         4.00    4.00" in again.stdout and
           "commit of run: def before, abc now" in again.stdout,
           "compared with itself nothing has changed but what it was made of")


def failures(result, raw, folder):
    os.remove(os.path.join(raw, "1q-128k_read_qd8-vhost_scsi-3"))
    short = report(raw, folder)
    result(short.returncode != 0 and "not all targets have all rounds" in short.stdout and
           load(folder)["results"][1]["rounds"] == 2, "what is missing is said, and fails")
    path = os.path.join(raw, "1q-4k_randread_qd32-floor-1")
    with open(path, "a") as handle:
        handle.write("== fio\n" + json.dumps({"jobs": [{"error": 5}]}) + "\n")
    bad = report(raw, folder)
    result(bad.returncode != 0 and os.path.basename(path) in bad.stderr and
           "error 5" in bad.stderr, "a run of fio that failed is an error that names it")


def main():
    result = Results()
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, "raw")
        os.mkdir(raw)
        write(raw)
        got = report(raw, folder)
        result(got.returncode == 0, "both parts are read: " + (got.stderr.strip() or "no error"))
        figures(result, folder)
        tables(result, raw, folder, got)
        failures(result, raw, folder)
    print("1..%d" % result.count)
    return result.failed > 0


if __name__ == "__main__":
    sys.exit(main())
