# SPDX-License-Identifier: GPL-2.0-only
"""'lab setup': packages and kernels; does nothing when nothing is missing."""

import os
import subprocess

from pylab import kernels, ownkernel, paths
from pylab.paths import LabError, say


def wanted_packages():
    lines = paths.read(os.path.join(paths.LAB, "packages.txt")).splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def missing_packages():
    wanted = wanted_packages()
    # dpkg-query fails when it knows none of a name; what it prints still counts
    known = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"] + wanted,
        capture_output=True, text=True).stdout.splitlines()
    installed = {line.split()[0] for line in known if line.endswith(" installed")}
    return [name for name in wanted if name not in installed]


def apt(*args):
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    done = subprocess.run(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"] + list(args),
                          env=env, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=1800)
    if done.returncode:
        raise LabError("apt-get %s failed:\n%s%s"
                       % (args[0], done.stdout[-2000:], done.stderr[-2000:]))


def setup(update=False, own=()):
    """Debian's kernels always; those of OWN are built."""
    os.makedirs(paths.CACHE, exist_ok=True)
    with paths.locked("setup"):
        missing = missing_packages()
        stale = [v for v in paths.DEBIAN_KERNELS if update or not paths.find_kernel(v)]
        if missing or stale or (own and not all(map(paths.find_kernel, own))):
            install(missing, stale)
    for version in own:
        ownkernel.ensure(version, update)


def install(missing, stale):
    if os.geteuid() != 0 and missing:
        raise LabError("must be root to install: " + " ".join(missing))
    say("apt-get update")
    apt("update")
    if missing:
        say("installing " + " ".join(missing))
        apt("install", "-y", "--no-install-recommends", *missing)
    for version in stale:
        if paths.find_kernel(version) and paths.release(version) == kernels.newest(version):
            continue
        kernels.fetch(version)
