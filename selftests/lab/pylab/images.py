# SPDX-License-Identifier: GPL-2.0-only
"""The initial RAM disks of the host VM and of guests, and the programs in them."""

import glob
import hashlib
import os
import subprocess

from pylab import paths
from pylab.cpio import Archive
from pylab.modules import Index

HOST_MODULES = ["virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay", "configfs"]
KVM_MODULES = ["kvm-amd", "kvm-intel"]	# the one that does not fit refuses to load
GUEST_MODULES = ["virtio_pci", "virtio_console", "9pnet_virtio", "9p"]


def tool(name, *sources):
    """A small static program, compiled once per content of its sources."""
    files = [os.path.join(paths.LAB, source) for source in sources]
    digest = hashlib.sha256()
    for path in sorted(files + glob.glob(os.path.join(paths.LAB, "guest/*.h"))):
        digest.update(paths.read(path).encode())
    # Several checkouts share the cache: the name must tell their versions apart.
    target = paths.cache("tools", "%s-%s" % (name, digest.hexdigest()[:12]))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with paths.locked("tools"):
        if not os.path.exists(target):
            subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-static", "-s",
                            "-o", target + ".new"] + files, check=True)
            os.rename(target + ".new", target)
    return target


def add_modules(archive, index, names):
    """/modules with NAMES and what they need; /modules/order says in which order."""
    order = index.closure(names)
    for path in order:
        archive.copy(index.file(path), "modules/" + os.path.basename(path))
    archive.add("modules/order", "".join(os.path.basename(p) + "\n" for p in order).encode())


def host_initrd(version, target, nested):
    """What the host VM needs until the root file system is there."""
    archive = Archive(target)
    for name in ("proc", "sys", "dev", "lower", "upper", "new"):
        archive.mkdir(name)
    archive.chardev("dev/console", 5, 1)
    archive.copy("/bin/busybox", "bin/busybox")
    archive.copy(os.path.join(paths.LAB, "l1/init"), "init")
    add_modules(archive, Index(version), HOST_MODULES + (KVM_MODULES if nested else []))
    archive.close()


def guest_initrd(version, target):
    """The agent and the way to /usr: every megabyte here costs 60 ms of boot."""
    archive = Archive(target)
    for name in ("proc", "sys", "dev", "root", "run", "usr", "mnt", "var/lib"):
        archive.mkdir(name)
    archive.mkdir("tmp", 0o1777)
    # merged /usr, as on the machine the programs come from
    for name in ("bin", "sbin", "lib", "lib64"):
        archive.symlink(name, "usr/" + name)
    archive.chardev("dev/console", 5, 1)
    archive.add("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
    archive.add("etc/group", b"root:x:0:\ndisk:x:6:\ntty:x:5:\n")
    archive.copy(tool("agent", "guest/agent.c", "guest/setup.c"), "init")
    add_modules(archive, Index(version), GUEST_MODULES)
    archive.close()


def probe_initrd(target):
    """Says one line and powers off: does a stock kernel boot here at all?"""
    archive = Archive(target)
    archive.mkdir("dev")
    archive.chardev("dev/console", 5, 1)
    archive.copy("/bin/busybox", "bin/busybox")
    archive.add("init", b"#!/bin/busybox sh\necho lab: probe\n/bin/busybox poweroff -f\n", 0o755)
    archive.close()
