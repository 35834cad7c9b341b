# SPDX-License-Identifier: ISC
"""backend: a real PostgreSQL server of the tests' own.

Made by initdb, run by an unprivileged user, with passwords for everybody.
"""

import os
import pathlib
import secrets
import shutil
import signal
import subprocess

import processes
from programs import POSTGRES

OWNER = "postgres"        # Debian's package makes it
SETTINGS = {
    "listen_addresses": "",
    "max_connections": 700,
    "superuser_reserved_connections": 3,
    "password_encryption": "scram-sha-256",
    "max_wal_senders": 8,
    "wal_keep_size": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "4GB",
    "log_line_prefix": "%m [%p] ",
    "log_connections": "on",
    "log_disconnections": "on",
}


def _as_owner():
    """How subprocess runs a program as the server's user."""
    if os.geteuid() != 0:
        return {}
    return {"user": OWNER, "group": OWNER, "extra_groups": []}


class Backend:
    """One cluster and its server."""

    user = "tester"           # superuser
    database = "gate"

    def __init__(self, directory, **settings):
        self.directory = pathlib.Path(directory)
        self.data = self.directory / "data"
        self.socket_directory = self.directory / "s"
        self.log_path = self.directory / "log"
        self.port = processes.free_port()
        self.password = secrets.token_urlsafe(12)
        self.server = None
        self._make(settings)
        self.start()
        self.psql(f"CREATE DATABASE {self.database}", database="postgres")

    def _make(self, settings):
        self.socket_directory.mkdir()
        pwfile = self.directory / "pw"
        pwfile.write_text(self.password + "\n")
        self.log_path.touch()
        if os.geteuid() == 0:
            for path in (self.directory, self.socket_directory, pwfile,
                         self.log_path):
                shutil.chown(path, OWNER, OWNER)
        subprocess.run(
            [POSTGRES / "initdb", "-D", self.data, "-U", self.user, "-A",
             "scram-sha-256", "--pwfile", pwfile, "-E", "UTF8", "--no-sync",
             "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL,
            cwd="/", **_as_owner())
        pwfile.unlink()
        (self.data / "pg_hba.conf").write_text(
            "local all all scram-sha-256\n"
            "local replication all scram-sha-256\n"
            "host all all all scram-sha-256\n"
            "host replication all all scram-sha-256\n")
        lines = dict(SETTINGS, port=self.port,
                     unix_socket_directories=self.socket_directory, **settings)
        with open(self.data / "postgresql.auto.conf", "a",
                  encoding="utf-8") as conf:
            for name, value in lines.items():
                conf.write(f"{name} = '{value}'\n")

    def start(self):
        """Starts the server and waits until it answers."""
        with open(self.log_path, "ab") as log:
            self.server = subprocess.Popen(
                ["setpriv", "--pdeathsig", "QUIT", POSTGRES / "postgres",
                 "-D", self.data], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd="/", **_as_owner())
        pidfile = self.data / "postmaster.pid"

        def ready():
            if self.server.poll() is not None:
                raise AssertionError("the server ended:\n" + self.log())
            return pidfile.exists() and "ready" in pidfile.read_text()
        processes.wait_until(ready, 60, "the server's start")

    def stop(self, signal_number=signal.SIGINT):
        """Ends the server: SIGINT fast, SIGQUIT at once."""
        if self.server is None:
            return
        self.server.send_signal(signal_number)
        try:
            self.server.wait(30)
        except subprocess.TimeoutExpired:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait(30)
        self.server = None

    def install(self, name, source):
        """Copies a file into the data directory, as the server wants it."""
        path = self.data / name
        path.touch(mode=0o600)
        shutil.copyfile(source, path)
        if os.geteuid() == 0:
            shutil.chown(path, OWNER, OWNER)

    def set_rules(self, text):
        """Another pg_hba.conf; holds for the next connection."""
        (self.data / "pg_hba.conf").write_text(text)
        self.reload()

    def set_maps(self, text):
        """Another pg_ident.conf."""
        (self.data / "pg_ident.conf").write_text(text)
        self.reload()

    def set(self, **settings):
        """Adds settings that a reload can change."""
        with open(self.data / "postgresql.auto.conf", "a",
                  encoding="utf-8") as conf:
            for name, value in settings.items():
                conf.write(f"{name} = '{value}'\n")
        self.reload()

    def reload(self):
        """Returns when the server has read its files anew."""
        mark = len(self.log())
        self.server.send_signal(signal.SIGHUP)
        processes.wait_until(lambda: "received SIGHUP" in self.log()[mark:],
                             what="the server's reload")

    @property
    def pid_of_postmaster(self):
        """The server's first process."""
        return self.server.pid

    def psql(self, sql, database=None):
        """Runs SQL on the server's own socket; returns the bare output."""
        run = subprocess.run(
            [POSTGRES / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql],
            env=dict(os.environ, PGHOST=str(self.socket_directory),
                     PGPORT=str(self.port), PGUSER=self.user,
                     PGPASSWORD=self.password,
                     PGDATABASE=database or self.database),
            text=True, capture_output=True, stdin=subprocess.DEVNULL,
            check=False)
        if run.returncode != 0:
            raise AssertionError(f"psql -c {sql!r}: {run.stderr}")
        return run.stdout.rstrip("\n")

    def log(self):
        """What the server logged."""
        return self.log_path.read_text(errors="replace")
