# SPDX-License-Identifier: ISC
"""instance: a data directory, and the two daemons that run on it."""

import os
import re
import shutil
import signal
import subprocess

import processes
from programs import POSTGRES, WRAPPER

# Users without a name: nothing is made in /etc/passwd for a test.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "workers": 2,
    "user": 64201,
    "dial_user": 64204,
    "key_user": 64202,
    "stat_user": 64205,
    "log_min_messages": "info",
    "log_connections": "on",
    "log_disconnections": "on",
    # All clients of all tests are of one address.
    "max_unfinished_per_address": 5000,
    "max_handshakes": 5000,
}
# What a program's death looks like in its supervisor's log.
DEATHS = re.compile(r".*(exited with status|was killed by signal).*")

# How a reload ends.
RELOADED = re.compile(r"generation (\d+) is in force|no changes were applied")


def make_data_directory(path, backend, pair, encrypted=False, **settings):
    """A data directory as an administrator makes it; settings of None are
    left out of postern.conf."""
    path.mkdir(mode=0o755)
    key = pair.encrypted_key if encrypted else pair.key
    shutil.copyfile(pair.crt, path / "server.crt")
    (path / "server.key").touch(mode=0o600)
    shutil.copyfile(key, path / "server.key")
    lines = dict(SETTINGS, run_directory=path / "run")
    if WRAPPER[:1] == ["valgrind"]:         # which has no seccomp(2)
        lines["sandbox"] = "preferred"
    if backend is not None:
        lines.update(backend_host=backend.socket_directory,
                     backend_port=backend.port)
    lines.setdefault("port", processes.free_port())
    lines.update(settings)
    with open(path / "postern.conf", "w", encoding="utf-8") as conf:
        for name, value in lines.items():
            if value is not None:
                text = str(value).replace("'", "''")
                conf.write(f"{name} = '{text}'\n")
    return path


def setting(data, name):
    """What postern.conf says, None if it says nothing."""
    found = re.findall(rf"^{name} = '(.*)'$",
                       (data / "postern.conf").read_text(), re.M)
    return found[-1].replace("''", "'") if found else None


