# SPDX-License-Identifier: ISC
"""Memory after many handshakes is what it was after some."""

import os
import subprocess

import pytest

import processes
from handshakes import shake

SOME, MANY = 1_000, 10_000
GROWTH = 1.02


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
    shake(gate, SOME)
    copy_traffic(gate, postgres_programs)
    before = resident(gate)
    shake(gate, MANY - SOME)
    copy_traffic(gate, postgres_programs)
    after = resident(gate)
    print(f"after {SOME}: {before}; after {MANY}: {after}")
    assert before.keys() == after.keys()
    for name, kb in after.items():
        assert kb <= before[name] * GROWTH, (name, before, after)
