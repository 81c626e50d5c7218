# SPDX-License-Identifier: GPL-2.0-only
"""Hardware virtualisation, if it really works here, else emulation."""

import os
import re
import subprocess
import tempfile

from pylab import images, paths

KVM = ["-accel", "kvm", "-cpu", "host"]


def emulated(multi):
    # -monitor: without MWAIT an idle CPU halts instead of spinning
    return ["-accel", "tcg,thread=%s" % ("multi" if multi else "single"),
            "-cpu", "EPYC,+svm,+npt,-monitor"]


def _probe():
    """/dev/kvm and the CPU's flags prove little: boot something."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    if not re.search(r"\b(svm|vmx)\b", paths.read("/proc/cpuinfo")):
        return False
    version = next(filter(paths.find_kernel, paths.DEBIAN_KERNELS), None)
    if not version:
        return False
    with tempfile.TemporaryDirectory() as work:
        initrd = os.path.join(work, "probe.cpio")
        images.probe_initrd(initrd)
        command = ["qemu-system-x86_64", "-M", "q35", *KVM, "-m", "256M", "-nodefaults",
                   "-display", "none", "-serial", "stdio", "-no-reboot",
                   "-kernel", paths.image(version),
                   "-initrd", initrd, "-append", "console=ttyS0 panic=-1 quiet"]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=20)
        except subprocess.TimeoutExpired:
            return False
        return b"lab: probe" in done.stdout


def usable():
    """The probe's answer is kept until the machine boots again."""
    boot = paths.read("/proc/sys/kernel/random/boot_id").strip()
    mark = paths.cache("accel")
    try:
        kept, answer = paths.read(mark).split()
        if kept == boot:
            return answer == "kvm"
    except (OSError, ValueError):
        pass
    answer = _probe()
    with open(mark + ".new.%d" % os.getpid(), "w") as handle:
        handle.write("%s %s\n" % (boot, "kvm" if answer else "tcg"))
    os.rename(mark + ".new.%d" % os.getpid(), mark)
    return answer
