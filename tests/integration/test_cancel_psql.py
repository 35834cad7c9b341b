# SPDX-License-Identifier: ISC
"""Cancel of a running query as clients do it: psycopg's, and psql's Ctrl-C."""

import signal
import subprocess
import threading

import psycopg
import pytest

import processes

SLEEPERS = ("SELECT count(*) FROM pg_stat_activity WHERE query = '{}' "
            "AND state = 'active'")


def wait_for_query(backend, query):
    """Until the server runs it."""
    processes.wait_until(lambda: backend.psql(SLEEPERS.format(query)) == "1",
                         10, "the query's start")


@pytest.mark.short
@pytest.mark.parametrize("sslmode", ("disable", "verify-full"))
def test_cancel_stops_the_query_and_keeps_the_session(postern, backend,
                                                      sslmode):
    query = f"SELECT pg_sleep(61) /* {sslmode} */"
    with psycopg.connect(postern.conninfo(sslmode), autocommit=True) as conn:
        failure = []

        def run():
            try:
                conn.execute(query)
            except psycopg.errors.QueryCanceled as error:
                failure.append(error)
        thread = threading.Thread(target=run)
        thread.start()
        wait_for_query(backend, query)
        conn.cancel()
        thread.join(10)
        assert not thread.is_alive()
        assert failure
        assert conn.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("sslmode", ("disable", "verify-full"))
def test_cancel_leaves_other_sessions_alone(postern, backend, sslmode):
    query = f"SELECT pg_sleep(2), 'other {sslmode}'"
    query = query.replace("'", "$$")
    with psycopg.connect(postern.conninfo(sslmode)) as conn, \
            psycopg.connect(postern.conninfo(sslmode)) as other:
        rows = []
        thread = threading.Thread(target=lambda: rows.append(
            other.execute(query).fetchone()))
        thread.start()
        wait_for_query(backend, query)
        conn.cancel()
        thread.join(10)
        assert rows and rows[0][1] == f"other {sslmode}"


@pytest.mark.parametrize("sslmode", ("disable", "verify-full"))
def test_ctrl_c_in_psql(postern, backend, postgres_programs, sslmode):
    query = f"SELECT pg_sleep(62) /* {sslmode} */"
    with subprocess.Popen(
            [postgres_programs / "psql", "-XAtq", "-d",
             postern.conninfo(sslmode), "-c", query], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE) as psql:
        wait_for_query(backend, query)
        psql.send_signal(signal.SIGINT)
        _, stderr = psql.communicate(timeout=10)
    assert "canceling statement due to user request" in stderr
