# SPDX-License-Identifier: GPL-2.0-only
"""'lab run' and 'lab shell': prepare, boot, stream, judge, clean up."""

import contextlib
import glob
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from pylab import build, guestusr, images, paths, scan
from pylab.paths import LabError, say
from pylab.vm import HostVM

EXIT_COMPLAINT = 90	# a kernel log shows a complaint
EXIT_DIED = 91		# the host VM died or never came up
EXIT_LAB = 92		# the lab could not do its work
EXIT_TIMEOUT = 124

BOOT_LIMIT = 240	# seconds for an emulated machine to begin with the script; 20 are usual


def remove_leftovers():
    """Directories of labs that were killed outright; names carry the process id."""
    for path in glob.glob(paths.cache("run", "*-*")) + glob.glob("/tmp/pblab-*-*"):
        pid = os.path.basename(path).replace("pblab-", "").split("-")[0]
        if pid.isdigit() and not os.path.exists("/proc/" + pid):
            shutil.rmtree(path, ignore_errors=True)


class Run:
    """The directories of one run; everything but the logs goes away with it."""

    def __init__(self, opts):
        # so that what is below 'finally' happens
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda got, _: sys.exit(128 + got))
        self.opts = opts
        if opts.smp is None:
            opts.smp = 1 if opts.nested or opts.command == "shell" else 2
        own = opts.kernel in paths.OWN_KERNELS
        if opts.mem is None:
            opts.mem = (6144 if opts.nested else 2048) + (2048 if own else 0)
        stamp = time.strftime("%Y%m%d-%H%M%S")
        self.logdir = os.path.abspath(opts.logdir or os.path.join(
            paths.LOGS, "%s-%s-%s-%d" % (opts.name, opts.kernel, stamp, os.getpid())))
        self.share = os.path.join(self.logdir, "share")
        self.begun = os.path.join(self.share, ".lab/begun")
        self.log = os.path.join(self.logdir, "l1.log")
        os.makedirs(paths.cache("run"), exist_ok=True)
        remove_leftovers()
        self.work = tempfile.mkdtemp(prefix="%d-" % os.getpid(), dir=paths.cache("run"))
        # socket addresses are short; the cache's path may be long
        self.sockets = tempfile.mkdtemp(prefix="pblab-%d-" % os.getpid(), dir="/tmp")
        self.out = os.path.join(self.work, "out")
        self.vm = None
        self.patience = 4 if own else 1

    def prepare(self, visible=()):
        opts = self.opts
        shutil.rmtree(self.share, ignore_errors=True)
        os.makedirs(os.path.join(self.share, ".lab"))
        os.makedirs(os.path.join(self.share, "guests"))
        build.snapshot(opts.kernel, opts.name, self.out)
        images.host_initrd(opts.kernel, os.path.join(self.work, "l1.cpio"), opts.nested)
        if opts.nested:
            self.prepare_guests()
        env = {
            "PB_KERNEL": opts.kernel,
            "PB_MODULES": os.path.join(self.out, "modules"),
            "PB_SRC": paths.CHECKOUT,
            "PB_LAB": paths.LAB,
            "PB_SHARE": "/run/lab/share",
            "PB_NESTED": "1" if opts.nested else "",
            "PB_PATIENCE": str(self.patience),
            "LAB_WORK": self.work,
            "LAB_OUT": self.out,
            "LAB_CTL": images.tool("labctl", "l1/labctl.c"),
            "LAB_VISIBLE": ":".join([paths.CHECKOUT, paths.CACHE, *visible]),
        }
        with open(os.path.join(self.share, ".lab/env"), "w") as handle:
            for key, value in env.items():
                handle.write("%s='%s'\n" % (key, value.replace("'", "'\\''")))
        shutil.copy(os.path.join(paths.LAB, "l1/stage2"), os.path.join(self.share, ".lab/stage2"))

    def prepare_guests(self):
        """Guests may run other kernels, too, if our modules were built for them."""
        for version in paths.KERNELS:
            out = self.out
            if version != self.opts.kernel:
                if not paths.find_kernel(version):
                    continue
                out = os.path.join(self.work, "out-" + version)
                other = os.path.join(build.build_dir(version, self.opts.name), "out")
                with paths.locked("build-%s-%s" % (self.opts.name, version)):
                    if not os.path.exists(other):
                        continue
                    shutil.copytree(other, out, symlinks=True)
            folder = os.path.join(self.work, "guest", version)
            os.makedirs(folder)
            os.symlink(paths.image(version), folder + "/kernel")
            initrd = os.path.join(folder, "initrd")
            images.guest_initrd(version, initrd)
            guestusr.make(version, out, initrd, os.path.join(folder, "usr"))

    def set_command(self, words):
        with open(os.path.join(self.share, ".lab/command"), "w") as handle:
            handle.write("".join(word + "\0" for word in words))

    def boot(self, console=False):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.begun)	# of a first attempt
        self.vm = HostVM(self.opts, self.share, self.sockets,
                         os.path.join(self.work, "l1.cpio"), self.log)
        return self.vm.start(console)

    def came_up(self):
        """The script has begun, so modules of ours may have been loaded."""
        return os.path.exists(self.begun)

    def exit_code(self):
        try:
            return int(paths.read(os.path.join(self.share, ".lab/rc")))
        except (OSError, ValueError):
            return None

    def clean(self):
        if self.vm:
            self.vm.kill()
        for folder in (self.work, self.sockets, os.path.join(self.share, ".lab")):
            shutil.rmtree(folder, ignore_errors=True)


