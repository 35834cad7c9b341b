# SPDX-License-Identifier: ISC
"""gatekeeper: Postern as a peer, and Postern whose worker has the key in its
own memory (tests/bench/local_key), which is never installed."""

import contextlib
import os
import pathlib
import shutil

from instance import Instance, make_data_directory
from programs import PROGRAMS, Programs

import load
from load import PROGRAMS as BENCH_PROGRAMS
from peers import CLIENTS, Gate, Peer


def _wrap(libexec, name, wrapper):
    """Puts a script in the program's place. It may be process 1 of a
    namespace, so its pid names nothing."""
    real = libexec / f"{name}.real"
    (libexec / name).rename(real)
    words = " ".join(map(str, wrapper)).replace("%p", f"{name}.$(mktemp -u XXX"
                                                      "XXXXX)")
    (libexec / name).write_text(f"#!/bin/sh\nexec {words} {real} \"$@\"\n")
    (libexec / name).chmod(0o755)


DRAINING = 16


class Postern(Peer):
    """postern-keyd and postern-listener; one worker, as the peers have one
    process."""

    name = "Postern"
    workers = 1
    on_request = True
    settings = {}
    # valgrind has neither seccomp(2) nor memfd_secret(2).
    counted = {"sandbox": "preferred", "key_memory": "locked"}

    def __init__(self, directory, pair, behind, rules=None, wrapper=(),
                 **settings):
        super().__init__(directory, pair, behind, wrapper)
        settings = {**self.settings, **settings}
        self.data = make_data_directory(
            self.directory / "d", behind, pair, log_connections="off",
            log_disconnections="off", log_min_messages="warning",
            workers=self.workers, max_connections=CLIENTS,
            authentication_timeout="10min", max_handshakes=CLIENTS,
            max_unfinished_per_address=0, **settings)
        (self.data / "pg_hba.conf").write_text(
            rules or "host all all all trust\n")
        self.instance = Instance(self.programs(), self.data, behind, None)

    @classmethod
    def is_there(cls):
        return PROGRAMS.listener.exists()

    def programs(self):
        """Those of the prefix, or what is laid over them."""
        if not self.wrapper:
            return PROGRAMS
        libexec = self.copy_programs()
        for name in ("keyd-signer", "listener-worker", "listener-dialer"):
            _wrap(libexec, name, self.wrapper)
        return self.lay_over(libexec)

    def copy_programs(self):
        """A copy of the internal programs."""
        return pathlib.Path(shutil.copytree(PROGRAMS.libexec,
                                            self.directory / "libexec"))

    def lay_over(self, libexec):
        """Daemons that find these internal programs in place of the installed
        ones, which everybody else goes on finding."""
        programs = Programs(PROGRAMS.prefix)
        for name in ("keyd", "listener"):
            program = self.directory / name
            program.write_text(
                "#!/bin/sh\nexec unshare -m sh -c 'mount --bind \"$0\" "
                "\"$1\" && shift && exec \"$@\"' "
                f"{libexec} {PROGRAMS.libexec} {getattr(PROGRAMS, name)} "
                "\"$@\"\n")
            program.chmod(0o755)
            setattr(programs, name, program)
        return programs

    def configure(self):
        return []

    def start(self):
        self.instance.start()
        return self

    def gates(self):
        return {kind: Gate("127.0.0.1", self.instance.port, kind)
                for kind in ("direct", "request", "plain")}

    def roots(self):
        return [self.instance.keyd_pid, self.instance.listener_pid]

    def stop(self):
        self.instance.stop()


class AllCores(Postern):
    """As it is set up without a word in postern.conf: one worker a core."""

    name = "all cores"
    workers = 0


class WithSpares(Postern):
    """With connections to the server opened beforehand."""

    name = "spares"

    def __init__(self, directory, pair, behind):
        super().__init__(directory, pair, behind, backend_spares=16)


class ManyRules(Postern):
    """The rule that lets everybody in is the last of 10,000."""

    name = "many rules"

    def __init__(self, directory, pair, behind):
        others = "".join(f"hostssl db{n} user{n} 10.{n // 250}.{n % 250}.0/24 "
                         "scram-sha-256\n" for n in range(9_999))
        super().__init__(directory, pair, behind,
                         rules=others + "host all all all trust\n")


class ManyGenerations(Postern):
    """Sixteen generations drain, each with a session."""

    name = "16 draining"

    def __init__(self, directory, pair, behind):
        super().__init__(directory, pair, behind,
                         max_draining_generations=DRAINING)
        self._sessions = contextlib.ExitStack()

    def start(self):
        super().start()
        gate = self.gate("request")
        for _ in range(DRAINING):
            self._sessions.enter_context(
                load.held("login", gate, 1, tls=gate.tls))
            self.instance.reload()
        return self

    def stop(self):
        self._sessions.close()
        super().stop()


class LocalKey(Postern):
    """The same worker with the key in its own memory: a directory of programs
    of its own is put over the installed one, in a mount namespace."""

    name = "local key"

    @classmethod
    def is_there(cls):
        return os.geteuid() == 0

    def copy_programs(self):
        libexec = super().copy_programs()
        shutil.copy2(BENCH_PROGRAMS / "bench-worker",
                     libexec / "listener-worker")
        shutil.copyfile(self.pair.key, libexec / "local.key")
        (libexec / "local.key").chmod(0o600)
        return libexec

    def programs(self):
        if self.wrapper:
            return super().programs()
        return self.lay_over(self.copy_programs())

    def start(self):
        super().start()
        if self.wrapper:
            return self
        worker = self.instance.worker_pids()[0]
        program = pathlib.Path(f"/proc/{worker}/exe").read_bytes()
        if program != (BENCH_PROGRAMS / "bench-worker").read_bytes():
            raise AssertionError("the worker is not the one with its own key")
        return self
