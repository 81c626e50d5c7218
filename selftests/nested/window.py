#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What others than a guest may do with its window.

    window.py hold PID             keep the window of QEMU PID mapped, as a vhost-user
                                   back end does, until killed
    window.py storm PID SECONDS    ring all lines of QEMU PID, as a host or a service VM
                                   that is broken might
    window.py break PID CHANNEL    write rubbish into a mailbox of the channel, as a
                                   guest might
"""

import contextlib
import ctypes
import mmap
import os
import re
import signal
import struct
import sys
import time

SYS_PIDFD_OPEN = 434
SYS_PIDFD_GETFD = 438
PAGE = 4096
# <partbus/channel.h>: header of an admin section, place of the first mailbox
ADMIN_MAGIC = 0x4E494D44415F4250
MBOX_C2S_OFFSET = 256


def syscall(*args):
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(*args)
    if result < 0:
        raise OSError(ctypes.get_errno(), "system call %d" % args[0])
    return result


def descriptors(pid):
    """What is behind each descriptor, and the number of the window's."""
    links = {}
    for fd in os.listdir("/proc/%d/fd" % pid):
        # QEMU goes on meanwhile, and closes some.
        with contextlib.suppress(FileNotFoundError):
            links[int(fd)] = os.readlink("/proc/%d/fd/%s" % (pid, fd))
    window = min((fd for fd, link in links.items() if "/window" in link), default=None)
    if window is None:
        sys.exit("process %d has no window" % pid)
    return links, window


def hold(pid):
    pidfd = syscall(SYS_PIDFD_OPEN, pid, 0)
    window = syscall(SYS_PIDFD_GETFD, pidfd, descriptors(pid)[1], 0)
    view = mmap.mmap(window, PAGE)
    os.close(window)
    print("held: %s" % view[:8], flush=True)
    signal.pause()


def storm(pid, seconds):
    """
    The first lines only, and gently: on one processor an idle guest hears each bell
    if it may run at once.
    """
    os.nice(19)
    pidfd = syscall(SYS_PIDFD_OPEN, pid, 0)
    links, window = descriptors(pid)
    # They came with the window: the lines of the guest first, then those of the host.
    came = sorted(fd for fd, link in links.items() if "[eventfd]" in link and fd > window)
    bells = [syscall(SYS_PIDFD_GETFD, pidfd, fd, 0) for fd in came[:2]]
    rung = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for bell in bells:
            os.write(bell, struct.pack("=Q", 1))
            rung += 1
        os.sched_yield()
    print("%d bells were rung %d times" % (len(bells), rung), flush=True)


def windows(pid):
    """First and last address of each mapping of a window."""
    with open("/proc/%d/maps" % pid) as maps:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw.*/window", line)
            if match:
                yield int(match[1], 16), int(match[2], 16)


def break_channel(pid, channel):
    with open("/proc/%d/mem" % pid, "r+b", buffering=0) as memory:
        for first, last in windows(pid):
            for at in range(first, last, PAGE):
                memory.seek(at)
                if struct.unpack("<QI", memory.read(12)) != (ADMIN_MAGIC, channel):
                    continue
                memory.seek(at + MBOX_C2S_OFFSET)
                memory.write(struct.pack("<I", 0xDEADBEEF))
                return
    sys.exit("process %d has no channel %d" % (pid, channel))


if len(sys.argv) == 3 and sys.argv[1] == "hold":
    hold(int(sys.argv[2]))
elif len(sys.argv) == 4 and sys.argv[1] == "storm":
    storm(int(sys.argv[2]), float(sys.argv[3]))
elif len(sys.argv) == 4 and sys.argv[1] == "break":
    break_channel(int(sys.argv[2]), int(sys.argv[3]))
else:
    sys.exit(__doc__)
