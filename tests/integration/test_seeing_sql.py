# SPDX-License-Identifier: ISC
"""doc/postern-connections.sql: Postern's clients as a view in the server."""

import grp
import os
import subprocess

import psycopg
import pytest

import processes
import seeing
from backend import OWNER
from programs import POSTGRES, PROGRAMS, SOURCE

CLIENTS = 50
SCRIPT = SOURCE / "doc" / "postern-connections.sql"

# Each session of pgbench that the server knows, with what Postern says of it.
JOINED = """
WITH c AS MATERIALIZED (SELECT * FROM postern_clients)
SELECT a.pid, a.usename = c.usename AND a.datname = c.datname
           AND a.application_name = c.application_name,
       c.ssl, c.version, c.postern_state, c.bytes_in
FROM pg_stat_activity a LEFT JOIN c USING (pid)
WHERE a.application_name = 'pgbench' ORDER BY a.pid"""


@pytest.fixture(name="gate")
def fixture_gate(start_postern):
    """A gate that the server's user may ask."""
    group = grp.getgrnam(OWNER).gr_gid if os.geteuid() == 0 else os.getegid()
    return start_postern(status_group=group, workers=2)


@pytest.fixture(name="view")
def fixture_view(gate, backend):
    """A database in which the script was run."""
    backend.psql("CREATE DATABASE seen", "postgres")
    program = f"{PROGRAMS.ctl} -D {gate.data} connections --csv"
    subprocess.run(
        [POSTGRES / "psql", "-Xq", "-v", f"program={program}", "-f", SCRIPT],
        env=dict(os.environ, PGHOST=str(backend.socket_directory),
                 PGPORT=str(backend.port), PGUSER=backend.user,
                 PGPASSWORD=backend.password, PGDATABASE="seen"),
        check=True, stdin=subprocess.DEVNULL)
    yield
    backend.psql("DROP DATABASE seen WITH (FORCE)", "postgres")


def open_view(backend):
    """A session of the database with the view, past the gate."""
    return psycopg.connect(host=str(backend.socket_directory),
                           port=backend.port, user=backend.user,
                           password=backend.password, dbname="seen",
                           autocommit=True)


def start_pgbench(gate):
    """50 clients that work on; returns the process."""
    subprocess.run([POSTGRES / "pgbench", "-iq", "-s", "1", gate.conninfo()],
                   check=True, stdin=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60)
    return subprocess.Popen(
        [POSTGRES / "pgbench", "-n", "-S", "-c", str(CLIENTS), "-j", "2",
         "-T", "60", gate.conninfo("require")], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_the_view_joins_every_session_of_pgbench(gate, view, backend):
    """While 50 clients work, each row of pg_stat_activity has its row, every
    time."""
    pgbench = start_pgbench(gate)
    try:
        with open_view(backend) as session:
            def joined():
                return session.execute(JOINED).fetchall()
            first = processes.wait_until(
                lambda: (rows := joined()) and len(rows) == CLIENTS and
                all(row[4] == "relay" for row in rows) and rows, 60,
                "50 sessions")
            for _ in range(20):
                rows = joined()
                assert len(rows) == CLIENTS and pgbench.poll() is None
                assert [row[0] for row in rows] == [row[0] for row in first]
                for _, same, ssl, version, state, bytes_in in rows:
                    assert (same, ssl, version, state) == \
                        (True, True, "TLSv1.3", "relay") and bytes_in > 0
            assert sum(row[5] for row in rows) > sum(row[5] for row in first)
            query = session.execute(
                "SELECT count(*) FROM postern_connections WHERE "
                "application_name = 'pgbench' AND query LIKE 'SELECT abal%'"
            ).fetchone()
            assert query[0] > CLIENTS / 2
        assert seeing.status(gate)["connections"]["peak"] >= CLIENTS
    finally:
        processes.end(pgbench.pid)
        pgbench.wait()


def test_values_come_as_sql_knows_them(gate, view, backend):
    """NULL is NULL, an empty name is one, numbers and times are such."""
    with psycopg.connect(gate.conninfo()) as plain, open_view(backend) as sql:
        row = sql.execute(
            "SELECT pid, host(client_addr), application_name, ssl, version, "
            "postern_since <= now(), bytes_out > 0, query FROM "
            "postern_connections").fetchone()
        assert row == (plain.info.backend_pid, "127.0.0.1", "", False, None,
                       True, True, "")


def test_who_may_look(gate, view, backend):
    """The view is for pg_monitor, the table behind it for nobody."""
    with open_view(backend) as sql:
        sql.execute("CREATE ROLE looker")
        try:
            for role, table, may in (("looker", "postern_connections", False),
                                     ("pg_monitor", "postern_connections",
                                      True),
                                     ("pg_monitor", "postern_clients",
                                      False)):
                found, = sql.execute("SELECT has_table_privilege(%s, %s, "
                                     "'SELECT')", [role, table]).fetchone()
                assert found == may, (role, table)
        finally:
            sql.execute("DROP ROLE looker")


def test_a_listener_that_is_away_is_an_error(gate, view, backend):
    gate.stop_listener()
    with open_view(backend) as sql, \
            pytest.raises(psycopg.errors.ExternalRoutineException):
        sql.execute("SELECT * FROM postern_connections").fetchall()
