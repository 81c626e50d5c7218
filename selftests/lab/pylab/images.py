# SPDX-License-Identifier: GPL-2.0-only
"""The two initial RAM disks: a tiny one for the host VM, one with tools for guests."""

import glob
import os
import re
import shutil
import subprocess
import tempfile

from pylab import paths
from pylab.cpio import Archive
from pylab.modules import Index
from pylab.paths import LabError

# Libraries that programs name but no test needs (fio's network engines bring a
# hundred megabytes): replaced by empty ones with the same symbols.
UNWANTED = re.compile(r"lib(gfapi|nbd|ibverbs|rdmacm|rados|rbd|pmemblk|pmem|iscsi)\.so")


def tool(source):
    """A small static program, compiled once per content of its sources."""
    folder = paths.cache("tools")
    os.makedirs(folder, exist_ok=True)
    name = os.path.basename(source)[:-2]
    path = os.path.join(paths.LAB, source)
    headers = glob.glob(os.path.join(paths.LAB, "guest/*.h"))
    target = os.path.join(folder, name)
    newest = max(os.path.getmtime(f) for f in [path] + headers)
    with paths.locked("tools"):
        if not os.path.exists(target) or os.path.getmtime(target) < newest:
            subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-static", "-s",
                            "-o", target + ".new", path], check=True)
            os.rename(target + ".new", target)
    return target


def host_initrd(version, target):
    """What the host VM needs until the root file system is there."""
    index = Index(version)
    archive = Archive(target)
    for name in ("proc", "sys", "dev", "lower", "upper", "new"):
        archive.mkdir(name)
    archive.chardev("dev/console", 5, 1)
    archive.copy("/bin/busybox", "bin/busybox")
    archive.copy(os.path.join(paths.LAB, "l1/init"), "init")
    order = index.closure(["virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay"])
    for path in order:
        archive.copy(index.file(path), "modules/" + os.path.basename(path))
    archive.add("modules/order", "".join(os.path.basename(p) + "\n" for p in order).encode())
    archive.close()


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


def add_program(archive, source, name, work):
    real = os.path.realpath(source)
    libraries, stubs = needed_libraries(real)
    archive.copy(real, name)
    for path in libraries:
        archive.copy(os.path.realpath(path), "usr" + re.sub("^/usr", "", path))
    for soname in stubs:
        archive.copy(make_stub(real, soname, work), "usr/lib/x86_64-linux-gnu/" + soname)


def listed(name):
    lines = paths.read(os.path.join(paths.LAB, "guest", name)).splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("#")]


def guest_base(version, target):
    """Everything in a guest that does not come from the checkout's build."""
    index = Index(version)
    archive = Archive(target)
    for name in ("proc", "sys", "dev", "root", "run", "usr/bin", "usr/sbin", "usr/lib",
                 "usr/lib64", "usr/local/bin", "mnt", "var/lib", "etc"):
        archive.mkdir(name)
    archive.mkdir("tmp", 0o1777)
    # merged /usr, as on the machine the programs come from
    for name in ("bin", "sbin", "lib", "lib64"):
        archive.symlink(name, "usr/" + name)
    archive.chardev("dev/console", 5, 1)
    archive.add("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
    archive.add("etc/group", b"root:x:0:\ndisk:x:6:\ntty:x:5:\n")
    with tempfile.TemporaryDirectory() as work:
        for words in listed("files.txt"):
            add_program(archive, words[0], "usr" + re.sub("^/usr", "", words[-1]), work)
    archive.copy("/bin/busybox", "usr/bin/busybox")
    for name in ("insmod", "lsmod", "modinfo", "modprobe", "rmmod"):
        archive.symlink("usr/sbin/" + name, "../bin/kmod")
    applets = subprocess.run(["/bin/busybox", "--list"], check=True,
                             capture_output=True, text=True).stdout.split()
    for applet in applets:
        if not {"usr/sbin/" + applet, "usr/bin/" + applet} & archive.names:
            archive.symlink("usr/bin/" + applet, "busybox")
    for rule in ("50-udev-default", "60-block", "60-persistent-storage", "80-drivers",
                 "55-dm", "60-persistent-storage-dm"):
        path = "/usr/lib/udev/rules.d/%s.rules" % rule
        if os.path.exists(path):
            archive.copy(path)
    names = listed("modules.txt")
    now = index.closure([n[1] for n in names if n[0] == "now"])
    for path in index.closure([n[-1] for n in names]):
        archive.copy(index.file(path), "usr/lib/modules/%s/%s" % (index.release, path))
    archive.mkdir("usr/lib/modules/order")
    for path in now:
        archive.symlink("usr/lib/modules/order/" + os.path.basename(path),
                        "../%s/%s" % (index.release, path))
    archive.add("usr/lib/modules/order/list",
                "".join(os.path.basename(p) + "\n" for p in now).encode())
    archive.close()


def guest_top(version, out, target):
    """The lab's own files and the build's: appended to the base, so they win."""
    index = Index(version)
    archive = Archive(target)
    archive.copy(os.path.join(paths.LAB, "guest/init"), "init")
    archive.copy(tool("guest/agent.c"), "lab/agent")
    for name in ("lab-bg", "start-udev"):
        archive.copy(os.path.join(paths.LAB, "guest", name), "usr/local/bin/" + name)
    ours = sorted(glob.glob(out + "/modules/*.ko"))
    for program in glob.glob(out + "/bin/*"):
        with open(program, "rb") as handle:
            elf = handle.read(4) == b"\x7fELF"
        if elf:
            libraries, _ = needed_libraries(program)
            for path in libraries:
                archive.copy(os.path.realpath(path), "usr" + re.sub("^/usr", "", path))
        archive.copy(program, "usr/local/bin/" + os.path.basename(program))
    for library in glob.glob(out + "/lib/*"):
        archive.copy(library, "usr/lib/x86_64-linux-gnu/" + os.path.basename(library))
    with tempfile.TemporaryDirectory() as work:
        top = os.path.join(work, "lib/modules", index.release)
        for path in index.closure([n[-1] for n in listed("modules.txt")]):
            place = os.path.join(top, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.symlink(index.file(path), place)
        os.makedirs(os.path.join(top, "updates"), exist_ok=True)
        for ko in ours:
            shutil.copy(ko, os.path.join(top, "updates"))
            archive.copy(ko, "usr/lib/modules/%s/updates/%s"
                         % (index.release, os.path.basename(ko)))
        for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
            shutil.copy(os.path.join(index.top, name), top)
        subprocess.run(["depmod", "-b", work, index.release], check=True,
                       stderr=subprocess.DEVNULL)
        for path in glob.glob(top + "/modules.*"):
            archive.copy(path, "usr/lib/modules/%s/%s"
                         % (index.release, os.path.basename(path)))
    archive.close()


def guest_initrd(version, out, target):
    if not shutil.which("fio"):
        raise LabError("programs for guests are missing: run 'lab setup' first")
    guest_base(version, target)
    guest_top(version, out, target + ".top")
    with open(target, "ab") as whole, open(target + ".top", "rb") as top:
        shutil.copyfileobj(top, whole)
    os.unlink(target + ".top")


def probe_initrd(target):
    """Says one line and powers off: does a stock kernel boot here at all?"""
    archive = Archive(target)
    archive.mkdir("dev")
    archive.chardev("dev/console", 5, 1)
    archive.copy("/bin/busybox", "bin/busybox")
    archive.add("init", b"#!/bin/busybox sh\necho lab: probe\n/bin/busybox poweroff -f\n", 0o755)
    archive.close()
