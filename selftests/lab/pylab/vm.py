# SPDX-License-Identifier: GPL-2.0-only
"""One boot of the host VM: QEMU's command line, its life, its death."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import time

from pylab import accel, paths

PR_SET_PDEATHSIG = 1


def _die_with_parent():
    # A lab that is killed outright must not leave its VM behind.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class HostVM:
    def __init__(self, opts, share, sockets, initrd, log):
        self.opts = opts
        self.share = share
        self.sockets = sockets
        self.initrd = initrd
        self.log = log
        self.hardware = accel.usable()
        self.process = None

    def clock(self):
        # Under load the watchdog finds an emulated TSC skewed against the HPET, and
        # patches it out of code that the other processor runs: QEMU's emulation
        # may run half of such a patch.
        # A periodic tick repairs within 4 ms what emulation loses of interrupts.
        return "" if self.hardware else "tsc=reliable nohz=off highres=off "

    def machine(self):
        # On a busy machine the kernel at times measures the TSC against an emulated PIT
        # twenty times too slow, and believes that rather than the HPET, which is right:
        # its clock runs away, and every limit in a test with it.
        return "q35" if self.hardware else "q35,pit=off"

    def command(self, console):
        smp = self.opts.smp
        args = ["qemu-system-x86_64", "-M", self.machine(), "-name", "lab-" + self.opts.name,
                "-smp", str(smp), "-m", "%dM" % self.opts.mem,
                "-nodefaults", "-display", "none", "-no-reboot",
                "-kernel", paths.image(self.opts.kernel),
                "-initrd", self.initrd,
                "-append", "console=ttyS0 panic=-1 oops=panic "
                           "sysrq_always_enabled printk.time=1 " + self.clock()
                + (self.opts.append or "")]
        args += accel.KVM if self.hardware else \
            accel.emulated(multi=smp > 1)
        # The serial port is a socket with a log file, not a file: a magic
        # SysRq can be sent to a host VM that hangs.
        args += ["-chardev", "socket,id=serial,path=%s/serial,server=on,wait=off,logfile=%s"
                 % (self.sockets, self.log), "-serial", "chardev:serial",
                 "-qmp", "unix:%s/qmp,server=on,wait=off" % self.sockets]
        for ident, path, tag, extra in (("f0", "/", "host", ",readonly=on"),
                                        ("f1", self.share, "share", "")):
            args += ["-fsdev", "local,path=%s,security_model=none,multidevs=remap,id=%s%s"
                     % (path, ident, extra),
                     "-device", "virtio-9p-pci,fsdev=%s,mount_tag=%s" % (ident, tag)]
        args += ["-device", "virtio-rng-pci", "-device", "virtio-serial-pci"]
        if console:
            args += ["-chardev", "stdio,id=out,signal=off,mux=on",
                     "-device", "virtconsole,chardev=out"]
        else:
            args += ["-chardev", "file,id=out,path=/dev/stdout",
                     "-device", "virtserialport,chardev=out,name=lab.out"]
        return args

    def start(self, console=False):
        errors = open(os.path.join(os.path.dirname(self.log), "qemu.err"), "ab")
        self.process = subprocess.Popen(
            self.command(console), preexec_fn=_die_with_parent,
            stdin=None if console else subprocess.DEVNULL,
            stdout=None if console else subprocess.PIPE,
            stderr=errors,
            start_new_session=not console)
        errors.close()
        return self.process

    def _qmp(self, *commands):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(5)
            sock.connect(self.sockets + "/qmp")
            stream = sock.makefile("rw")
            stream.readline()
            for command in (dict(execute="qmp_capabilities"),) + commands:
                stream.write(json.dumps(command) + "\n")
                stream.flush()
                while "return" not in json.loads(stream.readline()):
                    pass

    def ask_for_traces(self):
        """Before a VM that hangs is killed: who is blocked, what runs."""
        try:
            with socket.socket(socket.AF_UNIX) as serial:
                serial.connect(self.sockets + "/serial")
                for key in (b"w", b"l"):
                    self._qmp(dict(execute="chardev-send-break", arguments=dict(id="serial")))
                    serial.send(key)
                    time.sleep(1)
        except (OSError, ValueError):
            pass

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
