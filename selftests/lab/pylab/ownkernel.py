# SPDX-License-Identifier: GPL-2.0-only
"""Kernels with checks that Debian's do not have, built from Debian's source.

tinyconfig and two fragments of configs/ make one. What is built is kept in the
cache under the hash of its fragments and the version of the source: checkouts
with the same fragments share it.
"""

import glob
import os
import re
import shutil
import subprocess
import tempfile
import time

from pylab import kernels, paths
from pylab.paths import LabError, say

PACKAGE = "linux-source-6.12"
KEEP_SECONDS = 30 * 86400
LIMIT_SECONDS = 2 * 3600


def run(*command, **options):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)


def run_long(command, log, deadline):
    """Run COMMAND until DEADLINE at most; say each minute how far it is."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                          stderr=subprocess.STDOUT) as process:
        try:
            while True:
                left = deadline - time.monotonic()
                try:
                    code = process.wait(max(0, min(left, 60)))
                    break
                except subprocess.TimeoutExpired:
                    if left <= 60:
                        raise LabError("the kernel was not built in %d minutes"
                                       % (LIMIT_SECONDS / 60))
                    done = len(re.findall(r"^  CC ", paths.read(log.name), re.M))
                    say("%d files are compiled" % done)
        finally:
            process.terminate()
    if code:
        raise subprocess.CalledProcessError(code, command)


def fetch_source(work):
    """The package's file name and the unpacked source in WORK."""
    debs = paths.cache("kernels", "source")
    os.makedirs(debs, exist_ok=True)
    run("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", PACKAGE,
        cwd=debs, stdout=subprocess.DEVNULL, timeout=1800)
    found = sorted(glob.glob(debs + "/%s_*.deb" % PACKAGE), key=kernels.vercmp_key)
    for old in found[:-1]:
        os.unlink(old)
    # The tar file in the package is read from a pipe: it is larger than the package.
    run("sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards "./usr/src/*.tar.xz" | '
        'tar -xJ -C "$2"', "sh", found[-1], work)
    return os.path.basename(found[-1]), os.path.join(work, PACKAGE)


def wanted_options(version):
    """(name, value) of each line of the fragments; None: not set."""
    wanted = {}
    for path in paths.fragments(version):
        for line in paths.read(path).splitlines():
            off = re.match(r"# (CONFIG_\w+) is not set$", line)
            if off:
                wanted[off.group(1)] = None
            elif line.startswith("CONFIG_"):
                name, value = line.split("=", 1)
                wanted[name] = None if value == "n" else value
    return wanted


def check_options(version, config):
    """What olddefconfig drops, it drops in silence: a check that is not there finds nothing."""
    got = dict(line.split("=", 1) for line in paths.read(config).splitlines()
               if line.startswith("CONFIG_"))
    bad = ["%s: %s wanted, it is %s" % (name, value or "off", got.get(name, "off"))
           for name, value in wanted_options(version).items() if got.get(name) != value]
    if bad:
        raise LabError("kernel '%s' cannot have what %s ask for:\n  %s" % (
            version, " and ".join(map(os.path.basename, paths.fragments(version))),
            "\n  ".join(bad)))


def configure(version, make, objects):
    make("tinyconfig")
    with open(os.path.join(objects, ".config"), "a") as config:
        for path in paths.fragments(version):
            config.write(paths.read(path))
    make("olddefconfig")
    check_options(version, os.path.join(objects, ".config"))


def install(make, source, objects, tree):
    """TREE gets what paths.py promises of a kernel: image, modules, headers."""
    release = paths.read(os.path.join(objects, "include/config/kernel.release")).strip()
    shutil.copy(os.path.join(objects, "arch/x86/boot/bzImage"), tree)
    shutil.copy(os.path.join(objects, ".config"), os.path.join(tree, "config"))
    make("modules_install", "INSTALL_MOD_PATH=" + tree)
    link = os.path.join(tree, "lib/modules", release, "build")
    if os.path.lexists(link):
        os.unlink(link)
    headers = os.path.join(tree, "usr/src/linux-headers-" + release)
    make("run-command", "KBUILD_RUN_COMMAND=%s/scripts/package/install-extmod-build %s"
         % (source, headers))
    shutil.copy(os.path.join(objects, ".config"), headers)
    with open(os.path.join(tree, "release"), "w") as handle:
        handle.write(release + "\n")


def compile_tree(version, work, tree, log):
    deadline = time.monotonic() + LIMIT_SECONDS
    name, source = fetch_source(work)
    objects = os.path.join(work, "objects")
    os.mkdir(objects)

    def make(*goals):
        run_long(["make", "-C", source, "O=" + objects, "-j%d" % os.cpu_count(), *goals],
                 log, deadline)

    configure(version, make, objects)
    make("bzImage", "modules")
    install(make, source, objects, tree)
    return name.split("_")[1]


def build(version):
    """Make the kernel VERSION; it appears complete or not at all."""
    folder = paths.cache("kernels")
    os.makedirs(folder, exist_ok=True)
    say("building kernel '%s' from %s: this takes long, once" % (version, PACKAGE))
    begin = time.monotonic()
    work = tempfile.mkdtemp(prefix=".new-", dir=folder)
    log = os.path.join(folder, version + ".log")
    try:
        tree = os.path.join(work, "tree")
        os.mkdir(tree)
        with open(log, "w") as handle:
            try:
                source = compile_tree(version, work, tree, handle)
            except subprocess.CalledProcessError as error:
                handle.flush()
                text = paths.read(log).splitlines()
                reasons = [line for line in text if re.search(r"\berror\b|\*\*\*", line)]
                raise LabError("\n".join(reasons[:10] + text[-5:] + [
                    "building kernel '%s' failed: %s (log: %s)" % (version, error, log)]))
        final = "%s-%s" % (paths.own_kernel(version), source)
        for old in glob.glob(paths.own_kernel(version) + "-*"):
            os.rename(old, os.path.join(work, os.path.basename(old)))
        os.rename(tree, final)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    say("kernel '%s' was built in %.0f s" % (version, time.monotonic() - begin))


def remove_old(version):
    """Those of other fragments that no checkout has used for a month."""
    for path in glob.glob(paths.cache("kernels", version + "-*")):
        if os.path.getmtime(path) < time.time() - KEEP_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def newest():
    """The version of the source that apt would fetch."""
    text = subprocess.run(["apt-cache", "policy", PACKAGE], check=True,
                          capture_output=True, text=True).stdout
    found = re.search(r"Candidate: (\S+)", text)
    return found.group(1) if found else None


def ensure(version, update=False):
    """Build the kernel if it is not in the cache, or, with UPDATE, if it is old."""
    with paths.locked("kernel-" + version):
        remove_old(version)
        have = paths.find_own_kernel(version)
        if have and not (update and have != "%s-%s" % (paths.own_kernel(version), newest())):
            os.utime(have)
            return
        build(version)
