# SPDX-License-Identifier: GPL-2.0-only
"""Which module files a kernel needs, in loading order (from modules.dep)."""

import os

from pylab import paths
from pylab.paths import LabError


class Index:
    def __init__(self, version):
        self.version = version
        self.release = paths.release(version)
        self.top = os.path.join(paths.module_root(version), "lib/modules", self.release)
        self.depends = {}
        self.by_name = {}
        for line in paths.read(os.path.join(self.top, "modules.dep")).splitlines():
            path, needs = line.split(":", 1)
            self.depends[path] = needs.split()
            self.by_name[self._key(path)] = path
        self.builtin = {self._key(line) for line in
                        paths.read(os.path.join(self.top, "modules.builtin")).split()}

    @staticmethod
    def _key(name):
        """A module's name, also of its file: "-" and "_" are the same in it."""
        return os.path.basename(name).split(".")[0].replace("-", "_")

    def closure(self, names):
        """Relative paths of NAMES and all they need, dependencies first."""
        order = []
        for name in names:
            key = self._key(name)
            if key in self.by_name:
                path = self.by_name[key]
                # modules.dep lists the deepest dependency last
                for needed in list(reversed(self.depends[path])) + [path]:
                    if needed not in order:
                        order.append(needed)
            elif key not in self.builtin:
                raise LabError("kernel %s has no module %s" % (self.version, name))
        return order

    def has(self, name):
        return self._key(name) in self.by_name

    def file(self, relative):
        return os.path.join(self.top, relative)
