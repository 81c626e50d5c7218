# SPDX-License-Identifier: GPL-2.0-only
"""Write a newc cpio archive (an initrd) without unpacking a tree first."""

import os
import stat


class Archive:
    def __init__(self, path):
        self.out = open(path, "wb")
        self.inode = 0
        self.names = set()

    def _entry(self, name, mode, data):
        self.inode += 1
        raw = os.fsencode(name) + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + raw
        self.out.write(head + b"\0" * (-len(head) % 4))
        self.out.write(data)
        self.out.write(b"\0" * (-len(data) % 4))

    def _parents(self, name):
        parent = os.path.dirname(name)
        if parent and parent not in self.names:
            self.mkdir(parent)

    def mkdir(self, name, mode=0o755):
        name = name.strip("/")
        if name in self.names:
            return
        self._parents(name)
        self.names.add(name)
        self._entry(name, stat.S_IFDIR | mode, b"")

    def add(self, name, data, mode=0o644):
        """A regular file NAME with the bytes DATA; the first one wins."""
        name = name.strip("/")
        if name in self.names:
            return
        self._parents(name)
        self.names.add(name)
        self._entry(name, stat.S_IFREG | mode, data)

    def copy(self, source, name=None):
        with open(source, "rb") as handle:
            data = handle.read()
        self.add(name or source, data, stat.S_IMODE(os.stat(source).st_mode))

    def symlink(self, name, target):
        name = name.strip("/")
        if name in self.names:
            return
        self._parents(name)
        self.names.add(name)
        self._entry(name, stat.S_IFLNK | 0o777, os.fsencode(target))

    def chardev(self, name, major, minor):
        # Only console and null: everything else comes from devtmpfs.
        name = name.strip("/")
        self._parents(name)
        self.inode += 1
        raw = os.fsencode(name) + b"\0"
        fields = (self.inode, stat.S_IFCHR | 0o600, 0, 0, 1, 0, 0, 0, 0, major, minor, len(raw), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + raw
        self.out.write(head + b"\0" * (-len(head) % 4))

    def close(self):
        self._entry("TRAILER!!!", 0, b"")
        self.out.close()
