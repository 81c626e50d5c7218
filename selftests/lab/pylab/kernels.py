# SPDX-License-Identifier: GPL-2.0-only
"""Fetch Debian's kernels and headers into the cache; nothing is installed."""

import glob
import lzma
import os
import re
import shutil
import struct
import subprocess
import tempfile

from pylab import paths
from pylab.paths import LabError, say

IMAGES = {
    "6.1": re.compile(r"linux-image-(6\.1\.0-\d+-amd64)$"),
    "6.12": re.compile(r"linux-image-(6\.12\.[\d.]+\+deb12-amd64)$"),
}

# Hardware that no virtual machine of the lab has. Without these the tree is a
# third of its size and depmod takes a fraction of a second.
PRUNED = """
drivers/accessibility drivers/bluetooth drivers/comedi drivers/firewire
drivers/gpu drivers/hid drivers/hwmon drivers/iio drivers/infiniband/hw
drivers/input drivers/isdn drivers/leds drivers/media drivers/memstick
drivers/mfd drivers/mmc drivers/mtd drivers/net/arcnet drivers/net/can
drivers/net/ethernet drivers/net/fddi drivers/net/hamradio drivers/net/ieee802154
drivers/net/phy drivers/net/ppp drivers/net/usb drivers/net/wan
drivers/net/wireless drivers/net/wwan drivers/parport drivers/pcmcia
drivers/platform drivers/power drivers/rtc drivers/soundwire drivers/spi
drivers/staging drivers/thermal drivers/thunderbolt drivers/usb drivers/video
drivers/w1 drivers/watchdog net/bluetooth net/can net/mac80211 net/wireless
sound
""".split()


def vercmp_key(text):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]


def newest(version):
    names = subprocess.run(
        ["apt-cache", "pkgnames", "linux-image-" + version],
        check=True, capture_output=True, text=True).stdout.split()
    found = [m.group(1) for m in map(IMAGES[version].match, names) if m]
    if not found:
        raise LabError("no linux-image package for %s in apt's lists "
                       "(apt-get update, security suite enabled?)" % version)
    return max(found, key=vercmp_key)


def packages_of(release):
    """Image, headers, and what the headers refer to by path."""
    headers = "linux-headers-" + release
    depends = subprocess.run(["apt-cache", "depends", headers],
                             check=True, capture_output=True, text=True).stdout
    wanted = re.findall(r"Depends: (linux-(?:headers-\S+-common|kbuild-\S+))", depends)
    return ["linux-image-" + release, headers] + wanted


def extract_vmlinux(bzimage, target):
    """The ELF inside bzImage: booting it by PVH skips the decompressor."""
    with open(bzimage, "rb") as handle:
        data = handle.read()
    if data[0x202:0x206] != b"HdrS":
        raise LabError("%s is not a bzImage" % bzimage)
    setup_sects = data[0x1F1] or 4
    offset, length = struct.unpack_from("<II", data, 0x248)
    start = (setup_sects + 1) * 512 + offset
    payload = data[start:start + length]
    if payload.startswith(b"\xfd7zXZ\0"):
        elf = lzma.LZMADecompressor().decompress(payload)
    elif payload.startswith(b"\x28\xb5\x2f\xfd"):
        # The build appends the unpacked size, which is no part of the stream.
        elf = subprocess.run(["zstd", "-dc"], input=payload[:-4],
                             check=True, capture_output=True).stdout
    else:
        raise LabError("%s: payload is neither xz nor zstd" % bzimage)
    if not elf.startswith(b"\x7fELF"):
        raise LabError("%s: payload is not an ELF file" % bzimage)
    with open(target, "wb") as handle:
        handle.write(elf)


def make_relocatable(tree, release):
    """Debian's arch Makefile includes /usr/src/...; name the neighbour instead."""
    makefile = os.path.join(tree, "usr/src/linux-headers-" + release, "Makefile")
    text = paths.read(makefile)
    fixed = re.sub(r"include /usr/src/(\S+)",
                   r"include $(dir $(lastword $(MAKEFILE_LIST)))../\1", text)
    with open(makefile, "w") as handle:
        handle.write(fixed)


def prepare_modules(tree, release):
    top = os.path.join(tree, "lib/modules", release)
    for name in PRUNED:
        shutil.rmtree(os.path.join(top, "kernel", name), ignore_errors=True)
    for link in ("build", "source"):
        os.unlink(os.path.join(top, link))
    packed = glob.glob(top + "/kernel/**/*.ko.xz", recursive=True)
    # busybox cannot load packed modules, and depmod would unpack them each time
    if packed:
        subprocess.run(["xargs", "-0", "-P", str(os.cpu_count()), "-n", "40", "xz", "-d"],
                       input="\0".join(packed).encode(), check=True)
    subprocess.run(["depmod", "-b", tree, release], check=True,
                   stderr=subprocess.DEVNULL)


def fetch(version):
    """Make $CACHE/kernels/VERSION; it appears complete or not at all."""
    release = newest(version)
    say("fetching kernel %s" % release)
    os.makedirs(paths.cache("kernels"), exist_ok=True)
    work = tempfile.mkdtemp(prefix=".new-", dir=paths.cache("kernels"))
    try:
        debs = os.path.join(work, "debs")
        tree = os.path.join(work, "tree")
        os.mkdir(debs)
        os.mkdir(tree)
        subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download"]
                       + packages_of(release), cwd=debs, check=True,
                       stdout=subprocess.DEVNULL, timeout=900)
        for deb in sorted(os.listdir(debs)):
            subprocess.run(["dpkg", "-x", os.path.join(debs, deb), tree], check=True)
        extract_vmlinux(os.path.join(tree, "boot/vmlinuz-" + release),
                        os.path.join(tree, "vmlinux"))
        make_relocatable(tree, release)
        prepare_modules(tree, release)
        with open(os.path.join(tree, "release"), "w") as handle:
            handle.write(release + "\n")
        os.chmod(tree, 0o755)
        final = paths.cache("kernels", version)
        if os.path.exists(final):
            os.rename(final, os.path.join(work, "old"))
        os.rename(tree, final)
    finally:
        shutil.rmtree(work, ignore_errors=True)
