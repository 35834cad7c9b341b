# SPDX-License-Identifier: ISC
"""Memory after many handshakes is what it was after some."""

import concurrent.futures
import os
import socket
import ssl
import struct
import subprocess

import pytest

import processes

SSL_REQUEST = struct.pack("!II", 8, 80877103)
SOME, MANY = 1_000, 10_000
GROWTH = 1.02


def handshakes(gate, count):
    """That many clients that come as far as a TLS connection, and leave."""
    context = ssl.create_default_context(cafile=gate.ca)

    def shake(number):
        with socket.create_connection((gate.host, gate.port)) as client:
            client.sendall(SSL_REQUEST)
            assert client.recv(1) == b"S"
            with context.wrap_socket(client,
                                     server_hostname="localhost") as tls:
                return tls.version()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        versions = set(pool.map(shake, range(count), chunksize=50))
    assert versions == {"TLSv1.3"}


def copy_traffic(gate, postgres_programs):
    """Some megabytes in and out, in plain and over TLS."""
    rows = "x" * 999 + "\n"
    for sslmode in ("disable", "verify-full"):
        for sql, text in (
                ("COPY (SELECT repeat('y', 1000) FROM "
                 "generate_series(1, 20000)) TO STDOUT", None),
                ("CREATE TEMP TABLE t(a text); COPY t FROM STDIN",
                 rows * 20000)):
            subprocess.run(
                [postgres_programs / "psql", "-XAtq", "-v",
                 "ON_ERROR_STOP=1", "-d", gate.conninfo(sslmode), "-c", sql],
                input=text or "", text=True, stdout=subprocess.DEVNULL,
                env=dict(os.environ), check=True, timeout=60)


def resident(gate):
    """kB of each worker and the signer."""
    return {processes.title(pid): processes.resident_kb(pid)
            for pid in gate.worker_pids() + [gate.signer_pid()]}


@pytest.mark.limit(240)
def test_10000_handshakes_leave_no_memory_behind(start_postern,
                                                 postgres_programs):
    gate = start_postern(workers=1)
    handshakes(gate, SOME)
    copy_traffic(gate, postgres_programs)
    before = resident(gate)
    handshakes(gate, MANY - SOME)
    copy_traffic(gate, postgres_programs)
    after = resident(gate)
    print(f"after {SOME}: {before}; after {MANY}: {after}")
    assert before.keys() == after.keys()
    for name, kb in after.items():
        assert kb <= before[name] * GROWTH, (name, before, after)
