# SPDX-License-Identifier: ISC
"""Programs and servers that are clients, and chains of proxies."""

import contextlib
import os
import shutil
import socket
import subprocess

import pytest

import processes
from backend import OWNER, Backend, _as_owner
from gates import gates, record  # noqa: F401 (fixtures)

pytestmark = pytest.mark.long
TRANSPORTS = ["plain", "TLS 1.2", "TLS 1.3"]
# A server that root started would look into root's home for one.
NOT_ROOTS = {"sslcert": "/nonexistent"}
OVER = pytest.mark.parametrize("transport", TRANSPORTS)


def conninfo(gate, transport, **more):
    """libpq's, verifying where there is a certificate."""
    return gate.conninfo("disable" if transport == "plain" else "verify-full",
                         **more)


def run(*command, **more):
    """Runs a program; fails with what it said."""
    done = subprocess.run(command, text=True, capture_output=True, timeout=100,
                          stdin=subprocess.DEVNULL, check=False, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextlib.contextmanager
def running(command, port, **more):
    """A program that listens on that port, until the block ends."""
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, **more)
    try:
        def listens():
            assert program.poll() is None, "it ended"
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                return True
            return False
        processes.wait_until(listens, 20, f"{command[0]} on port {port}")
        yield program
    finally:
        program.terminate()
        program.wait(20)


@OVER
def test_pg_dump_and_pg_restore(gates, record, backend, postgres_programs,
                                tmp_path, transport):
    """Out through the gate and in again, by several connections at once."""
    gate, name = gates(transport), f"copy_{TRANSPORTS.index(transport)}"
    backend.psql("DROP TABLE IF EXISTS dumped")
    backend.psql("CREATE TABLE dumped AS SELECT n, repeat('x', 100) AS t "
                 "FROM generate_series(1, 50000) AS n")
    backend.psql(f"CREATE DATABASE {name}", database="postgres")
    run(postgres_programs / "pg_dump", "-Fd", "-j2", "-t", "dumped", "-f",
        tmp_path / "dump", "-d", conninfo(gate, transport))
    run(postgres_programs / "pg_restore", "-j2", "-d",
        conninfo(gate, transport, dbname=name), tmp_path / "dump")
    assert backend.psql("SELECT count(*), sum(n) FROM dumped",
                        database=name) == "50000|1250025000"
    record("pg_dump -j2, pg_restore -j2", "50,000 rows arrive", transport, [])


@OVER
def test_pg_basebackup_with_its_wal(gates, record, backend, postgres_programs,
                                    tmp_path, transport):
    """Two replication connections; pg_verifybackup agrees."""
    path = tmp_path / "copy"
    run(postgres_programs / "pg_basebackup", "-D", path, "-X", "stream",
        "--no-sync", "-c", "fast", "-d", conninfo(gates(transport), transport))
    run(postgres_programs / "pg_verifybackup", path)
    record("pg_basebackup -X stream", "pg_verifybackup agrees", transport, [])


