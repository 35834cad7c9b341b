# SPDX-License-Identifier: ISC
"""scenes: what runs at the same time, in front of what, and is measured."""

import collections
import subprocess

from backend import Backend
from programs import POSTGRES

import instructions
import load
import measures as m
from measures import TLS, AS_LIBPQ
from gatekeeper import (AllCores, LocalKey, ManyGenerations, ManyRules,
                        Postern, WithSpares)
from peers import CLIENTS, HAProxy, Nginx, PEERS, PgBouncer

MANY = min(10_000, CLIENTS - 300)

# once: the second time would show the same, or what the first has left.
Measure = collections.namedtuple(
    "Measure", "name title run kinds once", defaults=(False,))


def _shakes(kind):
    return [
        Measure(f"handshake-{kind}-16", "16 at once", m.handshake(16), TLS),
        Measure(f"handshake-{kind}-128", "128 at once", m.handshake(128),
                TLS),
        Measure(f"handshake-{kind}-request", "16 at once, after SSLRequest",
                m.handshake_on_request, ("request",)),
    ]


GROWTH = [
    Measure("growth", "a login's cost, server's part left out",
            m.login_front, AS_LIBPQ)]

HELD = [
    Measure("silent-1000", "handshakes while 1,000 silent clients are held",
            m.beside("connect", 1000, m.handshake(16), "rate"), TLS),
    Measure("idle-10000", f"CPU per handshake while {MANY:,} idle TLS "
            "connections are held",
            m.beside("handshake", MANY, m.handshake(16), "cpu_us"), TLS),
]

MEMORY = [
    Measure("memory-before-1000", "kB, 1,000 before login",
            m.memory("handshake", TLS, 1000), TLS, True),
    Measure("memory-before-10000", f"kB, {MANY:,} before login",
            m.memory("handshake", TLS, MANY), TLS, True),
    Measure("memory-after-1000", "kB, 1,000 after login",
            m.memory("login", TLS, 1000), TLS, True),
]

LOGINS = [
    Measure("login", "TLS, StartupMessage, ReadyForQuery; 16 at once",
            m.login(16), AS_LIBPQ),
    Measure("login-one", "the same, one at a time", m.login(1), AS_LIBPQ),
]

SESSIONS = [
    Measure("pgbench-tls", "pgbench -S, TLS, 8 clients",
            m.pgbench("require"), ("request",)),
    Measure("pgbench-plain", "pgbench -S, plain, 8 clients",
            m.pgbench("disable"), ("plain",)),
    Measure("query-tls", "the same SELECT from bench-load, TLS",
            m.query(*AS_LIBPQ), AS_LIBPQ),
    Measure("copy-out-tls", "COPY TO STDOUT, TLS", m.copy_out(*AS_LIBPQ),
            AS_LIBPQ),
    Measure("copy-in-tls", "COPY FROM STDIN, TLS", m.copy_in(*AS_LIBPQ),
            AS_LIBPQ),
    Measure("copy-out-plain", "COPY TO STDOUT, plain", m.copy_out("plain"),
            ("plain",)),
    Measure("copy-in-plain", "COPY FROM STDIN, plain", m.copy_in("plain"),
            ("plain",)),
]


COUNTED_SHAKES = [
    Measure("instructions-handshake", "instructions per handshake",
            instructions.handshake, TLS, True)]
COUNTED_COPIES = [
    Measure("instructions-copy-out", "instructions per MB, COPY TO, TLS",
            instructions.megabyte, AS_LIBPQ, True)]


class Scene:
    """Peers with one kind of key in front of one server."""

    def __init__(self, name, kind, real, measures, classes):
        self.name = name
        self.kind = kind
        self.real = real
        self.measures = measures
        self.classes = classes
        self.behind = None
        self.peers = []

    def open(self, directory, certificates):
        """Starts the server and every peer that is installed."""
        directory.mkdir(mode=0o755)
        if self.real:
            self.behind = _server(directory / "pg")
        else:
            self.behind = load.Standin(directory / "standin")
        pair = certificates.pair(self.kind)
        for kind in self.classes:
            if kind.is_there():
                place = directory / kind.__name__.lower()
                behind = self.behind
                if kind.name == "PostgreSQL" and not self.real:
                    behind = _server(directory / "server")
                peer = kind(place, pair, behind)
                self.peers.append(peer)
                peer.start()
            else:
                print(f"{kind.name} is not installed")

    def close(self):
        """Ends all of them."""
        for peer in self.peers:
            peer.stop()
            if peer.behind is not self.behind:
                peer.behind.stop()
        if self.behind is not None:
            self.behind.stop()
        self.peers = []


def _server(path):
    """A PostgreSQL with pgbench's tables and one to be copied."""
    path.mkdir()
    server = Backend(path, listen_addresses="127.0.0.1",
                     log_connections="off", log_disconnections="off",
                     shared_buffers="1GB", max_connections=450)
    server.set_rules("local all all trust\nhost all all all trust\n")
    server.psql("CREATE ROLE bench LOGIN SUPERUSER")
    server.psql("CREATE DATABASE bench OWNER bench", database="postgres")
    subprocess.run([POSTGRES / "pgbench", "-q", "-i", "-h",
                    server.socket_directory, "-p", str(server.port), "-U",
                    "bench", "bench"], check=True,
                   stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    for sql in (f"CREATE UNLOGGED TABLE bulk AS SELECT repeat('x', "
                f"{m.ROW_LEN - 1}) AS line FROM generate_series(1, {m.ROWS})",
                "ALTER TABLE bulk OWNER TO bench", "VACUUM ANALYZE"):
        server.psql(sql, database="bench")
    return server


def all_scenes():
    """In the order in which they are played."""
    everybody = [Postern, AllCores, *PEERS]
    return [
        Scene("p256", "p256", False, _shakes("p256"),
              [*everybody, LocalKey]),
        Scene("held", "p256", False, HELD, [Postern, HAProxy, Nginx]),
        Scene("rsa", "rsa", False, _shakes("rsa"), [*everybody, LocalKey]),
        Scene("sessions", "p256", True, SESSIONS, everybody),
        Scene("logins", "p256", True, LOGINS, [*everybody, WithSpares]),
        Scene("growth", "p256", False, GROWTH,
              [Postern, ManyRules, ManyGenerations]),
        *[Scene(measure.name, "p256", False, [measure],
                [kind for kind in everybody if kind.name != "PostgreSQL"])
          for measure in MEMORY],
        Scene("counted-shakes", "p256", False, COUNTED_SHAKES,
              [Postern, LocalKey, HAProxy, Nginx]),
        Scene("counted-copies", "p256", True, COUNTED_COPIES,
              [Postern, PgBouncer, HAProxy, Nginx]),
    ]
