# SPDX-License-Identifier: ISC
"""Work as a server sees it, in plain and over TLS, through the gate."""

import concurrent.futures
import hashlib
import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time

import psycopg
import pytest

import processes

TRANSPORTS = ("disable", "verify-full")
BULK_ROWS = 200_000
BULK_WIDTH = 1_000        # bytes of a row and its newline: 200 MB in all


def environment(gate, sslmode):
    """What libpq's programs read."""
    return dict(os.environ, PGHOST=gate.host, PGPORT=str(gate.port),
                PGUSER=gate.backend.user, PGPASSWORD=gate.backend.password,
                PGDATABASE=gate.backend.database, PGSSLMODE=sslmode,
                PGSSLROOTCERT=str(gate.ca), PGGSSENCMODE="disable")


def run(gate, sslmode, *command, **more):
    """Runs a program of PostgreSQL's through the gate; it must succeed."""
    more.setdefault("stdin", subprocess.DEVNULL)
    result = subprocess.run(
        [str(word) for word in command], env=environment(gate, sslmode),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **more)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout.decode() + result.stderr.decode()


@pytest.mark.parametrize("sslmode", TRANSPORTS)
def test_pgbench(postern, postgres_programs, sslmode):
    pgbench = postgres_programs / "pgbench"
    run(postern, sslmode, pgbench, "-iq", "-s", 1)
    text = run(postern, sslmode, pgbench, "-n", "-c", 10, "-j", 2, "-T", 4)
    assert "number of failed transactions: 0" in text
    text = run(postern, sslmode, pgbench, "-n", "-S", "-M", "prepared", "-C",
               "-c", 4, "-t", 25)
    assert "number of transactions actually processed: 100/100" in text


@pytest.fixture(scope="module")
def bulk(place):
    """A file of 200 MB and its checksum."""
    path = place / "bulk"
    digest = hashlib.sha256()
    line = b"x" * (BULK_WIDTH - 34)
    with open(path, "wb") as file:
        for start in range(0, BULK_ROWS, 1000):
            rows = b"".join(
                b"%08d" % number + b"\t" +
                hashlib.blake2b(b"%d" % number, digest_size=12).hexdigest()
                .encode() + line + b"\n"
                for number in range(start, start + 1000))
            digest.update(rows)
            file.write(rows)
    yield path, digest.hexdigest()
    path.unlink()


@pytest.mark.parametrize("sslmode", TRANSPORTS)
def test_copy_of_200_mb_both_ways(postern, backend, postgres_programs, bulk,
                                  sslmode):
    path, checksum = bulk
    assert path.stat().st_size == BULK_ROWS * BULK_WIDTH
    backend.psql("DROP TABLE IF EXISTS bulk; "
                 "CREATE UNLOGGED TABLE bulk(id text, line text)")
    psql = [str(postgres_programs / "psql"), "-XAtq", "-v",
            "ON_ERROR_STOP=1", "-c"]
    with open(path, "rb") as file:
        run(postern, sslmode, *psql, "COPY bulk FROM STDIN", stdin=file)
    digest = hashlib.sha256()
    with subprocess.Popen(
            psql + ["COPY bulk TO STDOUT"], stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=environment(postern, sslmode)) as reader:
        while True:
            piece = reader.stdout.read(1 << 20)
            if not piece:
                break
            digest.update(piece)
    assert reader.returncode == 0
    assert digest.hexdigest() == checksum
    backend.psql("DROP TABLE bulk")


def test_a_query_that_runs_ten_seconds(postern):
    def sleep(sslmode):
        with psycopg.connect(postern.conninfo(sslmode)) as conn:
            begin = time.monotonic()
            conn.execute("SELECT pg_sleep(10)")
            return time.monotonic() - begin
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for seconds in pool.map(sleep, TRANSPORTS):
            assert 10 <= seconds < 12


@pytest.mark.short
@pytest.mark.parametrize("sslmode", TRANSPORTS)
def test_notifications_reach_an_idle_client(postern, backend, sslmode):
    with psycopg.connect(postern.conninfo(sslmode), autocommit=True) as conn:
        conn.execute("LISTEN gate")
        idle, _, _ = select.select([conn], [], [], 2)
        assert not idle
        for number in range(5):
            backend.psql(f"NOTIFY gate, '{number}'")
        heard = []
        for notice in conn.notifies():
            heard.append(notice.payload)
            if len(heard) == 5:
                break
        assert heard == list("01234")


