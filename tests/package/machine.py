# SPDX-License-Identifier: ISC
"""machine: a Debian 12 in a directory, made by debootstrap, that is booted in
namespaces of its own, without a network, its console a terminal of ours."""

import os
import pathlib
import shutil
import subprocess
import sys

import pexpect

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "integration"))
import processes                                        # noqa: E402

SUITE = "bookworm"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

# $1 the root, then the command that becomes process 1. In a group of its own,
# which is the root of all that this machine's systemd sees.
OUTER = """
mount --make-rprivate /
group=/sys/fs/cgroup/postern-package-$$
mount -t cgroup2 cgroup2 "$1/mnt" && mkdir "$1/mnt/${group##*/}" &&
    echo $$ >"$1/mnt/${group##*/}/cgroup.procs" && umount "$1/mnt"
exec unshare --pid --net --uts --ipc --cgroup --mount --fork --kill-child \
    sh -euc "$INNER" sh "$@"
"""
INNER = """
root=$1
shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir -p "$root/run/lock" "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
tty=$(tty) && mount --bind "$tty" "$root/dev/console" || :
ip link set lo up
hostname postern-test
cd "$root"
mkdir -p .old
pivot_root . .old
umount -l .old
exec "$@" </dev/console >/dev/console 2>&1
"""
# Boots nothing but what stands in the runlevels.
INITTAB = """id:2:initdefault:
l0:0:wait:/etc/init.d/rc 0
l2:2:wait:/etc/init.d/rc 2
"""


def mirror():
    """Where this machine's apt has Debian from."""
    found = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)",
         "Created-By: Packages", f"Codename: {SUITE}", "Component: main"],
        text=True, capture_output=True, check=True).stdout.split()
    if not found:
        raise AssertionError(f"apt has no source for {SUITE}")
    return found[0]


class Machine:
    """One root directory, and at most one boot of it at a time."""

    def __init__(self, root, log):
        self.root = root
        self.log = open(log, "w", encoding="utf-8", errors="replace")
        self.console = None

    def make(self):
        """A minimal Debian. POSTERN_DEBIAN names one that is copied."""
        ready = os.environ.get("POSTERN_DEBIAN")
        if ready:
            subprocess.run(["cp", "-a", ready, self.root], check=True)
        else:
            self._logged("debootstrap", "--variant=minbase", SUITE, self.root,
                         mirror())
        shutil.copy("/etc/resolv.conf", self.root / "etc" / "resolv.conf")
        policy = self.root / "usr" / "sbin" / "policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        self.chroot("apt-get", "-qq", "update")

    def allow_services(self):
        """From now on packages may start and stop services."""
        (self.root / "usr" / "sbin" / "policy-rc.d").unlink()

    def _logged(self, *command, check=True):
        self.log.write(f"+ {' '.join(map(str, command))}\n")
        self.log.flush()
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, check=check, timeout=900,
            env=dict(os.environ, DEBIAN_FRONTEND="noninteractive",
                     LC_ALL="C.UTF-8", PATH=PATH))

    def chroot(self, *command):
        """Runs it in the root directory, not booted, with the network."""
        self._logged("unshare", "--mount", "--pid", "--fork", "--kill-child",
                     f"--mount-proc={self.root}/proc", "chroot", self.root,
                     *command)

    def install(self, *packages):
        """By apt, without recommended packages."""
        self.chroot("apt-get", "-qq", "-y", "--no-install-recommends",
                    "install", *packages)

    def boot(self, *init):
        """Starts the machine with that process 1; its console."""
        assert self.console is None
        self.console = pexpect.spawn(
            "unshare", ["--mount", "sh", "-euc", OUTER, "sh",
                        str(self.root), *init],
            env={"INNER": INNER, "PATH": PATH, "LC_ALL": "C.UTF-8",
                 "TERM": "dumb", "container": "other"},
            encoding="utf-8", codec_errors="replace", timeout=60, cwd="/")
        self.console.logfile_read = self.log
        return self.console

    def boot_sysvinit(self):
        """By System V init, with startpar, as Debian has it."""
        (self.root / "etc" / "inittab").write_text(INITTAB)
        return self.boot("/sbin/init")

    def boot_systemd(self):
        """By systemd."""
        return self.boot("/lib/systemd/systemd", "--show-status=1")

    @property
    def init_pid(self):
        """Process 1, as we see it."""
        return processes.wait_until(
            lambda: next(iter(processes.children(self.console.pid)), None),
            what="the machine's first process")

    def command(self, *command):
        """The command line that runs a command in the booted machine."""
        return ["nsenter", f"--target={self.init_pid}", "--mount", "--uts",
                "--ipc", "--net", "--pid", "--cgroup", "--root", "--wdns=/",
                *map(str, command)]

    def run(self, *command, **more):
        """Runs it in the booted machine; subprocess's result."""
        return subprocess.run(
            self.command(*command), text=True, capture_output=True,
            stdin=subprocess.DEVNULL, timeout=120, check=False,
            env={"PATH": PATH, "LC_ALL": "C.UTF-8", "TERM": "dumb",
                 "DEBIAN_FRONTEND": "noninteractive"}, **more)

    def terminal(self, *command):
        """The same on a terminal of its own."""
        command = self.command(*command)
        child = pexpect.spawn(
            command[0], command[1:], encoding="utf-8",
            codec_errors="replace", timeout=60,
            env={"PATH": PATH, "LC_ALL": "C.UTF-8", "TERM": "dumb"})
        child.logfile_read = self.log
        return child

    def halt(self):
        """Ends every process of the machine."""
        if self.console is None:
            return
        self.console.close(force=True)
        self.console = None
        self._logged("unshare", "--mount", "sh", "-c",
                     'mount -t cgroup2 cgroup2 "$1" && cd "$1" && '
                     'find . -depth -type d -path "./postern-package-*" '
                     '-exec rmdir {} + 2>/dev/null', "sh",
                     self.root / "mnt", check=False)

    def files(self):
        """The names of all files, as the machine sees them."""
        found = set()
        for folder, below, names in os.walk(self.root):
            below[:] = [name for name in below if not os.path.ismount(
                os.path.join(folder, name))]
            found.update("/" + os.path.relpath(os.path.join(folder, name),
                                               self.root)
                         for name in (*below, *names))
        return found