class Instance:
    """postern-keyd and postern-listener on one data directory."""

    def __init__(self, programs, data, backend, ca):
        self.programs = programs
        self.data = data
        self.backend = backend
        self.ca = ca
        self.host = "127.0.0.1"
        self.port = int(setting(data, "port"))
        self.deaths_expected = False
        self._killed = []

    def start(self):
        """Starts what the settings call for, as a user would: in the
        background, exit status 0 once it serves."""
        if setting(self.data, "ssl") != "off":
            self.start_keyd()
        self.start_listener()
        return self

    def start_keyd(self, *arguments):
        """Starts keyd alone."""
        self._start(self.programs.keyd, "keyd", arguments)

    def start_listener(self, *arguments):
        """Starts the listener alone."""
        self._start(self.programs.listener, "listener", arguments)

    def _start(self, program, name, arguments):
        run = self.run(program, name, arguments)
        if run.returncode != 0:
            raise AssertionError(
                f"{program.name} exited with {run.returncode}:\n"
                f"{run.stderr}\n{self.log()}")

    def run(self, program, name, arguments=()):
        """Runs a daemon until it serves or gives up; never raises for its
        status. stderr is a file: a pipe would stay open for ever."""
        path = self.data / f"{name}.start"
        with open(path, "w", encoding="utf-8") as stderr:
            run = subprocess.run(
                [*WRAPPER, program, "-D", self.data,
                 "-c", f"log_filename={name}.log", *arguments], stdin=subprocess.DEVNULL, stdout=stderr,
                stderr=stderr, cwd="/", timeout=60, check=False)
        run.stderr = path.read_text(errors="replace")
        return run

    def _pid(self, name):
        for path in (self.data / "run").glob(f"*{name}*.pid"):
            words = path.read_text().split()
            if words and processes.is_alive(int(words[0])):
                return int(words[0])
        return None

    @property
    def keyd_pid(self):
        """keyd's supervisor; None if it does not run."""
        return self._pid("keyd")

    @property
    def listener_pid(self):
        """The listener's supervisor; None if it does not run."""
        return self._pid("listener")

    def _children(self, pid, word):
        return [child for child in processes.children(pid)
                if word in processes.title(child)] if pid else []

    def worker_pids(self):
        """The workers that live now."""
        return self._children(self.listener_pid, "worker")

    def dialer_pid(self):
        """The dialer of the ordinary route."""
        found = self._children(self.listener_pid, ": dialer")
        return found[0] if found else None

    def cert_dialer_pid(self):
        """The dialer of the cert route; None without that."""
        found = self._children(self.listener_pid, ": cert dialer")
        return found[0] if found else None

    def exporter_pid(self):
        """Who shows status and metrics; None while it does not run."""
        found = self._children(self.listener_pid, ": exporter")
        return found[0] if found else None

    def signer_pid(self):
        """The signer."""
        found = self._children(self.keyd_pid, "signer")
        return found[0] if found else None

    def conninfo(self, sslmode="disable", **more):
        """What psql and psycopg need to come through the gate."""
        words = {"host": self.host, "port": self.port,
                 "user": self.backend.user, "password": self.backend.password,
                 "dbname": self.backend.database, "sslmode": sslmode,
                 "connect_timeout": 10, "gssencmode": "disable"}
        if sslmode.startswith("verify"):
            words["sslrootcert"] = self.ca
        words.update(more)
        return " ".join(f"{name}='{value}'" for name, value in words.items())

    def psql(self, sql, sslmode="disable", **more):
        """Runs psql through the gate; returns subprocess's result."""
        return subprocess.run(
            [POSTGRES / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d",
             self.conninfo(sslmode, **more), "-c", sql], text=True,
            capture_output=True, stdin=subprocess.DEVNULL, timeout=60,
            check=False)

    def change(self, **settings):
        """Sets them in postern.conf; None leaves one out. Both daemons take
        them at their next start or reload."""
        path = self.data / "postern.conf"
        lines = [line for line in path.read_text().splitlines()
                 if line.split(" = ")[0] not in settings]
        for name, value in settings.items():
            if value is not None:
                text = str(value).replace("'", "''")
                lines.append(f"{name} = '{text}'")
        path.write_text("\n".join(lines) + "\n")

    def reload(self):
        """Reloads the listener; returns the number of the generation that is
        in force then, or None if nothing was changed."""
        mark = len(self.log())
        os.kill(self.listener_pid, signal.SIGHUP)
        result = processes.wait_until(
            lambda: RELOADED.search(self.log(), mark), 60, "a reload's end")
        return int(result.group(1)) if result.group(1) else None

    def stop_listener(self, signal_number=signal.SIGTERM):
        """Ends the listener and all that it started."""
        self._stop(self.listener_pid, "listener", signal_number)

    def stop_keyd(self, signal_number=signal.SIGTERM):
        """Ends keyd and all that it started."""
        self._stop(self.keyd_pid, "keyd", signal_number)

    def _stop(self, pid, name, signal_number):
        if pid is None:
            return
        below = processes.children(pid)
        if not processes.end(pid, signal_number, 15):
            self._killed.append(name)
        for child in below:
            if not processes.wait_for_end(child, 5):
                self._killed.append(f"{name}'s child {child}")
                processes.end(child, signal.SIGKILL)

    def stop(self):
        """Ends both."""
        self.stop_listener()
        self.stop_keyd()

    def complaints(self):
        """What must not have happened in an instance's life."""
        found = [f"had to be killed: {name}" for name in self._killed]
        if not self.deaths_expected:
            found += [match.group(0) for match in DEATHS.finditer(self.log())]
        return found

    def log(self):
        """What both logged, and what they said at start."""
        texts = []
        for name in ("keyd.start", "keyd.log", "listener.start",
                     "listener.log"):
            path = self.data / name
            if path.exists():
                texts.append(path.read_text(errors="replace"))
        return "".join(texts)

    def log_lines_since(self, mark):
        """Lines logged since mark = len(self.log())."""
        return self.log()[mark:].splitlines()
