# SPDX-License-Identifier: GPL-2.0-only
"""'lab build': copy the checkout into the cache and build it there.

The checkout itself stays clean, two kernels can be built from it at once, and
an editor that saves in the middle of a build does no harm.
"""

import glob
import os
import re
import shutil
import subprocess

from pylab import ownkernel, paths
from pylab.paths import LabError, say

# Build products that an engineer's own 'make' may have left in the checkout.
PRODUCTS = ["*.o", "*.o.d", "*.ko", "*.mod", "*.mod.c", ".*.cmd", "*.a", "*.gcda", "*.gcno",
            "Module.symvers", "modules.order", ".tmp_*", "__pycache__"]


def build_dir(version, name):
    return paths.cache("build", "%s-%s" % (name, version))


def git_files(*which):
    done = subprocess.run(["git", "-C", paths.CHECKOUT, "ls-files", "-z", *which],
                          capture_output=True)
    return None if done.returncode else os.fsdecode(done.stdout).split("\0")


def source_files():
    """What git knows or would let in; None when there is no git."""
    known = git_files("-c")
    if known is None:
        return None
    # A program that an engineer's own 'make' left behind would look fresh to ours.
    new = [n for n in git_files("-o", "--exclude-standard") if n and not is_elf(n)]
    return sorted({n for n in known + new
                   if n and os.path.lexists(os.path.join(paths.CHECKOUT, n))})


def is_elf(name):
    path = os.path.join(paths.CHECKOUT, name)
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as handle:
        return handle.read(4) == b"\x7fELF"


def sync(target):
    """Changed files get the present time, so that make sees them as new."""
    # Contents are compared and times are not taken over: a file that goes
    # back to an older version must still be rebuilt.
    command = ["rsync", "-rlpc", "--exclude=.git"]
    command += ["--exclude=" + pattern for pattern in PRODUCTS]
    files = source_files()
    manifest = target + ".files"
    if files is None:
        subprocess.run(command + [paths.CHECKOUT + "/", target + "/"], check=True)
        return
    if os.path.exists(manifest):
        for gone in set(paths.read(manifest).split("\0")) - set(files):
            path = os.path.join(target, gone)
            if gone and os.path.lexists(path) and not os.path.isdir(path):
                os.unlink(path)
    text = "\0".join(files)
    subprocess.run(command + ["--from0", "--files-from=-", paths.CHECKOUT + "/", target + "/"],
                   input=os.fsencode(text), check=True)
    with open(manifest, "w") as handle:
        handle.write(text)


def make(target, version, goal, inject):
    log = "%s.%s.log" % (target, goal)
    command = ["make", "-C", target, "-j%d" % os.cpu_count(),
               "KDIR=" + paths.kdir(version), "PARTBUS_KUNIT=1",
               "PARTBUS_HOSTILE=1", goal]
    if inject:
        command.append("INJECT=1")
    with open(log, "w") as handle:
        done = subprocess.run(command, stdout=handle, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL)
    text = paths.read(log)
    if done.returncode:
        # with several jobs the reason may stand far from the end: repeat it
        reasons = [line for line in text.splitlines() if re.search(r"\berror\b|undefined!", line)]
        raise LabError("\n".join([text[-20000:], "make %s failed for %s (log: %s)"
                                  % (goal, version, log)] + reasons[:10]))
    for line in text.splitlines():
        if re.search(r"\bwarning:", line, re.I):
            say(line)


def is_program(path):
    """An executable that a user would start: ELF or script, no library."""
    if not os.access(path, os.X_OK) or os.path.islink(path):
        return False
    with open(path, "rb") as handle:
        head = handle.read(4)
    return head == b"\x7fELF" or head.startswith(b"#!")


def collect(target, version):
    """out/: what a VM needs, stripped (9p is slow) and indexed for modprobe."""
    out = os.path.join(target, "out")
    work = out + ".new"
    shutil.rmtree(work, ignore_errors=True)
    modules = os.path.join(work, "modules")
    programs = os.path.join(work, "bin")
    libraries = os.path.join(work, "lib")
    rules = os.path.join(work, "udev")
    for path in (modules, programs, libraries, rules):
        os.makedirs(path)
    for path in glob.glob(target + "/udev/*.rules"):
        shutil.copy(path, rules)
    for ko in glob.glob(target + "/**/*.ko", recursive=True):
        if not ko.startswith(out + "/"):
            subprocess.run(["strip", "--strip-debug", "-o",
                            os.path.join(modules, os.path.basename(ko)), ko], check=True)
    for path in glob.glob(target + "/build/testprograms/*"):
        shutil.copy(path, programs)
    for path in glob.glob(target + "/user/**/*", recursive=True):
        name = os.path.basename(path)
        if not os.path.isfile(path):
            continue
        if ".so" in name:
            shutil.copy(path, libraries, follow_symlinks=False)
        elif name.startswith("partbus") and is_program(path):
            shutil.copy(path, programs)
    index_modules(work, version)
    shutil.rmtree(out, ignore_errors=True)
    os.rename(work, out)
    return out


def index_modules(out, version):
    """out/tree/lib/modules/REL: the image's modules and ours in one index."""
    release = paths.release(version)
    image = os.path.join(paths.module_root(version), "lib/modules", release)
    tree = os.path.join(out, "tree/lib/modules", release)
    os.makedirs(tree)
    os.symlink(os.path.join(image, "kernel"), os.path.join(tree, "kernel"))
    os.symlink("../../../../modules", os.path.join(tree, "updates"))
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy(os.path.join(image, name), tree)
    subprocess.run(["depmod", "-b", os.path.join(out, "tree"), release],
                   check=True, stderr=subprocess.DEVNULL)


def build(version, name, inject):
    if version in paths.OWN_KERNELS:
        ownkernel.ensure(version)
    paths.kernel_dir(version)
    target = build_dir(version, name)
    os.makedirs(target, exist_ok=True)
    with paths.locked("build-%s-%s" % (name, version)):
        sync(target)
        for goal in ("modules", "programs", "testprograms"):
            make(target, version, goal, inject)
        return collect(target, version)


def snapshot(version, name, target):
    """Copy out/ to TARGET, so that a rebuild does not change a running VM."""
    out = os.path.join(build_dir(version, name), "out")
    with paths.locked("build-%s-%s" % (name, version)):
        if os.path.exists(out):
            shutil.copytree(out, target, symlinks=True)
            return True
    say("no build '%s' for %s: running without our modules ('lab build' makes one)"
        % (name, version))
    for part in ("modules", "bin", "lib", "udev"):
        os.makedirs(os.path.join(target, part))
    index_modules(target, version)
    return False
