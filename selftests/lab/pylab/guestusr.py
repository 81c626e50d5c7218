# SPDX-License-Identifier: GPL-2.0-only
"""/usr of guests: a small tree of programs, libraries and modules, sent by 9p.

The tree without our own things is made once and kept in the cache; a run links
its files and adds the build's modules and programs.
"""

import glob
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time

from pylab import images, paths
from pylab.modules import Index
from pylab.paths import LabError

# Libraries that programs name but no test needs (fio's network engines bring a
# hundred megabytes): replaced by empty ones with the same symbols.
UNWANTED = re.compile(r"lib(gfapi|nbd|ibverbs|rdmacm|rados|rbd|pmemblk|pmem|iscsi)\.so")

KEEP_SECONDS = 86400
LIBRARIES = "lib/x86_64-linux-gnu"
UDEV_RULES = ("50-udev-default", "55-dm", "60-block", "60-persistent-storage",
              "60-persistent-storage-dm", "80-drivers")


def needed_libraries(program):
    """Libraries of PROGRAM without those that only the unwanted ones need."""
    done = set()
    stubs = set()
    todo = [program]
    while todo:
        path = todo.pop()
        text = subprocess.run(["readelf", "-dW", path], capture_output=True, text=True).stdout
        for soname in re.findall(r"\(NEEDED\).*\[(\S+)\]", text):
            if UNWANTED.match(soname):
                stubs.add(soname)
                continue
            found = find_library(soname)
            if found and found not in done:
                done.add(found)
                todo.append(found)
    return done, stubs


def find_library(soname):
    for folder in ("/lib64", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
                   "/lib/systemd", "/usr/lib/x86_64-linux-gnu/systemd"):
        path = os.path.join(folder, soname)
        if os.path.exists(path):
            return path
    return None


def dynamic_symbols(path, which):
    """Name and version of the dynamic symbols that PATH defines or lacks."""
    text = subprocess.run(["nm", "-D", which, path], capture_output=True, text=True).stdout
    words = [line.split()[-1] for line in text.splitlines()]
    return {(word.split("@")[0], word.split("@")[-1] if "@" in word else "") for word in words}


def make_stub(program, soname, folder):
    """A library SONAME with the symbols that PROGRAM wants of the real one."""
    real = {name for name, _ in dynamic_symbols(find_library(soname), "--defined-only")}
    wanted = [(name, version) for name, version
              in sorted(dynamic_symbols(program, "--undefined-only")) if name in real]
    source = os.path.join(folder, soname + ".c")
    script = os.path.join(folder, soname + ".map")
    with open(source, "w") as handle:
        for name, _ in wanted:
            handle.write("void %s(void) { __builtin_trap(); }\n" % name)
    with open(script, "w") as handle:
        for version in sorted({v for _, v in wanted if v}):
            names = " ".join(n + ";" for n, v in wanted if v == version)
            handle.write("%s { global: %s };\n" % (version, names))
    command = ["gcc", "-w", "-fno-builtin", "-shared", "-fPIC", "-s", "-nostdlib",
               "-Wl,-soname," + soname, "-o", os.path.join(folder, soname), source]
    if os.path.getsize(script):
        command.append("-Wl,--version-script," + script)
    subprocess.run(command, check=True)
    return os.path.join(folder, soname)


def place(source, usr, name):
    """Copy the file SOURCE to NAME below USR, once."""
    target = os.path.join(usr, name)
    if not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(os.path.realpath(source), target)


def below_usr(path):
    """/bin/x and /usr/bin/x are the same file where /usr is merged."""
    return re.sub(r"^/(usr/)?", "", path)


def add_libraries(program, usr):
    """Returns the sonames for which a stub has to be made."""
    libraries, stubs = needed_libraries(os.path.realpath(program))
    for path in libraries:
        place(path, usr, below_usr(path))
    return stubs


def add_program(source, name, usr, work):
    place(source, usr, below_usr(name))
    for soname in add_libraries(source, usr):
        place(make_stub(os.path.realpath(source), soname, work), usr,
              os.path.join(LIBRARIES, soname))


