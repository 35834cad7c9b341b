# SPDX-License-Identifier: ISC
"""Connections to the server that are opened before a client asks."""

import os
import signal

import psycopg
import pytest

import processes


def spares(backend):
    """Processes of the server that wait for a StartupMessage: they still have
    the first process's title."""
    postmaster = backend.pid_of_postmaster
    return {pid for pid in processes.children(postmaster)
            if processes.title(pid) == processes.title(postmaster)}


def wait_for(backend, condition, what):
    """Waits until the set of spares is as it should be; returns it."""
    return processes.wait_until(
        lambda: (condition(spares(backend)) and spares(backend)), 15, what)


def pid_of_a_login(gate):
    """Which of the server's processes served it?"""
    run = gate.psql("SELECT pg_backend_pid()", "require")
    assert run.returncode == 0, run.stderr
    return int(run.stdout)


def start(start_postern, backend, **settings):
    settings.setdefault("backend_spare_lifetime", "30s")
    gate = start_postern(backend=backend, backend_spares=2, **settings)
    pid_of_a_login(gate)
    return gate


def test_none_is_opened_by_default(start_postern, own_backend):
    gate = start_postern(backend=own_backend)
    for _ in range(3):
        pid_of_a_login(gate)
        assert spares(own_backend) == set()


def test_a_login_takes_one_and_another_takes_its_place(start_postern,
                                                       own_backend):
    gate = start(start_postern, own_backend)
    for _ in range(3):
        before = wait_for(own_backend, lambda now: len(now) == 2, "two spares")
        taken = pid_of_a_login(gate)
        assert taken in before
        wait_for(own_backend, lambda now, taken=taken:
                 len(now) == 2 and taken not in now, "another in its place")


def test_a_session_is_nobody_elses(start_postern, own_backend):
    gate = start(start_postern, own_backend)
    pids = [pid_of_a_login(gate) for _ in range(10)]
    assert len(set(pids)) == 10


def test_the_death_of_spares_is_no_clients(start_postern, own_backend):
    gate = start(start_postern, own_backend)
    for _ in range(5):
        dead = wait_for(own_backend, lambda now: len(now) == 2, "two spares")
        for pid in dead:
            os.kill(pid, signal.SIGTERM)
        for pid in dead:
            processes.wait_for_end(pid, 10)
        assert pid_of_a_login(gate) not in dead


def test_a_server_that_starts_anew_is_met_at_once(start_postern, own_backend):
    gate = start(start_postern, own_backend)
    wait_for(own_backend, lambda now: len(now) == 2, "two spares")
    own_backend.stop()
    own_backend.start()
    pid_of_a_login(gate)


def test_none_lives_longer_than_it_may(start_postern, own_backend):
    start(start_postern, own_backend, backend_spare_lifetime="400ms")
    first = wait_for(own_backend, lambda now: len(now) == 2, "two spares")
    wait_for(own_backend, lambda now: len(now) == 2 and not now & first,
             "two others")


def test_a_generation_that_drains_has_none(start_postern, own_backend):
    gate = start(start_postern, own_backend)
    with psycopg.connect(gate.conninfo("require")) as session:
        old = wait_for(own_backend, lambda now: len(now) == 2, "two spares")
        gate.reload()
        processes.wait_until(lambda: not spares(own_backend) & old, 15,
                             "the end of the old generation's")
        assert session.execute("SELECT 17").fetchone() == (17,)


@pytest.mark.skipif("POSTERN_LONG" not in os.environ,
                    reason="a minute; POSTERN_LONG=1 runs it")
@pytest.mark.limit(150)
def test_none_is_kept_for_nobody(start_postern, own_backend):
    start(start_postern, own_backend, backend_spare_lifetime="1s")
    wait_for(own_backend, lambda now: len(now) == 2, "two spares")
    processes.wait_until(lambda: not spares(own_backend), 70, "their end")