def stream(process, log):
    """Copy the script's output to ours and to a file until QEMU closes it."""
    with open(log, "ab") as copy:
        while True:
            data = process.stdout.read1(65536)
            if not data:
                return
            copy.write(data)
            copy.flush()
            try:
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
            except BrokenPipeError:
                pass


def ends(process, seconds):
    try:
        process.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        return False


def wait(run, process):
    """Until the VM ends: None; or the seconds after which it had not, or had not booted."""
    limit = run.opts.timeout
    boot = min(limit, BOOT_LIMIT * run.patience)
    if ends(process, boot):
        return None
    if not run.came_up():
        return boot
    return None if ends(process, limit - boot) else limit


def emulator_fault(run, code):
    """What the emulator is to blame for, or None."""
    if code not in (EXIT_DIED, EXIT_TIMEOUT) or run.vm.hardware:
        return None
    if not run.came_up():
        return "no boot"
    # With guests only: otherwise a fault of ours might look the same.
    return scan.emulator_crash(run.log) if run.opts.nested else None


def attempt(run):
    """Boot once; the exit code."""
    process = run.boot()
    reader = threading.Thread(target=stream, daemon=True,
                              args=(process, os.path.join(run.logdir, "output.log")))
    reader.start()
    try:
        waited = wait(run, process)
        if waited is not None:
            say("no %s after %g s; asking the host VM for traces"
                % ("end" if run.came_up() else "boot", waited))
            run.vm.ask_for_traces()
            run.vm.kill()
            return EXIT_TIMEOUT
    finally:
        if process.poll() is not None:
            reader.join(5)
    code = run.exit_code()
    if code is None:
        say("the host VM died%s: %s" % (
            " (QEMU: signal %d)" % -process.returncode if process.returncode < 0 else "", run.log))
        return EXIT_DIED
    return code


def run_script(opts):
    script = os.path.abspath(opts.script)
    if not os.path.isfile(script):
        raise LabError("no such script: " + opts.script)
    run = Run(opts)
    try:
        folder = os.path.dirname(script)
        run.prepare([script if folder == "/tmp" else folder])
        run.set_command([script] + opts.args)
        begin = time.monotonic()
        code = attempt(run)
        crash = emulator_fault(run, code)
        if crash:
            say("known fault of the emulator (%s); one retry" % crash)
            os.rename(run.log, run.log + ".emulator")
            code = attempt(run)
            say("emulator retries: 1")
        if scan.report(run.logdir, say) and code not in (EXIT_DIED, EXIT_TIMEOUT):
            code = EXIT_COMPLAINT
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        say("%s on %s: exit code %d after %.0f s (%.0f s of CPU), logs in %s"
            % (os.path.basename(script), opts.kernel, code, time.monotonic() - begin,
               used.ru_utime + used.ru_stime, run.logdir))
        return code
    finally:
        run.clean()


def run_shell(opts):
    if not sys.stdin.isatty():
        raise LabError("'lab shell' wants a terminal")
    run = Run(opts)
    try:
        run.prepare()
        size = os.get_terminal_size()
        run.set_command(["--shell", str(size.lines), str(size.columns),
                         os.environ.get("TERM", "vt100")])
        run.boot(console=True).wait()
        scan.report(run.logdir, say)
        return 0
    finally:
        run.clean()