@pytest.mark.parametrize("sslmode", TRANSPORTS)
def test_a_slow_reader_costs_no_memory_and_delays_nobody(
        start_postern, postgres_programs, sslmode):
    gate = start_postern(workers=1)
    worker, = gate.worker_pids()
    assert gate.psql("SELECT 1", sslmode).returncode == 0
    before = processes.resident_kb(worker)
    total, want = 0, 100_000 * 1001
    with subprocess.Popen(
            [postgres_programs / "psql", "-XAtq", "-c",
             "COPY (SELECT repeat('y', 1000) FROM generate_series(1, 100000))"
             " TO STDOUT"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
            env=environment(gate, sslmode)) as reader:
        for _ in range(10):
            total += len(reader.stdout.read(256 * 1024))
            select.select([], [], [], 0.1)      # the reader is slow
            begin = time.monotonic()
            assert gate.psql("SELECT 1", sslmode).stdout == "1\n"
            assert time.monotonic() - begin < 2
        grown = processes.resident_kb(worker) - before
        while True:
            piece = reader.stdout.read(1 << 20)
            if not piece:
                break
            total += len(piece)
    assert (reader.returncode, total) == (0, want)
    assert grown < 4096, f"{grown} kB for one slow reader"


@pytest.mark.limit(180)
def test_500_connections_at_once(start_postern):
    gate = start_postern(max_connections=510)

    def connect(number):
        return psycopg.connect(gate.conninfo(TRANSPORTS[number % 2],
                                             connect_timeout=60),
                               autocommit=True)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        conns = list(pool.map(connect, range(500)))
        try:
            rows = pool.map(
                lambda pair: pair[1].execute("SELECT %s::int, pg_backend_pid()",
                                             (pair[0],)).fetchone(),
                enumerate(conns))
            rows = list(rows)
        finally:
            for conn in conns:
                conn.close()
    assert [row[0] for row in rows] == list(range(500))
    assert len({row[1] for row in rows}) == 500


@pytest.mark.short
def test_more_than_max_connections_are_told(start_postern):
    gate = start_postern(max_connections=3)
    conns = [psycopg.connect(gate.conninfo()) for _ in range(3)]
    for sslmode in TRANSPORTS:
        late = gate.psql("SELECT 1", sslmode)
        assert late.returncode == 2
        assert "FATAL:  sorry, too many clients already" in late.stderr
    conns.pop().close()
    processes.wait_until(lambda: gate.psql("SELECT 1").returncode == 0, 5,
                         "a free place")
    for conn in conns:
        conn.close()


@pytest.mark.parametrize("sslmode", TRANSPORTS)
def test_pg_basebackup(postern, postgres_programs, new_path, sslmode):
    path = new_path("backup")
    run(postern, sslmode, postgres_programs / "pg_basebackup", "-D", path,
        "-X", "stream", "-c", "fast", "--no-sync")
    run(postern, sslmode, postgres_programs / "pg_verifybackup", path)


def record_lengths(raw):
    """Lengths of the TLS records in a stream of them."""
    found, offset = [], 0
    while offset + 5 <= len(raw):
        _, _, length = struct.unpack_from("!BHH", raw, offset)
        found.append(length)
        offset += 5 + length
    return found


def test_records_are_no_longer_than_libpq_reads(postern):
    """libpq waits for the socket although the rest of a longer record than
    8192 bytes is in OpenSSL's hands: pg_receivewal stood still for that."""
    raw = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as door, \
            socket.create_connection((postern.host, postern.port)) as back:
        def carry(source, sink, seen):
            try:
                while piece := source.recv(65536):
                    seen += piece
                    sink.sendall(piece)
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                pass                            # the other end has left

        def serve():
            front, _ = door.accept()
            with front:
                up = threading.Thread(target=carry,
                                      args=(front, back, bytearray()))
                up.start()
                carry(back, front, raw)
                up.join()
        thread = threading.Thread(target=serve)
        thread.start()
        port = door.getsockname()[1]
        with psycopg.connect(postern.conninfo("require", port=port)) as conn:
            text, = conn.execute("SELECT repeat('x', 1000000)").fetchone()
        thread.join()
    assert len(text) == 1_000_000
    lengths = record_lengths(raw[1:])           # behind the S
    assert 8192 <= max(lengths) <= 8192 + 64, max(lengths)


@pytest.mark.parametrize("sslmode", TRANSPORTS)
def test_pg_receivewal(postern, backend, postgres_programs, new_path,
                       sslmode):
    path = new_path("wal")
    path.mkdir()
    backend.psql("CREATE TABLE IF NOT EXISTS wal(a int)")
    with subprocess.Popen(
            [postgres_programs / "pg_receivewal", "-D", path, "--no-sync"],
            env=environment(postern, sslmode), stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True) as receiver:
        try:
            # the server sends nothing before somebody writes
            processes.wait_until(
                lambda: backend.psql("INSERT INTO wal VALUES (1)") or
                list(path.glob("*.partial")), 20, "the first segment")
            backend.psql("SELECT pg_switch_wal()")
            processes.wait_until(
                lambda: [name for name in path.glob("*")
                         if name.suffix == ""], 20, "a whole segment")
        finally:
            receiver.send_signal(signal.SIGINT)
        assert receiver.wait(20) == 0, receiver.stderr.read()


def test_a_server_at_an_address(start_postern, tcp_backend):
    gate = start_postern(backend=tcp_backend, backend_host="127.0.0.1")
    for sslmode in TRANSPORTS:
        run_ = gate.psql("SELECT inet_client_addr()", sslmode)
        assert (run_.returncode, run_.stdout) == (0, "127.0.0.1\n"), \
            run_.stderr
