# SPDX-License-Identifier: GPL-2.0-only
"""Where things are: checkout, cache, logs; locks; the one error type."""

import contextlib
import fcntl
import hashlib
import os
import sys

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CHECKOUT = os.path.dirname(os.path.dirname(LAB))
CACHE = os.path.abspath(os.environ.get("PARTBUS_CACHE") or "/var/cache/partbus")
LOGS = os.path.abspath(os.environ.get("PARTBUS_LOGS") or os.path.join(CACHE, "logs"))

KERNELS = ("6.1", "6.12")
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


def kernel_dir(version):
    path = cache("kernels", version)
    if not os.path.exists(os.path.join(path, "release")):
        raise LabError("kernel %s is not in %s: run 'lab setup' first" % (version, CACHE))
    return path


def release(version):
    return read(os.path.join(kernel_dir(version), "release")).strip()


def kdir(version):
    """The directory for 'make -C'."""
    return os.path.join(kernel_dir(version), "usr/src/linux-headers-" + release(version))


def module_root(version):
    """What 'modprobe -d' takes: the unpacked image, pruned and indexed."""
    return kernel_dir(version)
