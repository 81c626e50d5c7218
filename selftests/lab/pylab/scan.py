# SPDX-License-Identifier: GPL-2.0-only
"""Read kernel logs after a run: complaints of the kernel, crashes of the emulator."""

import glob
import os
import re

COMPLAINT = re.compile(
    r"WARNING: |BUG: |\bBUG at |Oops|KASAN|KCSAN|KFENCE|UBSAN|lockdep"
    r"|kmemleak: \d+ new|lab: kmemleak: "
    r"|possible .* detected|suspicious RCU usage|inconsistent lock state"
    r"|INFO: (task|rcu)|detected stalls|self-detected stall|blocked for more than"
    r"|general protection|page fault for address|unable to handle"
    r"|Call Trace|Kernel panic|stack-protector|refcount_t:|list_(add|del) corruption"
    r"|scheduling while atomic|sleeping function called|bad page state"
    r"|Attempted to kill init|Unknown symbol|disagrees about version of symbol"
    r"|irq \d+: nobody cared|workqueue: .* hogged CPU")

# Harmless lines that look like complaints. Keep it tiny; say why for each.
ALLOWED = (
    # lockdep and kmemleak announce themselves in a debug kernel's boot log
    re.compile(r"RCU lockdep checking is enabled|kmemleak: Kernel memory leak detector"
               r"|kasan: KernelAddressSanitizer initialized"),
    # two CPUs at one word in code that is not ours: what names none of our modules
    re.compile(r"BUG: KCSAN: (?!.*\[partbus)"),
    # memalloc_noio_save() writes a thread's own flags; the scheduler reads them, unmarked
    re.compile(r"BUG: KCSAN: data-race in (.* / kthread_(data|is_per_cpu)|"
               r"kthread_(data|is_per_cpu) / .*)"),
    # byte queue limits: what a driver adds on one side the other reads, in any driver
    re.compile(r"BUG: KCSAN: data-race in (dql_completed / .*|.* / dql_completed)"),
    # how the kernel words its advice about an emulated CPU's vulnerabilities
    re.compile(r"admin-guide/hw-vuln"),
    # the emulator's XSAVE size does not match its CPUID bits; at boot only
    re.compile(r"XSAVE consistency problem|paranoid_xstate_size_valid|xstate_calculate_size"),
)

# Only these end a run because of the emulator and not because of us (lab.md of
# the design has the measurements): two CPUs of the host VM race in QEMU's TCG
# when guests run. A single-CPU host VM never shows them.
EMULATOR = (
    ("stale breakpoint of a text patch in KVM",
     re.compile(r"(Oops: int3|int3: 0000).*", re.S)),
    ("guest's GS base in a handler of the host VM",
     re.compile(r"(paranoid_entry|error_entry|asm_\w+).*GS:\s*0{16}", re.S)),
)


def complaints(path):
    """Lines of the log PATH that fail a run, as (number, text)."""
    expected = []
    allowed = path + ".expect"
    if level_of(path) == "host VM":
        allowed = os.path.join(os.path.dirname(path), "share/l1.expect")
    if os.path.exists(allowed):
        with open(allowed) as handle:
            expected = [re.compile(line.rstrip("\n")) for line in handle if line.strip()]
    found = []
    with open(path, errors="replace") as handle:
        for number, line in enumerate(handle, 1):
            if not COMPLAINT.search(line):
                continue
            if any(rule.search(line) for rule in ALLOWED) or \
               any(rule.search(line) for rule in expected):
                continue
            found.append((number, line.strip()))
    return found


def level_of(path):
    base = os.path.basename(path)
    return "host VM" if base.startswith("l1.") else "guest " + base.split(".")[0]


def kernel_logs(logdir):
    return sorted(glob.glob(os.path.join(logdir, "l1.log"))
                  + glob.glob(os.path.join(logdir, "share/guests/*.console")))


def report(logdir, say):
    """Print what the kernels complained about; True if they did."""
    bad = False
    for path in kernel_logs(logdir):
        found = complaints(path)
        if not found:
            continue
        bad = True
        say("the kernel of the %s complained: %s" % (level_of(path), path))
        for number, line in found[:5]:
            say("  %d: %s" % (number, line[:200]))
        if len(found) > 5:
            say("  and %d more" % (len(found) - 5))
    return bad


def emulator_crash(log):
    """The name of a known fault of the emulator that the log shows, or None."""
    with open(log, errors="replace") as handle:
        text = handle.read()
    for name, rule in EMULATOR:
        if rule.search(text):
            return name
    return None