@OVER
def test_pg_receivewal_follows(gates, record, backend, postgres_programs,
                               tmp_path, transport):
    """A whole segment arrives while it is written."""
    log = open(tmp_path / "log", "w", encoding="utf-8")
    program = subprocess.Popen(
        [postgres_programs / "pg_receivewal", "-D", tmp_path, "--no-sync",
         "-d", conninfo(gates(transport), transport)],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        processes.wait_until(lambda: list(tmp_path.glob("*.partial")), 20)
        backend.psql("CREATE TABLE IF NOT EXISTS wal (t text);"
                     "INSERT INTO wal SELECT repeat('x', 1000) "
                     "FROM generate_series(1, 1000)")
        backend.psql("SELECT pg_switch_wal()")
        processes.wait_until(
            lambda: [path for path in tmp_path.iterdir()
                     if len(path.name) == 24], 20, "a segment")
    finally:
        program.terminate()
        program.wait(20)
        log.close()
    record("pg_receivewal", "a segment arrives", transport, [])


@pytest.fixture(scope="module")
def second(new_path):
    """A server that is a client of the first one."""
    path = new_path("pg")
    path.mkdir()
    server = Backend(path)
    yield server
    server.stop()


@OVER
def test_a_logical_subscriber(start_postern, record, new_path, second,
                              transport):
    """It copies a table, then follows it."""
    path = new_path("pg")
    path.mkdir()
    first = Backend(path, wal_level="logical")
    try:
        ssl = {"plain": {"ssl": "off"},
               "TLS 1.2": {"ssl_max_protocol_version": "TLSv1.2"},
               "TLS 1.3": {"ssl_min_protocol_version": "TLSv1.3"}}[transport]
        gate = start_postern(backend=first, **ssl)
        first.psql("CREATE TABLE followed (n int); "
                   "INSERT INTO followed SELECT generate_series(1, 1000)")
        first.psql("CREATE PUBLICATION p FOR TABLE followed")
        second.psql("DROP TABLE IF EXISTS followed; "
                    "CREATE TABLE followed (n int)")
        where = conninfo(gate, transport, **NOT_ROOTS).replace("'", "''")
        second.psql(f"CREATE SUBSCRIPTION s CONNECTION '{where}' "
                    "PUBLICATION p")

        def has(count):
            return second.psql("SELECT count(*) FROM followed") == str(count)
        processes.wait_until(lambda: has(1000), 30, "the table's copy")
        first.psql("INSERT INTO followed SELECT generate_series(1, 500)")
        processes.wait_until(lambda: has(1500), 30, "what came later")
        second.psql("DROP SUBSCRIPTION s")
    finally:
        first.stop()
    record("logical replication", "a table is copied and followed",
           transport, [])


@OVER
def test_postgres_fdw(gates, record, backend, second, transport):
    """A foreign table is read and written by another server."""
    gate = gates(transport)
    backend.psql("DROP TABLE IF EXISTS far; CREATE TABLE far (n int)")
    ssl = "sslmode 'disable'" if transport == "plain" else \
        f"sslmode 'verify-full', sslrootcert '{gate.ca}', " \
        f"sslcert '{NOT_ROOTS['sslcert']}'"
    second.psql(
        "CREATE EXTENSION IF NOT EXISTS postgres_fdw;"
        "DROP SERVER IF EXISTS gate CASCADE;"
        "CREATE SERVER gate FOREIGN DATA WRAPPER postgres_fdw OPTIONS "
        f"(host '{gate.host}', port '{gate.port}', "
        f"dbname '{backend.database}', {ssl});"
        "CREATE USER MAPPING FOR CURRENT_USER SERVER gate OPTIONS "
        f"(user '{backend.user}', password '{backend.password}');"
        "CREATE FOREIGN TABLE far (n int) SERVER gate;"
        "INSERT INTO far SELECT generate_series(1, 1000)")
    assert second.psql("SELECT sum(n) FROM far WHERE n > 500") == "375250"
    assert backend.psql("SELECT count(*) FROM far") == "1000"
    record("postgres_fdw", "1,000 rows there and back", transport, [])


@pytest.fixture
def pgbouncer(new_path, backend):
    """PgBouncer in front of the server, transaction pooling."""
    path, port = new_path("b"), processes.free_port()
    path.mkdir()
    (path / "users").write_text(f'"{backend.user}" "{backend.password}"\n')
    (path / "ini").write_text(f"""\
[databases]
* = host={backend.socket_directory} port={backend.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir = {path}
auth_type = scram-sha-256
auth_file = {path}/users
pool_mode = transaction
ignore_startup_parameters = extra_float_digits
""")
    for each in (path, path / "users", path / "ini"):
        shutil.chown(each, OWNER)
    with running(["pgbouncer", path / "ini"], port, cwd="/", stdout=subprocess
                 .DEVNULL, stderr=subprocess.DEVNULL, **_as_owner()):
        yield path, port


@pytest.mark.skipif(os.geteuid() != 0, reason="changes users")
@OVER
def test_postern_before_pgbouncer(start_postern, record, pgbouncer,
                                  postgres_programs, transport):
    """Sessions, pgbench with a pool of transactions, and a cancel."""
    path, port = pgbouncer
    ssl = "off" if transport == "plain" else "on"
    versions = {"TLS 1.2": {"ssl_max_protocol_version": "TLSv1.2"}}
    gate = start_postern(ssl=ssl, backend_host=path, backend_port=port,
                         **versions.get(transport, {}))
    where = conninfo(gate, transport)
    run(postgres_programs / "pgbench", "-i", "-q", where)
    said = run(postgres_programs / "pgbench", "-c8", "-j2", "-t50", "-n",
               where)
    assert "400/400" in said and "failed transactions: 0" in said
    assert gate.psql("SELECT 1", "disable" if ssl == "off" else
                     "verify-full").stdout == "1\n"
    record("Postern before PgBouncer (transaction pooling)",
           "pgbench, 8 clients, 400 transactions", transport, [])


@OVER
def test_haproxy_before_postern(gates, record, tmp_path, postgres_programs,
                                transport):
    """HAProxy passes TCP on; TLS is between the client and Postern."""
    gate, port = gates(transport), processes.free_port()
    (tmp_path / "cfg").write_text(f"""\
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
listen postern
    bind 127.0.0.1:{port}
    server gate {gate.host}:{gate.port}
""")
    with running(["haproxy", "-f", tmp_path / "cfg", "-db"], port,
                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        where = conninfo(gate, transport, port=port)
        assert run(postgres_programs / "psql", "-XAtc",
                   "SELECT count(*) FROM generate_series(1, 100000)", "-d",
                   where) == "100000\n"
        run(postgres_programs / "pgbench", "-i", "-q", where)
        said = run(postgres_programs / "pgbench", "-c8", "-j2", "-t50", "-n",
                   where)
        assert "400/400" in said
    record("HAProxy (mode tcp) before Postern",
           "pgbench, 8 clients, 400 transactions", transport, [])
