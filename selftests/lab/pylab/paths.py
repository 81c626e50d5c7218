# SPDX-License-Identifier: GPL-2.0-only
"""Where things are: checkout, cache, logs; locks; the one error type."""

import contextlib
import fcntl
import glob
import hashlib
import os
import sys

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CHECKOUT = os.path.dirname(os.path.dirname(LAB))
CACHE = os.path.abspath(os.environ.get("PARTBUS_CACHE") or "/var/cache/partbus")
LOGS = os.path.abspath(os.environ.get("PARTBUS_LOGS") or os.path.join(CACHE, "logs"))

DEBIAN_KERNELS = ("6.1", "6.12")
OWN_KERNELS = ("debug", "kcsan")	# built from source: ownkernel.py
KERNELS = DEBIAN_KERNELS + OWN_KERNELS
DEFAULT_KERNEL = "6.12"


class LabError(Exception):
    """Something the user can act on; printed without a traceback."""


def say(text):
    print("lab: " + text, file=sys.stderr, flush=True)


def cache(*parts):
    return os.path.join(CACHE, *parts)


def default_name():
    """Two checkouts on one machine must not share a build directory."""
    digest = hashlib.sha256(CHECKOUT.encode()).hexdigest()[:6]
    return "%s-%s" % (os.path.basename(CHECKOUT) or "root", digest)


@contextlib.contextmanager
def locked(name):
    """Hold $CACHE/locks/NAME exclusively; says so when it has to wait."""
    os.makedirs(cache("locks"), exist_ok=True)
    with open(cache("locks", name), "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another lab to finish with '%s'" % name)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def read(path):
    with open(path) as handle:
        return handle.read()


def fragments(version):
    """The configuration of an own kernel, on top of tinyconfig."""
    return [os.path.join(LAB, "configs", name + ".config") for name in ("machine", version)]


def own_kernel(version):
    """Where it is in the cache, but for the version of its source."""
    digest = hashlib.sha256()
    for path in fragments(version):
        digest.update(read(path).encode())
    return cache("kernels", "%s-%s" % (version, digest.hexdigest()[:12]))


def find_own_kernel(version):
    return max(glob.glob(own_kernel(version) + "-*"), key=os.path.getmtime, default=None)


def find_kernel(version):
    if version in OWN_KERNELS:
        return find_own_kernel(version)
    path = cache("kernels", version)
    return path if os.path.exists(os.path.join(path, "release")) else None


def kernel_dir(version):
    """Has an image to boot, lib/modules and usr/src/linux-headers-RELEASE."""
    path = find_kernel(version)
    if not path:
        raise LabError("kernel %s is not in %s: run 'lab setup%s' first" % (
            version, CACHE, " --kernel " + version if version in OWN_KERNELS else ""))
    return path


def image(version):
    """Debian's as an ELF file, which boots faster; with KASAN that one does not boot."""
    path = os.path.join(kernel_dir(version), "vmlinux")
    return path if os.path.exists(path) else os.path.join(kernel_dir(version), "bzImage")


def bzimage(version):
    """The form that a running kernel can boot (kexec_file_load)."""
    if version in OWN_KERNELS:
        return os.path.join(kernel_dir(version), "bzImage")
    return os.path.join(kernel_dir(version), "boot/vmlinuz-" + release(version))


def release(version):
    return read(os.path.join(kernel_dir(version), "release")).strip()


def kdir(version):
    """The directory for 'make -C'."""
    return os.path.join(kernel_dir(version), "usr/src/linux-headers-" + release(version))


def module_root(version):
    """What 'modprobe -d' takes: the unpacked image, pruned and indexed."""
    return kernel_dir(version)