def add_busybox(usr):
    """Applets for every name that no real program has taken."""
    place("/bin/busybox", usr, "bin/busybox")
    applets = subprocess.run(["/bin/busybox", "--list"], check=True,
                             capture_output=True, text=True).stdout.split()
    for applet in applets:
        if not any(os.path.lexists(os.path.join(usr, d, applet)) for d in ("bin", "sbin")):
            os.symlink("busybox", os.path.join(usr, "bin", applet))


def listed(name):
    lines = paths.read(os.path.join(paths.LAB, "guest", name)).splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("#")]


def make_base(version, usr):
    index = Index(version)
    for folder in ("bin", "sbin", "local/bin", "lib", "lib64"):
        os.makedirs(os.path.join(usr, folder))
    with tempfile.TemporaryDirectory() as work:
        for words in listed("files.txt"):
            if not os.path.exists(words[0]):
                raise LabError("%s is missing: run 'lab setup' first" % words[0])
            add_program(words[0], words[-1], usr, work)
    for name in ("insmod", "lsmod", "modinfo", "modprobe", "rmmod"):
        os.symlink("../bin/kmod", os.path.join(usr, "sbin", name))
    add_busybox(usr)
    for rule in UDEV_RULES:
        path = "/usr/lib/udev/rules.d/%s.rules" % rule
        if os.path.exists(path):
            place(path, usr, below_usr(path))
    modules = os.path.join("lib/modules", index.release)
    names = [n[-1] for n in listed("modules.txt") if n[0] != "?" or index.has(n[-1])]
    for path in index.closure(names):
        place(index.file(path), usr, os.path.join(modules, path))
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        place(index.file(name), usr, os.path.join(modules, name))


def base(version):
    """The cached tree; a new one when its lists or this machine's programs change."""
    digest = hashlib.sha256(paths.release(version).encode())
    for name in ("guest/files.txt", "guest/modules.txt", "pylab/guestusr.py"):
        digest.update(paths.read(os.path.join(paths.LAB, name)).encode())
    digest.update(str(os.path.getmtime("/var/lib/dpkg/status")).encode())
    folder = paths.cache("guest-usr")
    final = os.path.join(folder, "%s-%s" % (version, digest.hexdigest()[:12]))
    with paths.locked("guest-usr"):
        if os.path.exists(final):
            os.utime(final)
            return final
        os.makedirs(folder, exist_ok=True)
        for old in glob.glob(os.path.join(folder, version + "-*")):
            # another checkout may have just been given it
            if os.path.getmtime(old) < time.time() - KEEP_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
        work = tempfile.mkdtemp(prefix=".new-", dir=folder)
        try:
            make_base(version, work)
            os.chmod(work, 0o755)
            os.rename(work, final)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return final


def make(version, out, initrd, usr):
    """USR for one run: the base by hard links, what a guest boots, what the build made."""
    shutil.copytree(base(version), usr, symlinks=True, copy_function=os.link)
    place(paths.bzimage(version), usr, "lib/lab/vmlinuz")
    place(initrd, usr, "lib/lab/initrd")
    place(images.tool("lab-kexec", "guest/lab-kexec.c"), usr, "local/bin/lab-kexec")
    for name in ("lab-bg", "lab-health", "start-udev"):
        place(os.path.join(paths.LAB, "guest", name), usr, "local/bin/" + name)
    for program in glob.glob(out + "/bin/*"):
        place(program, usr, "local/bin/" + os.path.basename(program))
        add_libraries(program, usr)
    for library in glob.glob(out + "/lib/*"):
        place(library, usr, os.path.join(LIBRARIES, os.path.basename(library)))
    for rule in glob.glob(out + "/udev/*"):
        place(rule, usr, "lib/udev/rules.d/" + os.path.basename(rule))
    release = paths.release(version)
    for ko in glob.glob(out + "/modules/*.ko"):
        place(ko, usr, "lib/modules/%s/updates/%s" % (release, os.path.basename(ko)))
    # depmod wants lib/modules below a root directory; usr itself serves as one
    subprocess.run(["depmod", "-b", usr, release], check=True, stderr=subprocess.DEVNULL)
